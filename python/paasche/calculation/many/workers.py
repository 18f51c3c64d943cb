"""Who calculates the parts: this process, or an executor, whose processes get the market once."""

from __future__ import annotations

from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from paasche.calculation.many.carried import InProcess
from paasche.calculation.many.executors import opened
from paasche.calculation.many.part import calculate_part
from paasche.errors import PaascheError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from concurrent.futures import Executor, Future

    from paasche.calculation.many.asked import Asked
    from paasche.calculation.many.carried import Source
    from paasche.calculation.many.part import Outcome
    from paasche.calculation.many.pool import Pool
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["Job", "outcomes"]

_PATIENCE_SECONDS = 0.2
"""How long to wait for a worker before looking for an interrupt, which some systems hold back."""


class Job(NamedTuple):
    """The indices of a part that have to be calculated."""

    number: int
    methodologies: Sequence[Methodology]


def outcomes(
    jobs: Sequence[Job],
    market: Market,
    asked: Asked,
    executor: Executor | str | None,
    tell: Callable[[str], object],
) -> Generator[tuple[Job, Outcome]]:
    """Yield every job with its outcome, as they finish.

    Parameters
    ----------
    jobs : sequence of Job
    market : Market
    asked : Asked
    executor : concurrent.futures.Executor or str, optional
        None: one after another in this process.
    tell : callable
        Called with the code of each index that is done; by an executor, when its part is done.

    Raises
    ------
    PaascheError
        The worker of a part was lost, and so was every other one that tried.
    """
    if executor is None:
        for job in jobs:
            yield job, calculate_part(job.methodologies, market, asked, tell)
    elif jobs:
        with opened(executor) as pool:
            yield from _by(pool, jobs, market, asked, tell)


def _by(
    pool: Pool,
    jobs: Sequence[Job],
    market: Market,
    asked: Asked,
    tell: Callable[[str], object],
) -> Generator[tuple[Job, Outcome]]:
    """Yield what a pool makes of the jobs; so many are sent ahead, others as room is made."""
    if asked.threads is None:
        asked = replace(asked, threads=pool.threads)
    source = InProcess(market, pool.carry)
    left = deque(jobs)
    waiting: dict[Future[Outcome], Job] = {}
    try:
        while left or waiting:
            while left and len(waiting) < pool.ahead():
                job = left.popleft()
                with _loss_told(job):
                    future = pool.executor.submit(_work, source, job.methodologies, asked)
                waiting[future] = job
            finished, _ = wait(waiting, _PATIENCE_SECONDS, FIRST_COMPLETED)
            for future in finished:
                job = waiting.pop(future)
                with _loss_told(job):
                    outcome = future.result()
                for one in job.methodologies:
                    tell(one.index.code)
                yield job, outcome
    finally:
        # After an interrupt or an error parts are still on their way: they end with their index.
        source.close()
        for future in waiting:
            future.cancel()


@contextmanager
def _loss_told(job: Job) -> Iterator[None]:
    """Say of which part a worker was lost."""
    try:
        yield
    except BrokenExecutor as e:
        codes = [one.index.code for one in job.methodologies]
        raise PaascheError(
            f"part {job.number} (indices {codes[0]} to {codes[-1]}): its worker was lost ({e}); "
            "look for lack of memory, then run the same calculation again: on an out directory it "
            "goes on from the complete parts"
        ) from e


def _work(source: Source, methodologies: Sequence[Methodology], asked: Asked) -> Outcome:
    """Calculate a part in a worker; between two indices it looks whether anyone still waits."""

    def stop_if_closed(_: str) -> None:
        if source.closed():
            raise CancelledError

    stop_if_closed("")
    return calculate_part(methodologies, source.market(), asked, stop_if_closed)
