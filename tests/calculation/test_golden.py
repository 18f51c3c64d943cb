"""The worked equity numbers of SPEC part C through the package. Numbers as printed there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

import paasche
from oracle import adapter, worked

MILLION = 1_000_000


def cell(result, column, day, variant="price", currency="CNY"):
    rows = result.levels.filter(
        (pl.col("date") == day) & (pl.col("variant") == variant) & (pl.col("currency") == currency)
    )
    return rows[column].item()


@pytest.fixture(scope="module")
def worked_basket():
    return adapter.run(worked.worked_basket())


@pytest.mark.rule("W1", "R36")
def test_base_market_value_is_the_divisor(worked_basket):
    assert cell(worked_basket, "value", worked.BASE) == 350_000
    assert cell(worked_basket, "divisor", worked.BASE) == 350_000
    assert cell(worked_basket, "level", worked.BASE) == 1000.0


@pytest.mark.rule("W2", "R37")
def test_day_one(worked_basket):
    assert cell(worked_basket, "value", worked.DAY_1) == 365_500
    assert cell(worked_basket, "level", worked.DAY_1) == 1044.2857


@pytest.mark.rule("W3", "R50", "R52")
def test_rights_correct_the_divisor_and_a_dividend_does_not(worked_basket):
    divisor = cell(worked_basket, "divisor", worked.DAY_2)
    assert divisor == pytest.approx(359_192.886457, abs=5e-7)
    assert 375_100 / divisor * 1000 == pytest.approx(365_500 / 350_000 * 1000, rel=1e-12)


@pytest.mark.rule("W3", "R50")
def test_the_divisor_change_is_recorded_with_both_values(worked_basket):
    row = worked_basket.divisors.filter(pl.col("session") == worked.DAY_2).row(0, named=True)
    assert row["value_before"] == 365_500
    assert row["value_after"] == pytest.approx(375_100, rel=1e-12)
    assert row["before"] == 350_000
    assert row["after"] == pytest.approx(359_192.886457, abs=5e-7)


@pytest.mark.rule("W4", "R48")
def test_day_two_price_and_total_return(worked_basket):
    assert cell(worked_basket, "value", worked.DAY_2) == pytest.approx(374_400, rel=1e-12)
    assert cell(worked_basket, "level", worked.DAY_2) == 1042.3369
    total = ("opening_value", "level")
    opening, level = (cell(worked_basket, name, worked.DAY_2, "total_return") for name in total)
    assert opening == pytest.approx(372_600, rel=1e-12)
    assert level == 1049.3306


@pytest.mark.rule("W5", "R48", "R49")
def test_total_return_across_currencies_uses_the_rate_of_the_day_before():
    result = adapter.run(worked.two_currencies())
    price = cell(result, "level_unrounded", worked.DAY_1)
    total = cell(result, "level_unrounded", worked.DAY_1, "total_return")
    assert price / 1000 - 1 == pytest.approx(0.005990566, abs=5e-10)
    assert total / 1000 - 1 == pytest.approx(0.014798248, abs=1e-9)


@pytest.mark.rule("W5", "R48")
def test_without_a_dividend_total_return_is_the_price_return():
    result = adapter.run(worked.two_currencies(dividend=False))
    levels = [cell(result, "level", worked.DAY_1, variant) for variant in ("price", "total_return")]
    assert levels == [1005.9906, 1005.9906]


MAR, APR, MAY = date(2026, 3, 10), date(2026, 4, 14), date(2026, 5, 12)
EVE_OF_REVIEW, REVIEW = date(2026, 6, 12), date(2026, 6, 15)


@pytest.mark.rule("W6", "R53", "R54", "R57")
def test_changes_add_up_until_they_reach_five_percent():
    steps = (MAR, 20 * MILLION), (APR, 18 * MILLION), (MAY, 15 * MILLION)
    result = adapter.run(worked.deferral(*steps))
    assert cell(result, "value", date(2026, 5, 13)) == 1_000 * MILLION
    assert cell(result, "value", date(2026, 5, 14)) == 1_053 * MILLION


@pytest.mark.rule("W6", "R53")
@pytest.mark.parametrize(
    ("change", "before_review"), [(50 * MILLION, 1_050 * MILLION), (49_900_000, 1_000 * MILLION)]
)
def test_exactly_five_percent_triggers_and_a_little_less_waits_for_june(change, before_review):
    result = adapter.run(worked.deferral((MAY, change)))
    assert cell(result, "value", EVE_OF_REVIEW) == before_review
    assert cell(result, "value", REVIEW) == 1_000 * MILLION + change


@pytest.mark.rule("W6", "R53")
def test_changes_net_out():
    result = adapter.run(worked.deferral((APR, 40 * MILLION), (MAY, -30 * MILLION)))
    assert cell(result, "value", EVE_OF_REVIEW) == 1_000 * MILLION
    assert cell(result, "value", REVIEW) == 1_010 * MILLION


@pytest.mark.rule("W6", "R54")
def test_a_bonus_in_between_is_no_change():
    steps = (MAR, 20 * MILLION), (APR, 18 * MILLION)
    result = adapter.run(worked.deferral(*steps, bonus=date(2026, 5, 6)))
    assert cell(result, "value", EVE_OF_REVIEW) == 1_000 * MILLION
    assert cell(result, "divisor", EVE_OF_REVIEW) == 1_000 * MILLION
    assert cell(result, "value", REVIEW) == 1_038 * MILLION


@pytest.mark.rule("R57")
def test_a_late_announcement_moves_the_listing_session():
    case = worked.deferral((MAY, 60 * MILLION))
    late = replace(case.shares[1], announced=date(2026, 5, 14))
    result = adapter.run(replace(case, shares=(case.shares[0], late)))
    assert cell(result, "value", date(2026, 5, 18)) == 1_000 * MILLION
    assert cell(result, "value", date(2026, 5, 19)) == 1_060 * MILLION


@pytest.mark.rule("W7", "R33")
def test_a_name_that_leaves_at_the_deletion_price_takes_its_loss_on_the_eve():
    result = adapter.run(worked.deletion())
    assert cell(result, "level", worked.DAY_1) == 1044.2857
    assert cell(result, "value", worked.DAY_2) == pytest.approx(233_500.12, rel=1e-12)
    assert cell(result, "level", worked.DAY_2) == 667.1432
    assert cell(result, "divisor", worked.DAY_3) == pytest.approx(349_999.8201, abs=5e-5)
    assert cell(result, "level", worked.DAY_3) == 667.1432


@pytest.mark.rule("R33")
def test_a_name_that_trades_again_before_it_leaves_is_deleted_at_its_close():
    result = adapter.run(worked.deletion(resumes=True))
    assert cell(result, "value", worked.DAY_2) == 2 * 12_000 + 233_500


@pytest.mark.rule("W8", "R47")
def test_banding_vector():
    percent = [0, 0.3, 7, 11.2, 14, 14.0001, 15, 15.0001, 20, 20.0001, 30, 30, 80, 80.0001, 100]
    expected = [0, 1, 7, 12, 14, 15, 15, 20, 20, 30, 30, 30, 80, 100, 100]
    free_float = np.array([round(ratio * 10_000) for ratio in percent])
    factors = paasche.inclusion_factor(free_float, np.full(len(percent), 1_000_000))
    assert factors.tolist() == [ratio / 100 for ratio in expected]


@pytest.mark.rule("W8", "R47")
def test_banding_examples_of_the_source():
    factors = paasche.inclusion_factor(np.array([11_200, 3_500, 4_100]), [100_000, 8_000, 5_000])
    assert (factors * [100_000, 8_000, 5_000]).tolist() == [12_000, 4_000, 5_000]


@pytest.mark.rule("R60", "R45")
def test_each_session_has_one_closing_level_of_each_variant_and_currency(worked_basket):
    levels = worked_basket.levels
    key = ["date", "variant", "currency"]
    assert not levels.select(key).is_duplicated().any()
    assert set(levels["date"]) == {worked.BASE, worked.DAY_1, worked.DAY_2}
    assert set(levels.group_by("date").len()["len"]) == {2}
