"""The market as a day knew it: nothing published, announced or traded later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.market.in_force import in_force
from paasche.review.panels.known import Known

if TYPE_CHECKING:
    from datetime import date

    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["known_on", "unpriced_spin_offs", "without"]

_KNOWN_FROM = {
    "prices": pl.col("date"),
    "fx": pl.col("date"),
    "shares": pl.coalesce("announced", "effective"),
    "holders": pl.col("published"),
    # Exchanges publish ex-dates ahead: a row without the day of its announcement is known.
    "corporate_actions": pl.col("announced"),
    "status": pl.col("start"),
    "listings": pl.col("start"),
    "codes": pl.col("start"),
    "financials": pl.col("published"),
    "decisions": pl.col("date"),
}
"""The day from which a row is known; one without it always is."""

_ENDS = {
    "corporate_actions": "cancelled",
    "status": "end",
    "listings": "end",
    "codes": "end",
    "securities": "delisted",
}
"""Days of a row that are unknown until they come."""


def known_on(market: Market, methodology: Methodology, day: date) -> Market:
    """Return the market as it was known after the close of a day.

    Securities and calendars are of all times, unless ``known_at`` says when a row was known.

    Parameters
    ----------
    market : Market
    methodology : Methodology
    day : datetime.date
    """

    def rows(name: str, table: pl.DataFrame) -> pl.DataFrame:
        since, end = _KNOWN_FROM.get(name), _ENDS.get(name)
        if since is not None:
            later = table.select((since > day).fill_null(value=False)).to_series()
            table = table.filter(~later) if later.any() else table
        if end is not None and (table[end] > day).any():
            table = table.with_columns(pl.when(pl.col(end) <= day).then(pl.col(end)).alias(end))
        return table

    return Known(market, methodology, day).on(day).market.changed(rows)


def unpriced_spin_offs(market: Market, day: date) -> pl.DataFrame:
    """Return the spin-offs after a day whose child has no price by then, and no stated one (R26).

    The parent's opening reference price will tell what they give away.
    """
    return in_force(market["corporate_actions"]).filter(
        pl.col("kind") == "spin_off",
        pl.col("ex_date") > day,
        pl.col("price").is_null(),
        ~pl.col("related").is_in(market["prices"]["security"].unique().implode()),
    )


def without(market: Market, actions: pl.DataFrame) -> Market:
    """Return the market without some corporate actions."""
    if actions.is_empty():
        return market
    key = ["security", "ex_date", "kind", "related"]
    return market.changed(
        lambda name, table: (
            table.join(actions, on=key, how="anti", nulls_equal=True)
            if name == "corporate_actions"
            else table
        )
    )
