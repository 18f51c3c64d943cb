"""The oracle's parts against the numbers the rules print: bands, caps, reference prices."""

from __future__ import annotations

import ast
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from oracle import worked
from oracle.bands import band, csi_2010
from oracle.capping import capped_weights, weight_factors
from oracle.case import Action, Case, Method, Security
from oracle.refusal import Refusal
from oracle.world import World

HERE = Path(__file__).parent


def test_the_oracle_never_imports_the_package():
    for path in HERE.glob("*.py"):
        if path.name == "adapter.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in ([a.name for a in node.names] + [getattr(node, "module", None) or ""])
        }
        assert not any(name.split(".")[0] == "paasche" for name in names), path.name


@pytest.mark.rule("R47", "W8")
@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        ("0", 0), ("0.3", 1), ("7.0", 7), ("11.2", 12), ("14.0", 14), ("14.0001", 15),
        ("15.0", 15), ("15.0001", 20), ("20.0", 20), ("20.0001", 30), ("30.0", 30),
        ("80.0", 80), ("80.0001", 100), ("100", 100),
    ],
)  # fmt: skip
def test_band_boundaries(percent, expected):
    free_float = int(Decimal(percent) * 10_000)
    tables = ((None, "ces-2023"),)
    assert band(free_float, 1_000_000, date(2024, 1, 2), tables) == Fraction(expected, 100)


@pytest.mark.rule("R47")
def test_the_older_table_keeps_the_exact_ratio_up_to_ten_percent():
    assert csi_2010(Fraction(73), Fraction(1000)) == Fraction(73, 1000)
    assert csi_2010(Fraction(101), Fraction(1000)) == Fraction(20, 100)


@pytest.mark.rule("R58")
def test_the_band_table_of_the_day_counts():
    tables = ((None, "csi-2010"), (date(2024, 6, 17), "ces-2023"))
    assert band(73, 1000, date(2024, 6, 14), tables) == Fraction(73, 1000)
    assert band(73, 1000, date(2024, 6, 17), tables) == Fraction(8, 100)


def caps(values, **limits):
    named = {f"{position:02}": Fraction(str(value)) for position, value in enumerate(values)}
    limits = {k: Fraction(v) if k in {"single", "top_five"} else v for k, v in limits.items()}
    weights = capped_weights(
        named, limits.pop("single", None), limits.pop("top_five", None), **limits
    )
    return named, weights


def rounded(weights):
    return [f"{float(weights[name]):.6f}" for name in sorted(weights)]


def six(*numbers):
    return [f"{number:.6f}" for number in numbers]


@pytest.mark.rule("B.4")
def test_single_cap_in_three_rounds():
    _, weights = caps([400, 250, 120, 60, 50, 40, 30, 20, 15, 10, 5], single="0.15")
    assert rounded(weights) == six(
        0.15, 0.15, 0.15, 0.143478, 0.119565, 0.095652, 0.071739, 0.047826, 0.035870, 0.023913,
        0.011957,
    )  # fmt: skip


@pytest.mark.rule("B.4")
def test_single_cap_of_a_fifth():
    _, weights = caps([50, 20, 10, 5, 5, 2, 2, 2, 2, 1, 1], single="0.20")
    assert list(weights.values()) == [
        Fraction(n, 100) for n in (20, 20, 20, 10, 10, 4, 4, 4, 4, 2, 2)
    ]


FOURTEEN = [300, 200, 150, 100, 80, 50, 40, 30, 20, 10, 8, 6, 4, 2]
SIXTEEN = [40, 30, 10, 4, 3.5, 2.9, 2.4, 1.6, 1.2, 1, 0.8, 0.7, 0.6, 0.5, 0.4, 0.4]


@pytest.mark.rule("B.4", "R40", "R38")
def test_top_five_cap_of_sixty_percent():
    values, weights = caps(FOURTEEN, single="0.20", top_five="0.60")
    assert rounded(weights) == six(
        0.2, 0.150943, 0.113208, 0.075472, 0.060377, 0.060377, 0.060377, 0.060377, 0.060377,
        0.052830, 0.042264, 0.031698, 0.021132, 0.010566,
    )  # fmt: skip
    assert rounded(weight_factors(values, weights)) == six(
        0.126190, *[0.142857] * 4, 0.228571, 0.285714, 0.380952, 0.571429, *[1.0] * 5
    )


@pytest.mark.rule("B.4", "R40")
def test_top_five_cap_with_a_lower_single_cap():
    _, weights = caps(FOURTEEN, single="0.15", top_five="0.60")
    assert rounded(weights) == six(
        0.15, 0.15, 0.136364, 0.090909, 0.072727, 0.072727, 0.072727, 0.072727, 0.072727, 0.036364,
        0.029091, 0.021818, 0.014545, 0.007273,
    )  # fmt: skip


@pytest.mark.rule("B.4", "R40")
def test_a_fifth_too_small_is_infeasible_and_can_be_lifted():
    with pytest.raises(Refusal, match="infeasible"):
        caps(SIXTEEN, single="0.25", top_five="0.60")
    _, weights = caps(SIXTEEN, single="0.25", top_five="0.60", infeasible="lift_fifth")
    assert rounded(weights) == six(0.25, 0.207955, 0.069318, *[0.036364] * 13)
    _, weights = caps(SIXTEEN, single="0.20", top_five="0.60")
    assert rounded(weights) == six(
        0.2, 0.2, 0.114286, 0.045714, 0.04, *[0.04] * 7, 0.037895, 0.031579, 0.025263, 0.025263
    )


@pytest.mark.rule("B.2")
def test_the_top_five_test_can_wait_for_the_single_cap():
    values = [40, 8, 7, 6, 5, *[2] * 17]
    _, initial = caps(values, single="0.15", top_five="0.60")
    assert rounded(initial)[:5] == six(0.15, 0.138462, 0.121154, 0.103846, 0.086538)
    _, after = caps(values, single="0.15", top_five="0.60", top_test="after_single_cap")
    assert rounded(after)[:5] == six(0.15, 0.113333, 0.099167, 0.085, 0.070833)


@pytest.mark.rule("R32", "R38")
def test_factors_follow_the_values_of_the_names_they_replace():
    assert Fraction(8, 10) * 19 * 4000 / (25 * 9000) == Fraction(60_800, 225_000)


def reference_of(close, *actions):
    """Reference prices of one name on one ex-date, given the close before it."""
    day = worked.DAY_1
    case = Case(
        method=Method(base_date=worked.BASE),
        end=day,
        sessions={"XSHG": worked.YEAR},
        securities=(Security(worked.A, "XSHG", "CNY"),),
        prices=worked.prices(worked.A, (worked.BASE, close)),
        constituents=worked.worked_basket().constituents[:1],
        actions=tuple(Action(worked.A, day, **action) for action in actions),
    )
    return World(case).prices.reference(worked.A, worked.BASE, day)


CASH = {"kind": "cash_dividend", "cash": Decimal("0.5")}
BONUS = {"kind": "bonus", "ratio": Decimal("0.3")}
RIGHTS = {"kind": "rights", "ratio": Decimal("0.2"), "price": Decimal(12)}
SPLIT = {"kind": "split", "ratio": Decimal(2)}


@pytest.mark.rule("R62", "R63")
@pytest.mark.parametrize(
    ("actions", "full", "price"),
    [
        ((CASH, BONUS, RIGHTS), 14.6, 14.933333),
        ((BONUS,), 15.384615, 15.384615),
        ((RIGHTS,), 18.666667, 18.666667),
        ((CASH,), 19.5, 20),
        ((SPLIT,), 10, 10),
        ((CASH, BONUS, RIGHTS, SPLIT), 7.3, 7.466667),
    ],
)
def test_reference_prices_of_the_combined_event(actions, full, price):
    reference = reference_of("20", *actions)
    assert float(reference.full) == pytest.approx(full, abs=5e-7)
    assert float(reference.price) == pytest.approx(price, abs=5e-7)


@pytest.mark.rule("R63")
def test_an_ex_price_that_is_not_positive_is_refused():
    with pytest.raises(Refusal, match="bad reference"):
        reference_of("0.5", CASH)
