"""W1 by polars: long tables joined and grouped, one review period at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from benches.peers.events import capital, chain, events, shares_in_force

if TYPE_CHECKING:
    from benches.workloads.backcalculation import Backcalculation
    from numpy.typing import NDArray


def levels(work: Backcalculation) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return price index and total return: indices × sessions."""
    shares = shares_in_force(work)
    panel, happened = capital(work, shares), events(work, shares)
    effects = pl.DataFrame(vars(happened)).with_columns(pl.col("security").cast(pl.UInt32))
    sessions, securities = panel.shape
    value, opened, paid = (np.zeros((sessions, work.indices)) for _ in range(3))
    joined = np.zeros((len(work.reviews) - 1, work.indices))
    ends = [*work.reviews[1:].tolist(), sessions]
    for review, (first, end) in enumerate(zip(work.reviews.tolist(), ends, strict=True)):
        basket = _baskets(work, review)
        start = max(first - 1, 0)
        days = np.arange(start, end, dtype=np.uint32)
        worth = pl.DataFrame(
            {
                "session": np.repeat(days, securities),
                "security": np.tile(np.arange(securities, dtype=np.uint32), len(days)),
                "capital": panel[start:end].ravel(),
            }
        )
        sums = (
            worth.lazy()
            .join(basket.lazy(), on="security")
            .group_by("session", "index")
            .agg(value=(pl.col("capital") * pl.col("factor")).sum())
            .collect()
        )
        found = np.empty((len(days), work.indices))
        found[sums["session"].to_numpy() - start, sums["index"].to_numpy()] = sums["value"]
        value[first:end] = found[first - start :]
        if review > 0:
            joined[review - 1] = found[0]
        events_of = (
            effects.lazy()
            .filter(pl.col("session").is_between(first, end - 1))
            .join(basket.lazy(), on="security")
            .group_by("session", "index")
            .agg((pl.col("opened", "paid") * pl.col("factor")).sum())
            .collect()
        )
        where = events_of["session"].to_numpy(), events_of["index"].to_numpy()
        opened[where], paid[where] = events_of["opened"], events_of["paid"]
    price, total_return = chain(work, value, joined, opened, paid)
    return np.ascontiguousarray(price.T), np.ascontiguousarray(total_return.T)


def _baskets(work: Backcalculation, review: int) -> pl.DataFrame:
    """Return the baskets of a review as (index, security, factor)."""
    held = work.memberships
    rows = [work.basket(index, review) for index in range(work.indices)]
    return pl.DataFrame(
        {
            "index": np.repeat(
                np.arange(work.indices, dtype=np.uint32), [row.stop - row.start for row in rows]
            ),
            "security": np.concatenate([held.instrument[row] for row in rows]),
            "factor": np.concatenate([held.factor[row] for row in rows]),
        }
    )
