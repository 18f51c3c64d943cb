"""On which exchange a security is listed, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.errors import NotRepresentableError

if TYPE_CHECKING:
    from paasche.market import Market

__all__ = ["by_exchange", "exchanges_listed", "exchanges_of", "said_of"]


def said_of(market: Market, securities: pl.Series, column: str) -> pl.Series:
    """Return what a column of the table ``securities`` says of each of some; null of a stranger."""
    master = market["securities"]
    number = securities.cast(pl.Enum(master["security"]), strict=False).to_physical()
    return master[column].gather(number)


def exchanges_of(market: Market, rows: pl.DataFrame, day: str) -> pl.Series:
    """Return the exchange of each row's ``security`` on its ``day``, by ``listings`` if there."""
    exchange = said_of(market, rows["security"], "exchange")
    listings = market["listings"]
    if listings.is_empty():
        return exchange
    at = (
        rows.select("security", pl.col(day).alias("day"))
        .with_row_index("row")
        .sort("day")
        .join_asof(
            listings.select("security", "exchange", pl.col("start").alias("day"), "end").sort(
                "day"
            ),
            on="day",
            by="security",
            check_sortedness=False,  # by day, which polars cannot check beside `by`
        )
        .sort("row")
    )
    listed = at.select(
        pl.when(pl.col("end").is_null() | (pl.col("day") <= pl.col("end"))).then("exchange")
    ).to_series()
    return listed.fill_null(exchange)


def exchanges_listed(market: Market, securities: list[str]) -> set[str]:
    """Return the exchanges that ``listings`` gives for any of the securities.

    Raises
    ------
    NotRepresentableError
        A listing is quoted in another currency than the security.
    """
    if market["listings"].is_empty():
        return set()
    own = pl.col("security").is_in(securities)
    master = market["securities"].filter(own)
    listings = market["listings"].filter(own)
    other = listings.join(master.select("security", quoted="currency"), on="security").filter(
        pl.col("currency") != pl.col("quoted")
    )
    if not other.is_empty():
        security, currency, quoted = other.select("security", "currency", "quoted").row(0)
        raise NotRepresentableError(
            f"listings currency = {currency} of {security}: must be {quoted}, as in securities; "
            "give the line in another currency an identifier of its own"
        )
    return set(listings["exchange"])


def by_exchange(market: Market, spans: pl.DataFrame) -> pl.DataFrame:
    """Cut spans of membership where a listing begins, and give each part its exchange."""
    if market["listings"].is_empty():
        return spans.with_columns(exchange=exchanges_of(market, spans, "start"))
    moves = market["listings"].select("security", move="start")
    inside = (pl.col("move") > pl.col("start")) & (
        pl.col("end").is_null() | (pl.col("move") < pl.col("end"))
    )
    later = spans.join(moves, on="security").filter(inside)
    starts = pl.concat([spans, later.select("security", start="move", end="end")]).sort(
        "security", "start"
    )
    following = pl.col("start").shift(-1).over("security")
    cut = starts.with_columns(end=pl.min_horizontal("end", following))
    return cut.with_columns(exchange=exchanges_of(market, cut, "start"))
