"""W2 by peers: a book of last prices, and each second the indices whose prices moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from benches.workloads.ticks import TickDay
    from numpy.typing import NDArray


def by_numba(work: TickDay, levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Write the levels of every second, moments × levels, as the engine gives them; return them.

    The terms of an index are added in the order of its securities, so the bits are the same.
    """
    day = work.day
    _seconds(
        day.references.copy(),
        work.securities,
        work.prices,
        work.timestamps,
        work.moments,
        day.starts,
        day.securities,
        day.units,
        *_holders(work),
        day.level,
        day.at_value,
        levels,
    )
    return levels


def last_prices(work: TickDay) -> NDArray[np.float64]:
    """Return the book after all ticks, the floor of any that looks at each: stores alone."""
    prices = work.day.references.copy()
    _store(prices, work.securities, work.prices)
    return prices


def by_dict(work: TickDay) -> NDArray[np.float64]:
    """Return the price indices of the last moment: a loop over ticks, deltas in a dict."""
    day = work.day
    prices = dict(enumerate(day.references.tolist()))
    holders: dict[int, list[tuple[int, float]]] = {at: [] for at in prices}
    starts = day.starts.tolist()
    for index in range(work.indices):
        rows = slice(starts[index], starts[index + 1])
        per_value = float(day.level[index] / day.at_value[index])
        for at, units in zip(day.securities[rows].tolist(), day.units[rows].tolist(), strict=True):
            holders[at].append((index, units * per_value))
    levels = dict(enumerate(day.level[: work.indices].tolist()))
    for at, price in zip(work.securities.tolist(), work.prices.tolist(), strict=True):
        move = price - prices[at]
        if move:
            prices[at] = price
            for index, coefficient in holders[at]:
                levels[index] += move * coefficient
    return np.array(list(levels.values()))


def _holders(work: TickDay) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices that hold each security, as starts and rows."""
    day = work.day
    index = np.repeat(np.arange(work.indices), np.diff(day.starts))
    order = np.argsort(day.securities, kind="stable")
    counts = np.bincount(day.securities, minlength=len(day.references))
    return np.concatenate([[0], np.cumsum(counts)]), index[order]


@numba.njit
def _store(book, securities, prices):
    for row in range(len(securities)):
        book[securities[row]] = prices[row]


@numba.njit(error_model="numpy")
def _seconds(
    book, securities, prices, timestamps, moments, starts, held, units, holder_starts, holders,
    base, at_value, levels,
):  # fmt: skip
    indices = len(starts) - 1
    seen, values = book.copy(), np.zeros(indices)
    stale = np.ones(indices, np.bool_)
    tick = 0
    for second in range(len(moments)):
        while tick < len(securities) and timestamps[tick] <= moments[second]:
            price = prices[tick]
            if 0.0 < price < np.inf:
                book[securities[tick]] = price
            tick += 1
        for security in range(len(book)):
            if book[security] != seen[security]:
                seen[security] = book[security]
                for row in range(holder_starts[security], holder_starts[security + 1]):
                    stale[holders[row]] = True
        for index in range(indices):
            if stale[index]:
                value = 0.0
                for row in range(starts[index], starts[index + 1]):
                    value += book[held[row]] * units[row]
                values[index] = value
                stale[index] = False
            levels[second, index] = base[index] * values[index] / at_value[index]
            other = index + indices
            levels[second, other] = base[other] * (values[index] / at_value[other])
