"""Bonus and rights issues on terms that are hardly possible: ratios per ten, prices of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.desk.check.rates import worth
from paasche.market.in_force import in_force

if TYPE_CHECKING:
    from paasche.calculation.desk.check.limits import Limits
    from paasche.calculation.desk.check.quotes import Quotes
    from paasche.market import Market

__all__ = ["off_terms"]


def off_terms(market: Market, names: pl.Series, found: Quotes, limits: Limits) -> pl.DataFrame:
    """Return too many new shares for one old share, and subscription prices far above the close."""
    rows = in_force(market["corporate_actions"]).filter(
        pl.col("security").is_in(names.implode()), pl.col("kind").is_in(["bonus", "rights"])
    )
    most = (
        pl.when(pl.col("kind") == "bonus").then(limits.terms.bonus).otherwise(limits.terms.rights)
    )
    many = rows.filter(pl.col("ratio") >= most).select(
        kind=pl.lit("terms"),
        security="security",
        date="ex_date",
        value="ratio",
        expected=most,
        hint=pl.format("new shares for one old share, by {}: is the ratio one per ten?", "kind"),
    )
    return pl.concat([many, _dear(market, rows.filter(pl.col("kind") == "rights"), found, limits)])


def _dear(market: Market, rows: pl.DataFrame, found: Quotes, limits: Limits) -> pl.DataFrame:
    """Return subscription prices far above the close before the ex-date."""
    quote = market["securities"].select("security", quote="currency")
    rows = rows.join(quote, on="security", how="left", maintain_order="left")
    rate = worth(
        market, rows.select(pl.col("currency").fill_null(pl.col("quote")), "quote", day="ex_date")
    )
    closes = found.table(np.arange(len(found.close))).select("security", "close", ex_date="date")
    return (
        rows.select("security", "ex_date", paid=pl.col("price") * rate)
        .sort("ex_date")
        .join_asof(
            closes.sort("ex_date"),
            on="ex_date",
            by="security",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .filter(pl.col("paid") >= limits.terms.price * pl.col("close"))
        .select(
            kind=pl.lit("terms"),
            security="security",
            date="ex_date",
            value="paid",
            expected="close",
            hint=pl.format(
                "subscription price / close before = {}: is it the price of one share?",
                (pl.col("paid") / pl.col("close")).round(4),
            ),
        )
    )
