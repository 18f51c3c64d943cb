"""How long securities do not trade: sessions of their own exchange without a trade (R12, R16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from paasche.review.dates.days import Days
    from paasche.review.panels.ground import Ground

__all__ = ["resumed", "suspended_sessions"]

_GROWTH = 8
"""Days looked at grow by this factor: nearly all names traded on the last one."""


def suspended_sessions(ground: Ground, day: date) -> NDArray[np.int64]:
    """Return the sessions without a trade in a row, up to and including a day (R12).

    Counted are sessions of the security's own exchange since its listing; one day with a trade
    begins the count anew.

    Parameters
    ----------
    ground : Ground
    day : datetime.date

    Returns
    -------
    int64 array of shape (n_securities,)
        0 where the last session had a trade.

    Raises
    ------
    MissingDataError
        The days of the ground begin after the day.
    """
    return _idle(ground, ground.position(day) + 1)


def _idle(ground: Ground, end: int) -> NDArray[np.int64]:
    """Count back from a position, which is not included, in blocks that grow."""
    found = np.zeros(len(ground.securities), np.int64)
    searched = np.arange(len(found))
    block = 1
    while end > 0 and searched.size:
        rows = slice(max(end - block, 0), end)
        traded = ground.traded[rows][:, searched]
        counts = ground.is_open[rows][:, searched]
        counts &= ground.days[rows, None] >= ground.listed[searched]
        # A trade on a later day of the block, or on the day itself, ends the count.
        idle = ~np.logical_or.accumulate(traded[::-1], axis=0)[::-1]
        found[searched] += (counts & idle).sum(axis=0)
        searched = searched[idle[0]]
        end, block = rows.start, _GROWTH * block
    return found


def resumed(ground: Ground, first: date, cutoff: date, limit: int) -> Days:
    """Return the last day in a window on which a long suspension ended (R16).

    Parameters
    ----------
    ground : Ground
    first, cutoff : datetime.date
        First and last day of the window, both included. A suspension that began before the window
        counts with all its sessions.
    limit : int
        A suspension of more sessions than this is a long one.

    Returns
    -------
    datetime64[D] array of shape (n_securities,)
        The day of the resumption; NaT without a long suspension that ended in the window.

    Raises
    ------
    MissingDataError
        The days of the ground begin after the cut-off.
    """
    begin = int(np.searchsorted(ground.days, np.datetime64(first, "D")))
    rows = slice(begin, ground.position(cutoff) + 1)
    found = np.full(len(ground.securities), np.datetime64("NaT"), "datetime64[D]")
    days, before = ground.days[rows], _idle(ground, begin).astype(np.int32)
    if not len(days):
        return found
    open_days = ground.is_open[rows] & (days[:, None] >= ground.listed)
    # Few names were idle for that long in all.
    idle_days = (open_days & ~ground.traded[rows]).sum(axis=0)
    some = np.flatnonzero(before + idle_days > limit)
    before, open_days, traded = before[some], open_days[:, some], ground.traded[rows][:, some]
    counted = np.cumsum(open_days, axis=0, dtype=np.int32)
    at_trade = np.maximum.accumulate(np.where(traded, counted, -before), axis=0)
    last_trade = np.concatenate([-before[None], at_trade[:-1]])
    ends = traded & (counted - last_trade - 1 > limit)
    any_end = ends.any(axis=0)
    place = len(days) - 1 - ends[::-1].argmax(axis=0)
    found[some[any_end]] = days[place[any_end]]
    return found
