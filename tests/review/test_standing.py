"""How securities stand on a day: suspensions, statuses, departures, reports."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from paasche.review.screening.reports import (
    due_report,
    latest_opinions,
    latest_profits,
    reports_in_time,
)
from paasche.review.screening.standing import departures, lifted, listed_as, months_later, statuses
from paasche.review.screening.suspensions import resumed, suspended_sessions
from review.review_markets import DATES, SESSIONS, ground, market, rows, sessions_back, status

ONE = {"600001.SH": {}}
DAY = date(2024, 1, 10)
AFTER = DAY + timedelta(days=1)
DEADLINES = (
    {"period": "06-30", "month": 8, "day": 31, "years": 0},
    {"period": "12-31", "month": 4, "day": 30, "years": 1},
)


@pytest.mark.parametrize(
    ("start", "later"),
    [
        ("2024-01-30", "2024-04-30"),
        ("2024-01-31", "2024-04-30"),
        ("2023-11-30", "2024-02-29"),
        ("2022-11-30", "2023-02-28"),
        ("2024-02-29", "2024-05-29"),
    ],
)
def test_three_months_later_is_the_same_day_of_the_month_or_its_last(start, later):
    assert str(months_later(start, 3)) == later


def test_months_may_differ_by_name():
    found = months_later(["2024-01-31", "2024-01-31", "NaT"], [1, 12, 3])
    assert found.astype(str).tolist() == ["2024-02-29", "2025-01-31", "NaT"]


def idle(days, on=DATES.cutoff, **fields):
    laid = ground({"600001.SH": fields}, gaps={"600001.SH": set(days)})
    return suspended_sessions(laid, on).tolist()[0]


@pytest.mark.rule("R12")
@pytest.mark.parametrize("count", [0, 1, 25, 26, 63, 64, 65, 200])
def test_sessions_without_a_trade_count_up_to_and_including_the_day(count):
    assert idle(sessions_back(count)) == count


@pytest.mark.rule("R12")
def test_one_day_with_a_trade_begins_the_count_anew():
    days = sessions_back(30)
    assert idle([*days[:20], *days[21:]]) == 9
    assert idle(days[:-1]) == 0


@pytest.mark.rule("R12")
def test_a_name_that_never_traded_counts_from_its_listing():
    laid = ground(
        {"600001.SH": {}, "600002.SH": {"listed": DAY}}, gaps={"600002.SH": set(SESSIONS)}
    )
    assert suspended_sessions(laid, DAY).tolist() == [0, 1]
    assert suspended_sessions(laid, AFTER).tolist() == [0, 2]
    assert suspended_sessions(laid, DAY - timedelta(days=1)).tolist() == [0, 0]


@pytest.mark.rule("R12")
def test_a_closed_exchange_is_no_suspension():
    # A weekend lies between Friday 5 and Monday 8 January.
    assert idle([date(2024, 1, 5)], on=date(2024, 1, 7)) == 1


@pytest.mark.rule("N10")
def test_the_suspension_of_the_digest_counts_ten_sessions():
    # 2025-05-26 to 06-09: eleven weekdays, less the Dragon Boat Festival on 06-02.
    from paasche.market.calendars import Calendars

    sessions = Calendars().sessions("XSHG", "2025-05-01", "2025-06-30").tolist()
    gap = {day for day in sessions if date(2025, 5, 26) <= day <= date(2025, 6, 9)}
    laid = ground(
        {"603019.SH": {}}, sessions=sessions, gaps={"603019.SH": gap}, end=date(2025, 6, 30)
    )
    counts = [
        suspended_sessions(laid, date(2025, *day))[0] for day in ((5, 23), (5, 26), (6, 9), (6, 10))
    ]
    assert counts == [0, 1, 10, 0]


def resumption(gap, first=DATES.first, cutoff=DATES.cutoff):
    laid = ground(ONE, gaps={"600001.SH": set(gap)})
    return resumed(laid, first, cutoff, 25).tolist()[0]


@pytest.mark.rule("R16")
@pytest.mark.parametrize(("count", "long"), [(25, False), (26, True)])
def test_a_suspension_of_more_than_25_sessions_is_a_long_one(count, long):
    start = SESSIONS.index(DAY)
    gap = SESSIONS[start : start + count]
    assert resumption(gap) == (SESSIONS[start + count] if long else None)


@pytest.mark.rule("R16")
def test_the_last_resumption_of_the_window_counts():
    first, second = SESSIONS[40:70], SESSIONS[100:130]
    assert resumption([*first, *second]) == SESSIONS[130]
    assert resumption([*first, *second], cutoff=SESSIONS[129]) == SESSIONS[70]
    assert resumption([*first, *second], first=SESSIONS[131]) is None


@pytest.mark.rule("R16")
def test_a_suspension_that_began_before_the_window_counts_whole():
    gap = SESSIONS[100:126]
    assert resumption(gap, first=SESSIONS[125]) == SESSIONS[126]
    assert resumption(gap[1:], first=SESSIONS[125]) is None


@pytest.mark.rule("R16")
def test_a_suspension_that_goes_on_has_not_ended():
    assert resumption(sessions_back(60)) is None


def test_a_class_that_is_not_stated_is_a_on_the_mainland_and_h_in_hong_kong():
    names = {
        "600001.SH": {},
        "00700.HK": {},
        "900001.SH": {"class": "B"},
        "689009.SH": {"class": "CDR"},
    }
    found = listed_as(market(names), DAY).collect()
    classes = dict(found.select("security", "class").iter_rows())
    assert classes == {"600001.SH": "A", "00700.HK": "H", "900001.SH": "B", "689009.SH": "CDR"}
    assert found.filter("a_share")["security"].to_list() == ["600001.SH"]


def test_a_listing_counts_from_its_first_to_its_last_day():
    listings = rows(
        "security exchange board currency start end",
        ("920808.BJ", "XSHG", "star", "CNY", DAY, AFTER),
    )
    found = market({"920808.BJ": {"board": "bse"}}, listings=listings)
    seen = [
        listed_as(found, DAY + timedelta(days=number)).collect().select("exchange", "board").row(0)
        for number in (-1, 0, 1, 2)
    ]
    assert seen == [("BJSE", "bse"), ("XSHG", "star"), ("XSHG", "star"), ("BJSE", "bse")]


def test_a_board_does_not_move_along_to_another_exchange():
    for exchange, board in (("XSHG", None), ("BJSE", "bse")):
        listings = rows(
            "security exchange board currency start end",
            ("920808.BJ", exchange, None, "CNY", DAY, None),
        ).cast({"board": pl.String, "end": pl.Date})
        found = market({"920808.BJ": {"board": "bse"}}, listings=listings)
        assert listed_as(found, DAY).collect()["board"].to_list() == [board]


def test_the_last_day_of_a_status_counts_and_the_next_does_not():
    found = market(ONE, status=status(("600001.SH", "risk_warning", DAY, AFTER)))
    days = [DAY + timedelta(days=number) for number in (-1, 0, 1, 2)]
    assert [not statuses(found, day).collect().is_empty() for day in days] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.rule("R19")
def test_a_warning_is_lifted_the_day_after_its_end_and_not_known_before():
    found = market(
        ONE,
        status=status(
            ("600001.SH", "risk_warning", DAY - timedelta(days=90), DAY),
            ("600001.SH", "sell_only", DAY, AFTER),
        ),
    )
    assert lifted(found, DAY, ["risk_warning"]).collect().is_empty()
    assert lifted(found, AFTER, ["risk_warning"]).collect().rows() == [("600001.SH", AFTER)]
    assert lifted(found, AFTER, ["delisting_warning"]).collect().is_empty()


def departed(known, by, *actions, **fields):
    tables = {}
    if actions:
        tables["corporate_actions"] = rows("security ex_date kind announced cancelled", *actions)
        tables["corporate_actions"] = tables["corporate_actions"].cast(
            {"announced": pl.Date, "cancelled": pl.Date}
        )
    return departures(market({"600001.SH": fields}, **tables), known, by).collect().rows()


@pytest.mark.rule("R28")
def test_a_delisting_date_counts_from_that_day():
    eve = DAY - timedelta(days=1)
    assert departed(DAY, AFTER, delisted=DAY) == [("600001.SH", DAY, "delisting")]
    assert departed(eve, AFTER, delisted=DAY) == []
    assert departed(AFTER, eve, delisted=DAY) == []


@pytest.mark.rule("R23", "R28", "R29")
@pytest.mark.parametrize("kind", ["delisting", "bankruptcy"])
def test_an_announced_departure_counts_from_its_announcement(kind):
    announced = DAY - timedelta(days=5)
    row = ("600001.SH", AFTER, kind, announced, None)
    assert departed(announced, AFTER, row) == [("600001.SH", AFTER, kind)]
    assert departed(announced - timedelta(days=1), AFTER, row) == []
    assert departed(announced, DAY, row) == []


def test_a_departure_that_was_not_announced_counts_from_its_day():
    row = ("600001.SH", AFTER, "delisting", None, None)
    assert departed(DAY, AFTER, row) == []
    assert departed(AFTER, AFTER, row) == [("600001.SH", AFTER, "delisting")]


@pytest.mark.rule("N3")
def test_a_cancelled_departure_counts_until_its_cancellation_is_known():
    row = ("600001.SH", AFTER, "delisting", DAY - timedelta(days=5), DAY)
    assert departed(DAY, AFTER, row) == []
    assert departed(DAY - timedelta(days=1), AFTER, row) == [("600001.SH", AFTER, "delisting")]


@pytest.mark.rule("R21")
@pytest.mark.parametrize(
    ("day", "period", "due"),
    [
        (date(2024, 4, 29), date(2023, 6, 30), date(2023, 8, 31)),
        (date(2024, 4, 30), date(2023, 12, 31), date(2024, 4, 30)),
        (date(2024, 8, 30), date(2023, 12, 31), date(2024, 4, 30)),
        (date(2024, 8, 31), date(2024, 6, 30), date(2024, 8, 31)),
        (date(2025, 1, 2), date(2024, 6, 30), date(2024, 8, 31)),
    ],
)
def test_the_report_that_fell_due_last(day, period, due):
    assert due_report(DEADLINES, day) == (period, due)


def test_without_a_deadline_no_report_is_due():
    assert due_report((), DAY) is None
    assert reports_in_time(market(ONE, financials=REPORTS), DAY, ()).collect().is_empty()


REPORTS = rows(
    "security period published net_profit opinion",
    ("600001.SH", date(2022, 12, 31), date(2023, 4, 28), 5.0, "qualified"),
    ("600001.SH", date(2023, 6, 30), date(2023, 8, 30), -1.0, None),
    ("600001.SH", date(2022, 12, 31), date(2023, 10, 10), 4.0, "adverse"),
    ("600001.SH", date(2023, 6, 30), date(2023, 11, 1), 2.0, None),
)


@pytest.mark.rule("R20")
def test_the_profit_is_that_of_the_latest_period_as_published_last():
    found = market(ONE, financials=REPORTS)
    days = ((8, 29), (8, 30), (10, 31), (11, 1))
    figures = [
        latest_profits(found, date(2023, *day)).collect()["net_profit"].item() for day in days
    ]
    assert figures == [5.0, -1.0, -1.0, 2.0]


@pytest.mark.rule("R21")
def test_the_opinion_is_that_of_the_latest_annual_report():
    found = market(ONE, financials=REPORTS)
    days = (date(2023, 9, 1), date(2023, 10, 10))
    opinions = [latest_opinions(found, day, DEADLINES).collect()["opinion"].item() for day in days]
    assert opinions == ["qualified", "adverse"]


@pytest.mark.rule("R21")
@pytest.mark.parametrize(("day", "in_time"), [(30, True), (31, True), (1, False)])
def test_a_report_is_in_time_on_its_deadline_and_late_the_day_after(day, in_time):
    published = date(2023, 9 if day == 1 else 8, day)
    table = rows(
        "security period published net_profit opinion",
        ("600001.SH", date(2023, 6, 30), published, 1.0, "emphasis"),
    )
    found = reports_in_time(market(ONE, financials=table), date(2023, 10, 31), DEADLINES).collect()
    assert (found["security"].to_list() == ["600001.SH"]) is in_time


def test_suspensions_do_not_depend_on_other_names():
    names = {f"60{number:04d}.SH": {} for number in range(1, 6)}
    gaps = {code: set(sessions_back(20 * at)) for at, code in enumerate(names)}
    together = suspended_sessions(ground(names, gaps=gaps), DATES.cutoff)
    alone = [suspended_sessions(ground({code: {}}, gaps=gaps), DATES.cutoff)[0] for code in names]
    assert together.tolist() == alone == [0, 20, 40, 60, 80]
    assert together.dtype == np.int64
