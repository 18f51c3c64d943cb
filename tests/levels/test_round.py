"""Published levels: R35, against the decimal module."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paasche.errors import InputError
from paasche.levels import round_level


def half_up(level, decimals=4):
    """Rounds the text that Python prints for the float, the shortest that reads back."""
    with localcontext(prec=400):
        return float(Decimal(repr(level)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def levels():
    five_places = st.integers(-(10**12), 10**12).map(lambda units: units / 1e5)
    return st.one_of(
        five_places, st.floats(-1e6, 1e6), st.floats(allow_nan=False, allow_infinity=False)
    )


@pytest.mark.rule("R35")
@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (1000.00005, 1000.0001),
        (1000.00015, 1000.0002),
        (-1000.00005, -1000.0001),
        (0.00005, 0.0001),
        (0.0000499999, 0.0),
        (1044.2857142857142, 1044.2857),
        (2000.0, 2000.0),
    ],
)
def test_ties_of_the_shortest_decimal_go_away_from_zero(level, expected):
    assert round_level(level) == expected


@pytest.mark.rule("R35")
def test_the_double_of_a_tie_may_lie_below_it():
    below = [
        level
        for level in (1000.00005, 1000.00015, 1000.00025)
        if Decimal(level) < Decimal(repr(level))
    ]
    assert below
    assert round_level(below).tolist() == [half_up(level) for level in below]


@pytest.mark.rule("R35")
@given(level=levels(), decimals=st.integers(0, 15))
def test_rounding_is_that_of_the_decimal_module(level, decimals):
    assert round_level(level, decimals=decimals) == half_up(level, decimals)


@pytest.mark.rule("R35")
def test_arrays_round_as_their_elements_do():
    ticks = np.arange(1, 200_001) / 1e5 + 1000
    assert round_level(ticks).tolist() == [half_up(level) for level in ticks.tolist()]


def test_shapes_stay_and_a_zero_has_no_sign():
    assert round_level(np.asfortranarray([[1.00005, 2], [3, 4]])).tolist() == [[1.0001, 2], [3, 4]]
    assert round_level(pl.Series([1.00005])).tolist() == [1.0001]
    assert round_level([]).shape == (0,)
    assert type(round_level(1)) is float
    assert round_level(Decimal("1000.00005")) == 1000.0001
    assert not np.signbit(round_level(-0.00001))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"level": [1, np.nan]}, "level[1] = NaN: must be a finite number"),
        ({"level": -np.inf}, "level[0] = -inf: must be a finite number"),
        ({"level": [1.0, None]}, "level[1] = None: must be a number"),
        ({"level": None}, "level = None: must be a number"),
        (
            {"level": [2**70 + 1]},
            "level[0] = 1180591620717411303425: must be a number that float64",
        ),
        ({"level": [10**400]}, "level: must hold real numbers of float64"),
        ({"level": np.longdouble(1)}, "level = array of "),
        ({"level": 1, "decimals": 16}, "decimals = 16: must be at most 15"),
        ({"level": 1, "decimals": -1}, "decimals = -1: must be 0 or more"),
        ({"level": 1, "decimals": 0.5}, "decimals = 0.5: must be a whole number"),
    ],
)
def test_what_is_no_level_is_named(arguments, message):
    with pytest.raises(InputError) as caught:
        round_level(**arguments)
    assert str(caught.value).startswith(message)
