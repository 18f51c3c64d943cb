"""The run directory: tables, ``run.json`` and ``state.json``, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from paasche._files import RUN_FILES, new_folder
from paasche.calculation.stored.provenance import made_with, market_of, rules_of
from paasche.calculation.stored.tables import TABLES
from paasche.errors import InputError, MissingDataError
from paasche.market.numbering import runs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from paasche.calculation.result import Result

__all__ = [
    "RESTATEMENT",
    "StoredRun",
    "content_fingerprint",
    "read_run",
    "read_state",
    "replace_run",
    "run_json",
    "write_run",
]

SCHEMA_VERSION = 3
"""Version of the layout of a run directory; 2 added ``securities`` and ``events.value_effect``, 3
``events.reason``."""


RESTATEMENT: dict[str, type[pl.DataType]] = {
    "index": pl.String,
    "date": pl.Date,
    **dict.fromkeys(("variant", "currency", "hedge"), pl.String),
    **dict.fromkeys(("level_before", "level_after", "difference"), pl.Float64),
}
"""Columns of the table that a restated run has beside the others (decision 0006)."""


def write_run(path: Path, result: Result, form: str) -> Path:
    """Write a run directory beside its place, then move it there."""
    if form not in _WRITERS:
        raise InputError(f'format = "{form}": must be one of {", ".join(sorted(_WRITERS))}')
    tables: dict[str, pl.DataFrame] = {name: getattr(result, name) for name in TABLES}
    if result.restatement is not None:
        tables["restatement"] = result.restatement
    with new_folder("out", path) as draft:
        for name, table in tables.items():
            _WRITERS[form](table, draft / f"{name}.{form}")
        state = result.state.to_json().encode()
        (draft / "state.json").write_bytes(state)
        said = _description(tables, state, result, form)
        description = json.dumps(said, indent=2, ensure_ascii=False)
        (draft / "run.json").write_text(description + "\n", encoding="utf-8")
    return path


def replace_run(result: Result, path: Path, form: str = "parquet") -> None:
    """Write a run directory in the place of an earlier one; whole or not at all.

    The new one is written beside its place; then the earlier one steps aside and the new one takes
    its place. If the machine stops between the two, the earlier one is still found: see `standing`.
    What else lies in the directory comes along, but for the factsheet: it would be out of date. A
    link to a run directory stays, and what it leads to is replaced.

    Parameters
    ----------
    result : Result
    path : Path
        Run directory, or the place of a new one.
    form : {"parquet", "csv"}
        Format of the tables.
    """
    path = _place(path)
    earlier = _aside(path)
    if earlier.exists():
        if path.exists():
            shutil.rmtree(earlier)
        else:
            earlier.rename(path)
    if not path.exists():
        write_run(path, result, form)
        return
    here = Path.cwd()
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as beside:
        fresh = write_run(Path(beside) / "new", result, form)
        for entry in path.iterdir():
            if entry.name not in RUN_FILES:
                _copy(entry, fresh / entry.name)
        try:
            path.rename(earlier)
            fresh.rename(path)
        except BaseException:
            if earlier.exists() and not path.exists():
                earlier.rename(path)
            raise
    shutil.rmtree(earlier)
    if here.is_relative_to(path) and here.is_dir():
        os.chdir(here)  # whoever works in the directory would be left in the one that is gone


def _copy(entry: Path, place: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.copytree(entry, place, symlinks=True)
    else:
        shutil.copy2(entry, place, follow_symlinks=False)


def _standing(path: Path) -> Path:
    """Return where a run directory is: its place, or beside it, after a replacement cut short."""
    earlier = _aside(_place(path))
    return earlier if earlier.exists() and not path.exists() else path


def _place(path: Path) -> Path:
    """Return the absolute place of a run directory: one may be given as ``.``, or by a link."""
    try:
        return path.resolve()
    except OSError as e:
        reason = (e.strerror or str(e)).lower()
        raise MissingDataError(
            f"{path}: no run ({reason}); if the working directory was replaced, change to it again"
        ) from e


def _aside(place: Path) -> Path:
    return place.parent / f".{place.name}.earlier"


def _description(
    tables: Mapping[str, pl.DataFrame], state: bytes, result: Result, form: str
) -> dict[str, Any]:
    return {
        **made_with(result, SCHEMA_VERSION, form),
        "market": {**market_of(result), "past": result.market_past()},
        **({"restates": result.restates} if result.restates else {}),
        "methodology": rules_of(result),
        "warnings": [asdict(warning) for warning in result.warnings],
        "assumptions": [one._asdict() for one in result.methodology.assumptions],
        "content": {name: content_fingerprint(table) for name, table in tables.items()},
        "state": hashlib.sha256(state).hexdigest(),
    }


def content_fingerprint(table: pl.DataFrame) -> str:
    """Return the SHA-256 of a table's column buffers: the same bytes, the same fingerprint.

    Examples
    --------
    >>> one = pl.DataFrame({"level": [1000.0]})
    >>> content_fingerprint(one) == content_fingerprint(one.clone())
    True
    >>> content_fingerprint(one) == content_fingerprint(one * 2)
    False
    """
    digest = hashlib.sha256()
    for column in table.iter_columns():
        digest.update(f"{column.name} {column.dtype} {len(column)}\n".encode())
        if column.null_count():
            digest.update(np.packbits(column.is_null().to_numpy()).data)
        if column.dtype == pl.String:
            # Tables stand by index and variant: a text mostly comes many times in a row.
            heads, lengths = runs(column.fill_null(""))
            digest.update(lengths.astype(np.uint32).data)
            digest.update("\x00".join(heads).encode())
        else:
            filled = column.to_physical().fill_null(0)
            digest.update(np.ascontiguousarray(filled.to_numpy()).data)
    return digest.hexdigest()


class StoredRun(NamedTuple):
    """A run directory as it was read: ``run.json``, tables and ``state.json`` that belong together.

    ``restatement`` is the table of a restated run that shows its effect; None for any other run.
    """

    record: dict[str, Any]
    tables: dict[str, pl.DataFrame]
    restatement: pl.DataFrame | None
    state: bytes


_ATTEMPTS, _PAUSE = 3, 0.02
"""How often a directory is read that is being replaced, and the seconds between."""


def read_run(path: Path) -> StoredRun:
    """Read a run directory whole: what it was before a replacement, or after it.

    Raises
    ------
    MissingDataError
        It is no run directory, or a file is not there.
    InputError
        A file cannot be read, or is not what ``run.json`` recorded.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return _read_run(path)
        except (InputError, MissingDataError):
            # One file may have been of the run before, and the next one of the run after.
            time.sleep(_PAUSE)
    return _read_run(path)


def _read_run(path: Path) -> StoredRun:
    record = _read_record(path)
    form = record["format"]
    tables = {
        name: _read(_standing(path) / f"{name}.{form}", layout.schema)
        for name, layout in TABLES.items()
    }
    restatement = None
    if record.get("restates"):
        restatement = _read(_standing(path) / f"restatement.{form}", RESTATEMENT)
    stored = StoredRun(record, tables, restatement, read_state(path))
    if odd := _not_as_recorded(stored):
        raise InputError(
            f"{path}: {', '.join(odd)} must be as run.json recorded; changed by hand, or the run "
            "is being replaced just now: read it again, or calculate it anew"
        )
    return stored


def _not_as_recorded(stored: StoredRun) -> list[str]:
    """Return the files that are not those ``run.json`` tells of."""
    recorded, form = stored.record["content"], stored.record["format"]
    tables = {**stored.tables}
    if stored.restatement is not None:
        tables["restatement"] = stored.restatement
    odd = [
        f"{name}.{form}"
        for name, table in tables.items()
        if content_fingerprint(table) != recorded.get(name)
    ]
    state = hashlib.sha256(stored.state).hexdigest()
    # Runs written before the state was recorded have nothing to compare it with.
    return odd if stored.record.get("state", state) == state else [*odd, "state.json"]


def read_state(path: Path) -> bytes:
    """Return what ``state.json`` holds.

    Raises
    ------
    MissingDataError
        It cannot be read.
    """
    file = _standing(path) / "state.json"
    try:
        return file.read_bytes()
    except OSError as e:
        reason = (e.strerror or str(e)).lower()
        raise MissingDataError(
            f"{file}: must be the state of a run ({reason}); give a directory that `paasche "
            "calculate` wrote"
        ) from e


def run_json(file: Path, writer: str) -> Any:  # noqa: ANN401  (whatever JSON holds)
    """Return the content of a ``run.json``.

    Parameters
    ----------
    file : Path
    writer : str
        What writes such a directory, for the message.

    Raises
    ------
    MissingDataError
        There is none.
    InputError
        It is no JSON.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as e:
        raise MissingDataError(
            f"{file}: no run ({(e.strerror or str(e)).lower()}); give a directory that {writer} "
            "wrote"
        ) from e
    except ValueError as e:
        raise InputError(f"{file}: not the JSON of a run ({e}); calculate the run anew") from e


def _read_record(path: Path) -> dict[str, Any]:
    """Return what ``run.json`` says.

    Raises
    ------
    MissingDataError
        There is none: the directory is no run directory.
    InputError
        It is no JSON, or of another layout.
    """
    file = _standing(path) / "run.json"
    record = run_json(file, "`paasche calculate`")
    if isinstance(record, dict) and record.get("kind") == "many":
        raise InputError(
            f"{path}: must be the run of one index; it holds many: read one of them with "
            "Result.read(path, index=CODE), or all with ManyResult.read(path)"
        )
    version = record.get("schema_version") if isinstance(record, dict) else None
    if version != SCHEMA_VERSION:
        raise InputError(
            f"{file} schema_version = {version}: must be {SCHEMA_VERSION}, the layout of this "
            "version of paasche; calculate the run anew"
        )
    found: dict[str, Any] = record
    return found


def _read(file: Path, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    try:
        return _READERS[file.suffix](file, schema)
    except FileNotFoundError as e:
        raise MissingDataError(
            f"{file}: the table is not there; a run directory is whole or of no use, "
            "calculate the run anew"
        ) from e
    except (OSError, pl.exceptions.PolarsError) as e:
        raise InputError(f"{file}: cannot be read ({e}); calculate the run anew") from e


def _write_csv(table: pl.DataFrame, path: Path) -> None:
    table.write_csv(path)


def _read_csv(path: Path, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    # Typed by the layout, not by what the text looks like: an index may be called 000300.
    return pl.read_csv(path, schema_overrides=dict(schema))


def _read_parquet(path: Path, _: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    return pl.read_parquet(path)


_READERS: dict[str, Callable[[Path, Mapping[str, type[pl.DataType]]], pl.DataFrame]] = {
    ".csv": _read_csv,
    ".parquet": _read_parquet,
}

_WRITERS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    "csv": _write_csv,
    "parquet": pl.DataFrame.write_parquet,
}
