"""How each security stands on a day: listing, class, statuses, warnings lifted, departure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.vocabulary import EXCHANGES, EXITS, STATUSES
from paasche.review.dates.days import as_days

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from numpy.typing import ArrayLike

    from paasche.market import Market
    from paasche.review.dates.days import Days

__all__ = ["departures", "lifted", "listed_as", "months_later", "statuses"]

_MAINLAND = [mic for mic, exchange in EXCHANGES.items() if exchange.sessions_of == "XSHG"]
"""Mainland exchanges, all of which keep one calendar."""


def months_later(days: ArrayLike, months: ArrayLike) -> Days:
    """Return the same day of the month so many calendar months later, or the month's last day.

    Examples
    --------
    >>> print(months_later("2025-11-30", 3), months_later("2026-01-31", 3))
    2026-02-28 2026-04-30
    """
    start = as_days(days, "days")
    month = start.astype("datetime64[M]")
    inside = start - month.astype("datetime64[D]")
    later = month + np.asarray(months).astype("timedelta64[M]")
    last = (later + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.asarray(np.minimum(later.astype("datetime64[D]") + inside, last))


def listed_as(market: Market, day: date, among: Collection[str] | None = None) -> pl.LazyFrame:
    """Return what every security is listed as on a day: `listings`, else `securities`.

    Parameters
    ----------
    market : Market
    day : datetime.date
    among : collection of str, optional
        Only these securities; default all.

    Returns
    -------
    polars.LazyFrame
        By code: security, exchange, board, currency, class (one that is not stated is A on a
        mainland exchange, else H), company, industry, a_share (class A on a mainland exchange).
    """
    stated = _of(market, "securities", among).select(
        "security", "exchange", "board", "currency", "class", "company", "industry"
    )
    moved = (
        _of(market, "listings", among)
        .filter(pl.col("start") <= day, pl.col("end").is_null() | (pl.col("end") >= day))
        .select("security", "exchange", "board", "currency")
    )
    here = pl.col("exchange_right").is_null() | (pl.col("exchange_right") == pl.col("exchange"))
    own_board = pl.when(here).then("board")  # a board does not move along to another exchange
    now = stated.join(moved, on="security", how="left").with_columns(
        pl.coalesce("exchange_right", "exchange").alias("exchange"),
        pl.coalesce("board_right", own_board).alias("board"),
        pl.coalesce("currency_right", "currency").alias("currency"),
    )
    mainland = pl.col("exchange").is_in(_MAINLAND)
    usual = pl.when(mainland).then(pl.lit("A")).otherwise(pl.lit("H"))
    return (
        now.drop("exchange_right", "board_right", "currency_right")
        .with_columns(pl.col("class").fill_null(usual))
        .with_columns(a_share=mainland & (pl.col("class") == "A"))
        .sort("security")
    )


def statuses(market: Market, day: date, among: Collection[str] | None = None) -> pl.LazyFrame:
    """Return who is in which status on a day.

    The last day of a status counts. An ``end`` after the day changes nothing: it is not known yet.

    Parameters
    ----------
    market : Market
        Table ``status``.
    day : datetime.date
    among : collection of str, optional
        Only these securities; default all.

    Returns
    -------
    polars.LazyFrame
        By code, securities in any status: security, and a bool column for each status.
    """
    now = _of(market, "status", among).filter(
        pl.col("start") <= day, pl.col("end").is_null() | (pl.col("end") >= day)
    )
    return (
        now.group_by("security")
        .agg((pl.col("status") == status).any().alias(status) for status in STATUSES)
        .sort("security")
    )


def lifted(market: Market, day: date, warnings: Collection[str]) -> pl.LazyFrame:
    """Return the day on which the last warning was lifted, the day after its ``end`` (R19).

    Parameters
    ----------
    market : Market
        Table ``status``.
    day : datetime.date
        Only what was lifted by then is known.
    warnings : collection of str
        Statuses that count.

    Returns
    -------
    polars.LazyFrame
        By code: security, lifted.
    """
    return (
        market["status"]
        .lazy()
        .filter(pl.col("status").is_in(sorted(warnings)), pl.col("end") < day)
        .group_by("security")
        .agg(lifted=pl.col("end").max().dt.offset_by("1d"))
        .sort("security")
    )


def departures(
    market: Market, known: date, by: date, among: Collection[str] | None = None
) -> pl.LazyFrame:
    """Return who is gone by a session, as far as is known on a day (R23 to R29).

    Parameters
    ----------
    market : Market
        Tables ``securities`` (delisted) and ``corporate_actions``.
    known : datetime.date
        Day of knowledge. A delisting date counts from that date on; an action from its
        announcement on, without one from its ex-date on, until it is cancelled.
    by : datetime.date
        Session by which the security is gone.
    among : collection of str, optional
        Only these securities; default all.

    Returns
    -------
    polars.LazyFrame
        By code: security, gone (first day without it), why (kind of action, or delisting).
    """
    master = (
        _of(market, "securities", among)
        .filter(pl.col("delisted") <= min(known, by))
        .select("security", gone="delisted", why=pl.lit("delisting"))
    )
    cancelled = pl.col("cancelled")
    actions = (
        _of(market, "corporate_actions", among)
        .filter(
            pl.col("kind").is_in(EXITS),
            pl.col("ex_date") <= by,
            pl.col("announced").fill_null(pl.col("ex_date")) <= known,
            cancelled.is_null() | (cancelled > pl.col("ex_date")) | (cancelled > known),
        )
        .select("security", gone="ex_date", why="kind")
    )
    return (
        pl.concat([master, actions])
        .sort("security", "gone", "why")
        .unique("security", keep="first", maintain_order=True)
    )


def _of(market: Market, table: str, among: Collection[str] | None) -> pl.LazyFrame:
    """Return the rows of a table about some securities, or all."""
    rows = market[table].lazy()
    return rows if among is None else rows.filter(pl.col("security").is_in(sorted(among)))
