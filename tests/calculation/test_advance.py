"""A stored run goes on in its place, session by session, and has the bytes of one run."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

import paasche
from calculation import small_markets as small
from calculation.stored_runs import (
    BEFORE,
    LAST,
    changed,
    files,
    market,
    record,
    sample_run,
    small_run,
)
from paasche import errors


@pytest.fixture(name="sample", scope="module")
def _sample():
    """The sample market over its first review, share changes and ex-dates, and its run."""
    market = paasche.Market.from_frames(paasche.sample_market(securities=100, end="2016-03-31"))
    return market, sample_run(market)


@pytest.fixture(name="run")
def _run(tmp_path):
    return small_run(tmp_path / "run")


def advanced_over(sample, tmp_path, count, until):
    """Advance session by session and return the run beside one run up to the same session."""
    market, whole = sample
    sessions = whole.levels["date"].unique().sort()
    days = sessions.filter(sessions <= until)[-count - 1 :]
    run = sample_run(market, end=days[0]).write(tmp_path / "run")
    once = sample_run(market, end=days[-1]).write(tmp_path / "once")
    for day in days[1:]:
        paasche.advance(run, market, day)
    return run, once


def assert_same(run, once):
    assert record(run)["content"] == record(once)["content"]
    assert record(run)["market"] == record(once)["market"]
    assert (run / "state.json").read_bytes() == (once / "state.json").read_bytes()
    names = sorted(path.name for path in run.parent.iterdir())
    assert names == ["once", "run"]


def test_sessions_over_a_review_have_the_bytes_of_one_run(sample, tmp_path):
    review = sample[1].divisors.filter(pl.col("reason").str.contains("review"))["session"][0]
    run, once = advanced_over(sample, tmp_path, 15, review + timedelta(days=10))
    assert_same(run, once)


@pytest.mark.slow
def test_250_sessions_have_the_bytes_of_one_run(sample, tmp_path):
    run, once = advanced_over(sample, tmp_path, 250, sample[1].state.date)
    assert_same(run, once)


def test_several_sessions_may_come_at_once(tmp_path):
    run = small.calculated(options={"end": small.SESSIONS[2]}).write(tmp_path / "run", "csv")
    result = paasche.advance(run, market(), LAST)
    assert result.levels.equals(small.calculated().levels)
    assert (run / "levels.csv").exists()
    assert paasche.Result.read(run).levels.equals(result.levels)


def test_what_the_run_had_noted_stays(tmp_path):
    names, days = small.NAMES, small.SESSIONS
    status = pl.DataFrame(
        {"security": names[:1], "status": ["risk_warning"], "start": [days[0]]}
    ).with_columns(end=pl.lit(None, pl.Date))
    gone = (pl.col("date").is_in([days[3], LAST])) & (pl.col("security") == names[0])
    tables = {"status": status, "prices": small.tables()["prices"].filter(~gone)}
    rules = small.methodology(prices={"missing": "warn"})
    run = small.calculated(rules, options={"end": BEFORE}, **tables).write(tmp_path / "run")
    result = paasche.advance(run, market(**tables), LAST)
    noted = [str(warning) for warning in result.warnings]
    assert [str(days[3]) in note or str(LAST) in note for note in noted] == [True, True]
    assert len(record(run)["warnings"]) == 2


class TestRefused:
    """A refusal leaves the run as it was."""

    @pytest.fixture(autouse=True)
    def _untouched(self, run):
        before = files(run)
        yield
        assert files(run) == before
        assert [path.name for path in run.parent.iterdir()] == ["run"]

    def test_arguments_of_another_kind(self, run):
        with pytest.raises(errors.InputError, match="market = str: must be a Market; make one"):
            paasche.advance(run, "market", LAST)
        result = paasche.Result.read(run)
        with pytest.raises(errors.InputError, match="run = Result: must be the path of a run dir"):
            paasche.advance(result, market(), LAST)

    @pytest.mark.parametrize("day", [BEFORE, small.SESSIONS[0]])
    def test_a_day_that_is_not_after_the_run(self, run, day):
        with pytest.raises(errors.InputError, match=f"date = {day}: must be after {BEFORE}"):
            paasche.advance(run, market(), day)

    def test_a_day_that_is_no_session(self, run):
        tables = small.tables()
        later = [*small.SESSIONS, LAST + timedelta(days=3)]
        calendar = pl.DataFrame({"exchange": ["XSHG"] * len(later), "date": later})
        rows = tables["prices"].filter(pl.col("date") == LAST)
        monday = rows.with_columns(date=pl.lit(later[-1]))
        prices = pl.concat([tables["prices"], monday])
        saturday = LAST + timedelta(days=1)
        with pytest.raises(
            errors.InputError, match=f"date = {saturday}: must be a session of SMALL"
        ):
            paasche.advance(run, market(calendar=calendar, prices=prices), saturday)

    def test_a_session_without_prices(self, run):
        prices = small.tables()["prices"].filter(pl.col("date") < LAST)
        status = pl.DataFrame(
            {"security": ["600001.SH"], "status": ["suspended"], "start": [small.SESSIONS[0]]}
        ).with_columns(end=pl.lit(small.SESSIONS[1]))
        with pytest.raises(errors.MissingDataError) as refused:
            paasche.advance(run, market(prices=prices, status=status), LAST)
        assert f"prices of {LAST}: must be there, as XSHG was open; none of its 2" in str(
            refused.value
        )

    @pytest.mark.parametrize(
        ("table", "column", "value", "where", "named"),
        [
            ("prices", "close", 10.01, {"date": small.SESSIONS[2]}, "prices of 2024"),
            ("shares", "total", 2_000_000, {"security": "600001.SH"}, "shares of 2024"),
            ("constituents", "security", "600003.SH", {"security": "600002.SH"}, "differ in 2"),
            ("securities", "country", "HK", {"security": "600001.SH"}, "rows in securities"),
        ],
    )
    def test_another_past(self, run, table, column, value, where, named):
        tables = small.tables()
        tables["securities"] = pl.concat(
            [
                tables["securities"],
                tables["securities"][:1].with_columns(security=pl.lit("600003.SH")),
            ]
        )
        more = tables["prices"].filter(pl.col("security") == "600002.SH")
        others = {
            "securities": tables["securities"],
            "prices": pl.concat(
                [tables["prices"], more.with_columns(security=pl.lit("600003.SH"))]
            ),
            "shares": pl.concat(
                [
                    tables["shares"],
                    tables["shares"][:1].with_columns(security=pl.lit("600003.SH")),
                ]
            ),
        }
        others[table] = changed(others.get(table, tables[table]), column, value, **where)
        with pytest.raises(errors.PaascheError, match=named):
            paasche.advance(run, market(**others), LAST)

    def test_a_dividend_that_was_missing(self, run):
        late = small.actions(
            ("600001.SH", small.SESSIONS[3], "cash_dividend", {"cash": 0.5}),
        )
        with pytest.raises(errors.InconsistentError) as refused:
            paasche.advance(run, market(corporate_actions=late), LAST)
        assert "other rows in corporate_actions of 2024" in str(refused.value)
        assert "`paasche restate`" in str(refused.value)


@pytest.mark.parametrize("tables", [{}, {"status": small.NAMES[1]}])
def test_each_session_without_a_price_is_told_once(tmp_path, tables):
    """Names on a gap of five sessions: daily runs tell of five sessions, one run of all at once."""
    days = small.SESSIONS
    gap = (pl.col("security") == small.NAMES[0]) & pl.col("date").is_in(days[2:7])
    others = {"prices": small.tables()["prices"].filter(~gap)}
    if tables:
        others["status"] = pl.DataFrame(
            {
                "security": small.NAMES[1:],
                "status": ["risk_warning"],
                "start": [days[0]],
                "end": [days[0]],
            }
        )
    rules = small.methodology(prices={"missing": "warn"})
    whole = small.calculated(rules, options={"end": days[8]}, **others)
    run = small.calculated(rules, options={"end": days[1]}, **others).write(tmp_path / "run")
    for day in days[2:9]:
        paasche.advance(run, market(**others), day)
    told = paasche.Result.read(run).warnings
    assert [one.count for one in whole.warnings] == [5]
    assert [one.count for one in told] == [1] * 5
    assert [str(day) in str(one) for day, one in zip(days[2:7], told, strict=True)] == [True] * 5
