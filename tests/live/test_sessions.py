"""When a print is a trade: hours, half days, auctions, grace, holidays (R42, R43)."""

from __future__ import annotations

import datetime as dt

import exchange_calendars
import numpy as np
import polars as pl
import pytest

import paasche as px
from live.days import is_trade
from paasche.errors import InputError, MissingDataError
from paasche.live.opened.sessions import trading_day, union
from paasche.market.library import library_hours

CHINA = ("XSHG", "XSHE", "BJSE")
LOCAL = dt.timezone(dt.timedelta(hours=8))  # of all four exchanges, which keep no summer time


def moment(date, time):
    local = dt.datetime.fromisoformat(f"{date}T{time}").replace(tzinfo=LOCAL)
    return round(local.timestamp() * 1_000_000)


def day_of(exchange, date, calendars=None):
    return trading_day(calendars or px.Calendars(), [exchange], date)[exchange]


def local(intervals):
    """Return intervals as text in local time."""
    return [
        tuple(f"{dt.datetime.fromtimestamp(bound / 1e6, LOCAL):%H:%M:%S}" for bound in interval)
        for interval in intervals.tolist()
    ]


@pytest.mark.rule("R43")
@pytest.mark.parametrize("exchange", CHINA)
def test_a_mainland_day_is_the_opening_match_and_two_halves(exchange):
    day = day_of(exchange, "2024-06-14")
    assert local(day.intervals) == [
        ("09:25:00", "09:26:00"),
        ("09:30:00", "11:31:00"),
        ("13:00:00", "15:01:00"),
    ]
    assert (day.opens, day.closes) == (
        moment("2024-06-14", "09:25:00"),
        moment("2024-06-14", "15:01:00"),
    )
    assert local(day.call) == [("09:15:00", "09:25:00")]
    assert local(day.continuous) == [("09:30:00", "11:30:00"), ("13:00:00", "15:00:00")]


@pytest.mark.rule("R43")
def test_a_hong_kong_day_begins_with_its_pre_opening_match_and_ends_with_its_closing_auction():
    day = day_of("XHKG", "2024-06-14")
    assert local(day.intervals) == [
        ("09:20:00", "12:01:00"),
        ("13:00:00", "16:01:00"),
        ("16:08:00", "16:11:00"),
    ]
    assert local(day.call) == [("09:00:00", "09:20:00")]


def test_a_half_day_has_no_afternoon_but_a_closing_auction():
    day = day_of("XHKG", "2024-12-24")
    assert local(day.intervals) == [("09:20:00", "12:01:00"), ("12:08:00", "12:11:00")]
    assert local(day.continuous) == [("09:30:00", "12:00:00")]
    assert day.closes == moment("2024-12-24", "12:11:00")


@pytest.mark.parametrize(
    ("date", "hours"),
    [
        ("2001-06-15", [("10:00", "12:31"), ("14:30", "16:01")]),
        ("2004-06-15", [("09:50", "12:31"), ("14:30", "16:01")]),
        ("2008-06-16", [("09:50", "12:31"), ("14:30", "16:11")]),
        ("2010-06-15", [("09:50", "12:31"), ("14:30", "16:01")]),
        ("2010-12-24", [("09:50", "12:31")]),
        ("2011-03-04", [("09:50", "12:31"), ("14:30", "16:01")]),
        ("2011-03-07", [("09:20", "12:01"), ("13:30", "16:01")]),
        ("2012-03-02", [("09:20", "12:01"), ("13:30", "16:01")]),
        ("2012-03-05", [("09:20", "12:01"), ("13:00", "16:01")]),
        ("2016-07-22", [("09:20", "12:01"), ("13:00", "16:01")]),
        ("2016-07-25", [("09:20", "12:01"), ("13:00", "16:01"), ("16:08", "16:11")]),
    ],
)
def test_hours_of_hong_kong_changed_over_the_years(date, hours):
    found = local(day_of("XHKG", date).intervals)
    assert [tuple(bound[:5] for bound in interval) for interval in found] == hours


def test_a_closed_exchange_has_no_interval():
    days = trading_day(px.Calendars(), ["XHKG", "XSHG"], "2024-07-01")
    assert list(days) == ["XHKG", "XSHG"]
    closed = days["XHKG"]
    assert not closed.is_open
    assert (closed.intervals.shape, closed.opens, closed.closes) == ((0, 2), None, None)
    assert not is_trade(closed, np.array([moment("2024-07-01", "10:00:00")])).any()
    assert days["XSHG"].is_open


@pytest.mark.rule("R42", "R43")
@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("09:24:59.999999", False),
        ("09:25:00", True),
        ("09:26:00", True),
        ("09:26:00.000001", False),
        ("09:29:59.999999", False),
        ("09:30:00", True),
        ("11:30:02", True),
        ("12:00:00", False),
        ("15:00:03", True),
        ("15:01:00", True),
        ("15:01:00.000001", False),
    ],
)
def test_both_ends_of_an_interval_belong_to_it(time, expected):
    day = day_of("XSHG", "2024-06-14")
    assert is_trade(day, np.array([moment("2024-06-14", time)])).tolist() == [expected]


@pytest.mark.rule("R43")
def test_the_index_session_goes_from_the_first_opening_to_the_last_close():
    days = trading_day(px.Calendars(), ["XSHG", "XHKG", "XSHE"], "2024-06-14")
    assert union(days) == (moment("2024-06-14", "09:20:00"), moment("2024-06-14", "16:11:00"))


@pytest.mark.rule("R43")
def test_the_mainland_closes_the_index_session_of_a_hong_kong_half_day():
    days = trading_day(px.Calendars(), ["XSHG", "XHKG"], "2024-12-24")
    assert union(days)[1] == moment("2024-12-24", "15:01:00")


@pytest.mark.rule("R43")
def test_a_closed_exchange_says_nothing_about_the_index_session():
    days = trading_day(px.Calendars(), ["XSHG", "XHKG"], "2024-07-01")
    assert union(days) == (moment("2024-07-01", "09:25:00"), moment("2024-07-01", "15:01:00"))


def test_a_day_on_which_all_are_closed_is_no_index_session():
    days = trading_day(px.Calendars(), ["XSHG", "XHKG"], "2024-10-01")
    with pytest.raises(InputError) as caught:
        union(days)
    assert str(caught.value) == (
        "date = 2024-10-01: must be a session of an exchange of the index (XHKG, XSHG)"
    )


def test_the_calendar_of_the_market_decides_who_is_open():
    table = pl.DataFrame({"exchange": ["XSHG", "XSHG"], "date": ["2024-06-15", "2024-06-17"]})
    calendars = px.Calendars(table.with_columns(pl.col("date").str.to_date()))
    assert day_of("XSHG", "2024-06-15", calendars).is_open
    assert not day_of("XSHG", "2024-06-16", calendars).is_open


def test_an_exchange_without_hours_is_refused():
    with pytest.raises(MissingDataError) as caught:
        trading_day(px.Calendars(), ["XSHG", "XNYS"], "2024-06-14")
    assert str(caught.value) == (
        "exchange = XNYS: must be one whose trading hours are known (BJSE, XHKG, XSHE, XSHG)"
    )


def test_a_day_before_the_first_hours_is_refused():
    table = pl.DataFrame({"exchange": ["XSHG"], "date": [dt.date(1998, 6, 15)]})
    with pytest.raises(MissingDataError, match="XSHG: trading hours are known from 1999-01-01"):
        trading_day(px.Calendars(table), ["XSHG"], "1998-06-15")


def test_a_day_after_the_known_sessions_is_refused():
    with pytest.raises(MissingDataError, match="XSHG: sessions are known from"):
        trading_day(px.Calendars(), ["XSHG"], "2049-06-15")


@pytest.mark.parametrize("date", ["14 June", None, "NaT"])
def test_what_is_no_date_is_refused(date):
    with pytest.raises(InputError, match=r"date = .*: must be a date \(2024-06-14\)"):
        trading_day(px.Calendars(), ["XSHG"], date)


@pytest.mark.parametrize("date", [dt.date(2024, 6, 14), np.datetime64("2024-06-14")])
def test_a_date_may_be_of_any_kind(date):
    assert day_of("XSHG", date).date == dt.date(2024, 6, 14)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the library, about pandas
@pytest.mark.parametrize("exchange", ["XSHG", "XHKG"])
def test_hours_are_those_of_the_calendar_library(exchange):
    schedule = exchange_calendars.get_calendar(exchange, start="2022-01-03").schedule
    for session, row in schedule["2023-12-01":"2024-03-01"].iterrows():
        hours = library_hours(exchange, session.date())
        found = [row[name].tz_convert(hours.zone).time() for name in ("open", "close")]
        assert [hours.opens, hours.closes] == found
