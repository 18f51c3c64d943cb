"""W3 by numba: the iteration of the rules, and the floor that only copies and scales.

numpy allocates what they return: it asks for huge pages, which numba does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
from benches.peers.threads import use

if TYPE_CHECKING:
    from benches.workloads.capping import Baskets
    from numpy.typing import NDArray

EPS = 1e-12
NAMES = 5


def copied_and_scaled(baskets: Baskets, threads: int = 2) -> NDArray[np.float64]:
    """Return the values times a number: what no capping can be faster than."""
    use(threads)
    weights = np.empty_like(baskets.values)
    _scale(baskets.values, baskets.offsets, 0.5, weights)
    return weights


def capped(
    baskets: Baskets, single: float, top_five: float | None = None, threads: int = 2
) -> NDArray[np.float64]:
    """Return the weights under a single cap and, where given, a top-five cap on initial weights."""
    use(threads)
    top = np.nan if top_five is None else top_five
    weights = np.empty_like(baskets.values)
    _cap(baskets.values, baskets.offsets, single, top, weights)
    return weights


@numba.njit(parallel=True, error_model="numpy")
def _scale(values, offsets, scale, weights):
    for basket in numba.prange(len(offsets) - 1):
        for j in range(offsets[basket], offsets[basket + 1]):
            weights[j] = values[j] * scale


@numba.njit(parallel=True, error_model="numpy")
def _cap(values, offsets, single, top, weights):
    for basket in numba.prange(len(offsets) - 1):
        rows = slice(offsets[basket], offsets[basket + 1])
        if np.isnan(top):
            _spread(values[rows], weights[rows], single, 1.0, np.inf)
        else:
            _cap_top(values[rows], weights[rows], single, top)


@numba.njit(error_model="numpy")
def _measured(values, cut):
    """Return sum, number and largest of the values up to a cut; four sums side by side."""
    s0 = s1 = s2 = s3 = 0.0
    c0 = c1 = c2 = c3 = 0
    m0 = m1 = m2 = m3 = 0.0
    whole = len(values) - len(values) % 4
    for j in range(0, whole, 4):
        v0 = values[j] if values[j] <= cut else 0.0
        v1 = values[j + 1] if values[j + 1] <= cut else 0.0
        v2 = values[j + 2] if values[j + 2] <= cut else 0.0
        v3 = values[j + 3] if values[j + 3] <= cut else 0.0
        s0, s1, s2, s3 = s0 + v0, s1 + v1, s2 + v2, s3 + v3
        c0, c1, c2, c3 = c0 + (v0 > 0), c1 + (v1 > 0), c2 + (v2 > 0), c3 + (v3 > 0)
        m0 = v0 if v0 > m0 else m0  # noqa: FURB136 (max is slower, for NaN)
        m1 = v1 if v1 > m1 else m1  # noqa: FURB136 (max is slower, for NaN)
        m2 = v2 if v2 > m2 else m2  # noqa: FURB136 (max is slower, for NaN)
        m3 = v3 if v3 > m3 else m3  # noqa: FURB136 (max is slower, for NaN)
    for j in range(whole, len(values)):
        v = values[j] if values[j] <= cut else 0.0
        s0, c0, m0 = s0 + v, c0 + (v > 0), max(m0, v)
    return (s0 + s1) + (s2 + s3), c0 + c1 + c2 + c3, max(m0, m1, m2, m3)


@numba.njit(error_model="numpy")
def _spread(values, weights, limit, total, below):
    """Spread a total over the values up to `below`, none above the limit."""
    open_sum, count, largest = _measured(values, below)
    all_names, cut, left = count, below, total
    while largest > (limit + EPS) * (open_sum / left):
        cut = (limit + EPS) * (open_sum / left)
        open_sum, count, largest = _measured(values, cut)
        left = total - limit * (all_names - count)
        if count == 0:
            break
    scale = left / open_sum
    for j in range(len(values)):
        weights[j] = values[j] * scale if values[j] <= cut else limit


@numba.njit(error_model="numpy")
def _cap_top(values, weights, single, top):
    """Cap the five largest together where their initial weights exceed `top`."""
    leaders, held = np.empty(NAMES, np.int64), np.full(NAMES, -1.0)
    for j in range(len(values)):
        if values[j] > held[NAMES - 1]:
            at = NAMES - 1
            while at > 0 and held[at - 1] < values[j]:
                held[at], leaders[at] = held[at - 1], leaders[at - 1]
                at -= 1
            held[at], leaders[at] = values[j], j
    total, _, _ = _measured(values, np.inf)
    if NAMES * single < top - EPS or held.sum() / total <= top + EPS:
        _spread(values, weights, single, 1.0, np.inf)
        return
    shared = np.empty(NAMES)
    _spread(held, shared, single, top, np.inf)
    others = values.copy()
    for at in range(NAMES):
        others[leaders[at]] = 0.0
    _spread(others, weights, shared.min(), 1.0 - top, np.inf)
    for at in range(NAMES):
        weights[leaders[at]] = shared[at]
