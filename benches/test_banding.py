"""W4: ten million free floats to inclusion factors, beside the peers and the read-write floor."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from benches.peers import banding as peers
from benches.workloads.banding import banding

import paasche as px

ROUNDS, OF_MILLISECONDS = 7, 25


ROWS, TINY = 10_000_000, 10_000


@pytest.fixture(scope="module")
def work(smoke):
    return banding(TINY if smoke else ROWS)


def factors(work):
    return px.inclusion_factor(work.free_float, work.total)


def test_a_twentieth_is_exactly_on_whole_percents(work):
    exact = work.free_float * 100 % work.total == 0
    assert 0.05 <= exact.mean() < 0.051


@pytest.mark.parametrize("peer", [peers.by_numba, peers.by_numpy])
def test_banding(duel, work, peer):
    duel(
        f"W4, {peer.__name__.removeprefix('by_')}",
        "0 rows differ",
        lambda: peer(work),
        lambda: factors(work),
        ROUNDS,
        agree=np.testing.assert_array_equal,
    )


def test_banding_by_polars(duel, work):
    frame = pl.DataFrame({"free_float": work.free_float, "total": work.total})
    duel(
        "W4, polars",
        "0 rows differ",
        lambda: peers.by_polars(frame),
        lambda: factors(work),
        ROUNDS,
        agree=lambda theirs, found: np.testing.assert_array_equal(found, theirs.to_numpy()),
    )


@pytest.mark.parametrize(
    ("maker", "floor"),
    [("numba", peers.read_and_written), ("numpy", peers.read_and_written_by_numpy)],
)
def test_floor_of_banding(duel, work, maker, floor):
    duel(
        f"W4, floor: {maker} reads two, writes one",
        "<= 2.3 x",
        lambda: floor(work),
        lambda: factors(work),
        OF_MILLISECONDS,
        floor=True,
        agree=lambda column, _: np.testing.assert_array_equal(column, work.free_float + work.total),
    )
