"""A stored run goes on in its place, session by session, and has the bytes of one run."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

import paasche
from calculation import small_markets as small
from paasche import errors
from paasche._files import RUN_FILES
from paasche.calculation.stored import directory as run_directory
from paasche.calculation.stored.tables import TABLES

LAST, BEFORE = small.SESSIONS[-1], small.SESSIONS[-2]


@pytest.fixture(name="sample", scope="module")
def _sample():
    """The sample market over its first review, share changes and ex-dates, and its run."""
    market = paasche.Market.from_frames(paasche.sample_market(securities=100, end="2016-03-31"))
    return market, sample_run(market)


def sample_run(market, **options):
    with pytest.warns(errors.AssumptionWarning):
        return paasche.calculate(paasche.Methodology.load("sample-cross-border"), market, **options)


@pytest.fixture(name="run")
def _run(tmp_path):
    """The small market up to its last session but one."""
    return small.calculated(options={"end": BEFORE}).write(tmp_path / "run")


def market(**others):
    return paasche.Market.from_frames(small.tables(**others))


def record(run):
    return json.loads((run / "run.json").read_text(encoding="utf-8"))


def files(run):
    return {path.name: path.read_bytes() for path in run.iterdir()}


def changed(table, column, value, **where):
    """Return a table with one value in the rows that match."""
    rows = pl.all_horizontal(pl.col(name) == one for name, one in where.items())
    return table.with_columns(pl.when(rows).then(pl.lit(value)).otherwise(column).alias(column))


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


class TestReplacement:
    """The machine may stop at any moment: the run before or the run after is there."""

    def test_between_the_two_renames_the_run_before_is_found(self, run, monkeypatch):
        before = paasche.Result.read(run)
        rename = type(run).rename

        def stop(path, target):
            if path.name == "new":
                raise SystemError("the machine stops")
            # What an exception would put back stays away.
            return rename(path, target) if path == run else None

        monkeypatch.setattr(type(run), "rename", stop)
        with pytest.raises(SystemError):
            paasche.advance(run, market(), LAST)
        monkeypatch.undo()
        assert not run.exists()
        assert paasche.Result.read(run).levels.equals(before.levels)
        assert paasche.State.read(run) == before.state
        assert paasche.advance(run, market(), LAST).state.date == LAST
        assert [path.name for path in run.parent.iterdir()] == ["run"]

    def test_what_was_put_aside_goes_with_the_next_replacement(self, run):
        aside = run.with_name(".run.earlier")
        aside.mkdir()
        (aside / "run.json").write_text("older", encoding="utf-8")
        paasche.advance(run, market(), LAST)
        assert [path.name for path in run.parent.iterdir()] == ["run"]

    def test_what_else_lies_in_the_directory_comes_along_but_for_the_factsheet(self, run):
        (run / "factsheet.html").write_text("of yesterday", encoding="utf-8")
        (run / "notes").mkdir()
        (run / "notes" / "june.txt").write_text("mine too", encoding="utf-8")
        paasche.advance(run, market(), LAST)
        assert not (run / "factsheet.html").exists()
        assert (run / "notes" / "june.txt").read_text(encoding="utf-8") == "mine too"
        assert paasche.Result.read(run).state.date == LAST

    def test_a_new_place_is_simply_written(self, tmp_path):
        run_directory.replace_run(small.calculated(), tmp_path / "fresh")
        assert paasche.Result.read(tmp_path / "fresh").state.date == LAST


class TestPlaces:
    """A run directory may be given by a link, or as the working directory."""

    def test_a_link_stays_and_what_it_leads_to_is_replaced(self, run, tmp_path):
        latest = tmp_path / "latest"
        latest.symlink_to("run")
        paasche.advance(latest, market(), LAST)
        assert latest.is_symlink()
        assert paasche.Result.read(run).state.date == LAST
        assert paasche.Result.read(latest).state.date == LAST
        assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "run"]

    def test_a_link_finds_what_a_stopped_replacement_left(self, run, tmp_path):
        (tmp_path / "latest").symlink_to(run)
        run.rename(tmp_path / ".run.earlier")
        assert paasche.Result.read(tmp_path / "latest").state.date == BEFORE

    def test_the_working_directory_is_replaced_and_stays_the_working_directory(
        self, run, monkeypatch
    ):
        monkeypatch.chdir(run)
        assert paasche.Result.read(".").state.date == BEFORE
        paasche.advance(".", market(), LAST)
        assert Path.cwd() == run.resolve()
        assert paasche.Result.read(".").state.date == LAST

    def test_a_working_directory_that_is_gone_is_refused_in_words(self, tmp_path, monkeypatch):
        (tmp_path / "gone").mkdir()
        monkeypatch.chdir(tmp_path / "gone")
        (tmp_path / "gone").rmdir()
        with pytest.raises(errors.MissingDataError, match="change to it again"):
            paasche.Result.read(".")


def test_the_files_of_people_stay_whatever_their_names(run, tmp_path):
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("linked", encoding="utf-8")
    mine = ["run.log", "levels.xlsx", "state.md", "levels"]
    for name in mine:
        (run / name).write_text(name, encoding="utf-8")
    (run / "link").symlink_to(elsewhere)
    paasche.advance(run, market(), LAST)
    assert [(run / name).read_text(encoding="utf-8") for name in mine] == mine
    assert (run / "link").is_symlink()


def test_the_names_of_a_run_directory_are_those_that_are_written(tmp_path):
    """The list is apart from the tables: the command line reads it without polars."""
    tables = {f"{name}.{form}" for name in (*TABLES, "restatement") for form in ("parquet", "csv")}
    assert {*tables, "run.json", "state.json", "factsheet.html"} == RUN_FILES
    assert files(small.calculated().write(tmp_path / "run")).keys() < RUN_FILES


class TestReadMeanwhile:
    """A run that is replaced while it is read is the one before or the one after."""

    def test_it_is_read_once_more(self, run, monkeypatch):
        read = run_directory._read

        def advance_first(file, schema):
            monkeypatch.setattr(run_directory, "_read", read)
            paasche.advance(run, market(), LAST)
            return read(file, schema)

        monkeypatch.setattr(run_directory, "_read", advance_first)
        found = paasche.Result.read(run)
        assert found.state.date == LAST
        assert found.levels["date"].max() == LAST
        assert found.record["content"] == record(run)["content"]

    @pytest.mark.parametrize("name", ["levels.parquet", "state.json"])
    def test_what_never_fits_is_refused_by_its_name(self, run, tmp_path, name):
        other = small.calculated().write(tmp_path / "other")
        (run / name).write_bytes((other / name).read_bytes())
        with pytest.raises(errors.InputError) as refused:
            paasche.Result.read(run)
        assert str(refused.value) == (
            f"{run}: {name} must be as run.json recorded; changed by hand, or the run is being "
            "replaced just now: read it again, or calculate it anew"
        )

    def test_a_run_written_before_the_state_was_recorded_is_read(self, run):
        said = record(run)
        del said["state"]
        (run / "run.json").write_text(json.dumps(said), encoding="utf-8")
        assert paasche.Result.read(run).state.date == BEFORE


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
