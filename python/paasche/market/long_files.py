"""Files of date, security and figures in long form, read whole or piece by piece."""

from __future__ import annotations

import io
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from paasche.errors import InputError

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["KEY", "LongFile", "Piece", "check_keyed", "figures", "first_null", "repeated"]

KEY = {"date": pl.Date, "security": pl.String}
"""Columns that name a row."""

_LOOK = 1 << 16
"""Bytes of text among which the first line is looked for, and which tell the types of columns."""


class Piece(NamedTuple):
    """Consecutive rows of a file: by their numbers in Parquet, by their bytes in CSV."""

    start: int
    stop: int


class LongFile:
    """A Parquet or CSV file with the columns date, security and figures.

    Parameters
    ----------
    path : str or path
    values : sequence of str
        Columns of figures.
    """

    def __init__(self, path: str | os.PathLike[str], values: Sequence[str]) -> None:
        self.place = Path(path)
        self.columns = [*KEY, *values]
        self.is_text = self.place.suffix.lower() == ".csv"

    def read(self) -> pl.DataFrame:
        """Return all rows.

        Raises
        ------
        InputError
            The file cannot be read, or lacks a column.
        """
        with self.refusing():
            if self.is_text:
                return _keyed(pl.read_csv(self.place, columns=self.columns, schema_overrides=KEY))
            return _keyed(self._scan().collect())

    def pieces(self, size: int) -> list[Piece]:
        """Return the file in pieces, in its order.

        Parameters
        ----------
        size : int
            Rows of a piece of Parquet, bytes of one of CSV, at most, but at least a line.

        Raises
        ------
        InputError
            The file cannot be read, or lacks a column.
        """
        with self.refusing():
            if self.is_text:
                return self._lines(size)
            rows = self._scan().select(pl.len()).collect().item()
            return [Piece(at, min(at + size, rows)) for at in range(0, rows, size)]

    def read_piece(self, piece: Piece, columns: Sequence[str]) -> pl.DataFrame:
        """Return some columns of the rows of a piece.

        Raises
        ------
        InputError
            The file cannot be read, or lacks a column.
        """
        with self.refusing():
            if not self.is_text:
                rows = self._scan().select(columns)
                return _keyed(rows.slice(piece.start, piece.stop - piece.start).collect())
            with self.place.open("rb") as file:
                header = file.readline()
                # The first rows tell the types for all, as when the file is read whole.
                known = self._parsed(header + _whole(file.read(_LOOK)), KEY).schema
                file.seek(piece.start)
                text = file.read(piece.stop - piece.start)
            return _keyed(self._parsed(header + text, known).select(columns))

    def _scan(self) -> pl.LazyFrame:
        # Without `glob` a bracket in the folder's name is a bracket.
        return pl.scan_parquet(self.place, glob=False).select(self.columns)

    def _parsed(self, text: bytes, kinds: pl.Schema | dict[str, type[pl.DataType]]) -> pl.DataFrame:
        return pl.read_csv(io.BytesIO(text), columns=self.columns, schema_overrides=kinds)

    def _lines(self, size: int) -> list[Piece]:
        found = []
        size = min(size, max(1, self.place.stat().st_size))
        with self.place.open("rb") as file:
            self._parsed(file.readline(), KEY)
            start, text = file.tell(), b""
            while more := file.read(size):
                text += more
                whole = len(_whole(text))
                if whole:
                    found.append(Piece(start, start + whole))
                    start, text = start + whole, text[whole:]
        return [*found, Piece(start, start + len(text))] if text else found

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Turn what polars and the system refuse into the error of the file."""
        try:
            yield
        except (OSError, pl.exceptions.PolarsError) as e:
            reason = str(e).strip().splitlines()[0]
            raise InputError(
                f"{self.place}: must be a Parquet or CSV file with the columns "
                f"{', '.join(self.columns)} ({reason})"
            ) from e


def first_null(column: pl.Series) -> int | None:
    """Return the position of the first null of a column; None: there is none."""
    return int(column.is_null().arg_true()[0]) if column.null_count() else None


def check_keyed(file: LongFile, nulls: Mapping[str, int | None]) -> None:
    """Refuse a file with a row that names no day or no security.

    Parameters
    ----------
    file : LongFile
    nulls : mapping of str to int or None
        Of each column of the key the first row that is null, counted from 0.

    Raises
    ------
    InputError
        There is one.
    """
    for name, row in nulls.items():
        if row is not None:
            raise InputError(f"{file.place}: {name} of row {row + 1}: must not be empty")


def repeated(file: LongFile, row: int, date: dt.date, security: str) -> InputError:
    """Return the error of a row, counted from 0, whose security and date an earlier row has."""
    expected = "must stand once; remove one of the rows"
    return InputError(f"{file.place}: row {row + 1}: {security} on {date} {expected}")


def figures(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return the date and the columns as the core takes them; whole numbers stay whole."""
    strange = [name for name in columns if rows.schema[name] not in {pl.Float64, pl.Int64}]
    return rows.select("date", *columns).with_columns(pl.col(strange).cast(pl.Float64))


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows whose date is a date and whose security is text."""
    return rows.with_columns(
        *(pl.col(name).cast(kind) for name, kind in KEY.items() if rows[name].dtype != kind)
    )


def _whole(text: bytes) -> bytes:
    """Return the lines that are whole; a line break in quotes ends none."""
    end = text.rfind(b"\n") + 1
    while text.count(b'"', 0, end) % 2:
        end = text.rfind(b"\n", 0, end - 1) + 1
    return text[:end]
