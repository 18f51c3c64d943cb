"""`paasche calculate` of many indices: exit codes, what it says, what it refuses."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from rich.console import Console

import paasche
from calculation import small_markets as small
from calculation.many import many_indices as many
from paasche.cli.rate import Rate


@pytest.fixture(name="place")
def _place(tmp_path):
    """A market folder and three methodologies."""
    many.market().write(tmp_path / "market")
    many.write(tmp_path / "indices", "A", "B", "C")
    return tmp_path


@pytest.fixture(name="every")
def _every(run, place):
    """`paasche calculate --all` of the methodologies."""

    def every(*arguments):
        options = ("--market", place / "market", "--out", place / "out")
        return run("calculate", "--all", place / "indices", *options, *arguments)

    return every


def test_all_of_a_folder(every, place):
    done = every()
    assert done.exit_code == 0
    closing, written = done.stdout.splitlines()
    assert re.fullmatch(r"3 indices in \d+\.\d s", closing)
    assert written == f"written to {place / 'out'}"
    assert done.stderr == ""
    result = paasche.ManyResult.read(place / "out")
    assert result.indices == ("A", "B", "C")
    rules = [paasche.Methodology.load(file) for file in (place / "indices").iterdir()]
    market = paasche.Market.read(place / "market")
    assert result.levels.equals(paasche.calculate_many(rules, market).levels)


def test_several_by_name(run, place):
    files = [place / "indices" / name for name in ("C.toml", "A.toml")]
    done = run("calculate", *files, "--market", place / "market", "--out", place / "out")
    assert done.exit_code == 0
    assert paasche.ManyResult.read(place / "out").indices == ("A", "C")


def test_a_folder_of_one_is_a_run_of_many_and_one_by_name_is_not(every, run, place):
    for code in "BC":
        (place / "indices" / f"{code}.toml").unlink()
    assert every().exit_code == 0
    assert paasche.ManyResult.read(place / "out").indices == ("A",)
    one = ("calculate", place / "indices" / "A.toml", "--market", place / "market", "--out")
    assert run(*one, place / "one").exit_code == 0
    assert paasche.Result.read(place / "one").methodology.index.code == "A"


def test_a_failing_index_is_named_and_the_exit_code_is_1(every, place):
    many.write(place / "indices", "BAD", base="2023-01-02")
    done = every()
    assert done.exit_code == 1
    assert re.search(r"(?m)^ BAD +constituents index = BAD: must have a basket", done.stdout)
    assert re.search(r"(?m)^4 indices in \d+\.\d s; 1 failed$", done.stdout)
    assert paasche.ManyResult.read(place / "out").levels["index"].unique().len() == 3


def test_again_it_keeps_what_is_the_same_and_says_what_is_not(every, place):
    every()
    assert re.search(r"(?m)^3 indices, 3 of them kept in \d+\.\d s$", every().stdout)
    text = (place / "indices" / "B.toml").read_text(encoding="utf-8")
    (place / "indices" / "B.toml").write_text(text.replace("1000.0", "500.0"), encoding="utf-8")
    done = every()
    lines = done.stdout.splitlines()
    assert lines[0] == "part 0 is calculated again: the methodology of B changed"
    assert re.fullmatch(r"3 indices, 2 of them kept in \d+\.\d s", lines[1])


def test_options_reach_every_index(every, place):
    done = every("--start", "2024-01-10", "--end", "2024-01-12", "--threads", "1", "--strict")
    assert done.exit_code == 0
    dates = paasche.ManyResult.read(place / "out").levels["date"]
    assert (str(dates.min()), str(dates.max())) == ("2024-01-10", "2024-01-12")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--anchor", "2024-01-09=1.0"), "--anchor = 2024-01-09=1.0: must be left out with many"),
        (("--continue", "run"), "--continue = run: must be left out with many indices"),
        (("--format", "csv"), "--format = csv: must be parquet with many indices"),
    ],
)
def test_options_of_one_index_are_refused(every, place, arguments, message):
    done = every(*arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: {message}")
    assert not (place / "out").exists()


def test_files_of_one_code_are_refused_by_their_names(every, place):
    text = (place / "indices" / "A.toml").read_text(encoding="utf-8")
    (place / "indices" / "copy.toml").write_text(text, encoding="utf-8")
    done = every()
    assert done.exit_code == 2
    assert done.stderr.startswith(
        f"error: {place / 'indices' / 'copy.toml'} index.code = A: must differ from that of "
        f"{place / 'indices' / 'A.toml'};"
    )


def test_every_file_that_is_no_methodology_is_told_of(every, place):
    for name in ("bad", "worse"):
        (place / "indices" / f"{name}.toml").write_text("schema_version = 1\n", encoding="utf-8")
    done = every()
    assert done.exit_code == 2
    for name in ("bad", "worse"):
        assert f"{name}.toml is not a valid methodology" in done.stderr
    assert not (place / "out").exists()


def test_a_folder_without_methodologies_is_refused(run, place):
    options = ("--market", place / "market", "--out", place / "out")
    done = run("calculate", "--all", place / "market", *options)
    assert done.exit_code == 2
    assert "must hold methodologies, files that end in .toml" in done.stderr
    done = run("calculate", "--all", place / "none", *options)
    assert done.exit_code == 2
    assert "must be a folder of methodologies (no such file or directory)" in done.stderr


def test_tables_may_be_chosen(every, run, place):
    assert every("--tables", "levels,divisors").exit_code == 0
    assert many.record(place / "out")["tables"] == ["levels", "divisors"]
    assert "the tables that are kept changed" in every("--tables", "levels").stdout
    done = every("--tables", "level")
    assert done.exit_code == 2
    assert "tables = level: must be of levels, constituents" in done.stderr
    one = ("calculate", place / "indices" / "A.toml", "--market", place / "market")
    done = run(*one, "--out", place / "one", "--tables", "levels")
    assert done.exit_code == 2
    assert "--tables = levels: must be left out with one index, which keeps all" in done.stderr


def test_no_methodology_is_wrong_usage(run, place):
    done = run("calculate", "--market", place / "market", "--out", place / "out")
    assert done.exit_code == 2
    assert "Missing argument 'METHODOLOGY', or option '--all'." in done.stderr


INTERRUPTED = """
import os, signal, sys
from paasche.calculation.many import run, workers
from paasche.cli import main

calculate_part, begun = workers.calculate_part, []

def stop_at_the_third_part(*given):
    begun.append(given)
    if len(begun) == 3:
        # A job in the background is started with the signal ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.kill(os.getpid(), signal.SIGINT)
    return calculate_part(*given)

workers.calculate_part = stop_at_the_third_part
run.calculate_many.__kwdefaults__["part_size"] = 1
sys.argv = ["paasche", *sys.argv[1:]]
main()
"""


def test_an_interrupt_keeps_complete_parts_and_says_so(python, every, place):
    options = ["--market", "market", "--out", "out"]
    done = python("-c", INTERRUPTED, "calculate", "--all", "indices", *options, cwd=place)
    assert done.returncode == 130
    assert done.stderr.strip() == (
        "interrupted: 2 of 3 indices were done; complete parts are kept in out, the same command "
        "goes on from them"
    )
    kept = sorted(file.name for file in (place / "out" / "parts").iterdir())
    assert kept == ["00000.json", "00001.json"]
    assert every().exit_code == 0


def shown(console):
    with Rate(console) as rate:
        rate.update(4, 10)
        rate.update(7, 10)
        rate.update(10, 10)
    return console.file.getvalue()


def test_the_rate_counts_what_this_run_calculates():
    text = shown(
        Console(file=io.StringIO(), force_terminal=True, width=120, force_interactive=True)
    )
    assert "6/6" in text
    assert "indices/s" in text


def test_nothing_is_shown_but_on_a_terminal():
    assert shown(Console(file=io.StringIO(), force_terminal=False, width=120)) == ""


@pytest.mark.parametrize(("count", "lines"), [(5, 5), (6, 6)])
def test_warnings_of_a_few_indices_stand_for_those_of_all(run, tmp_path, count, lines):
    # The calendar has no Saturday: the ex-date is moved, which every index tells of.
    saturday = small.SESSIONS[4] + timedelta(days=1)
    acts = small.actions((small.NAMES[0], saturday, "cash_dividend", {"cash": 0.1}))
    many.market(corporate_actions=acts).write(tmp_path / "market")
    many.write(tmp_path / "indices", *(f"W{number}" for number in range(count)))
    options = ("--market", tmp_path / "market", "--out", tmp_path / "out")
    said = run("calculate", "--all", tmp_path / "indices", *options).stderr.splitlines()
    assert len(said) == lines
    assert said[0].startswith("warning: W0: corporate_actions ex_date = 2024-01-13 of 600001.SH")
    if count == 6:
        assert said[-1] == "warning: indices with warnings beside these: 1; run.json lists them"
    assert len(many.record(tmp_path / "out")["warnings"]) == count


def test_prices_under_a_budget_of_memory_give_the_same_levels(every, place, monkeypatch):
    monkeypatch.setenv("PAASCHE_CACHE", str(place / "cache"))
    done = every("--tables", "levels", "--memory", "64MB")
    assert done.exit_code == 0
    assert (place / "cache" / "panels").is_dir()
    rules = [paasche.Methodology.load(file) for file in (place / "indices").iterdir()]
    market = paasche.Market.read(place / "market")
    found = paasche.ManyResult.read(place / "out")
    assert found.levels.equals(paasche.calculate_many(rules, market).levels)


def test_a_budget_of_memory_for_all_tables_or_one_index_is_refused(run, every, place, monkeypatch):
    monkeypatch.setenv("PAASCHE_CACHE", str(place / "cache"))
    done = every("--memory", "64MB")
    assert done.exit_code == 2
    assert 'give tables=["levels"]' in done.stderr.replace("\n", " ")
    options = ("--market", place / "market", "--out", place / "one", "--memory", "64MB")
    done = run("calculate", place / "indices" / "A.toml", *options)
    assert done.exit_code == 2
    assert "--memory = 64MB: must be left out with one index" in done.stderr.replace("\n", " ")
