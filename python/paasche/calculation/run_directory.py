"""The run directory: tables, ``run.json`` and ``state.json``, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paasche._core import __build_profile__, __version__
from paasche._files import new_folder
from paasche.calculation.run_tables import TABLES
from paasche.errors import InputError, MissingDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from paasche.calculation.result import Result

__all__ = [
    "content_fingerprint",
    "read_record",
    "read_restatement",
    "read_tables",
    "replace_run",
    "standing",
    "write_run",
]

SCHEMA_VERSION = 2
"""Version of the layout of a run directory; 2 added ``securities`` and ``events.value_effect``."""


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
        (draft / "state.json").write_text(result.state.to_json(), encoding="utf-8")
        description = json.dumps(_description(tables, result, form), indent=2, ensure_ascii=False)
        (draft / "run.json").write_text(description + "\n", encoding="utf-8")
    return path


def replace_run(result: Result, path: Path, form: str = "parquet") -> None:
    """Write a run directory in the place of an earlier one; whole or not at all.

    The new one is written beside its place; then the earlier one steps aside and the new one takes
    its place. If the machine stops between the two, the earlier one is still found: see `standing`.
    What else lies in the directory comes along, but for the factsheet: it would be out of date.

    Parameters
    ----------
    result : Result
    path : Path
        Run directory, or the place of a new one.
    form : {"parquet", "csv"}
        Format of the tables.
    """
    earlier = _aside(path)
    if earlier.exists():
        if path.exists():
            shutil.rmtree(earlier)
        else:
            earlier.rename(path)
    if not path.exists():
        write_run(path, result, form)
        return
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as beside:
        fresh = write_run(Path(beside) / "new", result, form)
        for entry in path.iterdir():
            if entry.stem not in _OWN:
                copy = shutil.copytree if entry.is_dir() else shutil.copy2
                copy(entry, fresh / entry.name)
        try:
            path.rename(earlier)
            fresh.rename(path)
        except BaseException:
            if earlier.exists() and not path.exists():
                earlier.rename(path)
            raise
    shutil.rmtree(earlier)


_OWN = frozenset({*TABLES, "restatement", "run", "state", "factsheet"})
"""Names of what is written here, without their suffix."""


def standing(path: Path) -> Path:
    """Return where a run directory is: its place, or beside it, after a replacement cut short."""
    earlier = _aside(path)
    return earlier if earlier.exists() and not path.exists() else path


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.earlier")


def _description(tables: Mapping[str, pl.DataFrame], result: Result, form: str) -> dict[str, Any]:
    methodology = result.methodology
    return {
        "schema_version": SCHEMA_VERSION,
        "paasche": __version__,
        "build_profile": __build_profile__,
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "polars": pl.__version__,
        },
        "index": methodology.index.code,
        "format": form,
        "market": {
            "source": result.source,
            "known_at": None if result.known_at is None else result.known_at.isoformat(),
            "fingerprints": result.market_fingerprints(),
            "past": result.market_past(),
        },
        **({"restates": result.restates} if result.restates else {}),
        "methodology": {
            "fingerprint": methodology.fingerprint,
            "content": methodology.model_dump(mode="json"),
        },
        "warnings": [asdict(warning) for warning in result.warnings],
        "assumptions": [one._asdict() for one in methodology.assumptions],
        "content": {name: content_fingerprint(table) for name, table in tables.items()},
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
        digest.update(np.packbits(column.is_null().to_numpy()).tobytes())
        if column.dtype == pl.String:
            digest.update("\x00".join(column.fill_null("").to_list()).encode())
        else:
            filled = column.to_physical().fill_null(0)
            digest.update(np.ascontiguousarray(filled.to_numpy()).tobytes())
    return digest.hexdigest()


def read_record(path: Path) -> dict[str, Any]:
    """Return what ``run.json`` says.

    Raises
    ------
    MissingDataError
        There is none: the directory is no run directory.
    InputError
        It is no JSON, or of another layout.
    """
    file = standing(path) / "run.json"
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except OSError as e:
        raise MissingDataError(
            f"{file}: no run ({(e.strerror or str(e)).lower()}); give a directory that "
            "`paasche calculate` wrote"
        ) from e
    except ValueError as e:
        raise InputError(f"{file}: not the JSON of a run ({e}); calculate the run anew") from e
    version = record.get("schema_version") if isinstance(record, dict) else None
    if version != SCHEMA_VERSION:
        raise InputError(
            f"{file} schema_version = {version}: must be {SCHEMA_VERSION}, the layout of this "
            "version of paasche; calculate the run anew"
        )
    found: dict[str, Any] = record
    return found


def read_tables(path: Path, names: Iterable[str] = TABLES) -> dict[str, pl.DataFrame]:
    """Return the tables of a run directory, or those of the names given.

    Raises
    ------
    MissingDataError
        A table is not there.
    InputError
        A table cannot be read.
    """
    form = read_record(path)["format"]
    return {name: _read(standing(path) / f"{name}.{form}", TABLES[name].schema) for name in names}


def read_restatement(path: Path) -> pl.DataFrame | None:
    """Return the table of a restated run that shows its effect; None for any other run.

    Raises
    ------
    MissingDataError, InputError
        The table is gone, or cannot be read.
    """
    record = read_record(path)
    if not record.get("restates"):
        return None
    return _read(standing(path) / f"restatement.{record['format']}", RESTATEMENT)


def _read(file: Path, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    if not file.exists():
        raise MissingDataError(
            f"{file}: the table is not there; a run directory is whole or of no use, "
            "calculate the run anew"
        )
    try:
        return _READERS[file.suffix](file, schema)
    except pl.exceptions.PolarsError as e:
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
