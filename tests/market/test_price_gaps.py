"""An open session without a price is a defect where `status` could have told a suspension."""

from __future__ import annotations

import datetime as dt

import pytest

from market.market_folders import SECURITIES, read
from paasche.errors import InputError

# Open in Shanghai: 7, 8 and 13 June 2016; in Hong Kong also the 10th.
PRICES = """\
    date,security,close
    2016-06-07,600519.SH,270.13
    2016-06-13,600519.SH,271.5
    2016-06-07,00700.HK,177.4
    2016-06-08,00700.HK,177.5
    2016-06-13,00700.HK,170.1
    """
STATUS = """\
    security,status,start,end
    000001.SZ,suspended,2016-06-08,2016-06-13
    600519.SH,risk_warning,2016-06-01,
    """
START, END = dt.date(2016, 6, 7), dt.date(2016, 6, 13)


def gaps(market, *securities, start=START, end=END):
    return market.price_gaps(securities, start, end).rows()


def test_a_session_without_a_price_is_found_on_the_exchange_s_own_days(tmp_path):
    market = read(tmp_path, prices=PRICES, status=STATUS)
    assert gaps(market, "600519.SH", "00700.HK") == [
        ("00700.HK", dt.date(2016, 6, 10)),
        ("600519.SH", dt.date(2016, 6, 8)),
    ]


def test_a_suspension_covers_its_first_and_last_day(tmp_path):
    market = read(tmp_path, prices=PRICES, status=STATUS)
    assert gaps(market, "000001.SZ") == [("000001.SZ", dt.date(2016, 6, 7))]


def test_a_suspension_without_end_goes_on(tmp_path):
    status = STATUS.replace("2016-06-08,2016-06-13", "2016-06-07,")
    assert gaps(read(tmp_path, prices=PRICES, status=status), "000001.SZ") == []


def test_without_status_no_gap_can_be_told(tmp_path):
    assert gaps(read(tmp_path, prices=PRICES), "600519.SH", "000001.SZ") == []


def test_an_empty_status_table_says_that_nothing_was_suspended(tmp_path):
    market = read(tmp_path, prices=PRICES, status="security,status,start\n")
    assert len(gaps(market, "000001.SZ")) == 3


def test_no_price_is_due_before_listing_and_from_delisting_on(tmp_path):
    securities = """\
        security,name,exchange,currency,listed,delisted
        600519.SH,Kweichow Moutai,XSHG,CNY,2016-06-08,2016-06-13
        000001.SZ,Ping An Bank,XSHE,CNY,,
        00700.HK,Tencent,XHKG,HKD,,
        """
    market = read(tmp_path, securities=securities, prices=PRICES, status=STATUS)
    assert gaps(market, "600519.SH") == [("600519.SH", dt.date(2016, 6, 8))]


def test_each_security_may_have_its_own_days_and_come_twice(tmp_path):
    market = read(tmp_path, prices=PRICES, status=STATUS)
    starts = [dt.date(2016, 6, 7), dt.date(2016, 6, 10), dt.date(2016, 6, 8)]
    ends = [dt.date(2016, 6, 7), dt.date(2016, 6, 13), dt.date(2016, 6, 8)]
    found = market.price_gaps(["600519.SH", "00700.HK", "600519.SH"], starts, ends)
    assert found.rows() == [
        ("00700.HK", dt.date(2016, 6, 10)),
        ("600519.SH", dt.date(2016, 6, 8)),
    ]


def test_an_empty_span_has_no_gaps(tmp_path):
    market = read(tmp_path, prices=PRICES, status=STATUS)
    assert gaps(market, "600519.SH", start=END, end=START) == []
    assert gaps(market) == []


def test_a_security_that_moved_keeps_the_days_of_each_exchange(tmp_path):
    listings = """\
        security,exchange,board,currency,start,end
        600519.SH,XHKG,,HKD,2016-01-01,2016-06-10
        """
    market = read(tmp_path, prices=PRICES, status=STATUS, listings=listings)
    assert gaps(market, "600519.SH") == [
        ("600519.SH", dt.date(2016, 6, 8)),
        ("600519.SH", dt.date(2016, 6, 10)),
    ]


def test_only_the_exchanges_asked_about_must_be_known(tmp_path):
    securities = SECURITIES + "FUT,a future,XSGE,CNY\n"
    calendar = "exchange,date\nXSGE,2030-01-02\n"
    market = read(tmp_path, securities=securities, prices=PRICES, status=STATUS, calendar=calendar)
    assert len(gaps(market, "600519.SH")) == 1


def test_a_security_that_is_not_there_is_refused(tmp_path):
    market = read(tmp_path, prices=PRICES, status=STATUS)
    with pytest.raises(
        InputError, match=r"securities = 600520\.SH: must be a security of the table securities"
    ):
        gaps(market, "600520.SH")


def test_as_many_days_as_securities_are_needed(tmp_path):
    market = read(tmp_path, prices=PRICES, status=STATUS)
    with pytest.raises(
        InputError, match="start: must be one date, or 1 of them as there are securities"
    ):
        market.price_gaps(["600519.SH"], [START, START], END)


def test_gaps_are_refused_or_returned_as_warnings(tmp_path):
    market = read(tmp_path, prices=PRICES, status=STATUS)
    found = market.price_gaps(["600519.SH", "00700.HK"], START, END)
    lines = [
        (
            "prices date = 2016-06-10 of 00700.HK: must have a price, as the exchange "
            "was open; add it, or a row suspended to the table status"
        ),
        (
            "prices date = 2016-06-08 of 600519.SH: must have a price, as the exchange "
            "was open; add it, or a row suspended to the table status"
        ),
    ]
    assert [str(defect) for defect in market.report_gaps(found, missing="warn")] == lines
    with pytest.raises(InputError) as caught:
        market.report_gaps(found, missing="error")
    headline = (
        f'{tmp_path}: 2 prices are missing; with [prices] missing = "warn" the last close is '
    )
    assert str(caught.value) == "\n".join([f"{headline}carried", *(f"  {line}" for line in lines)])


def test_no_gaps_are_no_error(tmp_path):
    market = read(tmp_path, prices=PRICES, status=STATUS)
    none = market.price_gaps([], START, END)
    assert market.report_gaps(none, missing="error") == ()
    with pytest.raises(InputError, match="missing = ignore: must be error or warn"):
        market.report_gaps(none, missing="ignore")
