"""The screens: who is kept out, by which rule, and why, as data (R4, R12 to R21, R28 to R31, R46).

Each screen is an expression over the facts of :func:`paasche.review.screening.facts.facts`. They
are applied in the order of the list; the first that fails names the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.review.screening.figures import of_age, of_data, of_size
from paasche.review.screening.kind import Screen
from paasche.review.screening.qualities import (
    of_listing,
    of_lists,
    of_reports,
    of_statuses,
    of_suspension,
)

if TYPE_CHECKING:
    from paasche.methodology import Methodology
    from paasche.review.dates.schedule import ReviewDates

__all__ = ["screens_of"]


def screens_of(rules: Methodology, dates: ReviewDates, *, reported: bool) -> list[Screen]:
    """Return the screens of a rulebook, in the order in which they apply.

    Parameters
    ----------
    rules : Methodology
        The rulebook of the review.
    dates : ReviewDates
    reported : bool
        Whether the market has the table ``financials``; without it R20 and R21 are not judged.
    """
    universe = rules.universe
    return [
        Screen(
            name="excluded",
            rule="R5",
            applies="all",
            fails=pl.col("excluded"),
            reason=pl.lit("excluded by a decision of the committee"),
        ),
        *of_lists(universe),
        *of_listing(dates),
        *of_statuses(rules, dates),
        *of_data(rules, dates),
        *of_age(universe, dates),
        *of_suspension(rules, dates),
        *(of_reports(rules, dates) if reported else ()),
        *of_size(rules),
    ]
