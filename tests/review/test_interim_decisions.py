"""Decisions of the committee between reviews, each a record with who and why (R5, R17, R34)."""

from datetime import date

import polars as pl
import pytest

from paasche.errors import InputError
from review.small_review_markets import (
    REVIEW,
    calculated,
    changes,
    code,
    decisions,
    flags,
    history,
    level,
    members,
    session,
    sized,
    status,
)

DAY = date(2026, 3, 10)
NEXT = session(DAY, 1)


def decided(*rows, **others):
    return history(sized(8), decisions=decisions(*rows), **others)


@pytest.mark.rule("R34", "R10")
def test_a_removal_takes_effect_on_the_next_session_and_is_filled():
    assert changes(decided((DAY, code(2), "remove")), NEXT) == [
        (code(5), "added", "R10"),
        (code(2), "deleted", "R34"),
    ]


@pytest.mark.rule("R34")
def test_an_addition_makes_the_index_larger_until_the_review():
    found = decided((DAY, code(8), "add"))
    assert changes(found, NEXT) == [(code(8), "added", "R34")]
    assert members(found, NEXT) == [code(1), code(2), code(3), code(4), code(8)]
    assert len(members(found, REVIEW)) == 4


@pytest.mark.rule("R34")
def test_an_addition_beside_a_removal_takes_its_place():
    found = decided((DAY, code(2), "remove"), (DAY, code(8), "add"))
    assert changes(found, NEXT, "security", "change", "rule", "replaces") == [
        (code(8), "added", "R34", code(2)),
        (code(2), "deleted", "R34", None),
    ]


@pytest.mark.rule("R34")
def test_an_addition_of_a_constituent_is_refused():
    with pytest.raises(InputError, match=r"must be a security of the universe that is not a con"):
        decided((DAY, code(2), "add"))


@pytest.mark.rule("R5", "R34")
def test_every_override_says_who_decided_and_why():
    found = decided((DAY, code(2), "remove"), (DAY, code(8), "add"))
    reasons = found.changes.filter(effective=NEXT)["reason"].to_list()
    assert reasons == ["committee: minute 7"] * 2
    result = calculated(
        sized(8), decisions=decisions((DAY, code(2), "remove"), (DAY, code(8), "add"))
    )
    rows = result.events.filter(pl.col("event").is_in(["joined", "left"]), session=NEXT)
    assert rows.select("security", "rule", "reason").sort("security").rows() == [
        (code(2), "R34", "committee: minute 7"),
        (code(8), "R34", "committee: minute 7"),
    ]


@pytest.mark.rule("R5")
def test_without_a_record_nothing_is_overridden():
    of_another = decisions((DAY, code(2), "remove")).with_columns(index=pl.lit("OTHER"))
    assert changes(history(sized(8), decisions=of_another)) == []


def joining(*rows, **fields):
    """Return a history in which name 5 grows and takes the place of name 4 in June."""
    names = sized(8, n5={"closes": {date(2026, 1, 12): 20.0}} | fields)
    return names, decisions(*rows)


@pytest.mark.rule("R17")
def test_an_addition_suspended_before_it_takes_effect_is_flagged_and_kept():
    # Announced on 1 June; suspended from the 10th, the adjustment close is Friday the 12th.
    gaps = [date(2026, 6, day) for day in (10, 11, 12, 15)]
    names, _ = joining(gaps=gaps)
    suspended = status((code(5), "suspended", gaps[0], gaps[-1], "ordinary"))
    found = history(names, status=suspended)
    assert flags(found, "R17") == [(date(2026, 6, 12), code(5))]
    assert code(5) in members(found, REVIEW)
    # Its last close is its price.
    result = calculated(names, status=suspended)
    joined = result.constituents.filter(security=code(5), session=REVIEW)
    assert joined["price"].item() == 20.0


@pytest.mark.rule("R17")
def test_an_addition_that_resumes_by_the_adjustment_close_is_not_flagged():
    gaps = [date(2026, 6, 10), date(2026, 6, 11)]
    names, _ = joining(gaps=gaps)
    suspended = status((code(5), "suspended", gaps[0], gaps[-1], "ordinary"))
    assert flags(history(names, status=suspended), "R17") == []


@pytest.mark.rule("R17", "R10", "R5")
def test_an_addition_that_the_committee_withdraws_gives_its_place_to_the_reserve_list():
    names, withdrawn = joining((date(2026, 6, 11), code(5), "withdraw"))
    found = history(names, decisions=withdrawn)
    # Name 4, which it would have pushed out, is the first on the list.
    assert members(found, REVIEW) == [code(1), code(2), code(3), code(4)]
    early = history(names, decisions=decisions((date(2026, 5, 29), code(5), "withdraw")))
    assert code(5) in members(early, REVIEW)


def levels(names, *rows):
    result = calculated(names, decisions=decisions(*rows))
    return level(result, DAY), level(result, NEXT), result


@pytest.mark.rule("R34")
def test_a_price_set_by_decision_opens_the_next_session_and_the_level_is_kept():
    falls = sized(4, n1={"closes": {NEXT: 5.0}})
    # 10 million shares at 10; the four of name 1 lose half: 80 of 100 million are left.
    assert levels(falls)[1] == pytest.approx(800.0, rel=1e-12)
    before, after, _ = levels(falls, (DAY, code(1), "price", 5.0))
    assert (before, after) == (1000.0, pytest.approx(1000.0, rel=1e-12))


@pytest.mark.rule("R34", "R50")
def test_shares_set_by_decision_keep_the_level_and_change_the_weight():
    _, after, result = levels(sized(4), (DAY, code(1), "shares", 16_000_000.0))
    assert after == pytest.approx(1000.0, rel=1e-12)
    row = result.constituents.filter(security=code(1), session=NEXT)
    assert row["weight"].item() == pytest.approx(16 / 22, rel=1e-12)


@pytest.mark.rule("R34", "R50")
def test_a_factor_set_by_decision_keeps_the_level_and_changes_the_weight():
    _, after, result = levels(sized(4), (DAY, code(1), "factor", 0.25))
    assert after == pytest.approx(1000.0, rel=1e-12)
    row = result.constituents.filter(security=code(1), session=NEXT)
    assert row["weight"].item() == pytest.approx(1 / 7, rel=1e-12)


@pytest.mark.rule("R34")
def test_with_pass_through_the_divisor_stays_and_the_gap_is_in_the_level():
    rows = [(DAY, code(1), "factor", 0.25), (DAY, None, "pass_through")]
    before, after, result = levels(sized(4), *rows)
    assert (before, after) == (1000.0, pytest.approx(700.0, rel=1e-12))
    divisor = result.levels.filter(pl.col("date") < REVIEW, variant="price")["divisor"]
    assert divisor.n_unique() == 1
