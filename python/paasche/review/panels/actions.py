"""Corporate actions in the form of the core, and what they do to share counts (R52, R62, R63)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import MissingDataError
from paasche.review.panels.axis import rolled
from paasche.review.panels.rates import currency_rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market import Market
    from paasche.review.panels.axis import Axis

__all__ = ["Actions", "lay_actions", "refuse_unconverted"]

_KINDS = {
    "cash_dividend": "cash",
    "special_dividend": "cash",
    "bonus": "bonus",
    "rights": "rights",
    "split": "split",
    # What a spin-off takes off the price only a published reference tells: by itself it pays 0.
    "spin_off": "cash",
}
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
    kind : list of str
        ``cash``, ``bonus``, ``rights``, ``split`` or ``published``.
    amount, price, tax : float64 arrays of shape (n,)
    tick : float, optional
    """

    rows: pl.DataFrame
    instrument: NDArray[np.uint32]
    day: NDArray[np.int32]
    kind: list[str]
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
        pl.col("column") >= 0,
        pl.col("kind").is_in(list(_KINDS)),
        pl.col("cancelled").is_null() | (pl.col("cancelled") > pl.col("ex_date")),
    )
    rows = rows.with_columns(day=pl.Series(rolled(axis, market, rows, "ex_date"))).sort(
        "column", "day", "kind", "id"
    )
    published = _published(market, axis, rows)
    kinds = rows["kind"].replace_strict(_KINDS, return_dtype=pl.String)
    worth = _conversion(market, axis, base, rows)
    is_cash, is_rights = ((kinds == kind).to_numpy() for kind in ("cash", "rights"))
    cash = rows["cash"].fill_null(0.0).to_numpy() * worth
    amount = np.where(is_cash, cash, rows["ratio"].to_numpy())
    price = np.where(is_rights, rows["price"].fill_null(0.0).to_numpy() * worth, 0.0)
    none = np.zeros(len(published))
    return Actions(
        rows=rows,
        instrument=np.concatenate([rows["column"], published["column"]]).astype(np.uint32),
        day=np.concatenate([rows["day"], published["day"]]).astype(np.int32),
        kind=[*kinds, *["published"] * len(published)],
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


def _conversion(market: Market, axis: Axis, base: str, rows: pl.DataFrame) -> NDArray[np.float64]:
    """Return what one unit of a row's currency is worth in the quote currency of its security.

    The rate is that of the day before the ex-date; one that is not known stays NaN.
    """
    quoted = dict(market["securities"].select("security", "currency").iter_rows())
    quote = rows["security"].replace_strict(quoted, return_dtype=pl.String)
    paid = rows["currency"].fill_null(quote)
    worth = np.ones(len(rows))
    foreign = np.flatnonzero((paid != quote).to_numpy())
    if not foreign.size:
        return worth
    names = sorted({*paid.gather(foreign), *quote.gather(foreign)})
    known = currency_rates(market, axis.days, base, names)
    table = np.stack([known[name] for name in names], axis=1)
    number = {name: at for at, name in enumerate(names)}
    before = np.searchsorted(axis.numbers, rows["day"].to_numpy()[foreign]) - 1
    of, into = (
        table[before, side.gather(foreign).replace_strict(number, return_dtype=pl.Int64).to_numpy()]
        for side in (paid, quote)
    )
    worth[foreign] = np.where(before >= 0, of / into, np.nan)
    return worth


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
