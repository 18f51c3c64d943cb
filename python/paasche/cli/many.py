"""``paasche calculate`` of many indices: which ones, and what is said of them."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Any

import typer
from rich import box
from rich.table import Table

import paasche as px
from paasche.cli.console import say, stdout
from paasche.cli.options import Format
from paasche.cli.rate import Rate
from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from paasche import ManyResult, Methodology
    from paasche.calculation.many.run import Progress
    from paasche.cli.by import By

__all__ = ["calculate_many", "methodologies_of", "refuse_alone", "refuse_many"]

FAILED = 1
"""Exit code of a run in which an index failed."""


_SHOWN = 5
"""Indices whose warnings are printed: a defect of the market comes with every index."""


class _Missing(typer.BadParameter):
    """Wrong usage in the words of the option parser, which knows of no argument *or* option."""

    def format_message(self) -> str:
        return self.message


def methodologies_of(names: Sequence[str], every: Path | None) -> list[str]:
    """Return the methodologies that were asked for: by name, and all of a folder.

    Parameters
    ----------
    names : sequence of str
        Files, or names of bundled methodologies.
    every : Path, optional
        A folder.

    Raises
    ------
    InputError
        The folder cannot be read, or holds none.
    """
    if every is None:
        if not names:
            raise _Missing("Missing argument 'METHODOLOGY', or option '--all'.")
        return list(names)
    try:
        found = sorted(str(one) for one in every.iterdir() if one.suffix == ".toml")
    except OSError as e:
        reason = (e.strerror or str(e)).lower()
        raise InputError(f"all = {every}: must be a folder of methodologies ({reason})") from e
    if not found:
        raise InputError(f"all = {every}: must hold methodologies, files that end in .toml")
    return [*names, *found]


def refuse_alone(*, format: Format, continue_from: Path | None, anchor: str | None) -> None:  # noqa: A002
    """Refuse options that make sense for one index alone.

    Raises
    ------
    InputError
        One of them was given.
    """
    given = {"--continue": continue_from, "--anchor": anchor}
    for option, value in given.items():
        if value is not None:
            raise InputError(
                f"{option} = {value}: must be left out with many indices; calculate the index by "
                "itself"
            )
    if format is not Format.parquet:
        raise InputError(
            f"--format = {format}: must be parquet with many indices; leave it out, or calculate "
            "the index by itself"
        )


def refuse_many(tables: str | None, memory: str | None) -> None:
    """Refuse options that make sense for many indices.

    Raises
    ------
    InputError
        One of them was given.
    """
    if tables is not None:
        raise InputError(
            f"--tables = {tables}: must be left out with one index, which keeps all tables; give "
            "several, or a folder with --all"
        )
    if memory is not None:
        raise InputError(
            f"--memory = {memory}: must be left out with one index; give several, or a folder with "
            "--all"
        )


def calculate_many(
    names: Sequence[str],
    market: Path,
    out: Path,
    read: dict[str, str | None],
    options: dict[str, Any],
    by: By,
) -> None:
    """Calculate many indices and say what became of them.

    Parameters
    ----------
    names : sequence of str
        Methodologies.
    market : Path
        Market folder.
    out : Path
        Directory of the run.
    read : dict
        Of `paasche.Market.read`: moment of knowledge, budget of memory.
    options : dict
        Of `paasche.calculate_many`.
    by : By
        Who calculates.

    Raises
    ------
    typer.Exit
        An index failed.
    KeyboardInterrupt
        Says what is kept.
    """
    began = time.perf_counter()
    rules = _loaded(names)
    at: Progress | None = None
    with by.opened() as executor, Rate() as rate:
        options = {**options, "executor": executor, "threads": by.threads(options["threads"])}

        def show(progress: Progress) -> None:
            nonlocal at
            if at is None:
                for line in progress.redone:
                    stdout().print(line, soft_wrap=True)
            at = progress
            rate.update(progress.done, progress.total)

        try:
            found = px.Market.read(market, **read)
            result = px.calculate_many(rules, found, out=out, progress=show, **options)
        except KeyboardInterrupt as e:
            if at is None:
                raise
            raise KeyboardInterrupt(
                f"{at.done} of {at.total} indices were done; complete parts are kept in {out}, the "
                "same command goes on from them"
            ) from e
    _print(result, time.perf_counter() - began)
    stdout().print(f"written to {out}", soft_wrap=True)
    if result.failures:
        raise typer.Exit(FAILED)


def _loaded(names: Sequence[str]) -> list[Methodology]:
    """Return the methodologies; every file that is none is told of, and no code comes twice."""
    # Loads polars, which help and a command that is refused early do not need.
    from paasche.calculation.many.run import distinct  # noqa: PLC0415

    rules, wrong = [], []
    for name in names:
        try:
            rules.append(px.Methodology.load(name))
        except InputError as e:
            wrong.append(str(e))
    if wrong:
        raise InputError("\n".join(wrong))
    distinct(zip(names, (one.index.code for one in rules), strict=True))
    return rules


def _print(result: ManyResult, seconds: float) -> None:
    """Print the failures as a table, and the sum of all."""
    if result.failures:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column("failed", no_wrap=True)
        table.add_column("why", overflow="fold")
        for code, error in result.failures.items():
            table.add_row(code, str(error))
        stdout().print(table)
    for code, defects in islice(result.warnings.items(), _SHOWN):
        more = f" (and {len(defects) - 1} more)" if len(defects) > 1 else ""
        say("warning", f"{code}: {defects[0]}{more}")
    if (others := len(result.warnings) - _SHOWN) > 0:
        say("warning", f"indices with warnings beside these: {others}; run.json lists them")
    indices = "1 index" if len(result.indices) == 1 else f"{len(result.indices)} indices"
    kept = f", {result.kept} of them kept" if result.kept else ""
    failed = f"; {len(result.failures)} failed" if result.failures else ""
    stdout().print(f"{indices}{kept} in {seconds:.1f} s{failed}")
