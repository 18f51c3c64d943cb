"""W1 as the definition reads, for small cases: every session and index by itself, from raw actions.

Nothing here is shared with the peers, which are compared with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from benches.workloads.backcalculation import BASE_LEVEL, CASH, DUE

if TYPE_CHECKING:
    from benches.workloads.backcalculation import Backcalculation
    from numpy.typing import NDArray


def levels(work: Backcalculation) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return price index and total return: indices × sessions."""
    sessions, securities = work.prices.shape
    acts, snaps, held = work.actions, work.snapshots, work.memberships
    shares, reference, cash = (np.zeros((sessions, securities)) for _ in range(3))
    for t in range(sessions):
        shares[t] = shares[t - 1] if t > 0 else work.first_shares
        reference[t] = work.prices[t - 1]
        for row in np.flatnonzero(acts.session == t):
            i, amount, price = acts.security[row], acts.amount[row], acts.price[row]
            if acts.kind[row] == CASH:
                cash[t, i] = amount
            else:
                shares[t, i] *= 1 + amount
                reference[t, i] = (reference[t, i] + amount * price) / (1 + amount)
        for row in np.flatnonzero(snaps.session + DUE == t):
            shares[t, snaps.security[row]] = snaps.total[row]
    rates = work.fx[:, work.currency]
    price, total_return = np.empty((2, work.indices, sessions))
    for k in range(work.indices):
        before = divisor = np.nan
        for t in range(sessions):
            rows = work.basket(k, int(np.searchsorted(work.reviews, t, side="right")) - 1)
            factor = np.zeros(securities)
            factor[held.instrument[rows]] = held.factor[rows]
            units = shares[t] * factor
            value = (work.prices[t] * rates[t] * units).sum()
            if t == 0:
                divisor = value
                price[k, t] = total_return[k, t] = BASE_LEVEL
            else:
                opening = (reference[t] * rates[t - 1] * units).sum()
                dividends = (cash[t] * rates[t - 1] * units).sum()
                # The opening at reference prices has the level of the close before.
                divisor *= opening / before
                price[k, t] = BASE_LEVEL * value / divisor
                total_return[k, t] = total_return[k, t - 1] * value / (opening - dividends)
            before = value
    return price, total_return
