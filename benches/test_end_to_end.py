"""From a market folder to the levels of many indices in Parquet, beside polars and numba."""

from __future__ import annotations

import shutil
from itertools import count

import numpy as np
import polars as pl
import pytest
from benches.peers import files_numba, plain
from benches.workloads.market_folder import market_folder
from polars.testing import assert_frame_equal

import paasche as px

ROUNDS = 5
AGREEMENT = 1e-9
# Levels of 4 decimals may fall on either side of a half.
LEVEL = 1.1e-4
INDICES = [1000, 100]
BARS = {(1000, False): ">= 1.5 x"}
"""By indices, and whether the sums of the peer are unrolled by hand: as in W1."""
TINY = {"sessions": 60, "securities": 60, "reviews": 3, "actions": 300}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return market_folder(tmp_path_factory.mktemp("small") / "market", indices=3, **TINY)


@pytest.fixture(scope="module", params=INDICES)
def work(request, smoke, tmp_path_factory):
    folder = tmp_path_factory.mktemp("many") / "market"
    return request.param, market_folder(
        folder, 7 if smoke else request.param, **TINY if smoke else {}
    )


@pytest.fixture
def runs(tmp_path):
    """Return a maker of directories that are not there yet; they go with the test."""
    numbers = count()
    yield lambda: tmp_path / f"run-{next(numbers)}"
    for path in tmp_path.glob("run-*"):
        shutil.rmtree(path)


def assert_same(theirs: pl.DataFrame, ours: pl.DataFrame) -> None:
    """Compare every column, in the same order of rows."""
    exact = ["level", "index", "date", "variant", "currency", "hedge"]
    assert_frame_equal(ours.select(exact[1:]), theirs.select(exact[1:]))
    assert_frame_equal(ours.drop(exact), theirs.drop(exact), rel_tol=AGREEMENT, abs_tol=0.0)
    assert (ours["level"] - theirs["level"]).abs().max() < LEVEL


def test_the_folder_says_what_the_arrays_say(small):
    market = px.Market.read(small.path)
    found = [px.calculate(one, market).levels for one in small.methodologies()]
    for variant, wanted in zip(("price", "total_return"), plain.levels(small.work), strict=True):
        levels = [one.filter(variant=variant)["level_unrounded"].to_numpy() for one in found]
        np.testing.assert_allclose(levels, wanted, rtol=AGREEMENT)


def test_polars_and_numba_write_the_levels_that_a_run_has(small, tmp_path):
    market = px.Market.read(small.path)
    runs = [px.calculate(one, market).levels for one in small.methodologies()]
    written = files_numba.levels(small.path, tmp_path / "levels.parquet")
    assert_same(written, pl.concat(runs))
    assert_frame_equal(pl.read_parquet(tmp_path / "levels.parquet"), written)


@pytest.mark.parametrize("unrolled", [False, True], ids=["plain", "unrolled"])
def test_end_to_end_of_many(duel, work, runs, tmp_path, unrolled):
    if not hasattr(px, "calculate_many"):
        pytest.skip("paasche.calculate_many is not in this build")
    asked, folder = work

    def ours() -> pl.DataFrame:
        # A directory that is there already would be taken up where it stopped.
        out = runs()
        # The peer writes levels and nothing else.
        market = px.Market.read(folder.path)
        px.calculate_many(folder.methodologies(), market, out=out, tables=["levels"])
        return pl.scan_parquet(out / "levels" / "part-*.parquet")

    way = ", unrolled by hand" if unrolled else ""
    out_of_peer = tmp_path / "levels.parquet"
    duel(
        f"Parquet to levels in Parquet, {asked} indices: polars and numba{way}",
        BARS.get((asked, unrolled), ""),
        lambda: files_numba.levels(folder.path, out_of_peer, unrolled=unrolled),
        ours,
        ROUNDS,
        agree=lambda theirs, found: assert_same(
            theirs, found.collect().sort("index", maintain_order=True)
        ),
    )
