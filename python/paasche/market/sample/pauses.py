"""Suspensions of large names that reviews must judge: long ones, and some at the worst time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paasche.market.sample.sessions import MAINLAND

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.cast import Cast
    from paasche.market.sample.sessions import Ints, Sessions
    from paasche.market.sample.stage import Stage

__all__ = ["cutoffs", "with_pauses"]

# First and last session of a suspension, counted from the cut-off of a review (0 is the cut-off) or
# from the effective session: of 36, 26, 25, 22 sessions up to the cut-off (R12, R13), a long one
# that is over for less and for more than three months (R16), one between announcement and change
# (R17).
AT_CUTOFF = ((-35, 15), (-25, 3), (-24, 10), (-21, 4), (-70, -40), (-130, -90))
AT_CHANGE = ((-6, 3), (-4, -1))
WAYS = (*((0, *way) for way in AT_CUTOFF), *((1, *way) for way in AT_CHANGE))
EVERY = 3
LARGE = 0.25  # the suspended names are among the largest quarter


def cutoffs(sessions: Sessions) -> tuple[Ints, Ints]:
    """Return the last days of April and October with mainland sessions, and the changes after.

    Returns
    -------
    cutoff, change : int64 arrays of shape (n_reviews,)
        Positions of the cut-offs and of the first sessions on the new basket.
    """
    change = sessions.review_closes() + 1
    months = sessions.days[change - 1].astype("datetime64[M]") - 1
    cutoff = sessions.preceding[MAINLAND, np.searchsorted(sessions.days, months.astype("M8[D]"))]
    inside = cutoff >= 0
    return cutoff[inside], change[inside]


def with_pauses(
    rng: np.random.Generator, stage: Stage, cast: Cast, suspended: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Suspend large names around the reviews, one of them each time for each way.

    Parameters
    ----------
    rng : numpy.random.Generator
    stage : Stage
    cast : Cast
        Who has a part is not suspended for another reason.
    suspended : bool array of shape (n_sessions, n_names)

    Returns
    -------
    bool array of shape (n_sessions, n_names)
    """
    if not cast.eventful:
        return suspended
    suspended = suspended.copy()
    own = np.flatnonzero(stage.sessions.is_open[MAINLAND])
    reviews = cutoffs(stage.sessions)
    names = stage.names
    fits = stage.stays & (names.first == 0) & (names.market == MAINLAND) & ~cast.taken
    large = rng.permutation(np.flatnonzero(fits & stage.between(0.0, LARGE)))
    for place, name in enumerate(large.tolist()):
        # Every third review, so that windows are not full of it.
        at = place % len(WAYS)
        review = place // len(WAYS) * EVERY + at % EVERY
        if review >= len(reviews[0]):
            break
        kind, first, last = WAYS[at]
        start = np.searchsorted(own, reviews[kind][review], side="right") - 1
        if start + first < 0 or start + last + 1 >= len(own):
            continue
        span = slice(own[start + first], own[start + last + 1])
        # The counts hold only where the name trades on both sides.
        wide = slice(max(span.start - 2, 0), span.stop + 2)
        if not suspended[wide, name].any():
            suspended[span, name] = True
    return suspended
