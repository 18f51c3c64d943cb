"""Sessions of the exchanges; the answers are the exchanges' own notices, not the library's."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import exchange_calendars
import numpy as np
import polars as pl
import pytest

from paasche.errors import InputError, MissingDataError
from paasche.market import Calendars
from paasche.market.library import with_overlay


def days(*dates):
    return [dt.date.fromisoformat(date) for date in dates]


@pytest.fixture(scope="module", name="calendars")
def _calendars():
    return Calendars()


@pytest.mark.parametrize(
    ("exchange", "open_days", "closed_days"),
    [
        # Dragon boat festival of 2016: Shanghai closed Thursday and Friday, Hong Kong Thursday.
        ("XSHG", ["2016-06-08", "2016-06-13"], ["2016-06-09", "2016-06-10", "2016-06-11"]),
        ("XHKG", ["2016-06-08", "2016-06-10", "2016-06-13"], ["2016-06-09"]),
        # The seventieth anniversary of victory, and the two typhoon days of 2016 in Hong Kong.
        ("XSHG", ["2015-09-02", "2015-09-07"], ["2015-09-03", "2015-09-04"]),
        ("XHKG", ["2015-09-04"], ["2015-09-03", "2016-08-02", "2016-10-21"]),
        # Snow, market holidays that moved and the long new year of 2020.
        ("XSHG", ["2020-01-23", "2020-02-03"], ["2020-01-24", "2020-01-31"]),
        ("XHKG", ["2020-01-24", "2020-01-29"], ["2020-01-27", "2020-01-28"]),
        ("XSHG", ["2024-02-08", "2024-02-19"], ["2024-02-09", "2024-02-16"]),
        ("XSHG", ["2026-05-12", "2026-05-14"], ["2026-10-01", "2026-10-07"]),
        # All trading cancelled: typhoon Saola and the rainstorm of September 2023 (HKEX notices).
        ("XHKG", ["2023-08-31", "2023-09-04"], ["2023-09-01", "2023-09-08"]),
    ],
)
def test_exchange_keeps_its_published_sessions(calendars, exchange, open_days, closed_days):
    assert calendars.is_session(exchange, open_days).all()
    assert not calendars.is_session(exchange, closed_days).any()


def test_shanghai_has_244_sessions_in_2016_and_hong_kong_245(calendars):
    # Of 261 weekdays 17 were holidays in Shanghai, 14 in Hong Kong, where two more had typhoons.
    assert len(calendars.sessions("XSHG", "2016-01-01", "2016-12-31")) == 261 - 17
    assert len(calendars.sessions("XHKG", "2016-01-01", "2016-12-31")) == 261 - 14 - 2


@pytest.mark.parametrize("exchange", ["XSHE", "BJSE"])
def test_shenzhen_and_beijing_keep_shanghai_sessions(calendars, exchange):
    shanghai = calendars.sessions("XSHG", "1999-01-01", "2026-12-31")
    assert np.array_equal(calendars.sessions(exchange, "1999-01-01", "2026-12-31"), shanghai)


def test_sessions_include_both_ends(calendars):
    sessions = calendars.sessions("XSHG", dt.date(2016, 6, 8), np.datetime64("2016-06-13"))
    assert sessions.dtype == np.dtype("M8[D]")
    assert sessions.tolist() == days("2016-06-08", "2016-06-13")


def test_a_span_without_sessions_is_empty(calendars):
    assert calendars.sessions("XSHG", "2016-06-09", "2016-06-12").size == 0
    assert calendars.sessions("XSHG", "2016-06-13", "2016-06-08").size == 0


def test_no_caller_can_change_the_sessions_of_others(calendars):
    with pytest.raises(ValueError, match="read-only"):
        calendars.sessions("XSHG", "2016-06-08", "2016-06-13")[0] = np.datetime64("2016-06-09")


@pytest.mark.rule("R57")
def test_a_listing_on_a_closed_day_rolls_forward(calendars):
    rolled = calendars.roll_forward("XSHG", ["2016-06-10", "2016-06-13", "2016-06-11"])
    assert rolled.tolist() == days("2016-06-13", "2016-06-13", "2016-06-13")


@pytest.mark.rule("R57")
@pytest.mark.parametrize(
    ("listed", "used"), [("2026-05-12", "2026-05-14"), ("2026-05-15", "2026-05-19")]
)
def test_a_share_change_is_used_two_sessions_after_its_listing(calendars, listed, used):
    assert calendars.offset("XSHG", [listed], 2).tolist() == days(used)


def test_offset_goes_back_over_holidays(calendars):
    assert calendars.offset("XSHG", ["2016-06-13"], -1).tolist() == days("2016-06-08")


def test_offset_of_a_closed_day_is_refused(calendars):
    with pytest.raises(InputError) as caught:
        calendars.offset("XSHG", ["2016-06-08", "2016-06-10"], 1)
    assert str(caught.value) == "sessions = 2016-06-10: must be a session of XSHG"


@pytest.mark.parametrize("value", ["2016-13-01", None, "NaT", "soon"])
def test_what_is_no_date_is_refused(calendars, value):
    with pytest.raises(InputError, match=r"a date"):
        calendars.sessions("XSHG", value, "2016-06-13")
    with pytest.raises(InputError, match=r"date"):
        calendars.roll_forward("XSHG", [value])


@pytest.mark.parametrize(
    ("call", "far"),
    [
        (lambda c: c.sessions("XSHG", "2026-12-01", "2027-01-04"), "2027-01-04"),
        (lambda c: c.sessions("XSHG", "1998-12-31", "2016-06-08"), "1998-12-31"),
        (lambda c: c.roll_forward("XSHG", ["2016-06-08", "2027-01-01"]), "2027-01-01"),
        (lambda c: c.is_session("XSHG", ["2027-01-04"]), "2027-01-04"),
        (lambda c: c.offset("XSHG", ["2026-12-30"], 2), "2 sessions after 2026-12-30"),
        (lambda c: c.offset("XSHG", ["1999-01-05"], -2), "2 sessions before 1999-01-05"),
    ],
)
def test_days_outside_the_known_sessions_are_never_guessed(calendars, call, far):
    with pytest.raises(MissingDataError) as caught:
        call(calendars)
    assert str(caught.value) == (
        f"XSHG: sessions are known from 1999-01-04 to 2026-12-31, not on {far}; give its sessions "
        "in the table calendar (exchange, date) of the market, or extend "
        "paasche/market/calendar_overlay.toml"
    )


def test_hong_kong_is_not_trusted_beyond_the_overlay_though_the_library_goes_on(calendars):
    assert calendars.span("XHKG") == (np.datetime64("1999-01-04"), np.datetime64("2026-12-31"))


@pytest.mark.filterwarnings("ignore")  # the library warns under pandas 3.1
@pytest.mark.parametrize("exchange", ["XSHG", "XHKG"])
def test_holidays_give_the_sessions_of_the_library_itself(calendars, exchange):
    library = exchange_calendars.get_calendar(exchange, start="1999-01-01", end="2026-12-31")
    theirs = library.sessions.to_numpy().astype("M8[D]")
    ours = calendars.sessions(exchange, "1999-01-01", "2026-12-31")
    assert np.setdiff1d(ours, theirs).size == 0
    assert set(np.setdiff1d(theirs, ours).tolist()) <= set(days("2023-09-01", "2023-09-08"))


def test_a_futures_exchange_needs_the_table():
    with pytest.raises(MissingDataError) as caught:
        Calendars().sessions("XSGE", "2016-06-08", "2016-06-13")
    assert str(caught.value) == (
        "exchange = XSGE: must be one whose sessions are known; give them in the "
        "table calendar (exchange, date) of the market"
    )


def own(**sessions):
    rows = [(exchange, day) for exchange, dates in sessions.items() for day in days(*dates)]
    return Calendars(pl.DataFrame(rows, schema=["exchange", "date"], orient="row"))


def test_sessions_of_the_user_replace_those_of_the_library():
    calendars = own(XSHG=["2016-06-10", "2016-06-08"])
    assert calendars.sessions("XSHG", "2016-06-08", "2016-06-10").tolist() == days(
        "2016-06-08", "2016-06-10"
    )
    assert calendars.sessions("XSHE", "2016-06-08", "2016-06-10").size == 2
    with pytest.raises(MissingDataError, match="known from 2016-06-08 to 2016-06-10"):
        calendars.sessions("XSHG", "2016-06-08", "2016-06-13")


def test_sessions_of_the_user_for_shenzhen_leave_shanghai_alone():
    calendars = own(XSHE=["2016-06-08", "2016-06-10"])
    assert calendars.is_session("XSHE", ["2016-06-10"]).all()
    assert not calendars.is_session("XSHG", ["2016-06-10"]).any()


@pytest.mark.filterwarnings("ignore")
def test_the_overlay_reaches_past_the_library_once_the_exchange_has_published():
    sessions = with_overlay(
        "XSHG",
        {
            "known_until": dt.date(2027, 1, 8),
            "removed": days("2027-01-01"),
            "added": days("2027-01-03"),
        },
    )
    assert sessions[sessions > np.datetime64("2026-12-30")].tolist() == days(
        "2026-12-31",
        "2027-01-03",
        "2027-01-04",
        "2027-01-05",
        "2027-01-06",
        "2027-01-07",
        "2027-01-08",
    )


@pytest.mark.filterwarnings("ignore")
def test_the_overlay_cuts_the_library_short():
    sessions = with_overlay(
        "XSHG", {"known_until": dt.date(2016, 6, 12), "removed": [], "added": []}
    )
    assert sessions[-1] == np.datetime64("2016-06-08")


def test_reading_a_market_with_its_own_calendar_loads_no_calendar_library(tmp_path):
    program = (
        "import sys, datetime as dt, polars as pl; from paasche.market import Calendars;"
        "c = Calendars(pl.DataFrame({'exchange': ['XSHG'], 'date': [dt.date(2016, 6, 8)]}));"
        "c.sessions('XSHE', '2016-06-08', '2016-06-08');"
        "print(sorted({'exchange_calendars', 'pandas'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
