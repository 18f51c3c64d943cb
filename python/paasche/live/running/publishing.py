"""What is published of a block: the engine is told its ticks, and asked at each of its moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paasche.live.publication import Publication

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.live.kept.journal import Block
    from paasche.live.protocol import Engine
    from paasche.live.running.clock import Grid
    from paasche.live.ticks import Ticks

__all__ = ["publications"]


def publications(engine: Engine, block: Block, grid: Grid, stale_after: int) -> list[Publication]:
    """Tell an engine the ticks of a block; return what is published of its moments.

    Parameters
    ----------
    engine : Engine
    block : Block
    grid : Grid
    stale_after : int
        Microseconds.
    """
    ticks, cuts, moments = block.ticks, block.cuts, block.moments
    reached = np.maximum.accumulate(ticks.timestamps)
    is_ordered = np.array_equal(np.searchsorted(reached, moments, side="right"), cuts)
    first = block.place.moment - len(moments)
    published = [at for at in range(len(moments)) if grid.publishes(first + at)]
    sequence = block.place.sequence - len(published)
    made: list[Publication] = []
    calculated = told = 0
    # Up to each publication at once; what follows the last one is calculated too (R60).
    for end in sorted({*(at + 1 for at in published), len(moments)} - {0}):
        asked, cut = slice(calculated, end), int(cuts[end - 1])
        part = ticks.between(told, cut)
        levels = (
            _at_once(engine, part, moments[asked])
            if is_ordered
            else _one_by_one(engine, part, cuts[asked] - told)
        )
        calculated, told = end, cut
        if not grid.publishes(first + end - 1):
            continue
        moment = int(moments[end - 1])
        traded, stale, frozen = engine.quality(moment, stale_after)
        made.append(
            Publication(
                sequence=sequence + len(made) + 1,
                calculated=moment,
                published=moment if block.published is None else block.published,
                is_close=moment == grid.close,
                levels=levels,
                traded=traded,
                stale=stale,
                frozen=frozen,
            )
        )
    _update(engine, ticks.between(told, len(ticks.prices)))
    return made


def _at_once(engine: Engine, ticks: Ticks, moments: NDArray[np.int64]) -> NDArray[np.float64]:
    """Calculate moments that the timestamps themselves tell apart; return the last levels."""
    _, levels, _ = engine.replay(
        ticks.securities, ticks.prices, ticks.timestamps, ticks.volumes, at=moments
    )
    last: NDArray[np.float64] = levels[-1]
    return last


def _one_by_one(engine: Engine, ticks: Ticks, cuts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Calculate moments where a timestamp that is ahead of its time comes among the ticks."""
    told = 0
    for cut in cuts.tolist():
        _update(engine, ticks.between(told, cut))
        told = cut
        levels = engine.levels()
    return levels


def _update(engine: Engine, ticks: Ticks) -> None:
    if len(ticks.prices):
        engine.update(ticks.securities, ticks.prices, ticks.timestamps, ticks.volumes)
