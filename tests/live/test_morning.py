"""The morning of a live run: one session for all its indices, and the rates it begins with."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

import paasche as px
from paasche.errors import InputError
from paasche.live.opened.morning import open_morning
from paasche.live.opened.standing import standing_text

EVE, DAY = "2015-12-30", "2015-12-31"  # a half day in Hong Kong

pytestmark = pytest.mark.filterwarnings("ignore::paasche.errors.AssumptionWarning")


def part(code):
    """Return the rules of an index of a table."""
    index = {"code": code, "name": code, "currency": "CNY", "base_date": "2015-01-05"}
    rules = {
        "schema_version": 1,
        "index": index | {"base_level": 1000.0},
        "universe": {"constituents": "table"},
        "weighting": {"scheme": "total"},
    }
    return px.Methodology.from_dict(rules)


@pytest.fixture(scope="module", name="tables")
def _tables():
    """Return the sample market with three more indices: of one place, and of the mainland."""
    tables = px.sample_market(securities=120, end=DAY)
    held = tables["constituents"]
    parts = {"HK": ".HK", "SH": ".SH", "SZ": ".SZ"}
    more = [
        held.filter(pl.col("security").str.ends_with(ending)).with_columns(index=pl.lit(code))
        for code, ending in parts.items()
    ]
    return tables | {"constituents": pl.concat([held, *more])}


@pytest.fixture(scope="module", name="market")
def _market(tables):
    return px.Market.from_frames(tables)


def run_of(code, market):
    rules = px.Methodology.load("sample-cross-border") if code == "SAMPLE100" else part(code)
    return px.calculate(rules, market, end=EVE)


@pytest.mark.rule("R43", "R45")
def test_indices_of_different_sessions_are_refused_by_name(market):
    runs = [run_of(code, market) for code in ("SH", "SZ", "HK", "SAMPLE100")]
    expected = (
        "run: must be of indices with one session; on 2015-12-31 SH has 09:25:00 to 15:01:00 and "
        "HK 09:20:00 to 12:01:00: run them in live runs of their own"
    )
    with pytest.raises(InputError, match=f"^{expected}$"):
        open_morning(runs, DAY, market)


@pytest.mark.rule("R43", "R45")
def test_indices_of_several_exchanges_with_one_session_go_together(market):
    morning = open_morning([run_of(code, market) for code in ("SH", "SZ")], DAY, market)
    alone = open_morning(run_of("SH", market), DAY, market)
    assert (morning.opening, morning.close) == (alone.opening, alone.close)
    assert morning.engine.exchanges == ["XSHE", "XSHG"]


def without(tables, *pairs):
    """Return the market without some rates of the day."""
    today = (pl.col("date").cast(pl.String) == DAY) & pl.col("pair").is_in(list(pairs))
    return px.Market.from_frames(tables | {"fx": tables["fx"].filter(~today)})


@pytest.mark.rule("R49")
def test_what_the_market_has_no_rate_of_the_day_for_is_named(tables, market):
    run = run_of("SAMPLE100", market)
    assert open_morning(run, DAY, market).standing == {}
    morning = open_morning(run, DAY, without(tables, "HKDCNY"))
    assert morning.closing_rates == {}
    assert morning.standing == {"HKDCNY": dt.date(2015, 12, 30)}
    assert standing_text(morning.standing) == "HKDCNY stands at the rate of 2015-12-30"


@pytest.mark.rule("R49")
def test_a_pair_the_other_way_round_is_a_rate_of_the_day(tables, market):
    other = tables["fx"].with_columns(pair=pl.lit("CNYHKD"), rate=1 / pl.col("rate"))
    both = px.Market.from_frames(tables | {"fx": other})
    assert open_morning(run_of("SAMPLE100", market), DAY, both).standing == {}


def quoted(tables, last, *, today):
    """Return the market with rates up to a date, and of the day where it is to have one."""
    date = pl.col("date").cast(pl.String)
    fx = tables["fx"].filter((date <= last) | ((date == DAY) & today))
    return px.Market.from_frames(tables | {"fx": fx})


@pytest.mark.rule("R49")
def test_the_age_of_a_rate_counts_from_when_it_was_quoted(tables, market):
    dates = market["prices"]["date"].unique().sort().cast(pl.String).to_list()
    at = dates.index(DAY)
    for age, refused in ((5, False), (6, True)):
        told = quoted(tables, dates[at - age], today=True)
        rate = told["fx"].filter(pl.col("date").cast(pl.String) == dates[at - age])["rate"].item()
        held = run_of("SAMPLE100", told)
        engine = open_morning(held, DAY, told).engine
        assert rate in engine.rates.table
        silent = quoted(tables, dates[at - age], today=False)
        if refused:
            with pytest.raises(px.errors.MissingDataError, match="6 sessions old, more than"):
                open_morning(held, DAY, silent)
        else:
            assert rate in open_morning(held, DAY, silent).engine.rates.table


@pytest.mark.rule("R49")
def test_of_a_pair_that_is_quoted_both_ways_the_newer_rate_stands(tables):
    fx = tables["fx"]
    old = fx.filter(pl.col("date").cast(pl.String) == "2015-06-30")
    other = fx.with_columns(pair=pl.lit("CNYHKD"), rate=1.25)
    both = px.Market.from_frames(tables | {"fx": pl.concat([old, other])})
    engine = open_morning(run_of("SAMPLE100", both), DAY, both).engine
    assert 0.8 in engine.rates.table


@pytest.mark.rule("R49")
def test_rates_that_no_index_needs_are_not_missed(tables, market):
    morning = open_morning(run_of("SH", market), DAY, without(tables, "HKDCNY"))
    assert morning.standing == {}
