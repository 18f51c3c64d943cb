"""W1: levels of one, a hundred and a thousand indices over ten years, beside every peer."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import NamedTuple

import numpy as np
import pytest
from benches.backcalculation_arrays import arrays, levels
from benches.workloads.backcalculation import backcalculation

ROUNDS, OF_MILLISECONDS = 5, 25
AGREEMENT = 1e-9
TINY = {"sessions": 60, "securities": 60, "reviews": 3, "actions": 300}


class Race(NamedTuple):
    """How many indices, on how many threads of both sides, beside whom, and the bar.

    Threads are 0 where the peer has its own way with them; ours has two. ``unrolled`` is numba with
    its sums unrolled by hand and SLP on.
    """

    indices: int
    peer: str
    threads: int
    bar: str = ""
    unrolled: bool = False

    @property
    def rounds(self) -> int:
        """How many rounds there are: more where one is over in milliseconds."""
        return OF_MILLISECONDS if self.peer == "numba" and self.indices < 1000 else ROUNDS

    @property
    def name(self) -> str:
        """The peer as the table calls it."""
        return f"{self.peer}, unrolled by hand, SLP on" if self.unrolled else self.peer


RACES = [
    Race(1, "numba", 1, ">= 1.0 x"),
    Race(1, "numba", 1, unrolled=True),
    Race(1, "numba", 2),
    Race(1, "numba", 2, unrolled=True),
    Race(1, "numpy", 0),
    Race(1, "scipy", 0),
    Race(1, "duckdb", 2),
    Race(1, "polars", 0),
    Race(1, "pandas", 0),
    Race(100, "numba", 1),
    Race(100, "numba", 1, unrolled=True),
    Race(100, "numba", 2, ">= 1.3 x"),
    Race(100, "numba", 2, unrolled=True),
    Race(100, "numpy", 0),
    Race(100, "scipy", 0),
    Race(100, "duckdb", 2, ">= 60 x"),
    Race(100, "polars", 0, ">= 60 x"),
    Race(1000, "numba", 1),
    Race(1000, "numba", 1, unrolled=True),
    Race(1000, "numba", 2, ">= 2.0 x"),
    Race(1000, "numba", 2, unrolled=True),
    Race(1000, "numpy", 0, ">= 2.5 x"),
    Race(1000, "scipy", 0),
]


@pytest.fixture(scope="module")
def works(smoke):
    """Return workload and arguments of a number of indices; the last one asked for is kept."""
    kept = {}

    def work(indices):
        if indices not in kept:
            kept.clear()
            drawn = backcalculation(min(indices, 5), **TINY) if smoke else backcalculation(indices)
            kept[indices] = drawn, arrays(drawn)
        return kept[indices]

    return work


def agree(theirs, ours):
    """Compare every level."""
    for wanted, found in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=AGREEMENT)


@pytest.mark.parametrize(
    "race",
    RACES,
    ids=lambda race: f"{race.indices}-{race.peer}{'-unrolled' * race.unrolled}-{race.threads}",
)
def test_backcalculation(duel, works, race):
    work, given = works(race.indices)
    peer = import_module(f"benches.peers.backcalculation_{race.peer}").levels
    threads = {"threads": race.threads} if race.threads else {}
    many = {0: "", 1: ", one thread", 2: ", two threads"}[race.threads]
    way = {"unrolled": True} if race.unrolled else {}
    duel(
        f"W1, K = {race.indices}: {race.name}{many}",
        race.bar,
        partial(peer, work, **threads, **way),
        partial(levels, given, **threads),
        race.rounds,
        one_thread=race.threads == 1,
        agree=agree,
    )


def test_floor_of_one_index(duel, works):
    work, given = works(1)
    duel(
        "W1, K = 1, floor: numpy reads the prices, one thread",
        "aim: 2 x",
        work.prices.sum,
        partial(levels, given, threads=1),
        OF_MILLISECONDS,
        floor=True,
        one_thread=True,
    )
