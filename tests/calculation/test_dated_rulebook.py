"""A rulebook that changes (R58): each session goes by what is in force, by table and by rules."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

import paasche as px
from review import small_review_markets as small

REVIEW, CHANGE = small.REVIEW, date(2026, 3, 1)
ONE, TWO, THREE, FOUR, FIVE = (small.code(number) for number in range(1, 6))


def with_change(*changes, **sections):
    """Return the rules of the small markets with changes of the rulebook."""
    written = small.methodology(**sections).model_dump(exclude_none=True)
    return px.Methodology.from_dict(written | {"change": list(changes)})


def baskets(history):
    """Return who is in from when on."""
    rows = history.constituents.group_by("effective", maintain_order=True).agg("security")
    return {day: sorted(names) for day, names in rows.iter_rows()}


def weights(result, session):
    """Return the weights at the opening of a session on which holdings changed, by security."""
    rows = result.constituents.filter(session=session).sort("security")
    return [round(weight, 12) for weight in rows["weight"]]


def table_driven(*changes, **sections):
    """Return the rules of an index by table, with changes of the rulebook."""
    return with_change(*changes, universe={"constituents": "table", "exchanges": None}, **sections)


BANDS = small.sized(2, n1={"free_float": 224_000}, n2={"free_float": 1_000_000})
"""Two names; the first floats 11.2 % of its two million shares."""


def rows_of(*baskets):
    """Return a table of constituents: (effective, kind, securities) of each basket."""
    rows = [(day, name, kind) for day, kind, names in baskets for name in names]
    schema = {"effective": pl.Date, "security": pl.String, "kind": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.rule("R58", "R39")
def test_a_cap_that_changes_holds_from_the_next_review_on():
    # Three names of 3, 2 and 1 millions: the cap of 0.45 binds, then that of 0.4.
    constituents = rows_of(
        (small.BASE, "review", [ONE, TWO, THREE]),
        (date(2026, 4, 13), "review", [ONE, TWO, THREE]),
        (REVIEW, "review", [ONE, TWO, THREE]),
    )
    cap = {"valid_from": date(2026, 5, 1), "weighting": {"single_cap": 0.4}}
    rules = table_driven(cap, selection=None, weighting={"single_cap": 0.45, "lag": 1})
    result = small.calculated(small.sized(3), rules, constituents=constituents)
    # What exceeds the cap goes to the others by their values, two to one.
    before, after = [0.45, 0.55 * 2 / 3, 0.55 / 3], [0.4, 0.4, 0.2]
    assert weights(result, small.BASE) == [round(one, 12) for one in before]
    assert weights(result, REVIEW) == [round(one, 12) for one in after]
    # The review before the change keeps the former cap; the day of the change moves nothing.
    assert weights(result, date(2026, 4, 13)) == weights(result, small.BASE)
    sessions = result.constituents["session"].unique().sort().to_list()
    assert sessions == [small.BASE, date(2026, 4, 13), REVIEW]


@pytest.mark.rule("R58", "R47")
@pytest.mark.parametrize(("valid_from", "factor"), [(REVIEW, 0.12), (date(2026, 6, 16), 0.2)])
def test_a_band_table_that_changes_holds_from_the_next_review_on(valid_from, factor):
    # 11.2 % is in the band to 20 % of 2010, and rounds up to 12 % in 2023.
    constituents = rows_of((small.BASE, "review", [ONE, TWO]), (REVIEW, "review", [ONE, TWO]))
    bands = {"valid_from": valid_from, "weighting": {"free_float_bands": "ces-2023"}}
    rules = table_driven(bands, selection=None, weighting={"free_float_bands": "csi-2010"})
    result = small.calculated(BANDS, rules, constituents=constituents)
    held = result.constituents.filter(security=ONE).sort("session")
    assert held["inclusion_factor"][0] == 0.2
    assert held["inclusion_factor"][-1] == factor


@pytest.mark.rule("R58", "R7")
def test_a_count_that_changes_holds_from_the_next_review_on():
    change = {"valid_from": CHANGE, "selection": {"count": 3}}
    rules = with_change(change, selection={"count": 2}, review={"months": [2, 6]})
    found = small.history(small.sized(5), rules)
    assert baskets(found) == {
        small.BASE: [ONE, TWO],
        date(2026, 2, 16): [ONE, TWO],
        REVIEW: [ONE, TWO, THREE],
    }


GROWN = small.sized(5, n3={"closes": {date(2026, 1, 6): 50.0}})
"""The third of five names overtakes all from the second session on."""


@pytest.mark.rule("R58", "R8")
@pytest.mark.parametrize(
    ("valid_from", "members"),
    [(REVIEW, [ONE, THREE]), (date(2026, 6, 16), [ONE, TWO])],
    ids=["a buffer in force", "a buffer not yet in force"],
)
def test_a_buffer_that_changes_holds_for_reviews_effective_from_then_on(valid_from, members):
    # Newcomers enter up to rank 1 of 2 with a buffer of half; with 0.9 up to rank 0.
    change = {"valid_from": valid_from, "selection": {"newcomer_buffer": 0.5}}
    wide = {"count": 2, "newcomer_buffer": 0.9, "constituent_buffer": 0.5}
    found = small.history(GROWN, with_change(change, selection=wide))
    assert baskets(found)[REVIEW] == members


@pytest.mark.rule("R58", "R1")
def test_months_that_change_give_the_reviews_of_both_rulebooks():
    change = {"valid_from": date(2026, 4, 1), "review": {"months": [6, 7]}}
    every = list(range(2, 8))
    found = small.history(small.sized(5), with_change(change, review={"months": every}))
    effective = [one.dates.effective for one in found.proposals]
    before = small.history(small.sized(5), small.methodology(review={"months": every}))
    after = small.history(small.sized(5), small.methodology(review={"months": [6, 7]}))
    of_both = [
        *(
            one.dates.effective
            for one in before.proposals
            if one.dates.effective < date(2026, 4, 1)
        ),
        *(one.dates.effective for one in after.proposals if one.dates.effective > date(2026, 4, 1)),
    ]
    assert effective == of_both
    assert [day.month for day in effective] == [1, 2, 3, 6, 7]


BOARDS = small.sized(4, n2={"board": "chinext"}, n3={"board": "chinext"})
"""Of four names the second and the third are on ChiNext."""


@pytest.mark.rule("R58")
@pytest.mark.parametrize(
    ("grandfather", "members"),
    [({"grandfather": "constituents"}, [ONE, TWO]), ({}, [ONE, FOUR])],
    ids=["spared", "not spared"],
)
def test_constituents_keep_the_universe_they_entered_under(grandfather, members):
    change = {"valid_from": CHANGE, "universe": {"boards": ["main"]}} | grandfather
    rules = with_change(change, selection={"count": 2})
    names = {key: {"board": "main"} | fields for key, fields in BOARDS.items()}
    found = small.history(names, rules)
    assert baskets(found)[small.BASE] == [ONE, TWO]
    assert baskets(found)[REVIEW] == members


@pytest.mark.rule("R58")
def test_who_has_left_enters_under_the_new_universe_only():
    # The second, on ChiNext, falls to the end before June and is the largest again before July.
    closes = {date(2026, 1, 6): 0.01, date(2026, 5, 1): 1000.0}
    names = {key: {"board": "main"} | fields for key, fields in BOARDS.items()}
    names[TWO] = names[TWO] | {"closes": closes}
    change = {"valid_from": CHANGE, "universe": {"boards": ["main"]}, "grandfather": "constituents"}
    months = {"months": [6, 7], "window_months": 1}
    spared = small.history(names, with_change(change, selection={"count": 2}, review=months))
    free = small.history(names, small.methodology(selection={"count": 2}, review=months))
    assert [sorted(one.constituents) for one in spared.proposals] == [
        [ONE, TWO],
        [ONE, FOUR],
        [ONE, FOUR],
    ]
    assert TWO in free.proposals[2].constituents


@pytest.mark.rule("R58")
@pytest.mark.parametrize(
    ("listed", "members"),
    [(date(2026, 2, 27), [THREE, ONE]), (CHANGE, [ONE, TWO])],
    ids=["listed before the change", "listed on the day of the change"],
)
def test_what_was_listed_before_keeps_the_former_universe(listed, members):
    # The third, the largest of all, is younger than the 24 months that the change asks for.
    names = small.sized(5, n3={"total": 50_000_000, "listed": listed})
    change = {
        "valid_from": CHANGE,
        "universe": {"listing_age": {"months": 24}},
        "grandfather": "listed",
    }
    rules = with_change(
        change, selection={"count": 2}, universe={"listing_age": {"months": 1}}, interim={}
    )
    found = small.history(names, rules)
    assert baskets(found)[REVIEW] == sorted(members)
