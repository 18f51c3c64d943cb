"""Ex-prices: R62 and R63, against exact fractions."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paasche.errors import InputError
from paasche.reference import reference_price


def decimals(low, high, places):
    return st.decimals(low, high, places=places, allow_nan=False, allow_infinity=False)


def ex_price(actions):
    """R63 in fractions of the decimals."""
    exact = {name: Fraction(value) for name, value in actions.items()}
    paid = exact["rights"] * exact["rights_price"]
    shares = (1 + exact["bonus"] + exact["rights"]) * exact["split"]
    return (exact["close"] - exact["cash"] + paid) / shares


@pytest.mark.rule("R62", "R63")
@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ({"cash": 0.5, "bonus": 0.3, "rights": 0.2, "rights_price": 12}, 14.6),
        ({"bonus": 0.3, "rights": 0.2, "rights_price": 12}, 14.933333),
        ({"bonus": 0.3}, 15.384615),
        ({"rights": 0.2, "rights_price": 12}, 18.666667),
        ({"cash": 0.5}, 19.5),
        ({"split": 2}, 10),
        ({"split": 0.1}, 200),
        ({"rights": 0.2, "rights_price": 26}, 21),
    ],
)
def test_a_close_of_20_becomes_the_prices_of_the_rule(actions, expected):
    assert reference_price(20, **actions) == pytest.approx(expected, abs=5e-7)


@pytest.mark.rule("R62")
def test_the_rights_issue_of_the_worked_example():
    assert reference_price(19, rights=0.2, rights_price=12) == pytest.approx(17.833333, abs=5e-7)


ACTIONS = {
    "close": decimals("0.01", "999.99", 2),
    "cash": decimals("0", "0.0099", 4),
    "bonus": decimals("0", "2", 2),
    "rights": decimals("0", "1", 3),
    "rights_price": decimals("0.01", "99.99", 2),
    "split": st.sampled_from([Decimal(text) for text in ("1", "2", "0.1", "0.5", "10", "1.25")]),
}


@pytest.mark.rule("R63")
@given(actions=st.fixed_dictionaries(ACTIONS))
def test_a_price_is_that_of_exact_fractions(actions):
    expected = float(ex_price(actions))
    inputs = {name: float(value) for name, value in actions.items()}
    assert reference_price(**inputs) == pytest.approx(expected, rel=1e-14)


@pytest.mark.rule("R63")
@given(
    actions=st.fixed_dictionaries(ACTIONS),
    tick=st.sampled_from([Decimal("0.01"), Decimal("0.001"), Decimal("0.005"), Decimal("0.05")]),
)
def test_a_tick_rounds_half_up_as_exact_fractions_do(actions, tick):
    inputs = {name: float(value) for name, value in actions.items()}
    steps = math.floor(ex_price(actions) / Fraction(tick) + Fraction(1, 2))
    if steps == 0:
        with pytest.raises(InputError, match=r"tick = .* must not round the price"):
            reference_price(**inputs, tick=float(tick))
    else:
        assert reference_price(**inputs, tick=float(tick)) == float(steps * tick)


@pytest.mark.rule("R63")
@given(units=st.integers(1, 10**9))
def test_a_bonus_of_one_for_one_is_a_tie_on_every_odd_cent(units):
    close = Decimal(units) / 100 + Decimal("0.01")
    expected = (close / 2).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert reference_price(float(close), bonus=1, tick=0.01) == float(expected)


def test_arguments_broadcast_and_scalars_give_a_float():
    assert type(reference_price(20)) is float
    prices = reference_price(np.array([[20.0], [10.0]]), cash=[0.5, 1.0])
    assert prices.tolist() == [[19.5, 19.0], [9.5, 9.0]]
    assert reference_price([], cash=1).shape == (0,)
    assert reference_price(np.asfortranarray([[1.0, 2.0], [3.0, 4.0]])).tolist() == [[1, 2], [3, 4]]


@pytest.mark.rule("R63")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cash": 20}, "cash = 20: must be below the close, 20"),
        ({"cash": [1, 20.5]}, "element 1: cash = 20.5: must be below the close, 20"),
        ({"close": [20, np.nan]}, "element 1: close = NaN: must be a positive finite number"),
        ({"close": 0}, "close = 0: must be a positive finite number"),
        ({"bonus": -0.1}, "bonus = -0.1: must be a finite number, 0 or more"),
        ({"rights": np.inf, "rights_price": 1}, "rights = inf: must be a finite number"),
        ({"split": 0}, "split = 0: must be a positive finite number"),
        ({"tick": 0}, "tick = 0: must be a positive price step"),
        ({"tick": -0.01}, "tick = -0.01: must be a positive price step"),
        ({"cash": [1, 2], "bonus": [1, 2, 3]}, "shapes = close (), cash (2,), bonus (3,)"),
        ({"close": "20"}, "close = array of <U2: must hold real numbers"),
    ],
)
def test_actions_that_cannot_be_are_named(arguments, message):
    with pytest.raises(InputError) as caught:
        reference_price(**({"close": 20} | arguments))
    assert str(caught.value).startswith(message)
