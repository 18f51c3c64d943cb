"""A run that is killed at any moment is resumed to the log of one that was not."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import paasche
from live import fakes
from paasche.live.kept.published import Publications


def orders_of(folder, seconds):
    """Write rates, freezes and resumptions all over a day; return the file."""
    verbs = itertools.cycle(
        [
            lambda at: {"update_fx": {"CNYHKD": 1.0 + at / seconds}},
            lambda _: {"freeze": {"security": fakes.SECURITIES[2]}},
            lambda _: {"resume": {"security": fakes.SECURITIES[2]}},
        ]
    )
    times = np.linspace(-10, seconds, 60).tolist()
    orders = [
        {"at": fakes.OPENING + round(at * fakes.SECOND)} | verb(at)
        for at, verb in zip(times, verbs, strict=False)
    ]
    file = folder / "orders.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in orders), encoding="utf-8")
    return file


def process(place, lines, speed, seconds, n_ticks):
    orders = orders_of(lines.parent, seconds)
    arguments = [str(one) for one in (place, lines, speed, seconds, n_ticks, orders)]
    path = [Path(paasche.__file__).parents[1], Path(fakes.__file__).parents[1]]
    return subprocess.Popen(
        [sys.executable, "-m", "live.fakes", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
        stderr=subprocess.PIPE,
    )


def finish(run):
    _, told = run.communicate(timeout=120)
    assert run.returncode == 0, told.decode()


def killed_day(folder, speed, seconds, n_ticks, kills, longest):
    """Replay a day that is killed again and again, and one that is not; return how often."""
    whole = folder / "whole", folder / "whole.jsonl"
    finish(process(*whole, "max", seconds, n_ticks))
    draw, done, killed = random.Random(20240614), 0, 0
    while killed < kills:
        place, lines = folder / f"killed-{done}", folder / f"killed-{done}.jsonl"
        run = process(place, lines, speed, seconds, n_ticks)
        published = place / "published.log"
        size = published.stat().st_size if published.exists() else 0
        until = time.monotonic() + draw.choice([5.0] * 9 + [draw.uniform(0, 0.5)])
        # Most kills fall behind the start: into the resumed run itself.
        while time.monotonic() < until and run.poll() is None:
            if published.exists() and published.stat().st_size > size:
                time.sleep(draw.uniform(0, longest))
                break
            time.sleep(0.001)
        run.send_signal(signal.SIGKILL)
        _, told = run.communicate()
        assert run.returncode in (0, -signal.SIGKILL), told.decode()
        killed += run.returncode != 0
        if run.returncode == 0 or killed == kills:
            finish(process(place, lines, speed, seconds, n_ticks))
            assert published.read_bytes() == (whole[0] / "published.log").read_bytes()
            assert lines.read_bytes() == whole[1].read_bytes()
            done += 1
    sequences = [one.sequence for one in Publications(whole[0] / "published.log").read()]
    assert sequences == list(range(1, seconds // 5 + 2))
    return killed, done


def test_a_run_that_is_killed_thrice_has_the_log_of_one_that_was_not(tmp_path):
    killed_day(tmp_path, speed=400, seconds=300, n_ticks=30_000, kills=3, longest=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("speed", ["max", 1500])
def test_a_run_that_is_killed_fifty_times_has_the_log_of_one_that_was_not(speed, tmp_path):
    killed, days = killed_day(
        tmp_path, speed=speed, seconds=3600, n_ticks=1_500_000, kills=50, longest=0.15
    )
    print(f"{killed} kills in {days} days")
    assert killed >= 50
