"""Publications as Parquet files, a fixed number of them each."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from paasche.errors import InputError
from paasche.live.sinks.rows import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paasche.live.publication import Board, Publication

__all__ = ["ParquetSink"]

_PUBLICATIONS = 120
"""Publications of a part: ten minutes of them, at one each five seconds (R60)."""

_DRAFT = ".draft"


class ParquetSink:
    """Keeps publications in ``DIR/DATE/part-NNNNN.parquet``, the same number in each part.

    A part is written beside its place and moved there when it is full, the last one of a run when
    the sink is closed. What was not in a full part when a run stopped is asked for again, so the
    files of a run that was stopped and resumed have the bytes of one that was not.

    Parameters
    ----------
    place : str
        A folder, which need not exist. All parts of all days can be read as one table.
    publications : int
        How many of them make a part.

    Attributes
    ----------
    kept_levels : float64 array of shape (n_rows,) or None
        Of the last publication in a full part, once it is open.
    """

    def __init__(self, place: str, publications: int = _PUBLICATIONS) -> None:
        self.name = f"parquet:{place}"
        self._place = Path(place)
        self._publications = publications
        self._part = 0
        self._waiting: list[pl.DataFrame] = []
        self.kept_levels: NDArray[np.float64] | None = None

    def open(self, board: Board) -> int:
        """Begin with a day; return the sequence of the last publication in a full part.

        Raises
        ------
        InputError
            The folder of the day holds something else.
        OSError
            It cannot be made or read.
        """
        self._rows = Rows(board)
        self._waiting = []
        self.kept_levels = None
        self._folder = self._place / board.date.isoformat()
        self._folder.mkdir(parents=True, exist_ok=True)
        for draft in self._folder.glob(f"*{_DRAFT}"):
            draft.unlink()
        parts = sorted(self._folder.glob("part-*.parquet"))
        self._part = len(parts)
        if not parts:
            return 0
        if not self._is_full(parts[-1]):
            self._part -= 1
        if self._part:
            levels = pl.read_parquet(self._path(self._part - 1), columns=["level_unrounded"])
            self.kept_levels = levels.to_series().tail(self._rows.height).to_numpy()
        return self._part * self._publications

    def publish(self, publication: Publication) -> None:
        """Keep a publication; write the part that is full with it.

        Raises
        ------
        OSError
            There is no room, or the folder is out of reach: nothing is kept.
        """
        waiting = [*self._waiting, self._rows.of(publication)]
        if len(waiting) == self._publications:
            self._write(waiting)
            self._part += 1
            waiting = []
        self._waiting = waiting

    def close(self) -> None:
        """Write the part that is not full.

        Raises
        ------
        OSError
            There is no room, or the folder is out of reach.
        """
        if self._waiting:
            self._write(self._waiting)
            self._waiting = []

    def _path(self, part: int) -> Path:
        return self._folder / f"part-{part + 1:05}.parquet"

    def _write(self, frames: list[pl.DataFrame]) -> None:
        path = self._path(self._part)
        draft = path.with_name(path.name + _DRAFT)
        # By way of memory: a full disk is then the system's own error, not one of polars.
        whole = io.BytesIO()
        pl.concat(frames, rechunk=True).write_parquet(whole, compression="zstd")
        with draft.open("wb") as file:
            file.write(whole.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def _is_full(self, path: Path) -> bool:
        """Tell whether the last part there is has all its publications.

        Raises
        ------
        InputError
            It is not the part of this day and these levels that its name says.
        """
        height, first = self._rows.height, (self._part - 1) * self._publications + 1
        try:
            rows = pl.read_parquet(
                path, columns=["date", "sequence", "index", "variant", "currency"]
            )
        except pl.exceptions.PolarsError as e:
            reason = str(e).strip().splitlines()[0]
            raise self._other(path, reason) from e
        if path != self._path(self._part - 1) or rows["sequence"][0] != first:
            raise self._other(path, f"it begins with {rows['sequence'][0]}; {first} was expected")
        if rows["date"][0] != self._rows.date or not self._rows.begins_with(rows.head(height)):
            raise self._other(path, "it holds other levels")
        return rows.height == height * self._publications

    def _other(self, path: Path, reason: str) -> InputError:
        return InputError(
            f"publish = {self.name}: {path}: must be a part of the same publications ({reason}); "
            "give another folder"
        )
