"""Frames and ticks of Python: sequences, generators, asynchronous generators."""

from __future__ import annotations

from collections.abc import AsyncIterable, Sequence
from typing import TYPE_CHECKING, Any

from paasche.live.sources.bridge import Bridge
from paasche.live.sources.positions import Positions
from paasche.live.ticks import Ticks
from paasche.market.casts import conform
from paasche.market.frames import read_frames
from paasche.market.report import Report
from paasche.market.tables import TABLES
from paasche.market.values import check_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["IterableSource"]

_ROOM = 8
"""Items that may wait for the engine before who produces them does."""


class IterableSource:
    """Ticks of what Python iterates over.

    Each item is a frame with the columns of the table ``ticks``, or `Ticks` with positions of its
    own. Of frames a position is a number of rows: a run that is resumed passes over the rows it has
    read, so an iterable begins where it began before. A sequence is read as fast as possible; for
    anything else the clock goes on while nothing arrives, as it is run in a thread of its own,
    where it waits as long as the engine has enough to do.

    Parameters
    ----------
    items : iterable or asynchronous iterable of frame or Ticks

    Attributes
    ----------
    left_out : dict of str to int
        Ticks that were not handed on, by reason.
    """

    def __init__(self, items: Iterable[Any] | AsyncIterable[Any]) -> None:
        self._items = items
        self._bridge: Bridge[Any] | None = None
        self.left_out: dict[str, int] = {}

    def batches(self, securities: Sequence[str], after: int, wait: float) -> Iterator[Ticks | None]:
        """Yield the ticks behind a position; None where nothing came for so many seconds.

        Raises
        ------
        InputError
            An item is no frame of ticks, or a row does not keep the contract of the table ticks.
        """
        known, done = Positions(securities), 0
        for item in self._arriving(wait):
            if item is None:
                yield None
                continue
            ticks, done = _ticks(item, known, done, after)
            self.left_out = {"unknown": known.left_out}
            if len(ticks.securities):
                yield ticks

    def close(self) -> None:
        """End what runs in a thread."""
        if self._bridge is not None:
            self._bridge.close()

    def _arriving(self, wait: float) -> Iterator[Any]:
        if isinstance(self._items, Sequence):
            return iter(self._items)
        if self._bridge is None:
            self._bridge = Bridge(self._items, _ROOM)
        return self._bridge.items(wait)


def _ticks(item: object, known: Positions, done: int, after: int) -> tuple[Ticks, int]:
    """Return the ticks of an item behind a position, and how far it goes."""
    if isinstance(item, Ticks):
        return item if item.position > after else item.between(0, 0), item.position
    report = Report(f"frame of ticks after row {done}")
    arrived = read_frames({"ticks": item}, report)
    report.raise_defects()
    rows = conform(arrived["ticks"], TABLES["ticks"], report)
    check_values(arrived["ticks"], TABLES["ticks"], rows, (), report)
    report.raise_defects()
    stop = done + rows.height
    return known.ticks(rows.tail(max(stop - after, 0)), stop), stop
