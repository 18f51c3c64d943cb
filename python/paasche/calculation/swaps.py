"""Absorbed names that no longer trade: carried at what the swap makes of them (R25)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paasche.calculation.sessions import covered
from paasche.errors import MissingDataError
from paasche.market.in_force import in_force
from paasche.market.listings import exchanges_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.calculation.membership import Membership
    from paasche.calculation.rates import Rates
    from paasche.calculation.sessions import Timeline
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["carry_by_swap"]


def carry_by_swap(
    market: Market,
    methodology: Methodology,
    members: Membership,
    timeline: Timeline,
    found: Rates,
    closes: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the panel with swap-implied prices, where the rulebook carries by them (R25).

    A constituent that another constituent absorbs for shares is worth the acquirer's close times
    the ratio, cash added, on the sessions on which both are in, the merger is announced (without a
    date: its ex-date) and the absorbed one does not trade.

    Parameters
    ----------
    closes : float64 array of shape (n_sessions, n_instruments)
        Carried closes on index sessions.

    Returns
    -------
    float64 array of shape (n_sessions, n_instruments)
        A copy.

    Raises
    ------
    MissingDataError
        A rate for the acquirer's price, or for the cash, is not known.
    """
    prices = closes.copy()
    by_swap = _by_swap(methodology, timeline)
    if not by_swap.any():
        return prices
    columns = {name: at for at, name in enumerate(members.securities)}
    currency = found.columns_of(market, members.securities)
    for merger in _mergers(market, members).iter_rows(named=True):
        target, acquirer = columns[merger["security"]], columns[merger["related"]]
        rows = by_swap & ~_trades(market, timeline, merger["security"])
        rows &= _known(timeline, merger)
        for name in (merger["security"], merger["related"]):
            rows &= covered(timeline.sessions, members.spans.filter(security=name))
        price = prices[rows, acquirer] * merger["ratio"] * found.table[rows, currency[acquirer]]
        if merger["cash"]:
            paid = merger["currency"]
            column = currency[target] if paid is None else found.column(paid)
            price += merger["cash"] * found.table[rows, column]
        price /= found.table[rows, currency[target]]
        unknown = timeline.sessions[rows][np.isnan(price)]
        if unknown.size:
            raise MissingDataError(
                f"fx on {unknown[0]}: must have the rates that the merger of {merger['security']} "
                f"with {merger['related']} is paid in; add them to the table fx"
            )
        prices[rows, target] = price
    return prices


def _by_swap(methodology: Methodology, timeline: Timeline) -> NDArray[np.bool_]:
    """Tell on which sessions the rulebook carries absorbed names by the swap (R58)."""
    by_swap = np.zeros(len(timeline.sessions), np.bool_)
    for since, rules in methodology.versions:
        begun = timeline.sessions >= np.datetime64(since, "D")
        by_swap[begun] = rules.interim.merger_carry == "swap_implied"
    return by_swap


def _mergers(market: Market, members: Membership) -> pl.DataFrame:
    """Return the mergers for shares among constituents, with the session that ends each."""
    terms = (
        in_force(market["corporate_actions"])
        .filter(kind="merger")
        .select("security", "related", "ratio", "ex_date", "cash", "currency")
        .sort("ex_date", "security")
        .unique(["security", "related", "ratio"], keep="first", maintain_order=True)
    )
    inside = pl.col("security").is_in(members.securities) & pl.col("related").is_in(
        members.securities
    )
    return (
        members.exits.filter(pl.col("kind") == "merger", pl.col("ratio") > 0, inside)
        .select("security", "related", "ratio", "session", "announced")
        .join(terms, on=["security", "related", "ratio"])
        .sort("security")
    )


def _known(timeline: Timeline, merger: dict[str, Any]) -> NDArray[np.bool_]:
    """Tell on which sessions a merger is announced and not carried out yet."""
    since = merger["announced"] or merger["ex_date"]
    sessions = timeline.sessions
    return (sessions >= np.datetime64(since, "D")) & (
        sessions < np.datetime64(merger["session"], "D")
    )


def _trades(market: Market, timeline: Timeline, security: str) -> NDArray[np.bool_]:
    """Tell on which sessions a name traded, or had on the last one of its own exchange."""
    traded = market["prices"].filter(
        pl.col("security") == security, pl.col("volume").is_null() | (pl.col("volume") > 0)
    )["date"]
    sessions = pl.DataFrame(
        {
            "security": [security] * len(timeline.sessions),
            "day": pl.Series(timeline.sessions, dtype=pl.Date),
        }
    )
    exchange = exchanges_of(market, sessions, "day").to_numpy()
    own = timeline.last_session(exchange, timeline.sessions)
    return np.isin(own, traded.to_numpy().astype("datetime64[D]"))
