"""Five vendors, one market: the same stock, day and payment give the same rows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import paasche as px
from market import vendor_frames as given_frames
from paasche import market
from paasche.market.vendors import cells

BARS = [
    ("tushare", "daily"),
    ("akshare", "stock_zh_a_hist"),
    ("akshare", "stock_zh_a_daily"),
    ("baostock", "query_history_k_data_plus"),
    ("wind", "ashareeodprices"),
    ("csmar", "trd_dalyr"),
]
DAILY = dict(reversed(BARS))
SHARES = {
    "tushare": "daily_basic",
    "akshare": "stock_zh_a_gbjg_em",
    "baostock": "query_profit_data",
    "wind": "asharecapitalization",
    "csmar": "trd_capchg",
}
PAYMENTS = [
    ("tushare", "dividend"),
    ("akshare", "stock_history_dividend_detail"),
    ("akshare", "stock_fhps_em"),
    ("akshare", "stock_fhps_detail_em"),
    ("baostock", "query_dividend_data"),
    ("wind", "asharedividend"),
    ("csmar", "trd_cptl"),
]
LISTS = [
    ("tushare", ["stock_basic"]),
    ("akshare", ["stock_info_a_code_name"]),
    ("akshare", ["stock_info_sh_name_code", "stock_info_sz_name_code"]),
    ("baostock", ["query_stock_basic"]),
    ("wind", ["asharedescription"]),
    ("csmar", ["trd_co"]),
]
SECURITIES = dict(reversed(LISTS))


def frames_of(vendor):
    return getattr(given_frames, vendor.upper())


def converted(vendor, *endpoints, make=pl.DataFrame, **options):
    """Convert the given endpoints of a vendor, each column frame made by `make`."""

    def made(data):
        keyed = isinstance(next(iter(data.values())), dict)
        return {key: make(one) for key, one in data.items()} if keyed else make(data)

    taken = {name: made(frames_of(vendor)[name]) for name in endpoints}
    return getattr(market, f"from_{vendor}")(**taken, **options)


MAKERS = {
    "polars": pl.DataFrame,
    "polars lazy": lambda data: pl.DataFrame(data).lazy(),
    "pandas": pd.DataFrame,
    "pyarrow": pa.table,
    "columns": dict,
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize(("vendor", "endpoint"), BARS)
def test_the_same_day_of_the_same_stocks_gives_the_same_prices(vendor, endpoint, make):
    prices = converted(vendor, endpoint, make=make)["prices"]
    rows = prices.select("date", "security", "close", "volume", "turnover")
    assert rows.rows() == given_frames.PRICES
    assert rows.schema["volume"] == pl.Int64


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("vendor", SHARES)
def test_the_same_companies_have_the_same_shares(vendor, make):
    shares = converted(vendor, SHARES[vendor], make=make)["shares"]
    assert shares.select("security", "total").rows() == given_frames.TOTALS


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize(("vendor", "endpoint"), PAYMENTS)
def test_the_same_payments_per_share_or_per_10_give_the_same_actions(vendor, endpoint, make):
    actions = converted(vendor, endpoint, make=make)["corporate_actions"]
    rows = actions.select("security", "ex_date", "kind", "cash", "ratio")
    assert rows.rows() == given_frames.ACTIONS


@pytest.mark.parametrize(("vendor", "endpoints"), LISTS)
def test_a_code_says_exchange_currency_class_and_board(vendor, endpoints):
    securities = converted(vendor, *endpoints)["securities"]
    told = securities.select("security", "exchange", "currency", "class", "board")
    assert told.rows() == given_frames.NAMES
    assert securities["name"].to_list() == ["平安银行", "贵州茅台"]


@pytest.mark.parametrize("vendor", DAILY)
def test_what_a_vendor_gives_is_a_market(vendor):
    tables = converted(vendor, *SECURITIES[vendor], DAILY[vendor], SHARES[vendor])
    tables.pop("status", None)  # of a name that is not among the securities
    assert px.Market.from_frames(tables).ids.to_list() == ["000001.SZ", "600519.SH"]


def test_types_and_cases_of_a_database_or_a_spreadsheet_are_understood():
    frame = pd.DataFrame(
        {
            "TS_CODE": pd.Categorical(["600519.SH", "000001.SZ"]),
            "Trade_Date": [20180718, 20180718],
            "close": [Decimal("740.00"), Decimal("8.70")],
            "vol": pd.array([25104.0, None], dtype="Float64"),
            "amount": ["1864500.0", "nan"],
        }
    )
    prices = market.from_tushare(daily=frame)["prices"]
    assert prices.rows() == [
        (given_frames.DAY, "000001.SZ", 8.7, None, None),
        (given_frames.DAY, "600519.SH", 740.0, 2510400, 1864500000.0),
    ]


def test_symbols_without_rows_are_passed_over():
    capital = {
        "600519": pd.DataFrame(),
        "000001": pd.DataFrame({"变更日期": ["2018-05-21"], "总股本": [17170411366]}),
    }
    shares = market.from_akshare(stock_zh_a_gbjg_em=capital)["shares"]
    assert shares.rows() == [("000001.SZ", dt.date(2018, 5, 21), 17170411366)]


def test_plans_without_an_ex_date_and_payments_of_nothing_give_no_rows():
    actions = converted("tushare", "dividend")["corporate_actions"]
    assert actions.filter(pl.col("id") == "20181231").is_empty()
    assert actions.filter(pl.col("security") == "600519.SH")["kind"].to_list() == ["cash_dividend"]


def test_a_day_of_suspension_has_a_status_and_no_price():
    tables = converted("baostock", "query_history_k_data_plus")
    assert tables["status"].rows() == [
        ("600145.SH", "suspended", given_frames.DAY, given_frames.DAY)
    ]
    assert "600145.SH" not in tables["prices"]["security"].to_list()


def test_a_halt_within_the_day_and_a_resumption_are_no_suspension():
    status = converted("tushare", "suspend_d")["status"]
    day = dt.date(2020, 3, 12)
    assert status.rows() == [("000029.SZ", "suspended", day, day)]


@pytest.mark.parametrize(
    ("vendor", "endpoint", "index"),
    [
        ("tushare", "index_weight", "399300.SZ"),
        ("akshare", "index_stock_cons_weight_csindex", "000300"),
        ("wind", "aindexhs300freeweight", "000300.SH"),
    ],
)
def test_weights_of_a_close_are_held_from_the_next_session(vendor, endpoint, index):
    tuesday = dt.date(2018, 9, 4)
    assert converted(vendor, endpoint)["constituents"].rows() == [
        (index, tuesday, "000001.SZ", 0.248656),
        (index, tuesday, "600519.SH", 0.751344),
    ]


def test_parity_rates_for_100_units_become_rates_for_one():
    fx = converted("akshare", "currency_boc_safe")["fx"]
    first = dict(fx.filter(pl.col("date") == given_frames.DAY).select("pair", "rate").rows())
    assert first == {
        "USDCNY": 6.6914,
        "EURCNY": 7.8015,
        "JPYCNY": 0.059269,
        "HKDCNY": 0.85255,
        "GBPCNY": 8.7733,
    }


def test_rights_per_10_shares_keep_their_price():
    rights = converted("akshare", "stock_history_dividend_detail_rights")["corporate_actions"]
    assert rights.select("security", "kind", "ratio", "price").rows() == [
        ("000002.SZ", "rights", 0.2727, 7.5)
    ]


def test_days_of_a_calendar_that_are_open_are_sessions():
    calendar = converted("tushare", "trade_cal")["calendar"]
    assert calendar.rows() == [("XSHE", dt.date(2018, 1, 2)), ("XSHG", dt.date(2018, 1, 2))]


def test_days_with_the_same_shares_are_one_snapshot():
    days = pl.DataFrame(
        {
            "ts_code": ["600519.SH"] * 4,
            "trade_date": ["20180719", "20180716", "20180717", "20180718"],
            "total_share": [125620.0, 125619.78, 125619.78, 125619.78],
            "free_share": [47826.5, 47826.5, 47826.5, 47830.0],
        }
    )
    shares = market.from_tushare(daily_basic=days)["shares"]
    assert shares.select("effective", "total", "free_float").rows() == [
        (dt.date(2018, 7, 16), 1256197800, 478265000),
        (dt.date(2018, 7, 18), 1256197800, 478300000),
        (dt.date(2018, 7, 19), 1256200000, 478265000),
    ]


def test_shares_of_other_classes_are_taken_away():
    capital = {
        "stkcd": ["000725"],
        "shrchgdt": ["2020-11-03"],
        "nshrttl": [34798398763],
        "nshrb": [936511832],
        "nshrh": [None],
    }
    shares = market.from_csmar(trd_capchg=capital)["shares"]
    assert shares.rows() == [("000725.SZ", dt.date(2020, 11, 3), 33861886931)]


@given(
    st.decimals(min_value=0, max_value=10**6, places=4, allow_nan=False),
    st.sampled_from([-2, -1, 2, 3, 4]),
)
def test_a_change_of_unit_moves_the_decimal_point_and_nothing_else(figure, power):
    read = cells.numbers([pl.Series([float(figure)])], [], power)
    assert read.found.to_list() == [float(figure * Decimal(10) ** power)]


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=4))
def test_sums_of_ratios_are_their_shortest_decimal(figures):
    columns = [pl.Series([figure / 10_000]) for figure in figures]
    assert cells.numbers(columns, [], 0).found.to_list() == [sum(figures) / 10_000]


def test_an_index_is_calculated_from_frames_of_tushare():
    sessions = ["20180710", "20180711", "20180712", "20180713"]
    closes = {"000001.SZ": [9.09, 8.93, 9.02, 9.0], "600519.SH": [749.0, 741.0, 756.0, 752.0]}
    totals = {"000001.SZ": 1717041.1366, "600519.SH": 125619.78}
    cells_of = [(name, day, closes[name][at]) for name in closes for at, day in enumerate(sessions)]
    names, days, prices = map(list, zip(*cells_of, strict=True))
    volumes = [500000.0 if name == "000001.SZ" else 25000.0 for name in names]
    daily = pd.DataFrame(
        {
            "ts_code": names,
            "trade_date": days,
            "close": prices,
            "vol": volumes,
            "amount": [close * volume / 10 for close, volume in zip(prices, volumes, strict=True)],
        }
    )
    basic = pd.DataFrame(
        {
            "ts_code": names,
            "trade_date": days,
            "close": prices,
            "total_share": [totals[name] for name in names],
            "free_share": [totals[name] for name in names],
            "total_mv": [close * totals[name] for close, name in zip(prices, names, strict=True)],
        }
    )
    members = pd.DataFrame(
        {
            "index_code": ["DEMO"] * 2,
            "con_code": list(closes),
            "trade_date": ["20180709"] * 2,
            "weight": [14.2, 85.8],
        }
    )
    dividend = pl.DataFrame(frames_of("tushare")["dividend"], strict=False).filter(
        pl.col("ts_code") != "600000.SH"
    )
    tables = px.market.from_tushare(
        stock_basic=pd.DataFrame(frames_of("tushare")["stock_basic"]),
        daily=daily,
        daily_basic=basic,
        dividend=dividend,
        index_weight=members,
    )
    rules = px.Methodology.from_dict(
        {
            "schema_version": 1,
            "index": {
                "code": "DEMO",
                "name": "demonstration",
                "currency": "CNY",
                "base_date": dt.date(2018, 7, 10),
                "base_level": 1000.0,
                "variants": ["price", "total_return"],
            },
            "universe": {"constituents": "table"},
            "weighting": {"scheme": "free_float", "free_float_bands": "ces-2023"},
        }
    )
    levels = px.calculate(rules, px.Market.from_frames(tables), end="2018-07-13").levels
    shares = {"000001.SZ": 17170411366, "600519.SH": 1256197800}
    values = [sum(shares[name] * closes[name][at] for name in shares) for at in range(4)]
    price = levels.filter(pl.col("variant") == "price")["level"].to_list()
    assert price == pytest.approx([1000 * value / values[0] for value in values], abs=5e-5)

    # Ping An Bank pays 1.36 yuan per 10 shares on 2018-07-12: the opening value is that much less.
    total = levels.filter(pl.col("variant") == "total_return")["level"].to_list()
    opening = values[1] - 0.136 * shares["000001.SZ"]
    assert total[2] == pytest.approx(total[1] * values[2] / opening, abs=1e-4)


def test_every_line_of_a_csmar_company_has_the_count_of_its_own_class():
    shares = {
        "Stkcd": ["600601", "900901", "001872", "201872"],
        "Shrchgdt": ["2020-01-02"] * 4,
        "Nshrttl": [100, 100, 60, 60],
        "Nshrb": [30, 30, 20, 20],
        "Nshrh": [None, None, 5, 5],
    }
    found = market.from_csmar(trd_capchg=shares, check=False)["shares"]
    assert found.select("security", "total").rows() == [
        ("001872.SZ", 35),
        ("201872.SZ", 20),
        ("600601.SH", 70),
        ("900901.SH", 30),
    ]


@pytest.mark.parametrize("code", ["200002", "201872"])
def test_both_beginnings_of_shenzhen_b_shares_are_known(code):
    row = market.from_csmar(trd_co={"Stkcd": [code], "Stknme": ["b"]})["securities"].row(
        0, named=True
    )
    assert (row["security"], row["class"]) == (f"{code}.SZ", "B")
    assert (row["exchange"], row["currency"]) == ("XSHE", "HKD")
