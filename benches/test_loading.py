"""W5: a file of closes and shares to two dense panels, beside polars and a scatter by numpy."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from benches.peers.loading_polars import panels
from benches.workloads.loading import loading

ROUNDS = 7
VALUES = ("close", "shares")
SIZE, TINY = (2500, 3000), (60, 50)
BARS = {"parquet": ">= 1.67 x", "csv": ""}  # at most 0.6 times as long


@pytest.fixture(scope="module")
def work(smoke, tmp_path_factory):
    return loading(tmp_path_factory.mktemp("loading"), *(TINY if smoke else SIZE))


def agree(theirs, ours):
    """Compare days, names and every cell."""
    days, names, read = ours
    np.testing.assert_array_equal(np.asarray(days, "datetime64[D]"), theirs.days)
    assert list(names) == theirs.names
    for value in VALUES:
        np.testing.assert_array_equal(read[value], getattr(theirs, value))


@pytest.mark.parametrize("kind", BARS)
def test_loading(duel, work, kind):
    ours = pytest.importorskip(
        "paasche.market.panels", reason="paasche.market.panels is not in this build"
    )
    path = getattr(work, kind)
    duel(
        f"W5, {kind}: polars, then numpy",
        BARS[kind],
        partial(panels, path),
        partial(ours.read_panels, path, values=VALUES),
        ROUNDS,
        agree=agree,
    )
