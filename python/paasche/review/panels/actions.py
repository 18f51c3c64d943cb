"""Corporate actions in the form of the core, and what they do to share counts (R52, R62, R63)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche._arrays import ACTION_KINDS, numbered
from paasche.errors import MissingDataError
from paasche.market.in_force import in_force
from paasche.market.vocabulary import PRICE_TERMS
from paasche.review.panels.axis import rolled
from paasche.review.panels.conversion import worth_in_quote
from paasche.review.panels.rates import currency_rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market import Market
    from paasche.review.panels.axis import Axis

__all__ = ["Actions", "lay_actions", "refuse_unconverted"]

# What a spin-off takes off the price only a published reference tells: by itself it pays 0.
_KINDS = {**PRICE_TERMS, "spin_off": "cash"}
"""Kinds that change a reference price, and what the core calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """Actions of the securities of a panel, as the core reads them.

    Attributes
    ----------
    rows : polars.DataFrame
        Actions in force with ``column`` and ``day`` (ex-date moved to a session, as a number of
        days), by column, day and kind.
    instrument : uint32 array of shape (n,)
    day : int32 array of shape (n,)
    kind : uint8 array of shape (n,)
        Positions in ``ACTION_KINDS``.
    amount, price, tax : float64 arrays of shape (n,)
    tick : float, optional
    """

    rows: pl.DataFrame
    instrument: NDArray[np.uint32]
    day: NDArray[np.int32]
    kind: NDArray[np.uint8]
    amount: NDArray[np.float64]
    price: NDArray[np.float64]
    tax: NDArray[np.float64] = field(repr=False)
    tick: float | None


def lay_actions(market: Market, axis: Axis, base: str, tick: float | None) -> Actions:
    """Return the actions that change prices and share counts of the securities of a panel.

    Parameters
    ----------
    market : Market
        Tables ``corporate_actions``, ``prices`` (published references) and ``fx``.
    axis : Axis
    base : str
        Index currency, through which cash in another currency is converted.
    tick : float, optional
        Tick of calculated reference prices.
    """
    table = market["corporate_actions"]
    columns = np.take(axis.columns, market.positions("corporate_actions"))
    rows = table.with_columns(column=pl.Series(columns, dtype=pl.Int32)).filter(
        pl.col("column") >= 0, pl.col("kind").is_in(list(_KINDS))
    )
    rows = in_force(rows)
    rows = rows.with_columns(day=pl.Series(rolled(axis, market, rows, "ex_date"))).sort(
        "column", "day", "kind", "id"
    )
    published = _published(market, axis, rows)
    kinds = rows["kind"].replace_strict(_KINDS, return_dtype=pl.String)
    rates = partial(currency_rates, market, axis.days, base)
    worth = worth_in_quote(market, rows, axis.numbers, rates)
    is_cash, is_rights = ((kinds == kind).to_numpy() for kind in ("cash", "rights"))
    cash = rows["cash"].fill_null(0.0).to_numpy() * worth
    amount = np.where(is_cash, cash, rows["ratio"].to_numpy())
    price = np.where(is_rights, rows["price"].fill_null(0.0).to_numpy() * worth, 0.0)
    none = np.zeros(len(published))
    return Actions(
        rows=rows,
        instrument=np.concatenate([rows["column"], published["column"]]).astype(np.uint32),
        day=np.concatenate([rows["day"], published["day"]]).astype(np.int32),
        kind=numbered([*kinds, *["published"] * len(published)], "kind", ACTION_KINDS),
        amount=np.concatenate([amount, published["reference"]]),
        price=np.concatenate([price, none]),
        tax=np.zeros(len(rows) + len(published)),
        tick=tick,
    )


def _published(market: Market, axis: Axis, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the published opening references on ex-dates."""
    prices = market["prices"]
    schema = {"column": pl.Int32, "day": pl.Int32, "reference": pl.Float64}
    if rows.is_empty() or prices["reference"].null_count() == len(prices):
        return pl.DataFrame(schema=schema)
    stated = np.flatnonzero(prices["reference"].is_not_null().to_numpy())
    return (
        pl.DataFrame(
            {
                "column": axis.columns[market.positions("prices")[stated]],
                "day": prices["date"].to_physical().to_numpy()[stated],
                "reference": prices["reference"].to_numpy()[stated],
            },
            schema=schema,
        )
        .join(rows.select("column", "day").unique(), on=["column", "day"], how="semi")
        .sort("column", "day")
    )


def refuse_unconverted(acts: Actions, close: NDArray[np.float64], axis: Axis) -> None:
    """Refuse cash or a subscription price without a rate where a price is carried over it.

    Raises
    ------
    MissingDataError
        Naming the first such action and the currency.
    """
    rows = len(acts.rows)
    unknown = np.isnan(acts.amount[:rows]) | np.isnan(acts.price[:rows])
    for at in np.flatnonzero(unknown).tolist():
        day = int(np.searchsorted(axis.numbers, acts.day[at]))
        column = int(acts.instrument[at])
        if day == len(axis.days) or axis.numbers[day] != acts.day[at]:
            continue
        if np.isnan(close[day, column]) and not np.isnan(close[:day, column]).all():
            row = acts.rows.row(at, named=True)
            raise MissingDataError(
                f"corporate_actions currency = {row['currency']} in the {row['kind']} of "
                f"{row['security']} on {row['ex_date']}: must have a rate into the quote currency "
                "on the day before, as the price is carried over the ex-date; add it to the table "
                "fx"
            )
