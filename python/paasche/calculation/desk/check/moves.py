"""Closes that move further than their exchange lets them, and published references off R63."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.desk.check.ratios import likely_event
from paasche.calculation.desk.check.ticks import least_tick, with_ticks
from paasche.market.status import in_status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.calculation.desk.check.limits import Limits
    from paasche.calculation.desk.check.quotes import Quotes
    from paasche.market import Market

__all__ = ["off_reference", "placed", "unexplained_moves"]


def unexplained_moves(market: Market, found: Quotes, limits: Limits) -> pl.DataFrame:
    """Return closes whose move against the reference price is beyond the limit of their board.

    Names in their first sessions are left out, and days on which an event without a price effect in
    the tables falls, such as a spin-off.
    """
    ratio = found.close / found.reference
    move = np.abs(ratio - 1.0)
    least = min(one.limit for one in limits.price_limits)
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero((move > least) & (found.reference > 0) & ~found.other)
    table = found.table(rows).with_columns(
        row=pl.Series(rows),
        ratio=pl.Series(ratio[rows]),
        next=_beside(found, ratio, rows, 1),
        previous=_beside(found, ratio, rows, -1),
        last=pl.Series(found.day[rows - 1].astype(np.int32)).cast(pl.Date),
    )
    table = _limited(market, placed(market, table, limits), limits)
    distance = (pl.col("close") - pl.col("reference")).abs()
    # A limit price is rounded to a step.
    beyond = distance > pl.col("limit") * pl.col("reference") + pl.col("tick") * (1 + 1e-9)
    young = pl.col("age") < pl.col("free_sessions")
    table = table.filter(beyond, ~young.fill_null(value=False))
    return table.select(
        kind=pl.lit("move"),
        security="security",
        date="date",
        value="close",
        expected="reference",
        hint=_hint(table, limits),
    )


def off_reference(market: Market, found: Quotes, limits: Limits) -> pl.DataFrame:
    """Return published references more than a price step off R63, and dividends above the close.

    Days on which an event without a price effect in the tables falls, such as a spin-off, are left
    out: the reference says what it is worth (R26).
    """
    with np.errstate(invalid="ignore"):
        far = (np.abs(found.published - found.reference) > least_tick(limits)) & ~found.other
        eaten = found.ex & (found.reference <= 0)
    table = placed(market, found.table(np.flatnonzero(far | eaten)), limits)
    distance = (pl.col("published") - pl.col("reference")).abs()
    gone = pl.col("reference") <= 0
    table = table.filter(gone | (distance > pl.col("tick") * (1 + 1e-9))).with_columns(
        ratio=pl.col("published") / pl.col("reference")
    )
    said = likely_event(table["ratio"], limits.actions, limits.actions.price_tolerance)
    given = (
        pl.when("ex")
        .then(pl.lit("published against R63"))
        .otherwise(pl.lit("published, though no ex-date is known, against the close before"))
    )
    return table.select(
        kind=pl.lit("reference"),
        security="security",
        date="date",
        value=pl.when(gone).then("before").otherwise("published"),
        expected="reference",
        hint=pl.when(gone)
        .then(pl.lit("the dividend is not below the close before"))
        .otherwise(pl.concat_str(given, pl.format(" = {}", _rounded("ratio")), said)),
    )


def _beside(
    found: Quotes, ratio: NDArray[np.float64], rows: NDArray[np.intp], step: int
) -> pl.Series:
    """Return close/reference of the row so many steps on of the same security; null without it."""
    other = np.clip(rows + step, 0, len(ratio) - 1)
    same = (found.security[other] == found.security[rows]) & (other != rows)
    return pl.Series(np.where(same, ratio[other], np.nan)).fill_nan(None)


def placed(market: Market, table: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Join exchange, board and price step to rows of security, date and close."""
    master = market["securities"].select("security", "board", "listed")
    table = with_ticks(market, table, limits).join(
        master, on="security", how="left", maintain_order="left"
    )
    board = pl.lit("main")
    for exchange, codes in limits.boards.items():
        for digits, name in codes.items():
            fits = (pl.col("exchange") == exchange) & pl.col("security").str.starts_with(digits)
            board = pl.when(fits).then(pl.lit(name)).otherwise(board)
    return table.with_columns(pl.col("board").fill_null(board))


def _limited(market: Market, table: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Join the limit in force and how many sessions a name has been listed."""
    under = in_status(market, table.select("row", "security", "date"), "risk_warning")
    table = table.with_columns(warned=pl.col("row").is_in(under["row"].implode()))
    limit, free = pl.lit(None, pl.Float64), pl.lit(None, pl.Int64)
    # Entries for risk warnings come last: they stand before the others.
    for one in sorted(limits.price_limits, key=lambda one: (one.risk_warning, one.valid_from)):
        fits = (
            pl.col("exchange").is_in(one.exchanges)
            & pl.col("board").is_in(one.boards)
            & (pl.col("date") >= one.valid_from)
            & (pl.col("warned") | pl.lit(not one.risk_warning))
        )
        limit = pl.when(fits).then(pl.lit(one.limit)).otherwise(limit)
        free = pl.when(fits).then(pl.lit(one.free_sessions)).otherwise(free)
    missed = _sessions_between(market, table["exchange"], table["last"], table["date"])
    return table.with_columns(
        limit=limit, free_sessions=free, age=_ages(market, table), missed=missed
    )


def _ages(market: Market, table: pl.DataFrame) -> pl.Series:
    """Return how many sessions each name had been listed; null where that is not known."""
    first = market["prices"].lazy().group_by("security").agg(first=pl.col("date").min())
    began = market["prices"]["date"].min()
    # A first price after the market's own beginning is taken for the listing.
    seen = (
        table.lazy()
        .select("security", "listed", "date", "exchange")
        .join(first, on="security", how="left", maintain_order="left")
        .collect()
    )
    listed = seen.select(
        listed=pl.col("listed").fill_null(pl.when(pl.col("first") > began).then("first"))
    ).to_series()
    return _sessions_between(market, seen["exchange"], listed, seen["date"])


def _sessions_between(
    market: Market, exchange: pl.Series, start: pl.Series, end: pl.Series
) -> pl.Series:
    """Return how many sessions each end lies after its start; null where that is not known."""
    begin, day = start.to_numpy(), end.to_numpy()
    found = np.full(len(begin), np.nan)
    for name in exchange.unique().drop_nulls():
        if not market.calendars.knows(name):
            continue
        sessions = market.calendars.sessions(name, *market.calendars.span(name))
        own = (exchange == name).to_numpy() & ~np.isnat(begin)
        found[own] = np.searchsorted(sessions, day[own]) - np.searchsorted(sessions, begin[own])
    return pl.Series(found).fill_nan(None)


def _hint(table: pl.DataFrame, limits: Limits) -> pl.Expr:
    """Return the likeliest reason of each move."""
    said = likely_event(table["ratio"], limits.actions, limits.actions.price_tolerance)
    there, back = (
        (pl.col("ratio") * pl.col(side) - 1.0).abs() <= limits.actions.price_tolerance
        for side in ("next", "previous")
    )
    still = (pl.col("close") / pl.col("before") - 1.0).abs() <= pl.col("limit")
    ratio = pl.format("close/reference = {}", _rounded("ratio"))
    unmoved = pl.format(
        ", close/close before = {}: is the event of this ex-date wrong, or of another day?",
        _rounded(pl.col("close") / pl.col("before")),
    )
    pause = pl.when(pl.col("missed") > 1).then(
        pl.format(" (the first price since {})", pl.col("last"))
    )
    return (
        pl.when(back)
        .then(pl.concat_str(ratio, pl.format(": back from the close of {}", "last")))
        .when(there)
        .then(pl.concat_str(ratio, pl.lit(", and back on the next session: a wrong close?")))
        .when(pl.col("ex") & still)
        .then(pl.concat_str(ratio, unmoved))
        .otherwise(pl.concat_str(ratio, said, pause.fill_null("")))
    )


def _rounded(value: str | pl.Expr) -> pl.Expr:
    expression = pl.col(value) if isinstance(value, str) else value
    return expression.round(4)
