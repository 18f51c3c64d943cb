"""Memory stays where it is over many days."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from live.days import day_of
from paasche._core import LiveEngine

DAYS = 50
CHANGE = np.uint32, np.int64, np.float64
"""Row, timestamp and level of a change."""


def resident():
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def random_day(random, securities, indices):
    sizes = random.integers(20, 200, indices)
    baskets = [np.sort(random.choice(securities, size, replace=False)) for size in sizes]
    references = np.round(random.uniform(5.0, 50.0, securities), 2)
    return day_of(references, baskets, random.uniform(1e6, 1e9, sizes.sum()))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident size is read of /proc")
def test_fifty_days_take_the_memory_of_one():
    random = np.random.default_rng(3)
    day, ticks, seconds = random_day(random, 3_000, 500), 1_000_000, 3_600
    securities = random.integers(0, 3_000, ticks).astype(np.uint32)
    prices = np.round(day.references[securities] * random.uniform(0.9, 1.1, ticks), 2)
    times = np.sort(random.integers(0, seconds, ticks))
    rows = np.arange(5, dtype=np.uint32)
    levels, after = np.empty((seconds, 500)), []
    for _ in range(DAYS):
        engine = LiveEngine(day)
        engine.replay(securities, prices, times, None, np.arange(seconds), levels)
        ticks = securities[:10_000], prices[:10_000], times[-10_000:], None
        most = engine.most_changes(ticks[0], rows)
        engine.replay_ticks(*ticks, rows, *(np.empty(most, kind) for kind in CHANGE))
        after.append(resident())
    assert max(after[5:]) - after[4] < 8 << 20
