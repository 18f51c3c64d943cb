"""Who is in which status on which day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from paasche.market.market import Market

__all__ = ["in_status"]


def in_status(market: Market, rows: pl.DataFrame, status: str) -> pl.DataFrame:
    """Return the rows on whose ``date`` their ``security`` is in a status; its last day counts.

    Parameters
    ----------
    market : Market
    rows : polars.DataFrame
        Columns security, date and any others; they come back with ``start`` and ``end``, once for
        each entry of the table ``status`` that covers them.
    status : str
        Such as ``suspended``.
    """
    known = market["status"].filter(pl.col("status") == status).select("security", "start", "end")
    return rows.join(known, on="security").filter(
        pl.col("start") <= pl.col("date"),
        pl.col("end").is_null() | (pl.col("date") <= pl.col("end")),
    )
