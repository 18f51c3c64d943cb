"""Changes that meet: on one session, with a review on its way, on a list that runs out."""

from datetime import date

import pytest

from review.small_review_markets import (
    LAST,
    REVIEW,
    actions,
    calculated,
    changes,
    code,
    decisions,
    flags,
    history,
    members,
    methodology,
    session,
    sized,
    status,
    weekdays,
)

DAY = date(2026, 3, 10)
CAPPED = methodology(weighting={"single_cap": 0.5, "lag": 1})


@pytest.mark.rule("R32", "R34")
def test_who_takes_the_place_of_a_joiner_of_the_day_takes_that_of_the_constituent_before():
    # Name 5 is drawn for name 2, which is delisted; a decision takes it out on the same session.
    names = sized(8, n2={"until": session(DAY, -1)})
    tables = {
        "corporate_actions": actions((code(2), DAY, "delisting")),
        "decisions": decisions((session(DAY, -1), code(5), "remove")),
    }
    found = history(names, CAPPED, **tables)
    assert changes(found, DAY, "security", "change", "replaces") == [
        (code(6), "added", code(2)),
        (code(2), "deleted", None),
    ]
    assert calculated(names, CAPPED, **tables).levels["level"].is_finite().all()


@pytest.mark.rule("R14", "R33")
@pytest.mark.parametrize("reason", ["material_negative_event", "ordinary"])
def test_a_name_that_a_review_deletes_after_a_negative_event_goes_at_a_hundred_thousandth(reason):
    # Name 6 grows past name 4, which is suspended from April on.
    start = date(2026, 4, 1)
    names = sized(6, n4={"gaps": weekdays(start, LAST)}, n6={"closes": {date(2026, 2, 2): 100.0}})
    found = history(names, status=status((code(4), "suspended", start, None, reason)))
    assert code(4) not in members(found, REVIEW)
    negative = reason == "material_negative_event"
    assert found.priced.select("security", "session", "price").rows() == (
        [(code(4), REVIEW, 0.00001)] if negative else []
    )


@pytest.mark.rule("R7", "R22")
def test_a_fast_entrant_takes_a_place_and_leaves_buffers_and_limit_as_they_are():
    # At most one of ten may be added; the largest newcomer is, with or without a fast entrant.
    late = {code(99): {"total": 20_000_000, "listed": session(REVIEW, -20)}}
    entry = {"fast_entry": {"rank": 10, "after_sessions": 10}}
    rules = methodology(
        selection={"count": 10, "reserve_share": 0.2, "turnover_limit": 0.1}, interim=entry
    )
    for fresh in ({}, late):
        names = sized(14, n12={"closes": {date(2026, 2, 2): 200.0}}) | fresh
        found = history(names, rules)
        assert code(12) in members(found, REVIEW)
        assert len(members(found, REVIEW)) == 10


@pytest.mark.rule("R11")
def test_a_list_whose_names_are_all_passed_over_is_drawn_up_anew():
    first, second = DAY, date(2026, 3, 24)
    idle = weekdays(date(2026, 3, 2), date(2026, 3, 12))
    names = sized(
        12,
        n1={"until": session(first, -1)},
        n2={"until": session(second, -1)},
        n5={"gaps": idle},
        n6={"gaps": idle},
    )
    exits = actions((code(1), first, "delisting"), (code(2), second, "delisting"))
    found = history(names, corporate_actions=exits)
    assert flags(found, "R10") == [(session(first, -1), code(1))]
    assert len(members(found, first)) == 3
    assert len(members(found, second)) == 3
    assert changes(found, second)[0][1:] == ("added", "R10")


@pytest.mark.rule("R10")
def test_a_reserve_name_that_ends_between_announcement_and_change_is_passed_over():
    warned = status((code(2), "risk_warning", date(2026, 3, 3)))
    ends = date(2026, 3, 13)
    exits = actions((code(5), ends, "delisting", {"announced": ends}))
    names = sized(8, n5={"until": session(ends, -1)})
    rules = methodology(interim={"monthly_removals": ["risk_warning", "delisting_warning"]})
    found = history(names, rules, status=warned, corporate_actions=exits)
    assert code(5) not in members(found, date(2026, 3, 16))
    assert code(6) in members(found, date(2026, 3, 16))


@pytest.mark.rule("R34", "R32")
def test_an_addition_to_a_capped_index_without_a_removal_says_what_it_needs():
    added = decisions((session(DAY, -1), code(6), "add"))
    with pytest.raises(ValueError, match="must come with a remove on the same date"):
        history(sized(8), CAPPED, decisions=added)
