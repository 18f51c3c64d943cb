"""Spin-offs that meet a review on its way: before, on and after its effective session (R26)."""

from datetime import date

import polars as pl
import pytest

from review.small_review_markets import (
    LAST,
    REVIEW,
    actions,
    calculated,
    changes,
    code,
    decisions,
    history,
    level,
    members,
    methodology,
    session,
    sized,
)

PARENT, CHILD = code(1), code(99)
KEPT = [code(at) for at in (1, 2, 3, 4)]
WITHOUT_PARENT = [code(at) for at in (2, 3, 4, 5)]
LARGE, SMALL = 9.0, 3.0
"""Closes of the child: 72 million, above name 4 with 50, and 24 million, below name 5 with 40."""

CAPPED = methodology(weighting={"single_cap": 0.25, "lag": 1})
SETTLES = {"before": session(REVIEW, -3), "on": REVIEW, "after": session(REVIEW, 1)}
"""Settlement, three sessions after the ex-date: the review was announced on 1 June."""


def spun(settled, child, *, stays):
    """Return the names and tables of eight, of which the largest spins off a child.

    The review keeps the parent, or leaves it out by a decision taken before its announcement.
    """
    ex = session(settled, -3)
    names = sized(8, n1={"closes": {ex: 7.0}, "ex": ex})
    names[CHILD] = {"total": 8_000_000, "listed": session(ex, 2), "close": child}
    gives = {"ratio": 1.0, "related": CHILD, "price": 3.0}
    tables = {"corporate_actions": actions((PARENT, ex, "spin_off", gives))}
    if not stays:
        tables["decisions"] = decisions((date(2026, 5, 20), PARENT, "exclude"))
    return names, tables


def weights(result, names, day):
    """Return the weights at the close of a day: held units at raw closes, over the index value."""
    held = (
        result.constituents.filter(pl.col("session") <= day)
        .sort("session")
        .unique("security", keep="last")
        .filter(pl.col("weight") > 0)
    )
    value = result.levels.filter(variant="price", currency="CNY", date=day)["value"].item()
    units = held["adjusted_shares"] * held["weight_factor"]
    return dict(
        zip(
            held["security"],
            [
                unit * close_on(names[one], day) / value
                for one, unit in zip(held["security"], units, strict=True)
            ],
            strict=True,
        )
    )


def close_on(name, day):
    """Return the close of a name; the child has the price of its row before it trades."""
    if day < name.get("listed", day):
        return SMALL
    later = [close for since, close in name.get("closes", {}).items() if since <= day]
    return later[-1] if later else name.get("close", 10.0)


def assert_held_together(names, tables, rules, inside):
    """Weights sum to one, and the level moves with the child's first close alone."""
    result = calculated(names, rules, **tables)
    for day in (names[PARENT]["ex"], *SETTLES.values(), session(REVIEW, -1), LAST):
        assert sum(weights(result, names, day).values()) == pytest.approx(1.0, rel=1e-12)
    assert sorted(weights(result, names, LAST)) == inside
    if rules is CAPPED:
        assert max(weights(result, names, REVIEW).values()) <= 0.25 + 1e-12
    listed = names[CHILD]["listed"]
    assert level(result, session(listed, -1)) == pytest.approx(1000.0, rel=1e-12)
    first = level(result, listed)
    assert (first == pytest.approx(1000.0, rel=1e-12)) is (names[CHILD]["close"] == SMALL)
    assert level(result, LAST) == pytest.approx(first, rel=1e-12)
    told = result.events.filter(pl.col("event").is_in(["joined", "left"]))["reason"]
    assert all(told)


# By settlement, the review's view of the parent, and the child's close: what becomes of the child,
# and who is in after both the review and the settlement.
CASES = {
    ("before", True, LARGE): ([(SETTLES["before"], "kept")], [*KEPT, CHILD]),
    ("before", True, SMALL): ([(SETTLES["before"], "deleted")], KEPT),
    ("before", False, LARGE): (
        [(SETTLES["before"], "kept"), (REVIEW, "deleted")],
        WITHOUT_PARENT,
    ),
    ("before", False, SMALL): ([(SETTLES["before"], "deleted")], WITHOUT_PARENT),
    ("on", True, LARGE): ([(REVIEW, "kept")], [*KEPT, CHILD]),
    ("on", True, SMALL): ([(REVIEW, "deleted")], KEPT),
    ("on", False, LARGE): ([(REVIEW, "deleted")], WITHOUT_PARENT),
    ("on", False, SMALL): ([(REVIEW, "deleted")], WITHOUT_PARENT),
    ("after", True, LARGE): ([(SETTLES["after"], "kept")], [*KEPT, CHILD]),
    ("after", True, SMALL): ([(SETTLES["after"], "deleted")], KEPT),
    ("after", False, LARGE): ([(SETTLES["after"], "deleted")], WITHOUT_PARENT),
    ("after", False, SMALL): ([(SETTLES["after"], "deleted")], WITHOUT_PARENT),
}


@pytest.mark.rule("R26", "R32", "R50")
@pytest.mark.parametrize("rules", [methodology(), CAPPED], ids=["uncapped", "capped"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_spin_off_that_settles_beside_a_review(case, rules):
    when, stays, child = case
    of_child, after = CASES[case]
    names, tables = spun(SETTLES[when], child, stays=stays)
    found = history(names, rules, **tables)
    rows = changes(found, None, "security", "effective", "change")
    ex = session(SETTLES[when], -3)
    assert [row[1:] for row in rows if row[0] == CHILD] == [(ex, "added"), *of_child]
    assert members(found, session(REVIEW, 2)) == after
    left = [row[1:] for row in rows if row[0] == PARENT]
    assert left == ([] if stays else [(REVIEW, "deleted")])
    assert_held_together(names, tables, rules, after)


@pytest.mark.rule("R26")
def test_a_parent_that_leaves_with_the_review_of_its_ex_date_takes_no_child_along():
    names, tables = spun(session(REVIEW, 3), LARGE, stays=False)
    found = history(names, **tables)
    assert CHILD not in {row[0] for row in changes(found)}
    assert members(found, session(REVIEW, 4)) == WITHOUT_PARENT


@pytest.mark.rule("R26")
@pytest.mark.parametrize("when", SETTLES)
def test_a_child_leaves_for_the_reason_that_its_parent_is_out(when):
    names, tables = spun(SETTLES[when], LARGE, stays=False)
    left = history(names, **tables).changes.filter(security=CHILD, change="deleted")
    assert left.select("rule", "reason").rows() == [
        ("R26", f"spun off {PARENT}, which is no constituent any more")
    ]


@pytest.mark.rule("R26", "R8")
@pytest.mark.parametrize("stays", [True, False], ids=["with its parent", "without it"])
@pytest.mark.parametrize("when", SETTLES)
def test_a_child_that_the_review_chooses_itself_is_in_by_that(when, stays):
    # The first of two children trades from February on, and waits for the second.
    ex, other = date(2026, 2, 3), code(98)
    names = sized(8, n1={"closes": {ex: 5.0}, "ex": ex})
    last = session(SETTLES[when], -1)
    for child, listed, close in ((CHILD, session(ex, 2), 9.0), (other, last, 0.5)):
        names[child] = {"total": 8_000_000, "listed": listed, "close": close}
    gives = {"ratio": 1.0, "price": 2.5}
    tables = {
        "corporate_actions": actions(
            (PARENT, ex, "spin_off", {**gives, "related": CHILD, "id": "1"}),
            (PARENT, ex, "spin_off", {**gives, "related": other, "id": "2"}),
        ),
        "decisions": decisions(*(() if stays else ((date(2026, 5, 20), PARENT, "exclude"),))),
    }
    found = history(names, **tables)
    assert CHILD in found.proposals[-1].constituents
    assert CHILD in members(found, session(REVIEW, 2))
    assert other not in members(found, session(REVIEW, 2))
    result = calculated(names, **tables)
    assert sorted(weights(result, names, LAST)) == members(found, LAST)
    assert sum(weights(result, names, LAST).values()) == pytest.approx(1.0, rel=1e-12)
    left = found.changes.filter(security=CHILD, change="deleted")
    assert left.filter(pl.col("effective") >= REVIEW).is_empty()
