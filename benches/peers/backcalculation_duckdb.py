"""W1 by duckdb: joins of long tables and grouped sums, one review period at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl
from benches.peers.events import capital, chain, events, shares_in_force

if TYPE_CHECKING:
    from benches.workloads.backcalculation import Backcalculation
    from numpy.typing import NDArray

VALUES = """
    SELECT session, index, sum(capital * factor) AS value
    FROM baskets JOIN worth USING (security)
    GROUP BY session, index
"""
EFFECTS = """
    SELECT session, index, sum(opened * factor) AS opened, sum(paid * factor) AS paid
    FROM baskets JOIN effects USING (security)
    WHERE session BETWEEN $first AND $last
    GROUP BY session, index
"""


def levels(
    work: Backcalculation, threads: int = 2
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return price index and total return: indices × sessions."""
    shares = shares_in_force(work)
    panel, happened = capital(work, shares), events(work, shares)
    sessions, securities = panel.shape
    value, opened, paid = (np.zeros((sessions, work.indices)) for _ in range(3))
    joined = np.zeros((len(work.reviews) - 1, work.indices))
    with duckdb.connect(config={"threads": threads}) as database:
        database.register("effects", pl.DataFrame(vars(happened)).to_arrow())
        ends = [*work.reviews[1:].tolist(), sessions]
        for review, (first, end) in enumerate(zip(work.reviews.tolist(), ends, strict=True)):
            start = max(first - 1, 0)
            days = np.arange(start, end)
            worth = {
                "session": np.repeat(days, securities),
                "security": np.tile(np.arange(securities, dtype=np.uint32), len(days)),
                "capital": panel[start:end].ravel(),
            }
            database.register("worth", pl.DataFrame(worth).to_arrow())
            database.register("baskets", _baskets(work, review).to_arrow())
            sums = database.execute(VALUES).fetchnumpy()
            found = np.empty((len(days), work.indices))
            found[sums["session"] - start, sums["index"]] = sums["value"]
            value[first:end] = found[first - start :]
            if review > 0:
                joined[review - 1] = found[0]
            bounds = {"first": first, "last": end - 1}
            sums = database.execute(EFFECTS, bounds).fetchnumpy()
            where = sums["session"], sums["index"]
            opened[where], paid[where] = sums["opened"], sums["paid"]
    price, total_return = chain(work, value, joined, opened, paid)
    return np.ascontiguousarray(price.T), np.ascontiguousarray(total_return.T)


def _baskets(work: Backcalculation, review: int) -> pl.DataFrame:
    """Return the baskets of a review as (index, security, factor)."""
    held = work.memberships
    rows = [work.basket(index, review) for index in range(work.indices)]
    return pl.DataFrame(
        {
            "index": np.repeat(np.arange(work.indices), [row.stop - row.start for row in rows]),
            "security": np.concatenate([held.instrument[row] for row in rows]),
            "factor": np.concatenate([held.factor[row] for row in rows]),
        }
    )
