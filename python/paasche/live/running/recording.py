"""An engine with a memory: what it is told stands in the journal before it is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from paasche.errors import PaascheError
from paasche.live.kept import folder
from paasche.live.kept.journal import Block, Journal, Order, Place
from paasche.live.kept.published import Published
from paasche.live.kept.snapshots import Snapshot, Snapshots
from paasche.live.running.publishing import publications
from paasche.live.running.timing import MICROSECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from paasche.live.protocol import Engine
    from paasche.live.running.clock import Grid
    from paasche.live.running.timing import Timing
    from paasche.live.running.told import Refused

__all__ = ["Recording"]


class Recording:
    """The journal, the snapshots and the log of publications of an engine.

    Parameters
    ----------
    place : Path
        Folder of the run. Torn ends of its logs are cut off.
    engine : Engine
        As it stands before the first tick of the day.
    grid : Grid
    timing : Timing
    refused : Refused
        Gets the orders that the engine does not take: a run does not end with one.

    Attributes
    ----------
    place : Place
        How far the run has come.
    published : Published
        The log of publications.
    lines : set of int
        Of the file of orders, that were taken.
    """

    def __init__(
        self, place: Path, engine: Engine, grid: Grid, timing: Timing, refused: Refused
    ) -> None:
        self._engine, self._grid, self._refused = engine, grid, refused
        self._stale_after = round(timing.stale_after * MICROSECONDS)
        self._snapshot_every = max(1, round(timing.snapshot_every / timing.calculate_every))
        self._journal = Journal(place / folder.TICKS, sync_every=timing.sync_every)
        self._snapshots = Snapshots(place)
        self.published = Published(place / folder.PUBLISHED, sync_every=timing.sync_every)
        self.place = Place()
        self.lines: set[int] = set()
        self._snapped = 0

    @property
    def is_over(self) -> bool:
        """Whether the closing level is published."""
        return self.place.moment >= self._grid.count

    def restore(self, *, by_wall: bool) -> None:
        """Bring the engine to where the journal ends, and the log of publications with it.

        Parameters
        ----------
        by_wall : bool
            Where the log of publications is ahead of the journal, which takes a failure of the
            power: go on behind what is published. Without: calculate it again from the source, and
            compare.
        """
        snapshot = self._snapshots.newest(
            journal=self._journal.end, sequence=self.published.sequence
        )
        start = 0
        if snapshot is not None:
            self._engine.restore(snapshot.state)
            self.place, start = snapshot.place, snapshot.offset
            self.lines = {*snapshot.lines}
        for told in self._journal.read(start):
            self._tell(told)
        last = self.published.last
        if by_wall and last is not None and last.sequence > self.place.sequence:
            self.place = replace(
                self.place,
                moment=self._grid.passed(last.calculated),
                sequence=last.sequence,
                published=last.published,
            )
        self._snapped = self.place.moment

    def append(self, told: Block | Order) -> None:
        """Tell the engine something, once the journal has it; publish what comes of it.

        Parameters
        ----------
        told : Block or Order

        Raises
        ------
        OSError
            A log cannot be written.
        """
        self._journal.append(told)
        self._tell(told)
        if self.place.moment - self._snapped >= self._snapshot_every:
            self._snapped = self.place.moment
            self._snapshots.write(
                Snapshot(
                    place=self.place,
                    offset=self._journal.end,
                    state=self._engine.state(),
                    lines=tuple(sorted(self.lines)),
                )
            )

    def _tell(self, told: Block | Order) -> None:
        if isinstance(told, Block):
            made = publications(self._engine, told, self._grid, self._stale_after)
            self.published.append(made)
            self.place = told.place
            return
        if told.line:
            self.lines.add(told.line)
        try:
            told.tell(self._engine)
        except (PaascheError, TypeError, ValueError, LookupError) as e:
            # What an earlier paasche kept is told again unchecked: it must not end the run.
            where = f"line {told.line} of the orders: " if told.line else ""
            self._refused.add(f"{where}{told.verb}: {e}")

    def stands(self, position: int, taken: int) -> None:
        """Say where the source stands, with nothing to tell the engine.

        Parameters
        ----------
        position, taken : int
            As in `Place`.
        """
        self.place = replace(self.place, position=position, taken=taken)

    def close(self) -> None:
        """Give the logs back."""
        self._journal.close()
        self.published.close()
