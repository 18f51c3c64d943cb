"""Exchange sessions: the library, an overlay of what it does not know, and the user's own table.

A day after the last known session is never guessed, and nothing depends on today's date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paasche.errors import InputError, MissingDataError
from paasche.market.library import library_days, library_sessions
from paasche.market.vocabulary import EXCHANGES

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Calendars"]


class Calendars:
    """Sessions of every exchange of a market.

    Parameters
    ----------
    table : pl.DataFrame, optional
        Table `calendar` (exchange, date): its sessions replace the library's for that exchange.

    Examples
    --------
    >>> calendars = Calendars()
    >>> calendars.sessions("XSHG", "2016-06-07", "2016-06-13")
    array(['2016-06-07', '2016-06-08', '2016-06-13'], dtype='datetime64[D]')
    """

    def __init__(self, table: pl.DataFrame | None = None) -> None:
        self._own: dict[str, NDArray[np.datetime64]] = {}
        if table is not None:
            for (exchange,), rows in table.drop_nulls(["exchange", "date"]).group_by("exchange"):
                self._own[str(exchange)] = np.unique(rows["date"].to_numpy().astype("M8[D]"))

    def knows(self, exchange: str) -> bool:
        """Tell whether the sessions of an exchange are known at all."""
        return self._keeper(exchange) is not None

    def own(self, exchange: str) -> bool:
        """Tell whether the market itself gives the sessions of an exchange."""
        return self._keeper(exchange) in self._own

    def advice(self, exchange: str) -> str:
        """Return how to make more sessions of an exchange known, for an error."""
        if self.own(exchange):
            return "add more to the table calendar of the market"
        return (
            "give its sessions in the table calendar (exchange, date) of the market, or extend "
            "paasche/market/calendar_overlay.toml"
        )

    def span(self, exchange: str) -> tuple[np.datetime64, np.datetime64]:
        """Return the first and the last known session of an exchange.

        Raises
        ------
        MissingDataError
            If nothing is known about the exchange.
        """
        sessions = self._all(exchange)
        return sessions[0], sessions[-1]

    def sessions(
        self,
        exchange: str,
        start: dt.date | str | np.datetime64,
        end: dt.date | str | np.datetime64,
    ) -> NDArray[np.datetime64]:
        """Return the sessions of an exchange between two days, both included.

        Parameters
        ----------
        exchange : str
            Market identifier code.
        start, end : date, ISO text or datetime64
            Days; they need not be sessions.

        Returns
        -------
        datetime64[D] array, ascending

        Raises
        ------
        MissingDataError
            If the days reach before the first or past the last known day of the exchange.
        """
        first, last = _day(start, "start"), _day(end, "end")
        sessions = self._all(exchange)
        if first <= last:
            self._check_known(exchange, first, last)
        return sessions[np.searchsorted(sessions, first) : np.searchsorted(sessions, last, "right")]

    def is_session(self, exchange: str, dates: ArrayLike) -> NDArray[np.bool_]:
        """Tell for each date whether it is a session of the exchange.

        Parameters
        ----------
        exchange : str
        dates : datetime64[D] array of shape (n,)

        Returns
        -------
        bool array of shape (n,)

        Raises
        ------
        MissingDataError
            If a date lies outside the known days.
        """
        days = _days(dates)
        sessions = self._all(exchange)
        if days.size:
            self._check_known(exchange, days.min(), days.max())
        found = np.minimum(np.searchsorted(sessions, days), len(sessions) - 1)
        return np.asarray(sessions[found] == days)

    def roll_forward(self, exchange: str, dates: ArrayLike) -> NDArray[np.datetime64]:
        """Return for each date the first session of the exchange on or after it.

        Parameters
        ----------
        exchange : str
        dates : datetime64[D] array of shape (n,)

        Returns
        -------
        datetime64[D] array of shape (n,)

        Raises
        ------
        MissingDataError
            If a date lies before the first or after the last known session.

        Examples
        --------
        >>> Calendars().roll_forward("XSHG", ["2016-06-10"])
        array(['2016-06-13'], dtype='datetime64[D]')
        """
        days = _days(dates)
        sessions = self._all(exchange)
        if days.size:
            self._check_known(exchange, days.min(), days.max())
        found = np.searchsorted(sessions, days)
        if days.size and found.max() == len(sessions):
            raise self._unknown(exchange, days.max())
        return sessions[found]

    def offset(self, exchange: str, sessions: ArrayLike, n: int) -> NDArray[np.datetime64]:
        """Return for each session the one `n` sessions later (earlier where `n` is negative).

        Parameters
        ----------
        exchange : str
        sessions : datetime64[D] array of shape (n_dates,)
            Sessions of the exchange.
        n : int

        Returns
        -------
        datetime64[D] array of shape (n_dates,)

        Raises
        ------
        InputError
            If a date is no session of the exchange.
        MissingDataError
            If the way leads before the first or past the last known session.

        Examples
        --------
        Rule R57: listed on 2026-05-12, used from two sessions later.

        >>> Calendars().offset("XSHG", ["2026-05-12"], 2)
        array(['2026-05-14'], dtype='datetime64[D]')
        """
        days = _days(sessions)
        closed = ~self.is_session(exchange, days)
        if closed.any():
            raise InputError(f"sessions = {days[closed][0]}: must be a session of {exchange}")
        known = self._all(exchange)
        found = np.searchsorted(known, days) + n
        if found.size and (found.min() < 0 or found.max() >= len(known)):
            forward = n > 0
            raise self._unknown(exchange, days.max() if forward else days.min(), steps=n)
        return known[found]

    def _keeper(self, exchange: str) -> str | None:
        """Return the exchange whose sessions `exchange` keeps; None where nobody knows them."""
        if exchange in self._own:
            return exchange
        listed = EXCHANGES.get(exchange)
        return None if listed is None else listed.sessions_of

    def _all(self, exchange: str) -> NDArray[np.datetime64]:
        keeper = self._keeper(exchange)
        if keeper is None:
            raise MissingDataError(
                f"exchange = {exchange}: must be one whose sessions are known; give them in the "
                "table calendar (exchange, date) of the market"
            )
        own = self._own.get(keeper)
        return library_sessions(keeper) if own is None else own

    def _known_days(self, exchange: str) -> tuple[np.datetime64, np.datetime64]:
        """Return the first and last day about which it is known whether the exchange is open."""
        sessions = self._all(exchange)
        keeper = self._keeper(exchange) or exchange
        if keeper in self._own:
            return sessions[0], sessions[-1]
        return library_days(keeper)

    def _check_known(self, exchange: str, first: np.datetime64, last: np.datetime64) -> None:
        earliest, latest = self._known_days(exchange)
        if first < earliest:
            raise self._unknown(exchange, first)
        if last > latest:
            raise self._unknown(exchange, last)

    def _unknown(self, exchange: str, day: np.datetime64, *, steps: int = 0) -> MissingDataError:
        first, last = self.span(exchange)
        far = f"{abs(steps)} sessions {'after' if steps > 0 else 'before'} {day}" if steps else day
        return MissingDataError(
            f"{exchange}: sessions are known from {first} to {last}, not on {far}; "
            f"{self.advice(exchange)}"
        )


def _day(value: dt.date | str | np.datetime64, argument: str) -> np.datetime64:
    expected = f"{argument} = {value}: must be a date (2024-06-14)"
    try:
        day: np.datetime64 = np.datetime64(value, "D")  # type: ignore[call-overload]
    except (ValueError, TypeError) as e:
        raise InputError(expected) from e
    if np.isnat(day):
        raise InputError(expected)
    return day


def _days(values: ArrayLike) -> NDArray[np.datetime64]:
    try:
        days = np.asarray(values, dtype="M8[D]")
    except (ValueError, TypeError) as e:
        raise InputError("dates: must be dates (2024-06-14)") from e
    if np.isnat(days).any():
        raise InputError("dates = NaT: must be a date in every place (2024-06-14)")
    return days
