"""The panel of carried closes: what the market quotes, laid over the days of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paasche.calculation.arrays import positions_of
from paasche.calculation.kernel import carry_prices
from paasche.errors import InconsistentError, MissingDataError
from paasche.market.panels import spread

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from paasche.calculation.arrays import Actions
    from paasche.calculation.sessions import Timeline
    from paasche.market import Market

__all__ = ["close_panel"]


def close_panel(
    market: Market,
    names: Sequence[str],
    timeline: Timeline,
    acts: Actions,
    first: int,
    seed: Mapping[str, float] | None,
    untraded: Collection[str] = (),
) -> NDArray[np.float64]:
    """Return the carried closes on the market days, shape (n_days, n_instruments).

    A row with volume 0 on an ex-date is no trade: the name opens at its reference price. The closes
    of a stored state (``seed``, on session ``first``) stand in for the history before it. Names
    that may be ``untraded`` to the end, spun-off children, are NaN until they trade.

    Raises
    ------
    MissingDataError
        A constituent never had a price.
    InconsistentError
        A close of the state's session was revised since.
    """
    days, prices = timeline.days, market["prices"]
    columns: NDArray[np.int32] = positions_of(market.ids, names).astype(np.int32)
    numbers = market.positions("prices")
    dates = prices["date"].to_physical().to_numpy()
    (close,) = spread(market, "prices", ["close"], days, columns, len(names))
    if prices["volume"].min() == 0:
        idle = (prices["volume"] == 0).fill_null(value=False).to_numpy()
        where, column = dates[idle], columns[numbers[idle]]
        ex_dates = acts.day * np.int64(len(names)) + acts.instrument
        gone = (column >= 0) & np.isin(where * np.int64(len(names)) + column, ex_dates)
        row = np.searchsorted(days.astype(np.int32), where[gone])
        inside = (row < len(days)) & (where[gone] >= days[0].astype(np.int32))
        close[row[inside], column[gone][inside]] = np.nan
    if seed is not None:
        at = int(np.searchsorted(days, timeline.sessions[first]))
        held = positions_of(list(seed), list(names))
        _refuse_revised(close[at, held], seed, days[at])
        close[at, held] = list(seed.values())
    carry_prices(days.astype(np.int32), list(names), close, acts)
    if len(days):
        _refuse_priceless(close[-1], names, days[-1], untraded)
    return close


def _refuse_revised(
    quoted: NDArray[np.float64], seed: Mapping[str, float], day: np.datetime64
) -> None:
    """Refuse closes of a stored state's session that the market gives otherwise by now."""
    known = np.array(list(seed.values()))
    revised = np.flatnonzero(~np.isnan(quoted) & (quoted != known))
    if revised.size:
        at = int(revised[0])
        raise InconsistentError(
            f"prices close = {quoted[at]} of {list(seed)[at]} on {day}: must be {known[at]}, with "
            "which the continued run ended; recalculate from the base date"
        )


def _refuse_priceless(
    last: NDArray[np.float64], names: Sequence[str], day: np.datetime64, untraded: Collection[str]
) -> None:
    """Refuse names that never had a price: there is nothing to carry, and zero is no price."""
    never = [names[at] for at in np.flatnonzero(np.isnan(last)).tolist()]
    never = [name for name in never if name not in untraded]
    if never:
        more = "" if len(never) == 1 else f" ({len(never)} constituents like this)"
        raise MissingDataError(
            f"prices of {never[0]}: must have a close on or before {day}, as it is a constituent; "
            f"add its prices, or take it out of constituents{more}"
        )
