"""Check whether a market that can be read is also plausible.

Every finding is a question to whoever keeps the data, not a proof: a limit lies behind it, in
``limits.toml``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.calculation.arguments import check_market
from paasche.calculation.days import day
from paasche.calculation.desk.check.findings import SCHEMA, findings
from paasche.calculation.desk.check.limits import Limits
from paasche.calculation.desk.check.moves import off_reference, unexplained_moves
from paasche.calculation.desk.check.names import names_of
from paasche.calculation.desk.check.quotes import quotes
from paasche.calculation.desk.check.rate_levels import off_levels
from paasche.calculation.desk.check.rates import missing_fx, moving_fx
from paasche.calculation.desk.check.shares import share_steps, unexplained_changes
from paasche.calculation.desk.check.sizes import off_sizes
from paasche.calculation.desk.check.standing import missing_prices, stale_prices
from paasche.calculation.desk.check.terms import off_terms
from paasche.calculation.desk.check.unchecked import unchecked
from paasche.calculation.desk.check.weights import jumping_weights, shifting_weights
from paasche.errors import InputError

if TYPE_CHECKING:
    from datetime import date
    from os import PathLike

    from paasche.market import Market

__all__ = ["KINDS", "check", "unchecked"]

KINDS = {
    "move": "close against the opening reference price, beyond the limit of the board",
    "reference": "published opening reference price off R63 by more than a price step",
    "share_change": "change of total shares that no bonus, rights or split explains",
    "stale_price": "the same close for many sessions without a suspension",
    "missing_price": "open sessions without a price and without a suspension",
    "missing_fx": "sessions without a usable rate of a currency of prices or corporate actions",
    "fx_move": "rate far from the quote before",
    "rate_level": "rate where that of its pair never was",
    "terms": "bonus or rights issue on terms that are hardly possible",
    "size": "total shares × close that no listed company has",
    "weight": "weight that moved by more than prices explain",
}
"""Kinds of finding, in the order of the report."""


def check(
    market: Market,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    index: str | None = None,
    limits: Limits | str | PathLike[str] | None = None,
) -> pl.DataFrame:
    """Return what in a market is not plausible; `unchecked` says what could not be looked at.

    Parameters
    ----------
    market : Market
    start, end : date or ISO text, optional
        First and last day of the findings; None: all days with prices.
    index : str, optional
        Only names that are ever a constituent of this index.
    limits : Limits or path, optional
        File of limits; None: the one that comes with paasche.

    Returns
    -------
    polars.DataFrame
        kind (see `KINDS`), security (or pair of currencies), date, value, expected, hint; sorted by
        kind, security and date.

    Raises
    ------
    InputError
        The index has no constituents, the limits are wrong, or there is no market.

    Examples
    --------
    A close slips a decimal point.

    >>> import paasche as px
    >>> from paasche.calculation.desk.check import check
    >>> tables = px.sample_market(securities=100, end="2015-09-30")
    >>> slip = pl.when(pl.arange(pl.len()) == 5000).then(10.0).otherwise(1.0)
    >>> tables["prices"] = tables["prices"].with_columns(pl.col("close") * slip)
    >>> found = check(px.Market.from_frames(tables))
    >>> slipped = found.filter(pl.col("value") > 9 * pl.col("expected"))
    >>> slipped["kind"].to_list()
    ['move']
    """
    check_market(market)
    market.require(["securities", "prices"], "check")
    bounds = limits if isinstance(limits, Limits) else Limits.read(limits)
    dates = market["prices"]["date"]
    first: date = dates.dt.min() if start is None else day("start", start)  # type: ignore[assignment]
    last: date = dates.dt.max() if end is None else day("end", end)  # type: ignore[assignment]
    if first > last:
        raise InputError(f"start = {first}: must be on or before the end, {last}")
    names = names_of(market, index)
    found = quotes(market, names)
    steps = share_steps(market, names)
    parts = [
        unexplained_moves(market, found, bounds),
        off_reference(market, found, bounds),
        unexplained_changes(steps, bounds),
        stale_prices(market, found, bounds),
        missing_prices(market, names, first, last),
        missing_fx(market, names, bounds),
        moving_fx(market, bounds),
        off_levels(market, bounds, first, last),
        off_terms(market, names, found, bounds),
        off_sizes(market, found, bounds, first, last),
        shifting_weights(market, steps, found, bounds, index),
        jumping_weights(market, found, bounds, index),
    ]
    order = {kind: number for number, kind in enumerate(KINDS)}
    return (
        pl.concat(
            [
                findings(),
                *(
                    part.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
                    for part in parts
                ),
            ]
        )
        .filter(pl.col("date").is_between(first, last))
        .sort(pl.col("kind").replace_strict(order), "security", "date")
    )
