"""The sample market obeys the data contract."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl
import pytest

from market import sample_tables
from market.sample_tables import baskets
from paasche.errors import InputError
from paasche.market import Market
from paasche.market.sample import sample_market

KEYS = {
    "securities": ["security"],
    "listings": ["security", "start"],
    "codes": ["security", "start"],
    "prices": ["date", "security"],
    "shares": ["security", "effective"],
    "holders": ["security", "date", "holder"],
    "corporate_actions": ["security", "ex_date", "kind", "id"],
    "status": ["security", "status", "start"],
    "financials": ["security", "period", "published"],
    "constituents": ["index", "effective", "security"],
    "decisions": ["date", "index", "security", "decision"],
    "fx": ["date", "pair"],
    "calendar": ["exchange", "date"],
}


@pytest.fixture(scope="module", name="market")
def _market():
    return sample_tables.tables()


@pytest.fixture(scope="module", name="sessions")
def _sessions():
    return sample_tables.sessions()


@pytest.fixture(scope="module", name="suspended_sessions")
def _suspended_sessions():
    return sample_tables.suspended_sessions()


def fingerprint(tables):
    return {
        name: hashlib.sha256(table.write_csv(None).encode()).hexdigest()
        for name, table in tables.items()
    }


def test_the_same_seed_gives_the_same_tables():
    short = {"securities": 120, "start": "2020-01-02", "end": "2021-06-30"}
    assert fingerprint(sample_market(7, **short)) == fingerprint(sample_market(7, **short))


def test_another_seed_gives_other_tables():
    short = {"securities": 120, "start": "2020-01-02", "end": "2021-06-30"}
    first, second = fingerprint(sample_market(7, **short)), fingerprint(sample_market(8, **short))
    assert {name for name in first if first[name] == second[name]} == {"calendar"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"securities": 99}, "securities = 99: must be from 100 to 5000"),
        ({"start": "2015-13-01"}, "start = '2015-13-01': must be an ISO date"),
        ({"start": "2015-01-01", "end": "2015-02-01"}, "end = 2015-02-01: must be at least 200"),
        ({"start": "2012-01-02", "end": "2013-12-31"}, "end = 2013-12-31: must be after 2015"),
    ],
)
def test_an_argument_out_of_bounds_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        sample_market(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"securities": 100, "start": "2023-01-02", "end": "2023-12-29"},
        {"securities": 200, "start": "2013-01-01", "end": "2016-06-30"},
    ],
)
def test_smaller_markets_have_no_empty_table(arguments):
    tables = sample_market(5, **arguments)
    assert all(table.height for table in tables.values())
    assert {"securities", "prices", "shares", "status", "constituents"} <= set(tables)
    assert tables["securities"].height == arguments["securities"]
    first = baskets(tables["constituents"])[0]
    assert first.height == arguments["securities"] // 4


def test_the_market_has_the_promised_size(market):
    assert market["securities"].height == 800
    assert market["prices"]["date"].n_unique() > 2_400
    assert set(market) == set(KEYS)


def test_keys_are_unique(market):
    for name, key in KEYS.items():
        assert not market[name].select(key).is_duplicated().any(), name


def test_types_are_canonical(market):
    kinds = {
        pl.String: "security name exchange currency class board company country industry kind id "
        "status reason index replaces related pair code holder group opinion decision who why",
        pl.Date: "date listed delisted effective announced basis ex_date cancelled record_date "
        "pay_date start end period published",
        pl.Int64: "total free_float volume shares restricted",
        pl.Float64: "close reference turnover cash ratio price weight rate net_profit value "
        "underlying_ratio",
    }
    expected = {column: kind for kind, columns in kinds.items() for column in columns.split()}
    for table in market.values():
        assert {name: expected[name] for name in table.columns} == dict(table.schema)


def test_securities_cover_four_exchanges_and_every_class_of_place(market):
    securities = market["securities"]
    assert set(securities["exchange"]) == {"XSHG", "XSHE", "BJSE", "XHKG"}
    assert set(securities["board"]) == {"main", "star", "chinext", "bse"}
    assert set(securities["class"]) == {"A", "H", "CDR", None}
    assert set(securities["country"]) == {"CN", "HK", "KY"}
    assert securities["name"].n_unique() == 800
    assert securities["company"].n_unique() == 760
    assert securities.filter(pl.col("listed") > pl.date(2015, 1, 5)).height > 100
    suffix = pl.col("security").str.slice(-2)
    assert securities.filter(
        suffix.replace_strict({"SH": "XSHG", "SZ": "XSHE", "BJ": "BJSE", "HK": "XHKG"})
        != pl.col("exchange")
    ).is_empty()


def test_holidays_differ_between_the_mainland_and_hong_kong(market):
    calendar = market["calendar"].partition_by("exchange", as_dict=True)
    mainland, hong_kong = (set(calendar[(mic,)]["date"]) for mic in ("XSHG", "XHKG"))
    assert len(mainland - hong_kong) > 30
    assert len(hong_kong - mainland) > 60
    assert not any(day.weekday() > 4 for day in mainland | hong_kong)


def test_prices_stand_on_sessions_of_listed_names_only(market, sessions):
    prices = market["prices"]
    assert prices.join(sessions, on=["date", "security"], how="anti").is_empty()
    life = prices.join(market["securities"], on="security")
    assert (life["date"] >= life["listed"]).all()
    assert (life["date"] < life["delisted"]).all()


def test_a_listed_name_has_either_a_price_or_a_suspension(market, sessions, suspended_sessions):
    prices = market["prices"].select("date", "security")
    first, last = prices["date"].min(), prices["date"].max()
    listed = (
        sessions.join(market["securities"], on="security")
        .filter(
            pl.col("date").is_between(first, last)
            & (pl.col("date") >= pl.col("listed"))
            & (pl.col("date") < pl.col("delisted").fill_null(pl.date(9999, 1, 1)))
        )
        .select("date", "security")
    )
    missed = suspended_sessions.select("date", "security")
    assert missed.is_duplicated().sum() == 0
    assert missed.join(prices, on=["date", "security"]).is_empty()
    assert prices.height + missed.height == listed.height
    assert listed.join(pl.concat([prices, missed]), on=["date", "security"], how="anti").is_empty()


def test_prices_are_positive_and_in_ticks(market):
    close = market["prices"]["close"].to_numpy()
    assert close.min() >= 0.5
    np.testing.assert_array_equal(close, np.round(close, 2))


def test_returns_have_heavy_tails(market):
    moves = (
        market["prices"]
        .sort("security", "date")
        .select((pl.col("close") / pl.col("close").shift()).log().over("security").alias("move"))
        .filter(pl.col("move").abs() < 0.2)["move"]
    )
    assert moves.kurtosis() > 3
    assert 0.012 < moves.std() < 0.035


def test_the_rate_stays_in_its_range_and_misses_few_days(market, sessions):
    fx, prices = market["fx"], market["prices"]
    assert set(fx["pair"]) == {"HKDCNY"}
    assert fx["rate"].is_between(0.80, 0.93).all()
    days = prices["date"].unique().sort().to_frame()
    assert fx["date"].min() == days["date"].min()
    missing = days.join(fx, on="date", how="left")["rate"].is_null()
    assert 3 < missing.sum() < 40
    runs = missing.rle().struct.unnest().filter("value")["len"]
    assert 3 <= runs.max() <= 5


@pytest.mark.parametrize("seed", [2023, 1])
def test_the_market_room_finds_no_defect(seed):
    tables = sample_market(seed)
    market = Market.from_frames(tables)
    first, last = tables["prices"]["date"].min(), tables["prices"]["date"].max()
    assert market.price_gaps(tables["securities"]["security"], first, last).is_empty()
    assert market.calendars.sessions("XHKG", first, last).size > 2_400
