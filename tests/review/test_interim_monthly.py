"""The monthly removals: risk warnings, sell-only names, removals from Stock Connect (R30, R31)."""

from datetime import date

import polars as pl
import pytest

from review.small_review_markets import (
    changes,
    code,
    decisions,
    even_rates,
    flags,
    history,
    members,
    methodology,
    sized,
    status,
)

# June 2026: the second Friday is the 12th, so Monday the 15th is effective, Thursday the 11th
# announces, and what is known at the close of Wednesday the 10th counts.
CUTOFF, ANNOUNCED, EFFECTIVE = date(2026, 6, 10), date(2026, 6, 11), date(2026, 6, 15)
JULY = date(2026, 7, 13)
# Reviews elsewhere in the year leave June to the monthly change.
AWAY = methodology(review={"months": [3, 9]})
CONNECT = methodology(
    universe={"exchanges": ["XSHG", "XHKG"], "connect_exchanges": ["XHKG"]},
    interim={"monthly_removals": ["risk_warning", "delisting_warning", "sell_only"]},
    review={"months": [3, 9]},
)
HONG_KONG = [f"0000{number}.HK" for number in range(1, 7)]


def warned(*spells, rules=AWAY, **others):
    return history(sized(8), rules, status=status(*spells), **others)


@pytest.mark.rule("R31")
@pytest.mark.parametrize(
    ("start", "effective"),
    [(CUTOFF, EFFECTIVE), (ANNOUNCED, JULY), (date(2026, 6, 12), JULY)],
)
def test_a_warning_known_on_10_june_counts_on_15_june_and_one_of_11_june_waits_for_july(
    start, effective
):
    found = warned((code(2), "risk_warning", start))
    assert changes(found) == [(code(5), "added", "R10"), (code(2), "deleted", "R31")]
    assert found.changes.filter(security=code(2), change="deleted")["effective"].item() == effective


@pytest.mark.rule("R31", "R59")
def test_a_monthly_removal_is_announced_two_sessions_ahead():
    found = warned((code(2), "risk_warning", date(2026, 5, 20)))
    row = found.changes.filter(security=code(2), change="deleted").row(0, named=True)
    assert (row["announced"], row["effective"]) == (ANNOUNCED, EFFECTIVE)
    assert row["reason"] == "status risk_warning on 2026-06-10"


@pytest.mark.rule("R31")
@pytest.mark.parametrize(("end", "leaves"), [(date(2026, 6, 9), False), (CUTOFF, True)])
def test_a_warning_that_is_lifted_by_the_cutoff_does_not_count(end, leaves):
    found = warned((code(2), "risk_warning", date(2026, 5, 20), end))
    assert bool(changes(found)) is leaves


@pytest.mark.rule("R31", "R61")
def test_a_delisting_warning_counts_too_and_b_shares_carry_none():
    both = [(code(2), "delisting_warning", CUTOFF), (code(2), "risk_warning", CUTOFF)]
    assert changes(warned(*both), EFFECTIVE)[1] == (code(2), "deleted", "R31")
    b_share = sized(8, n2={"class": "B"})
    assert changes(history(b_share, AWAY, status=status(*both))) == []


@pytest.mark.rule("R31")
@pytest.mark.parametrize(
    ("start", "effective"), [(date(2026, 5, 29), EFFECTIVE), (date(2026, 6, 1), JULY)]
)
def test_with_previous_month_a_warning_of_june_counts_in_july(start, effective):
    rules = methodology(review={"months": [3, 9]}, interim={"monthly_cutoff": "previous_month"})
    found = warned((code(2), "risk_warning", start), rules=rules)
    assert found.changes.filter(security=code(2), change="deleted")["effective"].item() == effective


@pytest.mark.rule("R31")
def test_a_methodology_may_leave_warnings_to_the_review():
    rules = methodology(review={"months": [3, 9]}, interim={"monthly_removals": []})
    assert changes(warned((code(2), "risk_warning", CUTOFF), rules=rules)) == []


@pytest.mark.rule("R31", "R10")
def test_the_place_is_filled_from_the_list_or_left_as_the_methodology_says():
    left = methodology(
        review={"months": [3, 9]},
        selection={"reserve_share": None},
        interim={"fill": "leave"},
    )
    found = warned((code(2), "risk_warning", CUTOFF), rules=left)
    assert changes(found) == [(code(2), "deleted", "R31")]
    assert members(found, EFFECTIVE) == [code(1), code(3), code(4)]


@pytest.mark.rule("R31", "R10")
def test_what_befalls_a_reserve_name_after_the_announcement_does_not_count():
    # Name 5 is warned on the day after the announcement: it enters, and leaves in July.
    late = warned((code(2), "risk_warning", CUTOFF), (code(5), "risk_warning", date(2026, 6, 12)))
    assert (code(5), "added", "R10") in changes(late, EFFECTIVE)
    assert (code(5), "deleted", "R31") in changes(late, JULY)
    early = warned((code(2), "risk_warning", CUTOFF), (code(5), "risk_warning", ANNOUNCED))
    assert (code(6), "added", "R10") in changes(early, EFFECTIVE)


@pytest.mark.rule("R31", "R13", "R5")
def test_a_decision_keeps_a_warned_constituent_and_is_written_down():
    kept = decisions((date(2026, 6, 9), code(2), "keep"))
    found = history(
        sized(8),
        AWAY,
        status=status((code(2), "risk_warning", CUTOFF)),
        decisions=kept,
    )
    assert changes(found, EFFECTIVE) == []
    assert flags(found, "R31")[0] == (ANNOUNCED, code(2))
    assert "kept by a decision (committee: minute 7)" in found.flags["what"][0]
    # A decision after the announcement comes too late.
    late = history(
        sized(8),
        AWAY,
        status=status((code(2), "risk_warning", CUTOFF)),
        decisions=decisions((date(2026, 6, 12), code(2), "keep")),
    )
    assert (code(2), "deleted", "R31") in changes(late, EFFECTIVE)


@pytest.mark.rule("R31", "R2")
def test_with_a_review_on_the_same_day_a_warned_constituent_leaves_with_it():
    # The review of June was announced on 1 June with the name in; the warning takes it out.
    found = warned((code(2), "risk_warning", CUTOFF), rules=methodology())
    assert changes(found, EFFECTIVE) == [
        (code(5), "added", "R10"),
        (code(2), "deleted", "R31"),
    ]


def connected(*spells, rules=CONNECT, ended=()):
    """Return the history of four Hong Kong names in, two waiting; all in Stock Connect at first."""
    names = {
        name: {"total": (6 - at) * 1_000_000, "class": "H"} for at, name in enumerate(HONG_KONG)
    }
    ends = dict(ended)
    connect = [(name, "connect", date(2024, 1, 2), ends.get(name)) for name in HONG_KONG]
    return history(names, rules, status=status(*connect, *spells), fx=even_rates())


@pytest.mark.rule("R30")
@pytest.mark.parametrize(("start", "effective"), [(CUTOFF, EFFECTIVE), (ANNOUNCED, JULY)])
def test_a_sell_only_name_leaves_an_index_of_stock_connect_on_the_monthly_date(start, effective):
    found = connected((HONG_KONG[1], "sell_only", start))
    assert changes(found, effective) == [
        (HONG_KONG[4], "added", "R10"),
        (HONG_KONG[1], "deleted", "R30"),
    ]
    assert changes(found) == changes(found, effective)


@pytest.mark.rule("R30")
@pytest.mark.parametrize(("last", "effective"), [(date(2026, 6, 9), EFFECTIVE), (CUTOFF, JULY)])
def test_a_name_removed_from_stock_connect_leaves_on_the_monthly_date(last, effective):
    found = connected(ended=[(HONG_KONG[1], last)])
    assert changes(found, effective)[-1] == (HONG_KONG[1], "deleted", "R30")
    assert changes(found) == changes(found, effective)
    reason = found.changes.filter(security=HONG_KONG[1], change="deleted")["reason"].item()
    assert reason.startswith("not in Stock Connect")


@pytest.mark.rule("R30")
def test_a_reserve_name_that_has_left_stock_connect_is_passed_over():
    found = connected((HONG_KONG[1], "sell_only", CUTOFF), ended=[(HONG_KONG[4], date(2026, 6, 9))])
    assert changes(found, EFFECTIVE)[0] == (HONG_KONG[5], "added", "R10")


@pytest.mark.rule("R30")
def test_sell_only_means_nothing_to_an_index_that_does_not_ask_for_stock_connect():
    anywhere = methodology(universe={"exchanges": ["XSHG", "XHKG"]}, review={"months": [3, 9]})
    found = connected((HONG_KONG[1], "sell_only", CUTOFF), rules=anywhere)
    assert changes(found) == []


@pytest.mark.rule("R30", "R31")
def test_the_end_of_a_status_is_not_known_before_it_comes():
    # Known at the cut-off is the warning, not that it will be lifted on the 12th.
    rows = (code(2), "risk_warning", date(2026, 5, 20), date(2026, 6, 12))
    assert changes(warned(rows), EFFECTIVE)[-1] == (code(2), "deleted", "R31")
    cut = warned(rows, last=date(2026, 6, 16)).changes
    assert cut.equals(warned(rows).changes.filter(pl.col("effective") <= date(2026, 6, 16)))
