"""Eligibility looks at nothing after its day, and at no order of rows."""

from datetime import UTC, date, datetime
from functools import cache

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import paasche as px
from paasche.market.sample import sample_market
from paasche.review.dates.schedule import ReviewDates
from paasche.review.panels.ground import lay_ground
from paasche.review.screening.screens import eligibility

DATES = ReviewDates(
    month=date(2021, 6, 1),
    first=date(2020, 5, 1),
    last=date(2021, 4, 30),
    cutoff=date(2021, 4, 30),
    announcement=date(2021, 5, 28),
    adjustment_close=date(2021, 6, 11),
    effective=date(2021, 6, 15),
)
RULES = px.Methodology.from_dict(
    {
        "schema_version": 1,
        "index": {
            "code": "TEST",
            "name": "test",
            "currency": "CNY",
            "base_date": "2020-06-01",
            "base_level": 1000.0,
        },
        "universe": {
            "exchanges": ["XSHG", "XSHE", "XHKG"],
            "listing_age": {"months": 3, "exempt_rank": 5},
            "screens": [
                {"measure": "average_turnover", "top_share": 0.8, "constituent_top_share": 0.9},
                {"measure": "average_free_float_market_value", "minimum": 1e9},
            ],
        },
        "selection": {"count": 50},
        "weighting": {"scheme": "free_float", "free_float_bands": "ces-2023"},
    }
)
KNOWN_FROM = {
    "prices": "date",
    "fx": "date",
    "status": "start",
    "financials": "published",
    "holders": "published",
    "listings": "start",
    "codes": "start",
    "shares": "effective",
    "corporate_actions": "ex_date",
}
"""The column of each table from whose day on a row is known, where it is not announced before."""


@cache
def sample():
    return sample_market(securities=150, start="2020-01-02", end="2022-06-30")


def judge(tables, constituents):
    market = px.Market.from_frames(tables)
    end = market["prices"]["date"].max()
    return eligibility(market, lay_ground(market, RULES, end), RULES, DATES, constituents)


def same(first, second):
    assert_frame_equal(first.table, second.table)
    assert_frame_equal(first.flags, second.flags)
    assert (first.long_suspended, first.notes) == (second.long_suspended, second.notes)


def members():
    table = sample()["constituents"]
    return table.filter(pl.col("effective") == pl.col("effective").min())["security"].to_list()


@cache
def expected():
    return judge(sample(), members())


def test_the_sample_market_has_names_on_both_sides():
    table = expected().table
    assert table["eligible"].any()
    assert table["screen"].drop_nulls().n_unique() > 3


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_does_not_matter(seed):
    shuffled = {
        name: frame.sample(fraction=1.0, shuffle=True, seed=seed)
        for name, frame in sample().items()
    }
    same(judge(shuffled, members()[::-1]), expected())


def truncated(day):
    """Return the market as it was known on a day: later rows out, later ends and dates unknown."""
    tables = dict(sample())
    for name, column in KNOWN_FROM.items():
        if name not in tables:
            continue
        frame = tables[name]
        known = pl.col(column) <= day
        if "announced" in frame.columns:
            known |= pl.col("announced") <= day
        tables[name] = frame.filter(known)
    later = {
        "status": ["end"],
        "listings": ["end"],
        "codes": ["end"],
        "corporate_actions": ["cancelled"],
        "securities": ["delisted"],
    }
    for name, columns in later.items():
        if name in tables:
            there = [column for column in columns if column in tables[name].columns]
            tables[name] = tables[name].with_columns(
                pl.when(pl.col(column) <= day).then(column) for column in there
            )
    return tables


@pytest.mark.rule("R3", "R5")
def test_nothing_after_the_announcement_changes_a_decision():
    tables = truncated(DATES.announcement)
    assert len(tables["prices"]) < len(sample()["prices"])
    begun = sample()["status"].filter(pl.col("start") <= DATES.announcement)
    assert tables["status"]["end"].null_count() > begun["end"].null_count()
    same(judge(tables, members()), expected())


@pytest.mark.rule("R3", "R5")
def test_no_price_after_the_cutoff_changes_a_decision():
    tables = dict(sample())
    later = pl.col("date") > DATES.cutoff
    tables["prices"] = tables["prices"].with_columns(
        close=pl.when(later).then(pl.col("close") * 3).otherwise("close"),
        turnover=pl.when(later).then(0.0).otherwise("turnover"),
    )
    tables["fx"] = tables["fx"].with_columns(
        rate=pl.when(later).then(pl.col("rate") * 2).otherwise("rate")
    )
    same(judge(tables, members()), expected())


def test_a_market_seen_at_a_moment_gives_what_it_gave_then():
    tables = dict(sample())
    moment = datetime(2021, 5, 28, 18, tzinfo=UTC)
    revised = tables["shares"].with_columns(
        total=pl.col("total") * 2, known_at=pl.lit(datetime(2022, 1, 4, tzinfo=UTC))
    )
    first = tables["shares"].with_columns(known_at=pl.lit(None, pl.Datetime("us", "UTC")))
    tables["shares"] = pl.concat([first, revised.cast({"known_at": pl.Datetime("us", "UTC")})])
    market = px.Market.from_frames(tables).as_of(moment)
    laid = lay_ground(market, RULES, date(2022, 6, 30))
    same(eligibility(market, laid, RULES, DATES, members()), expected())
