"""A Ray cluster of two workers calculates the bytes of this process, whatever dies on the way."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import polars as pl
import pytest

import paasche as px
from calculation.many import many_indices as many
from paasche.calculation.many import executors
from paasche.calculation.many.executors import Named
from paasche.errors import InputError, PaascheError

ray = pytest.importorskip("ray", reason="the extra ray is not installed")

from calculation.many import ray_hooks as hooks  # noqa: E402
from paasche.calculation.many.cluster import pool as cluster  # noqa: E402
from paasche.calculation.many.cluster.objects import Objects  # noqa: E402
from paasche.calculation.many.cluster.tasks import Tasks  # noqa: E402

pytestmark = pytest.mark.slow

# Workers find paasche installed; what the tests do to them is sent along.
ray.cloudpickle.register_pickle_by_value(hooks)

RULES = [*many.indices([f"R{number:02}" for number in range(20)]), many.failing()]


@pytest.fixture(scope="module", name="market")
def _market():
    return many.market()


@pytest.fixture(scope="module", name="here")
def _here(market, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "here"
    px.calculate_many(RULES, market, out=out, part_size=2)
    return many.left(out)


@pytest.fixture(scope="module", name="workers")
def _workers():
    """Two workers, which stay when a run ends."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture(name="deadly")
def _deadly(monkeypatch, tmp_path):
    """Make workers die in the middle of a part, so many times in all; returns their numbers."""

    def deadly(count):
        graves = tmp_path / "graves"
        graves.mkdir()

        @contextmanager
        def opened():
            with cluster.opened() as pool:
                yield pool._replace(
                    carry=lambda market: hooks.Deadly(Objects.of(market), graves, count)
                )

        monkeypatch.setitem(executors.NAMED, "ray", Named(lambda: None, opened))
        return graves

    return deadly


def test_here_in_two_processes_and_on_a_cluster_the_bytes_are_the_same(
    workers, market, here, tmp_path
):
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=fresh) as executor:
        px.calculate_many(RULES, market, out=tmp_path / "processes", executor=executor, part_size=2)
    px.calculate_many(RULES, market, out=tmp_path / "ray", executor="ray", part_size=2)
    for name in ("processes", "ray"):
        out = tmp_path / name
        assert many.left(out) == here
    memory = px.calculate_many(RULES, market, executor="ray", part_size=2)
    assert memory.levels.equals(px.ManyResult.read(tmp_path / "ray").levels)
    assert ray.is_initialized()


@pytest.mark.parametrize("count", [1, 2])
def test_workers_that_die_on_the_way_change_no_byte(workers, market, here, deadly, tmp_path, count):
    graves = deadly(count)
    out = tmp_path / "out"
    px.calculate_many(RULES, market, out=out, executor="ray", part_size=2)
    assert len(list(graves.iterdir())) >= count
    assert many.left(out) == here


def test_a_part_that_kills_every_worker_is_named(workers, market, here, deadly, tmp_path):
    deadly(1_000)
    out = tmp_path / "out"
    with pytest.raises(
        PaascheError, match=r"^part \d+ \(indices \w+ to \w+\): its worker was lost \(Work"
    ):
        px.calculate_many(RULES, market, out=out, executor="ray", part_size=2)
    px.calculate_many(RULES, market, out=out, part_size=2)
    assert many.left(out) == here


def test_columns_of_numbers_lie_in_the_store(workers, market):
    with Tasks() as tasks:
        looked_at, outside = tasks.submit(hooks.outside_the_store, Objects.of(market)).result(60)
    assert {"close", "date", "positions"} <= set(looked_at)
    assert outside == []


def test_a_worker_of_another_version_is_refused(workers, market):
    objects = replace(Objects.of(market), versions=(("polars", "0.1"),))
    with Tasks() as tasks, pytest.raises(PaascheError) as e:
        tasks.submit(objects.market).result(60)
    assert str(e.value).startswith(f"polars = {pl.__version__} on the worker ")
    assert "must be 0.1, as where the run was started" in str(e.value)


def test_an_error_of_a_task_is_that_of_the_program(workers):
    with Tasks() as tasks, pytest.raises(ZeroDivisionError):
        tasks.submit(divmod, 1, 0).result(60)


def test_an_interrupt_ends_what_workers_are_at(workers, tmp_path):
    with Tasks() as tasks:
        future = tasks.submit(time.sleep, 600)
        assert tasks.submit(max, 1, 2).result(60) == 2  # the other worker is free
        began = time.monotonic()
        assert future.cancel()
        # Both workers are free again.
        both = [tasks.submit(time.sleep, 1) for _ in range(2)]
        for one in both:
            one.result(60)
    assert time.monotonic() - began < 60


def test_an_address_beside_a_connection_is_refused(workers):
    with (
        pytest.raises(InputError, match=r"^address = 192\.0\.2\.1:6379: must be left out after"),
        cluster.connected("192.0.2.1:6379"),
    ):
        pass


SCRIPT = """
import sys
import paasche
from calculation.many import many_indices as many

if __name__ == "__main__":
    rules = many.indices([f"R{number:02}" for number in range(20)])
    result = paasche.calculate_many(
        rules, many.market(), out=sys.argv[1], executor="ray", part_size=2
    )
    import ray

    print(result.kept, ray.is_initialized())
"""


def test_a_killed_driver_is_gone_on_with(market, tmp_path):
    px.calculate_many(RULES[:-1], market, out=tmp_path / "here", part_size=2)
    script, out = tmp_path / "run.py", tmp_path / "out"
    script.write_text(SCRIPT, encoding="utf-8")
    paths = [path for path in sys.path if path]
    start = (
        f"import sys, os; sys.path[:0] = {paths!r}; os.environ['PYTHONPATH'] = {':'.join(paths)!r}"
    )
    start += "; import runpy; sys.argv = sys.argv[1:]"
    start += "; runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-c", start, str(script), str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not list((out / "parts").glob("*.json")) and time.monotonic() < until:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = many.times(out)
    assert before
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    kept, left = done.stdout.split()
    assert int(kept) == 2 * len(before)
    # The instance was begun by the run, and ended with it.
    assert left == "False"
    assert many.content(out) == many.content(tmp_path / "here")
    after = many.times(out)
    assert {name: after[name] for name in before} == before
