"""The difference of two series of levels, version by version."""

from __future__ import annotations

import polars as pl

from paasche.calculation.stored.tables import TABLES

__all__ = ["VERSION", "difference", "parting"]

VERSION = TABLES["levels"].before_day
"""What tells one series of levels from another."""


def difference(before: str, after: str) -> pl.Expr:
    """Return the column ``after`` less ``before``: levels have four decimals (R35), so has it."""
    return (pl.col(after) - pl.col(before)).round(4) + 0.0  # minus zero is zero


def parting(levels: pl.DataFrame, **more: pl.Expr) -> pl.DataFrame:
    """Return for each version on how many sessions its column ``difference`` is not zero.

    Parameters
    ----------
    levels : polars.DataFrame
        Columns date, those of `VERSION`, and difference, in order of time.
    **more : polars.Expr
        Further figures of each version.

    Returns
    -------
    polars.DataFrame
        The version, sessions, first (session that differs), largest, largest_on, last (difference),
        and what else was asked.
    """
    points = pl.col("difference")
    largest = points.abs().arg_max()
    return levels.group_by(VERSION, maintain_order=True).agg(
        sessions=(points != 0).sum(),
        first=pl.col("date").filter(points != 0).first(),
        largest=points.get(largest, null_on_oob=True),
        largest_on=pl.col("date").get(largest, null_on_oob=True),
        last=points.drop_nulls().last(),
        **more,
    )
