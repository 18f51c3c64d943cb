"""Figures of a vendor in another unit than they are read in: found by what is plausible."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

from market import vendor_frames
from market.vendor_defects import defects, only_defect
from paasche import market

TUSHARE, AKSHARE = vendor_frames.TUSHARE, vendor_frames.AKSHARE
BAOSTOCK, CSMAR = vendor_frames.BAOSTOCK, vendor_frames.CSMAR


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame], ids=["polars", "pandas"])
def test_lots_read_as_shares_are_refused_and_the_right_unit_is_named(make):
    line = only_defect("tushare", daily=make(TUSHARE["daily"]), units={"daily.vol": "share"})
    assert line == (
        "daily vol: turnover / (volume × close) is 100.8 for 000001.SZ (2 of 2 securities like "
        "this) and must be near 1; daily.vol is read as shares (股), and lots of 100 shares (手) "
        "would fit: units={'daily.vol': 'lot'}; daily.amount is read as thousand yuan (千元)"
    )


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame], ids=["polars", "pandas"])
def test_turnover_that_is_off_by_a_thousand_is_refused(make):
    line = only_defect("tushare", daily=make(TUSHARE["daily"]), units={"daily.amount": "元"})
    assert "turnover / (volume × close) is 0.001008 for 000001.SZ" in line
    assert "thousand yuan (千元) would fit: units={'daily.amount': 'thousand_yuan'}" in line


def test_one_security_in_another_unit_is_found_among_the_others():
    bars = {symbol: dict(frame) for symbol, frame in AKSHARE["stock_zh_a_hist"].items()}
    bars["600519"]["成交量"] = [2510400]
    line = only_defect("akshare", stock_zh_a_hist=bars)
    assert "is 0.01004 for 600519.SH (1 of 2 securities like this)" in line


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame], ids=["polars", "pandas"])
@pytest.mark.parametrize(
    ("unit", "ratio", "fitting"),
    [
        ("yuan", "10,000", "ten_thousand_yuan"),
        ("hundred_million_yuan", "0.0001", "ten_thousand_yuan"),
    ],
)
def test_a_market_value_that_is_off_by_ten_thousand_is_refused(make, unit, ratio, fitting):
    basic = make(TUSHARE["daily_basic"])
    line = only_defect("tushare", daily_basic=basic, units={"daily_basic.total_mv": unit})
    assert f"the vendor's market value is {ratio} at the median and must be near 1" in line
    assert f"would fit: units={{'daily_basic.total_mv': '{fitting}'}}" in line


def test_a_market_value_that_is_off_by_a_thousand_is_refused_across_endpoints():
    line = only_defect(
        "csmar",
        trd_dalyr=CSMAR["trd_dalyr"],
        trd_capchg=CSMAR["trd_capchg"],
        units={"trd_dalyr.Dsmvtll": "yuan"},
    )
    assert line.startswith(
        "trd_dalyr Dsmvtll: total shares × close / the vendor's market value is 1,000 at the median"
    )


def test_without_a_market_value_the_size_of_the_company_and_its_trading_tell():
    basic = {name: column for name, column in TUSHARE["daily_basic"].items() if name != "total_mv"}
    lines = defects(
        "tushare",
        daily=TUSHARE["daily"],
        daily_basic=basic,
        units={"daily_basic.total_share": "亿股"},
    )
    assert [line.split(":")[0] for line in lines] == [
        "shares.total",
        "prices.volume",
        "shares.free_float",
    ]
    assert lines[0] == (
        "shares.total: total shares × close is 5,394,844,754,421,000 at the median and lies "
        "between 100,000,000 and 10,000,000,000,000; daily_basic.total_share is read as hundred "
        "million shares (亿股); state the right unit in units={…}, or give check=False if the "
        "figures are right"
    )


def test_shares_ten_thousand_times_too_few_trade_more_than_there_are():
    profit = BAOSTOCK["query_profit_data"] | {"totalShare": ["125620", "1717041"]}
    lines = defects(
        "baostock",
        query_profit_data=profit,
        query_history_k_data_plus=BAOSTOCK["query_history_k_data_plus"],
    )
    assert any("volume / total shares is 25.28 at the median" in line for line in lines)
    assert any("total shares × close is 53,948,528 at the median" in line for line in lines)


@pytest.mark.parametrize(
    ("vendor", "given", "words"),
    [
        (
            "tushare",
            {
                "index_weight": TUSHARE["index_weight"],
                "units": {"index_weight.weight": "fraction"},
            },
            (
                "index_weight weight: the weights of a day add up to 100 at the median and must to "
                "1; index_weight.weight is read as a fraction of 1, and percent (%) would fit: "
                "units={'index_weight.weight': 'percent'}"
            ),
        ),
        (
            "akshare",
            {
                "currency_boc_safe": AKSHARE["currency_boc_safe"],
                "units": {"currency_boc_safe.港元": "per_unit"},
            },
            (
                "currency_boc_safe 港元: HKDCNY is 85.35 at the median and lies between 0.6 and "
                "1.3; currency_boc_safe.港元 is read as for one unit of the first currency"
            ),
        ),
        (
            "akshare",
            {
                "stock_fhps_em": AKSHARE["stock_fhps_em"],
                "units": {"stock_fhps_em.送转股份-送转总比例": "per_share"},
            },
            (
                "corporate_actions.ratio: new shares for one old share, by bonus, is 3 at the "
                "median and lies between 0 and 2; stock_fhps_em.送转股份-送转总比例 is read as per "
                "share (每股); state the right unit in units={…}, or give check=False if the "
                "figures are right"
            ),
        ),
    ],
)
def test_weights_rates_and_ratios_in_the_wrong_unit_are_refused(vendor, given, words):
    assert only_defect(vendor, **given) == words


def test_dividends_per_10_shares_read_per_share_pay_too_much_of_the_price():
    bars = {
        "ts_code": ["000001.SZ"],
        "trade_date": ["20180711"],
        "close": [4.5],
    }
    payments = {
        "ts_code": ["000001.SZ"],
        "ex_date": ["20180712"],
        "cash_div_tax": [1.36],
        "stk_div": [0.0],
    }
    line = only_defect("tushare", daily=bars, dividend=payments)
    assert line.startswith("corporate_actions.cash: cash per share / close before the ex-date")
    tables = market.from_tushare(
        daily=bars, dividend=payments, units={"dividend.cash_div_tax": "per_10_shares"}
    )
    assert tables["corporate_actions"]["cash"].to_list() == [0.136]


def test_adjusted_prices_are_refused():
    bars = {symbol: dict(frame) for symbol, frame in AKSHARE["stock_zh_a_hist"].items()}
    for frame in bars.values():
        frame["收盘"] = [close * 3 for close in frame["收盘"]]
    assert only_defect("akshare", stock_zh_a_hist=bars) == (
        "stock_zh_a_hist 收盘: turnover / (volume × close) is 0.3353 at the median and must be "
        "near 1; these look like adjusted prices (复权), and the market takes prices as traded"
    )
    adjusted = BAOSTOCK["query_history_k_data_plus"] | {"adjustflag": ["2", "2", "2"]}
    assert only_defect("baostock", query_history_k_data_plus=adjusted) == (
        "query_history_k_data_plus:1 adjustflag = 2: must be 3, prices as traded; 1 and 2 are "
        "adjusted (复权) (3 rows like this)"
    )


def test_the_checks_can_be_left_out():
    tables = market.from_tushare(daily=TUSHARE["daily"], units={"daily.vol": "share"}, check=False)
    assert tables["prices"]["volume"].to_list() == [525152, 25104]


def test_a_unit_in_which_no_whole_share_results_is_refused_with_the_row():
    units = {"daily_basic.total_share": "share"}
    assert only_defect("tushare", daily_basic=TUSHARE["daily_basic"], units=units) == (
        "daily_basic:1 total_share = 1717041.1366: must be a whole number of shares; it is read as "
        "shares (股), and units={'daily_basic.total_share': …} states another unit "
        "(2 rows like this)"
    )


def test_a_unit_of_another_dimension_or_column_is_refused():
    units = {"daily.volume": "lot", "daily.vol": "yuan"}
    assert defects("tushare", daily=TUSHARE["daily"], units=units) == [
        (
            "units = daily.volume: must be the endpoint.column of a figure with a unit; the "
            "nearest is daily.vol"
        ),
        (
            "units daily.vol = yuan: must be one of share, 股, shares, lot, 手, lots, "
            "thousand_shares, 千股, ten_thousand_shares, 万股, hundred_million_shares, 亿股"
        ),
    ]
