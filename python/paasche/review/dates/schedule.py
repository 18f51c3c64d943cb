"""When reviews take effect, and which data they look at (R1 to R3).

Pure arithmetic on the index sessions that are given, sorted ``datetime64[D]`` arrays; with several
exchanges they are the days on which any of them is open. Sessions that end too early or begin too
late for an answer are an error, never a guess. Monthly changes and share changes have modules of
their own; their functions are offered here as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from paasche.errors import InputError, MissingDataError
from paasche.review.dates.adjustment import (
    adjustment_close,
    adjustment_day,
    effective_session,
    first_of_month,
    place_after,
    place_on_or_before,
    second_friday,
)
from paasche.review.dates.days import as_sessions
from paasche.review.dates.monthly import MonthlyChange, monthly_effective
from paasche.review.dates.share_changes import interim_share_change_session, listing_session

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import ArrayLike

    from paasche.methodology.review import Review

__all__ = [
    "MonthlyChange",
    "ReviewDates",
    "adjustment_close",
    "adjustment_day",
    "base_review",
    "effective_session",
    "interim_share_change_session",
    "latest_known",
    "listing_session",
    "monthly_effective",
    "review_dates",
    "reviews_between",
    "second_friday",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDates:
    """The dates of one review (R1 to R3, R59).

    Attributes
    ----------
    month : datetime.date
        First day of the month in which the old basket ends; for the base basket the base date.
    first, last : datetime.date
        First and last calendar day of the data window, both included.
    cutoff : datetime.date
        Data cut-off (資料考察截止日): the last session on or before ``last``.
    announcement : datetime.date
        Session of the announcement.
    adjustment_close : datetime.date
        Last session of the old basket.
    effective : datetime.date
        First session of the new basket (定期調整生效日).
    """

    month: date
    first: date
    last: date
    cutoff: date
    announcement: date
    adjustment_close: date
    effective: date


def review_dates(sessions: ArrayLike, review: Review, year: int, month: int) -> ReviewDates:
    """Return the dates of the review of a month (R1, R2, R3, R59).

    Parameters
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, ascending, from the cut-off or earlier to after the adjustment close.
    review : paasche.methodology.review.Review
        Section ``[review]`` of the methodology.
    year, month : int
        Month in which the old basket ends, such as June; any month, also one that the section does
        not list.

    Raises
    ------
    InputError
        The month is not 1 to 12, or the announcement would come before the cut-off.
    MissingDataError
        The sessions end before the effective session, or begin after the cut-off or the
        announcement.

    Examples
    --------
    >>> from paasche.methodology.review import Review
    >>> days = np.arange("2026-04-01", "2026-07-01", dtype="datetime64[D]")
    >>> dates = review_dates(days[np.is_busday(days)], Review(), 2026, 6)
    >>> print(dates.first, dates.cutoff, dates.announcement, dates.adjustment_close)
    2025-05-01 2026-04-30 2026-06-01 2026-06-12
    """
    days = as_sessions(sessions, "sessions")
    effective = place_after(days, adjustment_day(year, month, review.adjustment_close))
    start = first_of_month(year, month)
    # The window ends with the day before this one.
    end = _months_later(start, 1 - review.cutoff_months)
    last: np.datetime64 = end - 1
    if last < days[0]:
        raise MissingDataError(
            f"sessions begin on {days[0]}: the data window of the review effective on "
            f"{days[effective]} ends before, on {last} (cutoff_months = {review.cutoff_months}); "
            "add earlier sessions and prices, or begin the index later"
        )
    cutoff = place_on_or_before(days, last)
    announced = effective - review.announcement_lead
    if announced < 0:
        raise MissingDataError(
            f"sessions begin on {days[0]}: the announcement of the review effective on "
            f"{days[effective]} is before"
        )
    if announced < cutoff:
        raise InputError(
            f"announcement_lead = {review.announcement_lead}: must be smaller; the review "
            f"effective on {days[effective]} would be announced on {days[announced]}, before its "
            f"cut-off {days[cutoff]}"
        )
    return ReviewDates(
        month=_date(start),
        first=_date(_months_later(end, -review.window_months)),
        last=_date(last),
        cutoff=_date(days[cutoff]),
        announcement=_date(days[announced]),
        adjustment_close=_date(days[effective - 1]),
        effective=_date(days[effective]),
    )


def base_review(sessions: ArrayLike, review: Review, base_date: date) -> ReviewDates:
    """Return the dates of the base basket, which is known before the base date.

    The rules do not date it. Its cut-off, announcement and adjustment close are the last session
    before the base date, and its data window ends with that session, so that nothing later counts.

    Parameters
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, ascending, from before the base date up to the day before it or later.
    review : paasche.methodology.review.Review
        Section ``[review]`` of the methodology.
    base_date : datetime.date
        Base date of the index: the effective session.

    Raises
    ------
    MissingDataError
        The sessions begin on or after the base date, or end earlier than the day before it.

    Examples
    --------
    >>> from paasche.methodology.review import Review
    >>> days = np.arange("2026-04-01", "2026-07-01", dtype="datetime64[D]")
    >>> dates = base_review(days[np.is_busday(days)], Review(), days[-1].item())
    >>> print(dates.first, dates.cutoff, dates.effective)
    2025-06-30 2026-06-29 2026-06-30
    """
    days = as_sessions(sessions, "sessions")
    cutoff: np.datetime64 = days[place_on_or_before(days, np.datetime64(base_date, "D") - 1)]
    known = _date(cutoff)
    return ReviewDates(
        month=base_date,
        first=_date(_months_later(cutoff + 1, -review.window_months)),
        last=known,
        cutoff=known,
        announcement=known,
        adjustment_close=known,
        effective=base_date,
    )


def reviews_between(
    sessions: ArrayLike, review: Review, start: date, end: date
) -> list[ReviewDates]:
    """Return the reviews that take effect after one day and up to another (R1).

    Parameters
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, ascending, from the first cut-off or earlier.
    review : paasche.methodology.review.Review
        Section ``[review]`` of the methodology.
    start, end : datetime.date
        The effective session is after ``start``, and on or before ``end``.

    Raises
    ------
    MissingDataError
        The sessions begin or end too soon to tell whether a review belongs here, or to date it.

    Examples
    --------
    >>> from datetime import date
    >>> from paasche.methodology.review import Review
    >>> days = np.arange("2025-01-01", "2026-12-31", dtype="datetime64[D]")
    >>> found = reviews_between(
    ...     days[np.is_busday(days)], Review(), date(2025, 6, 16), date(2026, 6, 15)
    ... )
    >>> [str(dates.effective) for dates in found]
    ['2025-12-15', '2026-06-15']
    """
    days = as_sessions(sessions, "sessions")
    after, until = np.datetime64(start, "D"), np.datetime64(end, "D")
    # A basket that ends before the last session up to the start was replaced by then.
    place = int(np.searchsorted(days, after, side="right")) - 1
    begin = days[place] if place >= 0 else after
    months = np.arange(begin.astype("datetime64[M]"), until.astype("datetime64[M]") + 1)
    found = []
    for year, month in map(_year_month, months):
        if month not in review.months:
            continue
        if begin <= adjustment_day(year, month, review.adjustment_close) < until:
            dates = review_dates(days, review, year, month)
            if dates.effective <= end:
                found.append(dates)
    return found


def latest_known(sessions: ArrayLike, review: Review, day: date) -> ReviewDates:
    """Return the latest review whose cut-off is on or before a day (R1, R3).

    Parameters
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, ascending, from the cut-off or earlier to after the adjustment close, which
        may be later than the day.
    review : paasche.methodology.review.Review
        Section ``[review]`` of the methodology.
    day : datetime.date
        Day of knowledge, after its close.

    Raises
    ------
    MissingDataError
        The sessions end before the day, before the effective session, or where a later session
        of the month decides whether the day is the cut-off; or they begin after the cut-off.

    Examples
    --------
    >>> from datetime import date
    >>> from paasche.methodology.review import Review
    >>> days = np.arange("2025-01-01", "2026-12-31", dtype="datetime64[D]")
    >>> days = days[np.is_busday(days)]
    >>> print(latest_known(days, Review(), date(2026, 4, 29)).effective)
    2025-12-15
    >>> print(latest_known(days, Review(), date(2026, 4, 30)).effective)
    2026-06-15
    """
    days = as_sessions(sessions, "sessions")
    known = np.datetime64(day, "D")
    if known > days[-1]:
        raise MissingDataError(f"sessions end on {days[-1]}: needed up to {known}")
    place = int(np.searchsorted(days, known, side="right"))
    # A window that ends before the next session has its cut-off by the day. Where the next session
    # is not given, a window that ends with this month asks for it.
    unknown = days[place] if place < days.size else _months_later(known, 1)
    month = unknown.astype("datetime64[M]") + review.cutoff_months - 1
    while _year_month(month)[1] not in review.months:
        month -= 1
    return review_dates(days, review, *_year_month(month))


def _months_later(day: np.datetime64, months: int) -> np.datetime64:
    """Return the same day of another month, or its last day where that is earlier."""
    month = day.astype("datetime64[M]")
    inside = day - month.astype("datetime64[D]")
    start = (month + months).astype("datetime64[D]")
    last = (month + months + 1).astype("datetime64[D]") - 1
    later: np.datetime64 = min(start + inside, last)
    return later


def _year_month(month: np.datetime64) -> tuple[int, int]:
    first = _date(month.astype("datetime64[D]"))
    return first.year, first.month


def _date(day: np.datetime64) -> date:
    return cast("date", day.item())
