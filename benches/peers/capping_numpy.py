"""W3 by numpy: basket by basket, and the floor that only copies and scales."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benches.workloads.capping import Baskets
    from numpy.typing import NDArray

EPS = 1e-12
NAMES = 5


def copied_and_scaled(baskets: Baskets) -> NDArray[np.float64]:
    """Return the values times a number: what no capping can be faster than."""
    return baskets.values * 0.5


def capped(baskets: Baskets, single: float, top_five: float | None = None) -> NDArray[np.float64]:
    """Return the weights under a single cap and, where given, a top-five cap on initial weights."""
    weights = np.empty_like(baskets.values)
    bounds = baskets.offsets.tolist()
    for start, end in pairwise(bounds):
        values = baskets.values[start:end]
        if top_five is None:
            weights[start:end] = _spread(values, single, 1.0)
        else:
            weights[start:end] = _cap_top(values, single, top_five)
    return weights


def _spread(values: NDArray[np.float64], limit: float, total: float) -> NDArray[np.float64]:
    """Spread a total, none above the limit."""
    weights = values * (total / values.sum())
    frozen = weights > limit + EPS
    while frozen.any():
        rest = values[~frozen]
        weights = values * ((total - limit * frozen.sum()) / rest.sum())
        weights[frozen] = limit
        above = weights > limit + EPS
        if not above.any():
            break
        frozen |= above
    return weights


def _cap_top(values: NDArray[np.float64], single: float, top: float) -> NDArray[np.float64]:
    """Cap the five largest together where their initial weights exceed `top`."""
    leaders = np.argpartition(values, -NAMES)[-NAMES:]
    held = values[leaders]
    if NAMES * single < top - EPS or held.sum() / values.sum() <= top + EPS:
        return _spread(values, single, 1.0)
    shared = _spread(held, single, top)
    others = values.copy()
    others[leaders] = 0.0
    weights = _spread(others, shared.min(), 1.0 - top)
    weights[leaders] = shared
    return weights
