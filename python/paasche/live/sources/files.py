"""Tick files, Parquet or CSV, piece by piece."""

from __future__ import annotations

import hashlib
import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paasche.errors import InputError
from paasche.live.sources.positions import Positions
from paasche.market.casts import conform
from paasche.market.encoding import UnreadableError, check_header, check_lines
from paasche.market.report import Report
from paasche.market.resolve import resolve_rows
from paasche.market.source import Source as Arrived
from paasche.market.tables import TABLES
from paasche.market.values import check_values

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from paasche.live.ticks import Ticks
    from paasche.market.identifiers import Directory

__all__ = ["ENDINGS", "FileSource"]

_TABLE = TABLES["ticks"]

ENDINGS = (".parquet", ".csv")
"""Endings of the files that are read."""

_ROWS = 1 << 19
"""Rows of a piece of Parquet: enough that the pages that two pieces share cost nothing."""

_BYTES = 1 << 24
"""Bytes of a piece of CSV."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class FileSource:
    """Ticks of a Parquet or CSV file, whose timestamps ascend; equal ones stay as they stand.

    A position is a number of rows.

    Parameters
    ----------
    path : Path
    directory : Directory, optional
        Securities of the market the file belongs to: a code that names none of them is refused.
        None: such ticks are left out, as are those of securities that no index holds.

    Attributes
    ----------
    name : str
        What messages call it.
    left_out : dict of str to int
        Ticks that were not handed on, by reason.
    """

    def __init__(self, path: Path, directory: Directory | None = None) -> None:
        self.name = str(path)
        self._path = path
        self._directory = directory
        self.left_out: dict[str, int] = {}

    def batches(
        self,
        securities: Sequence[str],
        after: int,
        wait: float,  # noqa: ARG002
    ) -> Iterator[Ticks | None]:
        """Yield the ticks of the rows behind a position; never None.

        Raises
        ------
        InputError
            The file cannot be read, a row does not keep the contract of the table ticks or comes
            before the one above it, or the file is shorter than what was read of it before.
        """
        known, last, stop = Positions(securities), None, 0
        pieces = self._text() if self._path.suffix.lower() == ".csv" else self._parquet(after)
        for arrived, stop in pieces:
            if stop < after or (stop == after and after):
                continue
            rows = self._checked(arrived)
            last = self._ascending(arrived, rows, last)
            ticks = known.ticks(rows.tail(stop - after), stop)
            self.left_out = {"unknown": known.left_out}
            if len(ticks.securities):
                yield ticks
        if stop < after:
            raise InputError(
                f"{self._path}: must have the {after} rows that were read of it before; it has "
                f"{stop}"
            )

    def mark(self) -> dict[str, str | int]:
        """Return its size and the SHA-256 of its content."""
        with self._refusing():
            size = self._path.stat().st_size
            return {"size": size, "sha256": self._checksum(size)}

    def is_marked(self, mark: Mapping[str, Any]) -> bool:
        """Tell whether it has what it had then; lines may have been appended to it since."""
        with self._refusing():
            size = int(mark.get("size", -1))
            is_there = 0 <= size <= self._path.stat().st_size
            return is_there and self._checksum(size) == str(mark.get("sha256"))

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _checksum(self, size: int) -> str:
        """Return the SHA-256 of the beginning of the file."""
        found = hashlib.sha256()
        with self._path.open("rb") as file:
            while size and (piece := file.read(min(size, _BYTES))):
                found.update(piece)
                size -= len(piece)
        return found.hexdigest()

    def _parquet(self, after: int) -> Iterator[tuple[Arrived, int]]:
        """Yield pieces of rows from a position on, and the row behind each."""
        with self._refusing():
            # Without `glob` a bracket in the folder's name is a bracket.
            file = pl.scan_parquet(self._path, glob=False)
            names = tuple(file.collect_schema())
            height = int(file.select(pl.len()).collect().item())
        there = file.select([name for name in _TABLE.schema if name in names])
        start = min(after, height)
        while True:
            stop = min(start + _ROWS, height)
            with self._refusing():
                frame = there.slice(start, stop - start).collect()
            rows = np.arange(start, stop)
            yield Arrived(place=self._path.name, frame=frame, names=names, kept=rows), stop
            start = stop
            if stop == height:
                return

    def _text(self) -> Iterator[tuple[Arrived, int]]:
        """Yield pieces of lines, and how many rows there were with each; blank lines are none."""
        lines_before = stop = 0
        with self._refusing(), self._path.open("rb") as file:
            header = file.readline().removeprefix(_BYTE_ORDER_MARK)
            while (lines := file.read(_BYTES) + file.readline()) or not lines_before:
                frame = self._parsed(header, lines, lines_before)
                blank = frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
                kept = np.arange(lines_before, lines_before + frame.height)[~blank.to_numpy()]
                lines_before += frame.height
                stop += len(kept)
                arrived = Arrived(
                    place=self._path.name,
                    frame=frame.filter(~blank),
                    names=tuple(frame.columns),
                    text=b"",
                    kept=kept,
                )
                yield arrived, stop
                if not lines:
                    return

    def _parsed(self, header: bytes, lines: bytes, before: int) -> pl.DataFrame:
        """Return lines as columns of text: a code keeps its leading zeros."""
        text = header + lines
        try:
            frame = pl.read_csv(io.BytesIO(text), infer_schema=False)
            if frame.width == 1:
                check_header(frame.columns[0])
            # polars fills short lines with null, which would turn a torn file into quotes.
            if lines.count(b",") != frame.height * (frame.width - 1):
                check_lines(text)
        except pl.exceptions.NoDataError as e:
            raise InputError(
                f"{self._path}: must have a header line with the names of the columns; the file is "
                "empty"
            ) from e
        except UnreadableError as e:
            place = "" if e.row is None else f":{e.row + before if e.row > 1 else 1}"
            raise InputError(f"{self._path}{place}: {e.expected}") from e
        return frame

    def _checked(self, arrived: Arrived) -> pl.DataFrame:
        report = Report(str(self._path))
        rows = conform(arrived, _TABLE, report)
        check_values(arrived, _TABLE, rows, (), report)
        if self._directory is not None:
            rows, _ = resolve_rows("ticks", rows, arrived, self._directory, report)
        report.raise_defects()
        return rows

    def _ascending(
        self, arrived: Arrived, rows: pl.DataFrame, last: dt.datetime | None
    ) -> dt.datetime | None:
        """Refuse a row that comes before the one above it; return the last timestamp."""
        times = rows["timestamp"]
        early = (times < times.shift(1, fill_value=last)).arg_true()
        if len(early):
            row = int(early[0])
            above = times[row - 1] if row else last
            raise InputError(
                f"{self._path}:{arrived.row(row)}: timestamps must ascend; this one is "
                f"{times[row]}, after {above}: sort the file"
            )
        return times[-1] if len(times) else last

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Turn what polars and the system refuse into the error of the file."""
        try:
            yield
        except (OSError, pl.exceptions.PolarsError) as e:
            reason = str(e).strip().splitlines()[0]
            raise InputError(
                f"{self._path}: must be a Parquet or CSV file of ticks ({reason})"
            ) from e
