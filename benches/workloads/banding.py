"""W4, banding: total and free-float shares of many rows, some exactly on whole percents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 47
ON_WHOLE_PERCENTS = 0.05

# What a free float of 0 to 100 whole percents, rounded up, counts (R47, table ces-2023).
UPPERS = np.array([*range(16), 20, 30, 40, 50, 60, 70, 80, 100])
FRACTIONS = UPPERS[np.searchsorted(UPPERS, np.arange(101))] / 100.0


@dataclass(frozen=True, kw_only=True)
class Floats:
    """Free-float and total shares, one row each."""

    free_float: NDArray[np.int64]
    total: NDArray[np.int64]


def banding(rows: int = 10_000_000) -> Floats:
    """Return the workload."""
    rng = np.random.default_rng(SEED)
    total = rng.integers(100_000, 100_000_000, rows) * 100
    free_float = (total * rng.random(rows)).astype(np.int64)
    placed = rng.choice(rows, round(rows * ON_WHOLE_PERCENTS), replace=False)
    free_float[placed] = total[placed] // 100 * rng.integers(0, 101, len(placed))
    return Floats(free_float=free_float, total=total)
