"""Dense panels on disk: a folder with one file a column, there whole or not at all.

A column lies there day after day, so that any span of days is one stretch of its file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paasche._files import new_folder
from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["LAYOUT", "Block", "Slab", "find", "write"]

LAYOUT = 1
"""Version of what stands in the files; panels of another one are built anew."""

_HEADER = "header.json"
_ROWS = "rows.bits"

Slab = tuple[list["NDArray[np.float64]"], "NDArray[np.bool_]"]
"""A span of days: a panel of each column, and which cells have a row."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Columns of days × securities that lie on disk.

    Attributes
    ----------
    place : Path
        Its folder.
    days : int32 array of shape (n_days,)
        Days since 1970-01-01, ascending.
    securities : list of str
        In byte order.
    columns : list of str
    """

    place: Path
    days: NDArray[np.int32]
    securities: list[str]
    columns: list[str]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of days and of securities."""
        return len(self.days), len(self.securities)

    def panel(self, column: str) -> NDArray[np.float64]:
        """Return a column, mapped into memory and not to be written."""
        if 0 in self.shape:
            nothing = np.empty(self.shape)
            nothing.flags.writeable = False
            return nothing
        return np.memmap(self._file(column), dtype="<f8", mode="r", shape=self.shape)

    def read(self, column: str, first: int, stop: int) -> NDArray[np.float64]:
        """Return days ``first`` to ``stop`` of a column in memory of their own."""
        width = len(self.securities)
        count, offset = (stop - first) * width, 8 * first * width
        found = np.fromfile(self._file(column), "<f8", count, offset=offset)
        return found.reshape(stop - first, width)

    def rows(self, first: int, stop: int) -> NDArray[np.bool_]:
        """Return which cells of days ``first`` to ``stop`` have a row."""
        size = _bytes(len(self.securities))
        bits = np.fromfile(self.place / _ROWS, "u1", (stop - first) * size, offset=first * size)
        bits = bits.reshape(stop - first, size)
        return np.unpackbits(bits, axis=1, count=len(self.securities)).view(np.bool_)

    def _file(self, column: str) -> Path:
        return self.place / _name(self.columns.index(column))


def find(place: Path) -> Block | None:
    """Return the block of a folder.

    Parameters
    ----------
    place : Path

    Returns
    -------
    Block or None
        None where there is none, or one that is cut short, damaged or of another layout.
    """
    try:
        header = json.loads((place / _HEADER).read_text("utf-8"))
        told = header.pop("hash")
        if header["layout"] != LAYOUT or told != _hash(header):
            return None
        block = Block(
            place=place,
            days=np.array(header["days"], np.int32),
            securities=header["securities"],
            columns=header["columns"],
        )
        sizes = _sizes(block)
        whole = all((place / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return block if whole else None


def write(
    place: Path,
    days: NDArray[np.int32],
    securities: Sequence[str],
    columns: Sequence[str],
    slabs: Iterable[Slab],
) -> Block:
    """Write a block; return it, or the one that another process wrote meanwhile.

    Parameters
    ----------
    place : Path
        Its folder; what lies there and is no block is thrown away.
    days : int32 array of shape (n_days,)
        Ascending.
    securities, columns : sequence of str
    slabs : iterable of Slab
        All days, span after span.

    Raises
    ------
    InputError
        The place cannot be written; or what ``slabs`` raises.
    """
    _clear(place)
    header: dict[str, Any] = {
        "layout": LAYOUT,
        "days": days.tolist(),
        "securities": list(securities),
        "columns": list(columns),
    }
    try:
        with new_folder("cache", place) as draft:
            files = [(draft / _name(at)).open("wb") for at in range(len(columns))]
            with (draft / _ROWS).open("wb") as rows:
                try:
                    for panels, seen in slabs:
                        for file, panel in zip(files, panels, strict=True):
                            panel.tofile(file)
                        np.packbits(seen, axis=1).tofile(rows)
                    for file in (*files, rows):
                        _keep(file)
                finally:
                    for file in files:
                        file.close()
            with (draft / _HEADER).open("w", encoding="utf-8") as text:
                json.dump({**header, "hash": _hash(header)}, text)
                _keep(text)
    except InputError:
        # Where another process was faster, its block stands in the place.
        found = find(place)
        if found is None:
            raise
        return found
    found = find(place)
    if found is None:
        raise InputError(f"cache = {place.parent}: must keep what is written there; give another")
    return found


def _keep(file: Any) -> None:  # noqa: ANN401
    """Have the system write a file to disk: a name must never stand before its content."""
    file.flush()
    os.fsync(file.fileno())


def _clear(place: Path) -> None:
    """Move away what is no block, so that nobody finds a part of it, and remove it."""
    # Another process may have written the block meanwhile.
    if not place.exists() or find(place) is not None:
        return
    away = tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent)
    try:
        place.rename(f"{away}/old")
    except OSError:
        pass  # another process did it
    finally:
        shutil.rmtree(away, ignore_errors=True)


def _sizes(block: Block) -> dict[str, int]:
    """Return how many bytes each file of a block has."""
    days, width = block.shape
    panels = {_name(at): 8 * days * width for at in range(len(block.columns))}
    return {**panels, _ROWS: days * _bytes(width)}


def _name(at: int) -> str:
    return f"{at}.f64"


def _bytes(cells: int) -> int:
    return (cells + 7) // 8


def _hash(header: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(header, sort_keys=True).encode()).hexdigest()
