"""A pool: who calculates parts, how the market gets there, and how much is sent ahead."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from paasche.calculation.many.carried import Files

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from paasche.calculation.many.carried import Carried
    from paasche.market import Market

__all__ = ["Pool"]


def _all() -> int:
    return sys.maxsize


class Pool(NamedTuple):
    """Who calculates parts.

    Attributes
    ----------
    executor : concurrent.futures.Executor
        It raises `concurrent.futures.BrokenExecutor` for a part whose worker was lost.
    carry : callable
        Lays the market down where processes of the executor find it.
    ahead : callable
        Returns how many parts may be on their way at a time. An executor of this machine holds what
        it cannot work on yet itself: all of them.
    threads : int, optional
        Threads of a worker where none are asked for.
    """

    executor: Executor
    carry: Callable[[Market], Carried] = Files.of
    ahead: Callable[[], int] = _all
    threads: int | None = None
