"""Decisions of the committee: what each must say, and which are about an index (R5, R34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from paasche.market.market import Market
    from paasche.market.report import Report
    from paasche.market.source import Source

__all__ = ["check_decisions", "decisions_of"]

_FIGURES = {
    "price": (pl.col("value") > 0, "a positive price in quote currency"),
    "shares": (
        (pl.col("value") > 0) & (pl.col("value") == pl.col("value").round()),
        "a positive whole number of shares",
    ),
    "factor": (
        (pl.col("value") > 0) & (pl.col("value") <= 1),
        "a factor of more than 0 and at most 1 (R38)",
    ),
}
"""Decisions that state a figure, and what it must be."""

_OF_THE_INDEX = "pass_through"
"""The decision about the index as a whole."""


def decisions_of(market: Market, index: str) -> pl.DataFrame:
    """Return the decisions about an index: those that name it, and those for every index."""
    return market["decisions"].filter(pl.col("index").is_null() | (pl.col("index") == index))


def check_decisions(source: Source, frame: pl.DataFrame, report: Report) -> None:
    """Note decisions that lack their figure or security, or carry one that would be ignored.

    Parameters
    ----------
    source : Source
        Where the rows came from.
    frame : polars.DataFrame
        Table `decisions`, with canonical identifiers.
    report : Report
        Takes the defects.
    """
    words, value = frame["decision"], frame["value"]
    for word, (fits, what) in _FIGURES.items():
        absent = (words == word) & value.is_null()
        report.rows(source, absent, f"must be given with {word}: {what}", column="value")
        bad = frame.select((pl.col("decision") == word) & ~fits).to_series().fill_null(value=False)
        report.rows(source, bad, f"must be {what} for {word}", column="value", values=value)
    bare = ~words.is_in(list(_FIGURES)) & value.is_not_null()
    expected = f"must be empty unless the decision is {', '.join(sorted(_FIGURES))}"
    report.rows(source, bare, expected, column="value", values=value)
    about_all = words == _OF_THE_INDEX
    nobody = _absent(source, frame["security"])
    expected = f"must be the security that is decided on; only {_OF_THE_INDEX} has none"
    report.rows(source, ~about_all & nobody, expected, column="security")
    expected = f"must be empty for {_OF_THE_INDEX}, which concerns the index as a whole"
    report.rows(source, about_all & ~nobody, expected, column="security", values=frame["security"])


def _absent(source: Source, security: pl.Series) -> pl.Series:
    """Tell where no security was given; one that is not known is a defect already."""
    raw = source.frame
    return raw["security"].is_null() if "security" in raw.columns else security.is_null()
