"""What readers of many indices should know of their market, index by index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.many.rosters import OPEN, ranges
from paasche.calculation.many.shared import members_of
from paasche.calculation.membership import joined
from paasche.calculation.notices import moved_ex_dates, tell_gaps, undated
from paasche.errors import PaascheError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.calculation.many.rosters import Rosters
    from paasche.calculation.many.shared import Shared
    from paasche.errors import Defect
    from paasche.market import Market

__all__ = ["spans_frame", "spans_of_index", "warned"]


def warned(
    market: Market, rosters: Rosters, shared: Shared
) -> tuple[list[tuple[Defect, ...]], NDArray[np.bool_]]:
    """Return the warnings of each index, and which are not refused for them.

    The same as `notices` gives for each alone, in its order.
    """
    count = len(rosters.whole)
    every = undated(market)
    found = [every] * count
    clear = np.ones(count, np.bool_)
    for at, gaps in _gaps_by_index(market, rosters, shared):
        try:
            found[at] = (*every, *tell_gaps(shared.methodology, market, gaps))
        except PaascheError:
            clear[at] = False
    if shared.ex_dates_move(market):
        start = shared.members.baskets[0].effective
        for at in np.flatnonzero(clear).tolist():
            spans = spans_of_index(market, rosters, at)
            own = members_of(shared.members.securities, spans, start)
            found[at] = (*found[at], *moved_ex_dates(market, own, shared.axis, shared.first))
    return found, clear


def spans_of_index(market: Market, rosters: Rosters, at: int) -> pl.DataFrame:
    """Return who is in when: ``security``, ``start``, ``end`` of an index by its position."""
    baskets = slice(*np.searchsorted(rosters.owner, [at, at + 1]).tolist())
    counts = np.diff(rosters.starts[baskets.start : baskets.stop + 1])
    rows = slice(rosters.starts[baskets.start], rosters.starts[baskets.stop])
    return joined(
        spans_frame(
            market,
            rosters.security[rows],
            np.repeat(rosters.effective[baskets], counts),
            np.repeat(rosters.until[baskets], counts),
        )
    )


def spans_frame(
    market: Market,
    security: NDArray[np.int32],
    start: NDArray[np.int32],
    until: NDArray[np.int32],
) -> pl.DataFrame:
    """Return spans of positions and days as ``security``, ``start`` and ``end``."""
    end = pl.Series(until).cast(pl.Int32)
    return pl.DataFrame(
        {
            "security": market.ids.gather(security),
            "start": pl.Series(start).cast(pl.Date),
            "end": end.set(end == OPEN, None).cast(pl.Date),
        }
    )


def _gaps_by_index(
    market: Market, rosters: Rosters, shared: Shared
) -> list[tuple[int, pl.DataFrame]]:
    """Return the gaps of each index that has some: security and date, in that order."""
    gaps = shared.gaps(market)
    if gaps.is_empty():
        return []
    order = np.argsort(rosters.security, kind="stable")
    position = gaps["security"].cast(pl.Enum(market.ids)).to_physical().to_numpy()
    first, last = (
        np.searchsorted(rosters.security[order], position, side=side) for side in ("left", "right")
    )
    counts = last - first
    gap = np.repeat(np.arange(len(gaps)), counts)
    basket = rosters.basket[order[ranges(first, counts)]]
    day = gaps["date"].to_physical().to_numpy()[gap]
    inside = (rosters.effective[basket] <= day) & (day < rosters.until[basket])
    owner, gap = rosters.owner[basket[inside]], gap[inside]
    if not len(owner):
        return []
    # Gaps stand by security and date.
    order = np.lexsort((gap, owner))
    owner, gap = owner[order], gap[order]
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    ends = [*begins[1:].tolist(), len(owner)]
    return [
        (int(owner[begin]), gaps[gap[begin:end]])
        for begin, end in zip(begins.tolist(), ends, strict=True)
    ]
