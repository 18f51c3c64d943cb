"""What is refused of a vendor's frames, and in which words."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

from market import vendor_frames
from paasche import market
from paasche.errors import InputError

TUSHARE, AKSHARE = vendor_frames.TUSHARE, vendor_frames.AKSHARE
BAOSTOCK, CSMAR = vendor_frames.BAOSTOCK, vendor_frames.CSMAR


def defects(vendor, **given):
    with pytest.raises(InputError) as caught:
        getattr(market, f"from_{vendor}")(**given)
    assert str(caught.value).startswith(f"from_{vendor}: {len(caught.value.defects)} defect")
    return [str(defect) for defect in caught.value.defects]


def only_defect(vendor, **given):
    (line,) = defects(vendor, **given)
    return line


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
