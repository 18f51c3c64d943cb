"""What traded on a day, by the daily prices of a market."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.errors import InputError, MissingDataError
from paasche.market.status import in_status

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from paasche.market import Market

__all__ = ["traded_bars"]

FARTHEST = 1.6  # ratio of start and close from which the start is no price of these shares


def traded_bars(market: Market, day: dt.date, securities: Iterable[str] | None) -> pl.DataFrame:
    """Return the daily bars of the securities that traded on a day.

    Parameters
    ----------
    market : Market
        With the table ``prices``.
    day : datetime.date
    securities : iterable of str or None
        Only these; None: all.

    Returns
    -------
    polars.DataFrame
        security, exchange, currency, close, volume (shares, null where not known), start (the
        published reference, else the previous close, else the close) and worth (turnover, null
        where not known), sorted by exchange, currency and security.

    Raises
    ------
    InputError
        If a security is not in the market.
    MissingDataError
        If none traded.
    """
    prices = market["prices"]
    rows = prices.filter(pl.col("date") == day)
    if securities is not None:
        wanted = list(securities)
        unknown = sorted(set(wanted) - set(market.ids))
        if unknown:
            raise InputError(f"securities = {unknown[0]}: must be a security of the market")
        rows = rows.filter(pl.col("security").is_in(wanted))
    for column in ("reference", "volume", "turnover"):
        if column not in rows.columns:
            rows = rows.with_columns(pl.lit(None, dtype=pl.Float64).alias(column))
    rows = rows.filter(pl.col("volume").is_null() | (pl.col("volume") > 0))
    if "status" in market:
        suspended = in_status(market, rows, "suspended")
        rows = rows.join(suspended, on="security", how="anti")
    if rows.is_empty():
        raise MissingDataError(
            f"{market.source}: the table prices has no security that trades on {day}; "
            "simulated trades need a close and a volume above 0 there"
        )
    before = (
        prices.filter(pl.col("date") < day, market.rows_of("prices", rows["security"]))
        .sort("date")
        .group_by("security")
        .agg(previous=pl.col("close").last())
    )
    start = pl.coalesce("reference", "previous", "close")
    # A split without a published reference, say: the walk stays around the close.
    far = (pl.max_horizontal(start, "close") / pl.min_horizontal(start, "close")) > FARTHEST
    return (
        rows.join(_places(market, day), on="security", how="left")
        .join(before, on="security", how="left")
        .select(
            "security",
            "exchange",
            "currency",
            "close",
            "volume",
            start=pl.when(far).then("close").otherwise(start),
            worth=pl.coalesce("turnover", pl.col("volume") * pl.col("close")).cast(pl.Float64),
        )
        .sort("exchange", "currency", "security")
    )


def _places(market: Market, day: dt.date) -> pl.DataFrame:
    """Return exchange and quote currency of every security on a day."""
    kept = ["security", "exchange", "currency"]
    places = market["securities"].select(kept)
    moved = market["listings"].filter(
        pl.col("start") <= day, pl.col("end").is_null() | (pl.col("end") >= day)
    )
    return places.update(moved.select(kept), on="security")
