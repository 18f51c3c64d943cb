"""Price steps of the exchanges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.calculation.exchanges import exchanges_of

if TYPE_CHECKING:
    from paasche.calculation.check.limits import Limits
    from paasche.market import Market

__all__ = ["least_tick", "with_ticks"]


def least_tick(limits: Limits) -> float:
    """Return the smallest step of any exchange, which also stands for an unknown one."""
    return min(step for steps in limits.ticks.values() for _, step in steps)


def with_ticks(market: Market, table: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Add ``exchange`` and ``tick``, the step at the close, to rows of security, date and close."""
    tick = pl.lit(least_tick(limits))
    for exchange, steps in limits.ticks.items():
        for start, step in steps:
            fits = (pl.col("exchange") == exchange) & (pl.col("close") >= start)
            tick = pl.when(fits).then(pl.lit(step)).otherwise(tick)
    return table.with_columns(exchange=exchanges_of(market, table, "date")).with_columns(tick=tick)
