"""Tables to a folder: whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paasche._files import new_folder
from paasche.errors import InputError
from paasche.market.columns import Need
from paasche.market.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import polars as pl

__all__ = ["write_folder"]


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
    with new_folder("path", folder) as draft:
        for name, frame in frames.items():
            _WRITERS[file_format](_used(name, frame), draft / f"{name}.{file_format}")


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
