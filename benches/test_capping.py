"""W3 and W3b: ten thousand baskets under caps, beside the peers and the copy-and-scale floor."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from benches.peers import capping_numba, capping_numpy
from benches.workloads.capping import SINGLE, TOP_FIVE, binding, concentrated, mild

import paasche as px

ROUNDS, OF_MILLISECONDS = 7, 25

# Sums in another order; the whole values of W3 leave no rounding in them.
AGREEMENT = 1e-13

CAPS = {"X": None, "X and Y": TOP_FIVE}
BARS = {"X": "<= 2.0 x", "X and Y": "<= 2.6 x"}
PEERS = {"numba": capping_numba, "numpy": capping_numpy}


DRAWN = {"W3": mild, "W3b": concentrated}
COUNT, TINY = 10_000, 200


@pytest.fixture(scope="module", params=DRAWN)
def work(request, smoke):
    return request.param, DRAWN[request.param](TINY if smoke else COUNT)


@pytest.fixture(params=CAPS)
def caps(request):
    return request.param


def ours(baskets, caps):
    return px.cap_weights_batch(baskets.values, baskets.offsets, SINGLE, CAPS[caps])


def test_the_caps_bind_as_often_as_the_workloads_say():
    assert 0.2 < binding(mild())[0] < 0.3
    single, top_five = binding(concentrated())
    assert 0.7 < single < 0.8
    assert 0.45 < top_five < 0.6


@pytest.mark.parametrize("peer", PEERS)
def test_capping(duel, work, caps, peer):
    name, baskets = work
    duel(
        f"{name} {caps}, {peer} iteration",
        "",
        lambda: PEERS[peer].capped(baskets, SINGLE, CAPS[caps]),
        partial(ours, baskets, caps),
        ROUNDS,
        agree=lambda theirs, weights: np.testing.assert_allclose(weights, theirs, rtol=AGREEMENT),
    )


@pytest.mark.parametrize("peer", PEERS)
def test_floor_of_capping(duel, work, caps, peer):
    name, baskets = work
    duel(
        f"{name} {caps}, floor: {peer} copy and scale",
        BARS[caps],
        lambda: PEERS[peer].copied_and_scaled(baskets),
        partial(ours, baskets, caps),
        OF_MILLISECONDS,
        floor=True,
        agree=lambda copied, _: np.testing.assert_array_equal(copied, baskets.values * 0.5),
    )
