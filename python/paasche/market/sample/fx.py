"""The exchange rate of the sample market: CNY for one HKD."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.sessions import Sessions

__all__ = ["draw_fx"]

PAIR = "HKDCNY"
MIDDLE, REACH, DAILY = 0.865, 0.065, 0.0008
MISSING = 0.006
LONGEST_GAP = 3  # sessions; a rate may be carried for 5


def draw_fx(
    rng: np.random.Generator, sessions: Sessions
) -> tuple[pl.DataFrame, NDArray[np.float64]]:
    """Draw a slow walk between 0.80 and 0.93 that misses a few days.

    Returns
    -------
    table : polars.DataFrame
        The table ``fx``.
    known : float64 array of shape (n_sessions,)
        The rate that counts on each session, carried over missing days.
    """
    length = len(sessions)
    walk = np.linspace(-1.2, 1.0, length)
    walk += np.cumsum(DAILY / REACH * rng.standard_normal(length))
    rate = np.round(MIDDLE + REACH * np.tanh(walk), 6)
    missing = rng.random(length) < MISSING
    gap = int(rng.integers(length // 4, length // 2))
    missing[gap - 10 : gap + 10] = False
    missing[gap : gap + LONGEST_GAP] = True
    missing[0] = False
    given = pl.when(pl.Series(~missing)).then(pl.Series(rate))
    table = pl.select(date=pl.Series(sessions.days), pair=pl.lit(PAIR), rate=given)
    known = table["rate"].forward_fill().to_numpy()
    return table.drop_nulls("rate"), known
