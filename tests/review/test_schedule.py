"""When changes take effect. Expected dates are those of the rules and their worked examples."""

from __future__ import annotations

import warnings
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paasche.errors import InputError, MissingDataError
from paasche.review.dates.schedule import (
    adjustment_close,
    effective_session,
    interim_share_change_session,
    listing_session,
    monthly_effective,
    second_friday,
)

SECOND_FRIDAYS = [
    "2022-06-10",
    "2022-12-09",
    "2023-06-09",
    "2023-12-08",
    "2024-06-14",
    "2024-12-13",
    "2025-06-13",
    "2025-12-12",
    "2026-06-12",
    "2026-12-11",
    "2027-06-11",
    "2027-12-10",
    "2028-06-09",
    "2028-12-08",
]


def weekdays(first, last):
    days = np.arange(first, np.datetime64(last) + 1, dtype="datetime64[D]")
    return days[np.is_busday(days)]


WEEKDAYS = weekdays("2015-01-01", "2029-12-31")


@pytest.fixture(scope="module")
def shanghai():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import exchange_calendars

        calendar = exchange_calendars.get_calendar("XSHG", start="2015-01-01", end="2026-12-31")
        return calendar.sessions.to_numpy().astype("datetime64[D]")


@pytest.mark.rule("R2")
@pytest.mark.parametrize("friday", SECOND_FRIDAYS)
def test_the_second_fridays_of_june_and_december(friday):
    year, month, _ = map(int, friday.split("-"))
    assert second_friday(year, month) == np.datetime64(friday)


@pytest.mark.rule("R2")
@given(st.integers(1900, 2100), st.integers(1, 12))
def test_a_second_friday_is_a_friday_from_the_8th_to_the_14th(year, month):
    day = second_friday(year, month).astype(date)
    assert (day.year, day.month) == (year, month)
    assert day.isoweekday() == 5
    assert 8 <= day.day <= 14


@pytest.mark.rule("R2")
@pytest.mark.parametrize("friday", SECOND_FRIDAYS)
def test_changes_apply_after_the_close_of_the_second_friday_from_monday_on(friday):
    year, month, _ = map(int, friday.split("-"))
    assert adjustment_close(WEEKDAYS, year, month) == np.datetime64(friday)
    assert effective_session(WEEKDAYS, year, month) == np.datetime64(friday) + 3


@pytest.mark.rule("R2")
def test_in_june_2016_the_second_friday_and_the_day_before_were_holidays(shanghai):
    assert second_friday(2016, 6) == np.datetime64("2016-06-10")
    assert adjustment_close(shanghai, 2016, 6) == np.datetime64("2016-06-08")
    assert effective_session(shanghai, 2016, 6) == np.datetime64("2016-06-13")


@pytest.mark.rule("R2")
def test_an_exchange_open_on_the_second_friday_is_enough(shanghai):
    union = np.union1d(shanghai, np.array(["2016-06-10"], dtype="datetime64[D]"))
    assert adjustment_close(union, 2016, 6) == np.datetime64("2016-06-10")
    assert effective_session(union, 2016, 6) == np.datetime64("2016-06-13")


@pytest.mark.rule("R30", "R31")
def test_the_monthly_change_of_june_2026(shanghai):
    change = monthly_effective(shanghai, 2026, 6, announcement_lead=2)
    assert str(change.effective) == "2026-06-15"
    assert str(change.announced) == "2026-06-11"
    assert str(change.cutoff) == "2026-06-10"


@pytest.mark.rule("R30", "R31")
def test_with_the_option_the_status_at_the_end_of_the_previous_month_counts(shanghai):
    change = monthly_effective(shanghai, 2026, 6, announcement_lead=2, cutoff="previous_month")
    assert str(change.cutoff) == "2026-05-29"
    assert str(change.effective) == "2026-06-15"


@pytest.mark.rule("R30", "R31")
def test_holidays_do_not_count_as_announcement_days(shanghai):
    # Sessions around: 06-06, 06-07, 06-08, holidays 06-09 and 06-10, 06-13.
    change = monthly_effective(shanghai, 2016, 6, announcement_lead=2)
    assert str(change.effective) == "2016-06-13"
    assert str(change.announced) == "2016-06-07"
    assert str(change.cutoff) == "2016-06-06"


@pytest.mark.rule("R57")
def test_a_share_change_takes_effect_two_sessions_after_its_listing(shanghai):
    session = interim_share_change_session(shanghai, "2026-05-12", lag=2)
    assert session == np.datetime64("2026-05-14")


@pytest.mark.rule("R57")
def test_a_share_change_announced_late_counts_as_listed_on_the_session_after(shanghai):
    assert listing_session(shanghai, "2026-05-12", "2026-05-14") == np.datetime64("2026-05-15")
    session = interim_share_change_session(shanghai, "2026-05-12", "2026-05-14", lag=2)
    assert session == np.datetime64("2026-05-19")


@pytest.mark.rule("R57")
def test_many_share_changes_at_once(shanghai):
    listed = np.array(
        ["2026-05-12", "2026-05-12", "2026-05-16", "2026-05-16", "2026-05-12", "2026-05-12"],
        dtype="datetime64[D]",
    )
    announced = np.array(
        ["2026-05-12", "2026-05-11", "NaT", "2026-05-17", "2026-05-15", "2026-05-13"],
        dtype="datetime64[D]",
    )
    # 16 and 17 May 2026 are a weekend. Announced on the listing day or before: no move. Listed on a
    # Saturday: Monday. Announced on Sunday or Friday: the session after, Monday.
    listing = ["2026-05-12", "2026-05-12", "2026-05-18", "2026-05-18", "2026-05-18", "2026-05-14"]
    assert listing_session(shanghai, listed, announced).astype(str).tolist() == listing
    effective = ["2026-05-14", "2026-05-14", "2026-05-20", "2026-05-20", "2026-05-20", "2026-05-18"]
    sessions = interim_share_change_session(shanghai, listed, announced, lag=2)
    assert sessions.astype(str).tolist() == effective


@pytest.mark.rule("R57")
def test_an_announcement_between_a_holiday_listing_and_its_session_still_moves_it():
    # Listed on Saturday, announced on Monday: as written the listing is earlier, so L is Tuesday.
    assert listing_session(WEEKDAYS, "2026-05-16", "2026-05-18") == np.datetime64("2026-05-19")


@pytest.mark.rule("R57")
@given(
    st.dates(date(2015, 1, 1), date(2029, 11, 30)),
    st.none() | st.dates(date(2015, 1, 1), date(2029, 11, 30)),
    st.integers(0, 5),
)
def test_a_share_change_is_never_before_its_listing_nor_its_announcement(listed, announced, lag):
    session = interim_share_change_session(WEEKDAYS, listed, announced, lag=lag).item()
    assert session >= listed
    assert announced is None or announced <= listed or session > announced


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: adjustment_close(weekdays("2026-06-01", "2026-06-11"), 2026, 6),
            "sessions end on 2026-06-11: needed up to 2026-06-12",
        ),
        (
            lambda: adjustment_close(weekdays("2026-06-15", "2026-06-30"), 2026, 6),
            "sessions begin on 2026-06-15: needed from 2026-06-12 or earlier",
        ),
        (
            lambda: effective_session(weekdays("2026-06-01", "2026-06-12"), 2026, 6),
            "sessions end on 2026-06-12: the session after 2026-06-12 is needed",
        ),
        (
            lambda: monthly_effective(
                weekdays("2026-06-11", "2026-06-30"), 2026, 6, announcement_lead=2
            ),
            (
                "sessions begin on 2026-06-11: the cut-off and the announcement of the monthly "
                "change effective on 2026-06-15 are before"
            ),
        ),
        (
            lambda: listing_session(weekdays("2026-05-01", "2026-05-29"), ["2026-04-30"]),
            "exchange_sessions begin on 2026-05-01: needed from 2026-04-30 on",
        ),
        (
            lambda: listing_session(weekdays("2026-05-01", "2026-05-29"), "2026-05-30"),
            "exchange_sessions end on 2026-05-29: the session of 2026-05-30 is later",
        ),
        (
            lambda: interim_share_change_session(
                weekdays("2026-05-01", "2026-05-29"), ["2026-05-27", "2026-05-28"], lag=2
            ),
            "exchange_sessions end on 2026-05-29: 2 sessions after 2026-05-28 are needed",
        ),
    ],
)
def test_sessions_that_do_not_reach_far_enough_are_an_error(call, message):
    with pytest.raises(MissingDataError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: second_friday(2026, 13), "month = 13: must be 1 to 12"),
        (
            lambda: effective_session([], 2026, 6),
            "sessions of shape (0,): must be a list of days that is not empty",
        ),
        (
            lambda: effective_session(WEEKDAYS[::-1], 2026, 6),
            "sessions: must be ascending days without repeats",
        ),
        (
            lambda: effective_session(np.repeat(WEEKDAYS, 2), 2026, 6),
            "sessions: must be ascending days without repeats",
        ),
        (
            lambda: effective_session(["NaT", "2026-06-12"], 2026, 6),
            "sessions: must be ascending days without repeats",
        ),
        (lambda: listing_session(WEEKDAYS, [20260512]), "listing_date: must be dates, not numbers"),
        (lambda: listing_session(WEEKDAYS, ["NaT"]), "listing_date = NaT: must be a date"),
        (
            lambda: interim_share_change_session(WEEKDAYS, "2026-05-12", lag=-1),
            "lag = -1: must be at least 0",
        ),
        (
            lambda: monthly_effective(WEEKDAYS, 2026, 6, announcement_lead=0),
            "announcement_lead = 0: must be at least 1",
        ),
        (
            lambda: monthly_effective(WEEKDAYS, 2026, 6, announcement_lead=2, cutoff="same_month"),
            'cutoff = "same_month": must be "announcement_eve" or "previous_month"',
        ),
    ],
)
def test_an_argument_that_means_nothing_is_an_error(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == message
