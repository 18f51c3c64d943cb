"""Calculate many indices from one market: plan, calculate in parts, keep each part as it ends."""

from __future__ import annotations

import time
import warnings
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from paasche.calculation.arguments import check_market, check_methodology
from paasche.calculation.days import day
from paasche.calculation.many.asked import Asked, tables_asked
from paasche.calculation.many.executors import check_executor
from paasche.calculation.many.facts import forget
from paasche.calculation.many.keeping import InDirectory, InMemory
from paasche.calculation.many.plan import listed, said
from paasche.calculation.many.workers import Job, outcomes
from paasche.calculation.many.writing import beside
from paasche.errors import AssumptionWarning, InputError
from paasche.methodology import Methodology

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Executor
    from datetime import date
    from os import PathLike

    from paasche.calculation.many.result import ManyResult
    from paasche.market import Market

__all__ = ["PART_SIZE", "Progress", "calculate_many", "distinct"]

PART_SIZE = 128
"""Indices of a part: few enough to lose little, many enough to share what they share."""


class Progress(NamedTuple):
    """How far a calculation is.

    Attributes
    ----------
    done, total : int
        Indices that are done, kept ones among them, and all.
    kept : int
        Indices of an earlier run that stay.
    redone : tuple of str
        Why other parts of that run are calculated again.
    """

    done: int
    total: int
    kept: int
    redone: tuple[str, ...]


def calculate_many(
    methodologies: Iterable[Methodology],
    market: Market,
    *,
    out: str | PathLike[str] | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
    threads: int | None = None,
    executor: Executor | str | None = None,
    strict: bool = False,
    tables: Iterable[str] | None = None,
    progress: Callable[[Progress], object] | None = None,
    part_size: int = PART_SIZE,
) -> ManyResult:
    """Calculate many indices from one market, each as `calculate` does.

    An index that the rules or the data refuse is reported and does not stop the others.

    Parameters
    ----------
    methodologies : iterable of Methodology
        Rules; the codes differ. Their order does not matter.
    market : Market
        Read and checked once for all of them; one read with ``memory`` gives levels alone, of
        indices of the table constituents.
    out : str or path, optional
        Directory of the run: new, empty, or of an earlier run, which is gone on with – indices
        calculated from the same inputs are kept, failed ones are tried again. None: in memory.
    start, end : date or ISO text, optional
        First and last day of the output.
    threads : int, optional
        Threads of the core; the result does not depend on it.
    executor : concurrent.futures.Executor or "ray", optional
        Calculates parts in its threads or processes; processes of this machine share one copy of
        the market. ``"ray"``: tasks of the Ray cluster that ``ray.init`` connected to, else of the
        one it finds or starts; needs the extra ``ray``. None: this process, one index after
        another. The result is the same.
    strict : bool
        An index with assumed numbers fails, instead of one warning for all.
    tables : iterable of str, optional
        Tables to keep, ``levels`` among them; None: all. With levels alone no index notes how they
        came about, which is much faster.
    progress : callable, optional
        Called with a `Progress` at the start and after each index; with an executor, each part.
    part_size : int
        Indices of a part. A part is kept when it is complete.

    Returns
    -------
    ManyResult

    Raises
    ------
    InputError
        No methodology, one code twice, a table or an executor that is none, or ``out`` holds
        something else.
    PaascheError
        The worker of a part was lost, and so was every other one that tried.

    Examples
    --------
    >>> import paasche as px
    >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2015-09-30"))
    >>> result = px.calculate_many([px.Methodology.load("sample-cross-border")], market)
    >>> result
    <ManyResult 1 index>
    >>> result.levels["level"][0]
    1000.0
    """
    began = time.perf_counter()
    check_market(market)
    rules = _in_order(methodologies)
    if part_size < 1:
        raise InputError(f"part_size = {part_size}: must be at least 1")
    check_executor(executor)
    asked = Asked(
        start=None if start is None else day("start", start),
        end=None if end is None else day("end", end),
        threads=threads,
        strict=strict,
        tables=tables_asked(tables),
    )
    if market.streamed is not None:
        _check_streamed(asked, executor)
    if not strict:
        _tell_assumptions(rules)
    parts = [rules[at : at + part_size] for at in range(0, len(rules), part_size)]
    keeping: InMemory | InDirectory = InMemory() if out is None else InDirectory(Path(out))
    with keeping.opened(parts, market, asked) as todo:
        kept = sum(len(one.kept) for one in todo.values())
        at = Progress(kept, len(rules), kept, said(todo))

        def tell(_: str) -> None:
            nonlocal at
            at = at._replace(done=at.done + 1)
            if progress is not None:
                progress(at)

        if progress is not None:
            progress(at)
        jobs = [
            Job(number, [one for one in part if one.index.code not in todo[number].kept])
            for number, part in enumerate(parts)
            if todo[number].again or len(todo[number].kept) < len(part)
        ]
        try:
            with (
                beside(keeping.prepare, keeping.keep) as keep,
                closing(outcomes(jobs, market, asked, executor, tell)) as finished,
            ):
                for job, outcome in finished:
                    keep(job.number, outcome)
        finally:
            forget(market)
        seconds = time.perf_counter() - began
        return keeping.result(kept=kept, redone=at.redone, seconds=seconds)


def distinct(codes: Iterable[tuple[str, str]]) -> None:
    """Refuse two methodologies of one code: their rows could not be told apart.

    Parameters
    ----------
    codes : iterable of (str, str)
        Where a methodology comes from, and its code.

    Raises
    ------
    InputError
        Names the first code that comes twice, and both places.

    Examples
    --------
    >>> distinct([("a.toml", "A"), ("b.toml", "B")])
    """
    seen: dict[str, str] = {}
    for place, code in codes:
        if code in seen:
            raise InputError(
                f"{place} index.code = {code}: must differ from that of {seen[code]}; give one of "
                "them another code, or leave it out"
            )
        seen[code] = place


def _in_order(methodologies: Iterable[Methodology]) -> list[Methodology]:
    """Return the methodologies in ascending order of their codes."""
    rules = [methodologies] if isinstance(methodologies, Methodology) else list(methodologies)
    for one in rules:
        check_methodology(one)
    if not rules:
        raise InputError("methodologies = []: must hold at least one Methodology")
    distinct((f"methodologies[{at}]", one.index.code) for at, one in enumerate(rules))
    return sorted(rules, key=lambda one: one.index.code)


def _check_streamed(asked: Asked, executor: Executor | str | None) -> None:
    """Refuse what a market under a budget of memory cannot be asked for."""
    if not asked.levels_alone:
        raise InputError(
            f"tables = {', '.join(asked.tables)}: must be levels alone under a budget of memory; "
            'give tables=["levels"], or read the market without memory'
        )
    if executor is not None:
        raise InputError(
            f"executor = {executor}: must be left out under a budget of memory, which is that of "
            "one process; leave it out, or read the market without memory"
        )


def _tell_assumptions(rules: Sequence[Methodology]) -> None:
    """Warn once of the assumed numbers of all."""
    codes = [one.index.code for one in rules if one.assumptions]
    if not codes:
        return
    rest = "index rests" if len(codes) == 1 else "indices rest"
    warnings.warn(
        f"{len(codes)} {rest} on assumed numbers: {listed(codes)}; Methodology.assumptions tells "
        "them",
        AssumptionWarning,
        stacklevel=3,
    )
