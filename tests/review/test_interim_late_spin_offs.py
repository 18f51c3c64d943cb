"""Spin-offs that become known after their ex-date are settled once they are known (R26)."""

from datetime import date

import polars as pl
import pytest

import paasche as px
from paasche.review.history import review_history
from review.small_review_markets import (
    LAST,
    REVIEW,
    actions,
    changes,
    code,
    decisions,
    history,
    level,
    market,
    members,
    methodology,
    recorded,
    session,
    sized,
    weekdays,
)

EX = date(2026, 3, 10)
SAID = session(EX, 3)
NEXT = session(SAID, 1)
CHILD = code(99)
CAPPED = methodology(weighting={"single_cap": 0.5, "lag": 1})


def spun(announced=None, known=None, *, rules=None, child=9.0, parent=1, left=7.0, **others):
    """Return names, tables and rules of a spin-off: the child closes on the second session."""
    names = sized(8)
    names[code(parent)] |= {"closes": {EX: left}}
    names[CHILD] = {
        "total": names[code(parent)]["total"],
        "listed": session(EX, 2),
        "close": child,
    }
    gives = {"ratio": 1.0, "related": CHILD, "price": 3.0, "announced": announced}
    acts = recorded(actions((code(parent), EX, "spin_off", gives)), known)
    return names, rules or methodology(), {"corporate_actions": acts} | others


def of_child(found):
    rows = changes(found, None, "security", "effective", "change")
    return [row[1:] for row in rows if row[0] == CHILD]


@pytest.mark.rule("R26")
@pytest.mark.parametrize(
    ("said", "rows"),
    [
        ({"announced": EX}, [(EX, "added"), (session(EX, 3), "kept")]),
        ({"known": session(EX, -1)}, [(EX, "added"), (session(EX, 3), "kept")]),
        # Known before the first close: it joins on the session after that.
        ({"announced": session(EX, 1)}, [(session(EX, 3), "added")]),
        ({"known": EX}, [(session(EX, 3), "added")]),
        # Known later than that: on the first opening.
        ({"announced": SAID}, [(NEXT, "added")]),
        ({"known": SAID}, [(NEXT, "added")]),
    ],
)
def test_a_spin_off_known_after_its_ex_date_is_settled_once_it_is_known(said, rows):
    names, rules, tables = spun(**said)
    found = history(names, rules, **tables)
    assert of_child(found) == rows
    assert CHILD in members(found, NEXT)


@pytest.mark.rule("R26", "R50")
def test_a_late_spin_off_is_a_move_of_the_price_until_it_is_known():
    names, rules, tables = spun(announced=SAID)
    result = px.calculate(rules, market(names, **tables))
    never = px.calculate(rules, market(names))
    upto = pl.col("date") <= SAID
    assert result.levels.filter(upto).equals(never.levels.filter(upto))
    # 8 million at 7 instead of 10: 236 of 260 million; the child joins with a correction.
    for day in (EX, SAID, NEXT, LAST):
        assert level(result, day) == pytest.approx(1000 * 236 / 260, rel=1e-12)


@pytest.mark.rule("R26")
def test_a_late_child_that_does_not_qualify_never_joins():
    names, rules, tables = spun(announced=SAID, child=3.0)
    assert of_child(history(names, rules, **tables)) == []


@pytest.mark.rule("R26", "R32")
def test_a_late_child_enters_a_capped_index_only_in_the_place_of_its_parent():
    # The parent stays at 56 million: nobody leaves whose weight the child could take over.
    # The review lets it in.
    names, rules, tables = spun(announced=SAID, rules=CAPPED)
    assert of_child(history(names, rules, **tables)) == [(REVIEW, "added")]
    # At 40 million it is below the lowest, name 4 with 50.
    names, rules, tables = spun(announced=SAID, rules=CAPPED, left=5.0)
    found = history(names, rules, **tables)
    assert changes(found, NEXT, "security", "change", "replaces") == [
        (CHILD, "added", code(1)),
        (code(1), "deleted", None),
    ]
    result = px.calculate(rules, market(names, **tables))
    assert level(result, NEXT) == pytest.approx(level(result, SAID), rel=1e-12)


@pytest.mark.rule("R28", "R26", "R34")
def test_late_rows_change_no_decision_before_they_are_known():
    # Every session's history is that of a market in which the rows are not written yet.
    names, rules, tables = spun(announced=SAID)
    tables["corporate_actions"] = pl.concat(
        [tables["corporate_actions"], actions((code(3), EX, "delisting", {"announced": SAID}))],
        how="diagonal",
    )
    tables["decisions"] = recorded(decisions((EX, code(4), "remove")), SAID)
    late, plain = market(names, **tables), market(names)
    for day in weekdays(session(EX, -1), SAID):
        seen, without = review_history(late, rules, day), review_history(plain, rules, day)
        for name in ("constituents", "changes", "reserves", "flags", "priced"):
            assert getattr(seen, name).equals(getattr(without, name)), (day, name)
    assert len(changes(review_history(late, rules, NEXT), NEXT)) == 5
