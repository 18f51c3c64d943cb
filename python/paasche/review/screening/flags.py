"""Decisions of the committee that a review asks for (R13, R18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from datetime import date

    from paasche.methodology.tables import ReviewRules

__all__ = ["flags_of"]


def flags_of(table: pl.DataFrame, numbers: ReviewRules, cutoff: date) -> pl.DataFrame:
    """Return the decisions that are due.

    Parameters
    ----------
    table : polars.DataFrame
        The table of :class:`paasche.review.screening.screens.Eligibility`.
    numbers : ReviewRules
    cutoff : datetime.date

    Returns
    -------
    polars.DataFrame
        By code: security, rule, what. R13: an A-share constituent that is eligible and has been
        suspended for almost as long as the limit. R18: any other share that is suspended, where it
        is an eligible constituent or a newcomer whom the suspension keeps out.
    """
    sessions, limit = pl.col("suspended_sessions"), numbers.suspension_limit_sessions
    near = sessions.is_between(numbers.near_limit_sessions, limit)
    stays = pl.col("constituent") & pl.col("eligible")
    concerned = stays | (pl.col("screen") == "suspended").fill_null(value=False)
    told = pl.format("suspended for {} sessions up to {}", sessions, pl.lit(cutoff))
    cases = {
        "R13": (
            stays & pl.col("a_share") & near,
            pl.format("{}, near the limit of {}: keep it or delete it first", told, pl.lit(limit)),
        ),
        "R18": (
            concerned & ~pl.col("a_share") & (sessions > 0),
            pl.format("{}: decide by the reason of the suspension", told),
        ),
    }
    return pl.concat(
        table.filter(due).select("security", rule=pl.lit(rule), what=what)
        for rule, (due, what) in cases.items()
    ).sort("security", "rule")
