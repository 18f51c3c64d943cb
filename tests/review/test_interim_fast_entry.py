"""Fast entry of large newcomers between reviews (R22)."""

from datetime import date

import pytest

from review.small_review_markets import (
    REVIEW,
    changes,
    code,
    even_rates,
    flags,
    history,
    members,
    methodology,
    session,
    sized,
    status,
)

NEWCOMER = code(99)
TENTH, ELEVENTH = 2_500_000, 1_500_000
"""Shares that make a newcomer the tenth or eleventh of the eleven names of a market."""


def fast(after_sessions=10, **universe):
    entry = {"rank": 10, "after_sessions": after_sessions}
    return methodology(interim={"fast_entry": entry}, universe=universe)


def entering(listed, total=TENTH, rules=None, **others):
    names = sized(11, **others) | {NEWCOMER: {"total": total, "listed": listed}}
    return history(names, rules or fast())


@pytest.mark.rule("R22")
def test_a_newcomer_enters_after_the_close_of_its_tenth_session_for_the_smallest():
    found = entering(date(2026, 3, 2))
    # The tenth session, the listing counted, is Friday 13 March.
    assert changes(found, date(2026, 3, 16), "security", "change", "cause", "rule", "replaces") == [
        (NEWCOMER, "added", "fast_entry", "R22", code(4)),
        (code(4), "deleted", "fast_entry", "R22", None),
    ]
    assert len(members(found, date(2026, 3, 16))) == 4


@pytest.mark.rule("R22")
def test_the_smallest_is_the_one_with_the_lowest_average_not_with_the_lowest_close():
    # Name 3 falls from 90 to 72 million on the eve; name 4 is at 80 million throughout.
    found = entering(date(2026, 3, 2), n3={"closes": {date(2026, 3, 13): 8.0}})
    assert (code(4), "deleted", "R22") in changes(found, date(2026, 3, 16))


@pytest.mark.rule("R22")
def test_rank_10_enters_and_rank_11_waits():
    assert NEWCOMER in members(entering(date(2026, 3, 2), TENTH), date(2026, 3, 16))
    waiting = entering(date(2026, 3, 2), ELEVENTH)
    assert NEWCOMER not in members(waiting, date(2026, 3, 16))
    assert not flags(waiting, "R22")


@pytest.mark.rule("R22")
def test_a_newcomer_is_ranked_among_the_exchanges_of_fast_entry_only():
    # Ten larger names in Shenzhen push it to rank 11 and beyond, unless Shanghai alone is ranked.
    large = {f"{number:06}.SZ": {"total": 50_000_000} for number in range(1, 11)}
    names = sized(11) | large | {NEWCOMER: {"total": TENTH, "listed": date(2026, 3, 2)}}
    entry = {"rank": 10, "after_sessions": 10}
    everywhere = methodology(interim={"fast_entry": entry})
    shanghai = methodology(interim={"fast_entry": entry | {"exchanges": ["XSHG"]}})
    day = date(2026, 3, 16)
    assert NEWCOMER not in members(history(names, everywhere), day)
    assert NEWCOMER in members(history(names, shanghai), day)


@pytest.mark.rule("R22")
def test_20_sessions_before_a_review_a_newcomer_may_enter_and_19_before_it_waits():
    for before, enters in ((20, True), (19, False)):
        listed = session(REVIEW, -before)
        day = session(listed, 10)
        found = entering(listed)
        assert (NEWCOMER in members(found, day)) is enters
        assert flags(found, "R22") == ([] if enters else [(session(day, -1), NEWCOMER)])
    assert session(REVIEW, -20) == date(2026, 5, 18)


@pytest.mark.rule("R22")
def test_the_review_wins_where_entry_would_come_on_its_day_or_later():
    # 30 sessions before the review: entry after 29 sessions comes one session before it.
    listed = session(REVIEW, -30)
    for after, enters in ((29, True), (30, False), (31, False)):
        found = entering(listed, rules=fast(after))
        assert [row[:2] for row in changes(found) if row[2] == "R22"] == (
            [(NEWCOMER, "added"), (code(4), "deleted")] if enters else []
        )
        assert bool(flags(found, "R22")) is not enters


@pytest.mark.rule("R22")
def test_without_fast_entry_a_newcomer_waits_for_the_review():
    names = sized(11) | {NEWCOMER: {"total": 20_000_000, "listed": date(2026, 3, 2)}}
    found = history(names)
    assert changes(found) == [
        (NEWCOMER, "added", "R8"),
        (code(4), "deleted", "R8"),
    ]
    assert NEWCOMER not in members(found, session(REVIEW, -1))
    assert NEWCOMER in members(found, REVIEW)


@pytest.mark.rule("R22")
def test_a_newcomer_that_is_suspended_by_then_does_not_enter():
    eve = date(2026, 3, 13)
    names = sized(11) | {NEWCOMER: {"total": TENTH, "listed": date(2026, 3, 2), "gaps": [eve]}}
    suspended = status((NEWCOMER, "suspended", eve, eve, "ordinary"))
    assert NEWCOMER not in members(history(names, fast(), status=suspended), date(2026, 3, 16))


@pytest.mark.rule("R22", "R30")
def test_where_the_universe_asks_for_stock_connect_the_inclusion_counts_as_the_listing():
    hong_kong = "00700.HK"
    names = sized(3) | {f"{number:05}.HK": {"total": 500_000} for number in (1, 2)}
    names |= {hong_kong: {"total": 40_000_000}}
    connect = [(f"{number:05}.HK", "connect", date(2024, 1, 2)) for number in (1, 2)]
    connect += [(hong_kong, "connect", date(2026, 3, 2))]
    rules = fast(exchanges=["XSHG", "XHKG"], connect_exchanges=["XHKG"])
    found = history(names, rules, status=status(*connect), fx=even_rates())
    assert changes(found, date(2026, 3, 16))[0] == (hong_kong, "added", "R22")
    assert hong_kong not in members(found, date(2026, 3, 13))


@pytest.mark.rule("R22", "R4")
def test_a_newcomer_listed_after_the_cut_off_that_entered_fast_stays_at_the_review():
    # Listed on 18 May, after the cut-off of 30 April; the review is announced on 1 June.
    listed = session(REVIEW, -20)
    found = entering(listed)
    assert NEWCOMER in members(found, session(listed, 10))
    assert NEWCOMER in members(found, REVIEW)
    assert len(members(found, REVIEW)) == 4
    kept = found.proposals[-1].table.filter(security=NEWCOMER)
    assert kept.select("outcome", "rank", "screen").rows() == [("kept", None, None)]
