"""Where a live run stands, in numbers."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paasche.live.publication import Publication
    from paasche.live.running.tail import SinkStatus

__all__ = ["Rate", "Status"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Where a live run stands.

    Attributes
    ----------
    ticks : int
        How many have been taken on this day, in earlier runs of it too.
    ticks_per_second : float
        Of the wall, over the last second or so.
    lag : float
        Seconds by which the last calculation came later than its moment; 0 in a replay as fast as
        possible.
    rejected : dict of str to int
        How many ticks were rejected, by reason.
    refused : tuple of str
        What it was told beside ticks and did not take, and why; the newest hundred.
    refused_count : int
        How many there were.
    calculated : int
        The last moment, microseconds since 1970-01-01 UTC; 0 before the first.
    last : Publication or None
        The last publication.
    closed : bool
        Whether the closing level is published (R45).
    stopped : bool
        Whether it was told to stop.
    sinks : tuple of SinkStatus
    """

    ticks: int = 0
    ticks_per_second: float = 0.0
    lag: float = 0.0
    rejected: dict[str, int] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    refused_count: int = 0
    calculated: int = 0
    last: Publication | None = None
    closed: bool = False
    stopped: bool = False
    sinks: tuple[SinkStatus, ...] = ()

    @property
    def sequence(self) -> int:
        """Number of the last publication; 0 before the first."""
        return 0 if self.last is None else self.last.sequence


class Rate:
    """How many in a second, over the last second or so.

    Parameters
    ----------
    count : int
        How many there were before.

    Examples
    --------
    >>> rate = Rate(100, now=0.0)
    >>> rate.at(600, now=2.0)
    250.0
    """

    _WINDOW = 1.0

    def __init__(self, count: int, now: float | None = None) -> None:
        self._count = count
        self._since = time.monotonic() if now is None else now
        self._rate = 0.0

    def at(self, count: int, now: float | None = None) -> float:
        """Return the rate once there are so many."""
        now = time.monotonic() if now is None else now
        if now - self._since >= self._WINDOW:
            self._rate = (count - self._count) / (now - self._since)
            self._count, self._since = count, now
        return self._rate
