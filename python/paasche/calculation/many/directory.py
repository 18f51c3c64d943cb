"""The directory of a run of many indices: parts, each there whole or not at all, and ``run.json``.

A part is its tables and ``parts/NNNNN.json``, which is written last: without it there is no part.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl

from paasche._files import alone, new_file
from paasche.calculation.many.record import PartRecord
from paasche.calculation.many.tables import SCHEMAS
from paasche.calculation.stored.directory import content_fingerprint, run_json
from paasche.errors import InputError, MissingDataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = [
    "LAYOUT",
    "commit",
    "finished_parts",
    "finished_record",
    "occupied",
    "read_part",
    "read_record",
    "read_table",
    "remove_parts",
    "write_record",
]

LAYOUT = 1
"""Version of the layout of a run of many indices."""

KIND = "many"
"""What ``run.json`` calls such a run."""


@contextmanager
def occupied(out: Path, tables: Iterable[str]) -> Iterator[None]:
    """Take a directory for a run of many indices: a new one, an empty one, or an earlier run.

    What a killed run left half-written is removed.

    Parameters
    ----------
    out : Path
    tables : iterable of str
        The tables that the run keeps.

    Raises
    ------
    InputError
        It holds something else, cannot be written, or another process writes there.
    """
    _require_ours(out)
    try:
        (out / "parts").mkdir(parents=True, exist_ok=True)
        for name in tables:
            (out / name).mkdir(exist_ok=True)
    except OSError as e:
        reason = (e.strerror or str(e)).lower()
        raise InputError(
            f"out = {out}: must be a folder that can be written ({reason}); give another"
        ) from e
    with alone("out", out, "calculation"):
        left = [one for name in ("parts", *SCHEMAS) for one in (out / name).glob(".*")]
        for draft in [*left, *out.glob(".run.json-*")]:
            draft.unlink()
        yield


def _require_ours(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise InputError(f"out = {out}: must be a folder; it is a file: give another")
    others = {one.name for one in out.iterdir()} - {".lock", "parts", *SCHEMAS}
    if not others and not any((out / "parts").glob("*")):
        return  # empty, or killed before it had said what it is
    try:
        read_record(out)
    except (InputError, MissingDataError) as e:
        raise InputError(
            f"out = {out}: must be a folder that is new, empty, or an earlier run of many indices, "
            "which is gone on with; give another, or remove it"
        ) from e


def _file(out: Path, table: str, number: int) -> Path:
    return out / table / f"part-{number:05}.parquet"


def _record_file(out: Path, number: int) -> Path:
    return out / "parts" / f"{number:05}.json"


def commit(out: Path, record: PartRecord, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write a part in the place of an earlier one of its number, which may have more tables."""
    _record_file(out, record.number).unlink(missing_ok=True)
    for name in SCHEMAS.keys() - tables.keys():
        _file(out, name, record.number).unlink(missing_ok=True)
    for name, table in tables.items():
        place = _file(out, name, record.number)
        with new_file("out", place) as draft:
            table.write_parquet(draft, compression="lz4")
        record.bytes[name] = place.stat().st_size
    _write_json(_record_file(out, record.number), record.as_dict(), indent=None)


def _write_json(place: Path, content: dict[str, Any], indent: int | None = 2) -> None:
    with new_file("out", place) as draft:
        text = json.dumps(content, indent=indent, ensure_ascii=False)
        draft.write_text(text + "\n", encoding="utf-8")


def finished_parts(out: Path) -> dict[int, PartRecord]:
    """Return the parts that are whole, by number; others are as if they were not there."""
    found = {}
    for file in sorted((out / "parts").glob("*.json")):
        try:
            record = PartRecord(**json.loads(file.read_text(encoding="utf-8")))
            sizes = {
                name: _file(out, name, record.number).stat().st_size for name in record.content
            }
        except (OSError, ValueError, TypeError):
            continue
        if sizes == record.bytes and file == _record_file(out, record.number):
            found[record.number] = record
    return found


def remove_parts(out: Path, beyond: int) -> None:
    """Remove the parts from a number on: an earlier run had more indices."""
    # The record goes first: a part without one is none.
    for folder in ("parts", *SCHEMAS):
        for file in (out / folder).glob("*"):
            number = file.stem.removeprefix("part-")
            if number.isdecimal() and int(number) >= beyond:
                file.unlink()


def write_record(out: Path, content: Mapping[str, Any], *, finished: bool) -> None:
    """Write ``run.json``."""
    head = {"schema_version": LAYOUT, "kind": KIND, "finished": finished, "format": "parquet"}
    _write_json(out / "run.json", {**head, **content})


def read_record(out: Path) -> dict[str, Any]:
    """Return what ``run.json`` of a run of many indices says.

    Raises
    ------
    MissingDataError
        There is none.
    InputError
        It is that of one index, of another layout, or no JSON.
    """
    file = out / "run.json"
    record = run_json(file, "calculate_many")
    if not isinstance(record, dict) or record.get("kind") != KIND:
        raise InputError(
            f"{file}: must be that of a run of many indices; one of a single index is read by "
            "Result.read"
        )
    if record.get("schema_version") != LAYOUT:
        raise InputError(
            f"{file} schema_version = {record.get('schema_version')}: must be {LAYOUT}, the layout "
            "of this version of paasche; calculate the run anew"
        )
    found: dict[str, Any] = record
    return found


def finished_record(out: Path) -> dict[str, Any]:
    """Return what ``run.json`` of a run that has finished says.

    Raises
    ------
    MissingDataError
        There is none, or the run has not finished.
    InputError
        As `read_record`.
    """
    record = read_record(out)
    if not record["finished"]:
        raise MissingDataError(
            f"{out}: must be a run that has finished; run the same calculation again, it goes on "
            "where it stopped"
        )
    return record


def read_part(out: Path, number: int) -> PartRecord:
    """Return the record of a part.

    Raises
    ------
    MissingDataError, InputError
        It is not there, or cannot be read.
    """
    file = _record_file(out, number)
    try:
        return PartRecord(**json.loads(file.read_text(encoding="utf-8")))
    except OSError as e:
        reason = (e.strerror or str(e)).lower()
        raise MissingDataError(
            f"{file}: must be there ({reason}); run the same calculation again: it goes on"
        ) from e
    except (ValueError, TypeError) as e:
        raise InputError(f"{file}: not the record of a part ({e}); calculate the run anew") from e


def read_table(out: Path, name: str, numbers: Iterable[int]) -> pl.DataFrame:
    """Return a table of some parts, one below the other.

    Raises
    ------
    MissingDataError, InputError
        A file is not there, cannot be read, or is not what its part recorded.
    """
    return pl.concat([pl.DataFrame(schema=SCHEMAS[name]), *(_read(out, name, n) for n in numbers)])


def _read(out: Path, name: str, number: int) -> pl.DataFrame:
    file = _file(out, name, number)
    try:
        table = pl.read_parquet(file)
    except FileNotFoundError as e:
        raise MissingDataError(
            f"{file}: must be there; run the same calculation again: it goes on"
        ) from e
    except (OSError, pl.exceptions.PolarsError) as e:
        raise InputError(f"{file}: cannot be read ({e}); remove it and calculate again") from e
    if content_fingerprint(table) != read_part(out, number).content[name]:
        raise InputError(
            f"{file}: must be as its part recorded; changed by hand: remove it and calculate again"
        )
    return table
