"""Which indices of a group would read the shared arrays as those of a calculation alone.

A calculation alone looks as far back as its own constituents need, and refuses what they lack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paasche.calculation.rates import rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from paasche.calculation.many.rosters import Rosters
    from paasche.calculation.many.shared import Shared
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["first_known", "knows_prices", "knows_rates", "reads_alike"]


def first_known(rosters: Rosters, shared: Shared) -> NDArray[np.int64]:
    """Return the first session that a calculation of each index alone knows.

    Returns
    -------
    int64 array of shape (n_indices,)
    """
    # Who is not in the panel is held by none of the indices.
    reach = shared.reaches_back[shared.column][rosters.security]
    rows = rosters.starts[np.flatnonzero(np.diff(rosters.owner, prepend=-1))]
    oldest = np.minimum.reduceat(reach, rows)
    return np.searchsorted(shared.axis.sessions.astype(np.int32), oldest)


def knows_prices(rosters: Rosters, shared: Shared) -> NDArray[np.bool_]:
    """Tell which indices have a price for everyone, carried from where it is without doubt."""
    lacking = np.zeros(len(shared.column), np.bool_)
    lacking[shared.column >= 0] = ~shared.priced | shared.unsure
    return ~rosters.of_some(lacking)


def reads_alike(market: Market, shared: Shared, back: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell for which indices sessions that they do not know alone leave the rates as they are.

    How old a rate is counts in sessions, and in weekdays before the first known one.
    """
    alike = np.ones(len(back), np.bool_)
    found, index = shared.found, shared.methodology.index
    for first in np.unique(back[back > 0]).tolist():
        if not found.age[first].any():
            continue  # a rate of the day, or none yet
        alone = rates(
            market,
            shared.axis.sessions[first:],
            index.currency,
            found.currencies,
            shared.methodology.fx.max_stale_sessions,
        )
        same = np.array_equal(alone.table, found.table[first:], equal_nan=True)
        if not (same and np.array_equal(alone.age, found.age[first:])):
            alike[back == first] = False
    return alike


def knows_rates(
    rosters: Rosters, methodologies: Sequence[Methodology], shared: Shared
) -> NDArray[np.bool_]:
    """Tell which indices surely have every rate that they need."""
    found, first = shared.found, shared.first
    absent = np.isnan(found.table)
    known_from = len(absent) - np.argmax(absent[::-1], axis=0)
    known_from[~absent.any(axis=0)] = 0
    known = np.ones(len(methodologies), np.bool_)
    if (known_from <= max(first - shared.lag, 0)).all():
        return known
    sessions = shared.axis.sessions.astype(np.int32)
    # Weights need rates up to ``lag`` sessions ahead of the first basket with the currency.
    needed = (np.searchsorted(sessions, rosters.effective) - shared.lag).clip(0)
    currency = shared.panel.currency[shared.column[rosters.security]]
    lacking = known_from[currency] > needed[rosters.basket]
    known[rosters.owner[rosters.basket[lacking]]] = False
    for at, one in enumerate(methodologies):
        columns = [found.column(name) for name in one.index.currencies]
        known[at] &= bool((known_from[columns] <= first).all())
    return known
