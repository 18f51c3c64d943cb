"""`paasche calculate`: what it writes, says and refuses."""

from __future__ import annotations

import json
import re

import polars as pl
import pytest

import paasche

TABLES = ("constituents", "divisors", "events", "levels", "securities")
FILES = [*(f"{name}.parquet" for name in TABLES), "run.json", "state.json"]


def content(run_directory):
    return json.loads((run_directory / "run.json").read_text(encoding="utf-8"))["content"]


@pytest.fixture(scope="module", name="whole")
def _whole(calculate, tmp_path_factory):
    """The run over the whole small market: its directory and what was said."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    done = calculate("--out", out)
    assert done.exit_code == 0
    return out, done


def test_it_writes_a_run_directory(whole):
    out, done = whole
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    assert done.stdout.endswith(f"\nwritten to {out}\n")


def test_the_folder_gives_what_the_frames_in_memory_give(whole, result, tmp_path):
    result.write(tmp_path / "memory")
    assert content(whole[0]) == content(tmp_path / "memory")


def test_it_prints_the_last_levels_with_four_decimals(whole, result):
    printed = re.findall(r"(\w[\w ]*?) +(CNY|HKD) +(\d+\.\d{4}) +[+-]\d+\.\d\d%", whole[1].stdout)
    last = result.levels.filter(pl.col("date") == result.levels["date"].max())
    expected = {
        (row["variant"].replace("_", " "), row["currency"], f"{row['level']:.4f}")
        for row in last.iter_rows(named=True)
    }
    assert len(printed) == 6
    assert {(variant.strip(), currency, level) for variant, currency, level in printed} == expected


def test_every_assumed_number_is_one_line_on_stderr(whole):
    assumptions = paasche.Methodology.load("sample-cross-border").assumptions
    lines = whole[1].stderr.splitlines()
    assert len(lines) == len(assumptions) > 0
    for line, one in zip(lines, assumptions, strict=True):
        assert line == f"warning: SAMPLE100 assumes {one.path} = {one.value}: {one.reason}"


def test_strict_refuses_assumed_numbers(calculate, tmp_path):
    done = calculate("--out", tmp_path / "run", "--strict")
    assert done.exit_code == 2
    assert done.stderr.startswith("error: SAMPLE100 rests on 4 assumed numbers")
    assert not (tmp_path / "run").exists()


def test_csv(calculate, whole, tmp_path):
    assert calculate("--out", tmp_path / "run", "--format", "csv").exit_code == 0
    assert (tmp_path / "run" / "levels.csv").read_text().startswith("index,date,variant,")
    assert content(tmp_path / "run") == content(whole[0])


def test_start_and_end_cut_the_output(calculate, tmp_path):
    done = calculate("--start", "2015-03-02", "--end", "2015-03-31", "--out", tmp_path / "run")
    assert done.exit_code == 0
    dates = pl.read_parquet(tmp_path / "run" / "levels.parquet")["date"]
    assert (str(dates.min()), str(dates.max())) == ("2015-03-02", "2015-03-31")
    assert "on 2015-03-31" in done.stdout


def test_two_runs_are_one(calculate, whole, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    assert calculate("--end", "2015-05-29", "--out", first).exit_code == 0
    done = calculate("--continue", first, "--out", second)
    assert done.exit_code == 0
    assert f"SAMPLE100 continues from 2015-05-29, the last session of {first}\n" in done.stdout
    assert content(second) == content(whole[0])


def test_the_number_of_threads_changes_nothing(calculate, whole, tmp_path):
    assert calculate("--threads", "2", "--out", tmp_path / "run").exit_code == 0
    assert content(tmp_path / "run") == content(whole[0])


def test_the_run_records_the_moment_it_is_seen_at(calculate, tmp_path):
    moment = "2024-06-14T18:00:00+08:00"
    assert calculate("--as-of", moment, "--out", tmp_path / "run").exit_code == 0
    run = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert run["market"]["known_at"] == "2024-06-14T10:00:00+00:00"


def test_a_methodology_of_ones_own(calculate, run, folder, tmp_path):
    mapping = paasche.Methodology.load("sample-cross-border").model_dump(mode="json")
    rules = f"""
        schema_version = 1
        [index]
        code = "SAMPLE100"
        name = "Mine [in brackets] :smile:"
        currency = "CNY"
        base_date = {mapping["index"]["base_date"]}
        base_level = 2000.0
        [universe]
        constituents = "table"
        [weighting]
        scheme = "price"
    """
    (tmp_path / "mine.toml").write_text(rules, encoding="utf-8")
    done = run("calculate", tmp_path / "mine.toml", "--market", folder, "--out", tmp_path / "run")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Mine [in brackets] :smile: (SAMPLE100) on 2015-09-30, base 2000.0000" in done.stdout


REFUSED = [
    (("--end", "20150331"), "Invalid value for '--end'"),
    (("--end", "2014-12-01"), "error: end = 2014-12-01: must be on or after 2015-01-05"),
    (
        ("--start", "2016-01-04"),
        "error: start = 2016-01-04: must be on or before the last day, 2015-09-30",
    ),
    (("--as-of", "2015-03-31"), "error: as_of = "),
    (("--threads", "0"), "Invalid value for '--threads'"),
    (("--continue", "nowhere"), "must be the state of a run"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_refused_options(calculate, tmp_path, options, message):
    done = calculate(*options, "--out", tmp_path / "run")
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Traceback" not in done.output
    assert not (tmp_path / "run").exists()


def test_an_unknown_methodology_is_refused_with_the_nearest_name(run, folder, tmp_path):
    done = run("calculate", "sample-crossborder", "--market", folder, "--out", tmp_path / "run")
    assert done.exit_code == 2
    assert "the nearest is sample-cross-border" in done.stderr


def test_a_market_that_is_not_there_is_refused(run, tmp_path):
    done = run(
        "calculate", "sample-cross-border", "--market", tmp_path / "no", "--out", tmp_path / "run"
    )
    assert done.exit_code == 2
    assert "there is no such folder" in done.stderr


def test_a_directory_that_holds_something_is_refused_before_the_market_is_read(run, tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    done = run("calculate", "sample-cross-border", "--market", "nowhere", "--out", tmp_path)
    assert done.exit_code == 2
    assert done.stderr == (
        f"error: out = {tmp_path}: must be a folder that is new or empty; give another, or remove "
        "it\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_an_empty_directory_will_do(calculate, tmp_path):
    (tmp_path / "run").mkdir()
    assert calculate("--out", tmp_path / "run", "--end", "2015-01-30").exit_code == 0


def test_a_continued_run_does_not_overwrite_its_first_part(calculate, whole):
    done = calculate("--continue", whole[0], "--out", whole[0])
    assert done.exit_code == 2
    assert "must be a folder that is new or empty" in done.stderr
