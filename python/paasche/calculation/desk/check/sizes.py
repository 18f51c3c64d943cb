"""Sizes that no listed company has: shares in another unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.desk.check.rates import worth

if TYPE_CHECKING:
    from datetime import date

    from paasche.calculation.desk.check.limits import Limits
    from paasche.calculation.desk.check.quotes import Quotes
    from paasche.market import Market

__all__ = ["in_yuan", "off_sizes"]

_YUAN = "CNY"


def off_sizes(
    market: Market, found: Quotes, limits: Limits, start: date, end: date
) -> pl.DataFrame:
    """Return securities whose total shares × last close of a span is too small or too large."""
    first, last = (np.datetime64(day, "D").astype(np.int64) for day in (start, end))
    rows = np.flatnonzero((found.day >= first) & (found.day <= last))
    rows = rows[np.diff(found.security[rows], append=-1) != 0]
    table = (
        found.table(rows)
        .select("security", "date", "close")
        .sort("date")
        .join_asof(
            market["shares"].select("security", "total", date="effective").sort("date"),
            on="date",
            by="security",
            check_sortedness=False,
        )
    )
    master = market["securities"].select("security", "currency")
    table = table.join(master, on="security", how="left", maintain_order="left")
    rate = in_yuan(market, table.select("currency", day="date"), limits)
    value, low, high = pl.col("total") * pl.col("close") * rate, limits.size.low, limits.size.high
    small = pl.col("value") < low
    return (
        table.with_columns(value=value)
        .filter(small | (pl.col("value") > high))
        .select(
            kind=pl.lit("size"),
            security="security",
            date="date",
            value="value",
            expected=pl.when(small).then(low).otherwise(high),
            hint=pl.when(small)
            .then(
                pl.lit(
                    "total shares × close in CNY, too small for a listed company: are total shares "
                    "in units of 10,000 (万股)?"
                )
            )
            .otherwise(
                pl.lit(
                    "total shares × close in CNY, too large for a listed company: are total shares "
                    "in single shares, and the close in the quote currency?"
                )
            ),
        )
    )


def in_yuan(market: Market, money: pl.DataFrame, limits: Limits) -> pl.Series:
    """Return about what one unit of a currency is worth in yuan.

    Where the market has no rate, the middle of the range of plausible ones stands in: sizes differ
    by powers of ten.

    Parameters
    ----------
    market : Market
    money : polars.DataFrame
        Columns ``currency`` and ``day``.
    limits : Limits

    Returns
    -------
    polars.Series
        Null where neither has a rate.
    """
    middle = {
        one.pair.removesuffix(_YUAN): (one.low * one.high) ** 0.5
        for one in sorted(limits.rate_levels, key=lambda one: one.valid_from)
        if one.pair.endswith(_YUAN)
    }
    asked = money.select("currency", "day", quote=pl.lit(_YUAN))
    distinct = asked.unique().sort("currency", "day")
    known = distinct.with_columns(
        rate=worth(market, distinct, that_day=True).fill_null(
            distinct["currency"].replace_strict(middle, default=None, return_dtype=pl.Float64)
        )
    )
    return asked.join(known, on=["currency", "quote", "day"], how="left", maintain_order="left")[
        "rate"
    ]
