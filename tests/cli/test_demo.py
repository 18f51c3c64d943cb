"""`paasche demo`: what it says, writes and replaces."""

from __future__ import annotations

import json
import re

import pytest

import paasche
from paasche.cli import summary
from paasche.report import factsheet


@pytest.fixture(name="small")
def _small(monkeypatch, tables):
    """The demo on the small market; the seed is ignored."""
    monkeypatch.setattr(paasche, "sample_market", lambda _: tables)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_demo_as_people_run_it(python, tmp_path):
    done = python("-m", "paasche", "demo", cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads((tmp_path / "demo" / "run.json").read_text())["index"] == "SAMPLE100"
    for variant in ("price", "total return", "net total return"):
        for currency in ("CNY", "HKD"):
            assert re.search(rf"^ {variant} +{currency} +\d+\.\d{{4}} ", done.stdout, re.MULTILINE)
    assert "Top 10 of 100 constituents, weights at the close of 2024-12-31" in done.stdout
    assert re.search(r"Last 5 of \d+ divisor changes", done.stdout)
    assert re.search(r"[\d,]+ constituent-sessions, [\d,]+ per second", done.stdout)
    steps = ("drawing the sample", "checking", "calculating", "writing", "drawing the factsheet")
    assert re.search(", ".join(rf"{step}.* \d\.\d\d s" for step in steps), done.stdout)


def test_the_demo_ends_with_a_factsheet_and_says_where_it_is(run, small, tmp_path):
    done = run("demo", "--out", tmp_path / "demo")
    page = tmp_path / "demo" / "factsheet.html"
    assert done.stdout.endswith(f"factsheet: open {page} in a browser\n")
    assert page.read_text(encoding="utf-8") == factsheet(paasche.Result.read(tmp_path / "demo"))


def test_outside_a_terminal_only_warnings_come_on_stderr(python, tmp_path):
    done = python("-m", "paasche", "demo", "--seed", "7", cwd=tmp_path)
    assert done.returncode == 0
    assert all(line.startswith("warning: ") for line in done.stderr.splitlines())
    assert "\x1b" not in done.stdout + done.stderr


def test_an_earlier_demo_is_replaced(run, small, tmp_path):
    out = tmp_path / "demo"
    assert run("demo", "--out", out).exit_code == 0
    first = files(out)
    (out / "levels.parquet").write_bytes(b"older")
    assert run("demo", "--out", out).exit_code == 0
    assert files(out) == first
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


@pytest.mark.parametrize("name", ["note.txt", "levels.parquet", "run.json"])
def test_a_folder_of_others_stays(run, tmp_path, name):
    (tmp_path / name).write_text('{"index": "SAMPLE100"}')
    done = run("demo", "--out", tmp_path)
    assert done.exit_code == 2
    assert done.stderr == (
        f"error: out = {tmp_path}: must be new, empty, or an earlier run of SAMPLE100 by paasche\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_earlier_demo_with_something_beside_it_stays(run, small, tmp_path):
    assert run("demo", "--out", tmp_path / "demo").exit_code == 0
    (tmp_path / "demo" / "note.txt").write_text("mine")
    done = run("demo", "--out", tmp_path / "demo")
    assert done.exit_code == 2
    assert "holds note.txt, which paasche did not write" in done.stderr
    assert (tmp_path / "demo" / "note.txt").read_text() == "mine"


def test_a_run_of_another_index_stays(run, tmp_path):
    (tmp_path / "run.json").write_text('{"paasche": "0.1.0", "index": "CES120"}')
    assert run("demo", "--out", tmp_path).exit_code == 2
    assert (tmp_path / "run.json").exists()


def test_a_file_is_no_directory(run, tmp_path):
    (tmp_path / "demo").write_text("mine")
    assert run("demo", "--out", tmp_path / "demo").exit_code == 2
    assert (tmp_path / "demo").read_text() == "mine"


def test_an_earlier_demo_comes_back_when_the_new_one_cannot_take_its_place(
    run, small, tmp_path, monkeypatch
):
    out = tmp_path / "demo"
    assert run("demo", "--out", out).exit_code == 0
    first = files(out)
    rename = type(out).rename

    def fail(path, target):
        if path.name == "new":
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(type(out), "rename", fail)
    assert run("demo", "--out", out).exit_code == 130
    assert files(out) == first
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_constituent_sessions_are_counted_session_by_session(result):
    held, count = {}, 0
    changes = result.constituents.select("session", "security", "adjusted_shares").rows()
    for session in sorted(set(result.levels["date"])):
        held |= {name: shares > 0 for day, name, shares in changes if day == session}
        count += sum(held.values())
    assert summary.constituent_sessions(result) == count
