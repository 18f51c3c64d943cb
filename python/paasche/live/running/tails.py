"""The sinks of a run: opened before it begins, and let catch up when it ends."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from paasche.errors import InputError
from paasche.live.running.tail import Tail

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paasche.live.kept.published import Published
    from paasche.live.protocol import Sink
    from paasche.live.publication import Board
    from paasche.live.running.tail import SinkStatus
    from paasche.live.running.timing import Timing

__all__ = ["Tails"]

_BREATH = 0.1
"""Seconds between looks at the sinks at the end."""


_WRONG = (IsADirectoryError, NotADirectoryError, FileExistsError, PermissionError)
"""What no time mends."""


class Tails:
    """All sinks of a run.

    Parameters
    ----------
    sinks : sequence of Sink
    timing : Timing

    Raises
    ------
    InputError
        Two sinks have one name: they would write to one place.
    """

    def __init__(self, sinks: Sequence[Sink], timing: Timing) -> None:
        names = [sink.name for sink in sinks]
        twice = [name for at, name in enumerate(names) if name in names[:at]]
        if twice:
            raise InputError(f"publish = {twice[0]}: must be given once; it comes twice")
        self._sinks, self._timing = sinks, timing
        self._kept: list[int | None] = []
        self._tails: list[Tail] = []

    @property
    def status(self) -> tuple[SinkStatus, ...]:
        """How far each is."""
        return tuple(tail.status for tail in self._tails)

    def open(self, board: Board) -> None:
        """Open every sink; one that is away is opened later.

        Parameters
        ----------
        board : Board

        Raises
        ------
        InputError
            A sink names a place that is wrong.
        """
        for sink in self._sinks:
            try:
                self._kept.append(sink.open(board))
            except _WRONG as e:
                reason = (e.strerror or str(e)).lower()
                raise InputError(
                    f"publish = {sink.name}: must be a place that can be written ({reason}); give "
                    "another"
                ) from e
            except OSError:
                self._kept.append(None)

    def start(self, published: Published) -> None:
        """Begin to give every sink what is published.

        Parameters
        ----------
        published : Published
        """
        every = self._timing.retry_every
        self._tails = [
            Tail(sink, published, retry_every=every, kept=kept)
            for sink, kept in zip(self._sinks, self._kept, strict=True)
        ]
        for tail in self._tails:
            tail.start()

    def leave(self) -> None:
        """Close the sinks of a run that did not begin."""
        for sink in self._sinks if not self._tails else ():
            with suppress(Exception):
                sink.close()

    def end(self, *, is_whole: bool, stopped: Callable[[float], bool]) -> None:
        """Let every sink catch up, as long as one of them takes anything; then close them.

        Parameters
        ----------
        is_whole : bool
            Whether all is published. Without, they have little time.
        stopped : callable
            Waits for some seconds; True where the run is stopped.
        """
        for tail in self._tails:
            tail.end()
        taken, until = -1, time.monotonic()
        while is_whole and any(tail.is_alive for tail in self._tails):
            now, total = time.monotonic(), sum(tail.status.sequence for tail in self._tails)
            if total > taken:  # a slow one is waited for, one that takes nothing is not
                taken, until = total, now + self._timing.drain
            if now >= until or stopped(_BREATH):
                break
        until = time.monotonic() + self._timing.drain_stopped
        for tail in self._tails:
            tail.join(until - time.monotonic())
