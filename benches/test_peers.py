"""The peers of W1 and W5 give what the definition says; asserted on small cases, untimed."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from benches.peers import plain
from benches.peers.loading_polars import panels
from benches.workloads.backcalculation import CASH, backcalculation
from benches.workloads.loading import loading

AGREEMENT = 1e-9
PEERS = ["numba", "numpy", "scipy", "polars", "duckdb", "pandas"]


@pytest.fixture(scope="module")
def small():
    """Ninety sessions, so that a block is cut short, and many events."""
    return backcalculation(indices=19, sessions=90, securities=40, reviews=4, actions=500)


@pytest.fixture(scope="module")
def expected(small):
    return plain.levels(small)


def test_the_small_case_has_every_kind_of_event(small):
    assert (np.bincount(small.actions.kind) > 10).all()
    assert len(small.snapshots.total) > 10
    assert (small.memberships.factor < 1).any()
    cash = small.actions.kind == CASH
    assert np.isin(small.actions.session[cash], small.reviews).any()
    assert np.isin(small.actions.session[~cash], small.reviews).any()


@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_gives_the_levels_of_the_definition(small, expected, peer):
    found = import_module(f"benches.peers.backcalculation_{peer}").levels(small)
    for levels, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(levels, wanted, rtol=AGREEMENT)


def test_numba_gives_the_same_bits_with_any_number_of_threads(small):
    levels = import_module("benches.peers.backcalculation_numba").levels
    np.testing.assert_array_equal(levels(small, 1), levels(small, 2))


def test_a_larger_number_of_indices_begins_with_those_of_a_smaller(small):
    fewer = backcalculation(indices=2, sessions=90, securities=40, reviews=4, actions=500)
    np.testing.assert_array_equal(fewer.prices, small.prices)
    rows = len(fewer.memberships.instrument)
    np.testing.assert_array_equal(fewer.memberships.instrument, small.memberships.instrument[:rows])


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_polars_loads_the_panels_that_were_written(tmp_path, kind):
    work = loading(tmp_path, sessions=30, securities=50)
    found = panels(getattr(work, kind))
    assert found.names == work.names
    np.testing.assert_array_equal(found.days, work.days)
    np.testing.assert_array_equal(found.close, work.close)
    np.testing.assert_array_equal(found.shares, work.shares)
