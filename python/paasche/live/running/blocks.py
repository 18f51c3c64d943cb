"""Blocks: what the engine is told at once, as the journal has it.

A block holds so many ticks and moments at most, so that an interrupt is heard soon and the levels
of its moments fit in memory; what is calculated does not depend on where one ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from paasche.live.kept.journal import Block
from paasche.live.ticks import Ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from paasche.live.kept.journal import Place
    from paasche.live.running.clock import Due, Grid

__all__ = ["NO_TICKS", "Span", "blocks", "parted", "spans"]

_MOST_TICKS = 1 << 16
_MOST_MOMENTS = 300

NO_TICKS = Ticks(
    securities=np.zeros(0, np.uint32),
    prices=np.zeros(0),
    timestamps=np.zeros(0, np.int64),
    volumes=None,
    position=0,
)
"""Where only time has passed."""


@dataclass(frozen=True, slots=True)
class Span:
    """Some ticks and moments, by their numbers: from the first on, to before the end.

    Attributes
    ----------
    first_tick, end_tick, first_moment, end_moment : int
    """

    first_tick: int
    end_tick: int
    first_moment: int
    end_moment: int


def spans(
    n_ticks: int, cuts: NDArray[np.int64], most_moments: int = _MOST_MOMENTS
) -> Iterator[Span]:
    """Yield ticks and the moments among them in pieces of a bounded size.

    Parameters
    ----------
    n_ticks : int
    cuts : int64 array of shape (n_moments,)
        How many of the ticks come before each moment; ascending.
    most_moments : int

    Yields
    ------
    Span

    Examples
    --------
    >>> for span in spans(5, np.array([0, 2, 2]), most_moments=2):
    ...     print(span)
    Span(first_tick=0, end_tick=2, first_moment=0, end_moment=2)
    Span(first_tick=2, end_tick=5, first_moment=2, end_moment=3)
    """
    tick = moment = 0
    while tick < n_ticks or moment < len(cuts):
        end_moment = min(moment + most_moments, len(cuts))
        # A span ends with its last moment; the last takes what follows all moments too.
        end = n_ticks if end_moment == len(cuts) else int(cuts[end_moment - 1])
        if end - tick > _MOST_TICKS:
            end = tick + _MOST_TICKS
            end_moment = moment + int(np.searchsorted(cuts[moment:end_moment], end, side="right"))
        yield Span(tick, end, moment, end_moment)
        tick, moment = end, end_moment


def parted(
    ticks: Ticks, due: Due, grid: Grid, first: int, at: int
) -> tuple[tuple[Ticks, Due], tuple[Ticks, Due]]:
    """Return what comes before a time and what follows: ticks of it come before, a moment behind.

    Parameters
    ----------
    ticks : Ticks
    due : Due
        What they make due.
    grid : Grid
    first : int
        Number of the next moment.
    at : int
        Microseconds since 1970-01-01 UTC.
    """
    cut = int(np.searchsorted(due.seen, at, side="right"))
    end = min(max(first, grid.passed(at - 1)), due.end)
    count = end - first
    before = replace(due, end=end, cuts=due.cuts[:count], seen=due.seen[:cut])
    behind = replace(due, cuts=due.cuts[count:] - cut, seen=due.seen[cut:])
    return (ticks.between(0, cut), before), (ticks.between(cut, len(ticks.prices)), behind)


def blocks(
    at: Place,
    grid: Grid,
    ticks: Ticks,
    due: Due,
    then: tuple[int, int],
    most_moments: int = _MOST_MOMENTS,
) -> Iterator[Block]:
    """Yield ticks and the moments due among them as blocks; the close is a block of its own.

    Parameters
    ----------
    at : Place
        How far the run has come.
    grid : Grid
    ticks : Ticks
    due : Due
        What they make due.
    then : tuple of int
        Position and taken of the place at which the source stands behind the ticks.
    most_moments : int

    Yields
    ------
    Block
    """
    n_ticks, start = len(ticks.prices), at
    for span in spans(n_ticks, due.cuts, most_moments):
        for part in _parted(span, grid.count - 1 - start.moment):
            numbers = start.moment + part.first_moment, start.moment + part.end_moment
            position, taken = start.position, start.taken + part.end_tick
            if part.end_tick == n_ticks:
                position, taken = then
            at = replace(
                at,
                position=position,
                taken=taken,
                seen=int(due.seen[part.end_tick - 1]) if part.end_tick else start.seen,
                moment=numbers[1],
                sequence=at.sequence + sum(map(grid.publishes, range(*numbers))),
                published=due.published or 0,
                ticks=start.ticks + part.end_tick,
            )
            # Of the close, whose ticks stand in the block before it, the cut is 0.
            cuts = due.cuts[part.first_moment : part.end_moment] - part.first_tick
            yield Block(
                ticks=ticks.between(part.first_tick, part.end_tick),
                cuts=np.minimum(cuts, part.end_tick - part.first_tick),
                moments=grid.moments(*numbers),
                published=due.published,
                place=at,
            )


def _parted(span: Span, close: int) -> Iterator[Span]:
    """Yield a span, or what comes before the close and the close."""
    if not span.first_moment <= close < span.end_moment:
        yield span
        return
    if span.first_moment < close or span.first_tick < span.end_tick:
        yield Span(span.first_tick, span.end_tick, span.first_moment, close)
    yield Span(span.end_tick, span.end_tick, close, span.end_moment)
