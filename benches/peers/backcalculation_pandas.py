"""W1 by pandas: wide frames, one product of a frame and a series for each basket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from benches.peers.events import capital, chain, events, shares_in_force

if TYPE_CHECKING:
    from benches.workloads.backcalculation import Backcalculation
    from numpy.typing import NDArray


def levels(work: Backcalculation) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return price index and total return: indices × sessions."""
    shares = shares_in_force(work)
    panel, happened = pd.DataFrame(capital(work, shares)), events(work, shares)
    effects = pd.DataFrame(vars(happened))
    sessions, held = len(panel), work.memberships
    value, opened, paid = (np.zeros((sessions, work.indices)) for _ in range(3))
    joined = np.zeros((len(work.reviews) - 1, work.indices))
    ends = [*work.reviews[1:].tolist(), sessions]
    for review, (first, end) in enumerate(zip(work.reviews.tolist(), ends, strict=True)):
        period = panel.iloc[max(first - 1, 0) : end]
        due = effects[effects["session"].between(first, end - 1)]
        for index in range(work.indices):
            rows = work.basket(index, review)
            factor = pd.Series(held.factor[rows], index=held.instrument[rows].astype(np.int64))
            worth = period[factor.index].mul(factor, axis="columns").sum(axis="columns")
            value[first:end, index] = worth.loc[first:]
            if review > 0:
                joined[review - 1, index] = worth.iloc[0]
            mine = due[due["security"].isin(factor.index)]
            weight = mine["security"].map(factor)
            sums = mine[["opened", "paid"]].mul(weight, axis="index").groupby(mine["session"]).sum()
            opened[sums.index, index] = sums["opened"]
            paid[sums.index, index] = sums["paid"]
    price, total_return = chain(work, value, joined, opened, paid)
    return np.ascontiguousarray(price.T), np.ascontiguousarray(total_return.T)
