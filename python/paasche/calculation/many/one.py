"""One index of a run of many, as a result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from paasche.calculation.many.directory import finished_record, read_part, read_table
from paasche.calculation.many.record import error_of, warnings_of
from paasche.calculation.many.tables import SCHEMAS
from paasche.calculation.result import Result
from paasche.errors import InputError, MissingDataError
from paasche.methodology import Methodology

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from paasche.calculation.stored.state import State

__all__ = ["read_one"]


def read_one(out: Path, code: str) -> Result:
    """Return one index of a run of many that has finished.

    Parameters
    ----------
    out : Path
        Directory of the run.
    code : str
        Code of the index.

    Raises
    ------
    InputError
        The run does not have it, or the directory was changed by hand.
    MissingDataError
        It is no run of many indices, has not finished, or did not keep all tables.
    PaascheError
        The index could not be calculated: the error of then.
    """
    record = finished_record(out)
    parts = [part["indices"] for part in record["parts"]]
    number = next((at for at, codes in enumerate(parts) if code in codes), None)
    if number is None:
        raise InputError(
            f"index = {code}: must be one of the {record['indices']} indices of {out}, "
            f"{parts[0][0]} to {parts[-1][-1]}"
        )
    part = read_part(out, number)
    if code in part.failures:
        raise error_of(part.failures[code])
    if lacking := [name for name in SCHEMAS if name not in record["tables"]]:
        raise MissingDataError(
            f"{out}: must keep all tables for the result of one index; it has no "
            f"{', '.join(lacking)}: calculate it with all tables, or read ManyResult"
        )
    tables = {
        name: read_table(out, name, [number]).filter(pl.col("index") == code) for name in SCHEMAS
    }
    market, levels = record["market"], tables["levels"]
    last = cast("date | None", levels["date"].max())
    known_at = market["known_at"]
    return Result(
        methodology=Methodology.from_dict(part.methodologies[code]),
        source=market["source"],
        known_at=None if known_at is None else datetime.fromisoformat(known_at),
        state=cast("State", _NoState(code, last)),
        warnings=warnings_of(part.warnings).get(code, ()),
        seconds=None,
        market_fingerprints=lambda: dict(market["fingerprints"]),
        record=record,
        levels=levels,
        constituents=tables["constituents"],
        divisors=tables["divisors"],
        events=tables["events"],
        securities=tables["securities"].drop("index"),
    )


@dataclass(frozen=True)
class _NoState:
    """Stands where a state would: knows its session, and refuses what only a state can tell."""

    index: str
    date: date | None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name.startswith("__"):
            raise AttributeError(name)
        raise MissingDataError(
            f"state of {self.index}: must come from a run of this index alone; a run of many keeps "
            "none: calculate the index by itself"
        )
