"""The peers of W1 and W5 give what the definition says; asserted on small cases, untimed."""

from __future__ import annotations

from importlib import import_module

import numba
import numpy as np
import pytest
from benches.peers import backcalculation_numba, plain
from benches.peers.loading_polars import panels
from benches.workloads.backcalculation import CASH, backcalculation
from benches.workloads.loading import loading

AGREEMENT = 1e-9
PEERS = ["numpy", "scipy", "polars", "duckdb", "pandas"]
NUMBA = {"a loop": False, "unrolled by hand": True}


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


@pytest.mark.parametrize("way", NUMBA)
def test_numba_gives_the_levels_of_the_definition_in_both_ways(small, expected, way):
    found = backcalculation_numba.levels(small, unrolled=NUMBA[way])
    for levels, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(levels, wanted, rtol=AGREEMENT)


def test_numba_gives_the_same_bits_in_both_ways_with_any_number_of_threads(small):
    one, *others = (
        backcalculation_numba.levels(small, threads, unrolled=unrolled)
        for threads in (1, 2)
        for unrolled in NUMBA.values()
    )
    for found in others:
        np.testing.assert_array_equal(found, one)


@pytest.mark.parametrize("before", [0, 1])
def test_numba_compiles_as_before_when_a_way_is_done(small, monkeypatch, before):
    monkeypatch.setattr(numba.config, "SLP_VECTORIZE", before)
    for unrolled in NUMBA.values():
        backcalculation_numba.levels(small, unrolled=unrolled)
        assert before == numba.config.SLP_VECTORIZE


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
