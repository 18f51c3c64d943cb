"""Mergers between reviews: who keeps a place, takes one, loses one, or waits (R23, R24, R25)."""

from datetime import date

import pytest

from paasche.review.interim.mergers import merge
from review.small_review_markets import (
    REVIEW,
    actions,
    changes,
    code,
    flags,
    history,
    members,
    methodology,
    session,
    sized,
    status,
)

EX = date(2026, 3, 10)
FAST = {"fast_entry": {"rank": 10, "after_sessions": 10}}


def absorbed(target, acquirer, ratio=0.5, **fields):
    return actions((target, EX, "merger", {"ratio": ratio, "related": acquirer} | fields))


def merged(target, acquirer, ratio=0.5, *, rules=None, names=None, **others):
    """Return the history of eight names, of which two merge: 1 to 4 are in, 5 and 6 wait."""
    return history(
        names or sized(8), rules, corporate_actions=absorbed(target, acquirer, ratio), **others
    )


def warned(security):
    return status((security, "risk_warning", date(2026, 3, 5)))


@pytest.mark.rule("R23", "R24", "R25")
@pytest.mark.parametrize(
    ("inside", "eligible", "outranks", "fast", "acquirer", "rule", "vacancies"),
    [
        # target in, acquirer in: the new entity keeps one place, the other is open
        ((True, True), True, False, False, "keeps", "R23", 1),
        ((True, True), False, True, True, "leaves", "R23", 2),
        # a constituent absorbs an outsider
        ((False, True), True, False, False, "keeps", "R23", 0),
        ((False, True), False, True, True, "leaves", "R23", 1),
        # an outsider absorbs a constituent
        ((True, False), True, True, False, "replaces", "R24", 0),
        ((True, False), True, False, True, "waits", "R24", 1),
        ((True, False), False, True, True, "waits", "R24", 1),
        # neither is in
        ((False, False), True, False, True, "fast_entry", "R25", 0),
        ((False, False), False, True, True, "waits", "R25", 0),
        ((False, False), True, True, False, "waits", "R25", 0),
    ],
)
def test_the_decision_tree_of_mergers(inside, eligible, outranks, fast, acquirer, rule, vacancies):
    outcome = merge(
        target_is_constituent=inside[0],
        acquirer_is_constituent=inside[1],
        eligible=eligible,
        outranks_reserve=outranks,
        enters_fast=fast,
    )
    assert outcome == (acquirer, rule, vacancies)


@pytest.mark.rule("R23", "R10")
def test_of_two_constituents_the_acquirer_keeps_its_place_and_the_other_is_filled():
    found = merged(code(3), code(1))
    assert changes(found, EX, "security", "change", "cause", "rule", "replaces") == [
        (code(5), "added", "merger", "R10", code(3)),
        (code(3), "deleted", "merger", "R23", None),
    ]


@pytest.mark.rule("R23")
def test_of_two_constituents_none_takes_the_place_where_vacancies_are_left():
    rules = methodology(selection={"reserve_share": None}, interim={"fill": "leave"})
    found = merged(code(3), code(1), rules=rules)
    assert changes(found) == [
        (code(3), "deleted", "R23"),
        (code(5), "added", "R8"),
    ]
    assert members(found, EX) == [code(1), code(2), code(4)]
    assert not flags(found, "R10")


@pytest.mark.rule("R23")
def test_a_constituent_that_absorbs_an_outsider_keeps_its_place():
    assert changes(merged(code(7), code(2)), EX) == []


@pytest.mark.rule("R23", "R10")
def test_a_constituent_that_is_not_eligible_after_the_merger_leaves_at_once():
    found = merged(code(7), code(2), status=warned(code(2)))
    assert changes(found, EX) == [(code(5), "added", "R10"), (code(2), "deleted", "R23")]
    # Both gone: two vacancies, two names from the list.
    found = merged(code(3), code(2), status=warned(code(2)))
    assert changes(found, EX) == [
        (code(5), "added", "R10"),
        (code(6), "added", "R10"),
        (code(2), "deleted", "R23"),
        (code(3), "deleted", "R23"),
    ]


@pytest.mark.rule("R23", "R15")
def test_a_constituent_that_is_suspended_for_the_merger_keeps_its_place():
    eve = session(EX, -1)
    suspended = status((code(2), "suspended", eve, eve, "ordinary"))
    names = sized(8, n2={"gaps": [eve]})
    assert changes(merged(code(7), code(2), names=names, status=suspended)) == []
    # As an outsider it does not take the place of the one it absorbs.
    outside = sized(8, n6={"gaps": [eve]})
    suspended = status((code(6), "suspended", eve, eve, "ordinary"))
    found = merged(code(4), code(6), 2.0, names=outside, status=suspended)
    assert changes(found, EX) == [(code(5), "added", "R10"), (code(4), "deleted", "R24")]


@pytest.mark.rule("R24")
@pytest.mark.parametrize(("ratio", "replaces"), [(0.21, True), (0.20, False)])
def test_an_outsider_takes_the_place_of_the_constituent_if_it_is_above_the_reserve_list(
    ratio, replaces
):
    # Name 6 has 3 million shares, 5 million of name 4 become a fifth of that: 4 million, as many
    # as name 5, the first on the list – which is not above it.
    found = merged(code(4), code(6), ratio)
    entering = (code(6), "added", "R24") if replaces else (code(5), "added", "R10")
    assert changes(found, EX) == [entering, (code(4), "deleted", "R24")]
    joined = found.changes.filter(effective=EX, change="added")
    assert joined["replaces"].to_list() == [code(4)]


@pytest.mark.rule("R24")
def test_an_outsider_that_is_not_eligible_does_not_take_the_place():
    found = merged(code(4), code(6), 2.0, status=warned(code(6)))
    assert changes(found, EX) == [(code(5), "added", "R10"), (code(4), "deleted", "R24")]


@pytest.mark.rule("R24")
def test_without_a_reserve_list_eligibility_alone_decides():
    rules = methodology(selection={"reserve_share": None})
    assert changes(merged(code(4), code(8), 0.01, rules=rules), EX) == [
        (code(8), "added", "R24"),
        (code(4), "deleted", "R24"),
    ]
    barred = merged(code(4), code(8), 0.01, rules=rules, status=warned(code(8)))
    assert changes(barred, EX) == [(code(4), "deleted", "R24")]
    assert flags(barred, "R10") == [(session(EX, -1), code(4))]


@pytest.mark.rule("R24")
@pytest.mark.parametrize(
    ("acquirer", "share", "replaces"),
    [
        # Name 5, the first of two on the list, is compared with name 6.
        (5, 0.5, True),
        # Name 6 is compared with name 5, which is larger.
        (6, 0.5, False),
        # Alone on the list, it has nobody to be compared with.
        (5, 0.25, True),
    ],
)
def test_a_reserve_name_that_absorbs_a_constituent_is_compared_with_the_rest_of_the_list(
    acquirer, share, replaces
):
    # It pays in cash, so that it is no larger than before; vacancies are left open.
    cash = actions((code(4), EX, "merger", {"cash": 12.0, "related": code(acquirer)}))
    rules = methodology(selection={"reserve_share": share}, interim={"fill": "leave"})
    entering = [(code(acquirer), "added", "R24")] if replaces else []
    found = history(sized(8), rules, corporate_actions=cash)
    assert changes(found, EX) == [*entering, (code(4), "deleted", "R24")]


@pytest.mark.rule("R24")
def test_an_absorbed_reserve_name_is_passed_over_later():
    gone = actions(
        (code(5), EX, "merger", {"ratio": 0.5, "related": code(1)}),
        (code(3), session(EX, 5), "delisting", {}),
    )
    found = history(sized(8, n5={"until": session(EX, -1)}), corporate_actions=gone)
    assert changes(found, EX) == []
    assert changes(found, session(EX, 5)) == [
        (code(6), "added", "R10"),
        (code(3), "deleted", "R28"),
    ]


def outsiders(ratio, rules, ex=EX, **others):
    """Return the history of twelve names of which the smallest two merge, four being in."""
    grown = int(2_000_000 + 1_000_000 * ratio)
    return history(
        sized(12),
        rules,
        corporate_actions=actions((code(12), ex, "merger", {"ratio": ratio, "related": code(11)})),
        issues=[(code(11), ex, None, grown, grown)],
        **others,
    )


@pytest.mark.rule("R25", "R22")
@pytest.mark.parametrize(("ratio", "enters"), [(1.1, True), (0.9, False)])
def test_two_outsiders_enter_fast_as_one_from_rank_10_on(ratio, enters):
    # Together 3.1 or 2.9 million shares; the tenth name has 3 million.
    found = outsiders(ratio, methodology(interim=FAST))
    entry = session(EX, 10)
    assert changes(found, entry) == (
        [(code(11), "added", "R22"), (code(4), "deleted", "R22")] if enters else []
    )
    assert code(11) not in members(found, session(entry, -1))


@pytest.mark.rule("R25")
def test_two_outsiders_wait_for_the_review_without_fast_entry_or_too_near_to_it():
    assert changes(outsiders(1.1, methodology())) == []
    near = session(REVIEW, -19)
    assert changes(outsiders(1.1, methodology(interim=FAST), near), session(near, 10)) == []
    far = session(REVIEW, -20)
    assert changes(outsiders(1.1, methodology(interim=FAST), far), session(far, 10)) != []


@pytest.mark.rule("R25")
def test_two_outsiders_that_are_not_eligible_wait():
    rules = methodology(interim=FAST)
    assert changes(outsiders(1.1, rules, status=warned(code(11)))) == []


@pytest.mark.rule("R23")
def test_a_merger_for_cash_takes_the_target_out_and_changes_nothing_else():
    cash = actions((code(3), EX, "merger", {"cash": 12.0}))
    assert changes(history(sized(8), corporate_actions=cash), EX) == [
        (code(5), "added", "R10"),
        (code(3), "deleted", "R23"),
    ]
