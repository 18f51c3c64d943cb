"""Which securities a check looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.errors import InputError

if TYPE_CHECKING:
    from paasche.market import Market

__all__ = ["names_of"]


def names_of(market: Market, index: str | None) -> pl.Series:
    """Return the securities to look at.

    Parameters
    ----------
    market : Market
    index : str, optional
        Those that are ever a constituent of it; None: all.

    Raises
    ------
    InputError
        The index has no constituents.
    """
    if index is None:
        return market.ids
    rows = market["constituents"]
    own = rows.filter(pl.col("index").is_null() | (pl.col("index") == pl.lit(str(index))))
    if own.is_empty():
        known = ", ".join(rows["index"].unique().drop_nulls().sort()) or "none"
        raise InputError(
            f"index = {index}: must be an index of the table constituents; there is {known}"
        )
    return own["security"].unique().sort()
