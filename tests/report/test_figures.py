"""Figures of level series against numbers worked out by hand or the long way round."""

from __future__ import annotations

import math
import statistics
from datetime import date

import numpy as np
import pytest

from paasche.report.figures import (
    FEWEST_RETURNS,
    Series,
    annualized,
    calendar_years,
    deepest,
    drawdowns,
    month_ends,
    months_before,
    period_return,
    volatility,
)


def series(levels):
    days = np.array(list(levels), "datetime64[D]")
    values = np.array(list(levels.values()), float)
    return Series(variant="price", currency="CNY", dates=days, levels=values)


def daily(count, seed=1, start="2020-01-01"):
    """Levels on consecutive days, drawn at random."""
    steps = np.random.default_rng(seed).normal(0, 0.01, count - 1)
    days = np.datetime64(start) + np.arange(count)
    levels = 1000 * np.exp(np.concatenate(([0], np.cumsum(steps))))
    return Series(variant="price", currency="CNY", dates=days, levels=levels)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 12, 31), 1, date(2024, 11, 30)),
        (date(2024, 12, 31), 12, date(2023, 12, 31)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2024, 1, 15), 1, date(2023, 12, 15)),
        (date(2024, 5, 31), 60, date(2019, 5, 31)),
    ],
)
def test_a_period_begins_on_the_same_day_of_an_earlier_month(day, months, expected):
    assert months_before(day, months) == expected


def test_a_return_counts_from_the_last_session_on_or_before_its_first_day():
    # One month before the 29th of March is the 29th of February: a day without a session.
    one = series({"2024-02-27": 80.0, "2024-02-28": 100.0, "2024-03-01": 125.0, "2024-03-29": 110})
    assert period_return(one, 1) == pytest.approx(110 / 100 - 1)


def test_a_year_to_date_counts_from_the_last_session_of_the_year_before():
    one = series({"2023-12-28": 90.0, "2023-12-29": 100.0, "2024-01-02": 105.0, "2024-02-01": 107})
    assert period_return(one, None) == pytest.approx(0.07)


def test_returns_of_several_years_are_per_year():
    one = series({"2019-12-31": 100.0, "2021-12-31": 121.0, "2024-12-31": 161.051})
    assert period_return(one, 60) == pytest.approx(0.1)
    assert period_return(one, 36) == pytest.approx((161.051 / 121) ** (1 / 3) - 1)


def test_a_period_that_the_levels_do_not_cover_has_no_return():
    one = series({"2024-12-02": 100.0, "2024-12-31": 101.0})
    assert [period_return(one, months) for months in (1, 12, 36, None)] == [None] * 4


def test_growth_becomes_a_yearly_return_from_one_year_on():
    assert annualized(1.21, date(2020, 1, 1), date(2022, 1, 1)) == pytest.approx(
        1.21 ** (365.25 / 731) - 1
    )
    assert annualized(1.21, date(2023, 1, 1), date(2023, 12, 31)) is None


def test_calendar_years_chain_to_the_whole_return_and_a_first_year_says_since_when():
    one = daily(1200, start="2020-03-10")
    years = calendar_years(one)
    assert [(year.year, year.since) for year in years] == [
        (2020, date(2020, 3, 10)),
        (2021, None),
        (2022, None),
        (2023, None),
    ]
    assert math.prod(1 + year.change for year in years) == pytest.approx(
        one.levels[-1] / one.levels[0], rel=1e-12
    )


def test_a_base_date_at_the_end_of_a_year_makes_no_year_of_its_own():
    years = calendar_years(series({"2019-12-31": 100.0, "2020-06-30": 90.0, "2020-12-31": 120.0}))
    assert [(year.year, year.since) for year in years] == [(2020, None)]
    assert years[0].change == pytest.approx(0.2)


def test_volatility_is_the_sample_deviation_of_simple_returns_times_root_252():
    one = daily(900)
    levels = one.levels.tolist()
    start = next(at for at, day in enumerate(one.dates) if day == np.datetime64("2021-06-18"))
    assert one.last == date(2022, 6, 18)
    pairs = list(zip(levels[start:], levels[start + 1 :], strict=False))
    expected = statistics.stdev(b / a - 1 for a, b in pairs) * math.sqrt(252)
    assert volatility(one, 12) == pytest.approx(expected, rel=1e-9)
    assert volatility(one, 36) is None


def test_volatility_needs_twenty_returns():
    assert FEWEST_RETURNS == 20
    assert volatility(daily(20), None) is None
    assert volatility(daily(21), None) > 0


def test_the_deepest_drawdown_is_that_of_all_pairs_of_days():
    one = daily(400, seed=5)
    levels = one.levels.tolist()
    pairs = {
        (low, high): levels[low] / levels[high] - 1
        for low in range(len(levels))
        for high in range(low + 1)
    }
    (low, high), depth = min(pairs.items(), key=lambda pair: pair[1])
    found = deepest(one)
    assert found.depth == pytest.approx(depth, rel=1e-12)
    assert (found.trough, found.peak) == (one.dates[low].item(), one.dates[high].item())
    assert drawdowns(one).min() == found.depth


def test_a_drawdown_recovers_on_the_first_session_at_its_peak_again():
    levels = {"2024-01-02": 100, "2024-01-03": 80, "2024-01-04": 100, "2024-01-05": 90}
    assert deepest(series(levels)).recovered == date(2024, 1, 4)
    assert deepest(series({"2024-01-02": 100, "2024-01-03": 80})).recovered is None
    assert deepest(series({"2024-01-02": 100, "2024-01-03": 101})) is None


def test_month_ends_come_with_the_first_session():
    days = ["2024-01-15", "2024-01-31", "2024-02-01", "2024-02-28", "2024-03-05"]
    assert month_ends(series(dict.fromkeys(days, 1.0))).tolist() == [0, 1, 3, 4]
