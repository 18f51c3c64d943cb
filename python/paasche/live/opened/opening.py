"""Opening a day: each index goes on to its session, which has no close yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl

from paasche.calculation.result import Result
from paasche.calculation.run import carry_out, known_day
from paasche.errors import InputError
from paasche.market import Market
from paasche.review.history import review_history

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from paasche.calculation.workings import Workings

__all__ = ["Opened", "market_of", "opened", "runs_of"]

_ONE, _OTHER = pl.col("pair").str.slice(0, 3), pl.col("pair").str.slice(3)
_CURRENCIES = pl.when(_ONE < _OTHER).then(_ONE + _OTHER).otherwise(_OTHER + _ONE)
"""Of a pair, whichever way round it is quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An index on the morning of a day.

    Attributes
    ----------
    index, currency : str
        Code, and the currency it is calculated in.
    securities : list of str
        Constituents, in ascending order.
    units : list of float
        Units of each.
    references : float64 array of shape (n_constituents,)
        Opening reference prices.
    quote : list of str
        Quote currency of each.
    rates : dict of str to float
        Rates into the currency of the index: those that stand until the day has its own.
    base_rates : dict of str to float
        Rates on the base date, by version currency.
    variants, currencies : list of str
        What is published.
    base_level, divisor : float
    previous, opening : dict of str to float
        By total return: the level of the close before, and the opening value.
    """

    index: str
    currency: str
    securities: list[str]
    units: list[float]
    references: NDArray[np.float64]
    quote: list[str]
    rates: dict[str, float]
    base_rates: dict[str, float]
    variants: list[str]
    currencies: list[str]
    base_level: float
    divisor: float
    previous: dict[str, float]
    opening: dict[str, float]


def opened(run: Result, day: date, market: Market) -> Opened:
    """Open a day for an index.

    The run goes on from its state, if that is of an earlier session, else it is calculated anew.

    Parameters
    ----------
    run : Result
    day : datetime.date
        An index session after the base date.
    market : Market
        Closes and rates of the day and later are not looked at.

    Raises
    ------
    InputError
        The day is no session of the index, or not after its base date.
    """
    methodology = run.methodology
    index, known = methodology.index, known_day(methodology)
    if day <= known:
        raise InputError(f"date = {day}: must be after {known}, where {index.code} begins")
    market = _before(market, day)
    history = review_history(market, methodology, day) if methodology.universe.by_rules else None
    state = run.state if run.state.date < day else None
    result = carry_out(methodology, market, history, day, state=state, unclosed=True)
    if result.state.date != day:
        raise InputError(
            f"date = {day}: must be a session of {index.code}; the last one before it is "
            f"{result.state.date}"
        )
    workings = cast("Workings", result.workings)  # a run of this process has them
    arrays, panel = workings.arrays, workings.panel
    members = sorted(result.state.members, key=lambda row: row["security"])
    names = [row["security"] for row in members]
    places = {name: at for at, name in enumerate(panel.instruments)}
    columns = [places[name] for name in names]
    quote = [workings.rates.currencies[at] for at in panel.currency[columns]]
    returns = sorted(set(index.variants) - {"price"})
    return Opened(
        index=index.code,
        currency=index.currency,
        securities=names,
        units=[row["units"] for row in members],
        references=panel.prices[-1, columns],
        quote=quote,
        rates=dict(zip(workings.rates.currencies, panel.fx[-1].tolist(), strict=True)),
        base_rates=dict(workings.base_rates),
        variants=sorted(index.variants),
        currencies=sorted(index.currencies),
        base_level=index.base_level,
        divisor=float(arrays.divisors[-1]),
        previous={name: float(getattr(arrays, name)[-2]) for name in returns},
        opening={name: float(arrays.openings[name][-1]) for name in returns},
    )


def runs_of(several: Sequence[Result | str | Path]) -> list[Result]:
    """Return runs, read where they are directories.

    Raises
    ------
    InputError
        There is none.
    """
    runs = [one if isinstance(one, Result) else Result.read(one) for one in several]
    if not runs:
        raise InputError("run = []: must have at least one run")
    return runs


def market_of(runs: Sequence[Result]) -> Market:
    """Return the market that the first run was calculated from.

    Raises
    ------
    InputError
        It was no folder, or is no longer there.
    """
    run = runs[0]
    if not Path(run.source).is_dir():
        raise InputError(
            f"market: must be given, as {run.methodology.index.code} was calculated from "
            f"{run.source}, which is no folder"
        )
    return Market.read(run.source)


def _before(market: Market, day: date) -> Market:
    """Return the market as its closes and rates stood before a day.

    Reference prices that are published for the day are of its morning. The last rates stand until
    the day has its own; where it will have none they are as old as in the batch, which refuses
    rates that are too old.
    """

    def rows(name: str, table: pl.DataFrame) -> pl.DataFrame:
        if name == "fx":
            known = table.filter(pl.col("date") < day)
            own = table.filter(pl.col("date") == day).select(_CURRENCIES).to_series()
            newest = pl.col("date") == pl.col("date").max().over(_CURRENCIES)
            last = known.filter(newest, _CURRENCIES.is_in(own.implode()))
            return pl.concat([known, last.with_columns(date=pl.lit(day))])
        if name == "prices":
            today = pl.col("date") == day
            table = table.filter(pl.col("date") <= day)
            if "reference" not in table.columns:
                return table.filter(~today)
            return table.filter(~today | pl.col("reference").is_not_null()).with_columns(
                close=pl.when(~today).then("close")
            )
        return table

    return market.changed(rows)
