"""A market folder on disk: which file is which table, and its rows as they stand there."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.source import Source
from paasche.market.tables import TABLES, unknown_table

if TYPE_CHECKING:
    from pathlib import Path

    from paasche.market.report import Report

__all__ = ["read_folder"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_REPEATED = re.compile(r"(.*)_duplicated_\d+")

# Endings a table might be sent with that are not read: silence would look like an absent table.
_UNREAD = frozenset({"arrow", "feather", "gz", "json", "pq", "tsv", "xls", "xlsx", "zip", "zst"})


class _UnreadableError(Exception):
    """A file that does not parse; the text says what was expected."""

    def __init__(self, expected: str, *, row: int | None = None) -> None:
        super().__init__(expected)
        self.expected = expected
        self.row = row


def read_folder(folder: Path, report: Report) -> dict[str, Source]:
    """Read every table of a market folder as it stands; note what is not one.

    Parameters
    ----------
    folder : Path
        Folder of ``NAME.parquet`` or ``NAME.csv`` files.
    report : Report
        Takes the defects: unknown names, a table in both formats, files that do not parse.

    Returns
    -------
    dict of str to Source
        By table name, in the order of the data contract.
    """
    sources = {}
    for name, path in _find(folder, report).items():
        try:
            sources[name] = _READERS[path.suffix.lower()](path, name)
        except _UnreadableError as e:
            place = path.name if e.row is None else f"{path.name}:{e.row}"
            report.add(place, e.expected)
        except OSError as e:
            report.add(path.name, f"a file that can be read ({e.strerror or e})")
    return sources


def _find(folder: Path, report: Report) -> dict[str, Path]:
    if not folder.is_dir():
        report.add(str(folder), "a folder of tables; there is no such folder")
        return {}
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        stem, _, _ = path.name.partition(".")
        ending = path.suffix.lower().removeprefix(".")
        if not stem or (ending not in {"csv", "parquet"} and stem not in TABLES):
            continue
        name = path.name[: -len(ending) - 1]
        if ending in _UNREAD:
            report.add(path.name, f"{stem}.parquet or {stem}.csv")
        elif ending not in {"csv", "parquet"}:
            continue
        elif name not in TABLES:
            report.add(path.name, unknown_table(name))
        elif name in found:
            report.add(path.name, f"one file for the table {name}; {found[name].name} is there too")
        elif not path.is_file():
            report.add(path.name, "a file, not a folder")
        else:
            found[name] = path
    if not found:
        report.add(str(folder), "at least one table, NAME.parquet or NAME.csv")
    return {name: found[name] for name in TABLES if name in found}


def _read_parquet(path: Path, name: str) -> Source:
    try:
        # Without `glob` a bracket in the folder's name is a bracket.
        rows = pl.scan_parquet(path, glob=False)
        names = tuple(rows.collect_schema())
        frame = rows.select([column for column in TABLES[name].schema if column in names]).collect()
    except pl.exceptions.PolarsError as e:
        raise _UnreadableError(f"a Parquet file ({_first_line(e)})") from e
    return Source(place=path.name, frame=frame, names=names)


def _read_csv(path: Path, name: str) -> Source:
    text = path.read_bytes().removeprefix(_BYTE_ORDER_MARK)
    try:
        # All text: a code keeps its leading zeros, and casts happen in one place.
        frame = pl.read_csv(text, infer_schema=False)
    except pl.exceptions.NoDataError as e:
        raise _UnreadableError("a header line with the names of the columns") from e
    except pl.exceptions.PolarsError as e:
        _check_lines(text)
        raise _UnreadableError(f"CSV, separated by commas ({_first_line(e)})") from e
    for column in frame.columns:
        repeated = _REPEATED.fullmatch(column)
        if repeated and repeated[1] in frame.columns:
            raise _UnreadableError(f"every column once; {repeated[1]} is there twice", row=1)

    # polars fills short lines with null, which would turn a torn file into empty values.
    blank = frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    lines = frame.height + 1 - (blank.sum() if frame.width > 1 else 0)
    if b'"' in text or text.count(b",") != lines * (frame.width - 1):
        _check_lines(text)

    kept = None
    if blank.any():
        kept = (~blank).arg_true().to_numpy().astype(np.int64)
        frame = frame.filter(~blank)
    names = tuple(frame.columns)
    wanted = [column for column in TABLES[name].schema if column in names]
    return Source(place=path.name, frame=frame.select(wanted), names=names, text=text, kept=kept)


def _check_lines(text: bytes) -> None:
    """Raise for text that is not UTF-8, and for the first line not as long as the header."""
    try:
        lines = text.decode("utf-8")
    except UnicodeDecodeError as e:
        row = text.count(b"\n", 0, e.start) + 1
        raise _UnreadableError("text in UTF-8", row=row) from e
    reader = csv.reader(io.StringIO(lines, newline=""))
    width = len(next(reader))
    start = reader.line_num + 1
    for fields in reader:
        if fields and len(fields) != width:
            expected = f"{width} fields as in the header; the line has {len(fields)}"
            raise _UnreadableError(expected, row=start)
        start = reader.line_num + 1


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


_READERS = {".parquet": _read_parquet, ".csv": _read_csv}
