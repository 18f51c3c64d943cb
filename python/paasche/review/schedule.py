"""When a change takes effect: review dates, data windows, monthly and interim changes.

Pure arithmetic on the sessions that are given, sorted ``datetime64[D]`` arrays: index sessions for
reviews and monthly changes, sessions of the security's own exchange for share changes. Sessions
that end too early or begin too late for an answer are an error, never a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from paasche.errors import InputError, MissingDataError
from paasche.review.days import as_sessions
from paasche.review.share_changes import interim_share_change_session, listing_session

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from paasche.review.days import Days

__all__ = [
    "DataWindow",
    "MonthlyChange",
    "adjustment_close",
    "data_window",
    "effective_session",
    "interim_share_change_session",
    "listing_session",
    "monthly_effective",
    "second_friday",
]

_FRIDAY = 4  # Monday is 0
_MONTHS = 12
_REVIEW_MONTHS = (5, 11)


class DataWindow(NamedTuple):
    """The data that a review looks at (R3).

    Attributes
    ----------
    first, last : numpy.datetime64
        First and last calendar day, both included.
    cutoff : numpy.datetime64
        Data cut-off (資料考察截止日): the last session on or before ``last``.
    """

    first: np.datetime64
    last: np.datetime64
    cutoff: np.datetime64


class MonthlyChange(NamedTuple):
    """The sessions of a monthly change (R30, R31).

    Attributes
    ----------
    cutoff : numpy.datetime64
        Session after whose close a status must be known to count.
    announced : numpy.datetime64
        Session of the announcement.
    effective : numpy.datetime64
        First session of the changed basket.
    """

    cutoff: np.datetime64
    announced: np.datetime64
    effective: np.datetime64


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
    first = _month(year, month).astype("datetime64[D]")
    # Day 0 of the count, 1970-01-01, was a Thursday.
    weekday = (int(first.astype(int)) + 3) % 7
    friday: np.datetime64 = first + np.timedelta64((_FRIDAY - weekday) % 7 + 7, "D")
    return friday


def adjustment_close(sessions: ArrayLike, year: int, month: int) -> np.datetime64:
    """Return the last session of the old basket: the last on or before the second Friday (R2).

    Parameters
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, ascending, from before to at least the second Friday.
    year, month : int
        Month of the change.

    Raises
    ------
    MissingDataError
        The sessions do not reach the second Friday, or begin after it.

    Examples
    --------
    >>> june = np.arange("2026-06-01", "2026-07-01", dtype="datetime64[D]")
    >>> adjustment_close(june[np.is_busday(june)], 2026, 6)
    np.datetime64('2026-06-12')
    """
    friday = second_friday(year, month)
    days = as_sessions(sessions, "sessions")
    close: np.datetime64 = days[_on_or_before(days, friday)]
    return close


def effective_session(sessions: ArrayLike, year: int, month: int) -> np.datetime64:
    """Return the first session of the new basket: the next after the second Friday (R2).

    Parameters
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, ascending, from before the second Friday to after it.
    year, month : int
        Month of the change.

    Raises
    ------
    MissingDataError
        The sessions end before the answer, or begin after the second Friday.

    Examples
    --------
    >>> june = np.arange("2026-06-01", "2026-07-01", dtype="datetime64[D]")
    >>> effective_session(june[np.is_busday(june)], 2026, 6)
    np.datetime64('2026-06-15')
    """
    days = as_sessions(sessions, "sessions")
    session: np.datetime64 = days[_effective(days, second_friday(year, month))]
    return session


def data_window(sessions: ArrayLike, year: int, review_month: int) -> DataWindow:
    """Return the year of data that the review of May or November looks at (R3).

    Parameters
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, ascending, with at least those around the last day of the window.
    year : int
        Year of the review.
    review_month : {5, 11}
        Month in which the review is worked out; it takes effect in June or December.

    Returns
    -------
    window : DataWindow
        The twelve months that end with the month before the review.

    Raises
    ------
    InputError
        Another month: such a review takes its window from its methodology.
    MissingDataError
        The sessions do not reach the last day of the window, or begin after it.

    Examples
    --------
    >>> days = np.arange("2026-04-01", "2026-06-01", dtype="datetime64[D]")
    >>> window = data_window(days[np.is_busday(days)], 2026, 5)
    >>> print(window.first, window.last, window.cutoff)
    2025-05-01 2026-04-30 2026-04-30
    """
    if review_month not in _REVIEW_MONTHS:
        raise InputError(
            f"review_month = {review_month}: must be 5 or 11; reviews at other times take their "
            "data window from the methodology"
        )
    month = _month(year, review_month)
    first = (month - np.timedelta64(_MONTHS, "M")).astype("datetime64[D]")
    last = month.astype("datetime64[D]") - np.timedelta64(1, "D")
    days = as_sessions(sessions, "sessions")
    return DataWindow(first, last, days[_on_or_before(days, last)])


def monthly_effective(
    sessions: ArrayLike,
    year: int,
    month: int,
    *,
    announcement_lead: int,
    cutoff: Literal["announcement_eve", "previous_month"] = "announcement_eve",
) -> MonthlyChange:
    """Return the sessions of the monthly change for sell-only and risk-warning names (R30, R31).

    Parameters
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, ascending, from before the cut-off to after the second Friday.
    year, month : int
        Month of the change.
    announcement_lead : int
        Sessions from the announcement to the effective session; 2 in the CES rules (R59).
    cutoff : {"announcement_eve", "previous_month"}
        Which status counts, where the rules are silent: what is known at the close before the
        announcement, or at the last close of the month before.

    Raises
    ------
    InputError
        ``announcement_lead`` is below 1, or the name of the cut-off is unknown.
    MissingDataError
        The sessions begin after the cut-off or end before the effective session.

    Examples
    --------
    >>> june = np.arange("2026-06-01", "2026-07-01", dtype="datetime64[D]")
    >>> change = monthly_effective(june[np.is_busday(june)], 2026, 6, announcement_lead=2)
    >>> print(change.cutoff, change.announced, change.effective)
    2026-06-10 2026-06-11 2026-06-15
    """
    if announcement_lead < 1:
        raise InputError(f"announcement_lead = {announcement_lead}: must be at least 1")
    days = as_sessions(sessions, "sessions")
    effective = _effective(days, second_friday(year, month))
    announced = effective - announcement_lead
    if cutoff == "announcement_eve":
        known = announced - 1
    elif cutoff == "previous_month":
        known = int(np.searchsorted(days, _month(year, month).astype("datetime64[D]"))) - 1
    else:
        raise InputError(f'cutoff = "{cutoff}": must be "announcement_eve" or "previous_month"')
    if min(known, announced) < 0:
        raise MissingDataError(
            f"sessions begin on {days[0]}: the cut-off and the announcement of the monthly change "
            f"effective on {days[effective]} are before"
        )
    return MonthlyChange(days[known], days[announced], days[effective])


def _effective(days: Days, friday: np.datetime64) -> int:
    after = _on_or_before(days, friday) + 1
    if after == days.size:
        raise MissingDataError(f"sessions end on {days[-1]}: the session after {friday} is needed")
    return after


def _on_or_before(days: Days, day: np.datetime64) -> int:
    """Return the position of the last session on or before a day, which the sessions must span."""
    if days[-1] < day:
        raise MissingDataError(f"sessions end on {days[-1]}: needed up to {day}")
    place = int(np.searchsorted(days, day, side="right")) - 1
    if place < 0:
        raise MissingDataError(f"sessions begin on {days[0]}: needed from {day} or earlier")
    return place


def _month(year: int, month: int) -> np.datetime64:
    if not 1 <= month <= _MONTHS:
        raise InputError(f"month = {month}: must be 1 to 12")
    return np.datetime64(f"{year:04d}-{month:02d}", "M")
