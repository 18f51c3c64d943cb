"""`paasche calculate --all` by processes of this machine or a cluster: same bytes, refusals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from calculation.many import many_indices as many
from paasche.cli import by
from paasche.cli.by import By


@pytest.fixture(name="place")
def _place(tmp_path):
    """A market folder and three methodologies."""
    many.market().write(tmp_path / "market")
    many.write(tmp_path / "indices", *"ABC")
    return tmp_path


def arguments(place, out="out"):
    return ["--all", place / "indices", "--market", place / "market", "--out", place / out]


def test_processes_of_this_machine_write_the_same_bytes(run, python, place):
    # A process of its own: workers start by reading its main module again.
    command = [str(one) for one in arguments(place, "two")]
    done = python("-m", "paasche", "calculate", *command, "--workers", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert run("calculate", *arguments(place)).exit_code == 0
    assert many.content(place / "two") == many.content(place / "out")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--executor", "dask"), "executor = dask: must be ray, or an executor of"),
        (("--address", "10.0.0.1:6379"), "--address = 10.0.0.1:6379: must come with --executor"),
        (
            ("--executor", "ray", "--workers", "2"),
            "--workers = 2: must be left out with --executor ray, whose cluster says how many",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(run, place, options, message):
    done = run("calculate", *arguments(place), *options)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: {message}")
    assert not (place / "out").exists()


@pytest.mark.parametrize(
    ("option", "value"), [("--workers", "2"), ("--executor", "ray"), ("--address", "10.0.0.1:6379")]
)
def test_with_one_index_there_is_nothing_to_share(run, place, option, value):
    one = ["calculate", place / "indices" / "A.toml", *arguments(place)[2:], option, value]
    done = run(*one)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: {option} = {value}: must be left out with one index;")
    assert not (place / "out").exists()


def test_no_worker_is_wrong_usage(run, place):
    done = run("calculate", *arguments(place), "--workers", "0")
    assert done.exit_code == 2
    assert "--workers" in done.stderr


@pytest.mark.parametrize(
    ("workers", "asked", "threads"),
    [(2, None, 4), (8, None, 1), (16, None, 1), (2, 3, 3), (None, None, None), (None, 3, 3)],
)
def test_processes_share_the_threads_of_the_machine(monkeypatch, workers, asked, threads):
    monkeypatch.setattr(by.os, "cpu_count", lambda: 8)
    assert By(None, None, workers).threads(asked) == threads


@pytest.mark.slow
def test_processes_end_with_a_command_that_was_killed(place):
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    if not children.exists():
        pytest.skip("the system does not tell whose child a process is")

    def workers(pid):
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
        return [one for one in found if "spawn_main" in said_by(one)]

    def said_by(pid):
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
        except OSError:
            return ""

    paths = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-m", "paasche", "calculate", *map(str, arguments(place))]
    process = subprocess.Popen(
        [*command, "--workers", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths},
    )
    until = time.monotonic() + 30
    while not (found := workers(process.pid)) and time.monotonic() < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert found
    while any(map(said_by, found)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(said_by, found))


@pytest.mark.slow
def test_a_cluster_at_an_address_writes_the_same_bytes(run, python, place):
    pytest.importorskip("ray", reason="the extra ray is not installed")
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        cluster.add_node(num_cpus=1)
        command = [str(one) for one in arguments(place, "ray")]
        options = ("--executor", "ray", "--address", cluster.address)
        done = python("-m", "paasche", "calculate", *command, *options)
    finally:
        cluster.shutdown()
    assert done.returncode == 0, done.stderr
    assert run("calculate", *arguments(place)).exit_code == 0
    assert many.content(place / "ray") == many.content(place / "out")


@pytest.mark.slow
def test_an_address_where_nothing_answers_is_refused(python, place):
    pytest.importorskip("ray", reason="the extra ray is not installed")
    command = [str(one) for one in arguments(place)]
    options = ("--executor", "ray", "--address", "127.0.0.1:1")
    done = python("-m", "paasche", "calculate", *command, *options)
    assert done.returncode == 2
    assert "error: address = 127.0.0.1:1: must be a Ray cluster that answers" in done.stderr
    assert not (place / "out").exists()
