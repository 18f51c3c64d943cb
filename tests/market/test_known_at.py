"""Point in time: a row counts from ``known_at`` on, and the row known last stands for its key."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from market.market_folders import PRICES, SHARES, defects, only_defect, read, write
from paasche.errors import InputError
from paasche.market import Market

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
CORRECTED = """\
    date,security,close,known_at
    2016-06-07,600519.SH,270.13,
    2016-06-08,600519.SH,271.5,2016-06-08T15:30:00+08:00
    2016-06-08,600519.SH,272.5,2016-06-13T09:00:00+08:00
    2016-06-13,600519.SH,273.0,2016-06-13T15:30:00+08:00
    """


@pytest.mark.parametrize(
    ("moment", "closes"),
    [
        ("2016-06-08T15:29:59+08:00", [270.13]),
        ("2016-06-08T15:30:00+08:00", [270.13, 271.5]),
        ("2016-06-08T07:30:00Z", [270.13, 271.5]),
        ("2016-06-13T08:59:59+08:00", [270.13, 271.5]),
        ("2016-06-13T09:00:00+08:00", [270.13, 272.5]),
        (dt.datetime(2016, 6, 13, 15, 30, tzinfo=SHANGHAI), [270.13, 272.5, 273.0]),
    ],
)
def test_a_row_counts_from_the_moment_it_is_known(tmp_path, moment, closes):
    market = read(tmp_path, prices=CORRECTED).as_of(moment)
    assert market["prices"]["close"].to_list() == closes
    again = Market.read(tmp_path, as_of=moment)
    assert again["prices"].equals(market["prices"])
    assert again.known_at == market.known_at


def test_without_a_moment_everything_is_known_and_the_last_correction_stands(tmp_path):
    market = read(tmp_path, prices=CORRECTED)
    assert market["prices"]["close"].to_list() == [270.13, 272.5, 273.0]
    assert market.known_at is None


def test_the_moment_is_kept_in_utc(tmp_path):
    market = read(tmp_path, prices=PRICES).as_of("2016-06-13T09:00:00+08:00")
    assert market.known_at == dt.datetime(2016, 6, 13, 1, tzinfo=dt.UTC)
    assert str(market.known_at) == "2016-06-13 01:00:00+00:00"
    assert "as of 2016-06-13T01:00:00+00:00" in repr(market)


def test_a_null_known_at_is_superseded_by_any_correction(tmp_path):
    prices = """\
        date,security,close,known_at
        2016-06-07,600519.SH,271,2016-06-07T18:00:00+08:00
        2016-06-07,600519.SH,270,
        """
    market = read(tmp_path, prices=prices)
    assert market["prices"]["close"].to_list() == [271]
    assert market.as_of("2016-06-07T17:00:00+08:00")["prices"]["close"].to_list() == [270]


def test_an_action_cancelled_later_is_still_due_before(tmp_path):
    # The merger of 603019 into 688041 was ended on 2025-12-09 (N3).
    actions = """\
        security,ex_date,kind,ratio,related,cancelled,known_at
        600519.SH,2026-02-02,merger,0.5525,000001.SZ,,2025-06-09T20:00:00+08:00
        600519.SH,2026-02-02,merger,0.5525,000001.SZ,2025-12-09,2025-12-09T20:00:00+08:00
        """
    market = read(tmp_path, corporate_actions=actions)
    assert market["corporate_actions"]["cancelled"].to_list() == [dt.date(2025, 12, 9)]
    before = market.as_of("2025-12-09T19:59:00+08:00")
    assert before["corporate_actions"]["cancelled"].to_list() == [None]
    assert market.as_of("2025-06-09T00:00:00+08:00")["corporate_actions"].is_empty()


def test_a_view_cannot_look_past_its_own_moment(tmp_path):
    market = read(tmp_path, prices=CORRECTED).as_of("2016-06-08T16:00:00+08:00")
    with pytest.raises(InputError) as caught:
        market.as_of("2016-06-13T16:00:00+08:00")
    assert str(caught.value) == (
        "as_of = 2016-06-13T08:00:00+00:00: must be at most 2016-06-08T08:00:00+00:00, all it knows"
    )
    assert market.as_of("2016-06-07T16:00:00+08:00")["prices"].height == 1


@pytest.mark.parametrize(
    "moment",
    [
        "2016-06-13",
        "2016-06-13T09:00:00",
        "soon",
        dt.datetime.fromisoformat("2016-06-13"),
        dt.date(2016, 6, 13),
    ],
)
def test_a_moment_without_its_zone_is_refused(tmp_path, moment):
    market = read(tmp_path)
    with pytest.raises(InputError) as caught:
        market.as_of(moment)
    assert str(caught.value) == (
        f"as_of = {moment}: must be a time with its offset from UTC (2024-06-14T15:00:00+08:00)"
    )


def test_two_rows_known_at_the_same_moment_are_a_duplicate(tmp_path):
    prices = CORRECTED + "2016-06-08,600519.SH,272.6,2016-06-13T01:00:00Z\n"
    assert only_defect(tmp_path, prices=prices) == (
        "prices.csv:6 date, security, known_at = 2016-06-08, 600519.SH, 2016-06-13 "
        "01:00:00.000000+00:00: must be the only row of this key; row 4 has it too; "
        "leave one of them out"
    )


def test_spans_are_compared_as_they_stand_after_all_corrections(tmp_path):
    listings = """\
        security,exchange,board,currency,start,end,known_at
        600519.SH,XSHG,main,CNY,2001-08-27,,
        600519.SH,XSHG,main,CNY,2001-08-27,2016-06-07,2016-06-07T18:00:00+08:00
        600519.SH,XSHE,main,CNY,2016-06-08,,2016-06-07T18:00:00+08:00
        """
    assert read(tmp_path / "corrected", listings=listings)["listings"].height == 2
    uncorrected = listings.replace("2016-06-07,2016-06-07T18", ",2016-06-07T18", 1)
    assert defects(tmp_path / "not", listings=uncorrected) == [
        (
            "listings.csv:4 security = 600519.SH: must have one row at a time; this one "
            "begins on 2016-06-08, the one before runs without end: end that one earlier"
        )
    ]


def test_a_calendar_may_become_known_in_time(tmp_path):
    calendar = """\
        exchange,date,known_at
        XSHG,2016-06-07,
        XSHG,2016-06-08,
        XSHG,2016-06-13,2016-06-08T18:00:00+08:00
        """
    market = read(tmp_path, calendar=calendar)
    assert market.calendars.span("XSHG")[1].item() == dt.date(2016, 6, 13)
    before = market.as_of("2016-06-08T17:00:00+08:00")
    assert before.calendars.span("XSHG")[1].item() == dt.date(2016, 6, 8)


def test_zoned_frames_are_taken_and_zoneless_ones_refused(tmp_path):
    write(tmp_path)
    prices = pl.DataFrame(
        {
            "date": [dt.date(2016, 6, 7)],
            "security": ["600519.SH"],
            "close": [270.13],
            "known_at": [dt.datetime.fromisoformat("2016-06-07T18:00:00")],
        }
    )
    securities = read(tmp_path)["securities"]
    zoned = prices.with_columns(pl.col("known_at").dt.replace_time_zone("Asia/Shanghai"))
    market = Market.from_frames({"securities": securities, "prices": zoned})
    assert market["prices"]["known_at"][0] == dt.datetime(2016, 6, 7, 10, tzinfo=dt.UTC)
    with pytest.raises(
        InputError, match="known_at = 2016-06-07T18:00:00: must be a time with its offset"
    ):
        Market.from_frames({"securities": securities, "prices": prices})


def test_tables_without_known_at_are_shared_by_every_view(tmp_path):
    market = read(tmp_path, prices=PRICES, shares=SHARES)
    view = market.as_of("2016-06-13T09:00:00+08:00")
    assert view["prices"] is market["prices"]
