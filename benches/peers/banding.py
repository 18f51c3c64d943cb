"""W4 by numba, numpy and polars, all in whole numbers, and the floors that only read and write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
import polars as pl
from benches.peers.threads import use
from benches.workloads.banding import FRACTIONS

if TYPE_CHECKING:
    from benches.workloads.banding import Floats
    from numpy.typing import NDArray


def by_numba(floats: Floats, threads: int = 2) -> NDArray[np.float64]:
    """Return the inclusion factors; numpy allocates them, in huge pages."""
    use(threads)
    factors = np.empty(len(floats.total))
    _band(floats.free_float, floats.total, FRACTIONS, factors)
    return factors


def by_numpy(floats: Floats) -> NDArray[np.float64]:
    """Return the inclusion factors."""
    percents = floats.free_float * 100
    percents += floats.total
    percents -= 1
    percents //= floats.total
    return FRACTIONS[percents]


def by_polars(frame: pl.DataFrame) -> pl.Series:
    """Return the inclusion factors of a frame with the columns free_float and total."""
    percents = (100 * pl.col("free_float") + pl.col("total") - 1) // pl.col("total")
    table = pl.lit(pl.Series(FRACTIONS))
    return frame.select(factor=table.gather(percents))["factor"]


def read_and_written(floats: Floats, threads: int = 2) -> NDArray[np.float64]:
    """Return a column made of the two: what no banding can be faster than."""
    use(threads)
    column = np.empty(len(floats.total))
    _copy(floats.free_float, floats.total, column)
    return column


def read_and_written_by_numpy(floats: Floats) -> NDArray[np.int64]:
    """Return the same floor by numpy, on one thread."""
    return floats.free_float + floats.total


@numba.njit(parallel=True, error_model="numpy")
def _band(free_float, total, fractions, factors):
    for row in numba.prange(len(total)):
        percent = (100 * free_float[row] + total[row] - 1) // total[row]
        factors[row] = fractions[percent]


@numba.njit(parallel=True, error_model="numpy")
def _copy(free_float, total, column):
    for row in numba.prange(len(total)):
        column[row] = free_float[row] + total[row]
