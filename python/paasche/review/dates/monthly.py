"""The monthly change of names that may no longer be bought, or carry a warning (R30, R31)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from paasche.errors import InputError, MissingDataError
from paasche.review.dates.adjustment import first_of_month, place_after, second_friday
from paasche.review.dates.days import as_sessions

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import ArrayLike

__all__ = ["MonthlyChange", "monthly_effective"]


class MonthlyChange(NamedTuple):
    """The sessions of a monthly change (R30, R31).

    Attributes
    ----------
    cutoff : datetime.date
        Session after whose close a status must be known to count.
    announced : datetime.date
        Session of the announcement.
    effective : datetime.date
        First session of the changed basket.
    """

    cutoff: date
    announced: date
    effective: date


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
    effective = place_after(days, second_friday(year, month))
    announced = effective - announcement_lead
    if cutoff == "announcement_eve":
        known = announced - 1
    elif cutoff == "previous_month":
        known = int(np.searchsorted(days, first_of_month(year, month))) - 1
    else:
        raise InputError(f'cutoff = "{cutoff}": must be "announcement_eve" or "previous_month"')
    if min(known, announced) < 0:
        raise MissingDataError(
            f"sessions begin on {days[0]}: the cut-off and the announcement of the monthly change "
            f"effective on {days[effective]} are before"
        )
    return MonthlyChange(*(days[at].item() for at in (known, announced, effective)))
