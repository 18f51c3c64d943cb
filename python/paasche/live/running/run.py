"""The live run: source → journal → engine → clock → log of publications → sinks.

Everything the engine is told stands in the journal first, and every publication in the log before a
sink sees it. A run that was killed is resumed from its newest snapshot and what the journal holds
behind it; publications the log lacks are made again, and the source is read on from where it stood.
Its log then has the bytes of a run that was never disturbed, where time is that of the ticks.
"""

from __future__ import annotations

import math
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from paasche._files import alone
from paasche.errors import InputError
from paasche.live.kept import folder
from paasche.live.kept.orders import checked_order
from paasche.live.protocol import Marked
from paasche.live.publication import Board
from paasche.live.running.agenda import Agenda
from paasche.live.running.clock import EventClock, Grid, Pace, WallClock
from paasche.live.running.reading import read_first, read_on
from paasche.live.running.recording import Recording
from paasche.live.running.status import Rate, Status
from paasche.live.running.tails import Tails
from paasche.live.running.taking import Taking
from paasche.live.running.timing import MICROSECONDS, Timing
from paasche.live.running.told import Refused, Told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from paasche.live.kept.journal import Block, Place
    from paasche.live.protocol import Engine, Sink, Source
    from paasche.live.running.clock import Clock
    from paasche.live.ticks import Ticks

__all__ = ["LiveRun"]

_BREATH = 0.1
"""Seconds between states of the status."""


class LiveRun:
    """One day of one or many indices, live or replayed.

    Parameters
    ----------
    engine : Engine
        As it stands before the first tick of the day.
    source : Source
        Where ticks come from; closed at the end.
    sinks : sequence of Sink
        Where levels are published, each in a thread of its own; closed at the end.
    place : Path
        Folder of the run.
    opening, close : int
        When the first exchange opens and when all have closed; microseconds since 1970-01-01 UTC.
    clock : {"ticks", "wall"}
        Whose time counts; `paasche.live.running.clock` says what follows.
    speed : float
        Seconds of the ticks in one of the wall; math.inf: as fast as possible. Of a wall clock 1.
    closing_rates : mapping of str to float, optional
        Rates by pair at the index close, for the closing level (R45, R49). Without them it is
        calculated with the last rates.
    orders : Path, optional
        File of rates and freezes at their times; `paasche.live.running.agenda` says how. By the
        wall lines may be appended while the run goes on.
    resume : bool
        Go on with the run in the folder; begin one where there is none.
    timing : Timing, optional
        None: that of `timing.toml`.

    Raises
    ------
    InputError
        An argument is out of its range.
    """

    def __init__(
        self,
        engine: Engine,
        source: Source,
        sinks: Sequence[Sink] = (),
        *,
        place: Path,
        opening: int,
        close: int,
        clock: Literal["ticks", "wall"] = "ticks",
        speed: float = math.inf,
        closing_rates: Mapping[str, float] | None = None,
        orders: Path | None = None,
        resume: bool = False,
        timing: Timing | None = None,
    ) -> None:
        if clock not in ("ticks", "wall"):
            raise InputError(f'clock = "{clock}": must be one of ticks, wall')
        self._timing = timing or Timing.standard()
        self._grid = Grid(opening, close, self._timing.calculate, self._timing.publish)
        self._engine, self._source = engine, source
        self._folder, self._resume = place, resume
        self._by_wall = clock == "wall"
        self._pace = Pace(math.inf if self._by_wall else speed)
        rates = dict(closing_rates or {})
        self._closing_order = checked_order(
            "update_fx", {"pairs": [*rates], "rates": [*rates.values()]}
        )
        stale = self._timing.stale_after
        self._agenda = Agenda(orders, self._grid, grows=self._by_wall)
        self._about = folder.describe(engine, self._grid, clock, stale, rates)
        self._about["orders"] = self._agenda.mark
        self._orders, self._refused = Told(), Refused()
        self._stop = threading.Event()
        self._lag, self._told, self._calculated = 0.0, 0.0, 0
        self._status = Status()
        self._tails = Tails(sinks, self._timing)
        self._batches: Iterator[Ticks | None] | None = None
        self._record: Recording
        self._rate: Rate

    @property
    def board(self) -> Board:
        """What is published."""
        of = self._engine
        return Board(date=of.date, rows=of.rows, indices=[*of.indices])

    @property
    def status(self) -> Status:
        """Where it stands; for any thread."""
        return replace(self._status, stopped=self._stop.is_set(), sinks=self._tails.status)

    def tell(self, verb: str, **arguments: Any) -> None:  # noqa: ANN401
        """Tell the engine something beside ticks, from any thread; taken before the next block.

        One that is told while the run is being stopped stands in the journal for the run that
        resumes it. What the engine refuses, and what comes too late, is told by the status.

        Parameters
        ----------
        verb : {"update_fx", "freeze", "resume"}
        **arguments
            Of that method of the engine; rates may be an array.

        Raises
        ------
        InputError
            There is no such verb, its arguments are others, or the run has ended.
        """
        self._orders.put(checked_order(verb, arguments))

    def stop(self) -> None:
        """End it soon, from any thread or a signal handler; all is kept, to be resumed."""
        self._stop.set()

    def run(self) -> Status:
        """Go on until the closing level is published, or it is stopped.

        Returns
        -------
        Status
            Where it stands at the end: closed or not, and how far every sink is.

        Raises
        ------
        InputError
            The folder is another run's, in use, or not free; or a sink's place is wrong.
        OSError
            The disk is full or fails. What was published until then is kept, to be resumed.
        """
        with ExitStack() as stack:
            stack.callback(self._end_orders)
            stack.callback(self._source.close)
            stack.callback(self._tails.leave)
            is_new = not (self._resume and (self._folder / folder.LIVE_JSON).exists())
            if is_new:
                mark = self._source.mark() if isinstance(self._source, Marked) else None
                about = self._about | {"source": mark}
                folder.make(self._folder, about, self.board, self._open)
            stack.enter_context(alone("out", self._folder, "live run"))
            folder.require_same(self._folder, self._about)
            if not is_new:  # not before nobody else writes to them
                self._open_sinks()
            self._record = Recording(
                self._folder, self._engine, self._grid, self._timing, self._refused
            )
            stack.callback(self._record.close)
            self._tails.start(self._record.published)
            stack.callback(self._end_sinks)
            self._record.restore(by_wall=self._by_wall)
            self._agenda.pass_over(self._record.lines)
            self._calculated = getattr(self._record.published.last, "calculated", 0)
            self._rate = Rate(self._at.ticks)
            if not self._record.is_over:
                self._follow()
            if not self._record.is_over:
                self._take_orders()
            self._tell_status()
        return self.status

    @property
    def _at(self) -> Place:
        return self._record.place

    def _open(self) -> None:
        """Try all that may be wrong, before there is a folder."""
        if self._by_wall and WallClock(self._grid, 0).is_over:
            raise InputError(
                f"clock = wall: must be taken before the close of {self._engine.date}, which is "
                'over; replay the day by its ticks, with clock = "ticks" (--clock ticks)'
            )
        self._agenda.rehearse(self._engine)
        self._batches = read_first(self._source, self._engine, self._grid, self._timing.wait)
        self._open_sinks()

    def _open_sinks(self) -> None:
        self._tails.open(self.board)

    def _end_sinks(self) -> None:
        self._tails.end(is_whole=self._record.is_over, stopped=self._stop.wait)

    def _end_orders(self) -> None:
        """Tell of orders that nobody will take."""
        for order in self._orders.end():
            self._refused.add(f"{order}: came too late, the run had ended")
        self._status = replace(
            self._status, refused=self._refused.newest, refused_count=self._refused.count
        )

    def _follow(self) -> None:
        """Read the source to its end, and go on to the close."""
        wait = self._timing.wait
        taking = Taking(
            self._record,
            self._made_clock(),
            self._pace,
            self._agenda,
            self._closing_order,
            stop=self._stop,
            before=self._take_orders,
            after=self._measure,
        )
        if self._batches is None:
            if isinstance(self._source, Marked):
                folder.require_same_source(self._folder, self._source)
            self._batches = read_on(self._source, self._engine, self._at.position, wait)
        for batch in self._batches:
            self._take_orders()
            if taking.goes_on:
                taking.take(batch)
            if not taking.goes_on:
                return
        while taking.goes_on:
            self._take_orders()
            taking.take_rest()
            self._stop.wait(wait if self._by_wall else 0.0)

    def _made_clock(self) -> Clock:
        if self._by_wall:
            return WallClock(self._grid, self._at.published)
        return EventClock(self._grid, round(self._timing.after_close * MICROSECONDS))

    def _take_orders(self) -> None:
        for order in self._orders.take():
            self._record.append(order)
        self._agenda.look(self._refused.add)

    def _measure(self, block: Block) -> None:
        """Keep what the status tells."""
        if len(block.moments):
            late = (block.published or block.moments[-1]) - block.moments[-1]
            pace = max(0.0, -self._pace.ahead(int(block.moments[0])))
            self._lag = int(late) / MICROSECONDS + pace
            self._calculated = int(block.moments[-1])
        now = time.monotonic()
        if now - self._told >= _BREATH:
            self._told = now
            self._tell_status()

    def _tell_status(self) -> None:
        self._status = Status(
            ticks=self._at.ticks,
            ticks_per_second=self._rate.at(self._at.ticks),
            lag=self._lag,
            rejected=dict(self._engine.rejected),
            refused=self._refused.newest,
            refused_count=self._refused.count,
            calculated=self._calculated,
            last=self._record.published.last,
            closed=self._record.is_over,
        )
