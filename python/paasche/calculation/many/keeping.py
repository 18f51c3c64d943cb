"""Where finished parts stay: in memory, or in a directory that is gone on with."""

from __future__ import annotations

import hashlib
import platform
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paasche._core import __build_profile__, __version__
from paasche.calculation.many.directory import (
    commit,
    finished_parts,
    occupied,
    read_table,
    remove_parts,
    write_record,
)
from paasche.calculation.many.inputs import given_to_all, given_to_each, of_part
from paasche.calculation.many.plan import Todo, to_do
from paasche.calculation.many.record import PartRecord, said_of
from paasche.calculation.many.result import ManyResult
from paasche.calculation.many.tables import below_each_other, by_index
from paasche.calculation.stored.directory import content_fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import polars as pl

    from paasche.calculation.many.asked import Asked
    from paasche.calculation.many.part import Outcome
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["InDirectory", "InMemory"]

_Parts = list[list["Methodology"]]


class InMemory:
    """Parts of a calculation whose tables come back; there is nothing earlier."""

    def __init__(self) -> None:
        self._outcomes: dict[int, Outcome] = {}
        self._codes: list[str] = []
        self._tables: tuple[str, ...] = ()

    @contextmanager
    def opened(self, parts: _Parts, market: Market, asked: Asked) -> Iterator[dict[int, Todo]]:
        """Yield what has to be done for each part: all of it."""
        del market
        self._tables = asked.tables
        self._codes = [one.index.code for part in parts for one in part]
        yield {number: Todo(()) for number in range(len(parts))}

    def prepare(self) -> None:
        """Do what has to be done before a part can be kept: nothing."""

    def keep(self, number: int, outcome: Outcome) -> None:
        """Keep a part."""
        self._outcomes[number] = outcome

    def result(self, **others: Any) -> ManyResult:  # noqa: ANN401
        """Return the tables of all parts, in their order."""
        found = [self._outcomes[number] for number in sorted(self._outcomes)]
        tables = below_each_other([one.tables for one in found], self._tables)
        failures = {code: e for one in found for code, e in one.failures.items()}
        warnings = {code: some for one in found for code, some in one.warnings.items()}
        return ManyResult(
            tables.__getitem__,
            tables=self._tables,
            indices=self._codes,
            failures=failures,
            warnings=warnings,
            **others,
        )


class InDirectory:
    """Parts in a directory, those of an earlier run among them.

    Parameters
    ----------
    out : Path
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._parts: _Parts = []
        self._work_out: Callable[[], tuple[dict[str, Any], list[dict[str, str]]]] = lambda: ({}, [])
        self._records: dict[int, PartRecord] = {}
        self._todo: dict[int, Todo] = {}
        self._tables: tuple[str, ...] = ()
        self._source = ""

    @contextmanager
    def opened(self, parts: _Parts, market: Market, asked: Asked) -> Iterator[dict[int, Todo]]:
        """Take the directory, and yield what has to be done for each part."""
        with occupied(self._out, asked.tables):
            self._parts = parts
            self._work_out = lambda: (
                given_to_all(market, asked),
                [given_to_each(part) for part in parts],
            )
            self._tables = asked.tables
            self._source = _place(market.source)
            self._records = finished_parts(self._out)
            self._todo = {number: Todo(()) for number in range(len(parts))}
            if self._records:
                self._todo = {
                    number: to_do(self._records.get(number), self._given, rules)
                    for number, rules in enumerate(self._rules)
                }
            # From here on the directory is a run that has not finished.
            write_record(self._out, {"paasche": __version__}, finished=False)
            yield self._todo

    @cached_property
    def _inputs(self) -> tuple[dict[str, Any], list[dict[str, str]]]:
        # Without an earlier run nobody asks before the first part is under way.
        return self._work_out()

    @property
    def _given(self) -> dict[str, Any]:
        return self._inputs[0]

    @property
    def _rules(self) -> list[dict[str, str]]:
        return self._inputs[1]

    def prepare(self) -> None:
        """Work out the fingerprints of what is given, which stand in every part."""
        _ = self._inputs

    def keep(self, number: int, outcome: Outcome) -> None:
        """Commit a part: what was calculated, and the rows of an earlier run that stay."""
        part, rules, kept = self._parts[number], self._rules[number], self._todo[number].kept
        tables = outcome.tables
        said = {code: [asdict(one) for one in some] for code, some in outcome.warnings.items()}
        if kept:
            stored = {name: read_table(self._out, name, [number]) for name in tables}
            tables = _merged(stored, kept, tables)
            earlier = self._records[number].warnings
            said |= {code: earlier[code] for code in kept if code in earlier}
        record = PartRecord(
            number=number,
            inputs=of_part(self._given, rules),
            given=self._given,
            rules=rules,
            methodologies={one.index.code: one.model_dump(mode="json") for one in part},
            warnings=dict(sorted(said.items())),
            failures=said_of(outcome.failures),
            content={name: content_fingerprint(table) for name, table in tables.items()},
        )
        commit(self._out, record, tables)
        self._records[number] = record

    def result(self, **others: Any) -> ManyResult:  # noqa: ANN401
        """Finish the run and return it as it is read back."""
        remove_parts(self._out, len(self._parts))
        write_record(self._out, {**self._head(), **self._tail()}, finished=True)
        return ManyResult._of(self._out, **others)  # noqa: SLF001

    def _head(self) -> dict[str, Any]:
        """Return what is known before the calculation."""
        given = self._given
        return {
            "paasche": __version__,
            "build_profile": __build_profile__,
            "versions": {"python": platform.python_version(), **given["versions"]},
            "market": {
                "source": self._source,
                "known_at": given["known_at"],
                "fingerprints": given["market"],
            },
            **{name: given[name] for name in ("start", "end", "strict", "tables")},
            "indices": sum(map(len, self._parts)),
        }

    def _tail(self) -> dict[str, Any]:
        """Return what is known when all parts are there."""
        records = [self._records[number] for number in range(len(self._parts))]
        assumed = {
            one.index.code: [number._asdict() for number in one.assumptions]
            for part in self._parts
            for one in part
            if one.assumptions
        }
        return {
            "parts": [
                {"indices": list(one.rules), "inputs": one.inputs, "content": one.content}
                for one in records
            ],
            "failures": {code: why for one in records for code, why in one.failures.items()},
            "warnings": {code: some for one in records for code, some in one.warnings.items()},
            "assumptions": assumed,
            "content": {name: _together(records, name) for name in self._tables},
        }


def _merged(
    stored: dict[str, pl.DataFrame], kept: Sequence[str], fresh: dict[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """Return stored rows of the kept indices and fresh ones of others, in the order of codes."""
    earlier = by_index(stored)
    pieces = by_index(fresh) | {code: earlier[code] for code in kept}
    return below_each_other([pieces[code] for code in sorted(pieces)], stored)


def _together(records: Sequence[PartRecord], name: str) -> str:
    """Return one fingerprint of a table in all its parts."""
    return hashlib.sha256("".join(one.content[name] for one in records).encode()).hexdigest()


def _place(source: str) -> str:
    """Return where a market folder is, whatever the working directory of a later reader."""
    folder = Path(source)
    return str(folder.resolve()) if folder.is_dir() else source
