"""How much a run calculated, and how fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from paasche import Result

__all__ = ["constituent_sessions", "speed"]


def constituent_sessions(result: Result) -> int:
    """Return how many (constituent, session) pairs a run valued.

    Parameters
    ----------
    result : Result
        From its base date on: a cut one does not tell who was in before.
    """
    sessions = result.levels.select(session="date").unique().sort("session").with_row_index("at")
    ends = pl.col("at").shift(-1).over("security").fill_null(len(sessions))
    spans = (
        result.constituents.join(sessions, on="session")
        .sort("session", maintain_order=True)
        .with_columns(pl.col("at").cast(pl.Int64))
        .with_columns(length=ends - pl.col("at"))
    )
    return int(spans.filter(pl.col("adjusted_shares") > 0)["length"].sum())


def speed(result: Result) -> str:
    """Return how fast the calculation of an uncut result was."""
    pairs = constituent_sessions(result)
    counted = f"{pairs:,} constituent-sessions"
    if result.seconds is None:
        return counted
    return f"{counted}, {pairs / result.seconds:,.0f} per second of calculation"
