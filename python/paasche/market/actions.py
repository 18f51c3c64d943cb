"""What a corporate action must say, and what it cannot, by its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from paasche.market.report import Report
    from paasche.market.source import Source

__all__ = ["check_actions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    """Fields a kind needs, and those it may have; any other must be empty or zero."""

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


_KINDS: dict[str, _Fields] = {
    "cash_dividend": _Fields(needs=("cash",)),
    "special_dividend": _Fields(needs=("cash",)),
    "bonus": _Fields(needs=("ratio",)),
    "rights": _Fields(needs=("ratio", "price")),
    "split": _Fields(needs=("ratio",)),
    "spin_off": _Fields(needs=("ratio", "related"), may=("price",)),
    # An absorbed company is paid in shares of `related`, in cash, or in both.
    "merger": _Fields(may=("ratio", "related", "cash")),
    "tender": _Fields(may=("cash", "ratio", "price", "related")),
    "delisting": _Fields(may=("price",)),
    "bankruptcy": _Fields(may=("price",)),
}

_PRICED_EXITS = ("delisting", "bankruptcy")
"""Kinds whose price is a deletion price."""

_EXPECTED = {
    "cash": "must be the cash per share",
    "ratio": "must be a positive ratio",
    "price": "must be a positive price",
    "related": "must be a security",
}


def check_actions(source: Source, frame: pl.DataFrame, report: Report) -> None:
    """Note corporate actions that lack a field of their kind, or carry one that would be ignored.

    Parameters
    ----------
    source : Source
        Where the rows came from.
    frame : pl.DataFrame
        Table `corporate_actions`, with canonical identifiers.
    report : Report
        Takes the defects.
    """
    absent = {name: _absent(source, frame, name) for name in _EXPECTED}
    for kind, fields in _KINDS.items():
        of_kind = frame["kind"] == kind
        if not of_kind.any():
            continue
        for name, what in _EXPECTED.items():
            values = frame[name]
            if name in fields.needs:
                bad = of_kind & (absent[name] | _useless(values))
                expected = f"{what} for kind {kind}; give it, or leave the row out"
                report.rows(source, bad, expected, column=name, values=values)
            elif name not in fields.may:
                bad = (
                    of_kind
                    & values.is_not_null()
                    & (values != 0 if values.dtype.is_float() else True)
                )
                expected = f"must be empty for kind {kind}; give it a row of its own kind"
                report.rows(source, bad, expected, column=name, values=values)
    _check_prices(source, frame, report)
    _check_mergers(source, frame, absent["related"], report)


def _absent(source: Source, frame: pl.DataFrame, name: str) -> pl.Series:
    """Tell where no value was given; one that did not fit is a defect already."""
    raw = source.frame
    return raw[name].is_null() if name in raw.columns else frame[name].is_null()


def _useless(values: pl.Series) -> pl.Series:
    """Tell where a needed figure is zero; a dividend of zero is one, a ratio or price is not."""
    if values.name == "cash" or not values.dtype.is_float():
        return pl.repeat(value=False, n=len(values), eager=True)
    return (values == 0).fill_null(value=False)


def _check_prices(source: Source, frame: pl.DataFrame, report: Report) -> None:
    bad = frame["kind"].is_in(_PRICED_EXITS) & (frame["price"] == 0)
    expected = "must be a positive deletion price, or empty for the last close (R33)"
    report.rows(source, bad, expected, column="price", values=frame["price"])


def _check_mergers(source: Source, frame: pl.DataFrame, alone: pl.Series, report: Report) -> None:
    merger = frame["kind"] == "merger"
    shares = (frame["ratio"] > 0).fill_null(value=False)
    paid = shares | (frame["cash"] > 0).fill_null(value=False)
    expected = "must be a positive ratio for kind merger, unless it pays cash"
    report.rows(source, merger & ~paid, expected, column="ratio", values=frame["ratio"])
    expected = "must be the absorbing security, whose shares the ratio counts"
    report.rows(source, merger & shares & alone, expected, column="related")
