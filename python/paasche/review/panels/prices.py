"""Carried closes, trades and turnover (R42)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paasche import _core
from paasche.market.panels import spread
from paasche.review.panels.actions import refuse_unconverted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market import Market
    from paasche.review.panels.actions import Actions
    from paasche.review.panels.axis import Axis

__all__ = ["lay_prices"]


def lay_prices(
    market: Market, axis: Axis, acts: Actions
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Return carried closes, whether a name traded, and turnover; all (n_days, n_securities).

    A row with volume 0 is no trade; on an ex-date its close is none either, as the name opens at
    its reference price.
    """
    prices = market["prices"]
    stated = [name for name in ("volume", "turnover") if prices[name].null_count() < len(prices)]
    close, *others = spread(
        market, "prices", ["close", *stated], axis.days, axis.columns, len(axis.securities)
    )
    found = dict(zip(stated, others, strict=True))
    traded = ~np.isnan(close)
    if "volume" in found:
        traded &= found["volume"] != 0
    turnover = found.get("turnover", np.zeros(axis.shape))
    turnover[np.isnan(turnover)] = 0.0
    row = np.searchsorted(axis.numbers, acts.day)
    inside = (row < len(axis.days)) & (acts.day >= axis.numbers[0])
    row, column = row[inside], acts.instrument[inside]
    idle = ~traded[row, column]
    close[row[idle], column[idle]] = np.nan
    refuse_unconverted(acts, close, axis)
    _core.carry_prices(axis.numbers, axis.securities, close, acts)
    return close, traded, turnover
