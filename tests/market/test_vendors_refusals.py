"""Which frames, columns, codes and values of a vendor are refused, and in which words."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

from market import vendor_frames
from market.vendor_defects import defects, only_defect
from paasche import market
from paasche.errors import InputError

TUSHARE, AKSHARE = vendor_frames.TUSHARE, vendor_frames.AKSHARE
BAOSTOCK, CSMAR = vendor_frames.BAOSTOCK, vendor_frames.CSMAR


@pytest.mark.parametrize(
    ("vendor", "endpoint", "about"),
    [
        ("tushare", "hk_daily", "Hong Kong shares"),
        ("tushare", "index_daily", "closes of indices"),
        ("tushare", "fx_daily", "rates of days that end at midnight in London"),
        ("akshare", "stock_hk_hist", "Hong Kong shares"),
        ("akshare", "stock_us_daily", "shares of the United States"),
        ("akshare", "stock_zh_b_daily", "B shares"),
        ("wind", "hkshareeodprices", "Hong Kong shares"),
        ("wind", "AShareTradingSuspension", "suspensions of kinds that no page lists"),
    ],
)
def test_what_is_not_covered_is_sent_to_no_other_endpoint(vendor, endpoint, about):
    assert only_defect(vendor, **{endpoint: TUSHARE["daily"]}) == (
        f"{endpoint}: must be an endpoint that is covered; {about} are not: put what an index "
        "needs of them into the tables of the market yourself, in shares and in their own "
        "currency, and give them as no other endpoint"
    )


@pytest.mark.parametrize(
    ("vendor", "endpoint", "nearest"),
    [
        ("tushare", "index_weigth", "index_weight"),
        ("akshare", "stock_zh_a_hits", "stock_zh_a_hist"),
    ],
)
def test_a_misspelt_endpoint_is_one_of_its_own_kind(vendor, endpoint, nearest):
    line = only_defect(vendor, **{endpoint: TUSHARE["daily"]})
    assert line.endswith(f"; the nearest is {nearest}")


@pytest.mark.parametrize("make", [dict, pl.DataFrame, pl.LazyFrame, pd.DataFrame])
@pytest.mark.parametrize(
    ("vendor", "endpoint", "frame"),
    [
        *(("tushare", name, TUSHARE[name]) for name in ("daily", "daily_basic", "stock_basic")),
        ("csmar", "trd_dalyr", CSMAR["trd_dalyr"]),
        ("baostock", "query_profit_data", BAOSTOCK["query_profit_data"]),
    ],
)
def test_a_frame_without_its_endpoint_is_told_its_name(vendor, endpoint, frame, make):
    given = make(frame)
    with pytest.raises(InputError) as caught:
        getattr(market, f"from_{vendor}")(given)
    assert str(caught.value) == (
        f"from_{vendor} frame = {type(given).__name__}: must be given by the name of its endpoint; "
        f"write {endpoint}=…"
    )


@pytest.mark.parametrize(
    ("given", "mend"),
    [
        ({"daily": TUSHARE["daily"]}, "put \\*\\* before the mapping"),
        (None, "write one of stock_basic, "),
    ],
)
def test_what_is_no_frame_of_one_endpoint_is_refused_too(given, mend):
    with pytest.raises(InputError, match=mend):
        market.from_tushare(given)


def test_an_unknown_endpoint_is_an_error_that_names_the_nearest():
    lines = defects("tushare", daliy=TUSHARE["daily"], prices=TUSHARE["daily"])
    assert lines == [
        (
            "daliy: must be an endpoint whose columns are known (stock_basic, daily, daily_basic, "
            "dividend, suspend_d, index_weight, trade_cal); the nearest is daily"
        ),
        (
            "prices: must be an endpoint of the vendor; this is a table of the market: put it into "
            "the result, {**tables, 'prices': frame}"
        ),
    ]


def test_a_missing_column_is_an_error_that_lists_the_known_ones():
    bars = {name: column for name, column in TUSHARE["daily"].items() if name != "close"}
    read = "paasche reads trade_date, ts_code, close, pre_close, vol, amount of daily"
    assert only_defect("tushare", daily=bars | {"closing": [1.0, 2.0]}) == (
        f"daily close: must be a column of the frame; the nearest one there is closing; {read}"
    )
    indexed = pd.DataFrame(TUSHARE["daily"]).set_index("trade_date")
    assert only_defect("tushare", daily=indexed) == (
        "daily trade_date: must be a column of the frame; call reset_index() on a frame whose "
        f"index holds it (trade_date); {read}"
    )


def test_a_frame_that_does_not_name_its_stock_asks_for_the_symbol():
    assert only_defect("akshare", stock_zh_a_hist=AKSHARE["stock_zh_a_hist"]["600519"]) == (
        "stock_zh_a_hist 股票代码: must say whose rows these are; give {'600519': frame, …}, or a "
        "column 股票代码"
    )
    assert only_defect("tushare", daily={"600519": pl.DataFrame(TUSHARE["daily"])}) == (
        "daily: must be one frame; its rows name their security themselves"
    )


def test_codes_that_were_read_as_numbers_are_refused_once():
    bars = CSMAR["trd_dalyr"] | {"Stkcd": [1, 600519]}
    assert only_defect("csmar", trd_dalyr=bars) == (
        "trd_dalyr:1 Stkcd = 1: must be codes as text (600519.SH), not numbers, which have lost "
        "leading zeros; read the column as text, with pandas dtype={'Stkcd': str} "
        "(2 rows like this)"
    )
    bars = CSMAR["trd_dalyr"] | {"Stkcd": ["1", "600519"]}
    assert only_defect("csmar", trd_dalyr=bars) == (
        "trd_dalyr:1 Stkcd = 1: must be a code with its venue (600519.SH, sh.600519), or six "
        "digits as text"
    )


@pytest.mark.parametrize("column", ["cash_div_tax", "stk_div"])
def test_an_amount_below_zero_is_refused(column):
    payments = {"ts_code": ["000001.SZ"] * 3, "ex_date": ["20180711", "20180712", None]}
    payments |= {"cash_div_tax": [0.1, 0.1, 0.1], "stk_div": [0.0, 0.0, 0.0]}
    # The last row has no ex-date and counts for nothing.
    payments[column] = [0.0, -1.0, -1.0]
    assert only_defect("tushare", dividend=payments, check=False) == (
        f"dividend:2 {column} = -1.0: must be 0 or above; correct it, or leave the row out"
    )


def test_a_part_of_a_bonus_below_zero_is_refused_whatever_the_sum():
    payments = {"除权除息日": ["2018-07-12"], "派息": [0], "送股": [3], "转增": [-1]}
    payments |= {"进度": ["实施"], "公告日期": ["2018-07-06"]}
    assert only_defect("akshare", stock_history_dividend_detail={"000001": payments}) == (
        "stock_history_dividend_detail:1 转增 = -1: must be 0 or above; correct it, or leave the "
        "row out"
    )


def test_a_total_below_its_classes_is_refused():
    shares = {"Stkcd": ["000001"], "Shrchgdt": ["2018-05-21"]}
    shares |= {"Nshrttl": [100], "Nshrb": [80], "Nshrh": [30]}
    assert only_defect("csmar", trd_capchg=shares) == (
        "trd_capchg:1 Nshrttl = 100: must be at least Nshrb and Nshrh together"
    )


@pytest.mark.parametrize(("code", "count"), [([1], 1), ([1, 2], 2)])
def test_codes_of_share_changes_that_were_read_as_numbers_are_refused_once(code, count):
    shares = {"Stkcd": code, "Shrchgdt": ["2018-05-21"] * count}
    shares |= {"Nshrttl": [100] * count, "Nshrb": [0] * count, "Nshrh": [0] * count}
    line = only_defect("csmar", trd_capchg=shares)
    assert line.startswith("trd_capchg:1 Stkcd = 1: must be codes as text (600519.SH)")


def test_a_kind_of_distribution_that_is_not_known_is_refused_by_name():
    actions = CSMAR["trd_cptl"] | {"Disttyp": ["CA", "GQ", "SD", "CA"]}
    assert only_defect("csmar", trd_cptl=actions) == (
        "trd_cptl:2 Disttyp = GQ: must be CA (cash), SD (new shares) or RO (rights); write other "
        "kinds as rows of corporate_actions and leave them out here"
    )


def test_values_that_cannot_be_read_are_named_with_their_row_in_the_frame():
    bars = BAOSTOCK["query_history_k_data_plus"] | {
        "tradestatus": ["0", "1", "1"],
        "date": ["2018-07-18", "18.7.2018", "2018-07-18"],
        "close": ["740", "8.7", "n/a"],
    }
    assert defects("baostock", query_history_k_data_plus=bars) == [
        "query_history_k_data_plus:2 date = 18.7.2018: must be a day (20240614 or 2024-06-14)",
        (
            "query_history_k_data_plus:3 close = n/a: must be a number; it is read as yuan (元), "
            "or whole units of the security's currency, and "
            "units={'query_history_k_data_plus.close': …} states another unit"
        ),
    ]


def test_what_is_no_frame_is_refused():
    assert only_defect("wind", ashareeodprices=3).startswith("ashareeodprices: must be a polars")
    assert only_defect("baostock").startswith("endpoints: must hold at least one of ")
    assert only_defect("akshare", currency_boc_safe={"日期": ["2018-07-18"]}) == (
        "currency_boc_safe: must have at least one of the columns 美元, 欧元, 港元, 英镑, 日元"
    )


def test_several_missing_columns_list_the_known_ones_once():
    lines = defects("tushare", suspend_d=pd.DataFrame({"ts_code": ["600519.SH"]}))
    assert lines == [
        "suspend_d trade_date: must be a column of the frame",
        "suspend_d suspend_type: must be a column of the frame",
        (
            "suspend_d suspend_timing: must be a column of the frame; paasche reads ts_code, "
            "trade_date, suspend_type, suspend_timing of suspend_d"
        ),
    ]


def test_weights_of_a_day_whose_next_session_is_unknown_are_refused():
    weights = TUSHARE["index_weight"] | {"trade_date": ["20180903", "20990101"]}
    line = only_defect("tushare", index_weight=weights, check=False)
    assert line.startswith("index_weight:2 trade_date = 20990101: must be a day (20240614 or ")
    assert line.endswith("whose next session is known")
