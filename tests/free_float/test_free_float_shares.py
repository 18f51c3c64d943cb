"""Free-float shares from holders: R46, against a Fraction oracle."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paasche.errors import InputError
from paasche.free_float import free_float_shares


def free_float_of(total, holders):
    """R46 word by word; a holder is (group, shares, restricted, strategic)."""
    parties = defaultdict(list)
    for group, *holding in holders:
        parties[group].append(holding)
    free_float = total
    for holdings in parties.values():
        excluded = Fraction(sum(shares for shares, _, _ in holdings), total) >= Fraction(5, 100)
        for shares, restricted, strategic in holdings:
            free_float -= shares if excluded and strategic else restricted
    return free_float


def from_rows(total, holders, **options):
    groups, shares, restricted, strategic = zip(*holders, strict=True)
    return free_float_shares(
        [total],
        holder_security=np.zeros(len(holders), dtype=int),
        holder_group=groups,
        holder_shares=shares,
        holder_restricted=restricted,
        strategic=strategic,
        **options,
    )[0]


@st.composite
def registers(draw):
    holding = st.tuples(
        st.sampled_from(["family", "state", "fund"]),
        st.integers(0, 3_000),
        st.integers(0, 3_000),
        st.booleans(),
    )
    rows = draw(st.lists(holding, min_size=1, max_size=8))
    holders = [(group, free + locked, locked, kind) for group, free, locked, kind in rows]
    return draw(st.integers(48_000, 60_000)), holders


@pytest.mark.rule("R46")
@given(register=registers())
def test_free_float_is_that_of_exact_fractions(register):
    assert from_rows(*register) == free_float_of(*register)


@pytest.mark.rule("R46")
@pytest.mark.parametrize(("shares", "expected"), [(5_000, 95_000), (4_999, 100_000)])
def test_5_percent_is_excluded_and_4_999_percent_floats(shares, expected):
    assert from_rows(100_000, [("state", shares, 0, True)]) == expected


@pytest.mark.rule("R46")
def test_holders_without_a_group_stand_alone():
    holdings = {"holder_security": [0, 0], "holder_shares": [3_000, 3_000]}
    total = [100_000]
    assert free_float_shares(total, **holdings) == [100_000]
    assert free_float_shares(total, **holdings, holder_group=[None, float("nan")]) == [100_000]
    assert free_float_shares(total, **holdings, holder_group=[7, 7]) == [94_000]


@pytest.mark.rule("R46")
def test_a_group_is_one_of_its_security_only():
    free_float = free_float_shares(
        [100_000, 100_000],
        holder_security=[0, 1],
        holder_shares=[3_000, 3_000],
        holder_group=["state", "state"],
    )
    assert free_float.tolist() == [100_000, 100_000]


@pytest.mark.rule("R46")
def test_announced_restricted_shares_contain_those_of_the_holders():
    holder = [("family", 6_000, 4_000, True)]
    assert from_rows(100_000, holder, restricted=[10_000]) == 88_000
    with pytest.raises(InputError, match=r"restricted\[0\] = 3999: must be at least the 4000"):
        from_rows(100_000, holder, restricted=[3_999])


def test_a_company_without_holders_floats_whole():
    free_float = free_float_shares([7], holder_security=[], holder_shares=[])
    assert free_float.dtype == np.int64
    assert free_float.tolist() == [7]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"holder_security": [0, 2]}, "holder_security[1] = 2: must be below"),
        ({"holder_security": [0, -1]}, "holder_security[1] = -1: must be 0 or more"),
        ({"holder_security": [0]}, "shape of holder_security = (1,): must be (2,)"),
        ({"holder_shares": [1, -1]}, "holder_shares[1] = -1: must be 0 or more"),
        ({"holder_shares": [1, 0.5]}, "holder_shares[1] = 0.5: must be a whole number"),
        ({"holder_restricted": [0, 11]}, "holder_restricted[1] = 11: must be 0 to the 10"),
        ({"holder_shares": [90, 20]}, "total[0] = 100: must be at least the 0 restricted and 110"),
        ({"strategic": [1, 0]}, "strategic = array of int64: must hold true and false"),
        ({"holder_group": [0.5, 1.5]}, "holder_group = array of float64: must hold text"),
        ({"restricted": [1, 2]}, "length of restricted = 2: must be the length of total, 1"),
        ({"restricted": [-1]}, "restricted[0] = -1: must be 0 or more"),
        ({"rules": "ces-1999"}, "rules = ces-1999: must be one of ces-2023"),
    ],
)
def test_impossible_registers_are_named(changed, message):
    register = {"holder_security": [0, 0], "holder_shares": [10, 10]} | changed
    with pytest.raises(InputError) as caught:
        free_float_shares([100], **register)
    assert str(caught.value).startswith(message)
