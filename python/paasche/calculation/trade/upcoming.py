"""The corporate actions of the next sessions, and what they do to a share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.in_force import in_force
from paasche.market.vocabulary import PRICE_TERMS
from paasche.reference import reference_price
from paasche.review.interim.exits import own_sessions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from paasche.market import Market
    from paasche.review.dates.days import Days

__all__ = ["upcoming"]

_GROUP = ("security", "session")


def upcoming(
    market: Market,
    close: date,
    sessions: Days,
    holdings: pl.DataFrame,
    rates: Mapping[str, float],
    tick: float | None,
) -> pl.DataFrame:
    """Return the corporate actions of the next sessions, as they are known.

    Parameters
    ----------
    market : Market
        As it was known.
    close : datetime.date
        T, the last session that has closed.
    sessions : datetime64[D] array of shape (n,)
        The next index sessions: T + 1 to T + n.
    holdings : polars.DataFrame
        ``security``, ``role``, ``currency``, ``close``: whose actions, and what T closed at.
    rates : mapping of str to float
        Rate of each currency into index currency at the close of T.
    tick : float, optional
        Tick to which reference prices are rounded (R63).

    Returns
    -------
    polars.DataFrame
        The rows of ``corporate_actions`` with ``session`` (the ex-date, moved to a session),
        ``offset`` (1 for T + 1), ``role``, ``close``, ``reference`` (what the name would open at
        if it went ex after that close, dividend taken off) and ``share_factor`` (shares after per
        share before). The last two are of all actions of the name on that session, and null where
        its actions do not state them.
    """
    rows = in_force(market["corporate_actions"]).join(
        holdings.rename({"currency": "quote"}), on="security"
    )
    rows = (
        rows.with_columns(own_sessions(market, rows, "ex_date").alias("day"))
        if len(rows)
        else (rows.with_columns(day="ex_date"))
    )
    days = rows["day"].to_numpy().astype("datetime64[D]")
    at = np.searchsorted(sessions, days)
    near = (days > np.datetime64(close, "D")) & (at < len(sessions))
    rows = rows.filter(pl.Series(near, dtype=pl.Boolean)).with_columns(
        session=pl.Series(sessions[at[near]], dtype=pl.Date),
        offset=pl.Series(at[near] + 1, dtype=pl.Int64),
    )
    return rows.join(_effects(rows, rates, tick), on=_GROUP, how="left").sort(
        "session", "security", "kind", "id", nulls_last=True
    )


def _effects(rows: pl.DataFrame, rates: Mapping[str, float], tick: float | None) -> pl.DataFrame:
    """Return reference price and share factor of each name and session."""
    rate = {
        name: pl.col(name).replace_strict(rates, default=None, return_dtype=pl.Float64)
        for name in ("paid", "quote")
    }
    own = rows.filter(pl.col("kind").is_in(list(PRICE_TERMS))).with_columns(
        paid=pl.coalesce("currency", "quote"),
        term=pl.col("kind").replace_strict(PRICE_TERMS, return_dtype=pl.String),
    )
    own = own.with_columns(
        worth=pl.when(pl.col("paid") == pl.col("quote"))
        .then(1.0)
        .otherwise(rate["paid"] / rate["quote"])
    )

    def of(term: str) -> pl.Expr:
        return pl.col("term") == term

    paid_in = pl.col("ratio") * pl.col("price") * pl.col("worth")
    terms = own.group_by(_GROUP).agg(
        pl.col("close").first(),
        cash=(pl.col("cash") * pl.col("worth")).filter(of("cash")).sum(),
        bonus=pl.col("ratio").filter(of("bonus")).sum(),
        rights=pl.col("ratio").filter(of("rights")).sum(),
        paid_in=paid_in.filter(of("rights")).sum(),
        split=pl.col("ratio").filter(of("split")).product(),
        known=pl.col("worth").is_not_null().all(),
    )
    # What else happens to the name that morning has no terms that a price follows from.
    others = rows.filter(~pl.col("kind").is_in([*PRICE_TERMS, "tender"])).select(_GROUP).unique()
    terms = terms.join(others, on=_GROUP, how="anti").sort(_GROUP)
    priced = terms.filter("known", pl.col("close") + pl.col("paid_in") > pl.col("cash"))
    price = pl.when(pl.col("rights") > 0).then(pl.col("paid_in") / pl.col("rights")).otherwise(0.0)
    priced = priced.with_columns(price=price)
    names = ("close", "cash", "bonus", "rights", "price", "split")
    reference = reference_price(*(priced[name].to_numpy() for name in names), tick=tick)
    references = priced.select(_GROUP).with_columns(
        reference=pl.Series(reference, dtype=pl.Float64)
    )
    factor = (1 + pl.col("bonus") + pl.col("rights")) * pl.col("split")
    return terms.select(*_GROUP, share_factor=factor).join(references, on=_GROUP, how="left")
