"""Real days replayed as ticks close at the levels of their daily prices.

The data are not part of the project: the tests run where a checkout has them beside it.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

import paasche as px
from live.days import day_of
from paasche._core import LiveEngine
from paasche.live.opened.sessions import trading_day
from real.conftest import DATA

pytestmark = pytest.mark.skipif(
    not (DATA / "cn_level1_snapshot_20141218.csv.gz").exists(),
    reason="the intraday files are not in ../shared/data",
)

SNAPSHOT_DAY = dt.date(2014, 12, 18)
NAMES = 300


def rules(code, base, level=1_000.0):
    index = {"code": code, "name": code, "currency": "CNY", "base_date": base, "base_level": level}
    parts = {"universe": {"constituents": "table"}, "weighting": {"scheme": "given"}}
    return px.Methodology.from_dict({"schema_version": 1, "index": index, **parts})


def replayed(engine, ticks, *, every=1_000_000):
    """Replay ticks of a day with a calculation a second; return the levels of each."""
    held = ticks.filter(pl.col("security").is_in(engine.securities))
    times = held["timestamp"].dt.epoch("us").to_numpy()
    seconds = np.arange(times[0], times[-1] + every, every)
    columns = engine.positions(held["security"].to_list()), held["price"].to_numpy(), times
    count, levels, _ = engine.replay(*columns, at=seconds)
    assert count == len(held)
    return levels


@pytest.mark.rule("R42")
def test_the_snapshot_of_the_csi_300_closes_as_its_daily_prices(example):
    csi300, bars = example("csi300"), example("live_real_bars")
    data = csi300.read(DATA)
    segments = csi300.cut(data, range(2014, 2015))
    own = next(one for one in segments if one.start <= SNAPSHOT_DAY <= one.end)
    market = csi300.build(data, [own])
    base_level = data.published.filter(date=own.base)["close"].item()
    index = rules(str(own.base), own.base, base_level)
    before = data.published.filter(pl.col("date") < SNAPSHOT_DAY)["date"].max()
    engine = px.LiveEngine.open(px.calculate(index, market, end=before), SNAPSHOT_DAY, market)
    references = engine.prices()
    ticks = bars.read_snapshot(DATA).filter(pl.col("security").is_in(engine.securities))
    engine.update(engine.positions(ticks["security"].to_list()), ticks["price"].to_numpy())
    silent = sorted(set(engine.securities) - set(ticks["security"]))
    assert len(silent) == 9  # suspended that day
    places = engine.positions(silent)
    assert engine.prices()[places].tolist() == references[places].tolist()
    daily = px.calculate(index, market, end=SNAPSHOT_DAY).levels.row(-1, named=True)
    level = engine.levels()[0]
    assert px.round_level(level) == daily["level"]
    assert abs(level / daily["level_unrounded"] - 1.0) <= 1e-12


@pytest.fixture(scope="module")
def june(example):
    """Bars of June 2025 as ticks, and a market of their last prices of each day."""
    ticks = example("live_real_bars").read_stocks(DATA)
    ticks = ticks.with_columns(
        date=pl.col("timestamp").dt.convert_time_zone("Asia/Shanghai").dt.date()
    )
    closes = ticks.group_by("security", "date").agg(pl.col("price").last().alias("close"))
    first = closes["date"].min()
    names = closes.filter(date=first)["security"].sort()[:NAMES]
    code = pl.col("security")
    exchange = pl.when(code.str.ends_with(".SH")).then(pl.lit("XSHG")).otherwise(pl.lit("XSHE"))
    market = px.Market.from_frames(
        {
            "securities": names.to_frame().with_columns(
                exchange=exchange, name=code, currency=pl.lit("CNY")
            ),
            "prices": closes.filter(code.is_in(names)).sort("security", "date"),
            "constituents": names.to_frame().with_columns(
                index=pl.lit("JUNE"), effective=pl.lit(first), weight=pl.lit(1.0 / len(names))
            ),
        }
    )
    return ticks, market, rules("JUNE", first)


def test_every_day_of_june_2025_closes_as_its_last_prices(june):
    ticks, market, index = june
    whole = px.calculate(index, market).levels
    days = whole["date"].to_list()
    assert len(days) == 20
    state = px.calculate(index, market, end=days[0])
    for day, level in zip(days[1:], whole["level_unrounded"][1:], strict=True):
        hours = trading_day(market.calendars, ["XSHG", "XSHE"], day)
        sessions = {name: own.intervals.tolist() for name, own in hours.items()}
        engine = px.LiveEngine.open(state, day, market, sessions=sessions)
        levels = replayed(engine, ticks.filter(date=day))
        assert engine.rejected == dict.fromkeys(engine.rejected, 0)
        assert levels[-1, 0] == level
        assert len(np.unique(levels[:, 0])) >= 12  # sixteen bars a day


def test_minutes_of_futures_move_a_book_as_the_plain_sum(example):
    ticks = (
        example("live_real_bars").read_futures(DATA).filter(pl.col("security").str.len_chars() > 0)
    )
    names = ticks["security"].unique().sort()
    first = ticks.group_by("security").agg(pl.col("price").first()).sort("security")["price"]
    units = np.arange(1.0, len(names) + 1)
    day = day_of(first.to_numpy(), [np.arange(len(names))], units, level=100.0)
    engine, levels = LiveEngine(day), np.empty(1)
    places = dict(zip(names, range(len(names)), strict=True))
    where = np.array([places[name] for name in ticks["security"]], np.uint32)
    taken = engine.update(
        where, ticks["price"].to_numpy(), ticks["timestamp"].dt.epoch("us").to_numpy()
    )
    assert taken + sum(engine.rejected().values()) == len(ticks)
    engine.levels(levels)
    plain = 0.0
    for price, own in zip(
        ticks.group_by("security").agg(pl.col("price").last()).sort("security")["price"],
        units,
        strict=True,
    ):
        plain += price * own
    assert levels[0] == 100.0 * plain / day.at_value[0]
