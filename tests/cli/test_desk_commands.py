"""`paasche check`, `advance`, `compare` and `restate`: what they say, write and refuse."""

from __future__ import annotations

import json

import polars as pl
import pytest

import paasche

DAY, LAST = "2015-09-29", "2015-09-30"


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def record(run):
    return json.loads((run / "run.json").read_text(encoding="utf-8"))


@pytest.fixture(name="whole", scope="module")
def _whole(calculate, tmp_path_factory):
    out = tmp_path_factory.mktemp("desk") / "whole"
    assert calculate("--out", out).exit_code == 0
    return out


@pytest.fixture(name="shorter")
def _shorter(calculate, tmp_path):
    """A run up to the session before the last."""
    assert calculate("--end", DAY, "--out", tmp_path / "run").exit_code == 0
    return tmp_path / "run"


@pytest.fixture(name="corrected", scope="module")
def _corrected(market, result, tmp_path_factory):
    """The market with one close of the largest constituent half as high again."""
    held = result.constituents.filter(pl.col("weight") > 0)
    name = held.sort("weight")["security"][-1]
    day = result.levels["date"].unique().sort()[100]
    row = (pl.col("security") == name) & (pl.col("date") == day)
    close = pl.when(row).then(pl.col("close") * 1.5).otherwise("close")
    tables = {table: market[table] for table in market.tables}
    tables["prices"] = tables["prices"].with_columns(close)
    folder = tmp_path_factory.mktemp("corrected") / "market"
    paasche.Market.from_frames(tables).write(folder)
    return folder, name, day


class TestAdvance:
    def test_it_says_how_the_levels_moved_and_has_the_content_of_one_run(
        self, run, shorter, whole, folder, result
    ):
        done = run("advance", shorter, "--market", folder, "--date", LAST)
        assert (done.exit_code, done.stderr) == (0, "")
        assert record(shorter)["content"] == record(whole)["content"]
        first, second = (
            result.levels.filter(
                pl.col("date").cast(pl.String) == day,
                pl.col("variant") == "price",
                pl.col("currency") == "CNY",
            )["level"][0]
            for day in (DAY, LAST)
        )
        said = " ".join(done.stdout.split())
        change = f"{second / first - 1:+.2%} {second - first:+.4f}"
        assert f"price CNY {first:.4f} {second:.4f} {change}" in said
        assert done.stdout.endswith(f"{shorter}: 1 session added, up to {LAST}\n")

    def test_a_day_of_the_run_is_refused(self, run, shorter, folder):
        before = files(shorter)
        done = run("advance", shorter, "--market", folder, "--date", DAY)
        assert done.exit_code == 2
        assert done.stderr == (
            f"error: date = {DAY}: must be after {DAY}, the last session of {shorter}\n"
        )
        assert files(shorter) == before

    def test_a_market_with_another_past_is_refused(self, run, shorter, corrected):
        before = files(shorter)
        done = run("advance", shorter, "--market", corrected[0], "--date", LAST)
        assert done.exit_code == 2
        assert "other rows in prices of 2015" in done.stderr
        assert "paasche restate" in done.stderr
        assert files(shorter) == before

    def test_continuing_a_run_on_a_market_with_another_past_is_refused_too(
        self, run, shorter, corrected, tmp_path
    ):
        done = run(
            *("calculate", "sample-cross-border", "--market", corrected[0]),
            *("--continue", shorter, "--out", tmp_path / "next"),
        )
        assert done.exit_code == 2
        assert "other rows in prices of 2015" in done.stderr
        assert not (tmp_path / "next").exists()

    def test_a_directory_that_is_no_run_is_refused(self, run, folder, tmp_path):
        done = run("advance", tmp_path, "--market", folder, "--date", LAST)
        assert done.exit_code == 2
        assert "no run" in done.stderr


def test_continuing_without_a_new_session_says_so(calculate, whole, tmp_path):
    done = calculate("--continue", whole, "--out", tmp_path / "run")
    assert done.exit_code == 0
    assert f"{whole} both end on {LAST}\n" in done.stdout
    assert "nothing new: " in done.stdout
    assert record(tmp_path / "run")["content"] == record(whole)["content"]


class TestCompare:
    def test_a_run_is_the_same_as_itself(self, run, whole):
        done = run("compare", whole, whole)
        assert (done.exit_code, done.stdout.strip()) == (
            0,
            f"{whole} and {whole} have the same content",
        )

    def test_a_close_that_differs_is_named_with_its_effect(self, run, whole, corrected, tmp_path):
        folder, name, day = corrected
        out = tmp_path / "run"
        command = ("calculate", "sample-cross-border", "--market", folder, "--out", out)
        assert run(*command).exit_code == 0
        done = run("compare", whole, out)
        assert done.exit_code == 1
        said = " ".join(done.stdout.split())
        assert f"{day} prices {name} close" in said
        assert f"price CNY {day} {day} +" in said

    def test_a_directory_that_is_no_run_is_refused(self, run, whole, tmp_path):
        assert run("compare", whole, tmp_path).exit_code == 2


class TestRestate:
    def test_it_shows_and_keeps_the_difference(self, run, whole, corrected, tmp_path):
        folder, _, day = corrected
        before, out = files(whole), tmp_path / "new"
        done = run("restate", whole, "--market", folder, "--reason", "a close", "--out", out)
        assert done.exit_code == 0
        said = " ".join(done.stdout.split())
        assert f" {day} " in said
        assert done.stdout.endswith(f"written to {out}\n")
        table = paasche.Result.read(out).restatement
        # One close of one session: nothing before, and nothing after.
        odd = table.filter((pl.col("difference") != 0) & (pl.col("variant") == "price"))
        assert odd["date"].unique().to_list() == [day]
        assert record(out)["restates"]["reason"] == "a close"
        assert files(whole) == before

    def test_the_new_directory_must_be_free(self, run, whole, folder):
        done = run("restate", whole, "--market", folder, "--reason", "a close", "--out", whole)
        assert done.exit_code == 2
        assert "must be a folder that is new or empty" in done.stderr

    def test_a_reason_is_asked_for(self, run, whole, folder, tmp_path):
        done = run("restate", whole, "--market", folder, "--out", tmp_path / "new")
        assert done.exit_code == 2
        assert "--reason" in done.stderr


class TestCheck:
    def test_a_sound_span_has_exit_code_0(self, run, folder):
        done = run("check", folder, "--from", LAST, "--index", "SAMPLE100")
        assert (done.exit_code, done.stdout.strip()) == (0, "nothing found")

    def test_findings_have_exit_code_1_and_are_shown_by_kind(self, run, corrected):
        folder, name, day = corrected
        done = run("check", folder, "--from", day, "--to", day)
        assert done.exit_code == 1
        said = " ".join(done.stdout.split())
        assert "move: close against the opening reference price, beyond the limit" in said
        assert f"move {name} {day}" in said

    @pytest.fixture(name="bare")
    def _bare(self, market, tmp_path):
        tables = {name: market[name] for name in market.tables if name != "status"}
        folder = tmp_path / "bare"
        paasche.Market.from_frames(tables).write(folder)
        return folder

    def test_what_could_not_be_checked_is_said(self, run, bare):
        done = run("check", bare, "--from", LAST, "--index", "SAMPLE100")
        assert done.exit_code == 0
        assert done.stdout.splitlines() == [
            "nothing found",
            "missing prices: not checked, the market has no table status",
            "price limits under a risk warning: not checked, the market has no table status",
        ]

    def test_programs_read_it_beside_the_findings(self, run, bare):
        options = ("--from", LAST, "--index", "SAMPLE100", "--format", "csv")
        done = run("check", bare, *options)
        assert done.stdout == "kind,security,date,value,expected,hint\n"
        assert done.stderr.splitlines()[0] == (
            "missing prices: not checked, the market has no table status"
        )

    @pytest.mark.parametrize("form", ["csv", "json"])
    def test_programs_read_csv_and_json(self, run, corrected, tmp_path, form):
        folder, name, day = corrected
        out = tmp_path / f"findings.{form}"
        options = ("--from", day, "--to", day, "--format", form, "--out", out)
        done = run("check", folder, *options)
        assert done.exit_code == 1
        assert out.read_text(encoding="utf-8") == done.stdout
        read = pl.read_csv if form == "csv" else pl.read_json
        found = read(done.stdout.encode())
        assert found.columns == ["kind", "security", "date", "value", "expected", "hint"]
        assert ("move", name, str(day)) in found.select("kind", "security", "date").rows()
        assert [path.name for path in tmp_path.iterdir()] == [out.name]

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--out", "findings.txt"), "must end in .csv or .json"),
            (("--index", "NONE"), "must be an index of the table constituents; there is SAMPLE"),
            (("--limits", "none.toml"), "must be a file that can be read"),
            (("--out", f"{__file__}/findings.csv"), "must be a place that can be written"),
        ],
    )
    def test_wrong_options_are_refused(self, run, folder, options, message):
        done = run("check", folder, *options)
        assert done.exit_code == 2
        assert message in " ".join(done.stderr.split())

    def test_a_folder_that_cannot_be_read_is_refused(self, run, tmp_path):
        assert run("check", tmp_path / "none").exit_code == 2


@pytest.mark.parametrize("command", ["check", "advance", "compare", "restate"])
def test_help_has_examples(run, command):
    done = run(command, "--help")
    assert done.exit_code == 0
    assert f"paasche {command} " in done.stdout.split("Examples:")[1]
