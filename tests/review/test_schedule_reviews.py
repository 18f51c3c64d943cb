"""Dates of reviews; expected ones are those of the rules, of their notices and of calendars."""

from __future__ import annotations

import warnings
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paasche.errors import InputError, MissingDataError
from paasche.methodology.review import Review
from paasche.review.dates.schedule import (
    adjustment_close,
    adjustment_day,
    base_review,
    effective_session,
    latest_known,
    review_dates,
    reviews_between,
    second_friday,
)

CES = Review()


def weekdays(first, last):
    days = np.arange(first, np.datetime64(last) + 1, dtype="datetime64[D]")
    return days[np.is_busday(days)]


WEEKDAYS = weekdays("2015-01-01", "2029-12-31")


def sessions_of(exchange):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import exchange_calendars

        calendar = exchange_calendars.get_calendar(exchange, start="2015-01-01", end="2026-12-31")
        return calendar.sessions.to_numpy().astype("datetime64[D]")


@pytest.fixture(scope="module")
def shanghai():
    return sessions_of("XSHG")


def texts(dates):
    return {name: str(getattr(dates, name)) for name in dates.__slots__}


@pytest.mark.rule("R1", "R2", "R3", "R59")
def test_the_june_review_of_2025_in_shanghai(shanghai):
    # Second Friday 2025-06-13; ten sessions before Monday the 16th, 2 June was Dragon Boat.
    assert texts(review_dates(shanghai, CES, 2025, 6)) == {
        "month": "2025-06-01",
        "first": "2024-05-01",
        "last": "2025-04-30",
        "cutoff": "2025-04-30",
        "announcement": "2025-05-30",
        "adjustment_close": "2025-06-13",
        "effective": "2025-06-16",
    }


@pytest.mark.rule("R2", "R3")
def test_the_december_review_of_2025_took_effect_after_the_12th(shanghai):
    dates = review_dates(shanghai, CES, 2025, 12)
    assert (dates.first, dates.last) == (date(2024, 11, 1), date(2025, 10, 31))
    assert dates.cutoff == date(2025, 10, 31)
    assert dates.adjustment_close == date(2025, 12, 12)
    assert dates.effective == date(2025, 12, 15)


@pytest.mark.rule("R3")
@pytest.mark.parametrize(
    ("year", "month", "first", "last", "cutoff"),
    [
        (2026, 6, "2025-05-01", "2026-04-30", "2026-04-30"),
        # 31 October 2026 is a Saturday.
        (2026, 12, "2025-11-01", "2026-10-31", "2026-10-30"),
        # 30 April 2022 was a Saturday, 30 April 2023 a Sunday before the May holidays.
        (2022, 6, "2021-05-01", "2022-04-30", "2022-04-29"),
        (2023, 6, "2022-05-01", "2023-04-30", "2023-04-28"),
    ],
)
def test_the_window_is_the_year_up_to_the_end_of_april_or_october(
    shanghai, year, month, first, last, cutoff
):
    dates = review_dates(shanghai, CES, year, month)
    assert [str(dates.first), str(dates.last), str(dates.cutoff)] == [first, last, cutoff]


@pytest.mark.rule("R2")
def test_the_holidays_of_june_2016_move_the_adjustment_close_to_wednesday(shanghai):
    dates = review_dates(shanghai, CES, 2016, 6)
    assert dates.adjustment_close == date(2016, 6, 8)
    assert dates.effective == date(2016, 6, 13)


@pytest.mark.rule("R2", "R3")
def test_with_several_exchanges_a_day_counts_when_any_of_them_is_open(shanghai):
    # Hong Kong was open on Friday 10 June 2016 and closed on the Monday after 30 April 2016.
    both = np.union1d(shanghai, sessions_of("XHKG"))
    dates = review_dates(both, CES, 2016, 6)
    assert dates.adjustment_close == date(2016, 6, 10)
    assert dates.effective == date(2016, 6, 13)
    assert dates.cutoff == date(2016, 4, 29)


@pytest.mark.rule("R2")
@pytest.mark.parametrize(
    ("rule", "day"),
    [
        # May 2026 begins on a Friday and ends on a Sunday.
        ("first-friday", "2026-05-01"),
        ("second-friday", "2026-05-08"),
        ("third-friday", "2026-05-15"),
        ("fourth-friday", "2026-05-22"),
        ("last-friday", "2026-05-29"),
        ("first-monday", "2026-05-04"),
        ("last-monday", "2026-05-25"),
        ("third-wednesday", "2026-05-20"),
        ("last-thursday", "2026-05-28"),
        ("first-tuesday", "2026-05-05"),
        ("month-end", "2026-05-31"),
    ],
)
def test_the_day_of_the_month_follows_the_rule(rule, day):
    assert str(adjustment_day(2026, 5, rule)) == day


@pytest.mark.rule("R2")
@given(st.integers(1990, 2090), st.integers(1, 12))
def test_the_last_weekday_of_a_month_is_within_its_last_week(year, month):
    end = adjustment_day(year, month, "month-end")
    assert (end + 1).item().day == 1
    for number, weekday in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday")):
        day = adjustment_day(year, month, f"last-{weekday}")
        assert day.item().weekday() == number
        assert end - 7 < day <= end


@pytest.mark.rule("R2")
def test_the_second_friday_is_one_of_the_rules():
    assert second_friday(2026, 6) == adjustment_day(2026, 6, "second-friday")
    assert second_friday(2026, 6) == adjustment_day(2026, 6)


@pytest.mark.rule("R1", "R2")
def test_a_review_at_the_end_of_a_month_takes_effect_in_the_next(shanghai):
    # Before December 2013 the CSI 300 changed on the first sessions of January and July.
    assert str(adjustment_close(shanghai, 2025, 6, "month-end")) == "2025-06-30"
    assert str(effective_session(shanghai, 2025, 6, "month-end")) == "2025-07-01"
    found = reviews_between(
        shanghai, Review(adjustment_close="month-end"), date(2024, 12, 31), date(2025, 7, 1)
    )
    assert [str(dates.effective) for dates in found] == ["2025-01-02", "2025-07-01"]
    assert [str(dates.month) for dates in found] == ["2024-12-01", "2025-06-01"]


@pytest.mark.rule("R1", "R3")
def test_a_quarterly_index_has_windows_of_its_own(shanghai):
    quarterly = Review(
        months=(3, 6, 9, 12),
        adjustment_close="third-friday",
        cutoff_months=1,
        window_months=6,
        announcement_lead=5,
    )
    dates = review_dates(shanghai, quarterly, 2025, 3)
    assert texts(dates) == {
        "month": "2025-03-01",
        "first": "2024-09-01",
        "last": "2025-02-28",
        "cutoff": "2025-02-28",
        "announcement": "2025-03-17",
        "adjustment_close": "2025-03-21",
        "effective": "2025-03-24",
    }


@pytest.mark.rule("R59")
def test_the_announcement_counts_sessions_back_from_the_effective_one(shanghai):
    # Lead 1 is the adjustment close itself. National holidays 1 to 8 October 2025 do not count.
    lead = Review(months=(10,), announcement_lead=1)
    assert review_dates(shanghai, lead, 2025, 10).announcement == date(2025, 10, 10)
    lead = Review(months=(10,), announcement_lead=3)
    assert review_dates(shanghai, lead, 2025, 10).announcement == date(2025, 9, 30)


@pytest.mark.rule("R1")
def test_reviews_between_two_days_exclude_the_first_and_include_the_last(shanghai):
    def effective(start, end):
        found = reviews_between(shanghai, CES, date.fromisoformat(start), date.fromisoformat(end))
        return [str(dates.effective) for dates in found]

    assert effective("2024-06-16", "2025-12-15") == [
        "2024-06-17",
        "2024-12-16",
        "2025-06-16",
        "2025-12-15",
    ]
    assert effective("2024-06-17", "2025-12-14") == ["2024-12-16", "2025-06-16"]
    assert effective("2025-06-16", "2025-06-16") == []
    assert effective("2025-06-15", "2025-06-16") == ["2025-06-16"]


@pytest.mark.rule("R1")
@given(st.dates(date(2017, 1, 1), date(2028, 12, 31)), st.integers(0, 900))
def test_reviews_between_are_those_of_every_month_that_take_effect_there(start, length):
    end = min(date.fromordinal(start.toordinal() + length), date(2029, 6, 1))
    every = [
        review_dates(WEEKDAYS, CES, year, m)
        for year in range(2016, 2030)
        for m in (6, 12)
        if (year, m) != (2029, 12)
    ]
    expected = [dates for dates in every if start < dates.effective <= end]
    assert reviews_between(WEEKDAYS, CES, start, end) == expected


@pytest.mark.rule("R1", "R3")
def test_a_review_is_known_from_its_cut_off_on(shanghai):
    def effective(day):
        return str(latest_known(shanghai, CES, date.fromisoformat(day)).effective)

    assert effective("2025-04-29") == "2024-12-16"
    assert effective("2025-04-30") == "2025-06-16"
    assert effective("2025-10-30") == "2025-06-16"
    assert effective("2025-10-31") == "2025-12-15"
    # 30 April 2022 was a Saturday: the cut-off is Friday the 29th, and known on it.
    assert effective("2022-04-28") == "2021-12-13"
    assert effective("2022-04-29") == "2022-06-13"


@pytest.mark.rule("R1")
@given(st.dates(date(2017, 1, 1), date(2028, 12, 31)))
def test_the_latest_known_review_is_the_last_with_its_cut_off_by_the_day(day):
    every = [review_dates(WEEKDAYS, CES, year, m) for year in range(2016, 2029) for m in (6, 12)]
    every.append(review_dates(WEEKDAYS, CES, 2029, 6))
    expected = max((dates for dates in every if dates.cutoff <= day), key=lambda d: d.cutoff)
    assert latest_known(WEEKDAYS, CES, day) == expected


@pytest.mark.rule("R1", "R3")
def test_the_base_basket_is_known_before_the_base_date(shanghai):
    # Monday 5 January 2026 was the first session of the year, 31 December the last before.
    assert texts(base_review(shanghai, CES, date(2026, 1, 5))) == {
        "month": "2026-01-05",
        "first": "2025-01-01",
        "last": "2025-12-31",
        "cutoff": "2025-12-31",
        "announcement": "2025-12-31",
        "adjustment_close": "2025-12-31",
        "effective": "2026-01-05",
    }


@pytest.mark.rule("R3")
def test_the_window_of_the_base_basket_ends_with_its_cut_off():
    dates = base_review(WEEKDAYS, CES, date(2025, 2, 28))
    assert (dates.first, dates.last) == (date(2024, 2, 28), date(2025, 2, 27))
    # A day that the earlier month does not have is its last day.
    month = Review(window_months=1)
    assert base_review(WEEKDAYS, month, date(2025, 3, 31)).first == date(2025, 2, 28)


@pytest.mark.rule("R2", "R3")
@given(st.integers(2017, 2028), st.integers(1, 12), st.integers(1, 4), st.integers(1, 24))
def test_the_dates_of_a_review_are_in_order(year, month, cutoff_months, window_months):
    section = Review(
        months=(month,),
        cutoff_months=cutoff_months,
        window_months=window_months,
        announcement_lead=5,
    )
    dates = review_dates(WEEKDAYS, section, year, month)
    assert dates.first < dates.cutoff <= dates.last < dates.announcement
    assert dates.announcement < dates.adjustment_close < dates.effective
    months = (dates.last.year - dates.first.year) * 12 + dates.last.month - dates.first.month + 1
    assert (dates.first.day, months) == (1, window_months)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: review_dates(weekdays("2026-04-01", "2026-06-12"), CES, 2026, 6),
            "sessions end on 2026-06-12: the session after 2026-06-12 is needed",
        ),
        (
            lambda: review_dates(weekdays("2026-04-01", "2026-06-11"), CES, 2026, 6),
            "sessions end on 2026-06-11: needed up to 2026-06-12",
        ),
        (
            lambda: review_dates(weekdays("2026-05-01", "2026-06-30"), CES, 2026, 6),
            (
                "sessions begin on 2026-05-01: the data window of the review effective on "
                "2026-06-15 ends before, on 2026-04-30 (cutoff_months = 2); add earlier sessions "
                "and prices, or begin the index later"
            ),
        ),
        (
            lambda: review_dates(
                np.array(["2026-04-30", "2026-06-12", "2026-06-15"], dtype="M8[D]"), CES, 2026, 6
            ),
            (
                "sessions begin on 2026-04-30: the announcement of the review effective on "
                "2026-06-15 is before"
            ),
        ),
        (
            lambda: reviews_between(
                weekdays("2025-01-01", "2026-06-12"), CES, date(2025, 12, 31), date(2026, 6, 30)
            ),
            "sessions end on 2026-06-12: the session after 2026-06-12 is needed",
        ),
        (
            lambda: reviews_between(
                weekdays("2026-06-15", "2026-12-31"), CES, date(2026, 6, 1), date(2026, 6, 30)
            ),
            "sessions begin on 2026-06-15: needed from 2026-06-12 or earlier",
        ),
        (
            lambda: latest_known(weekdays("2026-01-01", "2026-05-29"), CES, date(2026, 4, 30)),
            "sessions end on 2026-05-29: needed up to 2026-06-12",
        ),
        (
            lambda: latest_known(weekdays("2025-01-01", "2026-04-29"), CES, date(2026, 4, 29)),
            "sessions end on 2026-04-29: needed up to 2026-06-12",
        ),
        (
            lambda: latest_known(weekdays("2025-01-01", "2026-04-29"), CES, date(2026, 4, 30)),
            "sessions end on 2026-04-29: needed up to 2026-04-30",
        ),
        (
            lambda: base_review(weekdays("2026-04-01", "2026-06-30"), CES, date(2026, 4, 1)),
            "sessions begin on 2026-04-01: needed from 2026-03-31 or earlier",
        ),
        (
            lambda: base_review(weekdays("2026-04-01", "2026-06-29"), CES, date(2026, 7, 1)),
            "sessions end on 2026-06-29: needed up to 2026-06-30",
        ),
    ],
)
def test_sessions_that_do_not_reach_a_review_are_an_error(call, message):
    with pytest.raises(MissingDataError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.rule("R1")
def test_sessions_up_to_the_end_are_enough_where_no_review_can_follow():
    days = weekdays("2025-01-01", "2026-06-11")
    found = reviews_between(days, CES, date(2025, 12, 1), date(2026, 6, 12))
    assert [str(dates.effective) for dates in found] == ["2025-12-15"]


@pytest.mark.rule("R59")
def test_an_announcement_before_the_cut_off_is_an_error():
    late = Review(announcement_lead=31)
    assert review_dates(WEEKDAYS, late, 2026, 6).announcement == date(2026, 5, 1)
    early = Review(announcement_lead=33)
    with pytest.raises(InputError) as caught:
        review_dates(WEEKDAYS, early, 2026, 6)
    assert str(caught.value) == (
        "announcement_lead = 33: must be smaller; the review effective on 2026-06-15 would be "
        "announced on 2026-04-29, before its cut-off 2026-04-30"
    )


@pytest.mark.parametrize("rule", ["fifth-friday", "second-saturday", "friday", "Second-Friday", ""])
def test_a_day_of_the_month_that_no_rule_names_is_an_error(rule):
    with pytest.raises(
        InputError, match=rf'^adjustment_close = "{rule}": must be such as "second-'
    ):
        adjustment_day(2026, 6, rule)
