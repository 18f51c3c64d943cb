"""When a print is a trade: the sessions of the exchanges on a day (R43)."""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from paasche.errors import InputError, MissingDataError
from paasche.market.library import library_hours
from paasche.market.vocabulary import EXCHANGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from paasche.market import Calendars

__all__ = ["ExchangeDay", "date_of", "trading_day", "union"]

SECOND = 1_000_000  # microseconds
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExchangeDay:
    """The session of an exchange on a date; all times are microseconds since 1970-01-01 UTC.

    Intervals include both their ends. A closed exchange has none.

    Attributes
    ----------
    exchange : str
        Market identifier code.
    date : datetime.date
    intervals : int64 array of shape (n, 2)
        In which a print is a trade, ascending and apart: the matches of the auctions, continuous
        trading, and a grace after each for prints that arrive at or just after the bell.
    call : int64 array of shape (0 or 1, 2)
        Order collection before the opening match: its prices are indicative (R42).
    opening, closing : int64 array of shape (0 or 1, 2)
        Matches of the auctions, without grace.
    continuous : int64 array of shape (n_continuous, 2)
        Continuous trading before and after the break, without grace.
    grace : int
        Microseconds of grace.
    """

    exchange: str
    date: dt.date
    call: NDArray[np.int64]
    opening: NDArray[np.int64]
    continuous: NDArray[np.int64]
    closing: NDArray[np.int64]
    grace: int
    intervals: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        trading = np.concatenate([self.opening, self.continuous, self.closing])
        trading[:, 1] += self.grace
        object.__setattr__(self, "intervals", _joined(trading))

    @property
    def is_open(self) -> bool:
        """Whether the exchange trades on the date."""
        return len(self.intervals) > 0

    @property
    def opens(self) -> int | None:
        """When the first trade may come; None where it is closed."""
        return int(self.intervals[0, 0]) if self.is_open else None

    @property
    def closes(self) -> int | None:
        """When its closing price stands, all late prints in; None where it is closed."""
        return int(self.intervals[-1, 1]) if self.is_open else None


def trading_day(
    calendars: Calendars, exchanges: Iterable[str], date: dt.date | str | np.datetime64
) -> dict[str, ExchangeDay]:
    """Return when each exchange trades on a date.

    Whether it is open says the calendar of the market; the hours of continuous trading and half
    days come from the calendar library, auctions and grace from the table of sessions.

    Parameters
    ----------
    calendars : Calendars
        Of the market: `Market.calendars`.
    exchanges : iterable of str
        Market identifier codes.
    date : date, ISO text or datetime64

    Returns
    -------
    dict of str to ExchangeDay
        In ascending order of the exchanges.

    Raises
    ------
    InputError
        If the date is none.
    MissingDataError
        If the sessions or the hours of an exchange are not known on the date.

    Examples
    --------
    Christmas Eve is a half day in Hong Kong: its closing price stands eleven minutes past noon.

    >>> from paasche import Calendars
    >>> days = trading_day(Calendars(), ["XSHG", "XHKG"], "2024-12-24")
    >>> days["XHKG"].intervals.astype("M8[us]").astype("M8[s]")
    array([['2024-12-24T01:20:00', '2024-12-24T04:01:00'],
           ['2024-12-24T04:08:00', '2024-12-24T04:11:00']], dtype='datetime64[s]')
    >>> days["XSHG"].intervals.astype("M8[us]").astype("M8[s]")
    array([['2024-12-24T01:25:00', '2024-12-24T01:26:00'],
           ['2024-12-24T01:30:00', '2024-12-24T03:31:00'],
           ['2024-12-24T05:00:00', '2024-12-24T07:01:00']], dtype='datetime64[s]')
    """
    day = date_of(date)
    return {
        exchange: _exchange_day(calendars, exchange, day) for exchange in sorted(set(exchanges))
    }


def union(days: Mapping[str, ExchangeDay]) -> tuple[int, int]:
    """Return the index session: from the first opening to the last close of its exchanges (R43).

    Parameters
    ----------
    days : mapping of str to ExchangeDay
        Of all exchanges with a constituent.

    Returns
    -------
    opens, closes : int
        Microseconds since 1970-01-01 UTC.

    Raises
    ------
    InputError
        If all of them are closed.

    Examples
    --------
    >>> from paasche import Calendars
    >>> days = trading_day(Calendars(), ["XSHG", "XHKG"], "2024-06-14")
    >>> [str(np.datetime64(moment, "us").astype("M8[s]")) for moment in union(days)]
    ['2024-06-14T01:20:00', '2024-06-14T08:11:00']
    """
    opens = [day.opens for day in days.values() if day.opens is not None]
    closes = [day.closes for day in days.values() if day.closes is not None]
    if not opens:
        dates = ", ".join(sorted({str(day.date) for day in days.values()})) or "no date"
        names = ", ".join(days) or "no exchange"
        raise InputError(f"date = {dates}: must be a session of an exchange of the index ({names})")
    return min(opens), max(closes)


def date_of(value: dt.date | str | np.datetime64) -> dt.date:
    """Return the date of an argument ``date``; what is none is refused."""
    expected = f"date = {value}: must be a date (2024-06-14)"
    try:
        found = np.datetime64(value, "D").astype(object)  # type: ignore[call-overload]
    except (ValueError, TypeError) as e:
        raise InputError(expected) from e
    if not isinstance(found, dt.date):
        raise InputError(expected)
    return found


@functools.cache
def _table() -> Mapping[str, Any]:
    text = (files("paasche.live.opened") / "sessions.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _exchange_day(calendars: Calendars, exchange: str, date: dt.date) -> ExchangeDay:
    if exchange not in EXCHANGES:
        known = ", ".join(sorted(EXCHANGES))
        raise MissingDataError(
            f"exchange = {exchange}: must be one whose trading hours are known ({known})"
        )
    keeper = EXCHANGES[exchange].sessions_of
    rules = _rules(keeper, date)
    is_open = bool(calendars.is_session(exchange, [np.datetime64(date)])[0])
    grace = _table()[keeper]["grace"] * SECOND
    if not is_open:
        none = _intervals()
        return ExchangeDay(
            exchange=exchange,
            date=date,
            call=none,
            opening=none,
            continuous=none,
            closing=none,
            grace=grace,
        )
    hours = library_hours(keeper, date)

    def at(time: dt.time) -> int:
        local = dt.datetime.combine(date, time, hours.zone)
        return (local - _EPOCH) // dt.timedelta(microseconds=1)

    opens, closes = at(hours.opens), at(hours.closes)
    lunch = rules.get("lunch", hours.lunch)
    begin, end = (closes, closes) if lunch is None else map(at, lunch)
    halves = [(opens, min(begin, closes)), *([(end, closes)] if end < closes else [])]
    return ExchangeDay(
        exchange=exchange,
        date=date,
        call=_around(opens, rules.get("call")),
        opening=_around(opens, rules.get("opening")),
        continuous=_intervals(*halves),
        closing=_around(closes, rules.get("closing")),
        grace=grace,
    )


def _rules(keeper: str, date: dt.date) -> Mapping[str, Any]:
    """Return the entry of the table of sessions that counts on a date."""
    entries = _table()[keeper]["hours"]
    counting = [entry for entry in entries if entry["from"] <= date]
    if not counting:
        raise MissingDataError(
            f"{keeper}: trading hours are known from {entries[0]['from']}, not on {date}"
        )
    found: Mapping[str, Any] = counting[-1]
    return found


def _around(moment: int, seconds: tuple[int, int] | None) -> NDArray[np.int64]:
    if seconds is None:
        return _intervals()
    return _intervals((moment + seconds[0] * SECOND, moment + seconds[1] * SECOND))


def _intervals(*bounds: tuple[int, int]) -> NDArray[np.int64]:
    return np.array(bounds, dtype=np.int64).reshape(-1, 2)


def _joined(intervals: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ascending intervals with those joined that touch or overlap."""
    if not len(intervals):
        return intervals
    latest = np.maximum.accumulate(intervals[:, 1])
    starts = np.append(True, intervals[1:, 0] > latest[:-1])
    ends = np.append(starts[1:], True)
    return np.column_stack([intervals[starts, 0], latest[ends]])
