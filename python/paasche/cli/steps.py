"""Steps of a command: how long each took, and which one runs if it takes long."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from paasche.cli.console import Display, progress_on, stderr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

__all__ = ["Steps"]

PATIENCE_SECONDS = 2.0
"""Work shorter than this shows no progress."""


class Steps(Display):
    """Time the steps of a command; on a terminal, show them once the command takes long.

    Parameters
    ----------
    count : int
        How many steps there will be.
    console : Console, optional
        Where to show them; None: stderr.
    after : float
        Seconds until they show.

    Attributes
    ----------
    seconds : dict of str to float
        Time of each finished step; as text, all of them in one line.

    Examples
    --------
    >>> with Steps(1) as steps, steps.step("reading"):
    ...     pass
    >>> list(steps.seconds)
    ['reading']
    """

    def __init__(
        self, count: int, *, console: Console | None = None, after: float = PATIENCE_SECONDS
    ) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress_on(
            console or stderr(),
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
        )
        super().__init__(self._progress.live)
        self._task = self._progress.add_task("", total=count)
        self._timer = Timer(after, self._progress.start)
        self._timer.daemon = True

    def _begin(self) -> None:
        self._timer.start()

    def _end(self) -> None:
        self._timer.cancel()
        # It may be starting the display at this very moment.
        if self._timer.is_alive():
            self._timer.join()
        super()._end()

    def __str__(self) -> str:
        return ", ".join(f"{name} {took:.2f} s" for name, took in self.seconds.items())

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step under its name."""
        self._progress.update(self._task, description=name)
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began
        self._progress.advance(self._task)
