"""Fast entry: large newcomers between reviews (R22)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from paasche.errors import MissingDataError

if TYPE_CHECKING:
    from datetime import date

    from paasche.review.dates.days import Days

__all__ = ["Entrant", "entry_session", "sessions_to_review"]


class Entrant(NamedTuple):
    """Who may enter fast.

    Attributes
    ----------
    listed : datetime.date
        Day of the listing, of the inclusion in Stock Connect, or of the merger.
    security : str
        Its code.
    rank : int or None
        Rank by total market value that a merger gave it (R25); None: that of its first day.
    """

    listed: date
    security: str
    rank: int | None = None


def sessions_to_review(sessions: Days, listed: date, effective: date) -> int:
    """Return the index sessions from a listing, counted, to the effective session, not counted.

    With fewer than ``fast_entry_sessions`` of the review rules there is no fast entry (R22).

    Parameters
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, ascending.
    listed : datetime.date
        Day of the listing, or of the inclusion in Stock Connect.
    effective : datetime.date
        Effective session of the next review.

    Examples
    --------
    >>> from datetime import date
    >>> days = np.arange("2026-05-01", "2026-07-01", dtype="datetime64[D]")
    >>> days = days[np.is_busday(days)]
    >>> sessions_to_review(days, date(2026, 5, 18), date(2026, 6, 15))
    20
    """
    first, last = np.searchsorted(sessions, np.array([listed, effective], "datetime64[D]"))
    return int(last - first)


def entry_session(sessions: Days, listed: date, after_sessions: int) -> date:
    """Return the session on which a newcomer enters: after the close of a number of sessions.

    Parameters
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, ascending.
    listed : datetime.date
        Day of the listing: its session is the first.
    after_sessions : int
        Sessions before it enters.

    Raises
    ------
    MissingDataError
        The sessions end before.

    Examples
    --------
    >>> from datetime import date
    >>> days = np.arange("2026-05-01", "2026-07-01", dtype="datetime64[D]")
    >>> print(entry_session(days[np.is_busday(days)], date(2026, 5, 18), 10))
    2026-06-01
    """
    at = int(np.searchsorted(sessions, np.datetime64(listed, "D"))) + after_sessions
    if at >= len(sessions):
        raise MissingDataError(
            f"sessions end on {sessions[-1]}: {after_sessions} sessions after {listed} are needed"
        )
    return cast("date", sessions[at].item())
