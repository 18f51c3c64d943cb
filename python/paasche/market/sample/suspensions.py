"""Which name of the sample market is suspended when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.sample.sessions import HONG_KONG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = ["draw_suspended"]

OVER_EX_DATE = 0.025  # of the ex-dates fall into a suspension
OFTEN, RARELY = 0.9, 0.25  # suspensions a name, on the mainland and in Hong Kong
LONGEST = 150  # sessions
QUIET = 10  # sessions after a listing without suspension


def draw_suspended(
    rng: np.random.Generator, sessions: Sessions, names: Names, ex_dates: pl.DataFrame
) -> NDArray[np.bool_]:
    """Draw suspensions: at any time, over some ex-dates, and up to the delisting after a bad event.

    Returns
    -------
    bool array of shape (n_sessions, n_names)
        True on positions between the last trade before a suspension and the resumption.
    """
    length, count = len(sessions), len(names)
    often = np.where(names.market == HONG_KONG, RARELY, OFTEN)
    name = np.repeat(np.arange(count), rng.poisson(often))
    start = rng.integers(0, length, len(name))
    lasting = rng.geometric(1 / 9, len(name)) * rng.integers(1, 4, len(name))
    end = start + np.minimum(lasting, LONGEST)
    over = ex_dates.filter(pl.Series(rng.random(len(ex_dates)) < OVER_EX_DATE))
    ex_session = over["session"].to_numpy()
    before, after = rng.integers(1, 15, (2, len(over)))
    name = np.concatenate([name, over["name"].to_numpy()])
    start = np.concatenate([start, ex_session - before])
    end = np.concatenate([end, ex_session + after])
    # The last trading session of a leaver stays one.
    end = np.minimum(end, np.where(names.gone[name] < length, names.last[name], length))
    lived = (start >= names.first[name] + QUIET) & (start < end)
    bad = np.flatnonzero(names.negative)
    starts = (np.append(start[lived], names.last[bad] + 1), np.append(name[lived], bad))
    ends = (np.append(end[lived], names.gone[bad]), np.append(name[lived], bad))
    steps = np.zeros((length + 1, count), dtype=np.int64)
    np.add.at(steps, starts, 1)
    np.add.at(steps, ends, -1)
    suspended: NDArray[np.bool_] = np.cumsum(steps, axis=0)[:-1] > 0
    return suspended
