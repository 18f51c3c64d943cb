"""The sample market shows every kind of corporate action, and prices that respect it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from market import sample_tables
from market.sample_tables import EX_KINDS

TICK = 0.01


@pytest.fixture(scope="module", name="market")
def _market():
    return sample_tables.tables()


@pytest.fixture(scope="module", name="sessions")
def _sessions():
    return sample_tables.sessions()


@pytest.fixture(scope="module", name="ex_dates")
def _ex_dates():
    return sample_tables.ex_dates()


@pytest.fixture(scope="module", name="suspended_sessions")
def _suspended_sessions():
    return sample_tables.suspended_sessions()


def test_every_kind_of_action_is_there(market):
    actions = market["corporate_actions"]
    assert set(actions["kind"]) == {
        *EX_KINDS,
        *("delisting", "bankruptcy", "merger", "spin_off", "tender"),
    }
    splits = actions.filter(pl.col("kind") == "split")["ratio"]
    assert splits.min() == 0.1
    assert splits.max() == 5.0
    cash = actions.filter(pl.col("kind").str.ends_with("dividend"))
    hong_kong = cash.filter(pl.col("security").str.ends_with(".HK"))
    assert hong_kong.filter(pl.col("currency") == "CNY").height > 50
    assert cash.filter(pl.col("currency").is_null()).is_empty()
    assert cash.filter(pl.col("id") == "2").height > 5


def test_some_actions_are_cancelled_up_to_the_ex_date_itself(market):
    called_off = market["corporate_actions"].filter(pl.col("cancelled").is_not_null())
    assert called_off.height >= 10
    assert (called_off["cancelled"] <= called_off["ex_date"]).all()
    assert (called_off["cancelled"] == called_off["ex_date"]).any()
    assert called_off["ratio"].count() >= 5


def test_dividend_and_bonus_meet_on_one_day(ex_dates):
    together = ex_dates.group_by("security", "session").agg(pl.col("kind").unique())
    pairs = [set(kinds) for kinds in together["kind"]]
    assert sum({"cash_dividend", "bonus"} <= pair for pair in pairs) > 20
    assert sum({"cash_dividend", "special_dividend"} <= pair for pair in pairs) > 2
    assert sum({"cash_dividend", "rights"} <= pair for pair in pairs) > 10


def test_some_ex_dates_are_written_on_a_closed_day(ex_dates):
    moved = ex_dates.filter(pl.col("session") != pl.col("ex_date"))
    assert 5 < moved.height < 200


@pytest.mark.rule("R63")
def test_published_references_are_within_one_tick_of_the_combined_formula(
    market, ex_dates, sessions
):
    prices = market["prices"].sort("date")
    spun_off = market["corporate_actions"].filter(pl.col("kind") == "spin_off")
    published = prices.filter(pl.col("reference").is_not_null()).join(
        spun_off, left_on=["security", "date"], right_on=["security", "ex_date"], how="anti"
    )
    before = prices.select("security", "date", last="close", day="date")
    union = sessions["date"].unique().sort()
    rates = (
        pl.DataFrame({"date": union})
        .join(market["fx"].select("date", "rate"), on="date", how="left")
        .with_columns(pl.col("rate").forward_fill().shift())
    )
    ratio = {kind: pl.col("ratio").filter(pl.col("kind") == kind) for kind in EX_KINDS}
    foreign = pl.col("security").str.ends_with(".HK") & (pl.col("currency") == "CNY")
    terms = (
        ex_dates.join(rates, left_on="session", right_on="date")
        .with_columns(own=pl.col("cash") / pl.when(foreign).then("rate").otherwise(1.0))
        .group_by("security", date="session")
        .agg(
            cash=pl.col("own").sum(),
            money=(pl.col("price") * pl.col("ratio")).sum(),
            new=ratio["bonus"].sum() + ratio["rights"].sum(),
            split=ratio["split"].product(),
        )
        .sort("date")
    )
    joined = published.join(terms, on=["date", "security"], how="left").join_asof(
        before, on="date", by="security", allow_exact_matches=False, check_sortedness=False
    )
    assert joined.height > 3_000
    assert joined["split"].null_count() == 0
    expected = joined.select(
        (pl.col("last") - pl.col("cash") + pl.col("money"))
        / ((1 + pl.col("new")) * pl.col("split"))
    ).to_series()
    assert (joined["reference"] - expected).abs().max() < TICK + 1e-9
    np.testing.assert_array_equal(joined["reference"], joined["reference"].round(2))


@pytest.mark.rule("R63")
def test_raw_prices_fall_with_the_reference_price(market, ex_dates):
    prices = market["prices"].sort("security", "date")
    split = ex_dates.filter((pl.col("kind") == "split") & (pl.col("ratio") > 1))
    moves = prices.with_columns(last=pl.col("close").shift().over("security")).join(
        split, left_on=["security", "date"], right_on=["security", "session"]
    )
    # Without a trade the row repeats the old close.
    moves = moves.filter(pl.col("volume") > 0)
    assert moves.height > 5
    adjusted = moves["close"] * moves["ratio"] / moves["last"]
    assert ((adjusted - 1).abs() < 0.3).all()


def test_only_a_part_of_the_ex_dates_has_a_published_reference(market, ex_dates):
    days = ex_dates.select("security", date="session").unique()
    published = market["prices"]["reference"].count()
    assert 0.5 < published / days.height < 0.8


def test_some_ex_dates_see_no_trade(market, ex_dates):
    idle = market["prices"].filter(pl.col("volume") == 0)
    assert idle.height > 5
    on_ex_date = idle.join(
        ex_dates, left_on=["security", "date"], right_on=["security", "session"], how="semi"
    )
    assert on_ex_date.height == idle.height
    assert idle["reference"].count() == 0


@pytest.mark.rule("R33")
def test_a_bad_end_is_deleted_at_0_00001_after_a_suspension(market):
    delistings = market["corporate_actions"].filter(pl.col("kind") == "delisting")
    bad = delistings.filter(pl.col("price").is_not_null())
    assert set(bad["price"]) == {0.00001}
    assert bad.height > 5
    assert delistings.height - bad.height > 5
    ends = market["status"].filter(pl.col("reason") == "material_negative_event")
    bankrupt = market["corporate_actions"].filter(pl.col("kind") == "bankruptcy")
    assert set(ends["security"]) == {*bad["security"], *bankrupt["security"]}
    last = market["prices"].group_by("security").agg(last=pl.col("date").max())
    run = ends.join(last, on="security").join(bad, on="security")
    assert (run["last"] < run["start"]).all()
    assert (run["end"] < run["ex_date"]).all()
    both = delistings.join(market["securities"], on="security")
    assert (both["ex_date"] == both["delisted"]).all()


def test_suspensions_reach_over_ex_dates(ex_dates, suspended_sessions):
    over = ex_dates.join(
        suspended_sessions.select("security", session="date"), on=["security", "session"]
    )
    assert over.height > 50
    assert {"cash_dividend", "bonus"} <= set(over["kind"])
