"""Reading a source: what it gives is checked, and that it is of the day before a run begins."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from paasche.errors import InputError
from paasche.live.running.timing import MICROSECONDS
from paasche.live.ticks import checked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paasche.live.protocol import Engine, Source
    from paasche.live.running.clock import Grid
    from paasche.live.ticks import Ticks

__all__ = ["read_first", "read_on"]

_MOST_HELD = 1 << 22
"""Ticks of days before that are held at most, to see whether any of the day follows them."""


def read_on(source: Source, engine: Engine, after: int, wait: float) -> Iterator[Ticks | None]:
    """Yield what a source has behind a position, checked.

    Parameters
    ----------
    source : Source
    engine : Engine
    after : int
    wait : float
        As in `Source.batches`.
    """
    count = len(engine.securities)
    for batch in source.batches(engine.securities, after, wait):
        yield None if batch is None else checked(batch, count)


def read_first(source: Source, engine: Engine, grid: Grid, wait: float) -> Iterator[Ticks | None]:
    """Return what a source has, from its beginning; it has been read until it is known to be right.

    Ticks of days before may come first: a file or a stream may hold several.

    Parameters
    ----------
    source : Source
    engine : Engine
    grid : Grid
    wait : float

    Raises
    ------
    InputError
        The source cannot be read, or has ticks of other days alone.
    """
    batches, held, count = read_on(source, engine, 0, wait), [], 0
    begin, end = grid.day
    first: int | None = None
    for batch in batches:
        held.append(batch)
        if batch is None:
            break
        times = batch.timestamps
        if not len(times):
            continue
        first, count = int(times[0]) if first is None else first, count + len(times)
        if np.any((begin <= times) & (times <= end)) or count > _MOST_HELD:
            break
        if np.all(times > end):
            raise _of_another_day(source, engine, first)
    else:
        if first is not None:
            raise _of_another_day(source, engine, first)
    return chain(held, batches)


def _of_another_day(source: Source, engine: Engine, first: int) -> InputError:
    moment = datetime.fromtimestamp(first / MICROSECONDS, UTC)
    return InputError(
        f"{getattr(source, 'name', 'source')}: must have ticks of {engine.date}; it has none, and "
        f"its first is of {moment.isoformat()}"
    )
