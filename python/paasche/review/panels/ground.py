"""What reviews measure on: prices, trades, shares and rates of the whole market (R3, R42, R49)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from paasche.errors import MissingDataError
from paasche.review.panels.actions import lay_actions
from paasche.review.panels.axis import by_listing, lay_axis
from paasche.review.panels.prices import lay_prices
from paasche.review.panels.rates import lay_rates
from paasche.review.panels.shares import lay_shares

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from paasche.market import Market
    from paasche.methodology import Methodology
    from paasche.review.dates.days import Days
    from paasche.review.panels.axis import Axis

__all__ = ["Ground", "lay_ground"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Panels of days × securities, whole history.

    A value of a day rests on what is known by that day, so that a slice that ends on a day looks at
    nothing after it.

    Attributes
    ----------
    securities : list of str
        Every security that is ever listed on one of the universe's exchanges, in byte order.
    days : datetime64[D] array of shape (n_days,)
        Sessions of any of these exchanges, from the first day with prices to the last.
    listed : datetime64[D] array of shape (n_securities,)
        Listing date, where the table does not state it the day of the first price; NaT without
        either.
    is_open : bool array of shape (n_days, n_securities)
        Whether the security's own exchange of that day is open.
    close : float64 array of shape (n_days, n_securities)
        Carried close in quote currency, from an ex-date the reference price (R42); NaN before the
        first price.
    traded : bool array of shape (n_days, n_securities)
        Whether there is a price of that day with a trade; one without a volume is taken for one.
    turnover : float64 array of shape (n_days, n_securities)
        In quote currency; 0 where none is stated.
    shares : float64 array of shape (n_days, n_securities)
        Total shares of the listed class in force; NaN before the first snapshot.
    free_float : float64 array of shape (n_days, n_securities)
        Free-float shares in force (R46); NaN where never stated.
    rate : float64 array of shape (n_days, n_securities)
        Index currency for one unit of the quote currency, the last known rate carried; NaN before
        the first.
    """

    securities: list[str]
    days: Days
    listed: Days
    is_open: NDArray[np.bool_]
    close: NDArray[np.float64]
    traded: NDArray[np.bool_]
    turnover: NDArray[np.float64]
    shares: NDArray[np.float64]
    free_float: NDArray[np.float64]
    rate: NDArray[np.float64]

    def position(self, day: date) -> int:
        """Return the position of the last day on or before a day.

        Raises
        ------
        MissingDataError
            The days begin after it.
        """
        at = int(np.searchsorted(self.days, np.datetime64(day, "D"), side="right")) - 1
        if at < 0:
            raise MissingDataError(
                f"prices on {day}: must reach back to this day, on which a review measures; the "
                f"first are of {self.days[0]}: add earlier ones"
            )
        return at


def lay_ground(market: Market, methodology: Methodology, end: date) -> Ground:
    """Lay out what reviews measure on, up to a day.

    Parameters
    ----------
    market : Market
        Tables securities, prices and shares; where there listings, corporate_actions, holders, fx
        and calendar.
    methodology : Methodology
        Its exchanges choose the securities, its index currency the rates.
    end : datetime.date
        Last day looked at.

    Raises
    ------
    MissingDataError
        A table is missing, there is no price by ``end``, or the sessions of an exchange end before
        the last price.

    Examples
    --------
    >>> from datetime import date
    >>> import paasche as px
    >>> from paasche.market.sample import sample_market
    >>> market = px.Market.from_frames(
    ...     sample_market(securities=100, start="2023-01-02", end="2023-12-29")
    ... )
    >>> ground = lay_ground(market, px.Methodology.load("sample-cross-border"), date(2023, 6, 30))
    >>> ground.days[-1], ground.close.shape == (len(ground.days), len(ground.securities))
    (np.datetime64('2023-06-30'), True)
    """
    market.require(("securities", "prices", "shares"), "a review")
    index = methodology.index
    axis = lay_axis(market, _exchanges(methodology), end)
    acts = lay_actions(market, axis, index.currency, methodology.prices.tick)
    close, traded, turnover = lay_prices(market, axis, acts)
    shares, free_float = lay_shares(market, axis, acts, methodology.shares.rules_on(end).name)
    return Ground(
        securities=axis.securities,
        days=axis.days,
        listed=_listing_dates(market, axis, close),
        is_open=_own_exchange_open(market, axis),
        close=close,
        traded=traded,
        turnover=turnover,
        shares=shares,
        free_float=free_float,
        rate=lay_rates(market, axis, index.currency),
    )


def _exchanges(methodology: Methodology) -> set[str] | None:
    """Return the exchanges that any version of the methodology looks at; None for all."""
    every: set[str] = set()
    for _, rules in methodology.versions:
        if rules.universe.exchanges is None:
            return None
        every.update(rules.universe.exchanges)
    return every


def _listing_dates(market: Market, axis: Axis, close: NDArray[np.float64]) -> Days:
    securities = market["securities"].sort("security")
    listed = securities["listed"].to_numpy().astype("datetime64[D]")[axis.columns >= 0]
    open_ones = np.flatnonzero(np.isnat(listed))
    priced = ~np.isnan(close[:, open_ones])
    listed[open_ones] = np.where(
        priced.any(axis=0), axis.days[priced.argmax(axis=0)], np.datetime64("NaT")
    )
    return listed


def _own_exchange_open(market: Market, axis: Axis) -> NDArray[np.bool_]:
    names, numbers = by_listing(market, axis, "exchange")
    column = np.array([axis.exchanges.index(name) for name in names])
    if numbers.ndim == 1:
        return np.take(axis.is_open, column[numbers], axis=1)
    return np.take_along_axis(axis.is_open, column[numbers], axis=1)
