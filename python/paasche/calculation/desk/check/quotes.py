"""Closes in the order of securities and days, each with the reference price it opened at (R63)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.desk.check.rates import worth
from paasche.market.in_force import in_force

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market import Market

__all__ = ["Quotes", "quotes"]

_DAYS = np.int64(1) << 32
"""A place for every day after each security: security and day are one number."""

_CHANGES_PRICE = ("cash_dividend", "special_dividend", "bonus", "rights", "split")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotes:
    """Closes by security, then day; a row without a trade on an ex-date is left out.

    Attributes
    ----------
    ids : polars.Series
        Identifiers of all securities.
    security : int64 array of shape (n,)
        Positions in ``ids``.
    day : int64 array of shape (n,)
        Days since 1970-01-01.
    close, published, volume : float64 arrays of shape (n,)
        NaN where there is none.
    before : float64 array of shape (n,)
        Close before; NaN for the first of a security.
    reference : float64 array of shape (n,)
        Reference price from the close before and all ex-dates since (R63); NaN where it is unknown.
    ex : bool array of shape (n,)
        Whether an ex-date lies between the close before and this one.
    other : bool array of shape (n,)
        Whether an event lies there whose price effect no table gives, such as a spin-off.
    """

    ids: pl.Series
    security: NDArray[np.int64]
    day: NDArray[np.int64]
    close: NDArray[np.float64]
    published: NDArray[np.float64]
    volume: NDArray[np.float64]
    before: NDArray[np.float64]
    reference: NDArray[np.float64]
    ex: NDArray[np.bool_]
    other: NDArray[np.bool_]

    def places(
        self, security: NDArray[np.integer], day: NDArray[np.integer], side: str = "left"
    ) -> NDArray[np.intp]:
        """Return the first row on or after each day of each security (``right``: after it)."""
        asked = security.astype(np.int64) * _DAYS + day
        found: NDArray[np.intp] = np.searchsorted(
            self.security * _DAYS + self.day,
            asked,
            side=side,  # type: ignore[call-overload]
        )
        return found

    def positions(self, names: pl.Series) -> NDArray[np.int64]:
        """Return where in ``ids`` each name stands."""
        return self.ids.search_sorted(names).to_numpy().astype(np.int64)

    def table(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> pl.DataFrame:
        """Return rows as a frame."""
        columns = {name: getattr(self, name)[rows] for name in _NUMBERS}
        return pl.DataFrame(
            {
                "security": self.ids.gather(self.security[rows]),
                "date": pl.Series(self.day[rows].astype(np.int32)).cast(pl.Date),
                **columns,
            }
        ).with_columns(pl.col(pl.Float64).fill_nan(None))


_NUMBERS = ("close", "published", "volume", "before", "reference", "ex", "other")


def quotes(market: Market, names: pl.Series) -> Quotes:
    """Return the closes of securities, in order.

    Parameters
    ----------
    market : Market
    names : polars.Series
        Identifiers of the securities.
    """
    ids = market.ids
    wanted = np.zeros(len(ids), np.bool_)
    wanted[ids.search_sorted(names).to_numpy()] = True
    security = market.positions("prices").astype(np.int64)
    prices = market["prices"]
    day = prices["date"].to_physical().to_numpy().astype(np.int64)
    kept = np.flatnonzero(wanted[security])
    key = security[kept] * _DAYS + day[kept]
    kept, key = kept[order := np.argsort(key, kind="stable")], key[order]
    actions = _actions(market, names, ids)
    target, real = _targets(actions, key)
    volume = _floats(prices["volume"])[kept]
    # A row with volume 0 on an ex-date is no trade (docs/market-folder.md).
    idle = (
        target[real & (volume[np.minimum(target, len(key) - 1)] == 0)] if len(key) else target[:0]
    )
    kept, key, volume = (np.delete(one, idle) for one in (kept, key, volume))
    target, real = _targets(actions, key)
    close = _floats(prices["close"])[kept]
    first = np.diff(key >> 32, prepend=-1) != 0
    before = np.where(first, np.nan, np.roll(close, 1))
    rows = actions.with_columns(row=pl.Series(target)).filter(pl.Series(real))
    reference, ex, other = before.copy(), np.zeros(len(key), np.bool_), np.zeros(len(key), np.bool_)
    known = pl.col("kind").is_in(_CHANGES_PRICE)
    other[rows.filter(~known)["row"].to_numpy()] = True
    _apply(rows.filter(known), reference)
    ex[rows.filter(known)["row"].to_numpy()] = True
    return Quotes(
        ids=ids,
        security=key >> 32,
        day=key & (_DAYS - 1),
        close=close,
        published=_floats(prices["reference"])[kept],
        volume=volume,
        before=before,
        reference=reference,
        ex=ex,
        other=other,
    )


def _floats(column: pl.Series) -> NDArray[np.float64]:
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy()


def _actions(market: Market, names: pl.Series, ids: pl.Series) -> pl.DataFrame:
    """Return the actions of the securities, money in quote currency, with their key."""
    rows = in_force(market["corporate_actions"]).filter(pl.col("security").is_in(names.implode()))
    quote = market["securities"].select("security", quote="currency")
    rows = rows.join(quote, on="security", how="left", maintain_order="left")
    rate = worth(
        market, rows.select(pl.col("currency").fill_null(pl.col("quote")), "quote", day="ex_date")
    )
    return rows.select(
        "kind",
        "ex_date",
        "ratio",
        cash=pl.col("cash") * rate,
        paid=pl.col("ratio") * pl.col("price") * rate,
        key=pl.Series(ids.search_sorted(rows["security"]).to_numpy().astype(np.int64) * _DAYS)
        + pl.col("ex_date").cast(pl.Int32).cast(pl.Int64),
    )


def _targets(
    actions: pl.DataFrame, key: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the first row of each action's security from its ex-date on, and if there is one."""
    asked = actions["key"].to_numpy()
    target = np.searchsorted(key, asked)
    padded = np.append(key, -1)
    return target, (padded[target] >> 32) == (asked >> 32)


def _apply(rows: pl.DataFrame, reference: NDArray[np.float64]) -> None:
    """Take references over their ex-dates, one after another where there are several (R63)."""
    kind, ratio = pl.col("kind"), pl.col("ratio")
    dividend = kind.is_in(["cash_dividend", "special_dividend"])
    steps = (
        rows.group_by("row", "ex_date")
        .agg(
            # One amount that is not known makes the price unknown.
            cash=pl.when(pl.col("cash").filter(dividend).null_count() == 0)
            .then(pl.col("cash").filter(dividend).sum())
            .otherwise(None),
            paid=pl.when(pl.col("paid").filter(kind == "rights").null_count() == 0)
            .then(pl.col("paid").filter(kind == "rights").sum())
            .otherwise(None),
            new=ratio.filter(kind.is_in(["bonus", "rights"])).sum(),
            split=ratio.filter(kind == "split").product(),
        )
        .sort("row", "ex_date")
        .with_columns(step=pl.int_range(pl.len()).over("row"))
    )
    for number in steps["step"].unique().sort():
        now = steps.filter(pl.col("step") == number)
        row = now["row"].to_numpy()
        cash, paid, new, split = (_floats(now[name]) for name in ("cash", "paid", "new", "split"))
        reference[row] = (reference[row] - cash + paid) / ((1.0 + new) * split)
