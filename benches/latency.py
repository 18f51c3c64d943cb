"""How long one calculation of 1,000 indices takes: percentiles over the seconds of a day of W2.

``python -m benches.latency`` takes the ticks of a second, then asks for the levels; only that is
timed, from Python to Python.
"""

from __future__ import annotations

import time

import numpy as np
from benches.workloads.ticks import tick_day

import paasche
from paasche._core import LiveEngine


def latencies() -> np.ndarray:
    """Return the seconds of each calculation."""
    work = tick_day()
    engine, levels = LiveEngine(work.day), np.empty(len(work.day.level))
    starts = np.searchsorted(work.timestamps, work.moments - work.moments[0])
    ends = np.searchsorted(work.timestamps, work.moments)
    taken = np.empty(len(work.moments))
    for second, (start, end) in enumerate(zip(starts, ends, strict=True)):
        engine.update(work.securities[start:end], work.prices[start:end])
        began = time.perf_counter()
        engine.levels(levels)
        taken[second] = time.perf_counter() - began
    return taken


def main() -> None:
    """Print the percentiles."""
    if paasche.__build_profile__ != "release":
        raise SystemExit(f"build profile = {paasche.__build_profile__}: must be release")
    taken = latencies() * 1e6
    for share in (50, 90, 99, 99.9, 100):
        print(f"p{share:<5} {np.percentile(taken, share):8.1f} µs")


if __name__ == "__main__":
    main()
