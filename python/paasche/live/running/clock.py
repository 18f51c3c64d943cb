"""When to calculate and publish: whole multiples from the opening to the close, none left out.

A *moment* is a point of the grid opening, opening + 1 s, … close (R60). Ticks that arrived before
it with a timestamp up to it belong to its calculation; one that arrives later counts in the next.
Moments and sequence numbers never go back and never repeat, whatever a clock does.

**Time of the ticks** (replay). A moment is over once a later timestamp has arrived, or the source
has ended. The result depends on the ticks and their order alone: not on the speed, not on how the
source cuts them into batches, not on where a run was killed. The day ends with the first timestamp
behind its close, or with its source. A timestamp more than `after_close` behind the close belongs
to another day and does not move the clock; any other does, and is trusted: there is no other clock.

**Time of the wall** (live). A moment is over once the clock of the machine has reached it. A
timestamp ahead of that clock counts as the time of arrival, for the engine and the journal too:
else its security would be deaf to what comes until then. Moments that were missed – the process
was down, the machine slept, the clock was set forward – are calculated late, at once, from the book
as it is with the ticks up to each that have arrived; `published` of such a publication is later
than its `calculated`. If the clock is set back, nothing is calculated until it has caught up with
the last moment; `published` then stands still, and does not go back.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import numpy as np

from paasche.errors import InputError
from paasche.live.running.timing import MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Clock", "Due", "EventClock", "Grid", "Pace", "WallClock"]

_NONE = np.zeros(0, np.int64)
_HALF_DAY = 43_200 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Grid:
    """The moments of a day; the last is the close, whether or not it lies on a whole multiple.

    Parameters
    ----------
    opening, close : int
        Microseconds since 1970-01-01 UTC.
    calculate, publish : int
        Microseconds between calculations, and between publications: a multiple of the first.

    Raises
    ------
    InputError
        The close does not follow the opening.

    Examples
    --------
    >>> grid = Grid(0, 12_500_000, 1_000_000, 5_000_000)
    >>> grid.count
    14
    >>> [number for number in range(grid.count) if grid.publishes(number)]
    [0, 5, 10, 13]
    """

    opening: int
    close: int
    calculate: int
    publish: int

    def __post_init__(self) -> None:
        if self.close <= self.opening:
            raise InputError(
                f"close = {_text(self.close)}: must come after the opening {_text(self.opening)}"
            )

    @property
    def day(self) -> tuple[int, int]:
        """From when to when ticks and orders are of this day and no other: half a day around it."""
        return self.opening - _HALF_DAY, self.close + _HALF_DAY

    @property
    def count(self) -> int:
        """How many moments the day has."""
        return -(-(self.close - self.opening) // self.calculate) + 1

    def moments(self, first: int, end: int) -> NDArray[np.int64]:
        """Return the moments of these numbers, the first included and the end not."""
        numbers = np.arange(first, end, dtype=np.int64)
        return np.minimum(self.opening + numbers * self.calculate, self.close)

    def publishes(self, number: int) -> bool:
        """Tell whether a moment is published: whole multiples, and the close."""
        return number * self.calculate % self.publish == 0 or number == self.count - 1

    def passed(self, now: int) -> int:
        """Return how many moments lie at or before a time."""
        if now >= self.close:
            return self.count
        return max(0, (now - self.opening) // self.calculate + 1)


def _text(moment: int) -> str:
    return datetime.fromtimestamp(moment / MICROSECONDS, UTC).isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What some ticks make due.

    Attributes
    ----------
    over : int
        Up to when time is over, microseconds since 1970-01-01 UTC.
    end : int
        Number behind the last moment that is due.
    cuts : int64 array of shape (n_moments,)
        How many of the ticks belong to each moment that is due and those before it.
    seen : int64 array of shape (n_ticks,)
        How far the clock has come with each tick.
    timestamps : int64 array of shape (n_ticks,)
        When each tick counts as made.
    published : int or None
        When the publications are made; None: each at its own moment.
    """

    over: int
    end: int
    cuts: NDArray[np.int64]
    seen: NDArray[np.int64]
    timestamps: NDArray[np.int64]
    published: int | None


class Clock(Protocol):
    """What tells which moments are over."""

    grid: Grid

    def due(self, first: int, seen: int, timestamps: NDArray[np.int64]) -> Due:
        """Return what is over once ticks have arrived.

        Parameters
        ----------
        first : int
            Number of the next moment.
        seen : int
            How far the clock had come before.
        timestamps : int64 array of shape (n_ticks,)
        """

    def rest(self, first: int, seen: int) -> Due:
        """Return what is over where the source has ended.

        Parameters
        ----------
        first, seen : int
            As in `due`.
        """


class EventClock:
    """Time of the ticks.

    Parameters
    ----------
    grid : Grid
    after_close : int
        Microseconds behind the close after which a timestamp belongs to another day.

    Examples
    --------
    >>> clock = EventClock(Grid(0, 10_000_000, 1_000_000, 5_000_000), 3_600_000_000)
    >>> ticks = np.array([400_000, 1_000_000, 2_300_000, 900_000])
    >>> clock.due(0, 0, ticks).cuts  # moments 0 s, 1 s, 2 s; the last tick came late
    array([0, 2, 2])
    """

    def __init__(self, grid: Grid, after_close: int) -> None:
        self.grid = grid
        self._last = grid.close + after_close

    def due(self, first: int, seen: int, timestamps: NDArray[np.int64]) -> Due:
        """Return what is over once ticks have arrived."""
        driving = np.where(timestamps <= self._last, timestamps, seen)
        reached = np.maximum(np.maximum.accumulate(driving), seen)
        # A moment is over only with a timestamp behind it: others may bear its own.
        over = int(reached[-1] if len(reached) else seen) - 1
        end = max(first, self.grid.passed(over))
        cuts = np.searchsorted(reached, self.grid.moments(first, end), side="right")
        return Due(
            over=over, end=end, cuts=cuts, seen=reached, timestamps=timestamps, published=None
        )

    def rest(self, first: int, seen: int) -> Due:  # noqa: ARG002  (nothing more is seen)
        """Return all of the day: no tick can come."""
        count = self.grid.count
        return Due(
            over=self.grid.close,
            end=count,
            cuts=np.zeros(count - first, np.int64),
            seen=_NONE,
            timestamps=_NONE,
            published=None,
        )


class WallClock:
    """Time of the wall.

    Parameters
    ----------
    grid : Grid
    published : int
        When the last publication was made.
    now : callable
        Returns microseconds since 1970-01-01 UTC.
    """

    def __init__(
        self, grid: Grid, published: int = 0, now: Callable[[], int] | None = None
    ) -> None:
        self.grid = grid
        self._published = published
        self._now = now or (lambda: time.time_ns() // 1000)

    @property
    def is_over(self) -> bool:
        """Whether the close is over now."""
        return self._now() > self.grid.close

    def due(self, first: int, seen: int, timestamps: NDArray[np.int64]) -> Due:
        """Return what is over now."""
        now = self._now()
        self._published = max(self._published, now)
        end = max(first, self.grid.passed(now))
        arrived = np.minimum(timestamps, now)
        reached = np.maximum(np.maximum.accumulate(arrived), seen)
        cuts = np.searchsorted(reached, self.grid.moments(first, end), side="right")
        return Due(
            over=now,
            end=end,
            cuts=cuts,
            seen=reached,
            timestamps=arrived,
            published=self._published,
        )

    def rest(self, first: int, seen: int) -> Due:
        """Return what is over now: the day goes on without its source."""
        return self.due(first, seen, _NONE)


class Pace:
    """How fast a replay goes: a number of seconds of the ticks in one of the wall.

    Parameters
    ----------
    speed : float
        math.inf: as fast as possible.
    clock : callable
        Seconds that never go back.

    Raises
    ------
    InputError
        The speed is no positive number.

    Examples
    --------
    >>> pace = Pace(60, clock=lambda: 0.0)
    >>> pace.ahead(0), pace.ahead(120_000_000)
    (0.0, 2.0)
    """

    def __init__(self, speed: float, clock: Callable[[], float] = time.monotonic) -> None:
        if not speed > 0:
            raise InputError(f"speed = {speed:g}: must be max, or a positive number such as 60")
        self.is_bound = speed < math.inf
        self._speed = speed
        self._clock = clock
        self._began: tuple[int, float] | None = None

    def ahead(self, moment: int) -> float:
        """Return how many seconds to wait until it is time for a moment; negative: it is late.

        The first moment that is asked for sets the pace.

        Parameters
        ----------
        moment : int
        """
        if not self.is_bound:
            return 0.0
        if self._began is None:
            self._began = moment, self._clock()
        first, began = self._began
        return began + (moment - first) / MICROSECONDS / self._speed - self._clock()
