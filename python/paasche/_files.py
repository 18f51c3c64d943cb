"""Files and folders that appear whole or not at all.

Each is written beside its place under a temporary name and then moved there, so that whoever looks
finds what was there before or all of the new.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RUN_FILES", "alone", "draft_folder", "new_file", "new_folder"]

_RUN_TABLES = ("levels", "constituents", "divisors", "events", "securities", "restatement")

RUN_FILES = frozenset(
    [
        *(f"{table}.{form}" for table in _RUN_TABLES for form in ("parquet", "csv")),
        "run.json",
        "state.json",
        "factsheet.html",
    ]
)
"""Names of what paasche writes into a run directory; whatever else lies there is its owner's."""

_MENDS = {
    errno.ENOSPC: "make room there, or give another place",
    errno.EDQUOT: "make room in your quota, or give another place",
    errno.EACCES: "allow yourself to write there, or give another place",
    errno.EPERM: "allow yourself to write there, or give another place",
}


@contextmanager
def new_folder(argument: str, place: Path) -> Iterator[Path]:
    """Yield a folder to write into; it takes its place at the end.

    Parameters
    ----------
    argument : str
        The argument or option that named the place.
    place : Path
        Does not exist yet, or is an empty folder.

    Raises
    ------
    InputError
        The place holds something, or cannot be written.

    Examples
    --------
    >>> scratch = Path(tempfile.mkdtemp())
    >>> with new_folder("out", scratch / "run") as draft:
    ...     _ = (draft / "levels.csv").write_text("")
    >>> [path.name for path in scratch.rglob("*")]
    ['run', 'levels.csv']
    """
    with _refusing(argument, place):
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise InputError(
                f"{argument} = {place}: must be a folder that is new or empty; give another, or "
                "remove it"
            )
    with draft_folder(argument, place) as draft:
        yield draft
        draft.replace(place)


@contextmanager
def draft_folder(argument: str, place: Path) -> Iterator[Path]:
    """Yield a writer's own folder beside a place; it goes at the end if it was not moved.

    Parameters
    ----------
    argument : str
        The argument or option that named the place.
    place : Path

    Raises
    ------
    InputError
        The place cannot be written.
    """
    with _refusing(argument, place):
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
        try:
            draft.chmod(0o755)  # a temporary folder is for its owner alone
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def new_file(argument: str, place: Path) -> Iterator[Path]:
    """Yield a path to write to; the file takes its place at the end, over an earlier one.

    Parameters
    ----------
    argument : str
        The argument or option that named the place.
    place : Path

    Raises
    ------
    InputError
        The place cannot be written.
    """
    with _refusing(argument, place):
        place.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f".{place.name}-", dir=place.parent)
        os.close(number)
        draft = Path(name)
        try:
            yield draft
            draft.chmod(0o644)  # a temporary file is for its owner alone
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def alone(argument: str, place: Path, writer: str) -> Iterator[None]:
    """Keep other processes out of a folder; a killed one keeps nobody out.

    Parameters
    ----------
    argument : str
        The argument or option that named the place.
    place : Path
        A folder.
    writer : str
        What it is that writes there.

    Raises
    ------
    InputError
        Another one writes there.
    """
    try:
        import fcntl  # noqa: PLC0415  (not on every system)
    except ImportError:
        yield
        return
    with (place / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            raise InputError(
                f"{argument} = {place}: must be free; another {writer} writes there just now: wait "
                "for it, or give another folder"
            ) from e
        yield


@contextmanager
def _refusing(argument: str, place: Path) -> Iterator[None]:
    """Turn what the system refuses into one message: why, and what to do.

    polars reports a full disk in errors of its own, with the system's number in the text.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as e:
        number = e.errno if isinstance(e, OSError) else None
        if number is None and (told := re.search(r"\(os error (\d+)\)", str(e))):
            number = int(told[1])
        if number is None:
            raise  # not the system's doing
        mend = _MENDS.get(number, "give another place")
        raise InputError(
            f"{argument} = {place}: must be a place that can be written "
            f"({os.strerror(number).lower()}); {mend}"
        ) from e
