"""Free float of snapshots that do not state it: from the table ``holders`` (R46)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.free_float import free_float_shares

if TYPE_CHECKING:
    from paasche.market import Market

__all__ = ["with_free_float"]

_FLOATS = "other"
"""The class of holders outside the four that do not float from 5 % on."""


def with_free_float(market: Market, snapshots: pl.DataFrame, rules: str) -> pl.Series:
    """Return the free float of every snapshot; null where neither it nor the holders state it.

    A snapshot without a free float takes the newest statement of holders published by its listing
    date, measured against its own total. Holders of a depositary receipt are stated in underlying
    shares, the receipt's own total in receipts (R61): ``underlying_ratio`` makes one of the other.

    Parameters
    ----------
    market : Market
        Tables ``holders`` and ``securities``.
    snapshots : polars.DataFrame
        ``security``, ``effective``, ``total``, ``free_float``.
    rules : str
        Table of share rules, which states the threshold.
    """
    holders = market["holders"]
    stated = snapshots["free_float"]
    if holders.is_empty() or stated.null_count() == 0:
        return stated
    statements = (
        holders.select("security", "date", "published")
        .unique()
        .sort("published", "date")
        .unique(["security", "published"], keep="last", maintain_order=True)
    )
    lacking = (
        snapshots.with_row_index("row")
        .filter(pl.col("free_float").is_null())
        .sort("effective")
        .join_asof(
            statements,
            left_on="effective",
            right_on="published",
            by="security",
            check_sortedness=False,  # by day, which polars cannot check beside `by`
        )
        .drop_nulls("date")
        .sort("row")
        .with_row_index("at")
    )
    if lacking.is_empty():
        return stated
    held = (
        lacking.select("at", "security", "date", "effective")
        .join(holders, on=["security", "date"], maintain_order="left_right")
        .filter(pl.col("published") <= pl.col("effective"))
        .join(
            market["securities"].select("security", "underlying_ratio"),
            on="security",
            maintain_order="left",
        )
    )
    per_receipt = pl.col("underlying_ratio").fill_null(1.0)
    held = held.with_columns((pl.col("shares", "restricted") / per_receipt).round().cast(pl.Int64))
    found = free_float_shares(
        lacking["total"].to_numpy(),
        holder_security=held["at"].to_numpy(),
        holder_shares=held["shares"].to_numpy(),
        holder_restricted=held["restricted"].to_numpy(),
        holder_group=held["group"].to_list(),
        strategic=(held["class"] != _FLOATS).to_numpy(),
        rules=rules,
    )
    return stated.clone().scatter(lacking["row"], found)
