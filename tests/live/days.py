"""Days by hand for the core's engine, and what lies within the hours of an exchange."""

import numpy as np

from paasche.live.opened.arrays import Day


def day_of(references, baskets, units, *, level=1_000.0):
    """A day of price indices in one currency on one exchange; each stands at the level.

    `baskets` are the positions of the securities of each index, `units` those of all one behind
    the other.
    """
    count, held = len(baskets), np.concatenate(baskets).astype(np.uint32)
    starts = np.cumsum([0, *map(len, baskets)])
    own = np.zeros(count, np.uint32)
    return Day(
        references=references,
        exchange=np.zeros(len(references), np.uint32),
        currency=np.zeros(len(references), np.uint32),
        sessions=None,
        collar=None,
        rates=np.ones((1, 1)),
        index_currency=own,
        starts=starts,
        securities=held,
        units=units,
        level_index=np.arange(count, dtype=np.uint32),
        is_return=np.zeros(count, np.bool_),
        level=np.full(count, level),
        at_value=np.add.reduceat(references[held] * units, starts[:-1]),
        base_rate=np.full(count, np.nan),
        version=own,
    )


def is_trade(hours, timestamps):
    """Tell which moments lie within the intervals of an exchange, both ends included."""
    begin, end = hours.intervals.T[:, :, None]
    return ((begin <= timestamps) & (timestamps <= end)).any(axis=0)
