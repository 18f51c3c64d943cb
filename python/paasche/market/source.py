"""Where a table came from: its rows as they arrived, and how a person finds one of them again."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

__all__ = ["Source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table as it arrived, before any cast.

    Attributes
    ----------
    place : str
        What an error calls it: the file name, or the table's name for a frame in memory.
    frame : pl.DataFrame
        The rows, with the columns of the table's description that were there.
    names : tuple of str
        The names of all columns that were there.
    text : bytes, optional
        The CSV file, for line numbers; all its columns are text.
    kept : int64 array, optional
        Data row of each row of `frame`, where blank lines were left out.
    zoneless : bool
        Whether timestamps without a zone mean UTC, as numpy has it.
    index : tuple of str
        Names of a pandas frame's index, which is not read; a message says so.
    """

    place: str
    frame: pl.DataFrame
    names: tuple[str, ...]
    text: bytes | None = None
    kept: np.ndarray | None = None
    zoneless: bool = False
    index: tuple[str, ...] = ()

    def row(self, position: int) -> int:
        """Return the row number a person counts for the row at `position` of the frame."""
        data_row = position if self.kept is None else int(self.kept[position])
        if self.text is None:
            return data_row + 1
        if b'"' not in self.text:
            return data_row + 2

        # Quoted fields may hold line breaks, so the lines are counted by a reader that knows them.
        lines = io.StringIO(self.text.decode("utf-8"), newline="")
        reader = csv.reader(lines)
        start = 1
        for number, _ in enumerate(reader):
            if number == data_row + 1:
                break
            start = reader.line_num + 1
        return start
