"""Divisor correction (R50) and total return (R48): worked numbers and properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paasche.errors import InputError
from paasche.levels import adjust_divisor, round_level, total_return

AMOUNTS = st.floats(1e-3, 1e15)


@pytest.mark.rule("R50")
def test_the_divisor_of_the_worked_rights_issue():
    divisor = adjust_divisor(350_000, 365_500, 375_100)
    assert divisor == pytest.approx(359_192.886457, abs=5e-7)
    assert round_level(375_100 / divisor * 1000) == 1044.2857


@pytest.mark.rule("R48")
def test_the_total_return_of_the_worked_dividend():
    assert round_level(total_return(1000 * 365_500 / 350_000, 374_400, 372_600)) == 1049.3306


@pytest.mark.rule("R48")
def test_the_total_return_over_two_currencies():
    value = 12_000 * 10.1 + 2_000 * 49.5 * 0.93
    opening = 12_000 * 10 + 2_000 * 49 * 0.92
    assert total_return(1, value, opening) - 1 == pytest.approx(0.014798248, abs=1e-9)


@pytest.mark.rule("R50")
@given(divisor=AMOUNTS, before=AMOUNTS, after=AMOUNTS)
def test_a_correction_does_not_move_the_level(divisor, before, after):
    corrected = adjust_divisor(divisor, before, after)
    assert after / corrected == pytest.approx(before / divisor, rel=1e-12)


@pytest.mark.rule("R48", "R50")
@given(level=AMOUNTS, value=AMOUNTS)
def test_where_the_value_stays_so_does_every_bit(level, value):
    assert adjust_divisor(level, value, value) == level
    assert total_return(level, value, value) == level


def test_arrays_broadcast_and_scalars_give_a_float():
    assert type(adjust_divisor(1, 2, 3)) is float
    assert adjust_divisor([2, 4], 2, [[1], [2]]).tolist() == [[1, 2], [2, 4]]
    assert total_return([100, 200], [11, 22], 10).tolist() == pytest.approx([110, 440])


@pytest.mark.parametrize("bad", [0, -1, np.nan, np.inf])
@pytest.mark.parametrize("name", ["divisor", "value_before", "value_after"])
def test_a_divisor_needs_positive_values(name, bad):
    arguments = {"divisor": 1, "value_before": 1, "value_after": 1}
    with pytest.raises(InputError, match=f"^{name} = .*: must be positive and finite"):
        adjust_divisor(**(arguments | {name: bad}))
    with pytest.raises(InputError, match=f"^element 1: {name} = .*: must be positive and finite"):
        adjust_divisor(**(arguments | {name: [1, bad]}))


@pytest.mark.parametrize("name", ["previous", "value", "opening_value"])
def test_a_total_return_needs_positive_values(name):
    arguments = {"previous": 1, "value": 1, "opening_value": 1}
    with pytest.raises(InputError, match=f"^{name} = 0: must be positive and finite"):
        total_return(**(arguments | {name: 0}))
