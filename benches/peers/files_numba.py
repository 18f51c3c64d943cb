"""From a market folder to a file of levels: polars reads and writes, numba calculates.

It checks nothing of what it reads, and knows only what the indices of W1 need. Its sums come in the
two ways of W1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from benches.peers.backcalculation_numba import valued
from benches.peers.loading_polars import places_in
from benches.workloads.backcalculation import (
    BASE_LEVEL,
    CASH,
    Actions,
    Backcalculation,
    Memberships,
    Snapshots,
)
from benches.workloads.market_folder import ACTIONS, CURRENCIES

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

VARIANTS = ("price", "total_return")


def levels(folder: Path, out: Path, threads: int = 2, *, unrolled: bool = False) -> pl.DataFrame:
    """Write the levels of all indices of a market folder, and return what was written."""
    work, codes = read(folder)
    value, price, total_return = valued(work, threads, unrolled=unrolled)
    shape = (work.indices, len(VARIANTS), len(work.days))
    unrounded, opening, divisor = np.empty(shape), np.empty(shape), np.full(shape, np.nan)
    unrounded[:, 0], unrounded[:, 1] = price, total_return
    divisor[:, 0] = value / price * BASE_LEVEL
    opening[:, :, 0] = np.nan
    opening[:, 0, 1:] = price[:, :-1] * divisor[:, 0, 1:] / BASE_LEVEL
    opening[:, 1, 1:] = value[:, 1:] / total_return[:, 1:] * total_return[:, :-1]
    rows = len(work.days) * len(VARIANTS)
    table = pl.DataFrame(
        {
            "index": codes.gather(np.repeat(np.arange(work.indices, dtype=np.uint32), rows)),
            "date": np.tile(work.days.astype("datetime64[D]"), work.indices * len(VARIANTS)),
            "variant": pl.Series(VARIANTS).gather(
                np.tile(np.repeat(np.arange(2, dtype=np.uint32), len(work.days)), work.indices)
            ),
            "level_unrounded": unrounded.ravel(),
            "value": np.repeat(value[:, None], len(VARIANTS), axis=1).ravel(),
            "opening_value": pl.Series(opening.ravel(), nan_to_null=True),
            "divisor": pl.Series(divisor.ravel(), nan_to_null=True),
        }
    ).select(
        "index",
        "date",
        "variant",
        pl.lit(CURRENCIES[0]).alias("currency"),
        pl.lit("none").alias("hedge"),
        pl.col("level_unrounded").round(4).alias("level"),
        "level_unrounded",
        "value",
        "opening_value",
        "divisor",
    )
    table.write_parquet(out, compression="lz4")
    return table


def read(folder: Path) -> tuple[Backcalculation, pl.Series]:
    """Return the arrays of W1 and the codes of the indices."""
    securities = pl.read_parquet(folder / "securities.parquet").sort("security")
    names = securities["security"]
    table = pl.read_parquet(folder / "prices.parquet", columns=["date", "security", "close"])
    days, places = places_in(table, names)
    prices = np.empty(len(days) * len(names))
    prices[places] = table["close"].to_numpy()
    first_shares, snapshots = _shares(folder, days, names)
    memberships, reviews, codes = _memberships(folder, days, names)
    work = Backcalculation(
        indices=len(codes),
        days=days.astype(np.int32),
        prices=prices.reshape(len(days), len(names)),
        fx=_rates(folder, days),
        currency=_numbers(securities["currency"], pl.Series(CURRENCIES)),
        first_shares=first_shares,
        actions=_actions(folder, days, names),
        snapshots=snapshots,
        reviews=reviews,
        memberships=memberships,
    )
    return work, codes


def _numbers(column: pl.Series, names: pl.Series) -> NDArray[np.uint32]:
    """Return the places of words in a list of them, in memory of numpy's own.

    What polars lends is read-only, for which numba would compile everything once more.
    """
    return column.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.uint32)


def _rates(folder: Path, days: NDArray[np.datetime64]) -> NDArray[np.float64]:
    table, rates = pl.read_parquet(folder / "fx.parquet"), np.ones((len(days), len(CURRENCIES)))
    for at, currency in enumerate(CURRENCIES[1:], start=1):
        rates[:, at] = table.filter(pair=f"{currency}{CURRENCIES[0]}").sort("date")["rate"]
    return rates


def _actions(folder: Path, days: NDArray[np.datetime64], names: pl.Series) -> Actions:
    table = pl.read_parquet(folder / "corporate_actions.parquet").sort("ex_date", "security")
    kinds = {name: kind for kind, name in ACTIONS.items()}
    kind = table["kind"].replace_strict(kinds, return_dtype=pl.Int8).to_numpy().copy()
    amounts = table["cash"].to_numpy(), table["ratio"].to_numpy()
    return Actions(
        session=np.searchsorted(days, table["ex_date"].to_numpy()),
        security=_numbers(table["security"], names),
        kind=kind,
        amount=np.where(kind == CASH, *amounts),
        price=table["price"].fill_null(0.0).to_numpy().copy(),
    )


def _shares(
    folder: Path, days: NDArray[np.datetime64], names: pl.Series
) -> tuple[NDArray[np.int64], Snapshots]:
    """Return the shares of the first day, and what is listed later."""
    table = pl.read_parquet(folder / "shares.parquet").sort("effective", "security")
    session = np.searchsorted(days, table["effective"].to_numpy())
    security, total = _numbers(table["security"], names), table["total"].to_numpy()
    later = session > 0
    first = np.empty(len(names), np.int64)
    first[security[~later]] = total[~later]
    return first, Snapshots(session=session[later], security=security[later], total=total[later])


def _memberships(
    folder: Path, days: NDArray[np.datetime64], names: pl.Series
) -> tuple[Memberships, NDArray[np.int64], pl.Series]:
    """Return the baskets, their review sessions and the codes of the indices."""
    table = pl.read_parquet(folder / "constituents.parquet")
    codes = table["index"].unique().sort()
    effective = np.unique(table["effective"].to_numpy())
    review = np.searchsorted(effective, table["effective"].to_numpy())
    basket = _numbers(table["index"], codes).astype(np.int64) * len(effective) + review
    security = _numbers(table["security"], names)
    key = basket * len(names) + security
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key)
        basket, security = basket[order], security[order]
    counts = np.bincount(basket, minlength=len(codes) * len(effective))
    memberships = Memberships(
        starts=np.concatenate([[0], np.cumsum(counts)]),
        instrument=security,
        factor=np.ones(len(security)),
    )
    return memberships, np.searchsorted(days, effective), codes
