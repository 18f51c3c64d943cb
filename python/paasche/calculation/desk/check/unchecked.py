"""What a check could not look at, as the market lacks it or the limits say nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from paasche.calculation.arguments import check_market
from paasche.calculation.desk.check.limits import Limits
from paasche.calculation.desk.check.moves import placed
from paasche.calculation.desk.check.names import names_of
from paasche.calculation.desk.check.rate_levels import ranges
from paasche.calculation.desk.check.sizes import in_yuan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from paasche.market import Market

__all__ = ["unchecked"]

_TABLES = {
    "status": ("missing prices", "price limits under a risk warning"),
    "shares": ("share counts", "weights by shares", "sizes"),
    "constituents": ("weights",),
    "corporate_actions": ("opening references on ex-dates", "terms of bonus and rights issues"),
}
"""What is not checked without a table."""

_COLUMNS = {
    "reference": "published opening references",
    "volume": "rows without a trade",
}
"""What is not checked without a column of prices."""

_SHOWN = 3
"""Names that a line lists."""


@dataclass(frozen=True, slots=True)
class _Asked:
    market: Market
    names: pl.Series
    limits: Limits


def unchecked(
    market: Market,
    *,
    index: str | None = None,
    limits: Limits | str | PathLike[str] | None = None,
) -> tuple[str, ...]:
    """Return what `check` could not look at.

    Parameters
    ----------
    market : Market
    index : str, optional
        Only names that are ever a constituent of this index.
    limits : Limits or path, optional
        File of limits; None: the one that comes with paasche.

    Returns
    -------
    tuple of str
        One line for each check that did not take place, or not for all; empty where all did.

    Raises
    ------
    InputError
        The index has no constituents, the limits are wrong, or there is no market.

    Examples
    --------
    >>> import paasche as px
    >>> from paasche.calculation.desk.check import unchecked
    >>> tables = px.sample_market(securities=100, end="2015-09-30")
    >>> unchecked(px.Market.from_frames(tables))
    ()
    >>> del tables["status"]
    >>> unchecked(px.Market.from_frames(tables))[0]
    'missing prices: not checked, the market has no table status'
    """
    check_market(market)
    market.require(["securities", "prices"], "check")
    bounds = limits if isinstance(limits, Limits) else Limits.read(limits)
    asked = _Asked(market, names_of(market, index), bounds)
    return tuple(line for part in _PARTS for line in part(asked))


def _tables(asked: _Asked) -> Iterator[str]:
    for table, checks in _TABLES.items():
        if asked.market[table].is_empty():
            lacks = "has no rows in the" if table in asked.market else "has no"
            yield from (f"{what}: not checked, the market {lacks} table {table}" for what in checks)


def _prices(asked: _Asked) -> Iterator[str]:
    prices = asked.market["prices"]
    for column, what in _COLUMNS.items():
        if prices[column].null_count() == len(prices):
            yield f"{what}: not checked, the table prices has no {column}"
    days, least = prices["date"].n_unique(), asked.limits.stale.sessions
    if days < least:
        yield f"stale prices: not checked, {days} sessions are fewer than {least}"


def _rows(asked: _Asked) -> Iterator[str]:
    """Tell of securities that a table has, and another one lacks."""
    for table, what in (
        ("prices", "securities without a price"),
        ("shares", "securities without shares"),
    ):
        if asked.market[table].is_empty():
            continue
        there = asked.market[table]["security"].unique()
        without = asked.names.filter(~asked.names.is_in(there.implode()))
        if len(without):
            yield f"{what}: not checked, {_listed(without, len(asked.names))}"


def _rates(asked: _Asked) -> Iterator[str]:
    market = asked.market
    own = market["securities"].filter(pl.col("security").is_in(asked.names.implode()))
    currencies = own["currency"].unique().sort()
    if len(currencies) > 1 and market["fx"].is_empty():
        yield (
            f"weights across {', '.join(currencies)}: not checked, the market has no rates in a "
            "table fx"
        )
    pairs = market["fx"]["pair"].unique().sort()
    without = pairs.filter(~pairs.is_in(ranges(asked.limits)["pair"].implode()))
    if len(without):
        yield f"levels of rates: not checked, the limits have no range for {_few(without)}"
    if market["shares"].is_empty():
        return
    last = pl.DataFrame({"currency": currencies}).with_columns(day=market["prices"]["date"].max())
    unknown = currencies.filter(in_yuan(market, last, asked.limits).is_null())
    if len(unknown):
        yield f"sizes: not checked, no rate of {_few(unknown)} into CNY"


def _limits(asked: _Asked) -> Iterator[str]:
    """Tell of boards without a price limit, on which any move will do."""
    last = (
        asked.market["prices"]
        .lazy()
        .filter(pl.col("security").is_in(asked.names.implode()))
        .group_by("security")
        .agg(pl.col("close").sort_by("date").last(), pl.col("date").max())
        .sort("security")
        .collect()
    )
    boards = (
        placed(asked.market, last, asked.limits)
        .select("exchange", "board")
        .unique()
        .sort("exchange", "board")
    )
    known = {
        (exchange, board)
        for one in asked.limits.price_limits
        for exchange in one.exchanges
        for board in one.boards
    }
    for exchange, board in boards.iter_rows():
        if (exchange, board) not in known:
            yield f"moves on {exchange} {board}: not checked, the limits have no entry for it"


_PARTS = (_tables, _prices, _rows, _rates, _limits)
"""What is told, in this order."""


def _listed(names: pl.Series, of: int) -> str:
    return f"{len(names)} of {of}: {_few(names)}"


def _few(names: pl.Series) -> str:
    more = ", …" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
