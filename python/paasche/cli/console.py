"""Where the command line speaks: tables to stdout, all else to stderr."""

from __future__ import annotations

import shutil
import traceback
import warnings
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import Progress
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from rich.live import Live
    from rich.progress import ProgressColumn

__all__ = [
    "Display",
    "progress_on",
    "say",
    "say_traceback",
    "stderr",
    "stdout",
    "warnings_as_lines",
]

_STYLES = {"error": "bold red", "interrupted": "bold red", "warning": "yellow"}


@cache
def stderr() -> Console:
    """Return the console of messages and progress: one, so that neither overwrites the other."""
    return Console(stderr=True)


WIDTH = 120
"""Tables are laid out for so many columns at least: figures are never cut to fit."""


def stdout() -> Console:
    """Return the console of results."""
    # Names of securities and indices are data: brackets and colons in them mean nothing.
    width = max(WIDTH, shutil.get_terminal_size().columns)
    return Console(highlight=False, markup=False, emoji=False, width=width)


def progress_on(console: Console, *columns: ProgressColumn) -> Progress:
    """Return a display of progress that goes when it stops, and leaves both streams alone."""
    return Progress(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
    )


class Display:
    """What moves on a terminal while work goes on; anywhere else nothing is shown.

    Parameters
    ----------
    live : Live
    """

    def __init__(self, live: Live) -> None:
        self._live = live

    def __enter__(self) -> Self:
        if self._live.console.is_interactive:
            self._begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        place: TracebackType | None,
    ) -> None:
        self._end()

    def _begin(self) -> None:
        self._live.start(refresh=True)

    def _end(self) -> None:
        if self._live.is_started:
            self._live.stop()


def say(kind: str, text: str) -> None:
    """Print a message to stderr, as it stands: no markup, no wrapping.

    Parameters
    ----------
    kind : {"error", "interrupted", "warning"}
    text : str
    """
    stderr().print(Text.assemble((kind, _STYLES[kind]), ": ", text), soft_wrap=True)


def say_traceback(error: BaseException) -> None:
    """Print an error to stderr with its traceback."""
    stderr().print(Text("".join(traceback.format_exception(error)).rstrip()), soft_wrap=True)


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Show warnings as lines on stderr, without their place in the code."""
    with warnings.catch_warnings():
        warnings.showwarning = _show
        yield


def _show(message: Warning | str, *_: object, **__: object) -> None:
    say("warning", " ".join(str(message).split()))
