"""A simulated day: its trades end at the closes, its feed has what feeds have (R42, R43)."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import paasche as px
from live.days import is_trade
from paasche.errors import InputError, MissingDataError
from paasche.live.opened.sessions import trading_day
from paasche.live.simulated.drawing import Ran, draw_counts, draw_times, draw_volumes, draw_weights
from paasche.live.simulated.tick_sizes import tick_sizes

DATE = dt.date(2023, 6, 14)
TICKS = 200_000


@pytest.fixture(scope="module", name="market")
def _market():
    return px.Market.from_frames(
        px.sample_market(securities=100, start="2023-01-02", end="2023-12-29")
    )


@pytest.fixture(scope="module", name="day")
def _day(market):
    return px.simulate_ticks(market, DATE, ticks=TICKS)


@pytest.fixture(scope="module", name="closes")
def _closes(market):
    return market["prices"].filter(pl.col("date") == DATE).join(market["securities"], on="security")


def trades(day):
    return day.filter(pl.col("volume") > 0, pl.col("price") > 0)


def small(date="2023-06-14", previous="2023-06-13", reference=None, **columns):
    """Return a market of two names in Shanghai, with two days of prices."""
    prices = {
        "date": [previous, previous, date, date],
        "security": ["600000.SH", "600519.SH"] * 2,
        "close": [10.0, 1700.0, 10.2, 1710.0],
        "reference": [None, None, reference, None],
    }
    securities = {
        "security": ["600000.SH", "600519.SH"],
        "name": ["a", "b"],
        "exchange": ["XSHG", "XSHG"],
        "currency": ["CNY", "CNY"],
    }
    frame = pl.DataFrame(prices | columns, schema_overrides={"reference": pl.Float64})
    return {"securities": securities, "prices": frame.with_columns(pl.col("date").str.to_date())}


def test_it_is_the_table_ticks_in_order_of_time(day, market):
    assert day.schema == {
        "timestamp": pl.Datetime("us", "UTC"),
        "security": pl.String,
        "price": pl.Float64,
        "volume": pl.Int64,
    }
    assert len(day) == TICKS
    assert day["timestamp"].is_sorted()
    assert sum(day.null_count().row(0)) == 0
    tables = {"securities": market["securities"], "ticks": day.head(100)}
    assert len(px.Market.from_frames(tables)["ticks"]) == 100


def test_the_last_trade_of_every_name_is_at_its_close(day, closes):
    last = trades(day).group_by("security", maintain_order=True).agg(pl.col("price").last())
    both = closes.join(last, on="security", how="left")
    assert both["price"].to_list() == both["close"].to_list()


def test_the_volumes_of_a_name_add_up_to_that_of_its_day(day, closes):
    sums = day.group_by("security").agg(traded=pl.col("volume").sum())
    both = closes.join(sums, on="security")
    assert both["traded"].to_list() == both["volume"].to_list()


@pytest.mark.rule("R43")
def test_every_trade_falls_into_a_session_of_its_exchange(day, closes, market):
    found = trades(day).join(closes.select("security", "exchange"), on="security")
    days = trading_day(market.calendars, closes["exchange"].unique(), DATE)
    assert len(days) > 2
    for (exchange,), rows in found.group_by("exchange"):
        assert is_trade(days[exchange], rows["timestamp"].dt.epoch("us").to_numpy()).all()


@pytest.mark.rule("R42")
def test_quotes_of_volume_0_come_before_the_opening_match(day, closes, market):
    quotes = day.filter(pl.col("volume") == 0, pl.col("price") > 0)
    assert len(quotes) == TICKS // 100
    days = trading_day(market.calendars, closes["exchange"].unique(), DATE)
    found = quotes.join(closes.select("security", "exchange"), on="security")
    for (exchange,), rows in found.group_by("exchange"):
        (begin, end) = days[exchange].call[0]
        assert rows["timestamp"].dt.epoch("us").is_between(begin, end).all()


@pytest.mark.rule("R42")
def test_a_few_prices_are_0(day):
    assert day.filter(pl.col("price") == 0).height == TICKS // 10_000


def test_prices_stand_on_the_steps_of_the_exchange(day, closes):
    found = trades(day).join(closes.select("security", "exchange", "close"), on="security")
    found = found.filter(pl.col("price") != pl.col("close"))
    assert (found["price"] == found["price"].round(3)).all()
    mainland = found.filter(pl.col("exchange") != "XHKG")["price"]
    assert (mainland == mainland.round(2)).all()
    hong_kong = found.filter(pl.col("exchange") == "XHKG")
    fifties = hong_kong.filter(pl.col("price").is_between(20, 100))["price"] * 20
    assert len(fifties) > 0
    assert (fifties == fifties.round()).all()


def test_trading_is_dense_at_both_ends_of_the_day(day, closes):
    shanghai = closes.filter(pl.col("exchange") == "XSHG")
    ticks = trades(day.join(shanghai, on="security", how="semi"))
    halves = ticks["timestamp"].dt.truncate("30m").value_counts().sort("timestamp")
    counts = halves["count"].to_list()[1:]  # the first is the opening match
    assert counts[0] > 1.5 * counts[1] > 1.5 * counts[2]
    assert counts[7] > 1.5 * counts[6] > 1.5 * counts[5]
    assert counts[8] == len(shanghai)  # the closing match alone


def test_few_names_make_most_of_the_trades(day):
    counts = trades(day)["security"].value_counts(sort=True)["count"]
    assert counts.head(10).sum() > 0.3 * counts.sum()
    assert counts.min() >= 1


def test_the_same_seed_gives_the_same_ticks(market, day):
    assert px.simulate_ticks(market, DATE, ticks=TICKS).equals(day)
    assert not px.simulate_ticks(market, DATE, ticks=TICKS, seed=1).equals(day)


def test_the_number_of_threads_changes_nothing():
    code = (
        "import hashlib, paasche as px\n"
        "tables = px.sample_market(securities=100, start='2023-01-02', end='2023-12-29')\n"
        "day = px.simulate_ticks(px.Market.from_frames(tables), '2023-06-14', ticks=20_000)\n"
        "print(hashlib.sha256(day.write_csv().encode()).hexdigest())\n"
    )
    package = str(Path(px.__file__).parents[1])
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": package, "POLARS_MAX_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "3")
    }
    assert len(seen) == 1


def test_names_may_be_chosen(market, closes):
    wanted = closes["security"].head(3).to_list()
    day = px.simulate_ticks(market, DATE, ticks=500, securities=wanted)
    assert sorted(day["security"].unique()) == wanted


def test_a_name_that_did_not_trade_is_silent():
    market = px.Market.from_frames(small(volume=[1000, 1000, 0, 1000]))
    assert px.simulate_ticks(market, "2023-06-14", ticks=200)["security"].unique().to_list() == [
        "600519.SH"
    ]


def test_a_suspended_name_is_silent():
    status = {"security": ["600000.SH"], "status": ["suspended"], "start": ["2023-06-14"]}
    market = px.Market.from_frames(small() | {"status": status | {"end": ["2023-06-14"]}})
    assert px.simulate_ticks(market, "2023-06-14", ticks=200)["security"].unique().to_list() == [
        "600519.SH"
    ]


def first_and_last(reference=None, **columns):
    market = px.Market.from_frames(small(reference=reference, **columns))
    day = trades(px.simulate_ticks(market, "2023-06-14", ticks=20_000, securities=["600000.SH"]))
    return day["price"][0], day["price"][-1]


def test_trading_begins_at_the_previous_close():
    first, last = first_and_last()
    assert (first, last) == (pytest.approx(10.0, abs=0.03), 10.2)


def test_trading_begins_at_the_published_reference():
    first, last = first_and_last(reference=9.1)
    assert (first, last) == (pytest.approx(9.1, abs=0.03), 10.2)


def test_a_start_far_off_the_close_is_no_price_of_these_shares():
    first, _ = first_and_last(close=[20.4, 1700.0, 10.2, 1710.0])
    assert first == pytest.approx(10.2, abs=0.03)


def test_without_volumes_and_history_a_day_is_drawn_all_the_same():
    market = px.Market.from_frames(small())
    day = trades(px.simulate_ticks(market, "2023-06-13", ticks=1_000))
    assert day["volume"].min() >= 100
    assert day.group_by("security").agg(pl.col("price").last()).sort("security")[
        "price"
    ].to_list() == [10.0, 1700.0]


def test_a_name_trades_no_more_often_than_it_has_shares():
    market = px.Market.from_frames(small(volume=[1000, 1000, 7, 5]))
    day = trades(px.simulate_ticks(market, "2023-06-14", ticks=1_000))
    assert day["security"].value_counts().sort("security")["count"].to_list() == [7, 5]


def test_a_half_day_ends_at_its_own_close():
    tables = small(date="2024-12-24", previous="2024-12-23")
    codes = ["00001.HK", "00005.HK"]
    tables["securities"] |= {"security": codes, "exchange": ["XHKG"] * 2, "currency": ["HKD"] * 2}
    tables["prices"] = tables["prices"].with_columns(security=pl.Series(codes * 2))
    day = px.simulate_ticks(px.Market.from_frames(tables), "2024-12-24", ticks=2_000)
    noon = dt.datetime(2024, 12, 24, 4, tzinfo=dt.UTC)
    assert day["timestamp"][-1] > noon
    assert day["timestamp"][-1] < noon + dt.timedelta(minutes=11)
    assert (trades(day)["timestamp"] > noon).sum() == 2


def test_trades_of_a_listing_that_moved_keep_the_hours_of_its_exchange():
    tables = small()
    tables["listings"] = {
        "security": ["600000.SH"],
        "exchange": ["XSHE"],
        "board": ["main"],
        "currency": ["CNY"],
        "start": ["2020-01-02"],
        "end": ["2023-12-29"],
    }
    day = px.simulate_ticks(px.Market.from_frames(tables), "2023-06-14", ticks=500)
    assert sorted(day["security"].unique()) == ["600000.SH", "600519.SH"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": -1}, "seed = -1: must be at least 0"),
        (
            {"ticks": 1},
            (
                "ticks = 1: must be enough for one trade for each of the 2 securities that trade "
                "on 2023-06-14"
            ),
        ),
        ({"securities": ["600001.SH"]}, "securities = 600001.SH: must be a security of the market"),
        ({"date": "June"}, "date = June: must be a date (2024-06-14)"),
    ],
)
def test_arguments_out_of_bounds_are_refused(arguments, message):
    market = px.Market.from_frames(small())
    with pytest.raises(InputError) as caught:
        px.simulate_ticks(market, **{"date": "2023-06-14", **arguments})
    assert str(caught.value) == message


def test_a_day_without_prices_is_refused():
    with pytest.raises(MissingDataError) as caught:
        px.simulate_ticks(px.Market.from_frames(small()), "2023-06-15")
    assert str(caught.value) == (
        "frames: the table prices has no security that trades on 2023-06-15; simulated trades need "
        "a close and a volume above 0 there"
    )


@pytest.mark.parametrize(
    ("exchange", "currency", "date"), [("XSHG", "JPY", "2024-06-14"), ("XHKG", "HKD", "2004-06-14")]
)
def test_price_steps_that_are_not_known_are_refused(exchange, currency, date):
    with pytest.raises(MissingDataError, match=f"{exchange}: no price steps are known for prices"):
        tick_sizes(exchange, currency, dt.date.fromisoformat(date))


@pytest.mark.parametrize(
    ("price", "date", "bid", "ask"),
    [
        (0.2534, "2024-06-14", 0.25, 0.255),
        (0.1007, "2024-06-14", 0.1, 0.101),
        (12.345, "2024-06-14", 12.34, 12.36),
        (12.345, "2025-08-04", 12.34, 12.35),
        (43.21, "2025-08-01", 43.2, 43.25),
        (43.21, "2025-08-04", 43.2, 43.22),
        (1501.7, "2024-06-14", 1501.0, 1502.0),
        (5003.0, "2024-06-14", 5000.0, 5005.0),
        (0.0002, "2024-06-14", 0.001, 0.001),
    ],
)
def test_price_steps_of_hong_kong_grow_with_the_price(price, date, bid, ask):
    sizes = tick_sizes("XHKG", "HKD", dt.date.fromisoformat(date))
    prices = np.array([price, price])
    assert sizes.bid_or_ask(prices, np.array([0, 1])).tolist() == [bid, ask]


def test_every_name_has_a_trade_and_all_are_given():
    weights = np.array([0.7, 0.2, 0.1])
    assert draw_counts(3, weights, np.zeros(3, dtype=np.int64)).tolist() == [1, 1, 1]
    assert draw_counts(103, weights, np.zeros(3, dtype=np.int64)).tolist() == [71, 21, 11]
    assert draw_counts(103, weights, np.array([50, 0, 0])).tolist()[0] == 50
    assert draw_counts(103, weights, np.array([50, 0, 0])).sum() == 103
    assert draw_counts(103, weights, np.array([5, 5, 5])).tolist() == [5, 5, 5]


def test_liquidity_falls_by_the_rank_of_turnover():
    rng = np.random.default_rng(0)
    weights = draw_weights(rng, np.array([1e6, 1e9, np.nan, 1e3]))
    assert weights.sum() == pytest.approx(1.0)
    assert weights[1] > weights[0] > weights[3]
    assert draw_weights(rng, np.full(4, np.nan)).sum() == pytest.approx(1.0)


def test_times_ascend_for_each_name_and_volumes_are_whole():
    rng = np.random.default_rng(0)
    ran = Ran.of(np.array([1, 5, 1000]))
    x = draw_times(rng, ran)
    assert ((x >= 0) & (x < 1)).all()
    assert (np.diff(x)[np.diff(ran.who) == 0] >= 0).all()
    volumes = draw_volumes(rng, ran, np.array([150, 7, 0]))
    assert volumes[0] == 150
    assert volumes[1:6].sum() == 7
    assert volumes.min() >= 1


@pytest.mark.slow
def test_ten_million_ticks_are_drawn_in_seconds(market):
    assert len(px.simulate_ticks(market, DATE, ticks=10_000_000)) == 10_000_000
