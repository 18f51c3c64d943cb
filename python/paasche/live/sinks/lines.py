"""Publications as lines at the end of a file, CSV or JSON."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from paasche.errors import InputError
from paasche.live.sinks.rows import COLUMNS, TIME_FORMAT, Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paasche.live.publication import Board, Publication

__all__ = ["LinesSink"]

_LOOK = 1 << 16
"""Bytes among which the last lines are looked for first."""

_KEY = {
    "date": pl.Date,
    "sequence": pl.Int64,
    "index": pl.String,
    "variant": pl.String,
    "currency": pl.String,
    "level_unrounded": pl.Float64,
}
"""Columns that tell one publication, and one row of it, from another; and one run."""


class LinesSink:
    """Appends the rows of each publication to a file, one a line.

    A publication of which a part was written when the process or the machine stopped is cut off
    when the file is opened again, and written anew. Days follow one another in a file.

    Standard output keeps nothing: a run that is resumed writes all publications of the day again.

    Parameters
    ----------
    kind : str
        ``csv`` or ``jsonl``.
    place : str
        A file, which need not exist; ``-`` is standard output.

    Attributes
    ----------
    kept_levels : float64 array of shape (n_rows,) or None
        Of the last publication in the file, once it is open.
    """

    def __init__(self, kind: str, place: str) -> None:
        self.name = f"{kind}:{place}"
        self._is_csv = kind == "csv"
        self._place = None if place == "-" else Path(place)
        self._file: BinaryIO | None = None
        self._end = 0
        self.kept_levels: NDArray[np.float64] | None = None

    def open(self, board: Board) -> int:
        """Begin with a day; return the sequence of the last publication in the file.

        Raises
        ------
        InputError
            The file holds something else.
        OSError
            It cannot be opened.
        """
        self._rows = Rows(board)
        self.kept_levels = None
        if self._place is None:
            self._file = sys.stdout.buffer
            if self._is_csv:
                self._write(self._header())
            return 0
        self._place.parent.mkdir(parents=True, exist_ok=True)
        file = self._place.open("r+b" if self._place.exists() else "w+b", buffering=0)
        try:
            self._end, sequence = self._found(file)
            file.truncate(self._end)
        except BaseException:
            file.close()
            raise
        self._file = file
        if not self._end and self._is_csv:
            self._write(self._header())
        return sequence

    def publish(self, publication: Publication) -> None:
        """Append the rows of a publication; where that fails, nothing of it stays.

        Raises
        ------
        OSError
            There is no room, or the file is out of reach.
        """
        rows = self._rows.of(publication)
        if self._is_csv:
            self._write(
                rows.write_csv(include_header=False, datetime_format=TIME_FORMAT).encode("utf-8")
            )
        else:
            self._write(rows.write_ndjson().encode("utf-8"))

    def close(self) -> None:
        """Have the file on disk."""
        if self._place is not None and self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()
        self._file = None

    def _write(self, text: bytes) -> None:
        """Append whole, or leave the file as it was."""
        file = self._file
        if file is None:
            raise InputError(f"{self.name}: must be opened before anything is published")
        if self._place is None:
            try:
                file.write(text)
                file.flush()
            except BrokenPipeError as e:  # no reader comes back to a pipe
                _to_nobody(file)
                raise InputError(f"{self.name}: must have a reader; it has gone") from e
            return
        try:
            file.seek(self._end)
            rest = memoryview(text)
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            file.truncate(self._end)
            raise
        self._end += len(text)

    def _header(self) -> bytes:
        return (",".join(COLUMNS) + "\n").encode()

    def _found(self, file: BinaryIO) -> tuple[int, int]:
        """Return the end of the last whole publication, and its sequence on this day."""
        size = file.seek(0, io.SEEK_END)
        begin = len(self._header()) if self._is_csv else 0
        file.seek(0)
        if self._is_csv and not self._header().startswith(file.read(min(size, begin))):
            raise self._other("its first line is not the header of publications")
        if size <= begin:
            return 0 if size < begin else begin, 0
        text = self._tail(file, begin, size)
        start = size - len(text)
        text = text[: text.rfind(b"\n") + 1]  # a line that was torn
        rows = self._parsed(text)
        if rows.is_empty():
            return start, 0
        last = (rows["date"] == rows["date"][-1]) & (rows["sequence"] == rows["sequence"][-1])
        there = rows.filter(last)
        if not self._rows.begins_with(there):
            raise self._other(f"it ends with other levels, {'/'.join(there.row(0)[2:5])} first")
        if there.height < self._rows.height:
            # Of what was cut off in the middle nothing stays; the one before it is whole.
            text = b"".join(text.splitlines(keepends=True)[: -there.height])
            rows = rows.head(-there.height)
        if rows.is_empty():
            return start + len(text), 0
        sequence = int(rows["sequence"][-1]) if rows["date"][-1] == self._rows.date else 0
        if sequence:
            self.kept_levels = rows["level_unrounded"].tail(self._rows.height).to_numpy()
        return start + len(text), sequence

    def _tail(self, file: BinaryIO, begin: int, size: int) -> bytes:
        """Return the last lines: two publications at least, or all there are."""
        look = _LOOK
        while True:
            start = max(begin, size - look)
            file.seek(start)
            text = file.read(size - start)
            if start == begin:
                return text
            text = text[text.find(b"\n") + 1 :]
            if text.count(b"\n") > 2 * self._rows.height:
                return text
            look *= 2

    def _parsed(self, text: bytes) -> pl.DataFrame:
        try:
            if self._is_csv:
                lines = io.BytesIO(self._header() + text)
                rows = pl.read_csv(lines, columns=list(_KEY), schema_overrides=_KEY)
            else:
                rows = pl.read_ndjson(text, schema=_KEY)
        except pl.exceptions.PolarsError as e:
            raise self._other(str(e).strip().splitlines()[0]) from e
        if sum(rows.drop("level_unrounded").null_count().row(0)):
            raise self._other("it has lines that are none")
        return rows.select(list(_KEY))

    def _other(self, reason: str) -> InputError:
        return InputError(
            f"publish = {self.name}: must be a file of publications ({reason}); give another file"
        )


def _to_nobody(file: BinaryIO) -> None:
    """Let what a broken pipe has not taken go nowhere, so that it is not an error again at exit."""
    try:
        there = file.fileno()
    except OSError:
        return  # a stand-in for stdout has none
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, there)
    os.close(nowhere)
