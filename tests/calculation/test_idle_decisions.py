"""A decision of the committee that changes nothing is told, with the reason (R5, R34)."""

from datetime import date

import polars as pl
import pytest

import paasche as px
from calculation import small_markets
from review import small_review_markets as small

A, B, C, D, E, F, G, H = (small.code(number) for number in range(1, 9))
DAY, MAY = date(2026, 3, 10), date(2026, 5, 20)
GROWS = {"closes": {date(2026, 1, 12): 20.0}}
"""Name 5 grows and takes the place of name 4 in June."""


def told(*rows, names=None, rules=None, index=None, **tables):
    """Return what a run says of the decisions on it."""
    given = small.decisions(*rows)
    if index is not None:
        given = given.with_columns(index=pl.Series(index, dtype=pl.String))
    result = small.calculated(names or small.sized(8), rules, decisions=given, **tables)
    return [str(one) for one in result.warnings if " = " in str(one) and "effect" in str(one)]


def reports(**opinions):
    """Return reports on 2025 of every name, in time, with a profit; keywords vary the opinion."""
    periods = ((date(2025, 6, 30), date(2025, 8, 15)), (date(2025, 12, 31), date(2026, 4, 15)))
    return pl.DataFrame(
        [
            (small.code(at), period, published, 1.0, opinions.get(f"n{at}", "unqualified"))
            for at in range(1, 9)
            for period, published in periods
        ],
        schema=["security", "period", "published", "net_profit", "opinion"],
        orient="row",
    ).with_columns(
        # The half-year is not audited, and the opinion of a scenario is that on the year.
        opinion=pl.when(pl.col("period").dt.month() == 12).then("opinion")
    )


@pytest.mark.rule("R34")
def test_the_removal_of_a_name_that_is_not_in_is_told():
    assert told((DAY, H, "remove")) == [
        (
            f"decisions remove = {H} on 2026-03-10: no effect: no constituent before 2026-03-11, "
            "the session it opens"
        )
    ]


@pytest.mark.rule("R34", "R17", "R31", "R20", "R5")
def test_decisions_that_change_something_are_not_told():
    assert told((DAY, B, "remove"), (DAY, H, "add"), (MAY, C, "exclude")) == []
    assert told((DAY, A, "price", 12.0), (DAY, B, "shares", 9e6), (DAY, C, "factor", 0.5)) == []
    names = small.sized(8, n5=GROWS)
    assert told((date(2026, 6, 11), E, "withdraw"), names=names) == []
    # Of the review on its way alone: it is not in force yet.
    assert told((date(2026, 6, 11), E, "remove"), names=names) == []
    warned = small.status((B, "risk_warning", date(2026, 3, 2), None))
    assert told((DAY, B, "keep"), status=warned) == []
    losing = reports().with_columns(
        net_profit=pl.when(pl.col("security") == E).then(-1.0).otherwise("net_profit")
    )
    assert told((MAY, E, "admit"), names=names, financials=losing) == []


@pytest.mark.rule("R21", "R5")
def test_an_admission_of_a_name_that_another_rule_bars_is_told():
    found = told(
        (MAY, E, "admit"), names=small.sized(8, n5=GROWS), financials=reports(n5="adverse")
    )
    assert found == [
        (
            f"decisions admit = {E} on 2026-05-20: no effect at the review effective 2026-06-15: "
            "adverse opinion on the year to 2025-12-31 (R21); it passes the tests of suspension "
            "and loss (R15, R16, R20) only"
        )
    ]


def test_an_admission_of_a_constituent_is_told():
    (found,) = told((MAY, B, "admit"))
    assert "no effect at the review effective 2026-06-15: a constituent already" in found


@pytest.mark.rule("R21", "R30", "R31")
def test_a_keep_of_a_name_that_a_screen_deletes_is_told():
    assert told((MAY, B, "keep"), financials=reports(n2="disclaimer")) == [
        (
            f"decisions keep = {B} on 2026-05-20: no effect: leaves on 2026-06-15, announced on "
            "2026-06-01: disclaimer opinion on the year to 2025-12-31 (R21); keep holds off "
            "removals of R30 and R31 that are announced after it"
        )
    ]


@pytest.mark.rule("R31")
def test_a_keep_after_the_announcement_of_the_removal_is_told():
    # The second Friday is 13 March: announced on the 12th, effective on the 16th.
    warned = small.status((B, "risk_warning", date(2026, 3, 2), None))
    assert told((date(2026, 3, 12), B, "keep"), status=warned) == []
    (late,) = told((date(2026, 3, 13), B, "keep"), status=warned)
    assert "no effect: leaves on 2026-03-16, announced on 2026-03-12: status risk_warning" in late


def test_a_keep_of_a_name_that_is_not_in_is_told():
    assert told((DAY, H, "keep")) == [
        f"decisions keep = {H} on 2026-03-10: no effect: no constituent on 2026-03-10"
    ]


@pytest.mark.rule("R12", "R13")
def test_a_deletion_before_others_of_a_name_that_stays_by_rank_is_told():
    (stays,) = told((MAY, A, "delete_first"))
    assert "no effect at the review effective 2026-06-15: rank 1: within the first 4 (R8)" in stays
    (stranger,) = told((MAY, H, "delete_first"))
    assert "no effect: no constituent before the review effective 2026-06-15" in stranger


@pytest.mark.rule("R17")
def test_a_withdrawal_before_the_announcement_or_of_no_addition_is_told():
    names = small.sized(8, n5=GROWS)
    (early,) = told((date(2026, 5, 29), E, "withdraw"), names=names)
    assert early.endswith(
        "no effect: no review is on its way on 2026-06-01; the next review is announced on "
        "2026-06-01: decide from then on"
    )
    (other,) = told((date(2026, 6, 11), H, "withdraw"), names=names)
    assert other.endswith("no effect: no addition of the review effective 2026-06-15")
    (stayer,) = told((date(2026, 6, 11), A, "withdraw"), names=names)
    assert stayer.endswith("no effect: no addition of the review effective 2026-06-15")


def test_an_exclusion_of_a_name_outside_the_market_of_the_index_is_told():
    names = small.sized(8) | {"00700.HK": {}}
    (found,) = told((MAY, "00700.HK", "exclude"), names=names)
    assert found.endswith("no effect: the review effective 2026-06-15 does not look at it")


@pytest.mark.rule("R34")
def test_a_figure_of_a_name_that_is_not_in_is_told():
    (found,) = told((DAY, H, "price", 12.0))
    assert found == (
        f"decisions price = {H} on 2026-03-10: no effect: no constituent on 2026-03-11, the "
        "session it opens"
    )
    equal = small.methodology(weighting={"scheme": "equal", "free_float_bands": None})
    (found,) = told((DAY, A, "shares", 9e6), rules=equal)
    assert found.endswith("no effect: the units of scheme equal do not come from shares")


def test_decisions_after_the_last_price_are_told_together():
    after = date(2026, 8, 3)
    assert told((after, A, "remove"), (after, B, "remove"), (small.LAST, C, "remove")) == [
        (
            f"decisions date = 2026-08-03 of remove {A}: no effect yet: after 2026-07-31, the "
            "last session (2 rows like this)"
        )
    ]


def test_where_an_earlier_end_is_asked_for_later_decisions_wait_as_prices_do():
    found = px.calculate(
        small.methodology(),
        small.market(small.sized(8), decisions=small.decisions((MAY, A, "remove"))),
        end=date(2026, 4, 30),
    )
    assert [one for one in found.warnings if one.place == "decisions"] == []


def test_decisions_before_the_base_date_are_told_but_for_those_about_the_base_basket():
    before = date(2025, 12, 30)
    assert told((before, A, "remove"), (before, B, "exclude")) == [
        (
            f"decisions date = 2025-12-30 of remove {A}: no effect: before 2026-01-05, where the "
            "index begins"
        )
    ]


def test_a_code_that_is_only_written_otherwise_is_told():
    rows = (DAY, A, "remove"), (DAY, B, "remove"), (DAY, C, "remove")
    assert told(*rows, index=["Small", "Small", "LARGE"]) == [
        (
            "decisions index = Small: no effect: the code of this index is SMALL; write that if "
            "it is meant (2 rows like this)"
        )
    ]


def test_a_row_for_every_index_is_told_only_where_there_is_one():
    """Another index may follow it, where the table knows of others."""
    rows = (DAY, H, "remove"), (DAY, G, "remove")
    assert len(told(*rows)) == 2
    assert told(*rows, index=[None, "OTHER"]) == []
    assert len(told(*rows, index=[None, "SMALL"])) == 1


def test_where_a_table_says_who_is_in_decisions_on_that_are_told():
    rows = [(small_markets.SESSIONS[4], small_markets.NAMES[0], "remove")]
    result = small_markets.calculated(small_markets.methodology(), decisions=small.decisions(*rows))
    (found,) = [str(one) for one in result.warnings if one.place == "decisions"]
    assert found.endswith("no effect: the table constituents says who is in; change that")


def test_a_continued_run_does_not_tell_again_what_the_run_before_told(tmp_path):
    market = small.market(small.sized(8), decisions=small.decisions((DAY, H, "remove")))
    first = px.calculate(small.methodology(), market, end=date(2026, 4, 30))
    first.write(tmp_path / "run")
    second = px.calculate(small.methodology(), market, continue_from=tmp_path / "run")
    told = [[one for one in run.warnings if one.column == "remove"] for run in (first, second)]
    assert [len(one) for one in told] == [1, 0]


@pytest.mark.rule("R5", "R59")
def test_a_review_tells_it_in_its_notes_from_the_review_before_on():
    rows = small.decisions((DAY, H, "remove"), (MAY, E, "admit"), (date(2026, 6, 30), H, "remove"))
    market = small.market(
        small.sized(8, n5=GROWS), decisions=rows, financials=reports(n5="adverse")
    )

    def noted(day):
        review = px.review(small.methodology(), market, day)
        return [note.split(": ")[0] for note in review.notes if note.startswith("decisions ")]

    of_march, of_may = (
        f"decisions remove = {H} on 2026-03-10",
        f"decisions admit = {E} on 2026-05-20",
    )
    assert noted("2026-03-09") == []
    assert noted("2026-03-10") == [of_march]
    assert noted("2026-05-29") == [of_march, of_may]
    # A later decision is not known yet.
    assert noted("2026-06-29") == [of_march, of_may]
    assert noted("2026-06-30") == [of_march, of_may, f"decisions remove = {H} on 2026-06-30"]
