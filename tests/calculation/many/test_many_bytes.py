"""Threads, vectors, parts, budgets, executors, resumed runs: whatever the way, the same bytes."""

from __future__ import annotations

import hashlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from datetime import date
from itertools import product

import numpy as np
import polars as pl
import pytest

import paasche as px
from calculation.many import many_indices as many
from vectors import WIDTHS, vectors

BASE, REVIEWS = date(2015, 1, 5), (date(2015, 6, 15), date(2015, 12, 14))
SOME = 11
TAXED = {
    "withholding_tax": [
        {"country": country, "exchange": exchange, "kind": kind, "rate": 0.1, "from": "1990-01-01"}
        for country, exchange, kind in product(
            ("CN", "HK", "KY", "BM"),
            ("XSHG", "XSHE", "XHKG"),
            ("cash_dividend", "special_dividend"),
        )
    ]
}


def rules():
    """Indices in two currencies, some of them capped."""
    found = []
    for at in range(SOME):
        index = {"base_date": BASE, "variants": ["price", "total_return", "net_total_return"]}
        index["currency"] = ("CNY", "HKD")[at % 2]
        weighting = {"scheme": "free_float", "free_float_bands": "ces-2023"}
        if at % 3 == 0:
            weighting["single_cap"] = 0.10
        found.append(
            many.index(f"B{at:02}", index=index, weighting=weighting, net_total_return=TAXED)
        )
    return found


def baskets(names):
    """Draw a basket of every index for the base date and each review."""
    seed, rows = np.random.default_rng(5), []
    for one in rules():
        count = int(seed.integers(15, len(names)))
        for day in (BASE, *REVIEWS):
            members = sorted(seed.choice(names, count, replace=False))
            rows += [(one.index.code, day, name) for name in members]
    return pl.DataFrame(rows, schema=["index", "effective", "security"], orient="row")


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory):
    """The sample market on disk, with baskets of names that never leave."""
    tables = px.sample_market(securities=120, end="2016-03-31")
    kinds = pl.col("kind")
    leave = tables["corporate_actions"].filter(kinds.is_in(["delisting", "merger", "spin_off"]))
    first = tables["prices"].group_by("security").agg(pl.col("date").min())
    early = first.filter(pl.col("date") <= BASE)["security"].sort()
    names = early.filter(~early.is_in(leave["security"].implode())).to_list()
    place = tmp_path_factory.mktemp("bytes") / "market"
    px.Market.from_frames(tables | {"constituents": baskets(names)}).write(place)
    return place


def digest(*tables):
    """Hash every cell; a figure is written with all its digits."""
    found = hashlib.sha256()
    for table in tables:
        found.update(table.write_csv(null_value="null").encode())
    return found.hexdigest()


def whole(result, tables=("levels",)):
    """Return the hash of a run in which no index failed."""
    assert not result.failures
    assert len(result.indices) == SOME
    return digest(*(getattr(result, name) for name in tables))


@pytest.fixture(scope="module", name="alone")
def _alone(folder):
    """The hash of the levels that each index has when it is calculated by itself."""
    market = px.Market.read(folder)
    levels = pl.concat([px.calculate(one, market).levels for one in rules()])
    assert levels["level_unrounded"].n_unique() > len(levels) / 2
    return digest(levels)


WAYS = {
    **{f"threads {count}": ({"threads": count}, nullcontext) for count in (1, 2, 4, 8)},
    **{f"vectors {bits}": ({}, lambda bits=bits: vectors(bits)) for bits in WIDTHS},
    **{f"parts of {count}": ({"part_size": count}, nullcontext) for count in (1, 3, 64)},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("memory", [None, "32MB", "1GB"])
def test_whatever_the_threads_vectors_parts_and_budget(folder, alone, way, memory):
    options, held = WAYS[way]
    market = px.Market.read(folder, memory=memory)
    with held():
        assert whole(px.calculate_many(rules(), market, tables=["levels"], **options)) == alone


@pytest.mark.parametrize("bits", [64, 256, 512])
def test_all_tables_whatever_the_vectors(folder, bits):
    market = px.Market.read(folder)
    wanted = whole(px.calculate_many(rules(), market), many.TABLES)
    with vectors(bits):
        assert whole(px.calculate_many(rules(), market, threads=1), many.TABLES) == wanted


@pytest.mark.parametrize(
    "pool",
    [
        lambda: ThreadPoolExecutor(2),
        lambda: ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")),
    ],
)
def test_whoever_calculates(folder, alone, pool):
    market = px.Market.read(folder)
    with pool() as executor:
        found = px.calculate_many(
            rules(), market, tables=["levels"], executor=executor, part_size=2
        )
    assert whole(found) == alone


@pytest.mark.slow
def test_a_cluster(folder, alone):
    ray = pytest.importorskip("ray", reason="the extra ray is not installed")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        market = px.Market.read(folder)
        found = px.calculate_many(rules(), market, tables=["levels"], executor="ray", part_size=2)
        assert whole(found) == alone
    finally:
        ray.shutdown()


@pytest.mark.parametrize("stop", [3, 4, 7])
def test_a_run_stopped_and_resumed_under_another_budget(folder, alone, tmp_path, stop):
    out = tmp_path / "out"

    def stopping(progress):
        if progress.done == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        px.calculate_many(
            rules(),
            px.Market.read(folder),
            tables=["levels"],
            out=out,
            part_size=2,
            threads=1,
            progress=stopping,
        )
    market = px.Market.read(folder, memory="32MB")
    with vectors(128):
        found = px.calculate_many(rules(), market, tables=["levels"], out=out, part_size=2)
    assert found.kept > 0
    assert whole(found) == alone
