"""Who leaves by an event: delisted, absorbed, bankrupt – even where no basket says so.

The table ``corporate_actions`` gives the first session without the name (R23, R28, R29). A name
absorbed by another constituent stays until the acquirer's new shares count, so that its weight is
not lost in between (R25).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.in_force import in_force
from paasche.market.listings import exchanges_of
from paasche.market.vocabulary import EXITS
from paasche.review.panels.first_known import first_known

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paasche.market import Market
    from paasche.methodology.tables import ShareRules

__all__ = ["acting", "exits", "exits_of", "own_sessions"]

_COLUMNS = ("security", "kind", "session", "price", "announced", "related", "ratio")


def exits_of(market: Market, securities: pl.Series, *, as_heard: bool = False) -> pl.DataFrame:
    """Return how securities end, each once: by what comes first.

    Parameters
    ----------
    market : Market
        Table ``corporate_actions``, calendars.
    securities : polars.Series
        Whose.
    as_heard : bool
        Whether an event that became known later acts only then: :func:`acting`.

    Returns
    -------
    polars.DataFrame
        security, kind, session (the first without it, one of its exchange), price (its deletion
        price; null is the last close), announced, related, ratio; by session and security.
    """
    found = in_force(market["corporate_actions"]).filter(
        pl.col("kind").is_in(EXITS), pl.col("security").is_in(securities.unique().implode())
    )
    if as_heard:
        found = acting(market, found)
    else:
        found = found.with_columns(
            session=own_sessions(market, found, "ex_date") if len(found) else found["ex_date"]
        )
    return (
        found.select(_COLUMNS)
        .sort("session", *_COLUMNS)
        .unique("security", keep="first", maintain_order=True)
    )


def acting(market: Market, actions: pl.DataFrame) -> pl.DataFrame:
    """Return corporate actions with the session on which each may change who is in.

    That is its own, on or after the ex-date; where it was announced later than that, or first known
    then, the first one after that day: what nobody knows cannot act.

    Parameters
    ----------
    market : Market
    actions : polars.DataFrame
        Rows of ``corporate_actions``.

    Returns
    -------
    polars.DataFrame
        The rows with ``session``, on the security's exchange, and ``late``, whether it is not the
        event's own.
    """
    if actions.is_empty():
        return actions.with_columns(session="ex_date", late=pl.lit(value=False))
    rows = actions.with_columns(
        session=own_sessions(market, actions, "ex_date"),
        heard=first_known(market, "corporate_actions", actions),
    )
    # Announced on its own session it is in time; a record of that day is not there at the opening.
    said = pl.when(pl.col("announced") > pl.col("session")).then("announced")
    heard = pl.when(pl.col("heard") >= pl.col("session")).then("heard")
    rows = rows.with_columns(after=pl.max_horizontal(said, heard).dt.offset_by("1d"))
    rows = rows.with_columns(late=pl.col("after").is_not_null())
    next_day = rows.with_columns(pl.coalesce("after", "session").alias("after"))
    return rows.with_columns(session=own_sessions(market, next_day, "after")).drop("heard", "after")


def own_sessions(market: Market, rows: pl.DataFrame, day: str, lag: int = 0) -> pl.Series:
    """Return the session of each row's security on or after a day, on its own exchange.

    Days outside the known sessions stay as they are. With a lag it is that many sessions later, at
    most the last known one.
    """
    days = rows[day].to_numpy().astype("datetime64[D]")
    exchange = exchanges_of(market, rows, day).to_numpy()
    for name in np.unique(exchange):
        first, last = market.calendars.span(str(name))
        known = market.calendars.sessions(str(name), first, last)
        own = (exchange == name) & (days >= first) & (days <= last)
        at = np.searchsorted(known, days[own]) + lag
        days[own] = known[np.minimum(at, len(known) - 1)]
    return pl.Series(days, dtype=pl.Date)


def exits(
    market: Market,
    rows: pl.DataFrame,
    spans: Callable[[], pl.DataFrame],
    rules: ShareRules | None,
    renewals: Sequence[date],
    known: date | None = None,
    *,
    as_heard: bool = False,
) -> pl.DataFrame:
    """Return how constituents end; an absorbed one with the acquirer's share change (R25).

    Parameters
    ----------
    market : Market
    rows : polars.DataFrame
        Baskets: ``security``, ``effective``.
    spans : callable
        Asked where one is absorbed: ``security``, ``start``, ``end``, who is in when, without a
        break.
    rules : ShareRules, optional
        Threshold and lag of share changes; None where the index does not count shares.
    renewals : sequence of datetime.date
        Effective sessions of reviews, ascending: they renew the shares of all names.
    known : datetime.date, optional
        Day of knowledge: new shares announced later do not keep an absorbed name in.
    as_heard : bool
        As for :func:`exits_of`.

    Returns
    -------
    polars.DataFrame
        As :func:`exits_of`.
    """
    found = exits_of(market, rows["security"], as_heard=as_heard)
    if rules is None:
        return found
    swaps = found.with_row_index("row").filter(
        pl.col("kind") == "merger", pl.col("ratio") > 0, pl.col("related").is_not_null()
    )
    if swaps.is_empty():
        return found
    # Both are constituents on the day, of the same basket.
    held = spans()
    both = swaps.join(held, on="security").filter(_covers("session"))
    acquirers = held.select(related="security", since="start", until="end")
    both = both.join(acquirers, on="related").filter(
        pl.col("since") <= pl.col("session"),
        pl.col("until").is_null() | (pl.col("session") < pl.col("until")),
    )
    if both.is_empty():
        return found
    conversion = _conversions(market, both, rules, renewals, known)
    later = dict(conversion.select("row", "conversion").iter_rows())
    return (
        found.with_row_index("row")
        .with_columns(
            session=pl.coalesce(
                pl.col("row").replace_strict(later, default=None, return_dtype=pl.Date), "session"
            )
        )
        .drop("row")
        .sort("session", "security")
    )


def _covers(day: str) -> pl.Expr:
    return (pl.col("start") <= pl.col(day)) & (
        pl.col("end").is_null() | (pl.col(day) < pl.col("end"))
    )


def _conversions(
    market: Market,
    both: pl.DataFrame,
    rules: ShareRules,
    renewals: Sequence[date],
    by: date | None,
) -> pl.DataFrame:
    """Return the session on which the acquirer's new shares count, where they reach it in time.

    The new shares are the acquirer's first snapshot effective from the session on, if it grew by at
    least half of what the swap asks for (holders may take cash) and by the threshold. A review in
    between renews all shares, and ends the absorbed name as well.
    """
    part, whole = rules.change_threshold.as_integer_ratio()
    shares = market["shares"].sort("security", "effective")
    absorbed = (
        both.select("row", "security", "session")
        .join(shares.select("security", "effective", "total"), on="security")
        .filter(pl.col("effective") <= pl.col("session"))
        .group_by("row")
        .agg(pl.col("total").last().alias("absorbed"))
    )
    grown = shares.with_columns(before=pl.col("total").shift().over("security"))
    issued = (
        both.join(absorbed, on="row")
        .join(
            # The day that the new shares were announced, not the merger.
            grown.select("effective", "total", "before", related="security", told="announced"),
            on="related",
        )
        .filter(pl.col("effective") >= pl.col("session"))
        .sort("row", "effective")
        .unique("row", keep="first", maintain_order=True)
        .filter(
            (pl.col("total") - pl.col("before")) * 2 >= pl.col("ratio") * pl.col("absorbed"),
            (pl.col("total") - pl.col("before")) * whole >= pl.col("before") * part,
            pl.col("told").is_null() | (pl.col("told") <= pl.col("effective")),
            pl.coalesce("told", "effective") <= pl.lit(by or date.max),
        )
    )
    listed = issued.select(pl.col("related").alias("security"), "effective")
    if listed.is_empty():
        return issued.with_columns(conversion=pl.lit(None, pl.Date))
    due = own_sessions(market, listed, "effective", rules.change_lag_sessions)
    later = pl.DataFrame({"conversion": renewals}, schema={"conversion": pl.Date})
    renewed = (
        issued.sort("session")
        .join_asof(later, left_on="session", right_on="conversion", strategy="forward")
        .select("row", renewed="conversion")
    )
    return (
        issued.with_columns(conversion=due)
        .join(renewed, on="row", how="left")
        .with_columns(pl.min_horizontal("conversion", "renewed").alias("conversion"))
        .filter(pl.col("end").is_null() | (pl.col("conversion") <= pl.col("end")))
    )
