"""What counts as the same past: a run goes on where nothing it rests on has changed."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

import paasche
from calculation import small_markets as small
from calculation.stored_runs import BEFORE, LAST, changed, market, record, sample_run, small_run
from paasche import errors


@pytest.fixture(name="run")
def _run(tmp_path):
    return small_run(tmp_path / "run")


def test_rows_that_no_run_reads_may_change(run):
    """Volumes, names, announcements, pay dates and what counts from later on."""
    tables = small.tables()
    prices = tables["prices"].with_columns(volume=pl.lit(100))
    later = pl.DataFrame(
        {
            "security": ["600001.SH"],
            # In force during the run, but announced after it (R57).
            "effective": [small.SESSIONS[3]],
            "announced": [LAST],
            "total": [1_010_000],
            "free_float": [1_010_000],
        }
    )
    shares = pl.concat(
        [tables["shares"].with_columns(announced=pl.lit(None, pl.Date)), later],
        how="diagonal",
    )
    securities = tables["securities"].with_columns(name=pl.lit("renamed"))
    dividend = small.actions(("600002.SH", LAST, "cash_dividend", {"cash": 0.5}))
    others = {
        "prices": prices,
        "shares": shares,
        "securities": securities,
        "corporate_actions": dividend,
    }
    assert paasche.advance(run, market(**others), LAST).state.date == LAST


def test_a_name_that_left_may_change_afterwards(tmp_path):
    days = small.SESSIONS
    constituents = pl.DataFrame(
        {"effective": [days[0], days[0], days[4]], "security": [*small.NAMES, small.NAMES[0]]}
    )
    rows = small.tables()["prices"]
    left = small.calculated(options={"end": BEFORE}, constituents=constituents)
    run = left.write(tmp_path / "run")
    other = changed(rows, "close", 99.0, date=days[6], security=small.NAMES[1])
    paasche.advance(run, market(constituents=constituents, prices=other), LAST)
    assert paasche.Result.read(run).levels["level"].to_list() == [1000.0] * 20


def test_a_market_that_begins_later_will_do_but_not_one_that_contradicts_it(tmp_path):
    tables = paasche.sample_market(securities=100, end="2016-03-31")
    sample = paasche.Market.from_frames(tables)
    whole = sample_run(sample)
    run = sample_run(sample, end="2016-03-30").write(tmp_path / "run")
    held = paasche.Result.read(run).securities["security"][0]
    cut = {
        name: frame.filter(pl.col("date") >= date(2015, 12, 1))
        if name in ("prices", "fx")
        else frame
        for name, frame in tables.items()
    }
    wrong = dict(cut)
    wrong["prices"] = changed(cut["prices"], "close", 1.0, date=date(2016, 2, 1), security=held)
    with pytest.raises(errors.InconsistentError, match=r"other rows in prices of 2016\."):
        paasche.advance(run, paasche.Market.from_frames(wrong), "2016-03-31")
    result = paasche.advance(run, paasche.Market.from_frames(cut), "2016-03-31")
    assert result.levels.equals(whole.levels)


class TestMarketsThatBeginLater:
    """What a run knows of its past outlives a market that no longer has it."""

    DAYS = small.SESSIONS

    def moving(self, **others):
        """Prices that move, and three names of which the third may join."""
        names = [*small.NAMES, "600003.SH"]
        tables = small.tables()
        securities = pl.concat([tables["securities"], tables["securities"][:1]])
        shares = pl.concat([tables["shares"], tables["shares"][:1]])
        prices = pl.DataFrame({"date": self.DAYS, "step": range(len(self.DAYS))}).join(
            pl.DataFrame({"security": names, "close": [10.0, 20.0, 30.0]}), how="cross"
        )
        return {
            "securities": securities.with_columns(security=pl.Series(names)),
            "shares": shares.with_columns(security=pl.Series(names)),
            "prices": prices.select("date", "security", close=pl.col("close") + pl.col("step")),
            **others,
        }

    def cut(self, tables):
        return tables | {"prices": tables["prices"].filter(pl.col("date") >= self.DAYS[2])}

    def run(self, tmp_path, tables):
        return small.calculated(options={"end": self.DAYS[3]}, **tables).write(tmp_path / "run")

    def test_the_whole_market_takes_over_again(self, tmp_path):
        tables = self.moving()
        run = self.run(tmp_path, tables)
        paasche.advance(run, market(**self.cut(tables)), self.DAYS[5])
        once = small.calculated(options={"end": self.DAYS[5]}, **tables).write(tmp_path / "once")
        assert record(run)["market"]["past"] == record(once)["market"]["past"]
        paasche.advance(run, market(**tables), self.DAYS[6])
        assert paasche.Result.read(run).levels.equals(
            small.calculated(options={"end": self.DAYS[6]}, **tables).levels
        )

    @pytest.mark.parametrize("day", [0, 4])
    def test_a_corrected_past_is_still_refused(self, tmp_path, day):
        tables = self.moving()
        run = self.run(tmp_path, tables)
        paasche.advance(run, market(**self.cut(tables)), self.DAYS[5])
        where = {"date": self.DAYS[day], "security": small.NAMES[0]}
        wrong = tables | {"prices": changed(tables["prices"], "close", 99.0, **where)}
        with pytest.raises(errors.InconsistentError, match=r"other rows in prices of 2024\."):
            paasche.advance(run, market(**wrong), self.DAYS[6])

    def test_a_name_that_joined_meanwhile_leaves_its_year_open(self, tmp_path):
        """Its rows before the market begins are not to be had, so nothing is said of the year."""
        later = pl.DataFrame(
            {"effective": [self.DAYS[4]] * 3, "security": [*small.NAMES, "600003.SH"]}
        )
        constituents = pl.concat([small.tables()["constituents"], later])
        tables = self.moving(constituents=constituents)
        run = self.run(tmp_path, tables)
        paasche.advance(run, market(**self.cut(tables)), self.DAYS[5])
        assert record(run)["market"]["past"]["prices"]["years"] == {"2024": None}
        paasche.advance(run, market(**tables), self.DAYS[6])
        once = small.calculated(options={"end": self.DAYS[6]}, **tables).write(tmp_path / "once")
        assert record(run)["market"]["past"] == record(once)["market"]["past"]

    def test_earlier_years_stay_known(self, tmp_path):
        tables = paasche.sample_market(securities=100, end="2016-03-31")
        sample = paasche.Market.from_frames(tables)
        run = sample_run(sample, end="2016-03-29").write(tmp_path / "run")
        cut = {
            name: frame.filter(pl.col("date") >= date(2016, 1, 1))
            if name in ("prices", "fx")
            else frame
            for name, frame in tables.items()
        }
        paasche.advance(run, paasche.Market.from_frames(cut), "2016-03-30")
        once = sample_run(sample, end="2016-03-30").write(tmp_path / "once")
        assert record(run)["market"]["past"] == record(once)["market"]["past"]


def test_a_run_that_goes_on_from_a_state_knows_the_past_of_every_name(tmp_path):
    """Its table of constituents tells of changes only, and there is none."""
    state = small.calculated(options={"end": small.SESSIONS[4]}).state
    later = small.calculated(options={"end": BEFORE, "continue_from": state})
    assert later.constituents.is_empty()
    run = later.write(tmp_path / "run")
    where = {"date": small.SESSIONS[6], "security": small.NAMES[0]}
    wrong = changed(small.tables()["prices"], "close", 99.0, **where)
    with pytest.raises(errors.InconsistentError, match=r"other rows in prices of 2024\."):
        paasche.advance(run, market(prices=wrong), LAST)
    assert paasche.advance(run, market(), LAST).state.date == LAST


class TestWordsForTheSamePast:
    """What a null stands for may be written out, and the other way round."""

    DAYS = small.SESSIONS

    def advanced(self, tmp_path, before, after):
        for number, (one, other) in enumerate([(before, after), (after, before)]):
            run = small.calculated(options={"end": self.DAYS[5]}, **one)
            run = run.write(tmp_path / str(number))
            assert paasche.advance(run, market(**other), self.DAYS[6]).state.date == self.DAYS[6]

    @pytest.mark.parametrize("column", ["announced", "basis"])
    def test_of_shares(self, tmp_path, column):
        shares = small.tables()["shares"]
        others = {"shares": shares.with_columns(pl.col("effective").alias(column))}
        self.advanced(tmp_path, {"shares": shares}, others)

    def test_an_announcement_before_the_count_takes_effect(self, tmp_path):
        shares = small.tables()["shares"]
        early = pl.col("effective").dt.offset_by("-3d")
        self.advanced(tmp_path, {}, {"shares": shares.with_columns(announced=early)})

    def test_of_the_kind_of_constituents(self, tmp_path):
        constituents = small.tables()["constituents"].with_columns(kind=pl.lit("review"))
        self.advanced(tmp_path, {}, {"constituents": constituents})

    def test_of_the_index_of_constituents(self, tmp_path):
        constituents = small.tables()["constituents"].with_columns(index=pl.lit("SMALL"))
        self.advanced(tmp_path, {}, {"constituents": constituents})

    def test_of_the_currency_of_cash(self, tmp_path):
        dividend = small.actions((small.NAMES[0], self.DAYS[2], "cash_dividend", {"cash": 0.5}))
        written = dividend.with_columns(currency=pl.lit("CNY"))
        self.advanced(tmp_path, {"corporate_actions": dividend}, {"corporate_actions": written})

    def listings(self, *rows):
        columns = ("security", "exchange", "board", "currency", "start", "end")
        dates = dict.fromkeys(columns[-2:], pl.Date)
        schema = dict.fromkeys(columns, pl.String) | dates
        calendar = small.tables()["calendar"]
        both = pl.concat([calendar, calendar.with_columns(exchange=pl.lit("XSHE"))])
        return {"listings": pl.DataFrame(rows, schema=schema, orient="row"), "calendar": both}

    def test_a_listing_that_ends_after_the_run(self, tmp_path):
        first = (small.NAMES[0], "XSHG", "main", "CNY", date(2020, 1, 1))
        moved = (small.NAMES[0], "XSHE", "main", "CNY", self.DAYS[6], None)
        run = small.calculated(options={"end": self.DAYS[5]}, **self.listings((*first, None)))
        run = run.write(tmp_path / "run")
        after = market(**self.listings((*first, self.DAYS[5]), moved))
        assert paasche.advance(run, after, self.DAYS[6]).state.date == self.DAYS[6]

    def test_but_not_one_that_ended_before(self, tmp_path):
        first = (small.NAMES[0], "XSHG", "main", "CNY", date(2020, 1, 1))
        run = small.calculated(options={"end": self.DAYS[5]}, **self.listings((*first, None)))
        run = run.write(tmp_path / "run")
        after = market(**self.listings((*first, self.DAYS[4])))
        with pytest.raises(errors.InconsistentError, match="other rows in listings of 2020"):
            paasche.advance(run, after, self.DAYS[6])
