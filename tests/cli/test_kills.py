"""A run that is killed leaves a whole run directory or none."""

import json
import random
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

import paasche
from paasche.calculation.stored.directory import content_fingerprint
from paasche.calculation.stored.tables import TABLES

ROUNDS = 25


@pytest.mark.slow
def test_a_killed_run_leaves_a_whole_directory_or_none(tmp_path):
    folder, out = tmp_path / "market", tmp_path / "run"
    paasche.Market.from_frames(paasche.sample_market(securities=100, end="2015-12-31")).write(
        folder
    )
    command = [sys.executable, "-W", "ignore", "-m", "paasche", "calculate", "sample-cross-border"]
    command += ["--market", str(folder), "--out", str(out)]
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    whole = time.monotonic() - began
    expected = json.loads((out / "run.json").read_text(encoding="utf-8"))["content"]

    draw = random.Random(20240614)
    survived = 0
    for _ in range(ROUNDS):
        remove(out)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Most kills fall into the last third, where the tables are written.
        time.sleep(whole * draw.choice([draw.uniform(0.1, 0.7), draw.uniform(0.7, 1.05)]))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if not out.exists():
            continue
        survived += 1
        written = json.loads((out / "run.json").read_text(encoding="utf-8"))["content"]
        tables = {name: pl.read_parquet(out / f"{name}.parquet") for name in TABLES}
        found = {name: content_fingerprint(table) for name, table in tables.items()}
        assert found == written == expected
    print(f"{survived} of {ROUNDS} killed runs had finished, the others left nothing")


def remove(directory):
    if directory.exists():
        for path in directory.iterdir():
            path.unlink()
        directory.rmdir()
