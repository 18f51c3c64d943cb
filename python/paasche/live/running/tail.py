"""A sink at work: a thread that reads the log of publications at the pace of the sink."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paasche.errors import InputError
from paasche.live.publication import same_levels

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from paasche.live.kept.published import Published
    from paasche.live.protocol import Sink

    T = TypeVar("T")

__all__ = ["SinkStatus", "Tail"]

_BREATH = 0.2
"""Seconds after which a thread without publications looks whether it is to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkStatus:
    """How far a sink is.

    Attributes
    ----------
    name : str
    sequence : int
        Of the last publication it has taken.
    trouble : str
        Why it takes none just now; empty where it does.
    complete : bool
        Whether it has taken all, and kept it for good.
    """

    name: str
    sequence: int
    trouble: str
    complete: bool


class _GivenUpError(Exception):
    """The time to catch up is over."""


class Tail:
    """Give a sink one publication after another, from the one behind what it has kept.

    One that raises OSError is away: the same publication is offered again after a pause. Any other
    error ends it, and is told; the run and the other sinks go on.

    Parameters
    ----------
    sink : Sink
    published : Published
        The log is the queue: nothing waits in memory, and nobody waits for the sink.
    retry_every : float
        Seconds of the pause.
    kept : int or None
        Sequence that the sink has kept last; None: it is yet to be opened.
    """

    def __init__(
        self, sink: Sink, published: Published, *, retry_every: float, kept: int | None
    ) -> None:
        self._sink = sink
        self._published = published
        self._retry_every = retry_every
        self._kept = kept
        self._sequence = 0
        self._trouble = ""
        self._complete = False
        self._ending = threading.Event()
        self._given_up = threading.Event()
        # Of a sink that hangs in a call nobody can take the thread back: it ends with the process.
        self._thread = threading.Thread(target=self._work, name=f"sink {sink.name}", daemon=True)

    @property
    def status(self) -> SinkStatus:
        """How far it is."""
        return SinkStatus(
            name=self._sink.name,
            sequence=self._sequence,
            trouble=self._trouble,
            complete=self._complete,
        )

    @property
    def is_alive(self) -> bool:
        """Whether it is still at work."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Tell that no more is published: it ends once it has caught up."""
        self._ending.set()
        self._published.wake()

    def join(self, seconds: float) -> None:
        """Wait until it has caught up and kept all; after some seconds it is given up.

        Parameters
        ----------
        seconds : float
        """
        self._thread.join(max(0.0, seconds))
        self._given_up.set()
        self._published.wake()
        self._thread.join(_BREATH)

    def _work(self) -> None:
        try:
            self._follow()
            self._patiently(self._sink.close)
            self._complete = True
        except _GivenUpError:
            self._leave()
        except Exception as e:  # noqa: BLE001  (a sink is another's code: its error ends it alone)
            self._trouble = str(e) or type(e).__name__
            self._leave()

    def _leave(self) -> None:
        """Close a sink that does not have all; why has been told."""
        with suppress(Exception):
            self._sink.close()

    def _follow(self) -> None:
        # One that is ahead of a resumed run waits for it.
        if self._kept is None:
            self._kept = self._patiently(lambda: self._sink.open(self._published.board))
        self._sequence = self._kept
        is_checked = not self._sequence
        while True:
            ending = self._ending.is_set()
            if not is_checked and self._sequence <= self._published.sequence:
                self._require_same()
                is_checked = True
            for publication in self._published.read(self._sequence):
                if self._given_up.is_set():
                    raise _GivenUpError
                self._patiently(lambda one=publication: self._sink.publish(one))  # type: ignore[misc]
                self._sequence = publication.sequence
            if self._given_up.is_set():
                raise _GivenUpError
            if ending and self._sequence >= self._published.sequence:
                break
            self._published.wait(self._sequence, _BREATH)
        if self._sequence > self._published.sequence:
            raise InputError(
                f"{self._sink.name}: has kept sequence {self._sequence}, and the run ends with "
                f"{self._published.sequence}; what it holds is another run's: give another place"
            )

    def _require_same(self) -> None:
        """Refuse to go on behind what another run has left; only a sink that can tell is asked."""
        levels = getattr(self._sink, "kept_levels", None)
        last = next(iter(self._published.read(self._sequence - 1)))
        if levels is not None and not same_levels(levels, last.levels):
            raise InputError(
                f"{self._sink.name}: holds the levels of another run at sequence "
                f"{self._sequence}; name another place or remove it"
            )

    def _patiently(self, call: Callable[[], T]) -> T:
        """Call until it does not raise OSError."""
        while True:
            try:
                found = call()
            except OSError as e:
                self._trouble = e.strerror.lower() if e.strerror else str(e)
            else:
                self._trouble = ""
                return found
            if self._given_up.wait(self._retry_every):
                raise _GivenUpError
