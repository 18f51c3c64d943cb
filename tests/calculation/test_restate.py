"""A restated run shows what a correction does, and leaves the run it corrects alone."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import polars as pl
import pytest

import paasche
from calculation import small_markets as small
from paasche import errors

DAYS = small.SESSIONS
BEFORE, AFTER = "2024-02-01T00:00:00+00:00", "2024-03-01T00:00:00+00:00"
KNOWN = [datetime.fromisoformat(text) - timedelta(days=1) for text in (BEFORE, AFTER)]


def market(total, as_of):
    """One name's price rises by a tenth on the sixth session; its share count is corrected.

    The second share count of 600001.SH, in force from the fifth session, is 1,100,000; the row
    known later says ``total``.
    """
    tables = small.tables()
    rise = (pl.col("date") >= DAYS[5]) & (pl.col("security") == "600001.SH")
    prices = tables["prices"].with_columns(close=pl.when(rise).then(11.0).otherwise("close"))
    counts = pl.DataFrame(
        {
            "security": ["600001.SH"] * 2,
            # Two sessions later it is used (R57).
            "effective": [DAYS[2]] * 2,
            "total": [1_100_000, total],
            "free_float": [1_100_000, total],
            "known_at": KNOWN,
        }
    ).with_columns(pl.col("known_at").dt.cast_time_unit("us"))
    first = tables["shares"].with_columns(known_at=pl.lit(KNOWN[0]).dt.cast_time_unit("us"))
    shares = pl.concat([first, counts])
    return paasche.Market.from_frames(small.tables(prices=prices, shares=shares), as_of=as_of)


@pytest.fixture(name="run")
def _run(tmp_path):
    result = paasche.calculate(small.methodology(), market(1_200_000, BEFORE))
    return result.write(tmp_path / "run")


def files(run):
    return {path.name: path.read_bytes() for path in run.iterdir()}


def test_a_restated_share_count_acts_from_its_session_on(run):
    result = paasche.restate(run, market(1_200_000, AFTER), reason="the issuer corrected it")
    table = result.restatement.filter(pl.col("variant") == "price")
    # Values are 1.1m · 10 + 1m · 20 before and 1.2m · 10 + 1m · 20 after; a tenth more on the first
    # name adds 1.1 of 31 and 1.2 of 32 millions. The level is 1000 up to there.
    before, after = round(1000 * (1 + 1.1 / 31), 4), round(1000 * (1 + 1.2 / 32), 4)
    assert table["level_before"].to_list() == [1000.0] * 5 + [before] * 5
    assert table["level_after"].to_list() == [1000.0] * 5 + [after] * 5
    assert table["difference"].to_list() == [0.0] * 5 + [round(after - before, 4)] * 5
    assert table.columns == [
        "index",
        "date",
        "variant",
        "currency",
        "hedge",
        "level_before",
        "level_after",
        "difference",
    ]


def test_the_new_run_names_the_one_it_restates(run, tmp_path):
    result = paasche.restate(run, market(1_200_000, AFTER), reason="  the issuer corrected it ")
    new = result.write(tmp_path / "new")
    recorded = json.loads((run / "run.json").read_text(encoding="utf-8"))
    found = json.loads((new / "run.json").read_text(encoding="utf-8"))
    assert found["restates"] == {
        "path": str(run),
        "content": recorded["content"],
        "known_at_before": BEFORE,
        "known_at_after": AFTER,
        "reason": "the issuer corrected it",
    }
    assert set(found["content"]) == {*recorded["content"], "restatement"}
    assert found["schema_version"] == recorded["schema_version"] == 3


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_restated_run_reads_back(run, tmp_path, form):
    result = paasche.restate(run, market(1_200_000, AFTER), reason="corrected")
    read = paasche.Result.read(result.write(tmp_path / "new", form))
    assert read.restatement.equals(result.restatement)
    assert read.restates == result.restates
    assert paasche.Result.read(run).restatement is None
    assert paasche.Result.read(run).restates == {}


def test_the_old_run_stays_byte_for_byte(run, tmp_path):
    before = files(run)
    paasche.restate(run, market(1_200_000, AFTER), reason="corrected").write(tmp_path / "new")
    assert files(run) == before


def test_a_correction_that_changes_nothing_shows_no_difference(run):
    result = paasche.restate(run, market(1_100_000, AFTER), reason="confirmed")
    assert result.restatement["difference"].to_list() == [0.0] * 20


def test_it_keeps_the_span_of_the_run(tmp_path):
    cut = {"start": DAYS[3], "end": DAYS[7]}
    old = paasche.calculate(small.methodology(), market(1_200_000, BEFORE), **cut)
    result = paasche.restate(
        old.write(tmp_path / "cut"), market(1_200_000, AFTER), reason="corrected"
    )
    assert result.restatement["date"].unique().sort().to_list() == DAYS[3:8]
    assert result.state.date == DAYS[7]


def test_a_restated_run_advances_and_stays_one(tmp_path):
    old = paasche.calculate(small.methodology(), market(1_200_000, BEFORE), end=DAYS[7])
    corrected = market(1_200_000, AFTER)
    result = paasche.restate(old.write(tmp_path / "run"), corrected, reason="corrected")
    new = result.write(tmp_path / "new")
    paasche.advance(new, corrected, DAYS[8])
    read = paasche.Result.read(new)
    assert read.state.date == DAYS[8]
    assert read.restates == result.restates
    assert read.restatement.equals(result.restatement)
    again = paasche.calculate(small.methodology(), corrected, continue_from=new)
    assert again.restates == result.restates
    # The run it corrects cannot go on with the corrected market.
    with pytest.raises(errors.InconsistentError, match="other rows in shares of 2024"):
        paasche.advance(tmp_path / "run", corrected, DAYS[8])


def test_a_reason_is_asked_for(run):
    with pytest.raises(errors.InputError, match=r"reason = .*: must say why"):
        paasche.restate(run, market(1_200_000, AFTER), reason=" ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"market": "market/"}, "market = str: must be a Market; make one with Market.read"),
        ({"run": 5}, "run = int: must be the path of a run directory"),
        ({"reason": None}, "reason = NoneType: must say why"),
    ],
)
def test_arguments_of_another_kind_are_refused(run, arguments, message):
    market = paasche.Market.from_frames(small.tables())
    asked = {"run": run, "market": market, "reason": "a close"} | arguments
    with pytest.raises(errors.InputError, match=message):
        paasche.restate(asked["run"], asked["market"], reason=asked["reason"])


def test_a_run_that_somebody_changed_is_refused(run):
    levels = pl.read_parquet(run / "levels.parquet")
    levels.with_columns(pl.col("level") + 1).write_parquet(run / "levels.parquet")
    with pytest.raises(errors.InputError, match=r"run: levels\.parquet must be as run\.json"):
        paasche.restate(run, market(1_200_000, AFTER), reason="corrected")


def test_a_restated_run_without_its_effect_is_refused(run, tmp_path):
    result = paasche.restate(run, market(1_200_000, AFTER), reason="corrected")
    new = result.write(tmp_path / "new")
    (new / "restatement.parquet").unlink()
    with pytest.raises(errors.MissingDataError, match=r"restatement\.parquet: the table is not"):
        paasche.Result.read(new)
