"""Which corporate actions stand: those that were not cancelled in time."""

from __future__ import annotations

import polars as pl

__all__ = ["in_force"]


def in_force(actions: pl.DataFrame) -> pl.DataFrame:
    """Leave out the actions cancelled on or before their ex-date."""
    if actions["cancelled"].null_count() == actions.height:
        return actions
    return actions.filter(pl.col("cancelled").is_null() | (pl.col("cancelled") > pl.col("ex_date")))
