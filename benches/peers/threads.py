"""How many threads numba may use."""

from __future__ import annotations

import numba


def use(threads: int) -> int:
    """Let numba run on so many threads, at most those of the machine, and return how many."""
    granted = min(threads, numba.config.NUMBA_NUM_THREADS)
    numba.set_num_threads(granted)
    return granted
