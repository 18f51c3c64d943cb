"""`paasche review`: what it prints, and what it writes."""

from __future__ import annotations

import json

import polars as pl
import pytest

import paasche
from paasche.calculation.trade.schema import FILES

RULES = "ah-cross-border"


@pytest.fixture(scope="module", name="place")
def _place(tmp_path_factory):
    path = tmp_path_factory.mktemp("markets") / "reviewed"
    paasche.Market.from_frames(paasche.sample_market(securities=120, end="2017-12-29")).write(path)
    return path


@pytest.fixture(scope="module", name="review")
def _review(run, place):
    def review(*arguments, day="2017-05-22"):
        return run("review", RULES, "--market", place, "--date", day, *arguments)

    return review


@pytest.mark.rule("R59")
def test_it_names_the_dates_and_counts_of_the_review(review):
    done = review()
    assert done.exit_code == 0
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0].endswith("(AHCB100): review as known on 2017-05-22")
    for line in (
        "review a proposal: not yet announced",
        "data window 2016-05-01 to 2017-04-30",
        "cut-off 2017-04-28",
        "announcement 2017-05-29",
        "adjustment close 2017-06-09",
        "effective session 2017-06-12",
        "files of the trade close of 2017-05-22, opening of 2017-05-23",
    ):
        assert line in lines
    assert any(line.startswith("turnover ") and "one-way by weight" in line for line in lines)
    assert any(line.startswith("Added: ") for line in lines)


def test_every_assumed_number_has_a_line_of_its_own(review):
    told = [line for line in review().stderr.splitlines() if " assumes " in line]
    assert len(told) == len(paasche.Methodology.load(RULES).assumptions) > 1


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_out_takes_the_files_of_the_trade_and_a_page(review, tmp_path, form):
    done = review("--out", tmp_path / "trade", "--format", form)
    assert done.exit_code == 0
    assert f"written to {tmp_path / 'trade'}" in done.stdout
    written = {path.name for path in (tmp_path / "trade").iterdir()}
    assert written == {*(f"{name}.{form}" for name in FILES), "review.json", "review.html"}
    record = json.loads((tmp_path / "trade" / "review.json").read_text(encoding="utf-8"))
    assert (record["standing"], record["format"]) == ("proposed", form)


def test_the_files_hold_what_the_function_returns(review, place, tmp_path):
    review("--out", tmp_path / "trade", "--format", "parquet")
    with pytest.warns(paasche.errors.AssumptionWarning):
        found = paasche.review(
            paasche.Methodology.load(RULES), paasche.Market.read(place), "2017-05-22"
        )
    for name in FILES:
        assert pl.read_parquet(tmp_path / "trade" / f"{name}.parquet").equals(getattr(found, name))


def test_the_page_can_be_chinese(review, tmp_path):
    review("--out", tmp_path / "trade", "--lang", "zh")
    page = (tmp_path / "trade" / "review.html").read_text(encoding="utf-8")
    assert "数据考察截止日" in page


def test_a_folder_in_use_is_refused_before_any_work(review, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    done = review("--out", tmp_path)
    assert done.exit_code == 2
    assert "must be a folder that is new or empty" in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_strict_refuses_assumed_numbers(review):
    done = review("--strict")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "a strict run refuses that" in done.stderr


def test_help_shows_an_example(run):
    done = run("review", "--help")
    assert "paasche review ah-cross-border --market market --date 2024-05-20" in done.stdout
