"""Free float of share snapshots that do not state it: from the table ``holders`` (R46)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import MissingDataError
from paasche.free_float import free_float_shares
from paasche.market.folder import columns_in
from paasche.market.tables import TABLES

if TYPE_CHECKING:
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["require_free_float", "with_free_float"]

_FLOATS = "other"
"""The class of holders outside the four that do not float from 5 % on."""


def require_free_float(market: Market, methodology: Methodology, first: np.datetime64) -> None:
    """Refuse a market without any share count, or any free float, that the base basket needs.

    Parameters
    ----------
    market : Market
        Tables ``shares`` and ``holders``.
    methodology : Methodology
        Whether its scheme weights by them.
    first : datetime64[D]
        First session looked at. A run that goes on from a state long after the base date has its
        counts from there.

    Raises
    ------
    MissingDataError
        The table or the column is missing.
    """
    index, scheme = methodology.index, methodology.weighting.scheme
    base = index.base_date if index.anchor is None else index.anchor.date
    if not methodology.weighting.uses_shares or first > np.datetime64(base, "D"):
        return
    needs = f'must be there, as weighting.scheme = "{scheme}" weights by'
    if "shares" not in market:
        raise MissingDataError(
            f"shares: {needs} share counts; the market has no table shares: add it (security, "
            f"effective, total{', free_float' if scheme == 'free_float' else ''})"
        )
    stated = market["shares"]["free_float"]
    if scheme != "free_float" or stated.null_count() < len(stated) or len(market["holders"]):
        return
    raise MissingDataError(
        f"shares free_float: {needs} it; {_lacking(market)}, or give the table holders"
    )


def _lacking(market: Market) -> str:
    """Return why there is no free float, and which columns might be it."""
    columns = columns_in(Path(market.source), "shares")
    if not columns:
        return "the table shares has no column free_float with a value: add it under this name"
    if "free_float" in columns:
        return "the column is empty: fill it"
    strange = [name for name in columns if name not in TABLES["shares"].schema]
    if strange:
        return (
            "the table shares has no column free_float, and does not read "
            f"{', '.join(strange)}: rename the one that is it"
        )
    return "the table shares has no column free_float: add it"


def with_free_float(market: Market, snapshots: pl.DataFrame, rules: str) -> pl.Series:
    """Return the free float of every snapshot; null where neither it nor the holders state it.

    A snapshot without a free float takes the newest statement of holders published by its listing
    date, measured against its own total.

    Parameters
    ----------
    market : Market
        Table ``holders``.
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
    open_rows = (
        snapshots.with_row_index("row")
        .filter(pl.col("free_float").is_null())
        .sort("effective")
        .join_asof(
            statements.sort("published"),
            left_on="effective",
            right_on="published",
            by="security",
            check_sortedness=False,
        )
        .drop_nulls("date")
        .sort("row")
        .with_row_index("at")
    )
    held = (
        open_rows.select("at", "security", "date", "effective")
        .join(holders, on=["security", "date"], maintain_order="left")
        .filter(pl.col("published") <= pl.col("effective"))
    )
    found = free_float_shares(
        open_rows["total"].to_numpy(),
        holder_security=held["at"].to_numpy(),
        holder_shares=held["shares"].to_numpy(),
        holder_restricted=held["restricted"].to_numpy(),
        holder_group=held["group"].to_list(),
        strategic=(held["class"] != _FLOATS).to_numpy(),
        rules=rules,
    )
    filled = stated.clone()
    return filled.scatter(open_rows["row"], found)
