"""`paasche live` that is killed at any moment goes on to the levels of one that was not."""

import random
import signal
import subprocess
import sys
import time

import pytest

KILLS = 20
EVE, DAY = "2015-09-29", "2015-09-30"


@pytest.mark.slow
def test_a_killed_day_is_resumed_with_the_same_levels(calculate, run, folder, tmp_path):
    assert calculate("--end", EVE, "--out", tmp_path / "run").exit_code == 0
    ticks = tmp_path / "ticks.parquet"
    done = run("ticks", folder, "--date", DAY, "--ticks", 200_000, "--out", ticks)
    assert done.exit_code == 0

    def command(name, *more):
        return [
            *(sys.executable, "-m", "paasche", "live", str(tmp_path / "run"), "--date", DAY),
            *("--market", str(folder), "--ticks", str(ticks), "--out", str(tmp_path / name)),
            *("--publish", f"parquet:{tmp_path / f'{name}-levels'}", *more),
        ]

    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(command("whole"), check=True, **quiet)
    draw, published = random.Random(20240614), tmp_path / "killed" / "published.log"
    for _ in range(KILLS):
        size = published.stat().st_size if published.exists() else 0
        process = subprocess.Popen(command("killed", "--resume", "--speed", "7200"), **quiet)
        while process.poll() is None:
            if published.exists() and published.stat().st_size > size:
                time.sleep(draw.uniform(0, 0.1))
                break
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command("killed", "--resume"), check=True, **quiet)
    assert published.read_bytes() == (tmp_path / "whole" / "published.log").read_bytes()
    parts = {
        name: {
            path.name: path.read_bytes() for path in (tmp_path / f"{name}-levels" / DAY).iterdir()
        }
        for name in ("whole", "killed")
    }
    assert parts["killed"] == parts["whole"]
