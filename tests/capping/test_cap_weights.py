"""Caps: the golden numbers of B.4, and the rule of B.1 and B.2 worked out in fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from paasche.capping import cap_weights, weight_factors
from paasche.errors import InfeasibleRuleError, InputError

EPS = Fraction(1, 10**12)
MILD = [400, 250, 120, 60, 50, 40, 30, 20, 15, 10, 5]
CONCENTRATED = [300, 200, 150, 100, 80, 50, 40, 30, 20, 10, 8, 6, 4, 2]
STEEP = [40, 30, 10, 4, 3.5, 2.9, 2.4, 1.6, 1.2, 1, 0.8, 0.7, 0.6, 0.5, 0.4, 0.4]
AMBIGUOUS = [40, 8, 7, 6, 5, *[2] * 17]


def capped(values, limit, total=Fraction(1)):
    """B.1, round by round; None where there is no solution."""
    if sum(value > 0 for value in values) * limit < total - EPS:
        return None
    frozen = set()
    while True:
        rest = total - limit * len(frozen)
        mass = sum(value for name, value in enumerate(values) if name not in frozen)
        weights = [
            limit if name in frozen else rest * value / mass for name, value in enumerate(values)
        ]
        above = {name for name, weight in enumerate(weights) if weight > limit + EPS}
        if not above:
            return weights
        frozen |= above


def capped_twice(values, single, top, k, top_test):
    """B.2; None where there is no solution."""
    order = sorted(range(len(values)), key=lambda name: (-values[name], name))
    leaders, others = order[:k], order[k:]
    if k * single < top - EPS:
        return capped(values, single)
    tested = [value / sum(values) for value in values]
    if top_test == "after_single_cap":
        tested = capped(values, single)
    if tested is None:
        return None
    if sum(tested[name] for name in leaders) <= top + EPS:
        return capped(values, single)
    of_leaders = capped([values[name] for name in leaders], single, top)
    if of_leaders is None or not any(values[name] for name in others):
        return None
    of_others = capped([values[name] for name in others], min(of_leaders), 1 - top)
    if of_others is None:
        return None
    weights = dict(zip(leaders + others, of_leaders + of_others, strict=True))
    return [weights[name] for name in range(len(values))]


def limits():
    return st.integers(2, 100).map(lambda percent: Fraction(percent, 100))


def baskets(largest=40):
    value = st.one_of(st.integers(0, 10**6), st.integers(1, 30))
    return st.lists(value, min_size=1, max_size=largest).filter(any)


@pytest.mark.rule("R39")
def test_three_rounds_of_a_15_percent_cap():
    expected = [
        *[0.15] * 3,
        0.143478,
        0.119565,
        0.095652,
        0.071739,
        0.047826,
        0.035870,
        0.023913,
        0.011957,
    ]
    weights = cap_weights(MILD, single=0.15)
    assert weights == pytest.approx(expected, abs=5e-7)
    assert (weights[:3] == 0.15).all()


@pytest.mark.rule("R39")
def test_a_basket_whose_first_capped_name_lifts_two_others_to_the_cap():
    weights = cap_weights([50, 20, 10, 5, 5, 2, 2, 2, 2, 1, 1], single=0.20)
    assert weights == pytest.approx([0.2] * 3 + [0.1] * 2 + [0.04] * 4 + [0.02] * 2, abs=1e-12)


@pytest.mark.rule("R38", "R40")
def test_the_top_five_share_60_percent_and_the_fifth_caps_four_others():
    expected = [0.2, 0.150943, 0.113208, 0.075472, *[0.060377] * 5]
    expected += [0.052830, 0.042264, 0.031698, 0.021132, 0.010566]
    weights = cap_weights(CONCENTRATED, single=0.20, top_five=0.60)
    assert weights == pytest.approx(expected, abs=5e-7)
    factors = weight_factors(CONCENTRATED, weights)
    expected = [0.126190, *[0.142857] * 4, 0.228571, 0.285714, 0.380952, 0.571429]
    assert factors[:9] == pytest.approx(expected, abs=5e-7)
    assert factors[9:].tolist() == [1.0] * 5


@pytest.mark.rule("R40")
def test_the_same_basket_under_a_single_cap_of_15_percent():
    expected = [0.15, 0.15, 0.136364, 0.090909, 0.072727, *[0.072727] * 4]
    expected += [0.036364, 0.029091, 0.021818, 0.014545, 0.007273]
    weights = cap_weights(CONCENTRATED, single=0.15, top_five=0.60)
    assert weights == pytest.approx(expected, abs=5e-7)


@pytest.mark.rule("R40")
def test_a_steep_basket_is_refused_unless_its_fifth_is_lifted():
    with pytest.raises(InfeasibleRuleError, match=r"0.0257.*11 names.*0.2836.*0.4"):
        cap_weights(STEEP, single=0.25, top_five=0.60)
    weights = cap_weights(STEEP, single=0.25, top_five=0.60, infeasible="lift_fifth")
    expected = [0.25, 0.207955, 0.069318, *[0.036364] * 13]
    assert weights == pytest.approx(expected, abs=5e-7)
    weights = cap_weights(STEEP, single=0.20, top_five=0.60)
    expected = [0.2, 0.2, 0.114286, 0.045714, *[0.04] * 8, 0.037895, 0.031579, 0.025263, 0.025263]
    assert weights == pytest.approx(expected, abs=5e-7)


@pytest.mark.rule("R40")
@pytest.mark.parametrize(
    ("top_test", "expected"),
    [
        ("initial", [0.15, 0.13846, 0.12115, 0.10385, 0.08654]),
        ("after_single_cap", [0.15, 0.11333, 0.09917, 0.085, 0.07083]),
    ],
)
def test_the_two_readings_of_the_top_five_test(top_test, expected):
    weights = cap_weights(AMBIGUOUS, single=0.15, top_five=0.60, top_test=top_test)
    assert weights[:5] == pytest.approx(expected, abs=5e-6)


@pytest.mark.rule("R39")
@given(values=baskets(), single=limits())
def test_single_capped_weights_are_those_of_exact_fractions(values, single):
    expected = capped(values, single)
    if expected is None:
        with pytest.raises(InfeasibleRuleError):
            cap_weights(values, single=float(single))
        return
    assert cap_weights(values, float(single)) == pytest.approx([*map(float, expected)], abs=1e-12)


@pytest.mark.rule("R40")
@given(
    values=baskets(),
    single=limits(),
    top=limits(),
    k=st.integers(1, 7),
    top_test=st.sampled_from(["initial", "after_single_cap"]),
)
def test_top_capped_weights_are_those_of_exact_fractions(values, single, top, k, top_test):
    expected = capped_twice(values, single, top, k, top_test)
    options = {"k": k, "top_test": top_test}
    if expected is None:
        with pytest.raises(InfeasibleRuleError):
            cap_weights(values, float(single), float(top), **options)
        return
    weights = cap_weights(values, float(single), float(top), **options)
    assert weights == pytest.approx([*map(float, expected)], abs=1e-12)


@pytest.mark.rule("R40")
@given(values=baskets(), single=limits(), top=limits())
def test_a_lifted_fifth_keeps_both_caps_and_the_order(values, single, top):
    strict = capped_twice(values, single, top, 5, "initial")
    assume(strict is None)
    try:
        weights = cap_weights(values, float(single), float(top), infeasible="lift_fifth")
    except InfeasibleRuleError:
        positive = sum(value > 0 for value in values)
        assert positive * single < 1 or positive * top < 5
        return
    order = np.lexsort((np.arange(len(values)), -np.array(values)))
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert weights.max() <= single + EPS
    assert weights[order[:5]].sum() == pytest.approx(float(top), abs=1e-12)
    assert (np.diff(weights[order]) <= 1e-12).all()


@pytest.mark.rule("R39")
def test_an_infeasible_single_cap_names_the_smallest_feasible_one():
    with pytest.raises(InfeasibleRuleError) as caught:
        cap_weights([5, 3, 0, 1], single=0.3)
    assert str(caught.value).startswith("single_cap = 0.3: 3 names with a positive value")
    assert str(caught.value).endswith("the smallest feasible cap is 0.3333333333333333")
    assert cap_weights([5, 3, 0, 1], single=1 / 3).tolist() == pytest.approx(
        [1 / 3, 1 / 3, 0, 1 / 3]
    )


@pytest.mark.rule("R40")
def test_five_names_have_no_room_below_a_top_five_cap():
    with pytest.raises(InfeasibleRuleError, match=r"the smallest feasible cap is 1$"):
        cap_weights([5, 4, 3, 2, 1], top_five=0.9)
    with pytest.raises(
        InfeasibleRuleError, match=r"the smallest feasible cap is 0.8333333333333334$"
    ):
        cap_weights([5, 4, 3, 2, 1, 1], top_five=0.8, infeasible="lift_fifth")


@pytest.mark.rule("R40")
def test_codes_decide_a_tie_for_the_fifth_place():
    values = [30, 20, 10, 8, 5, 5, 5, 5, 4, 4, 4]
    codes = [f"{number:06}.SH" for number in range(600_011, 600_000, -1)]
    by_position = cap_weights(values, 0.2, 0.72)
    by_code = cap_weights(values, 0.2, 0.72, codes=codes)
    assert by_position[4] > by_position[7]
    assert by_code[7] > by_code[4]
    for view in (np.array, pd.Series, pl.Series, lambda codes: np.array(codes, dtype=object)):
        assert (cap_weights(values, 0.2, 0.72, codes=view(codes)) == by_code).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": [1, -1]}, "values[1] = -1: must be a finite market value, 0 or more"),
        ({"values": [1, np.nan]}, "values[1] = NaN: must be a finite market value"),
        ({"values": [np.inf]}, "values[0] = inf: must be a finite market value"),
        ({"values": [0, 0]}, "values = 2 values, none above 0: must hold at least one positive"),
        ({"values": []}, "values = 0 values, none above 0"),
        ({"values": [[1, 2]]}, "values = array of shape (1, 2): must have one dimension"),
        ({"values": 1}, "values = array of shape (): must have one dimension"),
        ({"values": [2**53 + 1]}, "values[0] = 9007199254740993: must be a number that float64"),
        ({"values": ["1"]}, "values = array of <U1: must hold real numbers"),
        ({"values": [1j]}, "values = array of complex128: must hold real numbers"),
        ({"values": [[1], [1, 2]]}, "values: must be an array of numbers, all rows equally long"),
        ({"single": 0}, "single_cap = 0: must be above 0 and at most 1"),
        ({"single": 1.5}, "single_cap = 1.5: must be above 0 and at most 1"),
        ({"single": np.nan}, "single_cap = NaN: must be above 0 and at most 1"),
        ({"single": "0.1"}, "single = array of <U3: must hold real numbers"),
        ({"single": [0.1]}, "single = array of shape (1,): must be one number"),
        ({"top_five": -0.1}, "top_five_cap = -0.1: must be above 0 and at most 1"),
        ({"k": 0}, "k = 0: must be at least 1"),
        ({"k": 2.5}, "k = 2.5: must be a whole number"),
        ({"top_test": "final"}, "top_test = final: must be one of initial, after_single_cap"),
        ({"infeasible": "ignore"}, "infeasible = ignore: must be one of error, lift_fifth"),
        ({"codes": ["a"]}, "length of codes = 1: must be the length of values, 3"),
        ({"codes": [1, 2, 3]}, "codes = array of int64: must hold text"),
        ({"codes": ["a", None, "b"]}, "codes[1] = None: must be text"),
    ],
)
def test_arguments_outside_their_domain_are_named(arguments, message):
    with pytest.raises(InputError) as caught:
        cap_weights(**({"values": [3, 2, 1]} | arguments))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "view",
    [
        list,
        np.array,
        pd.Series,
        pl.Series,
        lambda values: np.array(values, dtype=np.float32),
        lambda values: np.repeat(values, 3)[::3],
        lambda values: np.asfortranarray(np.tile(np.array(values)[:, None], 2))[:, 1],
    ],
)
def test_values_come_in_any_form_numpy_can_view(view):
    expected = cap_weights(np.array(MILD, dtype=np.float64), single=0.15)
    assert (cap_weights(view(MILD), single=0.15) == expected).all()


def test_the_values_of_the_caller_stay_as_they_are():
    values = np.array(MILD, dtype=np.float64)
    values.flags.writeable = False
    cap_weights(values, single=0.15, top_five=0.6)
    assert values.tolist() == MILD
