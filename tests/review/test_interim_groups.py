"""Mergers and spin-offs within the groups of an index: a place stays in its group (R23 to R26)."""

from collections import Counter
from datetime import date

import pytest

from review.small_review_markets import (
    REVIEW,
    actions,
    calculated,
    changes,
    code,
    history,
    level,
    members,
    methodology,
    session,
    sized,
)

EX = date(2026, 3, 10)
SETTLED = session(EX, 3)
RULES = methodology(
    selection={
        "count": None,
        "reserve_share": None,
        "groups": [
            {"name": "Shanghai", "exchanges": ["XSHG"], "count": 3, "reserve": 2},
            {"name": "Shenzhen", "exchanges": ["XSHE"], "count": 2, "reserve": 2},
        ],
    }
)


def other(number):
    return f"{number:06}.SZ"


def names(**others):
    """Six names in Shanghai of 6 to 1 million shares, five in Shenzhen of 10 to 6 million."""
    found = sized(6, **others)
    return found | {other(at): {"total": (11 - at) * 1_000_000} for at in range(1, 6)}


def merger(target, acquirer, ratio=0.5):
    return actions((target, EX, "merger", {"ratio": ratio, "related": acquirer}))


def per_group(found, day):
    return Counter(name[-2:] for name in members(found, day))


@pytest.mark.rule("R23", "R10")
def test_of_constituents_of_two_groups_that_merge_the_place_is_filled_in_the_group_of_the_target():
    found = history(names(), RULES, corporate_actions=merger(other(2), code(1)))
    assert changes(found, EX, "security", "change", "rule", "replaces") == [
        (other(3), "added", "R10", other(2)),
        (other(2), "deleted", "R23", None),
    ]
    assert per_group(found, EX) == {"SH": 3, "SZ": 2}


@pytest.mark.rule("R24", "R10")
@pytest.mark.parametrize(
    ("target", "acquirer", "entering"),
    [
        # Name 4 of Shanghai, first on its list, with the shares of name 3.
        (code(3), code(4), code(4)),
        # Larger than any in Shanghai, and yet of another group: the list of Shanghai fills it.
        (code(3), other(3), code(4)),
        (other(2), code(4), other(3)),
    ],
)
def test_an_outsider_takes_a_place_of_its_own_group_only(target, acquirer, entering):
    found = history(names(), RULES, corporate_actions=merger(target, acquirer))
    assert [row[0] for row in changes(found, EX)] == [entering, target]
    assert changes(found, EX, "replaces")[0] == (target,)
    assert per_group(found, EX) == {"SH": 3, "SZ": 2}


def spun(child, close, left=7.0, **others):
    """Return names and tables: the largest of Shanghai spins off a child, here or there."""
    found = names(n1={"closes": {EX: left}})
    found[child] = {"total": 6_000_000, "listed": session(EX, 2), "close": close}
    gives = {"ratio": 1.0, "related": child, "price": 10.0 - left}
    return found, {"corporate_actions": actions((code(1), EX, "spin_off", gives))} | others


@pytest.mark.rule("R26")
@pytest.mark.parametrize(("close", "stays"), [(7.0, True), (6.0, False)])
def test_a_child_is_compared_with_the_lowest_of_the_group_of_its_parent(close, stays):
    # Name 3 of Shanghai has 40 million, the lowest of Shenzhen 90: the child 42 or 36 million.
    child = code(99)
    own, tables = spun(child, close)
    found = history(own, RULES, **tables)
    assert (child in members(found, SETTLED)) is stays
    assert per_group(found, SETTLED) == {"SH": 3 + stays, "SZ": 2}
    assert per_group(found, REVIEW) == {"SH": 3, "SZ": 2}


@pytest.mark.rule("R26", "R10")
def test_where_nobody_qualifies_the_list_of_the_group_takes_the_place_of_the_parent():
    # 12 million for the parent, 18 for the child: below name 4 of Shanghai with 30.
    own, tables = spun(code(99), 3.0, left=2.0)
    found = history(own, RULES, **tables)
    assert sorted(changes(found, SETTLED, "security", "change", "rule")) == [
        (code(1), "deleted", "R26"),
        (code(4), "added", "R10"),
        (code(99), "deleted", "R26"),
    ]
    assert per_group(found, SETTLED) == {"SH": 3, "SZ": 2}


@pytest.mark.rule("R26")
def test_a_child_of_another_group_waits_for_the_review_however_large():
    # 120 million, more than anyone: it is listed in Shenzhen, its parent in Shanghai.
    child = other(99)
    own, tables = spun(child, 20.0)
    found = history(own, RULES, **tables)
    assert changes(found, SETTLED) == [(child, "deleted", "R26")]
    assert per_group(found, SETTLED) == {"SH": 3, "SZ": 2}
    assert child in members(found, REVIEW)
    assert per_group(found, REVIEW) == {"SH": 3, "SZ": 2}


@pytest.mark.rule("R23", "R26", "R50")
def test_changes_within_groups_keep_the_level():
    result = calculated(names(), RULES, corporate_actions=merger(other(2), code(1)))
    assert level(result, EX) == pytest.approx(1000.0, rel=1e-12)
    own, tables = spun(other(99), 3.0)
    result = calculated(own, RULES, **tables)
    assert level(result, REVIEW) == pytest.approx(1000.0, rel=1e-12)
