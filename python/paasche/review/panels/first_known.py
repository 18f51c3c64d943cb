"""Since when a row is known, whatever corrected it later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.market.tables import TABLES

if TYPE_CHECKING:
    from paasche.market import Market

__all__ = ["decided_on", "first_known"]

_EXCHANGE_CLOCK = "8h"
"""What the clock of the exchanges in the mainland and Hong Kong is ahead of UTC."""


def first_known(market: Market, table: str, rows: pl.DataFrame) -> pl.Series:
    """Return the day on which each row of a table was first known, by its ``known_at``.

    A later version of the same key changes what the row says, not since when it is known.

    Parameters
    ----------
    market : Market
    table : str
        Name of the table.
    rows : polars.DataFrame
        Rows of it, with the columns of its key.

    Returns
    -------
    polars.Series
        Dates, on the clock of the exchanges; null for a row that was always known.
    """
    versions = market.versions(table)
    if rows.is_empty() or versions["known_at"].null_count() == len(versions):
        return pl.Series("known", [None] * len(rows), dtype=pl.Date)
    key = list(TABLES[table].key)
    stamp = pl.col("known_at")
    first = versions.group_by(key).agg(
        known=pl.when(stamp.null_count() == 0).then(stamp.min().dt.offset_by(_EXCHANGE_CLOCK))
    )
    found = rows.select(key).join(
        first, on=key, how="left", nulls_equal=True, maintain_order="left"
    )
    return found["known"].dt.date()


def decided_on(market: Market, rows: pl.DataFrame) -> pl.Series:
    """Return the day from which each decision counts: its date, or when it was recorded later."""
    recorded = first_known(market, "decisions", rows)
    return rows.select(pl.max_horizontal("date", pl.lit(recorded))).to_series()
