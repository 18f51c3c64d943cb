"""Weight factors: R38."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from paasche.capping import cap_weights, weight_factors
from paasche.errors import InputError


@pytest.mark.rule("R38")
@given(
    values=arrays.arrays(np.float64, st.integers(10, 50), elements=st.floats(1e-3, 1e12)),
    single=st.floats(0.1, 1.0),
)
def test_factors_are_in_0_to_1_with_the_largest_1_and_give_the_weights_back(values, single):
    weights = cap_weights(values, single=single)
    factors = weight_factors(values, weights)
    assert (factors > 0).all()
    assert factors.max() == 1
    assert values * factors / (values * factors).sum() == pytest.approx(weights, abs=1e-12)
    assert (factors[weights < single - 1e-9] == 1).all()


@pytest.mark.rule("R38")
def test_an_index_that_no_cap_touches_has_factors_of_exactly_1():
    values = np.random.default_rng(7).lognormal(0, 1, size=1_000)
    assert (weight_factors(values, cap_weights(values, single=0.5)) == 1).all()


def test_a_name_without_value_has_the_factor_1():
    assert weight_factors([10, 0, 30], [0.5, 0, 0.5])[1] == 1


@pytest.mark.parametrize(
    ("values", "weights", "message"),
    [
        ([1, 2], [0.5, 0], "weights[1] = 0: must be positive, as values[1] = 2 is"),
        ([1, 0], [0.5, 0.5], "weights[1] = 0.5: must be 0, as values[1] is"),
        ([1, np.nan], [0.5, 0.5], "values[1] = NaN: must be a finite market value"),
        ([1, 2], [0.5, -0.5], "weights[1] = -0.5: must be a finite weight, 0 or more"),
        ([0], [0], "values = 1 values, none above 0"),
        ([1], [0.5, 0.5], "length of weights = 2: must be the length of values, 1"),
        ([[1]], [1], "values = array of shape (1, 1): must have one dimension"),
    ],
)
def test_pairs_that_cannot_be_are_named(values, weights, message):
    with pytest.raises(InputError) as caught:
        weight_factors(values, weights)
    assert str(caught.value).startswith(message)
