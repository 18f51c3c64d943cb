"""Figures of what an index holds: splits of its weights, turnover of its reviews, its divisor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from datetime import date

    from paasche.calculation import Result

__all__ = ["Review", "Share", "reviews", "split"]

_OF_A_REVIEW = ("joined", "left", "renewed", "reweighted")
"""Events by which a review changes holdings."""


class Share(NamedTuple):
    """A part of an index.

    Attributes
    ----------
    name : str, optional
        Sector, currency or exchange; None where the market did not say.
    weight : float
        Fraction of the index at the last close.
    constituents : int
        How many there are.
    """

    name: str | None
    weight: float
    constituents: int


def split(weights: pl.DataFrame, column: str) -> list[Share]:
    """Return the parts of an index by a column of its closing weights, the largest first."""
    parts = (
        weights.group_by(column, maintain_order=True)
        .agg(pl.col("weight").sum(), pl.len())
        .sort("weight", column, descending=[True, False])
    )
    return [Share(*row) for row in parts.iter_rows()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a review did.

    Attributes
    ----------
    session : datetime.date
        Effective session.
    joined, left : int
        Names that came and went.
    turnover : float
        One-way: half the sum of |weight after − weight before| over all names, at the opening
        prices and rates of the session, after its corporate actions.
    divisor_change : float
        Divisor after over before, less one; with it whatever else fell on the session.
    """

    session: date
    joined: int
    left: int
    turnover: float
    divisor_change: float


def reviews(result: Result) -> list[Review]:
    """Return the reviews of a run, in order of time.

    A row of ``constituents`` has the weight after the opening, hence a value; less the value effect
    of the review on that name it is the value before. Names that have no row kept their units.
    """
    found = result.divisors.filter(pl.col("reason").str.contains(r"(^|\+ )review( \+|$)"))
    return [_review(result, row) for row in found.to_dicts()]


def _review(result: Result, divisor: dict[str, Any]) -> Review:
    session, after = divisor["session"], float(divisor["value_after"])
    happened = result.events.filter(
        pl.col("session") == session, pl.col("event").is_in(_OF_A_REVIEW)
    )
    # In one order: sums of the same run must be the same to the last bit.
    effects = happened.group_by("security").agg(pl.col("value_effect").sum()).sort("security")
    before = after - float(effects["value_effect"].sum())
    names = (
        result.constituents.filter(pl.col("session") == session)
        .join(effects, on="security", how="left", maintain_order="left")
        .select(
            "weight", old=(pl.col("weight") * after - pl.col("value_effect").fill_null(0)) / before
        )
    )
    others = names.select(pl.col("old").sum() - pl.col("weight").sum()).item()
    moved = names.select((pl.col("weight") - pl.col("old")).abs().sum()).item()
    counts = dict(happened["event"].value_counts().iter_rows())
    return Review(
        session=session,
        joined=counts.get("joined", 0),
        left=counts.get("left", 0),
        turnover=(moved + abs(others)) / 2,
        divisor_change=divisor["after"] / divisor["before"] - 1,
    )
