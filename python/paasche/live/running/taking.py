"""What a source gives is taken block by block: ticks, the moments they make due, orders in time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from paasche.live.running.blocks import NO_TICKS, blocks, parted

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from paasche.live.kept.journal import Block, Order
    from paasche.live.running.agenda import Agenda
    from paasche.live.running.clock import Clock, Due, Pace
    from paasche.live.running.recording import Recording
    from paasche.live.ticks import Ticks

__all__ = ["Taking"]


class Taking:
    """Takes ticks and time, until the close is calculated or the run is stopped.

    Parameters
    ----------
    record : Recording
        Is told everything.
    clock : Clock
    pace : Pace
    agenda : Agenda
    closing : Order
        Rates for the closing level (R45, R49).
    stop : threading.Event
        Set where the run is to end.
    before : callable
        Called before each block with moments: what the run was told meanwhile is taken.
    after : callable
        Called with each block that was taken.
    """

    def __init__(
        self,
        record: Recording,
        clock: Clock,
        pace: Pace,
        agenda: Agenda,
        closing: Order,
        *,
        stop: threading.Event,
        before: Callable[[], None],
        after: Callable[[Block], None],
    ) -> None:
        self._record, self._clock, self._pace, self._agenda = record, clock, pace, agenda
        self._closing, self._stop, self._before, self._after = closing, stop, before, after

    @property
    def goes_on(self) -> bool:
        """Whether there is more to take."""
        return not (self._record.is_over or self._stop.is_set())

    def take(self, batch: Ticks | None) -> None:
        """Take a batch of the source, and calculate the moments that it makes due.

        Parameters
        ----------
        batch : Ticks or None
            None: only time has passed.
        """
        at = self._record.place
        if batch is None:
            due = self._clock.due(at.moment, at.seen, NO_TICKS.timestamps)
            self._take_due(NO_TICKS, due, (at.position, at.taken))
            return
        # A run that was killed within a batch has taken the beginning of it.
        skipped = min(at.taken, len(batch.prices))
        ticks = batch.between(skipped, len(batch.prices))
        due = self._clock.due(at.moment, at.seen, ticks.timestamps)
        ticks = replace(ticks, timestamps=due.timestamps)
        if due.end == self._clock.grid.count:  # behind the close nothing counts
            end = int(due.cuts[-1])
            ticks, due = ticks.between(0, end), replace(due, seen=due.seen[:end])
        self._take_due(ticks, due, (batch.position, at.taken - skipped))

    def take_rest(self) -> None:
        """Take what is due once the source has ended."""
        at = self._record.place
        self._take_due(NO_TICKS, self._clock.rest(at.moment, at.seen), (at.position, at.taken))

    def _take_due(self, ticks: Ticks, due: Due, then: tuple[int, int]) -> None:
        """Take ticks and due moments, and among them the orders of the file that are due."""
        while (item := self._agenda.take(due.over)) is not None:
            at = self._record.place
            (before, its), (ticks, due) = parted(ticks, due, self._clock.grid, at.moment, item.at)
            self._take_blocks(before, its, (at.position, at.taken + len(before.prices)))
            if not self.goes_on:
                return
            self._record.append(replace(item.order, line=item.line))
        self._take_blocks(ticks, due, then)

    def _take_blocks(self, ticks: Ticks, due: Due, then: tuple[int, int]) -> None:
        """Take ticks and due moments block by block; then the source stands at a position."""
        grid = self._clock.grid
        most = {"most_moments": 1} if self._pace.is_bound else {}
        for block in blocks(self._record.place, grid, ticks, due, then, **most):
            if len(block.moments):
                if not self._keep_pace(int(block.moments[0])):
                    return
                self._before()
                if block.place.moment == grid.count and self._closing.arguments["pairs"]:
                    self._record.append(self._closing)
            self._record.append(block)
            self._after(block)
            if self._stop.is_set():
                return
        self._record.stands(*then)

    def _keep_pace(self, moment: int) -> bool:
        """Wait until it is time for a moment; False where the run is stopped before."""
        seconds = self._pace.ahead(moment)
        return not (self._stop.wait(seconds) if seconds > 0 else self._stop.is_set())
