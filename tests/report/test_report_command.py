"""`paasche report`."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import paasche as px
from paasche.cli import app
from paasche.report import factsheet


@pytest.fixture(name="run")
def _run(result, tmp_path):
    return result.write(tmp_path / "run")


def paasche(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_page_goes_into_the_run_directory(run, text):
    done = paasche("report", run)
    page = run / "factsheet.html"
    assert (done.exit_code, done.stdout) == (0, f"factsheet written to {page}\n")
    assert page.read_text(encoding="utf-8") == text
    assert px.Result.read(run)


def test_the_page_goes_where_it_is_asked_in_the_language_asked(run, result, tmp_path):
    page = tmp_path / "sheets" / "one.html"
    assert paasche("report", run, "--lang", "zh", "--out", page).exit_code == 0
    assert page.read_text(encoding="utf-8") == factsheet(result, "zh")
    assert not (run / "factsheet.html").exists()


def test_a_folder_that_is_no_run_is_named(tmp_path):
    done = paasche("report", tmp_path)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: {tmp_path / 'run.json'}: no run (")


def test_a_file_of_others_stays(run, tmp_path):
    mine = tmp_path / "mine.html"
    mine.write_text("mine")
    done = paasche("report", run, "--out", mine)
    assert done.exit_code == 2
    assert done.stderr == (
        f"error: out = {mine}: must be new, or an earlier factsheet by paasche; give another\n"
    )
    assert mine.read_text() == "mine"
