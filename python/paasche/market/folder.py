"""A market folder on disk: which file is which table, and its rows as they stand there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.encoding import UnreadableError, check_header, check_lines, check_text
from paasche.market.source import Source
from paasche.market.tables import TABLES, unknown_table
from paasche.market.vocabulary import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from paasche.market.report import Report

__all__ = ["columns_in", "read_folder"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PARQUET = b"PAR1"
_REPEATED = re.compile(r"(.*)_duplicated_\d+")

# Endings a table might be sent with that are not read: silence would look like an absent table.
_UNREAD = frozenset({"arrow", "feather", "gz", "json", "pq", "tsv", "xls", "xlsx", "zip", "zst"})


def read_folder(
    folder: Path, report: Report, *, without: Collection[str] = ()
) -> dict[str, Source]:
    """Read every table of a market folder as it stands; note what is not one.

    Parameters
    ----------
    folder : Path
        Folder of ``NAME.parquet`` or ``NAME.csv`` files.
    report : Report
        Takes the defects: unknown names, a table in both formats, files that do not parse.
    without : collection of str
        Tables that are not read.

    Returns
    -------
    dict of str to Source
        By table name, in the order of the data contract.
    """
    sources = {}
    files = {name: path for name, path in _find(folder, report).items() if name not in without}
    together = _read_together(files)
    for name, path in files.items():
        try:
            sources[name] = together.get(name) or _READERS[path.suffix.lower()](path, name)
        except UnreadableError as e:
            place = path.name if e.row is None else f"{path.name}:{e.row}"
            report.add(place, e.expected)
        except OSError as e:
            report.add(
                path.name, f"must be a file that can be read ({(e.strerror or str(e)).lower()})"
            )
    return sources


def columns_in(folder: Path, name: str) -> tuple[str, ...]:
    """Return all columns that a table has in a folder, those that are not read among them.

    A market keeps only what it reads; a message names what else there was.

    Parameters
    ----------
    folder : Path
        A folder that was read without a defect, or what was none.
    name : str
        Table.

    Returns
    -------
    tuple of str
        Empty where there is no such table any more.
    """
    paths = [folder / f"{name}{ending}" for ending in _READERS]
    try:
        return next(
            (_READERS[path.suffix](path, name).names for path in paths if path.is_file()), ()
        )
    except (OSError, UnreadableError):
        return ()


def _find(folder: Path, report: Report) -> dict[str, Path]:
    if not folder.is_dir():
        report.add(str(folder), f"must be a folder of tables; {_instead(folder)}")
        return {}
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        stem, _, _ = path.name.partition(".")
        ending = path.suffix.lower().removeprefix(".")
        if not stem or (ending not in {"csv", "parquet"} and stem not in TABLES):
            continue
        name = path.name[: -len(ending) - 1]
        if ending in _UNREAD:
            report.add(path.name, f"must be {stem}.parquet or {stem}.csv; convert it")
        elif ending not in {"csv", "parquet"}:
            continue
        elif name not in TABLES:
            report.add(path.name, unknown_table(name))
        elif name in found:
            other = found[name].name
            expected = f"must be the only file of the table {name}; remove it or {other}"
            report.add(path.name, expected)
        elif not path.is_file():
            linked = "must be a file; the link leads nowhere"
            report.add(path.name, linked if path.is_symlink() else "must be a file, not a folder")
        else:
            found[name] = path
    if not found:
        expected = "must hold at least one table, NAME.parquet or NAME.csv, such as prices.csv"
        report.add(str(folder), f"{expected}; `paasche sample DIR` writes an example")
    return {name: found[name] for name in TABLES if name in found}


def _instead(folder: Path) -> str:
    """Return what there is where a folder should be."""
    if folder.is_file():
        return "it is a file: give the folder the tables lie in"
    beside = folder.parent.iterdir() if folder.parent.is_dir() else ()
    close = nearest(folder.name, (path.name for path in beside if path.is_dir()))
    return "there is no such folder" + (f", the nearest is {close}" if close else "")


def _read_together(files: Mapping[str, Path]) -> dict[str, Source]:
    """Read the Parquet files at the same time; none where one cannot be read: alone it says why."""
    files = {name: path for name, path in files.items() if path.suffix.lower() == ".parquet"}
    try:
        scans = [_scan(path, name) for name, path in files.items()]
        frames = pl.collect_all([rows for _, rows in scans])
    except (OSError, pl.exceptions.PolarsError):
        return {}
    return {
        name: _in_one_piece(path, frame, names)
        for (name, path), frame, (names, _) in zip(files.items(), frames, scans, strict=True)
    }


def _scan(path: Path, name: str) -> tuple[tuple[str, ...], pl.LazyFrame]:
    """Return the names of all columns of a file, and its rows of those that are read."""
    # Without `glob` a bracket in the folder's name is a bracket.
    rows = pl.scan_parquet(path, glob=False)
    names = tuple(rows.collect_schema())
    return names, rows.select([column for column in TABLES[name].schema if column in names])


def _in_one_piece(path: Path, frame: pl.DataFrame, names: tuple[str, ...]) -> Source:
    """Return a source of which a look at a column is one at memory."""
    return Source(place=path.name, frame=frame.rechunk(), names=names)


def _read_parquet(path: Path, name: str) -> Source:
    try:
        names, rows = _scan(path, name)
        return _in_one_piece(path, rows.collect(), names)
    except pl.exceptions.PolarsError as e:
        raise UnreadableError(_no_parquet(path, e)) from e


def _read_csv(path: Path, name: str) -> Source:
    text = path.read_bytes().removeprefix(_BYTE_ORDER_MARK)
    try:
        # All text: a code keeps its leading zeros, and casts happen in one place.
        frame = pl.read_csv(text, infer_schema=False)
    except pl.exceptions.NoDataError as e:
        expected = "must have a header line with the names of the columns; the file is empty"
        raise UnreadableError(expected) from e
    except pl.exceptions.PolarsError as e:
        check_lines(text)
        raise UnreadableError(f"must be CSV, separated by commas ({_first_line(e)})") from e
    if frame.width == 1:
        check_header(frame.columns[0])
        check_text(text)
    for column in frame.columns:
        repeated = _REPEATED.fullmatch(column)
        if repeated and repeated[1] in frame.columns:
            expected = f"must have every column once; {repeated[1]} is there twice: remove one"
            raise UnreadableError(expected, row=1)

    # polars fills short lines with null, which would turn a torn file into empty values.
    blank = frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    lines = frame.height + 1 - (blank.sum() if frame.width > 1 else 0)
    if b'"' in text or text.count(b",") != lines * (frame.width - 1):
        check_lines(text)

    kept = None
    if blank.any():
        kept = (~blank).arg_true().to_numpy().astype(np.int64)
        frame = frame.filter(~blank)
    names = tuple(frame.columns)
    wanted = [column for column in TABLES[name].schema if column in names]
    return Source(place=path.name, frame=frame.select(wanted), names=names, text=text, kept=kept)


def _no_parquet(path: Path, error: Exception) -> str:
    with path.open("rb") as file:
        begins = file.read(len(_PARQUET)) == _PARQUET
    reason = re.sub(r"^parquet: File out of specification: ", "", _first_line(error))
    if begins:
        return (
            f"must be a whole Parquet file; it is cut short or damaged ({reason}): write it again"
        )
    return "must be a Parquet file; it is of another format: a CSV file is named .csv"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


_READERS = {".parquet": _read_parquet, ".csv": _read_csv}
