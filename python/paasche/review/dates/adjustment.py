"""The adjustment close: the last session of the old basket, by a rule such as second Friday (R2).

Pure arithmetic on the sessions that are given, sorted ``datetime64[D]`` arrays. Sessions that end
too early or begin too late for an answer are an error, never a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paasche.errors import InputError, MissingDataError
from paasche.review.dates.days import as_sessions

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from paasche.review.dates.days import Days

__all__ = [
    "adjustment_close",
    "adjustment_day",
    "effective_session",
    "first_of_month",
    "place_after",
    "place_on_or_before",
    "second_friday",
]

_MONTHS = 12
_WEEK = 7
_MONTH_END = "month-end"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
_PLACES = ("first", "second", "third", "fourth", "last")
_RULES = {
    f"{place}-{weekday}": (week, number)
    for week, place in enumerate(_PLACES)
    for number, weekday in enumerate(_WEEKDAYS)
}


def adjustment_day(year: int, month: int, rule: str = "second-friday") -> np.datetime64:
    """Return the calendar day that a rule names in a month (R2), not always a session.

    Parameters
    ----------
    year, month : int
        The month.
    rule : str
        "first-", "second-", "third-", "fourth-" or "last-" with a day from "monday" to "friday",
        or "month-end", as the key ``adjustment_close`` of the section ``[review]`` writes it.

    Raises
    ------
    InputError
        The month is not 1 to 12, or the rule is none of these.

    Examples
    --------
    >>> adjustment_day(2026, 6, "last-friday"), adjustment_day(2026, 6, "month-end")
    (np.datetime64('2026-06-26'), np.datetime64('2026-06-30'))
    """
    first = first_of_month(year, month)
    last = (first.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
    if rule == _MONTH_END:
        end: np.datetime64 = last
        return end
    if rule not in _RULES:
        raise InputError(
            f'adjustment_close = "{rule}": must be such as "second-friday", "last-monday" or '
            '"month-end"'
        )
    week, weekday = _RULES[rule]
    if week == _PLACES.index("last"):
        back: np.datetime64 = last - (_weekday(last) - weekday) % _WEEK
        return back
    day: np.datetime64 = first + (weekday - _weekday(first)) % _WEEK + week * _WEEK
    return day


def second_friday(year: int, month: int) -> np.datetime64:
    """Return the second Friday of a month (R2), a calendar day and not always a session.

    Raises
    ------
    InputError
        The month is not 1 to 12.

    Examples
    --------
    >>> second_friday(2026, 6)
    np.datetime64('2026-06-12')
    """
    return adjustment_day(year, month, "second-friday")


def adjustment_close(
    sessions: ArrayLike, year: int, month: int, rule: str = "second-friday"
) -> np.datetime64:
    """Return the last session of the old basket: the last on or before the day of the rule (R2).

    Parameters
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, ascending, from before to at least the day of the rule.
    year, month : int
        Month of the change.
    rule : str
        Day of the month, as in :func:`adjustment_day`.

    Raises
    ------
    MissingDataError
        The sessions do not reach the day of the rule, or begin after it.

    Examples
    --------
    >>> june = np.arange("2026-06-01", "2026-07-01", dtype="datetime64[D]")
    >>> adjustment_close(june[np.is_busday(june)], 2026, 6)
    np.datetime64('2026-06-12')
    """
    day = adjustment_day(year, month, rule)
    days = as_sessions(sessions, "sessions")
    close: np.datetime64 = days[place_on_or_before(days, day)]
    return close


def effective_session(
    sessions: ArrayLike, year: int, month: int, rule: str = "second-friday"
) -> np.datetime64:
    """Return the first session of the new basket: the next after the day of the rule (R2).

    Parameters
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, ascending, from before the day of the rule to after it.
    year, month : int
        Month of the change.
    rule : str
        Day of the month, as in :func:`adjustment_day`.

    Raises
    ------
    MissingDataError
        The sessions end before the answer, or begin after the day of the rule.

    Examples
    --------
    >>> june = np.arange("2026-06-01", "2026-07-01", dtype="datetime64[D]")
    >>> effective_session(june[np.is_busday(june)], 2026, 6)
    np.datetime64('2026-06-15')
    """
    days = as_sessions(sessions, "sessions")
    session: np.datetime64 = days[place_after(days, adjustment_day(year, month, rule))]
    return session


def place_after(days: Days, day: np.datetime64) -> int:
    """Return the position of the first session after a day, which the sessions must span."""
    after = place_on_or_before(days, day) + 1
    if after == days.size:
        raise MissingDataError(f"sessions end on {days[-1]}: the session after {day} is needed")
    return after


def place_on_or_before(days: Days, day: np.datetime64) -> int:
    """Return the position of the last session on or before a day, which the sessions must span."""
    if days[-1] < day:
        raise MissingDataError(f"sessions end on {days[-1]}: needed up to {day}")
    place = int(np.searchsorted(days, day, side="right")) - 1
    if place < 0:
        raise MissingDataError(f"sessions begin on {days[0]}: needed from {day} or earlier")
    return place


def first_of_month(year: int, month: int) -> np.datetime64:
    """Return the first day of a month."""
    if not 1 <= month <= _MONTHS:
        raise InputError(f"month = {month}: must be 1 to 12")
    return np.datetime64(f"{year:04d}-{month:02d}-01", "D")


def _weekday(day: np.datetime64) -> int:
    """Return the day of the week, Monday as 0; day 0 of the count, 1970-01-01, was a Thursday."""
    return (int(day.astype(int)) + 3) % _WEEK
