"""W1 by scipy: one sparse-by-dense product a review period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from benches.peers.events import capital, chain, events, shares_in_force
from scipy import sparse

if TYPE_CHECKING:
    from benches.workloads.backcalculation import Backcalculation
    from numpy.typing import NDArray


def levels(work: Backcalculation) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return price index and total return: indices × sessions."""
    shares = shares_in_force(work)
    panel, happened = capital(work, shares), events(work, shares)
    sessions, securities = panel.shape
    value, opened, paid = (np.zeros((work.indices, sessions)) for _ in range(3))
    joined = np.zeros((work.indices, len(work.reviews) - 1))
    where = (happened.security, happened.session)
    effects, dividends = (
        sparse.csc_array((column, where), shape=(securities, sessions))
        for column in (happened.opened, happened.paid)
    )
    ends = [*work.reviews[1:].tolist(), sessions]
    for review, (first, end) in enumerate(zip(work.reviews.tolist(), ends, strict=True)):
        factors = _factors(work, review, securities)
        value[:, first:end] = factors @ np.ascontiguousarray(panel[first:end].T)
        if review > 0:
            joined[:, review - 1] = factors @ panel[first - 1]
        opened[:, first:end] = (factors @ effects[:, first:end]).toarray()
        paid[:, first:end] = (factors @ dividends[:, first:end]).toarray()
    price, total_return = chain(work, value.T, joined.T, opened.T, paid.T)
    return np.ascontiguousarray(price.T), np.ascontiguousarray(total_return.T)


def _factors(work: Backcalculation, review: int, securities: int) -> sparse.csr_array:
    """Return the factors of all baskets of a review: indices × securities."""
    held = work.memberships
    rows = [work.basket(index, review) for index in range(work.indices)]
    lengths = [row.stop - row.start for row in rows]
    return sparse.csr_array(
        (
            np.concatenate([held.factor[row] for row in rows]),
            np.concatenate([held.instrument[row] for row in rows]).astype(np.int32),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32),
        ),
        shape=(work.indices, securities),
    )
