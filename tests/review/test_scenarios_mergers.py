"""Scenarios of mergers and tender offers: completed, cancelled, pending (N2, N3, N4, N9)."""

from datetime import date

import polars as pl
import pytest

import paasche as px
from review.small_review_markets import (
    actions,
    calculated,
    changes,
    code,
    flags,
    history,
    level,
    members,
    methodology,
    session,
)

SUGON, HYGON = "603019.SH", "688041.SH"
RATIO = 0.5525
SUGON_SHARES, HYGON_SHARES = 1_463_000_000, 2_324_000_000
ISSUED = 808_307_500
EX = date(2026, 3, 10)
COUNTS = session(EX, 2)
"""The new shares are listed on EX, and count two sessions later (R57)."""

OTHERS = {code(at): {"total": (10 - at) * 1_000_000_000} for at in range(1, 7)}


def two(**hygon):
    return {
        SUGON: {"total": SUGON_SHARES, "close": 79.26, "until": session(EX, -1)},
        HYGON: {"total": HYGON_SHARES, "close": 143.46, "board": "star"} | hygon,
    } | OTHERS


def swap(**fields):
    terms = {"ratio": RATIO, "related": HYGON, "announced": date(2026, 2, 27)}
    return actions((SUGON, EX, "merger", terms | fields))


def issue(total=HYGON_SHARES + ISSUED, free_float=None, day=EX):
    return [(HYGON, day, None, total, free_float or total)]


@pytest.mark.rule("N2")
def test_the_published_figures_of_the_swap_agree():
    assert round(SUGON_SHARES * RATIO) == ISSUED
    assert round(143.46 * RATIO, 2) == 79.26
    # 1,159.57 against 1,159.60 hundred million.
    assert round(SUGON_SHARES * 79.26 / 1e8, 2) == 1159.57
    assert round(ISSUED * 143.46 / 1e8, 2) == 1159.60
    assert round(ISSUED / HYGON_SHARES, 4) == 0.3478


@pytest.mark.rule("N2", "R23", "R53", "R57", "R10")
def test_a_completed_merger_is_one_correction_when_the_new_shares_count():
    result = calculated(two(), corporate_actions=swap(), issues=issue())
    rows = result.events.filter(pl.col("session").is_between(EX, COUNTS))
    assert rows.select("session", "security", "event", "rule", "after").rows() == [
        (EX, HYGON, "share_change_triggered", "R53", 3_132_307_500.0),
        (COUNTS, HYGON, "share_change_applied", "R57", 3_132_307_500.0),
        (COUNTS, SUGON, "left", "R23", None),
        (COUNTS, code(3), "joined", "R10", 7_000_000_000.0),
    ]
    corrections = result.divisors.filter(pl.col("session") < date(2026, 6, 1))
    assert corrections.select("session", "reason").rows() == [
        (COUNTS, "interim change + deletion + share change")
    ]
    # At constant prices value moves from 1,159.57 to 1,159.60 hundred million, and name 3 joins.
    moved = corrections["value_after"].item() - corrections["value_before"].item()
    expected = ISSUED * 143.46 - SUGON_SHARES * 79.26 + 7e10
    assert moved == pytest.approx(expected, rel=1e-9)
    assert result.levels["level"].unique().to_list() == [1000.0]


@pytest.mark.rule("N2", "R10")
def test_the_vacancy_of_a_merger_is_filled_or_left_open():
    filled = history(two(), corporate_actions=swap(), issues=issue())
    assert members(filled, COUNTS) == [code(1), code(2), code(3), HYGON]
    rules = methodology(selection={"reserve_share": None}, interim={"fill": "leave"})
    left = history(two(), rules, corporate_actions=swap(), issues=issue())
    assert members(left, COUNTS) == [code(1), code(2), HYGON]
    assert changes(left, COUNTS) == [(SUGON, "deleted", "R23")]
    assert SUGON in members(left, EX)


@pytest.mark.rule("N2", "R47", "R53")
@pytest.mark.parametrize(
    ("floating", "band"),
    # Before: 1.5 of 2.324 billion is 64.5 %, band 70 %. After: 1.5 of 3.1323 is 47.9 %; with the
    # float of the absorbed company 1.9 makes 60.7 %.
    [(1_500_000_000, 0.5), (1_900_000_000, 0.7)],
)
def test_the_band_is_recomputed_from_the_free_float_of_the_snapshot(floating, band):
    result = calculated(
        two(free_float=1_500_000_000),
        corporate_actions=swap(),
        issues=issue(free_float=floating),
    )
    own = result.constituents.filter(security=HYGON)
    assert own.filter(session=date(2026, 1, 5))["inclusion_factor"].item() == 0.7
    after = own.filter(session=COUNTS).row(0, named=True)
    assert after["inclusion_factor"] == band
    assert after["adjusted_shares"] == pytest.approx(3_132_307_500 * band, rel=1e-12)


@pytest.mark.rule("N3", "R25", "R5")
def test_a_cancelled_merger_changes_nothing_and_leaves_a_trace_of_both_days():
    # Announced on 26 May, called off on 9 December 2025; the day after, prices move.
    after = date(2025, 12, 10)
    names = {
        SUGON: {"total": SUGON_SHARES, "close": 100.13, "closes": {after: 90.12}},
        HYGON: {"total": HYGON_SHARES, "close": 219.30, "closes": {after: 214.23}},
    } | OTHERS
    called_off = {"announced": date(2025, 5, 26), "cancelled": date(2025, 12, 9)}
    merger = actions(
        (SUGON, date(2025, 12, 31), "merger", {"ratio": RATIO, "related": HYGON} | called_off)
    )
    rules = methodology(index={"base_date": date(2025, 5, 5)}, review={"months": [6]})
    span = {"first": date(2025, 4, 1), "last": date(2026, 1, 15)}
    found = history(names, rules, corporate_actions=merger, **span)
    assert changes(found) == []
    assert flags(found, "R25") == [(date(2025, 12, 9), SUGON)]
    said = "announced on 2025-05-26, cancelled on 2025-12-09; nothing changes by it"
    assert found.flags["what"].to_list() == [f"merger with {HYGON}: {said}"]
    with_it = calculated(names, rules, corporate_actions=merger, **span)
    without = calculated(names, rules, **span)
    assert with_it.levels.equals(without.levels)
    assert with_it.events.equals(without.events)
    # Price only: both fall, the shares stay.
    value = 9e9 * 10 + 8e9 * 10 + SUGON_SHARES * 100.13 + HYGON_SHARES * 219.30
    fall = SUGON_SHARES * (90.12 - 100.13) + HYGON_SHARES * (214.23 - 219.30)
    assert level(with_it, after) == pytest.approx(1000 * (1 + fall / value), rel=1e-12)


@pytest.mark.rule("N3", "R25")
def test_until_it_is_called_off_the_merger_is_expected_and_nothing_has_changed():
    known = {"announced": date(2025, 5, 26), "cancelled": None}
    terms = {"ratio": RATIO, "related": HYGON} | known
    merger = actions((SUGON, date(2026, 9, 1), "merger", terms))
    found = history(
        two() | {SUGON: {"total": SUGON_SHARES, "close": 79.26}}, corporate_actions=merger
    )
    assert changes(found) == []
    assert flags(found, "R25") == []


@pytest.mark.rule("N3")
def test_a_merger_called_off_after_it_was_carried_out_stands():
    late = swap(cancelled=session(EX, 1))
    found = history(two(), corporate_actions=late, issues=issue())
    assert (SUGON, "deleted", "R23") in changes(found, COUNTS)


DAWNING = "920808.BJ"
TENDERED = 70_463_598
TOTAL = 200_000_001


def tendered(ratio, free_float, **others):
    names = OTHERS | {
        DAWNING: {"total": TOTAL, "free_float": free_float, "close": 94.89, "board": "bse"}
    }
    rules = methodology(
        universe={"exchanges": ["XSHG", "BJSE"]}, selection={"count": 7, "reserve_share": None}
    )
    offer = actions((DAWNING, EX, "tender", {"ratio": ratio, "cash": 54.63}))
    return history(names, rules, corporate_actions=offer, **others), rules


@pytest.mark.rule("N4")
def test_the_published_figures_of_the_tender_offer_agree():
    assert round(TENDERED * 54.63, 2) == 3_849_426_358.74
    assert round(TENDERED / TOTAL, 4) == 0.3523
    # What floats is at most what the holder does not have: 35.23 % is in the band of 40 %.
    assert px.inclusion_factor(TENDERED, TOTAL) == 0.40
    assert px.inclusion_factor(0, TOTAL) == 0.0


@pytest.mark.rule("N4", "R46", "R6")
@pytest.mark.parametrize(("left", "flagged"), [(0.25, False), (0.2499, True), (0.0, True)])
def test_a_tender_offer_is_flagged_where_less_than_a_quarter_would_float(left, flagged):
    ratio = TENDERED / TOTAL
    free_float = min(TENDERED + round(left * TOTAL) + (1 if left == 0.25 else 0), TOTAL)
    found, _ = tendered(ratio, free_float)
    assert flags(found, "R46") == ([(EX, DAWNING)] if flagged else [])
    # By itself it changes nothing.
    assert changes(found) == []


@pytest.mark.rule("N4", "R46", "R6")
def test_accepted_shares_leave_the_float_at_the_next_review_and_without_float_the_name_goes():
    accepted = session(EX, 20)
    gone = [(DAWNING, accepted, None, TOTAL, 0)]
    found, rules = tendered(TENDERED / TOTAL, TENDERED, issues=gone)
    assert DAWNING in members(found, date(2026, 6, 12))
    assert changes(found) == [(DAWNING, "deleted", "R46")]
    assert found.changes["effective"][-1] == date(2026, 6, 15)
    stays, _ = tendered(TENDERED / TOTAL, TENDERED, issues=[(DAWNING, accepted, None, TOTAL, 1)])
    assert changes(stays) == []
    assert rules.selection.count == 7


@pytest.mark.rule("N9")
def test_the_purchase_of_a_company_with_a_similar_name_touches_nobody():
    # 特变电工 buys 曙光电缆, which is not listed; 中科曙光 and 曙光数创 share two characters only.
    cable, tbea = "曙光电缆", "600089.SH"
    names = {
        SUGON: {"total": SUGON_SHARES, "close": 79.26, "name": "中科曙光"},
        tbea: {"total": 5_000_000_000, "close": 20.0, "name": "特变电工"},
    } | OTHERS
    bought = actions(("600999.SH", EX, "merger", {"cash": 9.46, "related": tbea}))
    strangers = names | {"600999.SH": {"total": 1_000_000, "name": cable}}
    found = history(strangers, corporate_actions=bought)
    assert changes(found) == []
    assert calculated(strangers, corporate_actions=bought).levels.equals(
        calculated(strangers).levels
    )


@pytest.mark.rule("N9")
def test_an_action_of_a_name_that_is_not_in_the_market_is_refused_and_not_matched():
    with pytest.raises(px.InputError, match=r"曙光电缆"):
        history(OTHERS, corporate_actions=actions(("曙光电缆", EX, "merger", {"cash": 9.46})))
