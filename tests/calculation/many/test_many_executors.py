"""Threads and processes calculate parts as this process does, byte for byte."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
import time
from concurrent.futures import (
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import paasche as px
from calculation import small_markets as small
from calculation.many import many_indices as many
from paasche.calculation.many import carried, workers
from paasche.calculation.many.asked import Asked
from paasche.market import passing
from paasche.market.passing import lay_down, pick_up

RULES = [*many.indices(), many.failing()]


@pytest.fixture(scope="module", name="market")
def _market():
    return many.market()


@pytest.fixture(scope="module", name="here")
def _here(market, tmp_path_factory):
    """The run of this process: its content and failures."""
    out = tmp_path_factory.mktemp("runs") / "here"
    px.calculate_many(RULES, market, out=out, part_size=2)
    return many.left(out)


def thread_pool():
    return ThreadPoolExecutor(2)


def process_pool():
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


@pytest.mark.parametrize("pool", [thread_pool, process_pool])
def test_the_bytes_are_the_same(market, here, tmp_path, monkeypatch, pool):
    monkeypatch.setattr(carried.tempfile, "tempdir", str(tmp_path))
    with pool() as executor:
        px.calculate_many(RULES, market, out=tmp_path / "out", executor=executor, part_size=2)
    assert many.left(tmp_path / "out") == here
    # The files by which processes got the market are gone.
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


class Backwards(Executor):
    """Finishes what was submitted last first."""

    def __init__(self):
        self.waiting = []

    def submit(self, function, /, *arguments, **options):
        future = Future()
        self.waiting.append((future, function, arguments, options))
        if len(self.waiting) == 4:
            for one, work, given, chosen in reversed(self.waiting):
                one.set_result(work(*given, **chosen))
        return future


def test_the_order_in_which_parts_finish_does_not_matter(market, here, tmp_path):
    px.calculate_many(RULES, market, out=tmp_path, executor=Backwards(), part_size=2)
    assert many.content(tmp_path) == here[0]
    memory = px.calculate_many(RULES, market, executor=Backwards(), part_size=2)
    assert memory.levels.equals(px.ManyResult.read(tmp_path).levels)


def test_a_market_arrives_as_it_was_sent(tmp_path):
    rows = small.tables()["shares"]
    # The count known on the second day supersedes the first.
    days = [datetime(2024, 1, 8, tzinfo=UTC), datetime(2024, 1, 9, tzinfo=UTC)]
    versions = [
        rows.with_columns(total=pl.col("total") + at, known_at=pl.lit(day))
        for at, day in enumerate(days)
    ]
    sent = many.market(shares=pl.concat(versions)).as_of("2024-01-12T00:00:00Z")
    lay_down(sent, tmp_path)
    got = pick_up(tmp_path)
    assert got.fingerprints() == sent.fingerprints()
    assert got["shares"].equals(sent["shares"])
    assert got.versions("shares").equals(sent.versions("shares"))
    assert len(got["shares"]) < len(got.versions("shares"))
    assert (got.known_at, got.source, got.tables) == (sent.known_at, sent.source, sent.tables)
    assert got.positions("prices").tolist() == sent.positions("prices").tolist()


@pytest.mark.parametrize("package", ["pyarrow", "polars"])
def test_a_market_of_every_table_arrives_with_either_reader(tmp_path, monkeypatch, package):
    if package == "polars":
        monkeypatch.setattr(passing, "find_spec", lambda _: None)
    tables = px.sample_market(securities=120, end="2015-09-30")
    tables["status"] = tables["status"].clear()
    sent = px.Market.from_frames(tables)
    lay_down(sent, tmp_path)
    got = pick_up(tmp_path)
    assert got.tables == sent.tables
    for name in sent.tables:
        assert_frame_equal(got[name], sent[name])
    assert got.fingerprints() == sent.fingerprints()


def test_a_market_that_is_picked_up_lies_in_its_files(market, tmp_path):
    lay_down(market, tmp_path)
    got = pick_up(tmp_path)
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("the system does not tell what is mapped")
    mapped = maps.read_text(encoding="utf-8")
    for name in got.tables:
        assert str(tmp_path / f"{name}.arrow") in mapped
        assert got.versions(name).n_chunks() == 1
    assert str(tmp_path / "prices.npy") in mapped


def test_an_interrupt_ends_threads_with_the_index_they_are_at(market, tmp_path, monkeypatch):
    began, calculated = threading.Event(), []
    calculate = workers.calculate_part.__globals__["calculate"]

    def slow(methodology, *given, **options):
        calculated.append(methodology.index.code)
        began.set()
        time.sleep(0.2)
        return calculate(methodology, *given, **options)

    def interrupted(*_):
        assert began.wait(30)
        raise KeyboardInterrupt

    monkeypatch.setattr("paasche.calculation.many.part.groups", lambda *_: [])
    monkeypatch.setattr("paasche.calculation.many.part.calculate", slow)
    monkeypatch.setattr(workers, "wait", interrupted)
    with ThreadPoolExecutor(1) as executor, pytest.raises(KeyboardInterrupt):
        px.calculate_many(many.indices(), market, out=tmp_path, executor=executor, part_size=7)
    assert len(calculated) < len(many.CODES)
    monkeypatch.undo()
    assert px.calculate_many(many.indices(), market, out=tmp_path).kept == 0


def test_processes_get_one_copy_of_the_market_and_see_when_nobody_waits(
    market, tmp_path, monkeypatch
):
    monkeypatch.setattr(carried.tempfile, "tempdir", str(tmp_path))
    source = carried.InProcess(market, carried.Files.of)
    one, other = (pickle.loads(pickle.dumps(source)) for _ in range(2))
    assert len(list(tmp_path.iterdir())) == 1
    assert one.market() is other.market()
    assert one.market().fingerprints() == market.fingerprints()
    assert not one.closed()
    source.close()
    assert one.closed()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(CancelledError):
        pickle.dumps(source)
    with pytest.raises(CancelledError):
        workers._work(one, many.indices(), Asked())
