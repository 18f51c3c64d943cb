"""Every kind of defect once, with the words a user reads; all defects of a folder come together."""

from __future__ import annotations

import pytest

from market.market_folders import PRICES, SECURITIES, SHARES, defects, only_defect, read

LISTED = "one of XSHG, XSHE, BJSE, XHKG, or an exchange of the table calendar"

ONE_DEFECT = {
    "missing column": (
        "prices",
        "date,security\n2016-06-07,600519.SH",
        "prices.csv close: a column of this name",
    ),
    "missing column, misspelt": (
        "prices",
        "date,security,closes\n2016-06-07,600519.SH,1",
        "prices.csv close: a column of this name; the nearest one there is closes",
    ),
    "optional column, misspelt": (
        "shares",
        "security,effective,anounced,total\n600519.SH,2015-07-17,2015-07-10,10",
        (
            "shares.csv anounced: the column announced; other names are ignored, this one is too "
            "like it"
        ),
    ),
    "wrong type": (
        "prices",
        "date,security,close\n2016-06-07,600519.SH,270.13\n2016-06-08,600519.SH,n/a",
        "prices.csv:3 close = n/a: a number",
    ),
    "number with a thousands separator": (
        "shares",
        'security,effective,total\n600519.SH,2015-07-17,"1,256,197,800"',
        "shares.csv:2 total = 1,256,197,800: a whole number",
    ),
    "fraction of a share": (
        "shares",
        "security,effective,total\n600519.SH,2015-07-17,1.5",
        "shares.csv:2 total = 1.5: a whole number",
    ),
    "date of another style": (
        "prices",
        "date,security,close\n07/06/2016,600519.SH,270.13\n20160608,600519.SH,271.5",
        "prices.csv:2 date = 07/06/2016: a date (2024-06-14) (2 rows like this)",
    ),
    "date without its zeros": (
        "prices",
        "date,security,close\n2016-6-7,600519.SH,270.13",
        "prices.csv:2 date = 2016-6-7: a date (2024-06-14)",
    ),
    "date that is not in the calendar": (
        "prices",
        "date,security,close\n2016-06-31,600519.SH,270.13",
        "prices.csv:2 date = 2016-06-31: a date (2024-06-14)",
    ),
    "date that makes no sense": (
        "prices",
        "date,security,close\n0216-06-07,600519.SH,270.13",
        "prices.csv:2 date = 0216-06-07: a date from 1900 to 2199",
    ),
    "time without its zone": (
        "prices",
        "date,security,close,known_at\n2016-06-07,600519.SH,270.13,2016-06-07T15:00:00",
        (
            "prices.csv:2 known_at = 2016-06-07T15:00:00: a time with its zone "
            "(2024-06-14T15:00:00+08:00)"
        ),
    ),
    "null in a required column": (
        "prices",
        "date,security,close\n2016-06-07,600519.SH,\n2016-06-08,600519.SH,",
        "prices.csv:2 close: a value in every row (2 rows like this)",
    ),
    "duplicate key": (
        "prices",
        (
            ""
            "date,security,close\n2016-06-07,600519.SH,270.13\n2016-06-08,600519.SH,1\n2016-06-07,600519.SH,2"
        ),
        (
            "prices.csv:4 date, security = 2016-06-07, 600519.SH: one row for this key; row 2 "
            "has it too"
        ),
    ),
    "duplicate key with a null in it": (
        "corporate_actions",
        (
            ""
            "security,ex_date,kind,cash\n600519.SH,2016-07-01,cash_dividend,1\n600519.SH,2016-07-01,cash_dividend,2"
        ),
        (
            "corporate_actions.csv:3 security, ex_date, kind, id = 600519.SH, 2016-07-01, "
            "cash_dividend: "
            "one row for this key; row 2 has it too"
        ),
    ),
    "NaN": (
        "prices",
        "date,security,close\n2016-06-07,600519.SH,NaN",
        "prices.csv:2 close = nan: a finite number",
    ),
    "infinity": (
        "fx",
        "date,pair,rate\n2016-06-07,HKDCNY,inf",
        "fx.csv:2 rate = inf: a finite number",
    ),
    "price of zero": (
        "prices",
        "date,security,close\n2016-06-07,600519.SH,0",
        "prices.csv:2 close = 0.0: a positive number",
    ),
    "negative price": (
        "prices",
        "date,security,close,reference\n2016-06-07,600519.SH,270.13,-270.13",
        "prices.csv:2 reference = -270.13: a positive number",
    ),
    "negative shares": (
        "shares",
        "security,effective,total,free_float\n600519.SH,2015-07-17,10,-1",
        "shares.csv:2 free_float = -1: zero or more",
    ),
    "no shares at all": (
        "shares",
        "security,effective,total\n600519.SH,2015-07-17,0",
        "shares.csv:2 total = 0: a positive number",
    ),
    "free float above the total": (
        "shares",
        "security,effective,total,free_float\n600519.SH,2015-07-17,10,11",
        "shares.csv:2 free_float = 11: at most total = 10",
    ),
    "announced long after the fact": (
        "shares",
        "security,effective,announced,total\n600519.SH,2015-07-17,2025-07-17,10",
        "shares.csv:2 announced = 2025-07-17: at most effective = 2015-07-17 plus 366 days",
    ),
    "restricted above the holding": (
        "holders",
        (
            "security,date,published,holder,class,shares,restricted\n"
            "600519.SH,2016-03-31,2016-04-21,Moutai Group,state,10,11"
        ),
        "holders.csv:2 restricted = 11: at most shares = 10",
    ),
    "holder of a security that is not there": (
        "holders",
        (
            "security,date,published,holder,class,shares,restricted\n"
            "600520.SH,2016-03-31,2016-04-21,someone,state,10,0"
        ),
        (
            "holders.csv:2 security = 600520.SH: a security of the table securities; "
            "the nearest is 600519.SH"
        ),
    ),
    "published before its date": (
        "financials",
        (
            ""
            "security,period,published,net_profit,opinion\n600519.SH,2015-12-31,2015-03-24,1.5,unqualified"
        ),
        "financials.csv:2 period = 2015-12-31: at most published = 2015-03-24",
    ),
    "delisted before it was listed": (
        "securities",
        "security,name,exchange,currency,listed,delisted\nAAA,a,XSHG,CNY,2016-06-07,2015-06-07",
        "securities.csv:2 listed = 2016-06-07: at most delisted = 2015-06-07",
    ),
    "unknown word": (
        "status",
        "security,status,start\n600519.SH,suspend,2016-06-07",
        (
            "status.csv:2 status = suspend: one of suspended, risk_warning, delisting_warning, "
            "connect, "
            "sell_only; the nearest is suspended"
        ),
    ),
    "word in capitals": (
        "constituents",
        "effective,security,kind\n2016-06-13,600519.SH,Review",
        "constituents.csv:2 kind = Review: one of review, interim; the nearest is review",
    ),
    "reason almost spelt right": (
        "status",
        "security,status,start,reason\n600519.SH,suspended,2016-06-07,material_negative_events",
        (
            "status.csv:2 reason = material_negative_events: material_negative_event, "
            "which is too like it to be another reason"
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
        "calendar.csv:2 exchange = Shanghai: an exchange in four letters (ISO 10383: XSHG)",
    ),
    "unknown currency": (
        "securities",
        "security,name,exchange,currency\nAAA,a,XSHG,RMB",
        (
            "securities.csv:2 currency = RMB: a currency (ISO 4217; CNY for renminbi, CNH for it "
            "offshore)"
        ),
    ),
    "pair of one currency": (
        "fx",
        "date,pair,rate\n2016-06-07,HKD/CNY,0.85",
        "fx.csv:2 pair = HKD/CNY: two currencies, HKDCNY for the yuan in one Hong Kong dollar",
    ),
    "country by name": (
        "securities",
        "security,name,exchange,currency,country\nAAA,a,XSHG,CNY,China",
        "securities.csv:2 country = China: a country in two letters (ISO 3166: CN, HK, KY)",
    ),
    "weight in percent": (
        "constituents",
        "effective,security,weight\n2016-06-13,600519.SH,5.2",
        "constituents.csv:2 weight = 5.2: a fraction from 0 to 1",
    ),
    "month of delivery": (
        "contracts",
        (
            ""
            "contract,product,exchange,multiplier,delivery,last_trade\nRB1410,RB,XSGE,10,1410,2014-10-15"
        ),
        "contracts.csv:2 delivery = 1410: a month (2024-06)",
    ),
    "review and interim change on one day": (
        "constituents",
        "effective,security,kind\n2016-06-13,600519.SH,interim\n2016-06-13,000001.SZ,",
        (
            "constituents.csv:2 kind = interim: one kind for all rows of an effective session "
            "(empty means review) (2 rows like this)"
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
            "listings.csv:3 security = 600519.SH: a span of its own from 2015-01-01; "
            "the one before runs to 2016-01-01"
        ),
    ),
    "a table without rows": (
        "shares",
        "security,effective,total",
        "shares.csv: at least one row; leave the table out if there is none",
    ),
    "price on a closed day": (
        "prices",
        (
            ""
            "date,security,close\n2016-06-09,600519.SH,1\n2016-06-10,600519.SH,1\n2016-06-10,00700.HK,1"
        ),
        "prices.csv:2 date = 2016-06-09: a session of XSHG (2 rows like this)",
    ),
}


@pytest.mark.parametrize("kind", ONE_DEFECT)
def test_a_defect_is_named_with_file_row_column_value_and_expectation(tmp_path, kind):
    table, text, expected = ONE_DEFECT[kind]
    assert only_defect(tmp_path, **{table: f"{text}\n"}) == expected


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
        "price.csv: the name of a table; the nearest is prices",
        "fx.csv rate: a column of this name",
        (
            "securities.csv:4 currency = HKG: a currency (ISO 4217; CNY for renminbi, CNH for it "
            "offshore)"
        ),
        "prices.csv:2 close = -1.0: a positive number",
        (
            "prices.csv:5 security = 000002.SZ: a security of the table securities; the nearest "
            "is 000001.SZ"
        ),
        "shares.csv:2 free_float = 1256197801: at most total = 1256197800",
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
        "prices.csv:2 date = 2016-06-09: a session of XHKG",
        "prices.csv:5 date = 2016-06-10: a session of XSHE",
        "prices.csv:3 date = 2016-06-09: a session of XSHG",
    ]


def test_prices_before_the_calendar_are_history(tmp_path):
    calendar = "exchange,date\nXSHG,2016-06-13\nXSHG,2016-06-14\n"
    prices = "date,security,close\n2016-06-12,600519.SH,1\n2016-06-14,600519.SH,1\n"
    assert read(tmp_path, calendar=calendar, prices=prices)["prices"].height == 2


def test_sessions_of_the_user_decide_where_they_are_given(tmp_path):
    calendar = "exchange,date\nXSHG,2016-06-07\nXSHG,2016-06-09\nXSHG,2016-06-13\n"
    prices = "date,security,close\n2016-06-09,600519.SH,1\n2016-06-08,000001.SZ,1\n"
    assert only_defect(tmp_path, calendar=calendar, prices=prices) == (
        "prices.csv:3 date = 2016-06-08: a session of XSHE"
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
        "prices.csv:2 date = 2016-06-10: a session of XSHG"
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
        ("2014-09-02,RB1410,,2900,1,1", "date = 2014-09-02: a session of XSGE"),
        ("2014-09-03,RB1501,,2900,1,1", "contract = RB1501: a contract of the table contracts"),
        ("2014-09-03,RB1410,,0,1,1", "settle = 0.0: a positive number"),
        ("2014-09-03,RB1410,2900,2900,1,-1", "open_interest = -1: zero or more"),
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
