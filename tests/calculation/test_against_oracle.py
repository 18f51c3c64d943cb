"""Drawn cases through the package and through the exact oracle."""

from __future__ import annotations

import sys
from collections import Counter

import pytest
from hypothesis import event, given

from oracle.adapter import compare
from oracle.making_case import make_case
from oracle.profiles import examples
from oracle.strategies import recipes

LEVELS: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def count_of_ties():
    """Say at the end how many levels lay too near a rounding tie to be compared at 4 decimals."""
    yield
    text = f"\n{LEVELS['levels']} levels compared, {LEVELS['ties']} within 1e-9 points of a tie\n"
    sys.stdout.write(text)


def check(recipe):
    case = make_case(recipe)
    comparison = compare(case)
    LEVELS.update(levels=comparison.levels, ties=comparison.ties)
    event(comparison.refused or "calculated")
    if comparison.differences:
        pytest.fail(comparison.explain(case))


@examples(80)
@given(recipes())
def test_every_level_equals_the_exact_one(recipe):
    check(recipe)


@examples(40)
@given(recipes(refused=True))
def test_a_case_the_rules_refuse_is_refused_with_its_error(recipe):
    check(recipe)


@pytest.mark.slow
@examples(0, many=4000)
@given(recipes())
def test_thousands_of_cases_equal_the_exact_ones(recipe):
    check(recipe)
