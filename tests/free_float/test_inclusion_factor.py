"""Banding: R47 with its boundaries, against exact fractions, and on real share structures."""

from __future__ import annotations

import csv
import gzip
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paasche.errors import InputError
from paasche.free_float import inclusion_factor
from paasche.methodology.tables import band_tables
from vectors import under_each_width

REAL = Path(__file__).parents[2] / "../shared/data/cn_share_structure_20201109.csv.gz"
EDGES = [20, 30, 40, 50, 60, 70, 80]


def ces_2023(free_float: int, total: int) -> Fraction:
    """The bands of the rule as it is written, in exact fractions."""
    percent = Fraction(100 * free_float, total)
    if percent <= 15:
        return Fraction(math.ceil(percent), 100)
    return Fraction(next((edge for edge in EDGES if percent <= edge), 100), 100)


def csi_2010(free_float: int, total: int) -> Fraction:
    percent = Fraction(100 * free_float, total)
    if percent <= 10:
        return percent / 100
    return Fraction(next((edge for edge in EDGES if percent <= edge), 100), 100)


@st.composite
def share_structures(draw):
    total = draw(st.one_of(st.integers(1, 10**6), st.integers(1, 2**63 - 1)))
    return draw(st.integers(0, total)), total


@pytest.mark.rule("R47")
@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        ("0", 0),
        ("0.3", 1),
        ("7.0", 7),
        ("11.2", 12),
        ("14.0", 14),
        ("14.0001", 15),
        ("15.0", 15),
        ("15.0001", 20),
        ("20.0", 20),
        ("20.0001", 30),
        ("30.0", 30),
        ("30.0001", 40),
        ("40.0", 40),
        ("50.0", 50),
        ("50.0001", 60),
        ("60.0", 60),
        ("70.0", 70),
        ("70.0001", 80),
        ("80.0", 80),
        ("80.0001", 100),
        ("100", 100),
    ],
)
def test_a_band_holds_its_upper_edge(percent, expected):
    total = 1_000_000
    free_float = int(Decimal(percent) * total / 100)
    assert inclusion_factor(free_float, total) == expected / 100


@pytest.mark.rule("R47")
def test_the_three_companies_of_the_rule_have_their_printed_ratios_and_shares():
    total = np.array([100_000, 8_000, 5_000])
    factor = inclusion_factor(total - [88_800, 4_500, 900], total)
    assert factor.tolist() == [0.12, 0.5, 1.0]
    assert (total * factor).tolist() == [12_000, 4_000, 5_000]


@pytest.mark.rule("R47")
@pytest.mark.parametrize("percent", range(1, 16))
def test_a_whole_percent_is_not_raised_by_float_noise(percent):
    assert math.ceil(0.07 * 100) == 8  # the trap
    totals = np.array([100, 10_000, 12_345_600, 7 * 10**12])
    assert (inclusion_factor(totals // 100 * percent, totals) == percent / 100).all()


@pytest.mark.rule("R47")
def test_the_table_of_2010_keeps_the_ratio_up_to_10_percent():
    factor = inclusion_factor([77, 100, 101, 150, 200, 201], 1_000, table="csi-2010")
    assert factor.tolist() == [0.077, 0.1, 0.2, 0.2, 0.2, 0.3]


@pytest.mark.rule("R47")
@pytest.mark.parametrize(("table", "oracle"), [("ces-2023", ces_2023), ("csi-2010", csi_2010)])
@given(structure=share_structures())
def test_factors_are_those_of_exact_fractions(table, oracle, structure):
    expected = oracle(*structure)
    factor = inclusion_factor(*structure, table=table)
    assert factor == pytest.approx(float(expected), rel=2**-52, abs=0)
    if expected.denominator <= 100:
        assert factor == float(expected)


@pytest.mark.rule("R47")
def test_real_share_structures_have_the_factor_of_whole_numbers():
    if not REAL.exists():
        pytest.skip("the share structures of November 2020 are not beside the checkout")
    with gzip.open(REAL, "rt", encoding="utf-8") as lines:
        rows = [
            tuple(int(Decimal(row[column]) * 10_000) for column in ("float_a_10k", "total_10k"))
            for row in csv.DictReader(lines)
        ]
    rows = [(free_float, total) for free_float, total in rows if 0 <= free_float <= total > 0]
    assert len(rows) > 4_000
    free_float, total = np.array(rows, dtype=np.int64).T
    expected = [float(ces_2023(*row)) for row in rows]
    assert inclusion_factor(free_float, total).tolist() == expected


def test_scalars_give_a_float_and_arrays_broadcast():
    assert type(inclusion_factor(1, 2)) is float
    assert inclusion_factor([[1], [2]], [10, 4]).tolist() == [[0.1, 0.3], [0.2, 0.5]]
    assert inclusion_factor([], []).shape == (0,)
    assert inclusion_factor([], 5).shape == (0,)


@pytest.mark.parametrize(
    "view",
    [
        list,
        np.array,
        pd.Series,
        pl.Series,
        lambda counts: np.array(counts, dtype=np.float64),
        lambda counts: np.array(counts, dtype=np.uint32),
        lambda counts: np.array(counts, dtype=">i8"),
        lambda counts: np.repeat(counts, 2)[::2],
        lambda counts: np.array(counts, dtype=object),
        lambda counts: pd.Series(counts, dtype="Int64"),
    ],
)
def test_counts_come_in_any_form_numpy_can_view(view):
    assert inclusion_factor(view([112, 70]), view([1_000, 1_000])).tolist() == [0.12, 0.07]


def test_read_only_and_fortran_arrays_are_read():
    free_float = np.asfortranarray([[1, 2], [3, 4]])
    free_float.flags.writeable = False
    assert inclusion_factor(free_float, 40).tolist() == [[0.03, 0.05], [0.08, 0.1]]


@pytest.mark.parametrize(
    ("free_float", "total", "message"),
    [
        ([1, 2.5], 10, "free_float[1] = 2.5: must be a whole number"),
        ([1, np.nan], 10, "free_float[1] = nan: must be a whole number"),
        ([[1.0], [np.inf]], 10, "free_float[1, 0] = inf: must be a whole number"),
        ([2.0**54], 2**60, "free_float[0] = 1.8014398509481984e+16: must be a whole number"),
        (
            np.array([2**63], dtype=np.uint64),
            1,
            "free_float[0] = 9223372036854775808: must be below",
        ),
        (["1"], 10, "free_float = array of <U1: must hold real numbers"),
        ([True], 10, "free_float = array of bool: must hold real numbers"),
        ([None], 10, "free_float[0] = None: must be a number"),
        ([1, 2], [10, 0], "total[1] = 0: must be a positive share count"),
        ([-1], 10, "free_float[0] = -1: must be 0 or more"),
        ([1, 11], [10, 10], "free_float[1] = 11: must be at most total[1], 10"),
        ([1, 2], [10, 10, 10], "shapes = free_float (2,), total (3,): must fit together"),
    ],
)
def test_what_is_no_share_structure_is_named(free_float, total, message):
    with pytest.raises(InputError) as caught:
        inclusion_factor(free_float, total)
    assert str(caught.value).startswith(message)


def test_a_masked_count_is_not_read_as_the_number_below_the_mask():
    with pytest.raises(InputError, match="masked"):
        inclusion_factor(np.ma.masked_array([1, 2], mask=[False, True]), 10)


def test_tables_go_by_name_or_as_an_object():
    table = band_tables()["csi-2010"]
    assert inclusion_factor(77, 1_000, table) == 0.077
    with pytest.raises(InputError, match="table = ces-1999: must be one of ces-2023, csi-2010"):
        inclusion_factor(1, 2, table="ces-1999")
    with pytest.raises(InputError, match="length of percents = 1"):
        inclusion_factor(1, 2, replace(table, percents=(100,)))
    with pytest.raises(InputError, match="first = floor: must be one of ceil, exact"):
        inclusion_factor(1, 2, replace(table, first="floor"))


def test_threads_calculate_the_same_factors():
    total = np.arange(1, 200_001)
    free_float = total * 7 // 100
    expected = inclusion_factor(free_float, total)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: inclusion_factor(free_float, total), range(8)))
    assert all((result == expected).all() for result in results)


def test_a_fork_calculates_the_same_factors(same_in_a_fork):
    total = np.arange(1, 200_001)
    same_in_a_fork(lambda: inclusion_factor(total * 7 // 100, total).tobytes())


@pytest.mark.parametrize("table", band_tables())
def test_no_width_of_vectors_changes_a_bit(table):
    total, free_float = np.arange(1, 10_001) * 7, np.arange(10_000)
    bits = under_each_width(lambda: inclusion_factor(free_float, total, table).tobytes())
    assert len(set(bits)) == 1
