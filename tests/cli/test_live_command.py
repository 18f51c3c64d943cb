"""`paasche live`: what it says, publishes and keeps, and how it is stopped and goes on."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

import paasche
from live.fakes import Sink, Source, day, live_run
from paasche.cli.live_line import LiveLine
from paasche.live import sinks
from paasche.live.kept.published import Publications

# A half day in Hong Kong, on which the others are closed: fewer seconds to publish.
EVE, DAY = "2015-02-17", "2015-02-18"


@pytest.fixture(scope="module", name="ground")
def _ground(calculate, run, folder, tmp_path_factory):
    """A run up to the eve and the ticks of the day."""
    place = tmp_path_factory.mktemp("live")
    assert calculate("--end", EVE, "--out", place / "run").exit_code == 0
    done = run("ticks", folder, "--date", DAY, "--ticks", 20_000, "--out", place / "ticks.parquet")
    assert done.exit_code == 0
    return place


@pytest.fixture(name="arguments")
def _arguments(ground, folder, tmp_path):
    return [
        *("live", ground / "run", "--date", DAY, "--market", folder),
        *("--ticks", ground / "ticks.parquet", "--out", tmp_path / "live"),
    ]


@pytest.fixture(scope="module", name="expected")
def _expected(run, ground, folder):
    """The log of the day when nothing disturbs it."""
    out = ground / "undisturbed"
    done = run(
        *("live", ground / "run", "--date", DAY, "--market", folder),
        *("--ticks", ground / "ticks.parquet", "--out", out),
    )
    assert done.exit_code == 0
    return (out / "published.log").read_bytes()


def test_the_closing_levels_are_those_of_the_batch_to_the_last_bit(
    run, arguments, result, tmp_path
):
    done = run(*arguments)
    assert done.exit_code == 0
    log = Publications(tmp_path / "live" / "published.log")
    last = list(log.read())[-1]
    assert last.is_close
    found = log.board.rows.with_columns(level_unrounded=last.levels)
    batch = result.levels.filter(pl.col("date") == pl.lit(DAY).str.to_date())
    both = found.join(batch, on=["index", "variant", "currency"], suffix="_batch")
    assert both.height == found.height == 6
    assert both["level_unrounded"].equals(both["level_unrounded_batch"], check_names=False)


def test_it_says_what_it_published(run, arguments, tmp_path):
    done = run(*arguments)
    assert re.search(r"SAMPLE100 +price +CNY +\d+\.\d{4}", done.stdout)
    assert re.search(
        r"^[\d,]+ ticks, [\d,]+ rejected( \(.*\))?, 1,933 publications$", done.stdout, re.MULTILINE
    )
    assert done.stdout.endswith(f"kept in {tmp_path / 'live'}\n")
    assert "2015-02-18, closing levels of 12:01:00" in done.stdout
    assert "stands at the rate" not in done.stdout + done.stderr


def test_a_rate_of_the_day_that_is_not_there_is_said_first_and_last(run, ground, tables, tmp_path):
    others = tables["fx"].filter(pl.col("date").cast(pl.String) != DAY)
    paasche.Market.from_frames(tables | {"fx": others}).write(tmp_path / "market")
    done = run(
        *("live", ground / "run", "--date", DAY, "--market", tmp_path / "market"),
        *("--ticks", ground / "ticks.parquet", "--out", tmp_path / "live"),
    )
    assert done.exit_code == 0, done.stderr
    stands = f"HKDCNY stands at the rate of {EVE}"
    said = (
        f"warning: the market has no rate of {DAY}: {stands}, the closing level too; see --orders\n"
    )
    assert said in done.stderr
    assert f"\n{stands}\n" in done.stdout


@pytest.mark.parametrize("pair", ["HKDCNY", "CNYHKD"])
def test_rates_of_the_day_from_a_file_give_the_close_of_the_batch(
    pair, run, ground, tables, result, tmp_path
):
    today = pl.col("date").cast(pl.String) == DAY
    paasche.Market.from_frames(tables | {"fx": tables["fx"].filter(~today)}).write(
        tmp_path / "market"
    )
    rate = tables["fx"].filter(today, pl.col("pair") == "HKDCNY")["rate"].item()
    quoted = rate if pair == "HKDCNY" else 1 / rate
    orders = tmp_path / "orders.jsonl"
    told = {"at": f"{DAY}T11:00:00+08:00", "update_fx": {pair: quoted}}
    orders.write_text(json.dumps(told) + "\n")
    done = run(
        *("live", ground / "run", "--date", DAY, "--market", tmp_path / "market"),
        *("--ticks", ground / "ticks.parquet", "--out", tmp_path / "live", "--orders", orders),
    )
    assert done.exit_code == 0, done.stderr
    assert f"stands at the rate of {EVE}, until --orders tells another\n" in done.stderr
    assert "stands at the rate" not in done.stdout
    closing = list(Publications(tmp_path / "live" / "published.log").read())[-1].levels
    batch = result.levels.filter(pl.col("date").cast(pl.String) == DAY)["level_unrounded"]
    found, expected = sorted(closing), sorted(batch)
    assert found == (expected if pair == "HKDCNY" else pytest.approx(expected, rel=1e-14))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"update_fx": {"HKD": 0.8}}, "must be two currency codes, such as HKDCNY"),
        ({"freeze": {"security": "NOBODY"}}, "NOBODY"),
        ({"resume": {"exchange": "XNYS"}}, "exchange = XNYS: must be one of "),
    ],
)
def test_orders_for_what_is_not_held_leave_no_folder(
    order, expected, run, ground, folder, tmp_path
):
    orders = tmp_path / "orders.jsonl"
    orders.write_text(json.dumps({"at": f"{DAY}T11:00:00+08:00"} | order) + "\n")
    done = run(
        *("live", ground / "run", "--date", DAY, "--market", folder),
        *("--ticks", ground / "ticks.parquet", "--out", tmp_path / "live", "--orders", orders),
    )
    assert done.exit_code == 2
    assert f"error: {orders}:1: " in done.stderr
    assert expected in done.stderr
    assert not (tmp_path / "live").exists()


def test_lines_on_stdout_stand_there_alone(ground, folder, tmp_path, python):
    done = python(
        *("-m", "paasche", "live", ground / "run", "--date", DAY, "--market", folder),
        *("--ticks", ground / "ticks.parquet", "--publish", "jsonl:-"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["sequence"] for line in lines[::6]] == list(range(1, 1934))
    assert "kept in live-2015-02-18" in done.stderr
    assert (tmp_path / "live-2015-02-18" / "published.log").exists()


def test_a_pipe_whose_reader_has_gone_is_not_waited_for(ground, folder, tmp_path):
    command = [
        *(sys.executable, "-m", "paasche", "live", ground / "run", "--date", DAY),
        *("--market", folder, "--ticks", ground / "ticks.parquet", "--publish", "jsonl:-"),
    ]
    package = Path(paasche.__file__).parents[1]
    process = subprocess.Popen(
        [str(one) for one in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(package)},
    )
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(20) == 1
    assert "warning: jsonl:-: has publications up to " in said
    assert "(must have a reader; it has gone); run again with --resume" in said


def test_a_run_that_an_interrupt_stops_says_so_and_goes_on(ground, folder, expected, tmp_path):
    out = tmp_path / "live"
    command = [
        *(sys.executable, "-m", "paasche", "live", ground / "run", "--date", DAY),
        *("--market", folder, "--ticks", ground / "ticks.parquet", "--out", out, "--resume"),
        *("--publish", f"csv:{tmp_path / 'levels.csv'}"),
    ]
    package = Path(paasche.__file__).parents[1]
    process = subprocess.Popen(
        [*map(str, command), "--speed", "600"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(package)},
    )
    log = out / "published.log"
    until = time.monotonic() + 30
    while time.monotonic() < until and not (log.exists() and log.stat().st_size > 2000):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, said = process.communicate(timeout=30)
    assert time.monotonic() - began < 2
    assert process.returncode == 130
    assert re.search(
        rf"interrupted: stopped at 09:\d\d:\d\d, publication \d+; all is kept in {out}: go on with "
        "--resume",
        said,
    )
    subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL)
    assert log.read_bytes() == expected
    levels = pl.read_csv(tmp_path / "levels.csv")
    assert levels["sequence"].to_list() == [at for at in range(1, 1934) for _ in range(6)]


def test_a_sink_that_does_not_have_all_is_named(run, arguments, tmp_path, monkeypatch):
    def refuse(_):
        raise ValueError("no such index")

    monkeypatch.setattr(sinks, "open_sink", lambda name: Sink(name, refuse))
    done = run(*arguments, "--publish", "broken")
    assert done.exit_code == 1
    assert done.stderr.startswith(
        "warning: broken: has publications up to 0 of 1933 (no such index); run again with --resume"
    )
    assert "closing levels" in done.stdout


def test_an_interrupt_while_sinks_catch_up_is_one(ground, folder, tmp_path):
    code = """
import sys, time
from paasche.live import sinks
from paasche.live.sinks.lines import LinesSink

class Slow(LinesSink):
    def publish(self, publication):
        super().publish(publication)
        time.sleep(0.05)

sinks.open_sink = lambda text: Slow("csv", text)
from paasche.cli.app import main
main()
"""
    out = tmp_path / "live"
    command = [
        *(sys.executable, "-c", code, "live", ground / "run", "--date", DAY, "--market", folder),
        *("--ticks", ground / "ticks.parquet", "--out", out, "--publish", tmp_path / "levels.csv"),
    ]
    package = Path(paasche.__file__).parents[1]
    process = subprocess.Popen(
        [*map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(package)},
    )
    log, until = out / "published.log", time.monotonic() + 30
    while time.monotonic() < until and not (log.exists() and Publications(log).count == 1933):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    printed, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "closing levels" in printed
    assert re.search(r"has publications up to \d+ of 1933; run again with --resume", said)
    assert said.endswith("interrupted: stopped while sinks caught up; the levels are published\n")


def test_ticks_of_strangers_alone_are_said(run, ground, folder, tmp_path):
    ticks = pl.read_parquet(ground / "ticks.parquet").with_columns(security=pl.lit("AAA"))
    ticks.write_parquet(tmp_path / "strange.parquet")
    done = run(
        *("live", ground / "run", "--date", DAY, "--market", folder, "--out", tmp_path / "live"),
        *("--ticks", tmp_path / "strange.parquet"),
    )
    assert done.exit_code == 0, done.stderr
    said = "warning: no tick of a constituent came; left out: 20,000 unknown\n"
    assert said in done.stderr


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (["--speed", "0"], "--speed = 0: must be max, or a positive number such as 60"),
        (["--speed", "fast"], "--speed = fast: must be max, or a positive number such as 60"),
        (["--clock", "wall", "--speed", "60"], "--speed = 60: must be left out with --clock wall"),
        (["--demo"], "RUN_DIR: must be left out with --demo, which brings its own"),
        (["--publish", "xml:a"], "publish = xml:a: must be parquet:DIR"),
    ],
)
def test_what_makes_no_sense_is_refused(run, arguments, more, expected):
    done = run(*arguments, *more)
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].startswith(f"error: {expected}")


def test_what_is_missing_is_named(run, ground):
    assert "RUN_DIR: must be given" in run("live").stderr
    assert "--date: must be given" in run("live", ground / "run").stderr
    assert "--ticks: must be given" in run("live", ground / "run", "--date", DAY).stderr


def test_a_folder_with_a_run_asks_for_resume(run, arguments):
    assert run(*arguments).exit_code == 0
    done = run(*arguments)
    assert done.exit_code == 2
    assert "holds a live run: go on with it (--resume" in done.stderr
    again = run(*arguments, "--resume")
    assert again.exit_code == 0
    assert "1,933 publications" in again.stdout


def test_the_demo_needs_nothing(python, tmp_path):
    done = python("-m", "paasche", "live", "--demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "SAMPLE100 on 2015-12-30, CNY: 8 of 4,813 publications" in done.stdout
    assert "2015-12-30, closing levels of 16:01:00" in done.stdout
    assert "kept in" not in done.stdout
    assert not list(tmp_path.iterdir())


def test_the_line_tells_where_a_run_stands(tmp_path):
    run = live_run(tmp_path / "live", Source(day()), [Sink("parquet:levels")])
    line = LiveLine(run, dt.UTC, Console(width=200))
    assert str(line.line()) == "waiting for the opening"
    run.run()
    found = str(line.line())
    assert found.startswith("01:31:00 · ALL price CNY ")
    assert " and 2 more · " in found
    assert re.search(r"ticks, [\d,]+/s · lag 0\.0 s · \d+ rejected · publication 13 · ", found)
    assert found.endswith("parquet:levels 13")


def test_without_a_market_it_is_that_of_the_run(run, ground, expected, tmp_path):
    done = run(
        *("live", ground / "run", "--date", DAY, "--ticks", ground / "ticks.parquet"),
        *("--out", tmp_path / "live"),
    )
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "live" / "published.log").read_bytes() == expected
