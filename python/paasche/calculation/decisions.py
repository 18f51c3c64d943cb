"""Committee decisions that set a price, shares or a factor, or let a gap pass through (R34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.errors import Defect, InputError
from paasche.market.decisions import decisions_of

if TYPE_CHECKING:
    from datetime import date

    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["EXPLICIT", "OF_SHARES", "decided", "require_constituents"]

EXPLICIT = ("factor", "pass_through", "price", "shares")
"""Decisions on the calculation itself; the others are about membership."""

OF_SHARES = ("factor", "shares")
"""Decisions that only an index of shares can follow."""


def decided(
    market: Market, methodology: Methodology, start: date, end: date | None
) -> pl.DataFrame:
    """Return the explicit decisions on an index, by date, security and word.

    A decision takes effect at the opening of the next index session. Where one row names the index
    and another stands for every index, the one that names it holds. A decision for every index does
    nothing where it has no meaning; one that names the index must have one.

    Returns
    -------
    polars.DataFrame
        date, security, decision, value, who, why, named (whether the row names the index).

    Raises
    ------
    InputError
        A row names the index, whose membership or units do not follow such a decision.
    """
    index, scheme = methodology.index.code, methodology.weighting.scheme
    key = ["date", "security", "decision"]
    said = [*key, "value", "who", "why"]
    rows = decisions_of(market, index)
    if rows.is_empty():
        return rows.select(*said, named=pl.lit(value=True))
    rows = rows.filter(
        pl.col("date") >= start,
        pl.lit(value=end is None) | (pl.col("date") < pl.lit(end)),
    )
    rows = rows.with_columns(named=pl.col("index").is_not_null())
    if not methodology.universe.by_rules:
        why = f"must be left out for {index}: its membership is the table constituents; change that"
        _refuse(rows.filter(pl.col("named"), ~pl.col("decision").is_in(EXPLICIT)), why)
    if not methodology.weighting.uses_shares:
        of_shares = pl.col("decision").is_in(OF_SHARES)
        why = f"must be left out for {index}: the units of scheme {scheme} do not come from shares"
        _refuse(rows.filter(pl.col("named"), of_shares), why)
        rows = rows.filter(~of_shares)
    return (
        rows.filter(pl.col("decision").is_in(EXPLICIT))
        .sort(*key, "named")
        .unique(key, keep="last", maintain_order=True)
        .select(*said, "named")
    )


def require_constituents(rows: pl.DataFrame, spans: pl.DataFrame) -> None:
    """Refuse decisions on securities that the index they name does not hold.

    Parameters
    ----------
    rows : polars.DataFrame
        Decisions as of :func:`decided`, with the ``session`` they open.
    spans : polars.DataFrame
        ``security``, ``start``, ``end``: who is in when.

    Raises
    ------
    InputError
        Naming decision, security and date.
    """
    held = rows.join(spans, on="security").filter(
        pl.col("start") <= pl.col("session"),
        pl.col("end").is_null() | (pl.col("session") < pl.col("end")),
    )
    others = rows.filter("named", pl.col("security").is_not_null()).join(
        held, on=["date", "security", "decision"], how="anti", maintain_order="left"
    )
    for day in others["session"][:1]:
        _refuse(others.head(1), f"must be about a constituent on {day}, the session it opens")


def _refuse(rows: pl.DataFrame, expected: str) -> None:
    defects = [
        Defect(
            place="decisions",
            column="decision",
            value=f"{decision} of {security or 'the index'} on {day}",
            expected=expected,
        )
        for decision, security, day in rows.select("decision", "security", "date").iter_rows()
    ]
    if defects:
        raise InputError("decisions: an index must be able to follow what names it", defects)
