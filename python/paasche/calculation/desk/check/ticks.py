"""Price steps of the exchanges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.market.listings import exchanges_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paasche.calculation.desk.check.limits import Limits
    from paasche.market import Market

__all__ = ["least_tick", "with_ticks"]


def least_tick(limits: Limits) -> float:
    """Return the smallest step of any exchange, which also stands for an unknown one."""
    return min(step for _, _, steps in _tables(limits) for _, step in steps)


def with_ticks(market: Market, table: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Add ``exchange`` and ``tick``, the step at the close, to rows of security, date and close."""
    tick = pl.lit(least_tick(limits))
    for exchange, currency, steps in _tables(limits):
        line = pl.col("exchange") == exchange
        if currency is not None:
            line &= pl.col("quoted") == currency
        for start, step in steps:
            fits = line & (pl.col("close") >= start)
            tick = pl.when(fits).then(pl.lit(step)).otherwise(tick)
    quoted = market["securities"].select("security", quoted="currency")
    return (
        table.with_columns(exchange=exchanges_of(market, table, "date"))
        .join(quoted, on="security", how="left", maintain_order="left")
        .with_columns(tick=tick)
        .drop("quoted")
    )


def _tables(limits: Limits) -> Iterator[tuple[str, str | None, Sequence[tuple[float, float]]]]:
    """Yield the steps of exchanges, then those of lines in one currency, which come before them."""
    for exchange, steps in limits.ticks.items():
        yield exchange, None, steps
    for one in limits.line_ticks:
        for exchange in one.exchanges:
            yield exchange, one.currency, one.steps
