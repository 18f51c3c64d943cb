"""Events that become known after their session act on the first opening after it (R23 to R34)."""

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
    flags,
    frames,
    history,
    level,
    market,
    members,
    methodology,
    recorded,
    session,
    sized,
    status,
)

EX = date(2026, 3, 10)
SAID = session(EX, 3)
NEXT = session(SAID, 1)
CAPPED = methodology(weighting={"single_cap": 0.5, "lag": 1})


def ended(kind="delisting", number=2, announced=None, known=None, **fields):
    """Return how a name ends on the ex-date, announced or recorded on other days."""
    fields = {"announced": announced} | fields
    return recorded(actions((code(number), EX, kind, fields)), known)


# When the row is announced and recorded, and the session on which it acts.
KNOWN = {
    "announced before": ({"announced": session(EX, -4)}, EX),
    "announced on its session": ({"announced": EX}, EX),
    "announced the day after": ({"announced": session(EX, 1)}, session(EX, 2)),
    "announced later": ({"announced": SAID}, NEXT),
    "recorded on the eve": ({"known": session(EX, -1)}, EX),
    "recorded in the evening of its session": ({"known": EX}, session(EX, 1)),
    "recorded later": ({"known": SAID}, NEXT),
    "announced in time and recorded later": ({"announced": EX, "known": SAID}, NEXT),
    "announced later and recorded before": ({"announced": SAID, "known": EX}, NEXT),
    "announced on a Saturday": ({"announced": date(2026, 3, 14)}, date(2026, 3, 16)),
}


@pytest.mark.rule("R28", "R29", "R23")
@pytest.mark.parametrize("kind", ["delisting", "bankruptcy", "merger"])
@pytest.mark.parametrize("case", KNOWN)
def test_a_departure_acts_on_the_first_opening_after_it_is_known(case, kind):
    said, acts = KNOWN[case]
    paid = {"cash": 12.0} if kind == "merger" else {}
    found = history(sized(8), corporate_actions=ended(kind, **said, **paid))
    rows = [row[:2] for row in changes(found, None, "security", "effective", "change")]
    assert rows == [(code(5), acts), (code(2), acts)]


@pytest.mark.rule("R28", "R10")
def test_a_late_departure_changes_nothing_before_it_is_known():
    names = sized(8, n2={"until": session(EX, -1)})
    late = frames(names, corporate_actions=ended(announced=SAID))
    never = frames(names)
    rules = methodology()
    for day in (session(EX, -1), EX, SAID):
        seen, plain = (
            review_history(px.Market.from_frames(tables), rules, day) for tables in (late, never)
        )
        assert seen.constituents.equals(plain.constituents)
        assert seen.changes.equals(plain.changes)
    levels = [
        px.calculate(rules, px.Market.from_frames(tables)).levels.filter(pl.col("date") <= SAID)
        for tables in (late, never)
    ]
    assert levels[0].equals(levels[1])


@pytest.mark.rule("R28", "R32", "R50")
@pytest.mark.parametrize("rules", [methodology(), CAPPED], ids=["uncapped", "capped"])
def test_a_late_departure_leaves_at_its_last_close_and_the_level_is_kept(rules):
    found = px.calculate(
        rules,
        market(sized(8, n2={"until": session(EX, -1)}), corporate_actions=ended(announced=SAID)),
    )
    left = found.events.filter(event="left").select("session", "security", "rule").rows()
    assert left[0] == (NEXT, code(2), "R28")
    assert level(found, session(EX, -1)) == pytest.approx(1000.0, rel=1e-12)
    assert level(found, NEXT) == pytest.approx(1000.0, rel=1e-12)


@pytest.mark.rule("R28", "R42")
def test_no_price_is_missed_of_a_name_that_has_ended_and_is_held_until_that_is_known():
    # With a table of statuses every session without a price is a defect, up to the exit.
    other = status((code(7), "suspended", EX, EX, "ordinary"))
    names = sized(8, n2={"until": session(EX, -1)})
    gone = ended(announced=SAID)
    found = px.calculate(methodology(), market(names, corporate_actions=gone, status=other))
    assert level(found, NEXT) == pytest.approx(1000.0, rel=1e-12)
    too_early = sized(8, n2={"until": session(EX, -2)})
    with pytest.raises(px.InputError, match=r"prices date = 2026-03-09 of 600002\.SH"):
        px.calculate(methodology(), market(too_early, corporate_actions=gone, status=other))


@pytest.mark.rule("R28")
def test_a_departure_known_after_a_review_does_not_take_a_name_out_of_its_basket():
    ex = session(REVIEW, -2)
    gone = actions((code(2), ex, "delisting", {"announced": session(REVIEW, 1)}))
    names = sized(8, n2={"until": session(ex, -1)})
    found = history(names, corporate_actions=gone)
    assert code(2) in members(found, REVIEW)
    assert changes(found, session(REVIEW, 2)) == [
        (code(5), "added", "R10"),
        (code(2), "deleted", "R28"),
    ]
    assert level(px.calculate(methodology(), market(names, corporate_actions=gone)), LAST) == (
        pytest.approx(1000.0, rel=1e-12)
    )


@pytest.mark.rule("R28")
def test_a_table_of_constituents_says_itself_when_a_name_is_out():
    # The table holds names whatever was known: a delisting cuts the basket on its ex-date.
    baskets = pl.DataFrame({"effective": [date(2026, 1, 5)] * 2, "security": [code(1), code(2)]})
    rules = methodology(universe={"exchanges": None, "constituents": "table"}, selection=None)
    found = px.calculate(
        rules,
        market(sized(4), constituents=baskets, corporate_actions=ended(announced=SAID)),
    )
    assert found.events.filter(event="left").select("session", "security").rows() == [(EX, code(2))]


@pytest.mark.rule("R28")
def test_a_corrected_row_acts_since_its_first_version_was_known():
    first = ended(known=session(EX, -2))
    second = ended(known=SAID, price=0.01)
    found = history(sized(8), corporate_actions=pl.concat([first, second]))
    assert changes(found, EX)[-1] == (code(2), "deleted", "R28")
    assert changes(found, NEXT) == []


@pytest.mark.rule("R25", "R57")
@pytest.mark.parametrize(
    ("announced", "leaves"),
    [(session(EX, -1), session(EX, 4)), (EX, session(EX, 4)), (session(EX, 1), EX)],
    ids=["before", "on the session", "after"],
)
def test_new_shares_keep_an_absorbed_name_in_where_they_are_announced_by_its_session(
    announced, leaves
):
    # Listed two sessions after the exit, they count two sessions later.
    listed = session(EX, 2)
    merger = actions((code(2), EX, "merger", {"ratio": 1.0, "related": code(1)}))
    found = history(
        sized(8),
        corporate_actions=merger,
        issues=[(code(1), listed, announced, 15_000_000, 15_000_000)],
    )
    assert [row[0] for row in changes(found, leaves)] == [code(5), code(2)]


@pytest.mark.rule("R46")
def test_a_tender_offer_is_flagged_once_it_is_known():
    for said, day in (({}, EX), ({"announced": SAID}, NEXT)):
        offer = actions((code(2), EX, "tender", {"ratio": 0.9, "cash": 11.0} | said))
        found = history(sized(8), corporate_actions=offer)
        assert flags(found, "R46") == [(day, code(2))]
