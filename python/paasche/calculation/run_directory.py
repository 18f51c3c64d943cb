"""The run directory: tables, ``run.json`` and ``state.json``, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paasche._core import __build_profile__, __version__
from paasche.errors import InputError, MissingDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from paasche.calculation.result import Result

__all__ = ["append", "content_fingerprint", "earlier_tables", "write_run"]

TABLES = ("levels", "constituents", "divisors", "events")
"""Tables of a run."""

SCHEMA_VERSION = 1
"""Version of the layout of a run directory."""


def write_run(path: Path, tables: Mapping[str, pl.DataFrame], result: Result, form: str) -> Path:
    """Write a run directory beside its place, then move it there."""
    if form not in _WRITERS:
        raise InputError(f'format = "{form}": must be one of {", ".join(sorted(_WRITERS))}')
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(
            f"out = {path}: must be a directory that does not exist yet, or an empty one"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    except OSError as e:
        raise InputError(
            f"out = {path}: cannot be written ({(e.strerror or str(e)).lower()})"
        ) from e
    try:
        for name, table in tables.items():
            _WRITERS[form](table, draft / f"{name}.{form}")
        (draft / "state.json").write_text(result.state.to_json(), encoding="utf-8")
        description = json.dumps(_description(tables, result, form), indent=2, ensure_ascii=False)
        (draft / "run.json").write_text(description + "\n", encoding="utf-8")
        draft.chmod(0o755)  # a temporary directory is its owner's alone
        draft.replace(path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return path


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
        },
        "methodology": {
            "fingerprint": methodology.fingerprint,
            "content": methodology.model_dump(mode="json"),
        },
        "warnings": [str(warning) for warning in result.warnings],
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


def earlier_tables(source: object) -> dict[str, pl.DataFrame]:
    """Return the tables of a run directory; none where the source is no path.

    Raises
    ------
    MissingDataError
        A table is not there.
    """
    if not isinstance(source, str | os.PathLike):
        return {}
    found = {path.stem: path for path in Path(source).iterdir() if path.suffix[1:] in _READERS}
    for name in TABLES:
        if name not in found:
            raise MissingDataError(
                f"{source}: the table {name} is not there; continue from a whole run directory"
            )
    return {name: _READERS[found[name].suffix[1:]](found[name]) for name in TABLES}


def append(
    earlier: Mapping[str, pl.DataFrame], later: Mapping[str, pl.DataFrame], until: date
) -> dict[str, pl.DataFrame]:
    """Return the rows of an earlier run up to its last session, and the new ones after it."""
    joined = {}
    for name, table in later.items():
        day, *order = ("date", "variant", "currency", "hedge") if name == "levels" else ("session",)
        new = table.filter(pl.col(day) > until)
        old = earlier.get(name, table.clear()).cast(dict(table.schema))  # type: ignore[arg-type]
        both = pl.concat([old.select(table.columns), new])
        joined[name] = both.sort(*order, day, maintain_order=True)
    return joined


def _write_csv(table: pl.DataFrame, path: Path) -> None:
    table.write_csv(path)


def _read_csv(path: Path) -> pl.DataFrame:
    texts = dict.fromkeys(("index", "security"), pl.String)
    return pl.read_csv(path, try_parse_dates=True, infer_schema_length=None, schema_overrides=texts)


_READERS: dict[str, Callable[[Path], pl.DataFrame]] = {
    "csv": _read_csv,
    "parquet": pl.read_parquet,
}

_WRITERS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    "csv": _write_csv,
    "parquet": pl.DataFrame.write_parquet,
}
