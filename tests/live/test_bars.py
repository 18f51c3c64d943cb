"""Intraday bars as ticks: what is a trade, and when (R42)."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from paasche.errors import InputError
from paasche.live.simulated.bars import ticks_from_bars
from paasche.market import Market

NINE_45, TEN = map(dt.datetime.fromisoformat, ("2025-06-03T09:45", "2025-06-03T10:00"))
UTC_9_45 = dt.datetime(2025, 6, 3, 1, 45, tzinfo=dt.UTC)


def bars(**columns):
    given = {"security": ["600519.SH"], "time": [NINE_45], "close": [1509.0], "volume": [600]}
    return pl.DataFrame(given | columns)


def test_a_bar_is_a_trade_at_its_end():
    ticks = ticks_from_bars(bars())
    assert ticks.rows() == [(UTC_9_45, "600519.SH", 1509.0, 600)]
    assert ticks.schema["timestamp"] == pl.Datetime("us", "UTC")


def test_a_bar_that_is_named_by_its_begin_ends_later():
    ticks = ticks_from_bars(bars(), end_after=dt.timedelta(minutes=15))
    assert ticks["timestamp"].to_list() == [UTC_9_45 + dt.timedelta(minutes=15)]


def test_a_time_with_its_zone_keeps_its_moment():
    hour = (
        pl.Series([NINE_45])
        .dt.replace_time_zone("Asia/Tokyo")
        .cast(pl.Datetime("ms", "Asia/Tokyo"))
    )
    ticks = ticks_from_bars(bars(time=hour))
    assert ticks["timestamp"].to_list() == [UTC_9_45 - dt.timedelta(hours=1)]


def test_local_times_are_those_of_the_zone():
    assert ticks_from_bars(bars(), zone="UTC")["timestamp"].to_list() == [
        NINE_45.replace(tzinfo=dt.UTC)
    ]


@pytest.mark.rule("R42")
@pytest.mark.parametrize("close", [0.0, -1.0, float("nan"), float("inf"), None])
def test_a_bar_without_a_price_is_no_trade(close):
    assert ticks_from_bars(bars(close=pl.Series([close], dtype=pl.Float64))).is_empty()


@pytest.mark.rule("R42")
def test_a_bar_of_volume_0_repeats_an_old_price():
    assert ticks_from_bars(bars(volume=[0])).is_empty()


def test_a_volume_that_is_not_known_may_be_a_trade():
    unknown = pl.Series([None], dtype=pl.Int64)
    assert ticks_from_bars(bars(volume=unknown))["volume"].to_list() == [None]
    assert ticks_from_bars(bars().drop("volume")).columns == ["timestamp", "security", "price"]


def test_ticks_ascend_by_time_and_security():
    ticks = ticks_from_bars(
        bars(
            security=["600519.SH", "600519.SH", "000001.SZ"],
            time=[TEN, NINE_45, TEN],
            close=[3, 1, 2],
            volume=[1, 1, 1],
        )
    )
    assert ticks["price"].to_list() == [1.0, 2.0, 3.0]


def test_ticks_are_a_table_of_a_market():
    securities = {
        "security": ["600519.SH"],
        "name": ["x"],
        "exchange": ["XSHG"],
        "currency": ["CNY"],
    }
    market = Market.from_frames({"securities": securities, "ticks": ticks_from_bars(bars())})
    assert len(market["ticks"]) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"close": 1}, "bars = dict: must be a polars.DataFrame with security, time, close"),
        (
            bars().drop("time"),
            "bars: must have the columns security, time, close; time is not there",
        ),
        (bars(time=["09:45"]), "bars time: must be a date with its time; it is String"),
        (
            bars(time=pl.Series([None], dtype=pl.Datetime("us"))),
            "bars time: must be a date with its time in every row; row 0 is null",
        ),
        (bars(close=["1509"]), "bars close: must be numbers; it is String"),
        (bars(volume=["1"]), "bars volume: must be numbers; it is String"),
    ],
)
def test_what_is_no_bar_is_refused(given, message):
    with pytest.raises(InputError) as caught:
        ticks_from_bars(given)
    assert str(caught.value) == message


def test_what_is_no_zone_is_refused():
    with pytest.raises(InputError, match="zone = Shanghai: must be a time zone such as"):
        ticks_from_bars(bars(), zone="Shanghai")
