"""How far a calculation of many indices is: rate and time left, on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from paasche.cli.console import Display, progress_on, stderr

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Task

__all__ = ["Rate"]


class _Speed(ProgressColumn):
    """Indices per second; empty until it is known."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.1f} indices/s")


class Rate(Display):
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
        self._progress = progress_on(
            console or stderr(),
            TextColumn("calculating"),
            BarColumn(),
            MofNCompleteColumn(),
            _Speed(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        super().__init__(self._progress.live)
        self._task = self._progress.add_task("", total=None)
        self._kept: int | None = None

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
