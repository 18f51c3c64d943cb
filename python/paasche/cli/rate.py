"""How far a calculation of many indices is: rate and time left, on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from paasche.cli.console import progress_on, stderr

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console
    from rich.progress import Task

__all__ = ["Rate"]


class _Speed(ProgressColumn):
    """Indices per second; empty until it is known."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.1f} indices/s")


class Rate:
    """Show how many indices are done, how fast, and how long the others take.

    Parameters
    ----------
    console : Console, optional
        Where; None: stderr. Nothing is shown unless it is a terminal.

    Examples
    --------
    >>> with Rate() as rate:
    ...     rate.update(3, 10)
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or stderr()
        self._progress = progress_on(
            self._console,
            TextColumn("calculating"),
            BarColumn(),
            MofNCompleteColumn(),
            _Speed(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        self._task = self._progress.add_task("", total=None)
        self._kept: int | None = None

    def __enter__(self) -> Self:
        if self._console.is_interactive:
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        place: TracebackType | None,
    ) -> None:
        if self._progress.live.is_started:
            self._progress.stop()

    def update(self, done: int, total: int) -> None:
        """Say how many indices are done, and how many there are.

        Parameters
        ----------
        done, total : int
        """
        if self._kept is None:
            # What an earlier run left took no time: it counts neither here nor in the rate.
            self._kept = done
            self._progress.reset(self._task, total=total - done)
        self._progress.update(self._task, completed=done - self._kept)
