"""Tables to a folder: whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from paasche.errors import InputError
from paasche.market.columns import Need
from paasche.market.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["refusing", "write_folder"]

_MENDS = {
    errno.ENOSPC: "make room there, or give another place",
    errno.EDQUOT: "make room in your quota, or give another place",
    errno.EACCES: "allow yourself to write there, or give another place",
    errno.EPERM: "allow yourself to write there, or give another place",
}


def write_folder(frames: Mapping[str, pl.DataFrame], folder: Path, file_format: str) -> None:
    """Write tables into a new folder, which appears only when all of them are written.

    Parameters
    ----------
    frames : mapping of str to pl.DataFrame
        Tables by name, with canonical columns.
    folder : Path
        Does not exist yet, or is empty.
    file_format : str
        ``parquet`` or ``csv``.

    Raises
    ------
    InputError
        If the format is unknown, the folder holds something, or it cannot be written.
    """
    if file_format not in _WRITERS:
        raise InputError(f"format = {file_format}: must be parquet or csv")
    with refusing("path", folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"path = {folder}: must be a folder that is new or empty")
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            for name, frame in frames.items():
                _WRITERS[file_format](_used(name, frame), draft / f"{name}.{file_format}")
            draft.chmod(0o755)  # a temporary folder is for its owner alone
            draft.replace(folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise


@contextmanager
def refusing(argument: str, place: Path) -> Iterator[None]:
    """Turn what the system refuses while a place is written into one message.

    polars reports a full disk in errors of its own, with the system's number in the text.

    Parameters
    ----------
    argument : str
        The argument or option that named the place.
    place : Path

    Raises
    ------
    InputError
        The place cannot be written: why, and what to do.
    """
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as e:
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


def _used(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out optional columns without any value: reading fills them in again."""
    return frame.select(
        [
            column.name
            for column in TABLES[name].columns
            if column.need is not Need.OPTIONAL or frame[column.name].null_count() < frame.height
        ]
    )


def _write_csv(frame: pl.DataFrame, path: Path) -> None:
    frame.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S%.6f%:z")


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    # A market is read far more often than written, and lz4 decodes twice as fast as zstd.
    frame.write_parquet(path, compression="lz4")


_WRITERS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    "csv": _write_csv,
    "parquet": _write_parquet,
}
