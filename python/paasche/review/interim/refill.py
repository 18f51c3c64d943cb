"""A reserve list drawn up anew between reviews, where too few of its names are left (R11)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.review.choice.reserve import ReserveList
from paasche.review.dates.schedule import base_review
from paasche.review.proposal import propose

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from paasche.methodology import Methodology
    from paasche.review.panels.known import View
    from paasche.review.proposal import Wishes

__all__ = ["refill"]


def refill(
    view: View,
    methodology: Methodology,
    days: tuple[date, date],
    constituents: Collection[str],
    gone: Collection[str],
    group: str,
    wishes: Wishes,
) -> ReserveList:
    """Return the best ranked eligible securities that are not in, as of a day (R9, R11).

    Parameters
    ----------
    view : View
        The market as it was known on the day.
    methodology : Methodology
        Its rulebook of the effective session counts.
    days : pair of datetime.date
        Cut-off, with which the data window ends, and the session whose change left too few names.
    constituents : collection of str
        Who is in after that change.
    gone : collection of str
        Who leaves with it, and may not wait.
    group : str
        Group of the list.
    wishes : Wishes
        Decisions of the committee: whom it excludes is not on the list (R5).
    """
    day, effective = days
    # Who is in is not judged here, and so keeps its place.
    kept_out = tuple(name for name in wishes.excluded if name not in constituents)
    rules = methodology.on(effective)
    until = view.ground.days[: view.ground.position(day) + 1]
    following = np.append(until, np.datetime64(effective, "D"))
    dates = base_review(following, rules.review, effective)
    proposal = propose(
        view, methodology, dates, sorted(constituents), replace(wishes, excluded=kept_out)
    )
    size = len(proposal.reserves[group])
    waiting = proposal.table.filter(
        pl.col("group") == group,
        pl.col("rank").is_not_null(),
        ~pl.col("security").is_in(sorted({*constituents, *gone})),
    ).sort("rank")
    return ReserveList.publish(waiting["security"].head(size))
