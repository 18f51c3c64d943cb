"""Exchange rates: from pairs to one matrix of index sessions × currencies (R49)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.rules import longest_lag
from paasche.calculation.sessions import covered
from paasche.errors import MissingDataError
from paasche.market.in_force import in_force
from paasche.market.listings import said_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from paasche.calculation.arrays import Changes
    from paasche.calculation.membership import Membership
    from paasche.calculation.sessions import Days, Timeline
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["Rates", "currencies_met", "index_rates", "on_base_date", "rates", "used_rates"]

_SHOWN = 8
"""Pairs that a message lists."""


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

    def columns_of(self, market: Market, securities: list[str]) -> NDArray[np.uint32]:
        """Return the column of each security's quote currency."""
        quote = said_of(market, pl.Series(securities, dtype=pl.String), "currency")
        columns: NDArray[np.uint32] = quote.cast(pl.Enum(self.currencies)).to_physical().to_numpy()
        return columns.astype(np.uint32)


def index_rates(
    market: Market,
    methodology: Methodology,
    members: Membership,
    axis: Timeline,
    changes: Changes,
    seed: tuple[int, Mapping[str, tuple[float, int]]],
) -> Rates:
    """Read every currency an index meets, and refuse gaps where a rate is needed.

    Parameters
    ----------
    seed : (int, mapping of str to (float, int))
        The first session, and the rates of a stored state on it; see :func:`rates`.

    Raises
    ------
    MissingDataError
        A constituent or a level is in a currency without a usable rate.
    """
    index, first = methodology.index, seed[0]
    known = pl.col("security").is_in(members.securities)
    quotes = market["securities"].filter(known).select("security", "currency")
    wanted = currencies_met(market, methodology, members.securities)
    stale = methodology.fx.max_stale_sessions
    found = rates(market, axis.sessions, index.currency, wanted, stale, seed=seed)

    positions = np.arange(len(axis.sessions))
    earliest = min(first, int(changes.weighting_session.min(initial=first)))
    lag = longest_lag(methodology)
    held_in = members.spans.join(quotes, on="security").sort("currency")
    # In order: of several gaps the same one is named every time.
    for (currency,), spans in held_in.group_by("currency", maintain_order=True):
        joined = np.searchsorted(axis.sessions, spans["start"].sort()[:1].to_numpy())[0]
        held = covered(axis.sessions, spans)
        found.used[:, found.column(str(currency))] = held
        # Weights and the close before a basket need rates up to ``lag`` sessions ahead of it.
        ahead = np.flatnonzero(held)[:, None] - np.arange(lag + 1)
        needed = np.zeros(len(held), np.bool_)
        needed[np.maximum(ahead, 0)] = True
        needed &= positions >= (earliest if joined <= first else 0)
        require(market, found, axis.sessions, str(currency), needed, "prices of constituents")
    for currency in index.currencies:
        needed = positions >= first
        require(market, found, axis.sessions, currency, needed, f"levels in {currency}")
        found.used[:, found.column(currency)] = True
    return found


def used_rates(
    market: Market, methodology: Methodology, members: Membership, axis: Timeline, found: Rates
) -> Rates:
    """Return rates with where an index uses them, of those that several were read for."""
    used = np.zeros(found.used.shape, np.bool_)
    quotes = market["securities"].select("security", "currency")
    for (currency,), spans in members.spans.join(quotes, on="security").group_by("currency"):
        used[:, found.column(str(currency))] = covered(axis.sessions, spans)
    for currency in methodology.index.currencies:
        used[:, found.column(currency)] = True
    return replace(found, used=used)


def currencies_met(
    market: Market, methodology: Methodology, securities: Sequence[str]
) -> list[str]:
    """Return the currencies of quotes, of cash paid, and of levels."""
    known = pl.col("security").is_in(securities)
    quotes = market["securities"].filter(known)["currency"]
    cash = in_force(market["corporate_actions"]).filter(known)["currency"].drop_nulls()
    return sorted({*quotes.unique(), *cash.unique(), *methodology.index.currencies})


def on_base_date(market: Market, methodology: Methodology) -> dict[str, float]:
    """Return the rate of every version currency on the base date, which versions start from."""
    index = methodology.index
    base = np.array([index.base_date], "datetime64[D]")
    stale = methodology.fx.max_stale_sessions
    found = rates(market, base, index.currency, list(index.currencies), stale)
    for currency in index.currencies:
        require(market, found, base, currency, np.ones(1, np.bool_), f"levels in {currency}")
    return {name: float(found.table[0, found.column(name)]) for name in index.currencies}


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
    quotes = _quotes(market, names[1:], base)
    for column, currency in enumerate(names[1:], start=1):
        quoted, rate = quotes[currency]
        at = np.searchsorted(quoted, sessions, side="right") - 1
        known = at >= 0
        since = np.searchsorted(sessions, quoted, side="right")[at] if len(quoted) else at
        # Before the first session weekdays stand in for sessions.
        earlier = (
            np.busday_count(quoted + 1, np.maximum(sessions[0], quoted + 1))[at]
            if len(quoted)
            else 0
        )
        age[:, column] = np.where(known, np.arange(len(sessions)) - since + 1 + earlier, 0)
        table[:, column] = np.where(known, rate[at] if len(rate) else np.nan, np.nan)
        if currency in known_rates:
            stored = (np.arange(len(sessions)) >= first) & ~(known & (since > first))
            table[stored, column] = known_rates[currency][0]
            age[stored, column] = (
                known_rates[currency][1] + np.arange(len(sessions))[stored] - first
            )
        table[age[:, column] > max_stale_sessions, column] = np.nan
    return Rates(currencies=names, table=table, age=age, used=np.zeros(table.shape, np.bool_))


def _quotes(
    market: Market, currencies: list[str], base: str
) -> dict[str, tuple[Days, NDArray[np.float64]]]:
    """Return dates and rates of each currency; the direct pair stands before the inverse."""
    known = pl.DataFrame(
        {
            "pair": [one + base for one in currencies] + [base + one for one in currencies],
            "currency": currencies * 2,
            "direct": [True] * len(currencies) + [False] * len(currencies),
        },
        schema={"pair": pl.String, "currency": pl.String, "direct": pl.Boolean},
    )
    rows = (
        market["fx"]
        .join(known, on="pair")
        .with_columns(rate=pl.when("direct").then("rate").otherwise(1.0 / pl.col("rate")))
        .sort("currency", "date", "direct")
        .filter(
            pl.col("currency").ne_missing(pl.col("currency").shift(-1))
            | pl.col("date").ne_missing(pl.col("date").shift(-1))
        )
    )
    parts = rows.partition_by("currency", as_dict=True)
    none = rows.clear()
    return {
        one: (quotes["date"].to_numpy().astype("datetime64[D]"), quotes["rate"].to_numpy())
        for one in currencies
        for quotes in [parts.get((one,), none)]
    }


def require(
    market: Market,
    found: Rates,
    sessions: Days,
    currency: str,
    needed: NDArray[np.bool_],
    why: str,
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
        age, pair = int(found.age[at, column]), currency + found.currencies[0]
        mend = (
            f"the last one is {age} sessions old, more than [fx] max_stale_sessions: add later ones"
            if age
            else _absent(market, pair)
        )
        raise MissingDataError(
            f"fx {pair} on {sessions[at]}: must have a rate, needed for {why}; {mend}"
        )


def _absent(market: Market, pair: str) -> str:
    """Return why a pair has no rate before a session: no table, no such pair, or a late start."""
    if "fx" not in market:
        return "the market has no table fx: add it"
    rates = market["fx"]
    own = rates.filter(pl.col("pair").is_in([pair, pair[3:] + pair[:3]]))
    if not own.is_empty():
        first: date = own.select(pl.col("date").min()).item()
        return f"the first one is of {first}: add earlier ones, or do without what needs it"
    pairs = rates["pair"].unique().sort().to_list()
    has = f"has the pairs {', '.join(pairs[:_SHOWN])}" if pairs else "has no rows"
    return f"the table fx {has}: add {pair}, units of {pair[3:]} for one {pair[:3]}"
