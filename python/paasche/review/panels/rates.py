"""Exchange rates: index currency for one unit of each currency, day by day (R49)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paasche.review.panels.axis import by_listing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from paasche.market import Market
    from paasche.review.dates.days import Days
    from paasche.review.panels.axis import Axis

__all__ = ["currency_rates", "lay_rates"]

_Quotes = dict[tuple[str, str], "NDArray[np.float64]"]


def lay_rates(market: Market, axis: Axis, base: str) -> NDArray[np.float64]:
    """Return the rate of every security's quote currency, shape (n_days, n_securities).

    NaN before the first rate of a currency, and everywhere for one without any.
    """
    names, numbers = by_listing(market, axis, "currency")
    table = currency_rates(market, axis.days, base, names)
    columns = np.stack([table[name] for name in names], axis=1)
    if numbers.ndim == 1:
        return np.take(columns, numbers, axis=1)
    return np.take_along_axis(columns, numbers, axis=1)


def currency_rates(
    market: Market, days: Days, base: str, currencies: Iterable[str]
) -> dict[str, NDArray[np.float64]]:
    """Return units of ``base`` for one unit of each currency; the last rate is carried.

    A pair is taken as it is quoted, else the other way round, else through the first currency, in
    byte order, that has pairs with both.

    Parameters
    ----------
    market : Market
        Table ``fx``.
    days : datetime64[D] array of shape (n_days,)
    base : str
        Index currency.
    currencies : iterable of str

    Returns
    -------
    dict of str to float64 array of shape (n_days,)
        NaN where no rate is known.
    """
    quotes = _quotes(market, days)
    through = sorted({one for pair in quotes for one in pair})
    return {currency: _rate(quotes, through, currency, base, days) for currency in currencies}


def _quotes(market: Market, days: Days) -> _Quotes:
    """Return the carried rate of every pair, and of its inverse where that is not quoted."""
    direct: _Quotes = {}
    for (pair,), rows in market["fx"].sort("date").group_by("pair", maintain_order=True):
        quoted = rows["date"].to_numpy().astype("datetime64[D]")
        at = np.searchsorted(quoted, days, side="right") - 1
        rate = np.where(at >= 0, rows["rate"].to_numpy()[at], np.nan)
        direct[str(pair)[:3], str(pair)[3:]] = rate
    inverse = {(to, of): 1.0 / rate for (of, to), rate in direct.items()}
    # Until a pair is quoted the other way round may be.
    return {
        pair: np.where(np.isnan(direct[pair]), inverse.get(pair, np.nan), direct[pair])
        if pair in direct
        else inverse[pair]
        for pair in direct.keys() | inverse.keys()
    }


def _rate(
    quotes: _Quotes, through: list[str], currency: str, base: str, days: Days
) -> NDArray[np.float64]:
    if currency == base:
        return np.ones(len(days))
    found = np.full(len(days), np.nan)
    ways = [(currency, base)], *([(currency, other), (other, base)] for other in through)
    for way in ways:
        if np.isnan(found).any() and all(pair in quotes for pair in way):
            rate = np.prod([quotes[pair] for pair in way], axis=0)
            found = np.where(np.isnan(found), rate, found)
    return found
