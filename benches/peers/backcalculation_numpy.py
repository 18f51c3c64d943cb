"""W1 by numpy: one dense product a review period, and sparse sums of the events.

The share counts go into the panel, so that a basket is its factors: one product, no corrections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from benches.peers.events import capital, chain, events, shares_in_force

if TYPE_CHECKING:
    from benches.workloads.backcalculation import Backcalculation
    from numpy.typing import NDArray


def levels(work: Backcalculation) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return price index and total return: indices × sessions."""
    shares = shares_in_force(work)
    panel, happened = capital(work, shares), events(work, shares)
    sessions, securities = panel.shape
    worth = np.stack([happened.opened, happened.paid])
    bounds = np.searchsorted(happened.session, np.arange(sessions + 1)).tolist()
    value, joined = (np.empty((rows, work.indices)) for rows in (sessions, len(work.reviews) - 1))
    effects = np.zeros((2, sessions, work.indices))
    factors = np.empty((securities, work.indices))
    ends = [*work.reviews[1:].tolist(), sessions]
    for review, (first, end) in enumerate(zip(work.reviews.tolist(), ends, strict=True)):
        _fill(factors, work, review)
        np.matmul(panel[first:end], factors, out=value[first:end])
        if review > 0:
            np.matmul(panel[first - 1], factors, out=joined[review - 1])
        for day in range(max(first, 1), end):
            rows = slice(bounds[day], bounds[day + 1])
            effects[:, day] = worth[:, rows] @ factors[happened.security[rows]]
    price, total_return = chain(work, value, joined, *effects)
    return np.ascontiguousarray(price.T), np.ascontiguousarray(total_return.T)


def _fill(factors: NDArray[np.float64], work: Backcalculation, review: int) -> None:
    """Write the factors of all baskets of a review: securities × indices."""
    held = work.memberships
    factors.fill(0.0)
    for index in range(work.indices):
        rows = work.basket(index, review)
        factors[held.instrument[rows], index] = held.factor[rows]
