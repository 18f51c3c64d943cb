"""On which exchange a security is listed, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from paasche.market import Market

__all__ = ["exchanges_of"]


def exchanges_of(market: Market, rows: pl.DataFrame, day: str) -> pl.Series:
    """Return the exchange of each row's ``security`` on its ``day``, by ``listings`` if there."""
    master = dict(market["securities"].select("security", "exchange").iter_rows())
    exchange = rows["security"].replace_strict(master, default=None, return_dtype=pl.String)
    listings = market["listings"]
    if listings.is_empty():
        return exchange
    at = (
        rows.select("security", pl.col(day).alias("day"))
        .with_row_index("row")
        .sort("day")
        .join_asof(
            listings.select("security", "exchange", pl.col("start").alias("day"), "end").sort(
                "day"
            ),
            on="day",
            by="security",
        )
        .sort("row")
    )
    listed = at.select(
        pl.when(pl.col("end").is_null() | (pl.col("day") <= pl.col("end"))).then("exchange")
    ).to_series()
    return listed.fill_null(exchange)
