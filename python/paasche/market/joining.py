"""Blocks of several files as the panels of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paasche.errors import InputError
from paasche.market.laying import slab_days

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from paasche.market.blocks import Block, Slab

__all__ = ["joined"]

_COPIES = 3
"""Slabs in memory at a time: the one that is filled, what goes into it, and what was there."""


def joined(
    places: Sequence[Path], found: Sequence[Block], columns: Sequence[str], budget: int
) -> tuple[NDArray[np.int32], list[str], Iterator[Slab]]:
    """Return days and securities of several blocks, and the panels of all slab by slab.

    A slab is overwritten by the next one.

    Parameters
    ----------
    places : sequence of Path
        The file of each block, for messages.
    found : sequence of Block
        They may share days or securities, but no row.
    columns : sequence of str
    budget : int
        Bytes that may be taken at a time; a day of all securities is the least.

    Returns
    -------
    days : int32 array of shape (n_days,)
    securities : list of str
    slabs : iterator of Slab
        Raises InputError where two blocks have a row of one security and date.
    """
    nothing = np.empty(0, np.int32)
    days = np.unique(np.concatenate([nothing, *(block.days for block in found)]))
    securities = sorted(set[str]().union(*(block.securities for block in found)))
    return days, securities, _slabs(places, found, columns, budget, days, securities)


def _slabs(
    places: Sequence[Path],
    found: Sequence[Block],
    columns: Sequence[str],
    budget: int,
    days: NDArray[np.int32],
    securities: list[str],
) -> Iterator[Slab]:
    width = len(securities)
    step = min(slab_days(budget // _COPIES, width, len(columns)), max(1, len(days)))
    panels = [np.empty((step, width)) for _ in columns]
    seen = np.empty((step, width), np.bool_)
    column_of = dict(zip(securities, range(width), strict=True))
    own_columns = [np.array([column_of[name] for name in one.securities], int) for one in found]
    for first in range(0, len(days), step):
        own = days[first : first + step]
        slab, there = [panel[: len(own)] for panel in panels], seen[: len(own)]
        there.fill(False)
        for panel in slab:
            panel.fill(np.nan)
        for block, where in zip(found, own_columns, strict=True):
            begin, end = np.searchsorted(block.days, [own[0], own[-1] + 1]).tolist()
            if begin == end:
                continue
            cells = np.ix_(np.searchsorted(own, block.days[begin:end]), where)
            rows, taken = block.rows(begin, end), there[cells]
            if (rows & taken).any():
                raise _twice(places, found, block, begin, rows & taken)
            there[cells] = rows | taken
            for name, panel in zip(columns, slab, strict=True):
                part = panel[cells]
                np.copyto(part, block.read(name, begin, end), where=rows)
                panel[cells] = part
        yield slab, there


def _twice(
    places: Sequence[Path],
    found: Sequence[Block],
    block: Block,
    begin: int,
    taken: NDArray[np.bool_],
) -> InputError:
    """Return the error of the first row that an earlier block has too."""
    line, column = np.argwhere(taken)[0].tolist()
    day, security = block.days[begin + line], block.securities[column]
    at = next(number for number, one in enumerate(found) if one is block)
    other = next(
        place for place, one in zip(places[:at], found, strict=False) if _has(one, day, security)
    )
    expected = f"must stand once, {other} has it too; remove one of the rows"
    return InputError(f"{places[at]}: {security} on {day.astype('datetime64[D]')} {expected}")


def _has(block: Block, day: np.int32, security: str) -> bool:
    if security not in block.securities or day not in block.days:
        return False
    line = int(np.searchsorted(block.days, day))
    return bool(block.rows(line, line + 1)[0, block.securities.index(security)])
