"""Which processors the threads of this process may use."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["on_one"]


@contextmanager
def on_one() -> Iterator[None]:
    """Keep every thread there is on one processor, and let each go back to its own.

    Work of one thread may run in the thread that asks for it, or in one made for it: with a
    neighbour at work on one of the processors alone, the two would have different luck. Where the
    system does not tell threads apart nothing is done.
    """
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        yield
        return
    one, before = {min(os.sched_getaffinity(0))}, {}
    for thread in [int(task.name) for task in tasks.iterdir()]:
        with suppress(ProcessLookupError):  # it may have ended
            before[thread] = os.sched_getaffinity(thread)
            os.sched_setaffinity(thread, one)
    try:
        yield
    finally:
        for thread, own in before.items():
            with suppress(ProcessLookupError):
                os.sched_setaffinity(thread, own)
