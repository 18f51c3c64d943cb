"""What a calculation reads of a market: rows and columns by table, and from when a row counts.

What a null stands for and what says the same as no value at all is left out, so that two markets
which read the same way are the same here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from paasche.market.in_force import in_force

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from paasche.market import Market

__all__ = ["USED", "Used"]


class Used(NamedTuple):
    """How a calculation reads a table.

    Attributes
    ----------
    counts : polars.Expr
        The day from which a row counts; null where it belongs to no day.
    columns : tuple of str
        What is read.
    as_read : mapping of str to polars.Expr
        Columns of which not every difference counts: null where a value says what null says.
    rows : callable, optional
        The rows read, of a market and up to a last session; None: all of the table.
    """

    counts: pl.Expr
    columns: tuple[str, ...]
    as_read: Mapping[str, pl.Expr] = {}
    rows: Callable[[Market, date], pl.DataFrame] | None = None

    def table(self, name: str, market: Market, until: date) -> pl.DataFrame:
        """Return the rows of a market that are read, whenever they count from."""
        return market[name] if self.rows is None else self.rows(market, until)

    def value(self, column: str) -> pl.Expr:
        """Return a column as it is read."""
        return self.as_read.get(column, pl.col(column)).alias(column)


def _listings(market: Market, until: date) -> pl.DataFrame:
    return market["listings"].with_columns(until=pl.lit(until))


def _actions(market: Market, _: date) -> pl.DataFrame:
    quote = market["securities"].select("security", quote="currency")
    rows = in_force(market["corporate_actions"])
    return rows.join(quote, on="security", how="left", maintain_order="left")


_LATE = pl.col("announced") > pl.col("effective")

USED: dict[str, Used] = {
    "securities": Used(pl.lit(None, pl.Date), ("security", "exchange", "currency", "country")),
    "listings": Used(
        pl.col("start"),
        ("security", "exchange", "start", "end"),
        # A listing that goes on to the last session is as good as open.
        {"end": pl.when(pl.col("end") < pl.col("until")).then("end")},
        _listings,
    ),
    "prices": Used(
        pl.col("date"),
        ("date", "security", "close", "reference", "volume"),
        # 0 on an ex-date is no trade (docs/market-folder.md); how much was traded does not count.
        {"volume": pl.when(pl.col("volume") == 0).then("volume")},
    ),
    "shares": Used(
        # Announced after it took effect: it counts from the day after the announcement (R57).
        pl.when(_LATE).then(pl.col("announced").dt.offset_by("1d")).otherwise("effective"),
        ("security", "effective", "announced", "total", "free_float", "basis"),
        {
            "announced": pl.when(_LATE).then("announced"),
            "basis": pl.when(pl.col("basis") != pl.col("effective")).then("basis"),
        },
    ),
    "holders": Used(
        pl.col("published"),
        ("security", "date", "holder", "group", "class", "shares", "restricted"),
    ),
    "corporate_actions": Used(
        pl.col("ex_date"),
        ("security", "ex_date", "kind", "cash", "ratio", "price", "currency", "announced"),
        {
            "currency": pl.when(pl.col("currency") != pl.col("quote")).then("currency"),
            # Of a delisting the announcement counts (R33); elsewhere it may still be filled in.
            "announced": pl.when(pl.col("kind") == "delisting").then("announced"),
        },
        _actions,
    ),
    "constituents": Used(
        pl.col("effective"),
        ("security", "effective", "weight", "kind", "replaces"),
        {"kind": pl.when(pl.col("kind") != "review").then("kind")},
    ),
    "fx": Used(pl.col("date"), ("date", "pair", "rate")),
    "calendar": Used(pl.col("date"), ("exchange", "date")),
}
"""Tables that a calculation reads."""
