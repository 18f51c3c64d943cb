"""Screens of suspensions, listing age and reports, on both sides of their boundaries."""

from datetime import date, timedelta

import polars as pl
import pytest

from review.review_markets import (
    DATES,
    SESSIONS,
    judged,
    methodology,
    rows,
    screen,
    sessions_back,
    verdict,
)

ONE = {"600001.SH": {}}
CUTOFF = DATES.cutoff
ELIGIBLE = (None, None)
HKD = {"fx": rows("date pair rate", (date(2023, 4, 3), "HKDCNY", 0.9))}


@pytest.mark.rule("R15")
def test_a_candidate_suspended_at_the_cutoff_is_not_added_and_a_constituent_may_stay():
    gaps = {"600001.SH": {CUTOFF}}
    assert screen(ONE, gaps=gaps) == ("suspended", "R15")
    assert verdict(ONE, gaps=gaps)["reason"] == "suspended for 1 sessions up to 2024-04-30"
    assert screen(ONE, gaps=gaps, constituents=ONE) == ELIGIBLE
    assert screen(ONE, gaps={"600001.SH": set(sessions_back(2)[:1])}) == ELIGIBLE
    assert screen(ONE, gaps=gaps, decisions={"admitted": ["600001.SH"]}) == ELIGIBLE


@pytest.mark.rule("R12")
@pytest.mark.parametrize(("count", "long"), [(25, False), (26, True)])
def test_a_constituent_suspended_for_more_than_25_sessions_leaves_first(count, long):
    names = {"600001.SH": {}, "900001.SH": {"class": "B"}, "600002.SH": {}, "600003.SH": {}}
    gap = set(sessions_back(count))
    gaps = {code: gap for code in names if code != "600003.SH"}
    found = judged(names, gaps=gaps, constituents=["600001.SH", "900001.SH", "600003.SH"])
    assert found.long_suspended == (("600001.SH",) if long else ())


@pytest.mark.rule("R13")
@pytest.mark.parametrize(("count", "due"), [(19, False), (20, True), (25, True), (26, False)])
def test_a_constituent_suspended_for_20_to_25_sessions_is_for_the_committee(count, due):
    names = {"600001.SH": {}, "600002.SH": {}}
    gaps = {code: set(sessions_back(count)) for code in names}
    names["600003.SH"] = {}
    flags = judged(names, gaps=gaps, constituents=["600001.SH"]).flags
    what = (
        f"suspended for {count} sessions up to 2024-04-30, near the limit of 25: keep it or "
        "delete it first"
    )
    assert flags.rows() == ([("600001.SH", "R13", what)] if due else [])


@pytest.mark.rule("R13")
def test_a_suspension_that_is_over_asks_for_no_decision():
    gaps = {"600001.SH": set(sessions_back(23)[:-1])}
    assert judged(ONE, gaps=gaps, constituents=ONE).flags.is_empty()


@pytest.mark.rule("R18")
def test_other_shares_that_are_suspended_are_for_the_committee():
    names = {"00700.HK": {}, "00701.HK": {}, "00702.HK": {"industry": "x"}, "600001.SH": {}}
    gaps = {code: {CUTOFF} for code in names if code != "600001.SH"}
    found = judged(
        names,
        gaps=gaps,
        constituents=["00700.HK"],
        decisions={"excluded": ["00702.HK"]},
        **HKD,
    )
    assert found.flags.select("security", "rule").rows() == [
        ("00700.HK", "R18"),
        ("00701.HK", "R18"),
    ]
    assert found.long_suspended == ()


@pytest.mark.rule("R16")
@pytest.mark.parametrize(
    ("resumption", "verdict_of"),
    [(date(2024, 1, 30), ELIGIBLE), (date(2024, 2, 1), ("resumed", "R16"))],
)
def test_a_candidate_must_have_resumed_three_months_ago(resumption, verdict_of):
    at = SESSIONS.index(resumption)
    gaps = {"600001.SH": set(SESSIONS[at - 26 : at])}
    assert screen(ONE, gaps=gaps) == verdict_of
    assert screen(ONE, gaps=gaps, constituents=ONE) == ELIGIBLE
    assert screen(ONE, gaps=gaps, decisions={"admitted": ["600001.SH"]}) == ELIGIBLE
    assert screen(ONE, gaps={"600001.SH": set(SESSIONS[at - 25 : at])}) == ELIGIBLE


@pytest.mark.rule("R16")
@pytest.mark.parametrize(("day", "passes"), [(15, True), (18, False)])
def test_a_long_suspension_may_be_tested_at_the_effective_session(day, passes):
    # Three months before Monday 17 June is Sunday 17 March.
    at = SESSIONS.index(date(2024, 3, day))
    gaps = {"600001.SH": set(SESSIONS[at - 26 : at])}
    rules = methodology(selection={"resumption_test": "effective"})
    assert screen(ONE, gaps=gaps) == ("resumed", "R16")
    assert screen(ONE, rules, gaps=gaps) == (ELIGIBLE if passes else ("resumed", "R16"))


def aged(**age):
    return methodology(universe={"listing_age": {"months": 3, **age}})


@pytest.mark.parametrize(
    ("listed", "verdict_of"),
    [(date(2024, 1, 30), ELIGIBLE), (date(2024, 2, 1), ("listing_age", None))],
)
def test_a_newcomer_must_have_been_listed_for_some_months(listed, verdict_of):
    names = {"600001.SH": {"listed": listed}}
    assert screen(names, aged()) == verdict_of
    assert screen(names, aged(), constituents=names) == ELIGIBLE


def test_a_board_may_ask_for_another_age():
    names = {
        "300001.SZ": {"listed": date(2023, 10, 9), "board": "chinext"},
        "600001.SH": {"listed": date(2023, 10, 9), "board": "main"},
    }
    rules = aged(boards={"chinext": 7})
    assert screen(names, rules, of="300001.SZ") == ("listing_age", None)
    assert verdict(names, rules, of="300001.SZ")["reason"] == (
        "listed on 2023-10-09: must be listed for 7 months by 2024-04-30"
    )
    assert screen(names, rules, of="600001.SH") == ELIGIBLE


@pytest.mark.parametrize(("close", "verdict_of"), [(21, ELIGIBLE), (19, ("listing_age", None))])
def test_the_largest_need_no_age(close, verdict_of):
    names = {
        "600001.SH": {"listed": date(2024, 3, 1), "close": close},
        "600002.SH": {"close": 30},
        "600003.SH": {"close": 20},
    }
    assert screen(names, aged(exempt_rank=2)) == verdict_of


REPORT = "security period published net_profit opinion"
ANNUAL = date(2023, 12, 31)


def reports(*given):
    return rows(REPORT, *(("600001.SH", *one) for one in given))


def annual(profit=1.0, opinion="unqualified", published=date(2024, 4, 30)):
    return reports((ANNUAL, published, profit, opinion))


@pytest.mark.rule("R20")
@pytest.mark.parametrize(
    ("profit", "verdict_of"), [(-0.01, ("loss", "R20")), (0.0, ELIGIBLE), (0.01, ELIGIBLE)]
)
def test_an_a_share_candidate_with_a_loss_is_not_added(profit, verdict_of):
    table = annual(profit)
    assert screen(ONE, financials=table) == verdict_of
    assert screen(ONE, financials=table, constituents=ONE) == ELIGIBLE
    assert screen(ONE, financials=table, decisions={"admitted": ["600001.SH"]}) == ELIGIBLE
    allowed = methodology(universe={"loss_makers": "allowed"})
    assert screen(ONE, allowed, financials=table) == ELIGIBLE


@pytest.mark.rule("N8", "R20")
@pytest.mark.parametrize(
    ("board", "verdict_of"),
    [("star", ELIGIBLE), ("bse", ("loss", "R20")), (None, ("loss", "R20"))],
)
def test_a_star_listing_with_a_loss_may_be_added(board, verdict_of):
    # N8: a loss of 70 million in the first three quarters.
    table = reports(
        (date(2023, 6, 30), date(2023, 8, 30), 1.0, None),
        (ANNUAL, date(2024, 4, 30), -7e7, "unqualified"),
    )
    assert screen({"600001.SH": {"board": board}}, financials=table) == verdict_of


@pytest.mark.rule("R20", "R21")
def test_losses_and_reports_are_asked_of_a_shares_only():
    names = {"600001.SH": {}, "900001.SH": {"class": "B"}, "00700.HK": {}}
    table = rows(
        REPORT,
        ("600001.SH", ANNUAL, date(2024, 4, 30), 1.0, "unqualified"),
        ("900001.SH", ANNUAL, date(2024, 5, 2), -1.0, "adverse"),
        ("00700.HK", ANNUAL, date(2024, 4, 3), -1.0, "adverse"),
    )
    assert judged(names, financials=table, **HKD).table["eligible"].all()


@pytest.mark.rule("R21")
@pytest.mark.parametrize("constituents", [(), ONE])
@pytest.mark.parametrize(
    ("published", "verdict_of"),
    [(date(2024, 4, 30), ELIGIBLE), (date(2024, 5, 1), ("late_report", "R21"))],
)
def test_an_annual_report_is_due_on_30_april(published, verdict_of, constituents):
    table = annual(published=published)
    assert screen(ONE, financials=table, constituents=constituents) == verdict_of
    relaxed = methodology(universe={"reports": "not_required"})
    assert screen(ONE, relaxed, financials=table) == ELIGIBLE


@pytest.mark.rule("R21")
@pytest.mark.parametrize(
    ("listed", "verdict_of"),
    [(ANNUAL, ("late_report", "R21")), (ANNUAL + timedelta(days=1), ELIGIBLE)],
)
def test_a_company_without_any_report_is_late_unless_it_was_listed_later(listed, verdict_of):
    names = {"600001.SH": {"listed": listed}, "600002.SH": {}}
    table = annual().with_columns(security=pl.lit("600002.SH"))
    assert screen(names, financials=table) == verdict_of


@pytest.mark.rule("R21")
@pytest.mark.parametrize(
    ("opinion", "verdict_of"),
    [
        ("unqualified", ELIGIBLE),
        ("qualified", ELIGIBLE),
        (None, ELIGIBLE),
        ("disclaimer", ("opinion", "R21")),
        ("adverse", ("opinion", "R21")),
    ],
)
def test_a_disclaimer_or_an_adverse_opinion_keeps_constituents_out_too(opinion, verdict_of):
    table = annual(opinion=opinion)
    assert screen(ONE, financials=table) == verdict_of
    assert screen(ONE, financials=table, constituents=ONE) == verdict_of
    # The committee admits to R15, R16 and R20 only.
    assert screen(ONE, financials=table, decisions={"admitted": ["600001.SH"]}) == verdict_of


@pytest.mark.rule("R20", "R21")
def test_what_is_published_after_the_data_window_is_not_known():
    table = reports(
        (ANNUAL, date(2024, 4, 30), 1.0, "unqualified"),
        (ANNUAL, date(2024, 5, 2), -1.0, "adverse"),
    )
    assert screen(ONE, financials=table) == ELIGIBLE
