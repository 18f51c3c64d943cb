"""The sample market has what reviews must judge: statuses, reports, holders, places, decisions."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from market import sample_tables
from paasche.market.vocabulary import DECISIONS, OPINIONS


@pytest.fixture(scope="module", name="market")
def _market():
    return sample_tables.tables()


@pytest.fixture(scope="module", name="status")
def _status(market):
    rows = market["status"].join(market["securities"], on="security")
    return rows.with_columns(mainland=pl.col("exchange") != "XHKG")


@pytest.fixture(scope="module", name="runs")
def _runs():
    """Suspensions of 20 sessions and more, with their length."""
    return (
        sample_tables.suspended_sessions()
        .group_by("security", "start")
        .agg(sessions=pl.len(), last=pl.col("date").max())
        .filter(pl.col("sessions") >= 20)
    )


def test_statuses_of_one_kind_never_overlap(market):
    rows = market["status"].sort("security", "status", "start")
    after = pl.col("start").shift(-1).over("security", "status")
    assert rows.filter(pl.col("end").is_null() & after.is_not_null()).is_empty()
    assert rows.filter(pl.col("end") >= after).is_empty()
    assert (rows["end"] >= rows["start"]).all()


@pytest.mark.rule("R19")
@pytest.mark.parametrize("word", ["risk_warning", "delisting_warning"])
def test_warnings_of_mainland_names_are_lifted_go_on_or_end_with_the_name(status, word):
    spells = status.filter(pl.col("status") == word)
    assert spells["mainland"].all()
    assert spells.filter(pl.col("end").is_null()).height >= 1
    lifted = pl.col("end").is_not_null() & pl.col("delisted").is_null()
    assert spells.filter(lifted).height >= 8
    ended = (pl.col("delisted") - pl.col("end")).dt.total_days() <= 15
    assert spells.filter(ended).height >= 3


@pytest.mark.rule("R31")
def test_some_large_names_are_warned(market, status):
    warned = status.filter((pl.col("status") == "risk_warning") & pl.col("delisted").is_null())
    assert warned.join(market["constituents"], on="security", how="semi")["security"].n_unique() > 1


@pytest.mark.rule("R30")
def test_names_join_and_leave_connect_and_are_sold_only_after_it(status):
    connect = status.filter(pl.col("status") == "connect")
    start = connect["start"].min()
    for mainland in (True, False):
        names = connect.filter(pl.col("mainland") == mainland)
        assert names.filter(pl.col("start") == start).height > 50
        assert names.filter(pl.col("start") > start).height > 20
    sold = status.filter(pl.col("status") == "sell_only")
    assert sold.height > 10
    left = connect.select("security", left=pl.col("end"), joined=pl.col("start"))
    after = sold.join(left, on="security").filter(
        (pl.col("start") - pl.col("left")).dt.total_days().is_between(1, 12)
    )
    assert after["security"].n_unique() == sold["security"].n_unique()
    assert connect["security"].is_duplicated().sum() > 5


@pytest.mark.rule("N5")
def test_names_of_beijing_are_not_in_connect(status):
    beijing = status.filter(pl.col("exchange") == "BJSE")
    assert beijing.filter(pl.col("status") == "connect").is_empty()


@pytest.mark.rule("R12", "R13")
def test_suspensions_up_to_a_cutoff_last_22_25_26_and_more_sessions(market):
    missed = sample_tables.suspended_sessions().select("security", "date", "start", "end")
    traded = set(market["calendar"].filter(pl.col("exchange") == "XSHG")["date"])
    days = sorted(day for day in traded if day <= market["prices"]["date"].max())
    ends = [dt.date(year, month, 1) for year in range(2015, 2025) for month in (5, 11)]
    cutoffs = [max(day for day in days if day < end) for end in ends]
    mainland = ~pl.col("security").str.ends_with(".HK")
    counts = set()
    for cutoff in cutoffs:
        still = missed.filter(
            mainland
            & (pl.col("start") <= cutoff)
            & ((pl.col("end") > cutoff) | pl.col("end").is_null())
            & (pl.col("date") <= cutoff)
        )
        counts |= set(still.group_by("security").len()["len"])
    assert {22, 25, 26} <= counts
    assert max(counts) > 30


@pytest.mark.rule("R16")
def test_long_suspensions_of_large_names_are_over_before_a_cutoff(market, runs):
    large = runs.join(market["constituents"], on="security", how="semi")
    over = large.filter((pl.col("sessions") > 25) & (pl.col("last").dt.month().is_in([2, 3, 8, 9])))
    assert over.height >= 2


@pytest.mark.rule("R17")
def test_some_names_are_suspended_between_announcement_and_change(market):
    missed = sample_tables.suspended_sessions()
    days = market["prices"]["date"].unique().sort()
    found = set()
    for effective in (
        market["constituents"].filter(pl.col("kind") == "review")["effective"].unique()
    ):
        before = days.filter(days < effective)
        start = missed.filter(pl.col("start").is_between(before[-9], before[-1]))
        found |= set(start.filter(pl.col("date") == before[-1])["security"])
    members = set(market["constituents"]["security"])
    assert len(found & members) >= 2


@pytest.mark.rule("R20", "R21")
def test_mainland_names_report_by_the_half_year(market):
    reports = market["financials"]
    mainland = market["securities"].filter(pl.col("exchange") != "XHKG")
    assert set(reports["security"]) <= set(mainland["security"])
    assert reports["security"].n_unique() > 0.98 * mainland.height
    assert (reports["published"] > reports["period"]).all()
    assert reports["published"].max() <= market["prices"]["date"].max()
    ends = reports["period"].dt.strftime("%m-%d")
    assert set(ends) == {"06-30", "12-31"}
    year = pl.col("period").dt.year()
    deadline = (
        pl.when(pl.col("period").dt.month() == 12)
        .then(pl.date(year + 1, 4, 30))
        .otherwise(pl.date(year, 8, 31))
    )
    late = reports.filter(pl.col("published") > deadline)
    assert 10 < late.height < 0.01 * reports.height
    assert 0.02 < (reports["net_profit"] < 0).mean() < 0.12
    audited = reports.filter(pl.col("period").dt.month() == 12)
    assert set(audited["opinion"]) == set(OPINIONS)
    assert (audited["opinion"] == "unqualified").mean() > 0.9
    halves = reports.filter(pl.col("period").dt.month() == 6)
    assert halves["opinion"].count() == 0


@pytest.mark.rule("R21")
def test_some_reports_are_missing(market):
    periods = (
        market["financials"]
        .group_by("security")
        .agg(n=pl.len(), first=pl.col("period").min(), last=pl.col("period").max())
        .with_columns(
            due=((pl.col("last").dt.year() - pl.col("first").dt.year()) * 12
                 + pl.col("last").dt.month().cast(pl.Int32)
                 - pl.col("first").dt.month().cast(pl.Int32)) // 6 + 1
        )
    )  # fmt: skip
    assert 5 < periods.filter(pl.col("n") < pl.col("due")).height < 100


@pytest.mark.rule("R46")
def test_groups_acting_in_concert_hold_more_than_five_percent_exactly_it_and_less(market):
    silent = market["shares"].filter(pl.col("free_float").is_null())["security"].unique()
    holders = market["holders"]
    assert set(holders["security"]) <= set(silent)
    first = market["shares"].sort("effective").group_by("security").first()
    held = (
        holders.filter(pl.col("date") == pl.col("date").min().over("security"))
        .drop_nulls("group")
        .group_by("security", "group")
        .agg(pl.col("shares").sum(), published=pl.col("published").first())
        .join(first, on="security")
    )
    assert (held["published"] <= held["effective"]).all()
    share = held["shares"] * 10_000 / held["total"]
    assert (share == 500).any()
    assert share.is_between(500.5, 515).any()
    assert share.is_between(490, 499.5).any()


@pytest.mark.rule("R46")
def test_the_holders_leave_a_free_float(market):
    left = sample_tables.shares().join(market["holders"], on="security", how="semi")
    assert left["free_float"].null_count() == 0
    assert (left["free_float"] > 0).all()


@pytest.mark.rule("N1")
def test_two_names_move_from_beijing_and_one_takes_a_new_code(market):
    listings, codes = market["listings"], market["codes"]
    assert listings["security"].n_unique() == 2
    assert listings["currency"].unique().to_list() == ["CNY"]
    moved = listings.sort("security", "start").group_by("security", maintain_order=True)
    assert set(moved.agg(pl.col("board").first())["board"]) == {"bse"}
    assert set(moved.agg(pl.col("board").last())["board"]) == {"star", "chinext"}
    stayed = codes.filter(~pl.col("security").is_in(listings["security"].implode()))
    assert stayed["security"].n_unique() == 1
    assert stayed["code"].n_unique() == 2


def test_receipts_say_how_many_shares_they_stand_for(market):
    receipts = market["securities"].filter(pl.col("class") == "CDR")
    assert receipts.height == 2
    assert receipts["underlying_ratio"].null_count() == 0
    assert market["securities"]["underlying_ratio"].count() == 2


@pytest.mark.rule("R34")
def test_every_word_of_decision_is_there_and_figures_have_a_value(market):
    decisions = market["decisions"]
    assert set(decisions["decision"]) == set(DECISIONS)
    figures = decisions["decision"].is_in(["price", "shares", "factor"])
    assert (decisions["value"].is_not_null() == figures).all()
    assert decisions.filter(pl.col("security").is_null())["decision"].to_list() == ["pass_through"]
