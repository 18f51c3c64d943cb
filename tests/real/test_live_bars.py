"""Real intraday data become ticks: at the ends of the bars, without those that are no trades.

The data are not part of the project: the tests run where a checkout has them beside it.
"""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

import paasche as px
from live.days import is_trade
from paasche.live.opened.sessions import trading_day
from real.conftest import DATA

pytestmark = pytest.mark.skipif(
    not (DATA / "cn_15min_202506_1001stocks.parquet").exists(),
    reason="the intraday files are not in ../shared/data",
)


@pytest.fixture(scope="module")
def bars(example):
    return example("live_real_bars")


@pytest.mark.rule("R42")
def test_bars_of_suspended_stocks_are_no_trades(bars):
    ticks = bars.read_stocks(DATA)
    raw = pl.read_parquet(DATA / bars.STOCKS)
    # 909 bars are of suspended stocks; eight repeat a price at volume 0.
    assert len(raw) - len(ticks) == 917
    assert ticks["price"].min() > 0
    assert ticks["security"].n_unique() == raw["code"].n_unique() - 1  # suspended all month


@pytest.mark.rule("R43")
def test_bars_of_stocks_end_within_the_session(bars):
    ticks = bars.read_stocks(DATA).with_columns(day=pl.col("timestamp").dt.date())
    assert ticks["day"].n_unique() == 20
    for (day,), rows in ticks.group_by("day"):
        shanghai = trading_day(px.Calendars(), ["XSHG"], day)["XSHG"]
        assert is_trade(shanghai, rows["timestamp"].dt.epoch("us").to_numpy()).all()


def test_prices_are_the_decimals_that_are_meant(bars):
    prices = bars.read_stocks(DATA)["price"].to_list()
    assert all(price == float(f"{price:.2f}") for price in prices)


def test_a_bar_of_ping_an_bank_is_as_in_the_file(bars):
    ticks = bars.read_stocks(DATA).filter(pl.col("security") == "000001.SZ")
    opened = dt.datetime(2025, 6, 3, 1, 45, tzinfo=dt.UTC)
    assert ticks.row(0) == (opened, "000001.SZ", 11.71, 48_850_600)


def test_bars_of_futures_end_a_minute_after_they_begin(bars):
    ticks = bars.read_futures(DATA)
    raw = pl.read_parquet(DATA / bars.FUTURES)
    assert len(ticks) == len(raw) == 186_847
    assert ticks["timestamp"].is_sorted()
    # The last bar of the month begins at 14:59.
    assert ticks["timestamp"][-1] == dt.datetime(2014, 12, 31, 7, tzinfo=dt.UTC)


def test_a_snapshot_after_the_close_is_a_trade_at_the_bell(bars):
    ticks = bars.read_snapshot(DATA)
    assert ticks["timestamp"].unique().to_list() == [dt.datetime(2014, 12, 18, 7, tzinfo=dt.UTC)]
    assert len(ticks) == 300 - 11  # no trade: three prices of 0, eight volumes of 0


def test_the_prices_of_the_snapshot_are_the_closes_of_the_day(bars):
    daily = pl.read_parquet(DATA / "cn_stock_daily_2011_2017.parquet").filter(date=20141218)
    closes = daily.select(
        (pl.col("close_raw") / 100).round(2),
        security=pl.col("code").str.slice(2)
        + "."
        + pl.col("code").str.slice(0, 2).str.to_uppercase(),
    )
    both = bars.read_snapshot(DATA).join(closes, on="security")
    assert len(both) > 280
    assert both["price"].to_list() == both["close_raw"].to_list()
