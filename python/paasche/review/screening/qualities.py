"""Screens of what a security is: its listing, statuses, suspensions and reports (R12 to R31)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.review.screening.facts import WARNINGS
from paasche.review.screening.kind import Screen
from paasche.review.screening.reports import due_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paasche.methodology import Methodology
    from paasche.methodology import universe as sections
    from paasche.review.dates.schedule import ReviewDates

__all__ = ["of_listing", "of_lists", "of_reports", "of_statuses", "of_suspension"]

_OPINIONS = ("disclaimer", "adverse")
"""Opinions that keep an A share out (R21)."""


def of_lists(universe: sections.Universe) -> Iterator[Screen]:
    """Screen by what a security is listed as; a board that is not stated passes."""
    for name, allowed, absent in (
        ("exchange", universe.exchanges, True),
        ("board", universe.boards, False),
        ("class", universe.classes, True),
        ("currency", universe.currencies, True),
        ("industry", universe.industries, True),
    ):
        if allowed is not None:
            yield Screen(
                name=name,
                rule=None,
                applies="all",
                fails=~pl.col(name).is_in(list(allowed)).fill_null(value=not absent),
                reason=pl.format(
                    "{}: must be {}",
                    pl.format(f"{name} {{}}", pl.col(name).fill_null("not stated")),
                    pl.lit(" or ".join(allowed)),
                ),
            )


def of_listing(dates: ReviewDates) -> Iterator[Screen]:
    """Screen for who is listed (R4) and not gone by the effective session (R23 to R29)."""
    yield Screen(
        name="listed",
        rule="R4",
        applies="all",
        fails=pl.col("listed").is_null(),
        reason=pl.lit(f"not listed by {dates.cutoff}"),
    )
    yield Screen(
        name="gone",
        rule="R28",
        applies="all",
        fails=pl.col("gone").is_not_null(),
        reason=pl.format("{}: gone from {} on", "why", "gone"),
    )


def of_statuses(rules: Methodology, dates: ReviewDates) -> Iterator[Screen]:
    """Screen by statuses at the cut-off: Stock Connect (R30), warnings (R31), lifted ones (R19)."""
    universe = rules.universe
    in_connect = pl.col("exchange").is_in(list(universe.connect_exchanges or ()))
    excluded = dict.fromkeys(universe.excluded_status, pl.lit(value=True))
    for warning in WARNINGS:
        if warning in excluded:
            excluded[warning] = pl.col("a_share")
    if universe.connect_exchanges is not None:
        yield Screen(
            name="connect",
            rule="R30",
            applies="all",
            fails=in_connect & ~pl.col("connect"),
            reason=pl.lit(f"not in Stock Connect on {dates.cutoff}"),
        )
        excluded.setdefault("sell_only", in_connect)
    for status, concerned in excluded.items():
        yield Screen(
            name=status,
            rule="R30" if status == "sell_only" else "R31",
            applies="all",
            fails=pl.col(status) & concerned,
            reason=pl.lit(f"status {status} on {dates.cutoff}"),
        )
    yield Screen(
        name="warning_lifted",
        rule="R19",
        applies="all",
        fails=pl.col("a_share") & (pl.col("warning_free") > dates.cutoff),
        reason=pl.format(
            "warning lifted on {}: must be {} months ago on {}",
            "lifted",
            pl.lit(rules.review.numbers.warning_lifted_months),
            pl.lit(dates.cutoff),
        ),
    )


def of_suspension(rules: Methodology, dates: ReviewDates) -> Iterator[Screen]:
    """Screen newcomers that are suspended (R15) or were so for long (R16)."""
    numbers = rules.review.numbers
    by_effective = rules.selection is not None and rules.selection.resumption_test == "effective"
    test = dates.effective if by_effective else dates.cutoff
    yield Screen(
        name="suspended",
        rule="R15",
        applies="newcomers",
        fails=pl.col("suspended_sessions") > 0,
        reason=pl.format(
            "suspended for {} sessions up to {}", "suspended_sessions", pl.lit(dates.cutoff)
        ),
        admits=True,
    )
    yield Screen(
        name="resumed",
        rule="R16",
        applies="newcomers",
        fails=pl.col("trusted") > test,
        reason=pl.format(
            "resumed on {} after more than {} sessions: must be {} months ago on {}",
            "resumed",
            pl.lit(numbers.suspension_limit_sessions),
            pl.lit(numbers.resumption_months),
            pl.lit(test),
        ),
        admits=True,
    )


def of_reports(rules: Methodology, dates: ReviewDates) -> Iterator[Screen]:
    """Screen A shares by losses (R20), late reports and opinions (R21)."""
    universe, a_share = rules.universe, pl.col("a_share")
    if universe.loss_makers == "excluded":
        exempt = pl.col("board").is_in(list(universe.loss_exempt_boards)).fill_null(value=False)
        yield Screen(
            name="loss",
            rule="R20",
            applies="newcomers",
            fails=a_share & ~exempt & (pl.col("net_profit") < 0),
            reason=pl.format(
                "net profit {} in the period to {}",
                pl.col("net_profit").round(0).cast(pl.Int64),
                "profit_period",
            ),
            admits=True,
        )
    if universe.reports == "not_required":
        return
    deadlines = rules.review.numbers.report_deadlines
    due = due_report(deadlines, min(dates.last, dates.announcement))
    if due is not None:
        period, deadline = due
        yield Screen(
            name="late_report",
            rule="R21",
            applies="all",
            # A company listed later reported in its prospectus.
            fails=a_share & ~pl.col("in_time") & (pl.col("listed") <= period),
            reason=pl.lit(f"no report on the period to {period} by {deadline}"),
        )
    yield Screen(
        name="opinion",
        rule="R21",
        applies="all",
        fails=a_share & pl.col("opinion").is_in(_OPINIONS),
        reason=pl.format("{} opinion on the year to {}", "opinion", "opinion_period"),
    )
