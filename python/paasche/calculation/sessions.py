"""When the index is calculated: its sessions, and the market days on which prices are carried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import InputError, MissingDataError
from paasche.market.listings import by_exchange, exchanges_listed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from paasche.calculation.membership import Membership
    from paasche.market import Market

    Days = NDArray[np.datetime64]

__all__ = ["NEVER", "Timeline", "covered", "timeline", "window_start"]

NEVER = np.iinfo(np.int32).max
"""A day beyond every known session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The two time axes of a calculation.

    Attributes
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions: days on which an exchange with a constituent is open.
    days : datetime64[D] array of shape (n_days,)
        Days on which any exchange of a present or later constituent is open; they contain the
        sessions, and go back to where the oldest price to be carried stands.
    next_session : datetime64[D], optional
        The index session after the last one, where it is known: a name that leaves then may be
        valued at its deletion price on the last one (R33).
    exchanges : mapping of str to datetime64[D] array
        Sessions of each exchange, from the first day on and, where they are known, past the end.
    """

    sessions: Days
    days: Days
    next_session: np.datetime64 | None
    exchanges: Mapping[str, Days]

    def position(self, day: date, what: str) -> int:
        """Return the position of an index session.

        Raises
        ------
        InputError
            The day is no index session.
        """
        at = int(np.searchsorted(self.sessions, np.datetime64(day, "D")))
        if at < len(self.sessions) and self.sessions[at] == np.datetime64(day, "D"):
            return at
        near = self.sessions[max(at - 1, 0) : at + 1]
        raise InputError(
            f"{what} = {day}: must be an index session; the nearest "
            f"{'is' if len(near) == 1 else 'are'} {' and '.join(str(session) for session in near)}"
        )

    def rolled(self, exchange: NDArray[np.str_], days: Days, lag: int = 0) -> NDArray[np.int32]:
        """Return the exchange session on or after each day, ``lag`` sessions later, as int32.

        Days before the first known session stay as they are; those beyond the last are ``NEVER``.
        """
        result = days.astype("datetime64[D]").astype(np.int32)
        for name in set(exchange.tolist()):
            sessions = self.exchanges[name]
            own = (exchange == name) & (days >= sessions[0])
            at = np.searchsorted(sessions, days[own], side="left") + lag
            known = np.append(sessions.astype(np.int32), np.int32(NEVER))
            result[own] = known[np.minimum(at, len(sessions))]
        return result

    def last_session(self, exchange: NDArray[np.str_], days: Days) -> Days:
        """Return the last session of each exchange on or before each day."""
        result = days.copy()
        for name in set(exchange.tolist()):
            sessions, own = self.exchanges[name], exchange == name
            result[own] = sessions[np.searchsorted(sessions, days[own], side="right") - 1]
        return result


def timeline(
    market: Market,
    members: Membership,
    calendar: str,
    first: date,
    lag: int,
    end: date,
    history: pl.DataFrame,
) -> Timeline:
    """Lay out the axes of an index.

    Parameters
    ----------
    market : Market
        Calendars, prices and securities.
    members : Membership
        Who is a constituent when.
    calendar : str
        ``union``, ``intersection`` or one exchange.
    first : datetime.date
        The base date, or the session of a stored state.
    lag : int
        Sessions before ``first`` to be kept for weighting.
    end : datetime.date
        Last day.
    history : polars.DataFrame
        Spans of membership from the base date on, also before a stored state: lags count over them.
    """
    spans = by_exchange(market, history.filter(pl.col("start") <= end))
    names = sorted({*spans["exchange"], *exchanges_listed(market, members.securities)})
    oldest = _oldest_price(market, members.securities, first, lag)
    exchanges = {name: _known_sessions(market, name, end) for name in names}
    last = np.datetime64(end, "D")
    known = _index_sessions(spans, exchanges, calendar, market, oldest, end)
    after = int(np.searchsorted(known, last, "right"))
    sessions = known[np.searchsorted(known, np.datetime64(oldest, "D")) : after]
    days = reduce(np.union1d, exchanges.values(), sessions)
    days = days[(days >= np.datetime64(oldest, "D")) & (days <= last)]
    return Timeline(
        sessions=sessions,
        days=days,
        next_session=known[after] if after < len(known) else None,
        exchanges=exchanges,
    )


def window_start(first: date, lag: int) -> date:
    """Return a day that has ``lag`` sessions between it and the first."""
    # A week has a session, but in the longest holidays, which take two.
    return first - timedelta(days=7 * lag + 14)


def _oldest_price(market: Market, securities: list[str], first: date, lag: int) -> date:
    """Return the day from which prices are carried: each name's last close before the window."""
    window = window_start(first, lag)
    if market.streamed is not None:
        by, _ = market.streamed.last_by(int(np.datetime64(window, "D").astype(np.int32)))
        last = by[market.ids.is_in(securities).to_numpy()]
        last = last[last > np.iinfo(np.int32).min]
        found: date = last.min(initial=NEVER).astype("datetime64[D]").item()
        return min(window, found) if last.size else window
    before = market["prices"]["date"].to_physical().to_numpy() <= np.datetime64(window, "D").astype(
        np.int32
    )
    if not before.any():
        return window
    oldest = (
        market["prices"]
        .filter(before)
        .filter(pl.col("security").is_in(securities))
        .group_by("security")
        .agg(pl.col("date").max())
        .select(pl.col("date").min())
        .item()
    )
    return min(window, oldest) if oldest is not None else window


def _known_sessions(market: Market, exchange: str, end: date) -> Days:
    """Return all known sessions of an exchange; they must reach the end.

    Ex-dates long before the start and after the end are moved to sessions too: share counts are
    brought over them.
    """
    first, last = market.calendars.span(exchange)
    try:
        return market.calendars.sessions(exchange, first, max(last, np.datetime64(end, "D")))
    except MissingDataError as e:
        streamed = market.streamed
        newest = market["prices"]["date"].max() if streamed is None else streamed.last
        by_prices = newest == end
        what = f"prices date = {end}" if by_prices else f"end = {end}"
        raise MissingDataError(
            f"{what}: must be at most {last}, the last known session of {exchange}; "
            f"{market.calendars.advice(exchange)}"
        ) from e


def _index_sessions(
    spans: pl.DataFrame,
    exchanges: Mapping[str, Days],
    calendar: str,
    market: Market,
    oldest: date,
    end: date,
) -> Days:
    if calendar not in ("union", "intersection"):
        sessions = exchanges.get(calendar)
        if sessions is None:
            sessions = _known_sessions(market, calendar, end)
        return sessions
    # Before the base the base basket counts: lags may reach there.
    first = pl.col("start") == pl.col("start").min()
    spans = spans.with_columns(start=pl.when(first).then(pl.lit(oldest)).otherwise("start"))
    every = reduce(np.union1d, exchanges.values())
    held = {name: covered(every, spans.filter(pl.col("exchange") == name)) for name in exchanges}
    is_open = {name: np.isin(every, sessions) for name, sessions in exchanges.items()}
    if calendar == "union":
        keep = reduce(np.logical_or, [held[name] & is_open[name] for name in held])
    else:
        keep = reduce(np.logical_and, [~held[name] | is_open[name] for name in held])
    return every[keep]


def covered(days: Days, spans: pl.DataFrame) -> NDArray[np.bool_]:
    """Return which days lie in any of the spans [start, end); a span without an end is open."""
    change = np.zeros(len(days) + 1, np.int64)
    np.add.at(change, np.searchsorted(days, spans["start"].to_numpy().astype("datetime64[D]")), 1)
    closed = spans["end"].drop_nulls().to_numpy().astype("datetime64[D]")
    np.add.at(change, np.searchsorted(days, closed), -1)
    return np.cumsum(change)[:-1] > 0
