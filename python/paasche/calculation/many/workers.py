"""Who calculates the parts: this process, or an executor, whose processes get the market once."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import FIRST_COMPLETED, CancelledError, wait
from functools import lru_cache
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from paasche.calculation.many.part import calculate_part
from paasche.market.passing import lay_down, pick_up

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from concurrent.futures import Executor, Future

    from paasche.calculation.many.part import Asked, Outcome
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
    executor: Executor | None,
    tell: Callable[[str], object],
) -> Generator[tuple[Job, Outcome]]:
    """Yield every job with its outcome, as they finish.

    Parameters
    ----------
    jobs : sequence of Job
    market : Market
    asked : Asked
    executor : concurrent.futures.Executor, optional
        None: one after another in this process.
    tell : callable
        Called with the code of each index that is done; by an executor, when its part is done.
    """
    if executor is None:
        for job in jobs:
            yield job, calculate_part(job.methodologies, market, asked, tell)
        return
    shared = _Shared(market)
    waiting: dict[Future[Outcome], Job] = {}
    try:
        for job in jobs:
            waiting[executor.submit(_work, shared, job.methodologies, asked)] = job
        while waiting:
            finished, _ = wait(waiting, _PATIENCE_SECONDS, FIRST_COMPLETED)
            for future in finished:
                job = waiting.pop(future)
                outcome = future.result()
                for one in job.methodologies:
                    tell(one.index.code)
                yield job, outcome
    finally:
        # After an interrupt or an error parts are still on their way: they end with their index.
        shared.close()
        for future in waiting:
            future.cancel()


class _Source(Protocol):
    """Where a worker finds the market, and whether anyone still waits for it."""

    def market(self) -> Market:
        """Return the market."""

    def closed(self) -> bool:
        """Tell whether nobody waits any more."""


class _Shared:
    """The market for workers: threads have it, and what pickles this lays it down in files once."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._closed = Event()
        self._lock = Lock()
        self._folder: Path | None = None

    def market(self) -> Market:
        return self._market

    def closed(self) -> bool:
        return self._closed.is_set()

    def close(self) -> None:
        """Stop the workers, and remove the files."""
        self._closed.set()
        with self._lock:
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)

    def __reduce__(self) -> tuple[Any, ...]:
        with self._lock:
            if self._closed.is_set():
                raise CancelledError
            if self._folder is None:
                folder = Path(tempfile.mkdtemp(prefix="paasche-market-"))
                try:
                    lay_down(self._market, folder)
                except BaseException:
                    shutil.rmtree(folder, ignore_errors=True)
                    raise
                self._folder = folder
        return _Arrived, (self._folder,)


class _Arrived:
    """What a shared market is in another process: the files, which go when nobody waits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def market(self) -> Market:
        return _picked_up(self._folder)

    def closed(self) -> bool:
        return not self._folder.exists()


@lru_cache(maxsize=1)
def _picked_up(folder: Path) -> Market:
    return pick_up(folder)


def _work(source: _Source, methodologies: Sequence[Methodology], asked: Asked) -> Outcome:
    """Calculate a part in a worker; between two indices it looks whether anyone still waits."""

    def stop_if_closed(_: str) -> None:
        if source.closed():
            raise CancelledError

    stop_if_closed("")
    return calculate_part(methodologies, source.market(), asked, stop_if_closed)
