"""Spin-offs between reviews: which of the companies are constituents (R26)."""

from datetime import date

import polars as pl
import pytest

from paasche.review.interim.spin_offs import Company, split_up
from review.small_review_markets import (
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
FIRST_CLOSE = session(EX, 2)
SETTLED = session(FIRST_CLOSE, 1)
CHILD = code(99)

# Lowest other constituent at 50, top of the reserve list at 40.
TREE = {
    "both are above the lowest": ((True, 60), (True, 55), ("P", "C"), "lowest"),
    "the child alone is above the lowest": ((True, 45), (True, 60), ("C",), "lowest"),
    "the parent alone is above the lowest": ((True, 60), (True, 45), ("P",), "lowest"),
    "as large as the lowest is not above it": ((True, 50), (True, 30), ("P",), "reserve"),
    "a child above the lowest must be eligible": ((True, 45), (False, 60), (), "reserve"),
    "the best is above the reserve list": ((True, 45), (True, 42), ("P",), "reserve"),
    "the best of these is the child": ((True, 41), (True, 42), ("C",), "reserve"),
    "the best is not eligible, another is": ((False, 45), (True, 42), (), "reserve"),
    "as large as the top of the list is not above it": ((True, 40), (True, 30), (), "none"),
    "none is above the reserve list": ((True, 39), (True, 30), (), "none"),
    "none is eligible": ((False, 60), (False, 55), (), "none"),
}


@pytest.mark.rule("R26")
@pytest.mark.parametrize("case", TREE)
def test_the_decision_tree_of_spin_offs(case):
    parent, child, stays, branch = TREE[case]
    outcome = split_up([Company("P", *parent), Company("C", *child)], lowest=50.0, reserve=40.0)
    assert outcome.constituents == stays
    assert outcome.branch == branch
    assert outcome.from_reserve is not bool(stays)


@pytest.mark.rule("R26")
def test_without_a_reserve_list_the_last_branches_leave_a_vacancy():
    small = [Company("P", True, 45.0), Company("C", True, 42.0)]
    assert split_up(small, lowest=50.0, reserve=None) == ((), False, "none")


def spun(parent=1, child=3.0, *, rules=None, left=7.0, **others):
    """Return the history of eight names, of which one gives a share of a child for each of its own.

    Its reference price is `left` of 10; the child closes at `child` on its second session.
    """
    names = sized(8)
    names[code(parent)] |= {"closes": {EX: left}}
    names[CHILD] = {
        "total": names[code(parent)]["total"],
        "listed": FIRST_CLOSE,
        "close": child,
    }
    gives = {"ratio": 1.0, "related": CHILD, "price": 3.0}
    return history(
        names, rules, corporate_actions=actions((code(parent), EX, "spin_off", gives)), **others
    )


def settled(found):
    return changes(found, SETTLED, "security", "change", "cause", "replaces")


@pytest.mark.rule("R26")
def test_a_child_is_held_beside_its_parent_until_the_session_after_its_first_close():
    found = spun(4, child=0.5)
    assert changes(found, EX) == [(CHILD, "added", "R26")]
    assert settled(found)[-1] == (CHILD, "deleted", "spin_off", None)
    assert changes(found, FIRST_CLOSE) == []


@pytest.mark.rule("R26")
def test_parent_and_child_above_the_lowest_both_stay_and_the_index_has_one_more():
    # Name 1 has 8 million shares: 7 and 9 make 56 and 72 million; the lowest, name 4, has 50.
    found = spun(1, child=9.0)
    assert settled(found) == [(CHILD, "kept", "spin_off", None)]
    assert members(found, SETTLED) == [code(1), code(2), code(3), code(4), CHILD]


@pytest.mark.rule("R26")
def test_where_the_methodology_says_so_the_lowest_leaves_for_the_child():
    rules = methodology(interim={"spin_off_drops_lowest": True})
    found = spun(1, child=9.0, rules=rules)
    assert settled(found) == [
        (code(4), "deleted", "spin_off", None),
        (CHILD, "kept", "spin_off", None),
    ]
    assert len(members(found, SETTLED)) == 4


@pytest.mark.rule("R26")
def test_a_child_above_the_lowest_takes_the_place_of_a_parent_that_is_not():
    # 8 million shares at 5 are 40 million, at 9 they are 72.
    found = spun(1, child=9.0, left=5.0)
    assert settled(found) == [
        (code(1), "deleted", "spin_off", None),
        (CHILD, "kept", "spin_off", code(1)),
    ]


@pytest.mark.rule("R26")
def test_a_child_below_the_lowest_leaves_and_the_parent_goes_on():
    found = spun(1, child=3.0)
    assert settled(found) == [(CHILD, "deleted", "spin_off", None)]
    assert members(found, SETTLED) == [code(at) for at in (1, 2, 3, 4)]


@pytest.mark.rule("R26")
@pytest.mark.parametrize(
    ("left", "child", "rows"),
    [
        # Name 4 has 5 million shares; name 3, the lowest beside it, has 60 million, name 5 has 40.
        (8.2, 1.8, [(CHILD, "deleted")]),
        (1.8, 8.2, [(code(4), "deleted"), (CHILD, "kept")]),
        (8.0, 2.0, [(code(5), "added"), (CHILD, "deleted"), (code(4), "deleted")]),
    ],
    ids=["parent above the list", "child above the list", "none above the list"],
)
def test_below_the_lowest_the_reserve_list_decides(left, child, rows):
    found = spun(4, child=child, left=left)
    assert sorted(row[:2] for row in settled(found)) == sorted(rows)


@pytest.mark.rule("R26")
def test_a_child_that_is_not_eligible_does_not_stay_however_large():
    warned = status((CHILD, "risk_warning", FIRST_CLOSE))
    found = spun(1, child=9.0, status=warned)
    assert settled(found) == [(CHILD, "deleted", "spin_off", None)]


@pytest.mark.rule("R26", "R10")
def test_without_a_reserve_list_the_place_of_a_parent_that_is_too_small_is_open():
    rules = methodology(selection={"reserve_share": None})
    found = spun(4, child=1.0, left=2.0, rules=rules)
    assert settled(found) == [
        (code(4), "deleted", "spin_off", None),
        (CHILD, "deleted", "spin_off", None),
    ]
    assert flags(found, "R10") == [(FIRST_CLOSE, code(4))]


@pytest.mark.rule("R26")
def test_several_children_are_settled_after_the_last_of_them_has_closed():
    names = sized(8)
    names[code(1)] |= {"closes": {EX: 5.0}}
    later = session(FIRST_CLOSE, 3)
    for child, listed, close in ((CHILD, FIRST_CLOSE, 9.0), (code(98), later, 2.0)):
        names[child] = {"total": 8_000_000, "listed": listed, "close": close}
    gives = {"ratio": 1.0, "price": 2.5}
    found = history(
        names,
        corporate_actions=actions(
            (code(1), EX, "spin_off", {**gives, "related": CHILD, "id": "1"}),
            (code(1), EX, "spin_off", {**gives, "related": code(98), "id": "2"}),
        ),
    )
    assert changes(found, SETTLED) == []
    assert changes(found, session(later, 1), "security", "change") == [
        (code(1), "deleted"),
        (code(98), "deleted"),
        (CHILD, "kept"),
    ]


@pytest.mark.rule("R26", "R25")
def test_a_cancelled_spin_off_adds_no_child():
    called_off = {"announced": date(2026, 3, 2), "cancelled": EX}
    gives = {"ratio": 1.0, "related": CHILD, "price": 3.0}
    names = sized(8) | {CHILD: {"listed": FIRST_CLOSE}}
    found = history(names, corporate_actions=actions((code(1), EX, "spin_off", gives | called_off)))
    assert changes(found) == []
    assert flags(found, "R26") == [(EX, code(1))]
    assert found.flags.filter(pl.col("what").str.contains("announced on 2026-03-02")).height == 1
