"""When an interim share change takes effect (R57)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from paasche.errors import InputError, MissingDataError
from paasche.review.dates.days import as_days, as_sessions

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from paasche.review.dates.days import Days

__all__ = ["interim_share_change_session", "listing_session"]


def listing_session(
    exchange_sessions: ArrayLike, listing_date: ArrayLike, announced: ArrayLike | None = None
) -> Days:
    """Return the session from which a share count is known and listed, the L of R57.

    The listing date, moved to the next session where it is none; where the announcement is later
    than the listing date as written, the next session after the announcement.

    Parameters
    ----------
    exchange_sessions : datetime64[D] array of shape (n_sessions,)
        Sessions of the security's own exchange, ascending.
    listing_date : datetime64[D] array of shape (n,), or one date
        Listing dates as written.
    announced : datetime64[D] array of shape (n,), or one date, optional
        Announcement dates; NaT or None where none is known, which is not later.

    Returns
    -------
    sessions : datetime64[D] array of shape (n,), without dimension for one date

    Raises
    ------
    InputError
        A listing date is NaT.
    MissingDataError
        A date is before the first or has no session after it among those given.

    Examples
    --------
    >>> days = np.arange("2026-05-01", "2026-06-01", dtype="datetime64[D]")
    >>> listing_session(days[np.is_busday(days)], "2026-05-12", "2026-05-14")
    array('2026-05-15', dtype='datetime64[D]')
    """
    days = as_sessions(exchange_sessions, "exchange_sessions")
    return np.asarray(days[_listing(days, listing_date, announced)])


def interim_share_change_session(
    exchange_sessions: ArrayLike,
    listing_date: ArrayLike,
    announced: ArrayLike | None = None,
    *,
    lag: int,
) -> Days:
    """Return the session on which an interim share change takes effect (R57).

    Parameters
    ----------
    exchange_sessions : datetime64[D] array of shape (n_sessions,)
        Sessions of the security's own exchange, ascending.
    listing_date : datetime64[D] array of shape (n,), or one date
        Listing dates, as written, of the events that reach the threshold.
    announced : datetime64[D] array of shape (n,), or one date, optional
        Announcement dates; NaT or None where none is known.
    lag : int
        Sessions from the listing session to the change: ``change_lag_sessions`` of the share rules.

    Returns
    -------
    sessions : datetime64[D] array of shape (n,), without dimension for one date

    Raises
    ------
    InputError
        ``lag`` is negative or a listing date is NaT.
    MissingDataError
        A date is before the first session given, or the sessions end before the answer.

    Examples
    --------
    >>> days = np.arange("2026-05-01", "2026-06-01", dtype="datetime64[D]")
    >>> interim_share_change_session(days[np.is_busday(days)], "2026-05-12", lag=2)
    array('2026-05-14', dtype='datetime64[D]')
    """
    if lag < 0:
        raise InputError(f"lag = {lag}: must be at least 0")
    days = as_sessions(exchange_sessions, "exchange_sessions")
    listed = _listing(days, listing_date, announced)
    late = listed + lag >= days.size
    if late.any():
        raise MissingDataError(
            f"exchange_sessions end on {days[-1]}: {lag} sessions after {days[listed[late].min()]} "
            "are needed"
        )
    return np.asarray(days[listed + lag])


def _listing(days: Days, listing_date: ArrayLike, announced: ArrayLike | None) -> NDArray[np.intp]:
    written = as_days(listing_date, "listing_date")
    if np.isnat(written).any():
        raise InputError("listing_date = NaT: must be a date")
    known = as_days("NaT" if announced is None else announced, "announced")
    written, known = np.broadcast_arrays(written, known)
    # A comparison with NaT is false: without an announcement date the listing date counts.
    late = known > written
    day = np.where(late, known, written)
    if (day < days[0]).any():
        raise MissingDataError(f"exchange_sessions begin on {days[0]}: needed from {day.min()} on")
    place = np.where(late, _search(days, day, "right"), _search(days, day, "left"))
    beyond = place >= days.size
    if beyond.any():
        raise MissingDataError(
            f"exchange_sessions end on {days[-1]}: the session of {day[beyond].min()} is later"
        )
    return place


def _search(days: Days, day: Days, side: Literal["left", "right"]) -> NDArray[np.intp]:
    return np.asarray(np.searchsorted(days, day, side=side))
