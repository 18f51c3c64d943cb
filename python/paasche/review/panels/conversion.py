"""What the cash of corporate actions is worth in the quote currency of its security (R49)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.listings import said_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from paasche.market import Market

__all__ = ["worth_in_quote"]


def worth_in_quote(
    market: Market,
    rows: pl.DataFrame,
    days: NDArray[np.int32],
    rates: Callable[[list[str]], Mapping[str, NDArray[np.float64]]],
) -> NDArray[np.float64]:
    """Return what one unit of each row's currency is worth in the quote currency of its security.

    The rate is that of the day before the ex-date; one that is not known is NaN.

    Parameters
    ----------
    market : Market
        Table ``securities``.
    rows : polars.DataFrame
        Corporate actions: ``security``, ``currency`` (null is the quote currency) and ``day`` (the
        ex-date moved to a session, as days since 1970-01-01).
    days : int32 array of shape (n_days,)
        Days of the rates, ascending.
    rates : callable
        Currencies to the rate of each into one and the same currency, shape (n_days,).

    Returns
    -------
    float64 array of shape (n_rows,)
    """
    quote = said_of(market, rows["security"], "currency")
    paid = rows["currency"].fill_null(quote)
    worth = np.ones(len(rows))
    foreign = np.flatnonzero((paid != quote).to_numpy())
    if not foreign.size:
        return worth
    names = sorted({*paid.gather(foreign), *quote.gather(foreign)})
    known = rates(names)
    table = np.stack([known[name] for name in names], axis=1)
    number = {name: at for at, name in enumerate(names)}
    before = np.searchsorted(days, rows["day"].to_numpy()[foreign]) - 1
    of, into = (
        table[before, side.gather(foreign).replace_strict(number, return_dtype=pl.Int64).to_numpy()]
        for side in (paid, quote)
    )
    worth[foreign] = np.where(before >= 0, of / into, np.nan)
    return worth
