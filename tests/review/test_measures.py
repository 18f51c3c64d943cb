"""Measures over the data window. The expected figures are counted by hand."""

from datetime import date

import numpy as np
import polars as pl
import pytest

import paasche as px
from paasche.errors import InputError, MissingDataError
from paasche.review.panels.ground import lay_ground
from paasche.review.screening.measures import measure, open_window, too_new
from review.review_markets import DATES, LAST, SESSIONS, frames, ground, methodology, rows

ONE = {"600001.SH": {}}
WEEK = [date(2024, 1, day) for day in (8, 9, 10, 11, 12)]
VALUES = ("average_market_value", "average_free_float_market_value", "average_turnover")


def laid_over(by_day):
    none = dict.fromkeys(WEEK)  # polars takes an empty mapping for no replacement at all
    return pl.col("date").replace_strict(none | by_day, return_dtype=pl.Float64)


def closes(prices, turnovers=None, *, names=ONE, **tables):
    """A ground of a week with the closes of its days; None is a day without a trade."""
    gaps = {"600001.SH": {day for day, price in zip(WEEK, prices, strict=True) if price is None}}
    found = frames(names, gaps=gaps, **tables)
    given = {
        day: (float(price), float(turnover))
        for day, price, turnover in zip(WEEK, prices, turnovers or prices, strict=True)
        if price is not None
    }
    of_week = found["prices"].filter(pl.col("date").is_in(WEEK))
    found["prices"] = pl.concat(
        [
            found["prices"].filter(~pl.col("date").is_in(WEEK)),
            of_week.with_columns(
                close=laid_over({day: one for day, (one, _) in given.items()}),
                turnover=laid_over({day: one for day, (_, one) in given.items()}),
            ),
        ]
    )
    return lay_ground(px.Market.from_frames(found), methodology(), LAST)


def of(name, laid, first=WEEK[0], last=WEEK[-1], rules=None, security="600001.SH"):
    values = measure(name, laid, rules or methodology(), first, last)
    return values[laid.securities.index(security)]


@pytest.mark.rule("R3")
def test_the_window_counts_its_first_and_its_last_day():
    laid = closes([10, 11, 12, 13, 14])
    assert of("average_market_value", laid) == 12 * 1000
    assert of("average_market_value", laid, WEEK[1], WEEK[3]) == 12 * 1000
    assert of("average_market_value", laid, WEEK[0], WEEK[1]) == 10.5 * 1000


def test_free_float_market_value_counts_the_shares_that_float():
    laid = closes([10, 11, 12, 13, 14])
    assert of("average_free_float_market_value", laid) == 12 * 600
    assert of("free_float_market_value", laid) == 14 * 600
    assert of("market_value", laid) == 14 * 1000


@pytest.mark.rule("R4")
def test_market_value_averages_over_suspended_days_at_the_carried_price():
    laid = closes([10, None, None, 12, 14])
    assert of("average_market_value", laid) == pytest.approx((10 + 10 + 10 + 12 + 14) / 5 * 1000)


@pytest.mark.rule("R4")
def test_turnover_averages_over_the_days_traded():
    laid = closes([10, None, None, 12, 14], [100, None, None, 200, 600])
    assert of("average_turnover", laid) == 300


@pytest.mark.rule("R4")
def test_turnover_may_count_suspended_days_as_zero():
    laid = closes([10, None, None, 12, 14], [100, None, None, 200, 600])
    zero = methodology(selection={"suspended_days": "zero"})
    assert of("average_turnover", laid, rules=zero) == 180


def test_without_a_trading_day_there_is_no_average_turnover_but_a_market_value():
    laid = closes([None] * 5)
    assert np.isnan(of("average_turnover", laid))
    assert of("average_market_value", laid) == 10 * 1000


def newcomer(listed, **options):
    return ground({"600001.SH": {"listed": listed}}, **options)


@pytest.mark.rule("R4")
@pytest.mark.parametrize("name", [*VALUES, "market_value", "free_float_market_value"])
def test_a_newcomer_has_data_from_its_fourth_trading_day_on(name):
    laid = newcomer(WEEK[0])
    assert np.isnan(of(name, laid, last=WEEK[2]))
    assert of(name, laid, last=WEEK[3]) > 0


@pytest.mark.rule("R4")
def test_the_first_three_trading_days_of_a_newcomer_are_dropped():
    names = {"600001.SH": {"listed": WEEK[0]}}
    laid = closes([100, 100, 100, 10, 14], [9, 9, 9, 1, 3], names=names)
    assert of("average_market_value", laid) == 12 * 1000
    assert of("average_turnover", laid) == 2


@pytest.mark.rule("R4")
def test_days_suspended_do_not_count_as_first_trading_days():
    names = {"600001.SH": {"listed": WEEK[0]}}
    laid = closes([100, None, 100, 100, 14], names=names)
    assert of("average_market_value", laid) == 14 * 1000
    assert np.isnan(of("average_market_value", laid, last=WEEK[3]))


@pytest.mark.rule("R4")
def test_a_name_listed_the_day_before_the_window_counts_from_the_first_day():
    laid = newcomer(WEEK[0])
    assert of("average_market_value", laid, first=WEEK[1], last=WEEK[1]) == 10 * 1000
    assert np.isnan(of("average_market_value", laid, first=WEEK[0], last=WEEK[1]))


@pytest.mark.rule("R4")
def test_without_a_listing_date_the_first_price_counts_as_the_listing():
    laid = ground({"600001.SH": {"listed": None}}, gaps={"600001.SH": set(SESSIONS[:3])})
    window = open_window(laid, methodology(), SESSIONS[0], SESSIONS[5])
    assert window.newly_listed.tolist() == [True]
    assert window.trading_days.tolist() == [3]
    assert too_new(window, methodology()).tolist() == [True]
    assert not too_new(open_window(laid, methodology(), SESSIONS[0], SESSIONS[6]), methodology())


def test_a_day_before_the_first_share_count_does_not_count():
    shares = pl.DataFrame(
        {"security": ["600001.SH"], "effective": [WEEK[2]], "total": [500], "free_float": [100]}
    )
    laid = closes([10, 11, 12, 13, 14], shares=shares)
    assert of("average_market_value", laid) == 13 * 500
    assert of("average_free_float_market_value", laid) == 13 * 100


def test_shares_count_as_they_are_in_force_on_each_day():
    split = rows("security ex_date kind ratio", ("600001.SH", WEEK[2], "split", 2.0))
    laid = closes([10, 10, 5, 5, 5], corporate_actions=split)
    assert of("average_market_value", laid) == 10 * 1000


@pytest.mark.rule("R49")
def test_measures_are_in_index_currency_at_the_rate_of_each_day():
    fx = rows("date pair rate", (SESSIONS[0], "HKDCNY", 0.5), (WEEK[4], "HKDCNY", 1.0))
    laid = ground({"00700.HK": {}}, fx=fx)
    assert of("average_market_value", laid, security="00700.HK") == 0.6 * 10 * 1000
    assert of("average_turnover", laid, security="00700.HK") == 0.6 * 1000
    assert of("market_value", laid, security="00700.HK") == 10 * 1000


def test_a_day_without_a_rate_leaves_no_measure():
    laid = ground({"00700.HK": {}}, fx=rows("date pair rate", (WEEK[1], "HKDCNY", 0.5)))
    assert np.isnan(of("average_market_value", laid, security="00700.HK"))
    assert of("average_market_value", laid, WEEK[1], security="00700.HK") == 5 * 1000


def test_days_on_which_the_own_exchange_is_closed_do_not_count():
    found = frames({"00700.HK": {}, "600001.SH": {}}, gaps={"600001.SH": {WEEK[0]}})
    found["calendar"] = found["calendar"].filter(
        (pl.col("exchange") == "XHKG") | (pl.col("date") != WEEK[0])
    )
    found["fx"] = rows("date pair rate", (SESSIONS[0], "HKDCNY", 0.5))
    found["prices"] = found["prices"].with_columns(
        close=pl.when(pl.col("date") < WEEK[0]).then(99.0).otherwise("close")
    )
    laid = lay_ground(px.Market.from_frames(found), methodology(), LAST)
    assert of("average_market_value", laid) == 10 * 1000


def test_a_window_without_a_session_has_no_average_and_the_last_close():
    laid = ground(ONE)
    saturday, sunday = date(2024, 1, 13), date(2024, 1, 14)
    assert np.isnan(of("average_market_value", laid, saturday, sunday))
    assert of("market_value", laid, saturday, sunday) == 10 * 1000


def test_a_window_that_ends_before_it_begins_or_before_the_prices_is_refused():
    laid = ground(ONE)
    with pytest.raises(InputError, match="first = 2024-01-09: must be on or before the cut-off"):
        measure("market_value", laid, methodology(), WEEK[1], WEEK[0])
    with pytest.raises(MissingDataError, match="must reach back"):
        measure("market_value", laid, methodology(), date(2022, 1, 3), date(2022, 1, 4))


@pytest.mark.parametrize("name", VALUES)
def test_the_figure_of_a_name_does_not_depend_on_the_other_names(name):
    random = np.random.default_rng(3)
    codes = [f"60{number:04d}.SH" for number in range(1, 8)]
    tables = frames({code: {} for code in codes})
    drawn = random.lognormal(3, 1, len(tables["prices"]))
    tables["prices"] = tables["prices"].with_columns(
        close=pl.Series(drawn), turnover=pl.Series(drawn * 1e3 / 3)
    )

    def figures(kept):
        only = {
            table: frame.filter(pl.col("security").is_in(kept))
            if "security" in frame.columns
            else frame
            for table, frame in tables.items()
        }
        laid = lay_ground(px.Market.from_frames(only), methodology(), LAST)
        return measure(name, laid, methodology(), DATES.first, DATES.cutoff)

    together = figures(codes)
    assert [figures([code])[0] for code in codes] == together.tolist()
