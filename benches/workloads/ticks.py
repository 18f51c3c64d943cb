"""W2, ticks: a day of trades of many securities, and the indices that hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from paasche.live.opened.arrays import Day

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 53
SECOND = 1_000_000
SECONDS = 14_400
SECURITIES = 5_000
LIQUIDITY = 0.6
"""Exponent of Zipf: trades of the n-th most liquid security fall as n to this power."""
NAMES = 117
"""Constituents of an index on average."""


@dataclass(frozen=True, kw_only=True)
class TickDay:
    """A day, its ticks in order of time, and the moments of calculation.

    Attributes
    ----------
    day : Day
        A price index and a total return of each index, in one currency.
    securities, prices, timestamps : arrays of shape (n_ticks,)
    moments : int64 array of shape (n_seconds,)
    """

    day: Day
    securities: NDArray[np.uint32]
    prices: NDArray[np.float64]
    timestamps: NDArray[np.int64]
    moments: NDArray[np.int64]

    @property
    def indices(self) -> int:
        return len(self.day.index_currency)


def tick_day(ticks: int = 10_000_000, indices: int = 1_000, seconds: int = SECONDS) -> TickDay:
    """Return the workload. Half of the ticks leave the price as it was."""
    rng = np.random.default_rng(SEED)
    references = np.round(np.exp(rng.normal(2.5, 0.8, SECURITIES)), 2) + 1.0
    liquidity = rng.permutation(np.arange(1.0, SECURITIES + 1) ** -LIQUIDITY)
    securities = rng.choice(SECURITIES, ticks, p=liquidity / liquidity.sum()).astype(np.uint32)
    moves = rng.choice([-1, 0, 0, 1], ticks)
    return TickDay(
        day=_day(rng, references, indices),
        securities=securities,
        prices=_walked(securities, moves, np.round(references * 100).astype(np.int64)) / 100.0,
        timestamps=np.sort(rng.integers(0, seconds * SECOND, ticks)),
        moments=np.arange(1, seconds + 1) * SECOND,
    )


def _walked(
    securities: NDArray[np.uint32], moves: NDArray[np.int64], start: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the price after each tick, in hundredths: every security walks by itself."""
    order = np.argsort(securities, kind="stable")
    own, steps = securities[order], np.cumsum(moves[order])
    first = np.searchsorted(own, own)
    walked = np.empty_like(steps)
    walked[order] = steps - (steps - moves[order])[first]
    return np.maximum(start[securities] + walked, 1)


def _day(rng: np.random.Generator, references: NDArray[np.float64], indices: int) -> Day:
    sizes = np.clip(rng.lognormal(0.0, 0.75, indices), 0.1, 12.0)
    sizes = np.maximum((sizes * NAMES / sizes.mean()).astype(np.int64), 10)
    baskets = [np.sort(rng.choice(SECURITIES, size, replace=False)) for size in sizes]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    held = np.concatenate(baskets).astype(np.uint32)
    units = rng.uniform(1e6, 1e9, len(held))
    values = np.add.reduceat(references[held] * units, starts[:-1])
    zeros = np.zeros(indices, np.uint32)
    return Day(
        references=references,
        exchange=np.zeros(SECURITIES, np.uint32),
        currency=np.zeros(SECURITIES, np.uint32),
        sessions=None,
        collar=None,
        rates=np.ones((1, 1)),
        index_currency=zeros,
        starts=starts,
        securities=held,
        units=units,
        level_index=np.tile(np.arange(indices, dtype=np.uint32), 2),
        is_return=np.repeat([False, True], indices),
        level=np.repeat([1_000.0, 1_250.0], indices),
        at_value=np.tile(values, 2),
        base_rate=np.full(2 * indices, np.nan),
        version=np.tile(zeros, 2),
    )
