"""Exchange rates: from pairs to one matrix of index sessions × currencies (R49)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import MissingDataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from paasche.calculation.sessions import Days
    from paasche.market import Market

__all__ = ["Rates", "rates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Units of index currency for one unit of each currency.

    Attributes
    ----------
    currencies : list of str
        Columns; the index currency is the first.
    table : float64 array of shape (n_sessions, n_currencies)
        NaN before the first rate, and after the last one may no longer be kept.
    age : int64 array of shape (n_sessions, n_currencies)
        Index sessions since the rate was quoted; 0 for a rate of the day.
    used : bool array of shape (n_sessions, n_currencies)
        Where a constituent or a level is in that currency.
    """

    currencies: list[str]
    table: NDArray[np.float64]
    age: NDArray[np.int64]
    used: NDArray[np.bool_]

    def column(self, currency: str) -> int:
        """Return the column of a currency."""
        return self.currencies.index(currency)


def rates(
    market: Market,
    sessions: Days,
    base: str,
    currencies: list[str],
    max_stale_sessions: int,
    *,
    seed: tuple[int, Mapping[str, tuple[float, int]]] = (0, {}),
) -> Rates:
    """Read the rates of every session; a missing one keeps the last for a limited time.

    Parameters
    ----------
    market : Market
        Table ``fx``: pair ``HKDCNY`` is CNY for one HKD; a pair the other way round is inverted.
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions.
    base : str
        Index currency.
    currencies : list of str
        Currencies wanted.
    max_stale_sessions : int
        Sessions for which the last rate is kept.
    seed : (int, mapping of str to (float, int))
        A stored state: its session, and rate and age of each currency on it. They stand where the
        market has no newer rate.
    """
    first, known_rates = seed
    names = [base, *sorted(set(currencies) - {base})]
    table = np.ones((len(sessions), len(names)))
    age = np.zeros(table.shape, np.int64)
    for column, currency in enumerate(names[1:], start=1):
        quoted, rate = _quotes(market, currency, base)
        at = np.searchsorted(quoted, sessions, side="right") - 1
        known = at >= 0
        since = np.searchsorted(sessions, quoted, side="right")[at] if len(quoted) else at
        age[:, column] = np.where(known, np.arange(len(sessions)) - since + 1, 0)
        table[:, column] = np.where(known, rate[at] if len(rate) else np.nan, np.nan)
        if currency in known_rates:
            stored = (np.arange(len(sessions)) >= first) & ~(known & (since > first))
            table[stored, column] = known_rates[currency][0]
            age[stored, column] = (
                known_rates[currency][1] + np.arange(len(sessions))[stored] - first
            )
        table[age[:, column] > max_stale_sessions, column] = np.nan
    return Rates(currencies=names, table=table, age=age, used=np.zeros(table.shape, np.bool_))


def _quotes(market: Market, currency: str, base: str) -> tuple[Days, NDArray[np.float64]]:
    """Return dates and rates of a currency; the direct pair stands before the inverse."""
    pairs = (
        market["fx"]
        .filter(pl.col("pair").is_in([currency + base, base + currency]))
        .with_columns(
            direct=pl.col("pair") == currency + base,
        )
        .with_columns(rate=pl.when("direct").then("rate").otherwise(1.0 / pl.col("rate")))
        .sort("date", "direct")
        .unique("date", keep="last", maintain_order=True)
    )
    return pairs["date"].to_numpy().astype("datetime64[D]"), pairs["rate"].to_numpy()


def require(
    found: Rates, sessions: Days, currency: str, needed: NDArray[np.bool_], why: str
) -> None:
    """Refuse sessions without a usable rate where one is needed.

    Raises
    ------
    MissingDataError
        Naming the currency, the first session and what it is needed for.
    """
    column = found.column(currency)
    gaps = needed & np.isnan(found.table[:, column])
    if gaps.any():
        at = int(np.argmax(gaps))
        age, base = int(found.age[at, column]), found.currencies[0]
        state = f"the last one is {age} sessions old" if age else "there is none before"
        raise MissingDataError(
            f"fx {currency}{base} on {sessions[at]}: no usable rate ({state}), needed for {why}"
        )
