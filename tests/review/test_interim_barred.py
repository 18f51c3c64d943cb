"""Whom the committee keeps out does not come in from a reserve list (R5, R9 to R11, R34)."""

from datetime import date

import pytest

from review.small_review_markets import (
    BASE,
    REVIEW,
    actions,
    changes,
    code,
    decisions,
    history,
    members,
    methodology,
    session,
    sized,
    status,
)

DAY = date(2026, 3, 10)
FIRST, SECOND, THIRD = (session(DAY, at) for at in (0, 3, 6))


def delisted(*rows):
    """Return the delistings of names, each with the day of its first session without it."""
    return actions(*((code(number), day, "delisting") for number, day in rows))


def entered(found, day):
    return [row[0] for row in changes(found, day) if row[1] == "added"]


@pytest.mark.rule("R11", "R5")
@pytest.mark.parametrize(
    ("decided", "anew"),
    [
        (None, [7, 8]),
        # Decided for the review that made the list, or since: either way it is not on the new one.
        (session(BASE, -1), [8, 9]),
        (session(FIRST, -1), [8, 9]),
    ],
)
def test_a_list_drawn_up_anew_leaves_out_whom_the_committee_excludes(decided, anew):
    said = () if decided is None else ((decided, code(7), "exclude"),)
    found = history(
        sized(10),
        corporate_actions=delisted((1, FIRST), (2, SECOND)),
        decisions=decisions(*said),
    )
    # Names 5 and 6 have entered; with half the list gone on the second day it is drawn up anew.
    assert entered(found, SECOND) == [code(6)]
    published = found.reserves.filter(announced=session(SECOND, -1))
    assert published["security"].to_list() == [code(at) for at in anew]


@pytest.mark.rule("R11", "R5")
def test_a_later_admission_lets_an_excluded_name_on_the_list_again():
    said = ((session(BASE, -1), code(7), "exclude"), (session(SECOND, -1), code(7), "admit"))
    found = history(
        sized(10),
        corporate_actions=delisted((1, FIRST), (2, SECOND)),
        decisions=decisions(*said),
    )
    published = found.reserves.filter(announced=session(SECOND, -1))
    assert published["security"].to_list() == [code(7), code(8)]


@pytest.mark.rule("R11", "R5")
def test_the_exclusion_of_a_constituent_shortens_no_list():
    # Name 3 is excluded from the next review; until then it is in, and two names wait.
    found = history(
        sized(10),
        corporate_actions=delisted((1, FIRST), (2, SECOND)),
        decisions=decisions((FIRST, code(3), "exclude")),
    )
    published = found.reserves.filter(announced=session(SECOND, -1))
    assert published["security"].to_list() == [code(7), code(8)]
    assert code(3) in members(found, session(REVIEW, -1))
    assert code(3) not in members(found, REVIEW)


@pytest.mark.rule("R10", "R5")
@pytest.mark.parametrize(
    ("decided", "enters"), [(session(FIRST, -1), 6), (FIRST, 5)], ids=["the eve", "the day"]
)
def test_a_name_excluded_by_the_eve_is_passed_over_on_the_list(decided, enters):
    found = history(
        sized(8),
        corporate_actions=delisted((1, FIRST)),
        decisions=decisions((decided, code(5), "exclude")),
    )
    assert entered(found, FIRST) == [code(enters)]


@pytest.mark.rule("R10", "R31", "R5")
@pytest.mark.parametrize(("decided", "enters"), [(12, 6), (13, 5)])
def test_an_exclusion_after_a_monthly_change_is_announced_does_not_undo_its_draw(decided, enters):
    # Announced on Thursday 12 March for Monday the 16th.
    found = history(
        sized(8),
        methodology(interim={"monthly_removals": ["risk_warning"]}),
        status=status((code(2), "risk_warning", date(2026, 3, 3))),
        decisions=decisions((date(2026, 3, decided), code(5), "exclude")),
    )
    assert entered(found, date(2026, 3, 16)) == [code(enters)]


def removed_then_vacant(*said, removed=FIRST):
    """Return a history of which a removed name would be the first on every list drawn up anew.

    Each vacancy uses up more than half of a list of one name.
    """
    rules = methodology(selection={"reserve_share": 0.25})
    return history(
        sized(10),
        rules,
        corporate_actions=delisted((1, FIRST), (3, SECOND), (4, THIRD)),
        decisions=decisions((session(removed, -1), code(2), "remove"), *said),
    )


@pytest.mark.rule("R34", "R10", "R11")
@pytest.mark.parametrize("removed", [FIRST, session(DAY, 1)], ids=["same opening", "earlier one"])
def test_a_removed_name_does_not_come_back_from_the_list_before_the_next_review(removed):
    found = removed_then_vacant(removed=removed)
    assert code(2) not in members(found, session(REVIEW, -1))
    back = [row for row in changes(found) if row[:2] == (code(2), "added")]
    assert [row[2] for row in back] == ["R8"]
    # The review judges it as any other.
    assert code(2) in members(found, REVIEW)
    assert len(entered(found, SECOND)) == len(entered(found, THIRD)) == 1


@pytest.mark.rule("R34", "R10", "R11")
def test_a_removed_name_comes_back_once_a_later_decision_admits_it():
    found = removed_then_vacant((session(SECOND, -1), code(2), "admit"))
    assert entered(found, THIRD) == [code(2)]


@pytest.mark.rule("R34")
def test_a_removed_name_comes_back_where_a_later_decision_adds_it():
    found = removed_then_vacant((session(SECOND, -1), code(2), "add"))
    assert (code(2), "added", "R34") in changes(found, SECOND)


@pytest.mark.rule("R17", "R10", "R11")
def test_an_addition_that_is_withdrawn_does_not_come_back_from_the_list():
    # Name 5 grows past name 4; withdrawn on 9 June, it is the best ranked of those not in.
    names = sized(10, n5={"closes": {date(2026, 1, 12): 20.0}})
    days = [session(REVIEW, at) for at in (2, 4)]
    found = history(
        names,
        methodology(selection={"reserve_share": 0.25}),
        corporate_actions=delisted((1, days[0]), (2, days[1])),
        decisions=decisions((date(2026, 6, 9), code(5), "withdraw")),
    )
    assert code(5) not in members(found, session(days[1], 1))
    assert len(entered(found, days[0])) == len(entered(found, days[1])) == 1


@pytest.mark.rule("R34", "R10")
def test_a_name_removed_while_a_review_is_on_its_way_stays_out_of_both_baskets():
    # The review drops name 4 for name 5; name 4, then first on its list, is removed meanwhile.
    names = sized(10, n5={"closes": {date(2026, 1, 12): 20.0}})
    vacancy = session(REVIEW, 2)
    found = history(
        names,
        corporate_actions=delisted((1, vacancy)),
        decisions=decisions((date(2026, 6, 9), code(4), "remove")),
    )
    assert code(4) not in members(found, date(2026, 6, 10))
    assert entered(found, vacancy) == [code(6)]


@pytest.mark.rule("R24", "R34")
def test_a_barred_name_on_the_list_does_not_stand_in_the_way_of_a_merged_company():
    # Name 6 with the shares of name 4 has 4 million, as many as name 5: below or level it waits.
    merger = actions((code(4), FIRST, "merger", {"ratio": 0.2, "related": code(6)}))
    for said, enters in (((), code(5)), (((FIRST_EVE, code(5), "exclude"),), code(6))):
        found = history(sized(8), corporate_actions=merger, decisions=decisions(*said))
        assert entered(found, FIRST) == [enters]


FIRST_EVE = session(FIRST, -1)
