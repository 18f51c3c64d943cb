"""Carried closes, trades and turnover (R42)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from paasche import _core
from paasche.review.panels.actions import refuse_unconverted

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from paasche.market import Market
    from paasche.review.panels.actions import Actions
    from paasche.review.panels.axis import Axis

__all__ = ["lay_prices"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """Prices as the core reads them; rates play no part in carrying."""

    days: NDArray[np.int32]
    instruments: list[str]
    prices: NDArray[np.float64]
    fx: NDArray[np.float64]
    currency: NDArray[np.uint32]


def lay_prices(
    market: Market, axis: Axis, acts: Actions
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Return carried closes, whether a name traded, and turnover; all (n_days, n_securities).

    A row with volume 0 is no trade; on an ex-date its close is none either, as the name opens at
    its reference price.
    """
    prices = market["prices"]
    close = _spread(market, axis, prices["close"])
    traded = ~np.isnan(close)
    if prices["volume"].null_count() < len(prices):
        traded &= _spread(market, axis, prices["volume"]) != 0
    if prices["turnover"].null_count() < len(prices):
        turnover = _spread(market, axis, prices["turnover"])
        turnover[np.isnan(turnover)] = 0.0
    else:
        turnover = np.zeros(axis.shape)
    row = np.searchsorted(axis.numbers, acts.day)
    inside = (row < len(axis.days)) & (acts.day >= axis.numbers[0])
    row, column = row[inside], acts.instrument[inside]
    idle = ~traded[row, column]
    close[row[idle], column[idle]] = np.nan
    refuse_unconverted(acts, close, axis)
    panel = _Panel(
        days=axis.numbers,
        instruments=axis.securities,
        prices=close,
        fx=np.ones((len(axis.days), 1)),
        currency=np.zeros(len(axis.securities), np.uint32),
    )
    return _core.carry_prices(panel, acts), traded, turnover


def _spread(market: Market, axis: Axis, values: pl.Series) -> NDArray[np.float64]:
    """Lay a column of the table ``prices`` over days and securities; NaN without row or value."""
    return _core.spread_prices(
        market["prices"]["date"].to_physical().to_numpy(),
        market.positions("prices"),
        np.ascontiguousarray(values.to_numpy(), np.float64),
        axis.numbers,
        axis.columns,
        len(axis.securities),
    )
