"""Fast entry of merged companies before, on and after a review takes effect (R22, R25)."""

from datetime import date

import pytest

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

MERGED = code(11)
CUTOFF = date(2026, 4, 30)


def merged(day, after=10, *, rank=10, ratio=1.1, listed=None, universe=None, **others):
    """Return the history of twelve names, of which the smallest two merge: together the tenth.

    The shares that the merger issues are listed on its day, or on another.
    """
    grown = int(2_000_000 + 1_000_000 * ratio)
    return history(
        sized(12),
        methodology(
            interim={"fast_entry": {"rank": rank, "after_sessions": after}}, universe=universe or {}
        ),
        corporate_actions=actions((code(12), day, "merger", {"ratio": ratio, "related": MERGED})),
        issues=[(MERGED, listed or day, None, grown, grown)],
        **others,
    )


def entries(found):
    """Return when the merged company came and went."""
    rows = changes(found, None, "security", "effective", "change", "rule")
    return [row[1:] for row in rows if row[0] == MERGED]


@pytest.mark.rule("R22", "R25")
@pytest.mark.parametrize("after", [29, 30, 31])
def test_the_review_wins_where_a_merged_company_would_enter_on_its_session_or_later(after):
    found = merged(session(REVIEW, -30), after)
    entry = session(REVIEW, after - 30)
    if entry < REVIEW:
        assert entries(found) == [(entry, "added", "R22")]
        assert flags(found, "R22") == []
    else:
        assert entries(found) == []
        assert flags(found, "R22") == [(session(entry, -1), MERGED)]


@pytest.mark.rule("R22", "R25")
@pytest.mark.parametrize("after", [8, 10, 12, 19])
def test_a_merged_company_that_entered_before_the_review_stays_in_its_basket(after):
    # The review is announced ten sessions before: the entry is before it, on its day, or after it.
    day = session(REVIEW, -20)
    found = merged(day, after)
    assert session(REVIEW, -10) == found.proposals[-1].dates.announcement
    assert entries(found) == [(session(day, after), "added", "R22")]
    assert members(found, REVIEW) == [code(1), code(2), code(3), MERGED]


@pytest.mark.rule("R25", "R3")
@pytest.mark.parametrize(("day", "stays"), [(CUTOFF, False), (session(CUTOFF, 1), True)])
def test_a_company_merged_after_the_data_window_is_not_judged_by_what_its_acquirer_was(day, stays):
    # Merged on its last day, the company is measured by it, and is too small on average.
    found = merged(day)
    assert MERGED in members(found, session(REVIEW, -1))
    assert (MERGED in members(found, REVIEW)) is stays
    assert len(members(found, REVIEW)) == 4


@pytest.mark.rule("R25", "R3")
def test_a_size_that_the_review_asks_for_is_not_measured_on_what_the_acquirer_was():
    # The acquirer was worth 20 million in the data window, the merged company 31.
    least = {"screens": [{"measure": "average_market_value", "minimum": 25_000_000.0}]}
    found = merged(session(CUTOFF, 1), universe=least)
    assert MERGED in members(found, REVIEW)
    assert MERGED not in members(merged(CUTOFF, universe=least), REVIEW)


@pytest.mark.rule("R25", "R31")
def test_a_company_merged_after_the_data_window_must_be_eligible_at_the_review():
    # The warning comes by the cut-off; the merged company was let in before that was known.
    found = merged(session(CUTOFF, 1), 5)
    assert MERGED in members(found, REVIEW)
    warned = status((MERGED, "risk_warning", session(REVIEW, -11)))
    out = merged(session(CUTOFF, 1), 5, status=warned)
    assert MERGED not in members(out, REVIEW)


@pytest.mark.rule("R25")
def test_a_merger_on_the_session_of_a_review_counts_to_the_review_after_it():
    # 19 sessions before it is too near, the session itself is half a year before the next.
    found = merged(REVIEW)
    assert entries(found) == [(session(REVIEW, 10), "added", "R22")]
    assert entries(merged(session(REVIEW, -1))) == []


@pytest.mark.rule("R25")
def test_a_merged_company_enters_by_the_rank_of_the_merger_whatever_a_newcomer_needs():
    # The rule of mergers asks for the tenth place; newcomers of this index for the fifth.
    day = date(2026, 3, 10)
    assert entries(merged(day, rank=5))[0] == (session(day, 10), "added", "R22")
    assert entries(merged(day, rank=5, ratio=0.9)) == []


@pytest.mark.rule("R25")
def test_the_shares_of_a_merger_count_before_they_are_listed():
    day = date(2026, 3, 10)
    late = merged(day, listed=session(day, 20))
    assert entries(late)[0] == (session(day, 10), "added", "R22")


@pytest.mark.rule("R23", "R2")
def test_a_constituent_absorbed_on_the_day_a_review_leaves_it_out_leaves_for_that_reason():
    # Name 5 has grown past name 4, which an outsider absorbs on the session of the review.
    names = sized(12, n5={"closes": {date(2026, 1, 12): 20.0}})
    gone = actions((code(4), REVIEW, "merger", {"ratio": 0.1, "related": MERGED}))
    found = history(names, corporate_actions=gone)
    left = found.changes.filter(security=code(4), change="deleted")
    assert left.select("effective", "cause", "reason").rows() == [
        (REVIEW, "merger", f"absorbed by {MERGED}")
    ]
    assert members(found, REVIEW) == [code(1), code(2), code(3), code(5)]
