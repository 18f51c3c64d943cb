"""The oracle against SPEC part C: if it is wrong here, nothing it says counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from oracle import worked
from oracle.index import calculate
from oracle.published import distance_to_tie, published


def level(result, day, variant="price", currency="CNY"):
    return str(published(result.levels[variant, currency][result.sessions.index(day)]))


@pytest.mark.rule("W1", "W2", "R36", "R37")
def test_base_day_and_day_one_of_the_worked_basket():
    result = calculate(worked.worked_basket())
    assert result.values[0] == result.divisors[0] == 350_000
    assert level(result, worked.BASE) == "1000.0000"
    assert result.values[1] == 365_500
    assert level(result, worked.DAY_1) == "1044.2857"


@pytest.mark.rule("W3", "R50", "R52")
def test_rights_correct_the_divisor_and_a_dividend_does_not():
    result = calculate(worked.worked_basket())
    assert float(result.divisors[2]) == pytest.approx(359_192.886457, abs=5e-7)
    assert result.units[2][worked.B] == 4_800


@pytest.mark.rule("W4", "R48")
def test_day_two_price_and_total_return():
    result = calculate(worked.worked_basket())
    assert result.values[2] == 374_400
    assert result.openings[2] == 372_600
    assert level(result, worked.DAY_2) == "1042.3369"
    assert level(result, worked.DAY_2, "total_return") == "1049.3306"


@pytest.mark.rule("W5", "R48", "R49")
def test_total_return_across_currencies_uses_the_rate_of_the_day_before():
    result = calculate(worked.two_currencies())
    assert result.values == [212_000, 213_270]
    price, total = (result.levels[name, "CNY"][1] / 1000 - 1 for name in ("price", "total_return"))
    assert float(price) == pytest.approx(0.005990566, abs=5e-10)
    assert float(total) == pytest.approx(0.014798248, abs=1e-9)


@pytest.mark.rule("W5")
def test_without_a_dividend_total_return_is_the_price_return():
    result = calculate(worked.two_currencies(dividend=False))
    assert result.levels["price", "CNY"] == result.levels["total_return", "CNY"]


@pytest.mark.rule("R49")
def test_a_version_in_hkd_moves_with_the_rate():
    case = worked.two_currencies()
    case = replace(case, method=replace(case.method, currencies=("CNY", "HKD")))
    result = calculate(case)
    in_hkd = result.levels["price", "HKD"][1]
    assert in_hkd == result.levels["price", "CNY"][1] * Fraction(92, 93)


MAR, APR, MAY = date(2026, 3, 10), date(2026, 4, 14), date(2026, 5, 12)
MILLION = 1_000_000


def value_on(result, day):
    return int(result.values[result.sessions.index(day)])


@pytest.mark.rule("W6", "R53", "R54", "R57")
def test_changes_add_up_until_they_reach_five_percent():
    result = calculate(
        worked.deferral((MAR, 20 * MILLION), (APR, 18 * MILLION), (MAY, 15 * MILLION))
    )
    assert value_on(result, date(2026, 5, 13)) == 1_000 * MILLION
    assert value_on(result, date(2026, 5, 14)) == 1_053 * MILLION


@pytest.mark.rule("W6", "R53")
@pytest.mark.parametrize(
    ("change", "before_review"), [(50 * MILLION, 1_050 * MILLION), (49_900_000, 1_000 * MILLION)]
)
def test_exactly_five_percent_triggers_and_a_little_less_waits_for_june(change, before_review):
    result = calculate(worked.deferral((MAY, change)))
    assert value_on(result, date(2026, 6, 12)) == before_review
    assert value_on(result, date(2026, 6, 15)) == 1_000 * MILLION + change


@pytest.mark.rule("W6", "R53")
def test_changes_net_out():
    result = calculate(worked.deferral((APR, 40 * MILLION), (MAY, -30 * MILLION)))
    assert value_on(result, date(2026, 6, 12)) == 1_000 * MILLION
    assert value_on(result, date(2026, 6, 15)) == 1_010 * MILLION


@pytest.mark.rule("W6", "R54")
def test_a_bonus_in_between_is_no_change():
    case = worked.deferral((MAR, 20 * MILLION), (APR, 18 * MILLION), bonus=date(2026, 5, 6))
    result = calculate(case)
    day = result.sessions.index(date(2026, 6, 12))
    assert result.units[day][worked.A] == 2_000 * MILLION
    assert len(set(result.divisors[: day + 1])) == 1
    assert result.units[day + 1][worked.A] == 2_076 * MILLION


@pytest.mark.rule("R57")
def test_a_late_announcement_moves_the_listing_session():
    case = worked.deferral((MAY, 60 * MILLION))
    late = replace(case.shares[1], announced=date(2026, 5, 14))
    result = calculate(replace(case, shares=(case.shares[0], late)))
    assert value_on(result, date(2026, 5, 18)) == 1_000 * MILLION
    assert value_on(result, date(2026, 5, 19)) == 1_060 * MILLION


@pytest.mark.rule("W7", "R33")
def test_a_name_that_leaves_at_the_deletion_price_takes_its_loss_on_the_eve():
    result = calculate(worked.deletion())
    before, eve, after = result.levels["price", "CNY"][1:]
    assert result.values[2] == Fraction("233500.12")
    assert level(result, worked.DAY_2) == "667.1432"
    assert float(eve / before - 1) == pytest.approx(-0.361149, abs=5e-7)
    assert float(result.divisors[3]) == pytest.approx(349_999.8201, abs=5e-5)
    assert sorted(result.units[3]) == [worked.B, worked.C]
    assert after == eve


@pytest.mark.rule("R33")
def test_a_name_that_trades_again_before_it_leaves_is_deleted_at_its_close():
    result = calculate(worked.deletion(resumes=True))
    assert result.values[2] == 2 * 12_000 + 233_500


@pytest.mark.rule("R35")
@pytest.mark.parametrize(
    ("level_value", "text"),
    [("1000.00005", "1000.0001"), ("1000.00004999", "1000.0000"), ("667.14319999", "667.1432")],
)
def test_levels_are_published_half_up(level_value, text):
    assert str(published(Fraction(level_value))) == text


def test_distance_to_a_tie():
    assert distance_to_tie(Fraction("12.00005")) == 0
    assert distance_to_tie(Fraction("12.000051")) == Fraction(1, 10**6)
    assert distance_to_tie(Fraction("12.000049")) == Fraction(1, 10**6)
