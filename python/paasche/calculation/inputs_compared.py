"""Rows of two markets that are not the same, of the constituents of a run and as it reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.calculation.membership import in_force
from paasche.calculation.past import COLUMNS
from paasche.market.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from paasche.calculation.result import Result
    from paasche.market import Market

__all__ = ["SCHEMA", "differing_rows"]

SCHEMA = {
    "date": pl.Date,
    **dict.fromkeys(("table", "key", "column", "value_a", "value_b"), pl.String),
}


def differing_rows(
    results: tuple[Result, Result], markets: tuple[Market, Market], tables: Iterable[str]
) -> pl.DataFrame:
    """Return every value that differs between two markets and that a run reads.

    Parameters
    ----------
    results : (Result, Result)
        Two runs: names, index, currencies and exchanges that count, and the last session.
    markets : (Market, Market)
        What they were calculated from.
    tables : iterable of str
        Tables to look at.

    Returns
    -------
    pl.DataFrame
        ``date`` (the day from which the row counts), ``table``, ``key``, ``column``, ``value_a``
        and ``value_b``, by date; a row that one market does not have is null there.
    """
    until = max(result.state.date for result in results)
    keep = _kept(results)
    parts = [
        _differing(name, markets[0][name].filter(keep[name]), markets[1][name].filter(keep[name]))
        for name in tables
        if name in COLUMNS
    ]
    found = pl.concat([pl.DataFrame(schema=SCHEMA), *parts])
    return found.filter(pl.col("date").is_null() | (pl.col("date") <= until)).sort(
        "date", "table", "key", "column", nulls_last=True
    )


def _kept(results: tuple[Result, Result]) -> dict[str, pl.Expr]:
    """Return by table which rows can concern the runs."""
    both = pl.concat([result.securities for result in results])
    indices = [result.methodology.index for result in results]
    currencies = {*both["currency"], *(one for index in indices for one in index.currencies)}
    either_side = pl.col("pair").str.slice(0, 3).is_in(list(currencies)) | pl.col("pair").str.slice(
        3
    ).is_in(list(currencies))
    exchanges = [*both["exchange"].unique(), *(index.calendar for index in indices)]
    own = pl.col("index").is_null() | pl.col("index").is_in([index.code for index in indices])
    held = pl.col("security").is_in(both["security"].unique().to_list())
    others = {
        "constituents": own,
        "fx": either_side,
        "calendar": pl.col("exchange").is_in(exchanges),
    }
    return {name: others.get(name, held) for name in COLUMNS}


def _differing(name: str, a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    key = list(TABLES[name].key)
    values = [column for column in COLUMNS[name] if column not in key]
    read = _READ.get(name, _plain)
    # A table that is all key differs by having the row or not.
    sides = [read(frame).select(*key, *values, row=pl.lit("there")) for frame in (a, b)]
    both = sides[0].join(sides[1], on=key, how="full", coalesce=True, nulls_equal=True, suffix=" b")
    shown = values or ["row"]
    differs = pl.any_horizontal(pl.col(one).ne_missing(pl.col(f"{one} b")) for one in shown)
    odd = both.filter(differs)
    # The day stands in a column of its own.
    named = [part for part in key if not _COUNTS[name].meta.eq(pl.col(part))]
    parts = [
        odd.filter(pl.col(one).ne_missing(pl.col(f"{one} b"))).select(
            date=_COUNTS[name].cast(pl.Date),
            table=pl.lit(name),
            key=pl.concat_str(
                [pl.col(part).cast(pl.String) for part in named], separator=" ", ignore_nulls=True
            ),
            column=pl.lit(one),
            value_a=pl.col(one).cast(pl.String),
            value_b=pl.col(f"{one} b").cast(pl.String),
        )
        for one in shown
    ]
    return pl.concat(parts)


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


def _idle(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave of the volume what counts: 0 on an ex-date is no trade."""
    zero = pl.col("volume") == 0
    return frame.with_columns(volume=pl.when(zero).then(0))


def _acting(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out what is cancelled, and announcements but of a delisting (R33)."""
    said = pl.when(pl.col("kind") == "delisting").then("announced")
    return in_force(frame).with_columns(announced=said)


_READ: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "corporate_actions": _acting,
    "prices": _idle,
}
"""Rows as a calculation reads them."""

_COUNTS: dict[str, pl.Expr] = {
    "securities": pl.lit(None),
    "listings": pl.col("start"),
    "prices": pl.col("date"),
    "shares": pl.max_horizontal(
        "effective", pl.coalesce("announced", "announced b").dt.offset_by("1d")
    ),
    "holders": pl.col("published"),
    "corporate_actions": pl.col("ex_date"),
    "constituents": pl.col("effective"),
    "fx": pl.col("date"),
    "calendar": pl.col("date"),
}
"""The day from which a row counts."""
