"""W2: a day of ticks and 1,000 indices each second, beside a numba loop and a dict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benches.peers import ticks as peers
from benches.workloads.ticks import tick_day

from paasche._core import LiveEngine

ROUNDS = 5
PART = 500_000
"""Ticks of the loops in Python, which take a microsecond and more for each."""


@pytest.fixture(scope="module")
def work(smoke):
    return tick_day(20_000, 50, 60) if smoke else tick_day()


@pytest.fixture(scope="module")
def part(work):
    return replace(
        work,
        securities=work.securities[:PART],
        prices=work.prices[:PART],
        timestamps=work.timestamps[:PART],
    )


@pytest.fixture
def rooms(work):
    """Where each side writes its levels: 230 MB, whose first touch takes as long as the day."""
    shape = len(work.moments), len(work.day.level)
    return np.full(shape, np.nan), np.full(shape, np.nan)


def whole_day(work, levels):
    """Write the levels of every second; return them."""
    engine = LiveEngine(work.day)
    engine.replay(work.securities, work.prices, work.timestamps, None, work.moments, levels)
    return levels


def book(work):
    """Return the last prices."""
    engine, prices = LiveEngine(work.day), np.empty(len(work.day.references))
    engine.update(work.securities, work.prices)
    engine.prices(prices)
    return prices


def price_indices(work, most=None):
    """Return the rows of the price indices, or of the first of them."""
    return np.arange(work.indices, dtype=np.uint32)[:most]


def changes_room(work, rows):
    """Return where every change is written: row, timestamp, level."""
    most = LiveEngine(work.day).most_changes(work.securities, rows)
    return np.ones(most, np.uint32), np.ones(most, np.int64), np.ones(most)


def at_each_tick(work, rows, room):
    """Return every change of some price indices, by row and level, by sums of integers."""
    engine = LiveEngine(work.day)
    ticks = work.securities, work.prices, work.timestamps, None
    count = engine.replay_ticks(*ticks, rows, *room)
    return room[0][:count], room[2][:count]


def last_of(work, changes):
    """Return the price indices after the last change of each."""
    row, level = changes
    last = work.day.level[: work.indices].copy()
    last[row] = level  # of several the last stands
    return last


def test_half_of_the_ticks_move_a_price(work):
    order = np.argsort(work.securities, kind="stable")
    same = np.diff(work.securities[order]) == 0
    moved = np.diff(work.prices[order])[same] != 0
    assert 0.49 < moved.mean() < 0.51


def test_whole_day(duel, work, rooms):
    theirs, ours = rooms
    duel(
        "W2, a day, a calculation each second: numba",
        ">= 1.0 x",
        lambda: peers.by_numba(work, theirs),
        lambda: whole_day(work, ours),
        ROUNDS,
        agree=np.testing.assert_array_equal,
    )


def test_floor_of_the_book(duel, work):
    duel(
        "W2, floor of the book: numba stores each price",
        "aim: 2 x",
        lambda: peers.last_prices(work),
        lambda: book(work),
        ROUNDS,
        floor=True,
        agree=np.testing.assert_array_equal,
    )


def test_dict(duel, part):
    rows = price_indices(part)
    room = changes_room(part, rows)
    duel(
        f"W2, {len(part.prices):,} ticks, 1,000 indices at each: a loop over a dict",
        ">= 20 x",
        lambda: peers.by_dict(part),
        lambda: at_each_tick(part, rows, room),
        ROUNDS,
        agree=lambda theirs, ours: np.testing.assert_allclose(
            last_of(part, ours), theirs, rtol=1e-11
        ),
    )


@pytest.mark.parametrize("indices", [1, 100])
def test_chosen(alone, work, indices):
    rows = price_indices(work, indices)
    room = changes_room(work, rows)
    _, levels = alone(
        f"W2, {len(work.prices):,} ticks, every change of {indices} chosen",
        lambda: at_each_tick(work, rows, room),
        ROUNDS,
    )
    assert 0 < len(levels) <= len(room[0])
