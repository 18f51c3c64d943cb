"""Prices four times as large as the memory they may take, from the file to the levels."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import polars as pl
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

BUDGET, NAMES, SESSIONS, INDICES = 32 << 20, 4200, 4000, 6
# Levels are printed as a hash, then the memory taken above the start.
RUN = """
import sys
from pathlib import Path

import paasche as px
from paasche.calculation.stored.directory import content_fingerprint

def resident(what):
    status = Path("/proc/self/status").read_text("utf-8")
    return int(next(line for line in status.splitlines() if line.startswith(what)).split()[1]) << 10

def levels(folder, memory):
    rules = [px.Methodology.load(one) for one in sorted(Path(folder, "indices").iterdir())]
    market = px.Market.read(Path(folder, "market"), memory=memory)
    return px.calculate_many(rules, market, tables=["levels"], threads=2)

large, small, memory = sys.argv[1], sys.argv[2], sys.argv[3]
memory = None if memory == "None" else memory
# What the libraries take at their first use is no part of it.
levels(small, memory)
start = resident("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
found = levels(large, memory)
taken = resident("VmHWM") - start
assert not found.failures, found.failures
print(content_fingerprint(found.levels), taken)
"""


def write(folder, names, sessions):
    """Write a market whose names pause now and then, and indices of a tenth of them."""
    seed = np.random.default_rng(3)
    days = np.busday_offset("2004-01-05", np.arange(sessions))
    codes = [f"{600000 + at}.SH" for at in range(names)]
    (folder / "market").mkdir(parents=True)
    (folder / "indices").mkdir()

    def table(title, **columns):
        pl.DataFrame(columns).write_parquet(folder / "market" / f"{title}.parquet")

    table("securities", security=codes, name=codes, exchange=["XSHG"] * names,
          currency=["CNY"] * names)  # fmt: skip
    table("calendar", exchange=["XSHG"] * sessions, date=days)
    table("shares", security=codes, effective=[days[0].item()] * names,
          total=seed.integers(10**8, 10**9, names))  # fmt: skip
    at = np.arange(names)
    table("corporate_actions", security=codes, ex_date=days[1 + at % (sessions - 1)],
          kind=["cash_dividend"] * names, cash=np.full(names, 0.1))  # fmt: skip
    reviews = range(0, sessions, 250)
    baskets = [
        (f"I{index}", day, code)
        for index in range(INDICES)
        for day in reviews
        for code in seed.choice(codes, names // 10, replace=False)
    ]
    index, day, code = zip(*baskets, strict=True)
    table("constituents", index=index, effective=days[list(day)], security=code)
    for index in range(INDICES):
        (folder / "indices" / f"{index}.toml").write_text(
            f'schema_version = 1\nindex = {{ code = "I{index}", name = "I{index}", '
            f'currency = "CNY", base_date = {days[0]}, base_level = 1000.0 }}\n'
            'universe = { constituents = "table" }\nweighting = { scheme = "total" }\n',
            "utf-8",
        )
    number = pl.Series(np.arange(sessions * names))
    rows = pl.DataFrame({"date": days}).join(pl.DataFrame({"security": codes}), how="cross")
    rows = rows.with_columns(close=(number * 7919 % 1009) / 100 + 5)
    rows = rows.filter((number % 1013 > 0) | (number < names))
    rows.write_parquet(folder / "market" / "prices.parquet", row_group_size=1 << 17)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    place = tmp_path_factory.mktemp("resident")
    write(place / "large", NAMES, SESSIONS)
    write(place / "small", 40, 300)
    return place


def command(folders, memory):
    return [sys.executable, "-W", "ignore", "-c", RUN, folders / "large", folders / "small", memory]


def run(folders, memory, cache):
    done = subprocess.run(
        command(folders, memory),
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PAASCHE_CACHE": str(cache)},
    )
    assert done.returncode == 0, done.stderr
    levels, taken = done.stdout.split()
    return levels, int(taken)


def killed(folders, cache):
    """Kill a run while it lays the large market out; tell whether it was on its way."""
    started = subprocess.Popen(
        command(folders, f"{BUDGET}"),
        env=os.environ | {"PAASCHE_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
    )
    drafts, until = [], time.monotonic() + 120
    while not drafts and time.monotonic() < until and started.poll() is None:
        # The draft of the small market stays below that size.
        drafts = [one for one in cache.glob("panels/.*/0.f64") if one.stat().st_size > 1 << 22]
        time.sleep(0.01)
    started.send_signal(signal.SIGKILL)
    started.wait()
    return bool(drafts)


def test_prices_four_times_the_budget_give_the_same_levels_under_it(folders, tmp_path):
    assert 8 * NAMES * SESSIONS >= 4 * BUDGET
    expected, whole = run(folders, "None", tmp_path)
    # The measure sees prices that are held.
    assert whole > 4 * BUDGET
    cache = tmp_path / "cache"
    # What a killed build leaves is not used.
    assert killed(folders, cache)
    for state in ("laid out now", "laid out before"):
        levels, taken = run(folders, f"{BUDGET}", cache)
        assert levels == expected
        assert taken <= BUDGET, state
