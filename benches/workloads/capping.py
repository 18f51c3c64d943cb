"""W3 and W3b, capping: the values of many baskets, laid end to end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 41  # no basket is infeasible under both caps
SINGLE, TOP_FIVE = 0.10, 0.40
SMALLEST, LARGEST = 50, 3000


@dataclass(frozen=True, kw_only=True)
class Baskets:
    """Basket i is ``values[offsets[i]:offsets[i + 1]]``."""

    values: NDArray[np.float64]
    offsets: NDArray[np.int64]


def mild(count: int = 10_000) -> Baskets:
    """Return W3: whole values; the single cap binds in more than a fifth of the baskets."""
    baskets = _drawn(count, 1.3)
    return Baskets(values=np.ceil(baskets.values * 1e6), offsets=baskets.offsets)


def concentrated(count: int = 10_000) -> Baskets:
    """Return W3b: the single cap binds in about three quarters, the top-five cap in about half."""
    return _drawn(count, 2.2)


def binding(baskets: Baskets) -> tuple[float, float]:
    """Return in which part of the baskets the single and the top-five cap bind."""
    values, offsets = baskets.values, baskets.offsets
    single = top_five = 0
    for start, end in pairwise(offsets):
        weights = values[start:end] / values[start:end].sum()
        single += weights.max() > SINGLE
        top_five += np.partition(weights, -5)[-5:].sum() > TOP_FIVE
    count = len(offsets) - 1
    return single / count, top_five / count


def _drawn(count: int, spread: float) -> Baskets:
    """Draw log-normal values for baskets of 50 to 3,000 names, log-uniform."""
    rng = np.random.default_rng(SEED)
    sizes = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST + 1), count)).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    return Baskets(values=rng.lognormal(0.0, spread, offsets[-1]), offsets=offsets)
