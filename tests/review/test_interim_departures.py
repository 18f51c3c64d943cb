"""Delistings, bankruptcies and suspensions, and who fills the places (R10, R11, R27 to R29)."""

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

DAY = date(2026, 3, 10)
LEFT_OPEN = methodology(selection={"reserve_share": None}, interim={"fill": "leave"})


def without(*rows, count=8, rules=None, **others):
    """Return a history with rows (number, day, kind): names that end."""
    ended = actions(*((code(number), day, kind) for number, day, kind in rows))
    return history(sized(count), rules, corporate_actions=ended, **others)


@pytest.mark.rule("R28", "R10")
def test_a_delisted_name_leaves_and_the_top_of_the_reserve_list_takes_its_place():
    found = without((2, DAY, "delisting"))
    assert changes(found, DAY, "security", "change", "cause", "rule", "replaces") == [
        (code(5), "added", "delisting", "R10", code(2)),
        (code(2), "deleted", "delisting", "R28", None),
    ]


@pytest.mark.rule("R28")
def test_a_delisted_name_leaves_a_place_open_where_the_methodology_says_so():
    found = without((2, DAY, "delisting"), rules=LEFT_OPEN)
    assert changes(found, DAY) == [(code(2), "deleted", "R28")]
    assert members(found, session(REVIEW, -1)) == [code(1), code(3), code(4)]
    # The review fills it.
    assert len(members(found, REVIEW)) == 4


@pytest.mark.rule("R28")
def test_the_delisting_of_a_name_that_is_not_in_changes_nothing_until_it_is_drawn():
    found = without((5, DAY, "delisting"), (1, session(DAY, 1), "delisting"))
    assert changes(found, DAY) == []
    assert changes(found, session(DAY, 1)) == [
        (code(6), "added", "R10"),
        (code(1), "deleted", "R28"),
    ]


@pytest.mark.rule("R29")
def test_a_bankrupt_name_leaves_and_is_replaced_from_the_reserve_list():
    found = without((2, DAY, "bankruptcy"))
    assert changes(found, DAY, "security", "change", "cause", "rule") == [
        (code(5), "added", "bankruptcy", "R10"),
        (code(2), "deleted", "bankruptcy", "R29"),
    ]


@pytest.mark.rule("R29")
def test_a_bankruptcy_asks_for_a_replacement_even_where_vacancies_are_left_open():
    # Without a list nobody can take the place: the committee is told, unlike at a delisting.
    assert flags(without((2, DAY, "delisting"), rules=LEFT_OPEN), "R10") == []
    assert flags(without((2, DAY, "bankruptcy"), rules=LEFT_OPEN), "R10") == [
        (session(DAY, -1), code(2))
    ]


@pytest.mark.rule("R10")
def test_a_reserve_name_with_a_risk_warning_is_passed_over_and_leaves_the_list():
    days = (DAY, session(DAY, 5))
    # The warning of name 5 is lifted before the second vacancy: it is off the list all the same.
    warned = status((code(5), "risk_warning", date(2026, 3, 2), session(DAY, 2)))
    found = without(
        (1, days[0], "delisting"),
        (2, days[1], "delisting"),
        count=10,
        status=warned,
        rules=methodology(selection={"reserve_share": 1.0}),
    )
    assert changes(found, days[0])[0] == (code(6), "added", "R10")
    assert changes(found, days[1])[0] == (code(7), "added", "R10")


@pytest.mark.rule("R10", "R15")
def test_a_reserve_name_that_is_suspended_is_passed_over():
    eve = session(DAY, -1)
    names = sized(8, n5={"gaps": [eve]})
    suspended = status((code(5), "suspended", eve, eve, "ordinary"))
    ended = actions((code(2), DAY, "delisting"))
    found = history(names, corporate_actions=ended, status=suspended)
    assert changes(found, DAY)[0] == (code(6), "added", "R10")
    resumed = history(names | sized(8), corporate_actions=ended)
    assert changes(resumed, DAY)[0] == (code(5), "added", "R10")


@pytest.mark.rule("R10")
def test_a_vacancy_stays_open_and_is_flagged_where_nobody_on_the_list_may_enter():
    warned = status(*((code(at), "risk_warning", date(2026, 3, 2)) for at in (5, 6)))
    found = without((2, DAY, "delisting"), status=warned)
    assert changes(found, DAY) == [(code(2), "deleted", "R28")]
    assert flags(found, "R10") == [(session(DAY, -1), code(2))]


def drawn(vacancies, count, share, **selection):
    """Return the published lists, day and size, and the days of vacancies, one a session."""
    days = [session(DAY, at) for at in range(vacancies)]
    ended = [(at + 1, day, "delisting") for at, day in enumerate(days)]
    rules = methodology(selection={"count": count, "reserve_share": share} | selection)
    found = without(*ended, count=count * 3, rules=rules, last=session(DAY, 20))
    lists = found.reserves.group_by("announced", maintain_order=True).len()
    return lists.rows(), days


@pytest.mark.rule("R11")
def test_a_list_of_15_is_drawn_up_anew_with_7_names_left_and_not_with_8():
    base = date(2026, 1, 2)
    assert drawn(7, 15, 1.0)[0] == [(base, 15)]
    lists, days = drawn(8, 15, 1.0)
    assert lists == [(base, 15), (session(days[-1], -1), 15)]


@pytest.mark.rule("R11")
def test_a_list_of_10_is_drawn_up_anew_with_4_names_left_and_with_5_if_half_counts():
    assert len(drawn(5, 20, 0.5)[0]) == 1
    assert len(drawn(6, 20, 0.5)[0]) == 2
    assert len(drawn(4, 20, 0.5, refill="inclusive")[0]) == 1
    assert len(drawn(5, 20, 0.5, refill="inclusive")[0]) == 2


@pytest.mark.rule("R11", "R9")
def test_a_new_list_has_the_best_ranked_names_that_are_not_in():
    days = [session(DAY, at) for at in range(2)]
    found = without(*((at + 1, day, "delisting") for at, day in enumerate(days)), count=9)
    anew = found.reserves.filter(announced=session(days[1], -1))
    # 5 and 6 have entered: 7 and 8 wait, 9 does not.
    assert anew["security"].to_list() == [code(7), code(8)]
    assert anew["place"].to_list() == [1, 2]


@pytest.mark.rule("R27", "R42")
def test_a_suspended_constituent_is_kept_and_flagged_only_for_a_materially_negative_event():
    for reason, flagged in (("material_negative_event", [(DAY, code(2))]), ("ordinary", [])):
        suspended = status((code(2), "suspended", DAY, session(DAY, 5), reason))
        gaps = [session(DAY, at) for at in range(6)]
        found = history(sized(8, n2={"gaps": gaps}), status=suspended)
        assert changes(found) == []
        assert flags(found, "R27") == flagged


@pytest.mark.rule("R28", "R2")
def test_a_name_that_is_delisted_on_the_day_of_a_review_leaves_for_that_reason():
    found = without((2, REVIEW, "delisting"))
    assert changes(found, REVIEW) == [(code(5), "added", "R10"), (code(2), "deleted", "R28")]


@pytest.mark.rule("R28", "R10")
def test_a_newcomer_of_a_review_that_is_delisted_before_it_never_enters():
    # Announced on 1 June for 15 June: name 5 has grown above name 4, and is delisted in between.
    grows = {"closes": {date(2026, 1, 12): 20.0}}
    ended = actions((code(5), date(2026, 6, 9), "delisting"))
    rules = methodology(selection={"reserve_share": 0.5})
    with_it = history(sized(8, n5=grows), rules)
    assert (code(5), "added", "R8") in changes(with_it, REVIEW)
    found = history(sized(8, n5=grows), rules, corporate_actions=ended)
    assert code(5) not in members(found, REVIEW)
    assert len(members(found, REVIEW)) == 4


@pytest.mark.rule("R28", "R25")
def test_a_cancelled_delisting_is_flagged_and_changes_nothing():
    called_off = {"announced": date(2026, 3, 2), "cancelled": date(2026, 3, 9)}
    found = history(sized(8), corporate_actions=actions((code(2), DAY, "delisting", called_off)))
    assert changes(found) == []
    assert flags(found, "R28") == [(date(2026, 3, 9), code(2))]


@pytest.mark.rule("R10", "R28", "R32")
def test_a_reserve_name_that_ends_on_the_same_day_is_passed_over():
    rules = methodology(weighting={"single_cap": 0.5, "lag": 1})
    found = without((2, DAY, "delisting"), (5, DAY, "delisting"), rules=rules)
    assert changes(found, DAY, "security", "change", "replaces") == [
        (code(6), "added", code(2)),
        (code(2), "deleted", None),
    ]
