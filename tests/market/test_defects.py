"""Every kind of defect once, with the words a user reads; all defects of a folder come together."""

from __future__ import annotations

import pytest

from market.market_folders import PRICES, SECURITIES, SHARES, defects, only_defect, read

LISTED = "must be one of XSHG, XSHE, BJSE, XHKG, or an exchange of the table calendar"

ONE_DEFECT = {
    "missing column": (
        "prices",
        "date,security\n2016-06-07,600519.SH",
        ("prices.csv close: must be there, a column of this name; add it beside date, security"),
    ),
    "missing column, misspelt": (
        "prices",
        "date,security,closes\n2016-06-07,600519.SH,1",
        "prices.csv close: must be there, a column of this name; rename closes",
    ),
    "optional column, misspelt": (
        "shares",
        "security,effective,anounced,total\n600519.SH,2015-07-17,2015-07-10,10",
        (
            "shares.csv anounced: must be announced, or a name less like it, which is "
            "ignored; rename the column"
        ),
    ),
    "wrong type": (
        "prices",
        "date,security,close\n2016-06-07,600519.SH,270.13\n2016-06-08,600519.SH,n/a",
        (
            "prices.csv:3 close = n/a: must be a number; leave the row out where there "
            "was no trade, and mark a suspension in the table status"
        ),
    ),
    "number with a thousands separator": (
        "shares",
        'security,effective,total\n600519.SH,2015-07-17,"1,256,197,800"',
        (
            "shares.csv:2 total = 1,256,197,800: must be a whole number; write it "
            "without separators, 1256197800"
        ),
    ),
    "fraction of a share": (
        "shares",
        "security,effective,total\n600519.SH,2015-07-17,1.5",
        (
            "shares.csv:2 total = 1.5: must be a whole number; shares are counted one by "
            "one: check the unit of the column, or round it"
        ),
    ),
    "date of another style": (
        "prices",
        "date,security,close\n07/06/2016,600519.SH,270.13\n08/06/2016,600519.SH,271.5",
        (
            "prices.csv:2 date = 07/06/2016: must be a date (2024-06-14); write "
            "2016-07-06 or 2016-06-07, whichever is meant (2 rows like this)"
        ),
    ),
    "date without its zeros": (
        "prices",
        "date,security,close\n2016-6-7,600519.SH,270.13",
        "prices.csv:2 date = 2016-6-7: must be a date (2024-06-14); write 2016-06-07",
    ),
    "date that is not in the calendar": (
        "prices",
        "date,security,close\n2016-06-31,600519.SH,270.13",
        (
            "prices.csv:2 date = 2016-06-31: must be a date (2024-06-14); correct it, or "
            "leave the row out"
        ),
    ),
    "date that makes no sense": (
        "prices",
        "date,security,close\n0216-06-07,600519.SH,270.13",
        (
            "prices.csv:2 date = 0216-06-07: must be a date from 1900 to 2199; correct "
            "it, or leave the row out"
        ),
    ),
    "time without its zone": (
        "prices",
        "date,security,close,known_at\n2016-06-07,600519.SH,270.13,2016-06-07T15:00:00",
        (
            "prices.csv:2 known_at = 2016-06-07T15:00:00: must be a time with its offset "
            "from UTC (2024-06-14T15:00:00+08:00); write 2016-06-07T15:00:00+08:00 if "
            "that is the time of Shanghai"
        ),
    ),
    "null in a required column": (
        "prices",
        "date,security,close\n2016-06-07,600519.SH,\n2016-06-08,600519.SH,",
        (
            "prices.csv:2 close: must have a value in every row; leave the row out where "
            "there was no trade, and mark a suspension in the table status (2 rows like "
            "this)"
        ),
    ),
    "duplicate key": (
        "prices",
        (
            ""
            "date,security,close\n2016-06-07,600519.SH,270.13\n2016-06-08,600519.SH,1\n2016-06-07,600519.SH,2"
        ),
        (
            "prices.csv:4 date, security = 2016-06-07, 600519.SH: must be the only row "
            "of this key; row 2 has it too; leave one of them out, or give each its "
            "known_at where one corrects the other"
        ),
    ),
    "duplicate key with a null in it": (
        "corporate_actions",
        (
            ""
            "security,ex_date,kind,cash\n600519.SH,2016-07-01,cash_dividend,1\n600519.SH,2016-07-01,cash_dividend,2"
        ),
        (
            "corporate_actions.csv:3 security, ex_date, kind, id = 600519.SH, "
            "2016-07-01, cash_dividend: must be the only row of this key; row 2 has it "
            "too; leave one of them out, or give each its known_at where one corrects "
            "the other"
        ),
    ),
    "NaN": (
        "prices",
        "date,security,close\n2016-06-07,600519.SH,NaN",
        (
            "prices.csv:2 close = nan: must be a finite number; leave the row out where "
            "there was no trade, and mark a suspension in the table status"
        ),
    ),
    "infinity": (
        "fx",
        "date,pair,rate\n2016-06-07,HKDCNY,inf",
        (
            "fx.csv:2 rate = inf: must be a finite number; leave the row out where no "
            "rate was fixed; the last one is kept for some sessions"
        ),
    ),
    "price of zero": (
        "prices",
        "date,security,close\n2016-06-07,600519.SH,0",
        (
            "prices.csv:2 close = 0.0: must be a positive number; leave the row out "
            "where there was no trade, and mark a suspension in the table status"
        ),
    ),
    "negative price": (
        "prices",
        "date,security,close,reference\n2016-06-07,600519.SH,270.13,-270.13",
        (
            "prices.csv:2 reference = -270.13: must be a positive number; correct it, or "
            "leave it empty"
        ),
    ),
    "negative shares": (
        "shares",
        "security,effective,total,free_float\n600519.SH,2015-07-17,10,-1",
        ("shares.csv:2 free_float = -1: must be zero or more; correct it, or leave it empty"),
    ),
    "no shares at all": (
        "shares",
        "security,effective,total\n600519.SH,2015-07-17,0",
        (
            "shares.csv:2 total = 0: must be a positive number; give the issued shares "
            "of this listed class, one for one"
        ),
    ),
    "free float above the total": (
        "shares",
        "security,effective,total,free_float\n600519.SH,2015-07-17,10,11",
        ("shares.csv:2 free_float = 11: must be at most total = 10; correct one of the two"),
    ),
    "announced long after the fact": (
        "shares",
        "security,effective,announced,total\n600519.SH,2015-07-17,2025-07-17,10",
        (
            "shares.csv:2 announced = 2025-07-17: must be at most effective = 2015-07-17 "
            "plus 366 days; correct one of the two"
        ),
    ),
    "restricted above the holding": (
        "holders",
        (
            "security,date,published,holder,class,shares,restricted\n"
            "600519.SH,2016-03-31,2016-04-21,Moutai Group,state,10,11"
        ),
        ("holders.csv:2 restricted = 11: must be at most shares = 10; correct one of the two"),
    ),
    "holder of a security that is not there": (
        "holders",
        (
            "security,date,published,holder,class,shares,restricted\n"
            "600520.SH,2016-03-31,2016-04-21,someone,state,10,0"
        ),
        (
            "holders.csv:2 security = 600520.SH: must be a security of the table "
            "securities; the nearest is 600519.SH"
        ),
    ),
    "published before its date": (
        "financials",
        (
            ""
            "security,period,published,net_profit,opinion\n600519.SH,2015-12-31,2015-03-24,1.5,unqualified"
        ),
        (
            "financials.csv:2 period = 2015-12-31: must be at most published = "
            "2015-03-24; correct one of the two"
        ),
    ),
    "delisted before it was listed": (
        "securities",
        "security,name,exchange,currency,listed,delisted\nAAA,a,XSHG,CNY,2016-06-07,2015-06-07",
        (
            "securities.csv:2 listed = 2016-06-07: must be at most delisted = "
            "2015-06-07; correct one of the two"
        ),
    ),
    "unknown word": (
        "status",
        "security,status,start\n600519.SH,suspend,2016-06-07",
        (
            "status.csv:2 status = suspend: must be one of suspended, risk_warning, "
            "delisting_warning, connect, sell_only; the nearest is suspended"
        ),
    ),
    "word in capitals": (
        "constituents",
        "effective,security,kind\n2016-06-13,600519.SH,Review",
        ("constituents.csv:2 kind = Review: must be one of review, interim; the nearest is review"),
    ),
    "reason almost spelt right": (
        "status",
        "security,status,start,reason\n600519.SH,suspended,2016-06-07,material_negative_events",
        (
            "status.csv:2 reason = material_negative_events: must be "
            "material_negative_event, or less like it where another is meant"
        ),
    ),
    "unknown exchange": (
        "securities",
        "security,name,exchange,currency\nAAA,a,XSHGG,CNY",
        f"securities.csv:2 exchange = XSHGG: {LISTED}; the nearest is XSHG",
    ),
    "exchange that is no identifier": (
        "calendar",
        "exchange,date\nShanghai,2016-06-07",
        (
            "calendar.csv:2 exchange = Shanghai: must be an exchange in four letters "
            "(ISO 10383: XSHG); correct it, or leave the row out"
        ),
    ),
    "unknown currency": (
        "securities",
        "security,name,exchange,currency\nAAA,a,XSHG,RMB",
        (
            "securities.csv:2 currency = RMB: must be a currency (ISO 4217; CNY for "
            "renminbi, CNH for it offshore); write CNY"
        ),
    ),
    "pair of one currency": (
        "fx",
        "date,pair,rate\n2016-06-07,HKD/CNY,0.85",
        (
            "fx.csv:2 pair = HKD/CNY: must be two currencies, HKDCNY for the yuan in one "
            "Hong Kong dollar"
        ),
    ),
    "country by name": (
        "securities",
        "security,name,exchange,currency,country\nAAA,a,XSHG,CNY,China",
        (
            "securities.csv:2 country = China: must be a country in two letters (ISO "
            "3166: CN, HK, KY); correct it, or leave it empty"
        ),
    ),
    "weight in percent": (
        "constituents",
        "effective,security,weight\n2016-06-13,600519.SH,5.2",
        (
            "constituents.csv:2 weight = 5.2: must be a fraction from 0 to 1; a "
            "percentage is written as a fraction, 0.052 for 5.2 %"
        ),
    ),
    "month of delivery": (
        "contracts",
        (
            ""
            "contract,product,exchange,multiplier,delivery,last_trade\nRB1410,RB,XSGE,10,1410,2014-10-15"
        ),
        (
            "contracts.csv:2 delivery = 1410: must be a month (2024-06); correct it, or "
            "leave the row out"
        ),
    ),
    "review and interim change on one day": (
        "constituents",
        "effective,security,kind\n2016-06-13,600519.SH,interim\n2016-06-13,000001.SZ,",
        (
            "constituents.csv:2 kind = interim: must be one kind for all rows of an "
            "effective session; empty means review (2 rows like this)"
        ),
    ),
    "overlapping listings": (
        "listings",
        (
            ""
            "security,exchange,board,currency,start,end\n600519.SH,XSHG,main,CNY,2010-01-01,2016-01-01\n"
            "600519.SH,XSHE,main,CNY,2015-01-01,"
        ),
        (
            "listings.csv:3 security = 600519.SH: must have one row at a time; this one "
            "begins on 2015-01-01, the one before runs to 2016-01-01: end that one "
            "earlier"
        ),
    ),
    "a table without rows": (
        "shares",
        "security,effective,total",
        (
            "shares.csv: must have at least one row; fill it, or leave the table out if "
            "there is none"
        ),
    ),
    "price on a closed day": (
        "prices",
        (
            ""
            "date,security,close\n2016-06-09,600519.SH,1\n2016-06-10,600519.SH,1\n2016-06-10,00700.HK,1"
        ),
        (
            "prices.csv:2 date = 2016-06-09: must be a session of XSHG; it was closed on "
            "2016-06-09, 2016-06-10: leave the row out, or give the sessions of the exchange in a "
            "table calendar (2 rows like this)"
        ),
    ),
}


@pytest.mark.parametrize("kind", ONE_DEFECT)
def test_a_defect_is_named_with_file_row_column_value_and_expectation(tmp_path, kind):
    table, text, expected = ONE_DEFECT[kind]
    assert only_defect(tmp_path, **{table: f"{text}\n"}) == expected


def test_values_that_are_mended_in_different_ways_are_different_defects(tmp_path):
    prices = """\
        date,security,close
        2016-06-06,600519.SH,"1,234.5"
        2016-06-07,600519.SH,--
        2016-06-08,600519.SH,"1,235.5"
        20160613,600519.SH,halted
        2016-06-14,600519.SH,7%
        """
    assert defects(tmp_path, prices=prices) == [
        "prices.csv:5 date = 20160613: must be a date (2024-06-14); write 2016-06-13",
        (
            "prices.csv:2 close = 1,234.5: must be a number; write it without separators, 1234.5 "
            "(2 rows like this)"
        ),
        (
            "prices.csv:6 close = 7%: must be a number; write it as a fraction, 0.07 for seven "
            "percent"
        ),
        (
            "prices.csv:3 close = --: must be a number; leave the row out where there was no "
            "trade, and mark a suspension in the table status (2 rows like this)"
        ),
    ]


@pytest.mark.parametrize(
    ("header", "way"),
    [
        ("trade_date,ts_code,closing_price", "px.market.from_tushare(daily=frame)"),
        ("trade_date,ts_code,close", "px.market.from_tushare(daily=frame)"),
        ("日期,股票代码,收盘", "px.market.from_akshare(stock_zh_a_hist=frame)"),
        ("Trddt,Stkcd,Clsprc", "px.market.from_csmar(trd_dalyr=frame)"),
        ("TRADE_DT,S_INFO_WINDCODE,S_DQ_CLOSE", "px.market.from_wind(ashareeodprices=frame)"),
        # Two vendors have a code: nobody knows whose this is.
        ("date,code,close", None),
    ],
)
def test_columns_of_a_vendor_name_the_way_to_take_them_over_once(tmp_path, header, way):
    said = "\n".join(defects(tmp_path, prices=f"{header}\n2016-06-06,600519.SH,1\n"))
    assert said.count("px.market.") == (way is not None)
    assert (way or "rename") in said


def test_all_defects_of_a_folder_come_together(tmp_path):
    securities = SECURITIES.replace("XHKG,HKD", "XHKG,HKG")
    prices = PRICES.replace("270.13", "-1").replace("2016-06-08,000001.SZ", "2016-06-08,000002.SZ")
    shares = SHARES.replace("478400000", "1256197801")
    lines = defects(
        tmp_path,
        securities=securities,
        prices=prices,
        shares=shares,
        price="date\n",
        fx="date,pair\n",
    )
    assert lines == [
        "price.csv: must be the name of a table; the nearest is prices",
        "fx.csv rate: must be there, a column of this name; add it beside date, pair",
        (
            "securities.csv:4 currency = HKG: must be a currency (ISO 4217; CNY for "
            "renminbi, CNH for it offshore); correct it, or leave the row out"
        ),
        (
            "prices.csv:2 close = -1.0: must be a positive number; leave the row out "
            "where there was no trade, and mark a suspension in the table status"
        ),
        (
            "prices.csv:5 security = 000002.SZ: must be a security of the table "
            "securities; the nearest is 000001.SZ"
        ),
        (
            "shares.csv:2 free_float = 1256197801: must be at most total = 1256197800; "
            "correct one of the two"
        ),
    ]


def test_prices_on_closed_days_are_told_apart_by_exchange(tmp_path):
    prices = """\
        date,security,close
        2016-06-09,00700.HK,1
        2016-06-09,600519.SH,1
        2016-06-10,00700.HK,1
        2016-06-10,000001.SZ,1
        """
    assert defects(tmp_path, prices=prices) == [
        (
            "prices.csv:2 date = 2016-06-09: must be a session of XHKG; leave the row "
            "out, or give the sessions of the exchange in a table calendar"
        ),
        (
            "prices.csv:5 date = 2016-06-10: must be a session of XSHE; leave the row "
            "out, or give the sessions of the exchange in a table calendar"
        ),
        (
            "prices.csv:3 date = 2016-06-09: must be a session of XSHG; leave the row "
            "out, or give the sessions of the exchange in a table calendar"
        ),
    ]


def test_prices_before_the_calendar_are_history(tmp_path):
    calendar = "exchange,date\nXSHG,2016-06-13\nXSHG,2016-06-14\n"
    prices = "date,security,close\n2016-06-12,600519.SH,1\n2016-06-14,600519.SH,1\n"
    assert read(tmp_path, calendar=calendar, prices=prices)["prices"].height == 2


def test_sessions_of_the_user_decide_where_they_are_given(tmp_path):
    calendar = "exchange,date\nXSHG,2016-06-07\nXSHG,2016-06-09\nXSHG,2016-06-13\n"
    prices = "date,security,close\n2016-06-09,600519.SH,1\n2016-06-08,000001.SZ,1\n"
    assert only_defect(tmp_path, calendar=calendar, prices=prices) == (
        "prices.csv:3 date = 2016-06-08: must be a session of XSHE; leave the row "
        "out, or add the day to the table calendar"
    )


def test_a_security_keeps_the_sessions_of_the_exchange_it_was_on(tmp_path):
    # On the Thursday of the festival both were closed; on the Friday Hong Kong was open.
    listings = """\
        security,exchange,board,currency,start,end
        600519.SH,XHKG,,HKD,2016-01-01,2016-06-10
        600519.SH,XSHG,main,CNY,2016-06-11,
        """
    prices = "date,security,close\n2016-06-10,600519.SH,1\n2017-05-03,600519.SH,1\n"
    market = read(tmp_path / "moved", listings=listings, prices=prices)
    assert market["prices"].height == 2
    assert only_defect(tmp_path / "stayed", prices=prices) == (
        "prices.csv:2 date = 2016-06-10: must be a session of XSHG; leave the row "
        "out, or give the sessions of the exchange in a table calendar"
    )


FUTURES = {
    "contracts": """\
        contract,product,exchange,multiplier,delivery,last_trade
        RB1410,RB,XSGE,10,2014-10,2014-10-15
        """,
    "calendar": """\
        exchange,date
        XSGE,2014-09-01
        XSGE,2014-09-03
        """,
}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "2014-09-02,RB1410,,2900,1,1",
            (
                "date = 2014-09-02: must be a session of XSGE; leave the row out, or add the "
                "day to the table calendar"
            ),
        ),
        (
            "2014-09-03,RB1501,,2900,1,1",
            (
                "contract = RB1501: must be a contract of the table contracts; add it there, "
                "or correct it"
            ),
        ),
        (
            "2014-09-03,RB1410,,0,1,1",
            "settle = 0.0: must be a positive number; correct it, or leave the row out",
        ),
        (
            "2014-09-03,RB1410,2900,2900,1,-1",
            "open_interest = -1: must be zero or more; correct it, or leave the row out",
        ),
    ],
)
def test_futures_prices_are_checked_like_prices(tmp_path, row, expected):
    prices = f"date,contract,close,settle,volume,open_interest\n{row}\n"
    assert (
        only_defect(tmp_path, futures_prices=prices, **FUTURES)
        == f"futures_prices.csv:2 {expected}"
    )


@pytest.mark.rule("R42")
def test_bad_ticks_are_read_since_the_engine_rejects_them_one_by_one(tmp_path):
    ticks = """\
        timestamp,security,price
        2016-06-07T09:30:01+08:00,600519.SH,0
        2016-06-07T09:30:02+08:00,600519.SH,NaN
        2016-06-07T09:30:02+08:00,600519.SH,270
        """
    assert read(tmp_path, ticks=ticks)["ticks"].height == 3


def test_free_reasons_and_other_columns_are_nobody_s_business(tmp_path):
    status = """\
        security,status,start,reason,source
        600519.SH,suspended,2016-06-07,shareholder meeting,x
        """
    market = read(tmp_path, status=status)
    assert market["status"]["reason"][0] == "shareholder meeting"
    assert "source" not in market["status"].columns
