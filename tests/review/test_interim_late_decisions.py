"""Decisions that are recorded after their date act on the first opening after that (R5, R34)."""

from datetime import date

import polars as pl
import pytest

from review.small_review_markets import (
    REVIEW,
    changes,
    code,
    decisions,
    history,
    members,
    methodology,
    recorded,
    session,
    sized,
)

EX = date(2026, 3, 10)
SAID = session(EX, 3)
NEXT = session(SAID, 1)


def decided(word, number, on, known=None, **others):
    return history(
        sized(8), decisions=recorded(decisions((on, code(number), word)), known), **others
    )


@pytest.mark.rule("R34")
@pytest.mark.parametrize("known", [None, EX, SAID])
def test_a_decision_acts_on_the_opening_after_it_is_taken_and_recorded(known):
    acts = session(known or EX, 1)
    assert changes(decided("remove", 2, EX, known)) == [
        (code(5), "added", "R10"),
        (code(2), "deleted", "R34"),
        *([(code(2), "added", "R8"), (code(5), "deleted", "R8")]),
    ]
    assert code(2) in members(decided("remove", 2, EX, known), session(acts, -1))
    assert code(2) not in members(decided("remove", 2, EX, known), acts)


@pytest.mark.rule("R17")
def test_a_withdrawal_recorded_after_the_review_took_effect_comes_too_late():
    names = sized(8, n5={"closes": {date(2026, 1, 12): 20.0}})
    for known, inside in ((date(2026, 6, 11), False), (REVIEW, True)):
        said = recorded(decisions((date(2026, 6, 10), code(5), "withdraw")), known)
        assert (code(5) in members(history(names, decisions=said), REVIEW)) is inside


@pytest.mark.rule("R5")
def test_an_exclusion_recorded_after_the_announcement_counts_at_the_review_after_it():
    announced = history(sized(8)).proposals[-1].dates.announcement
    last = date(2026, 12, 31)
    for known, june, december in (
        (announced, False, True),
        (session(announced, 1), True, False),
    ):
        found = decided("exclude", 2, session(announced, -3), known, last=last)
        assert (code(2) in members(found, REVIEW)) is june
        assert (code(2) in members(found, last)) is december


@pytest.mark.rule("R31")
def test_a_decision_to_keep_that_is_recorded_after_the_announcement_keeps_nobody():
    # Warned on 2 March; announced on Thursday the 12th for Monday the 16th.
    warned = {"security": [code(2)], "status": ["risk_warning"], "start": [date(2026, 3, 2)]}
    rules = methodology(interim={"monthly_removals": ["risk_warning", "delisting_warning"]})
    for known, kept in ((date(2026, 3, 12), True), (date(2026, 3, 13), False)):
        found = decided(
            "keep", 2, date(2026, 3, 11), known, rules=rules, status=pl.DataFrame(warned)
        )
        assert (code(2) in members(found, date(2026, 3, 16))) is kept
