"""Changes that are announced and take effect after the next opening (R28 to R31, R59)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from paasche.market.in_force import in_force
from paasche.market.vocabulary import MEMBERSHIP_KINDS
from paasche.review.dates.schedule import monthly_effective
from paasche.review.interim.exits import own_sessions
from paasche.review.walk import Walk

if TYPE_CHECKING:
    from datetime import date

    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["Later", "later_changes"]


class Later(NamedTuple):
    """What is announced for after the next opening.

    Attributes
    ----------
    changes : polars.DataFrame
        Rows of a history's ``changes``, without ``index``.
    basket : list of str or None
        The basket of a review on its way, after the changes that take effect with it; None where
        none is announced.
    """

    changes: pl.DataFrame
    basket: list[str] | None


def later_changes(
    methodology: Methodology, market: Market, walk: Walk, known_day: date, until: date
) -> Later:
    """Return the changes between reviews that a day has announced for after the next opening.

    Who takes a place is decided by the close before, and is not told unless it is announced.

    Parameters
    ----------
    methodology : Methodology
    market : Market
        As it was known on the day.
    walk : Walk
        To the next opening.
    known_day : datetime.date
    until : datetime.date
        Last effective session looked at.
    """
    found = walk.trail.changes().clear().drop("index")
    if not (_exits(market, walk, until) or _monthly(methodology, walk, known_day)):
        return Later(found, None)
    ahead = Walk(market, methodology, until)
    ahead.run()
    coming = walk.coming_dates
    with_review = pl.lit(value=False) if coming is None else pl.col("effective") == coming.effective
    changes = (
        ahead.trail.changes()
        .select(found.columns)
        .filter(
            pl.col("effective") > walk.end,
            pl.col("announced") <= known_day,
            with_review | ~pl.col("cause").is_in(["base", "review"]),
        )
    )
    basket = None
    if not changes.filter(with_review).is_empty():
        basket = ahead.trail.baskets().filter(with_review)["security"].to_list()
    return Later(changes, basket)


def _exits(market: Market, walk: Walk, until: date) -> bool:
    """Tell whether a name of a basket has an event of its own ahead."""
    names = {name for book in (walk.book, walk.coming) if book for name in book.constituents}
    rows = in_force(market["corporate_actions"]).filter(
        pl.col("kind").is_in(MEMBERSHIP_KINDS), pl.col("security").is_in(sorted(names))
    )
    if rows.is_empty():
        return False
    return bool(own_sessions(market, rows, "ex_date").is_between(walk.end, until, "right").any())


def _monthly(methodology: Methodology, walk: Walk, known_day: date) -> bool:
    """Tell whether a monthly change is announced that is not in force at the opening."""
    rules = methodology.on(known_day)
    if not rules.interim.monthly_removals:
        return False
    change = monthly_effective(
        walk.agenda.sessions,
        walk.end.year,
        walk.end.month,
        announcement_lead=rules.review.numbers.monthly_announcement_lead,
        cutoff=rules.interim.monthly_cutoff,
    )
    return change.announced <= known_day and change.effective > walk.end
