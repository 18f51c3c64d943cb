"""A day of several indices: what they hold, side by side over one book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import InconsistentError, InputError
from paasche.live.opened.arrays import Day
from paasche.live.opened.rates import LiveRates
from paasche.live.opened.sessions import ExchangeDay
from paasche.market.listings import exchanges_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from paasche.live.opened.opening import Opened
    from paasche.market import Market

    Sessions = Mapping[str, ExchangeDay | Sequence[tuple[int, int]]]

__all__ = ["Laid", "lay"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A day with the names of what its columns number.

    Attributes
    ----------
    day : Day
    securities, exchanges, indices : list of str
    rows : polars.DataFrame
        index, variant, currency of each level.
    rates : LiveRates
    """

    day: Day
    securities: list[str]
    exchanges: list[str]
    indices: list[str]
    rows: pl.DataFrame
    rates: LiveRates


def lay(
    parts: Sequence[Opened],
    date: dt.date,
    market: Market,
    sessions: Sessions | None,
    collar: float | None,
) -> Laid:
    """Lay indices that have opened side by side.

    Raises
    ------
    InconsistentError
        Two of them open a security at different reference prices, or convert at different rates.
    InputError
        Two have the same code, or an exchange has no sessions.
    """
    codes = [part.index for part in parts]
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice is not None:
        raise InputError(f"run: must be of different indices; {twice} comes twice")
    held = pl.concat(
        [
            pl.DataFrame({"security": part.securities, "quote": part.quote}).with_columns(
                reference=part.references, by=pl.lit(part.index)
            )
            for part in parts
        ]
    )
    one = held.unique("security", keep="first").sort("security")
    _agree(held, one)
    names = one["security"].to_list()
    exchange = exchanges_of(market, one.select("security", day=pl.lit(date)), "day").to_list()
    exchanges = sorted(set(exchange))
    rates = _rates(parts)
    places = {name: at for at, name in enumerate(names)}
    levels = [row for number, part in enumerate(parts) for row in _levels(number, part, rates)]
    day = Day(
        references=one["reference"].to_numpy(),
        exchange=_numbers(exchange, exchanges),
        currency=_numbers(one["quote"], rates.currencies),
        sessions=_sessions(sessions, exchanges),
        collar=collar,
        rates=rates.table,
        index_currency=_numbers([part.currency for part in parts], rates.into),
        starts=np.cumsum([0, *(len(part.securities) for part in parts)], dtype=np.int64),
        securities=np.array(
            [places[name] for part in parts for name in part.securities], np.uint32
        ),
        units=np.array([units for part in parts for units in part.units], np.float64),
        level_index=np.array([row[0] for row in levels], np.uint32),
        is_return=np.array([row[1] != "price" for row in levels], np.bool_),
        level=np.array([row[3] for row in levels], np.float64),
        at_value=np.array([row[4] for row in levels], np.float64),
        base_rate=np.array([row[5] for row in levels], np.float64),
        version=np.array([row[6] for row in levels], np.uint32),
    )
    rows = pl.DataFrame(
        {
            "index": [codes[row[0]] for row in levels],
            "variant": [row[1] for row in levels],
            "currency": [row[2] for row in levels],
        }
    )
    return Laid(
        day=day, securities=names, exchanges=exchanges, indices=codes, rows=rows, rates=rates
    )


def _agree(held: pl.DataFrame, one: pl.DataFrame) -> None:
    """Refuse a security that two indices open at different prices: the book has one of each."""
    odd = held.join(one, on="security", suffix="_first").filter(
        pl.col("reference") != pl.col("reference_first")
    )
    if not odd.is_empty():
        row = odd.row(0, named=True)
        raise InconsistentError(
            f"{row['security']}: {row['by_first']} opens it at {row['reference_first']}, "
            f"{row['by']} at {row['reference']}: run them in books of their own"
        )


def _rates(parts: Sequence[Opened]) -> LiveRates:
    """Gather the rates of all indices."""
    into = sorted({part.currency for part in parts})
    currencies = sorted({currency for part in parts for currency in part.rates})
    table = np.full((len(into), len(currencies)), np.nan)
    for part in parts:
        row = into.index(part.currency)
        for currency, rate in part.rates.items():
            place = row, currencies.index(currency)
            if not np.isnan(table[place]) and not np.isnan(rate) and table[place] != rate:
                raise InconsistentError(
                    f"{part.index}: converts {currency} at {rate}, another index at "
                    f"{table[place]}: run them in books of their own"
                )
            if not np.isnan(rate):
                table[place] = rate
    return LiveRates(into=into, currencies=currencies, table=table)


def _levels(
    number: int, part: Opened, rates: LiveRates
) -> Iterable[tuple[int, str, str, float, float, float, int]]:
    """Return index, variant, currency, level, the value it belongs to, base rate and version."""
    for variant in part.variants:
        chain = (
            (part.base_level, part.divisor)
            if variant == "price"
            else (part.previous[variant], part.opening[variant])
        )
        for currency in part.currencies:
            own = currency == part.currency
            base = np.nan if own else part.base_rates[currency]
            yield (number, variant, currency, *chain, base, rates.currencies.index(currency))


def _numbers(words: Iterable[str], choices: list[str]) -> NDArray[np.uint32]:
    places = {choice: at for at, choice in enumerate(choices)}
    return np.array([places[word] for word in words], np.uint32)


def _sessions(
    sessions: Sessions | None, exchanges: list[str]
) -> list[list[tuple[int, int]]] | None:
    """Return the sessions of each exchange, in their order."""
    if sessions is None:
        return None
    missing = next((name for name in exchanges if name not in sessions), None)
    if missing is not None:
        raise InputError(f"sessions: must have {missing}, the exchange of a constituent")
    found = []
    for name in exchanges:
        day = sessions[name]
        intervals = day.intervals if isinstance(day, ExchangeDay) else day
        found.append([(int(start), int(end)) for start, end in intervals])
    return found
