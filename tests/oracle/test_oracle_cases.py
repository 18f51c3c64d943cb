"""The drawn cases are mostly valid, hold what they should; the oracle keeps its promises."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings

from oracle.index import calculate
from oracle.making_case import make_case
from oracle.profiles import examples
from oracle.reduce import reduce_case
from oracle.refusal import Refusal
from oracle.strategies import recipes

MUST_OCCUR = (
    "caps that bind",
    "top-five caps that bind",
    "carried closes",
    "deferred changes used by a review",
    "deletion prices",
    "ex-dates inside the capping lag",
    "ex-dates on an effective session",
    "ex-dates with a published reference",
    "ex-dates with cash and shares",
    "ex-dates with foreign cash",
    "ex-dates with volume 0",
    "exactly 5 %",
    "factors above 1",
    "late announcements",
    "pending changes overtaken by a review",
    "several pending",
    "several snapshots with one L",
    "share ex-dates while a change is pending",
    "snapshot deferred",
    "snapshot ignored",
    "snapshots on another basis",
    "stale rates",
    "two due on one session",
    "weights inherited",
)


@pytest.fixture(scope="module")
def survey():
    """What 250 drawn cases hold, and how many of them are refused."""
    events: Counter[str] = Counter()

    @settings(examples(250), derandomize=True, database=None)
    @given(recipes())
    def look(recipe):
        events["cases"] += 1
        try:
            result = calculate(make_case(recipe))
        except Refusal as refusal:
            events["refused"] += 1
            events[f"refused: {refusal.kind}"] += 1
        else:
            events.update(name for name, count in result.events.items() if count)

    look()
    return events


def test_most_drawn_cases_are_valid(survey):
    assert survey["refused"] < 0.15 * survey["cases"]


@pytest.mark.parametrize("event", MUST_OCCUR)
def test_drawn_cases_hold(survey, event):
    assert survey[event] > 0


def shuffled(case, random):
    tables = ("prices", "shares", "actions", "constituents", "fx", "status", "securities")
    rows = {name: list(getattr(case, name)) for name in tables}
    for table in rows.values():
        random.shuffle(table)
    return replace(case, **{name: tuple(table) for name, table in rows.items()})


@examples(15)
@given(recipes(refused=False))
def test_the_order_of_input_rows_does_not_matter(recipe):
    case = make_case(recipe)
    try:
        result = calculate(case)
    except Refusal:
        return
    assert calculate(shuffled(case, Random(recipe.seed))).levels == result.levels


@examples(15)
@given(recipes(refused=False, schemes=("free_float", "total")))
def test_the_unit_of_shares_does_not_matter(recipe):
    case = make_case(recipe)
    try:
        result = calculate(case)
    except Refusal:
        return
    tenfold = tuple(
        replace(
            row,
            total=row.total * 10,
            free_float=None if row.free_float is None else row.free_float * 10,
        )
        for row in case.shares
    )
    assert calculate(replace(case, shares=tenfold)).levels == result.levels


@examples(15)
@given(recipes(refused=False, without=("references",)))
def test_total_return_never_falls_behind_price_return(recipe):
    case = make_case(recipe)
    try:
        levels = calculate(case).levels
    except Refusal:
        return
    price = levels["price", case.method.currency]
    total = levels["total_return", case.method.currency]
    for day in range(1, len(price)):
        assert total[day] * price[day - 1] >= total[day - 1] * price[day]


def test_a_failing_case_is_cut_down_to_what_fails():
    case = next(
        case
        for case in (make_case(recipe) for recipe in _some_recipes())
        if any(row.kind == "rights" for row in case.actions)
    )
    small = reduce_case(case, lambda cut: any(row.kind == "rights" for row in cut.actions))
    assert [row.kind for row in small.actions] == ["rights"]
    assert (small.prices, small.shares, small.fx) == ((), (), ())


def _some_recipes():
    found = []

    @settings(examples(40), derandomize=True, database=None)
    @given(recipes(refused=False))
    def collect(recipe):
        found.append(recipe)

    collect()
    return found
