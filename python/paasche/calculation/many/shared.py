"""What indices of a group share: sessions, rates, actions, carried closes and share counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paasche.calculation import inputs
from paasche.calculation.arrays import Panel
from paasche.calculation.many.streaming import carried_on_disk
from paasche.calculation.membership import Basket, Membership, reasons_of
from paasche.calculation.notices import find_open_gaps, moved_ex_dates
from paasche.calculation.rates import currencies_met, rates
from paasche.calculation.references import differing_references
from paasche.calculation.rules import longest_lag
from paasche.calculation.run import known_day
from paasche.calculation.sessions import timeline, window_start
from paasche.calculation.spin_offs import NO_SPIN_OFFS

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import date

    from numpy.typing import NDArray

    from paasche.calculation.arrays import Actions, Snapshots
    from paasche.calculation.many.streaming import Mapped
    from paasche.calculation.rates import Rates
    from paasche.calculation.sessions import Timeline
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["Shared", "members_of", "share"]

_NOBODY = {
    "exits": {
        "security": pl.String,
        "kind": pl.String,
        "session": pl.Date,
        "price": pl.Float64,
        "announced": pl.Date,
        "related": pl.String,
        "ratio": pl.Float64,
    },
    "decisions": {
        "date": pl.Date,
        "security": pl.String,
        "decision": pl.String,
        "value": pl.Float64,
    },
    "reasons": {
        "effective": pl.Date,
        "security": pl.String,
        "event": pl.String,
        "rule": pl.String,
        "reason": pl.String,
    },
}
"""Tables of a membership that nothing cuts short or adds to."""


def members_of(
    securities: list[str],
    spans: pl.DataFrame,
    start: date,
    exits: pl.DataFrame | None = None,
) -> Membership:
    """Return a membership without decisions and deletion prices, from its spans.

    Parameters
    ----------
    securities : list of str
        In byte order.
    spans : polars.DataFrame
        ``security``, ``start``, ``end``.
    start : datetime.date
        Its first day.
    exits : polars.DataFrame, optional
        How securities end: the reasons for which they leave.
    """
    base = Basket(
        effective=start,
        kind="review",
        securities=securities,
        weights=np.full(len(securities), np.nan),
        replaces=[None] * len(securities),
    )
    tables = {name: pl.DataFrame(schema=schema) for name, schema in _NOBODY.items()}
    if exits is not None:
        tables["reasons"] = reasons_of(
            exits.filter(pl.col("security").is_in(spans["security"].implode()))
        )
    return Membership(
        baskets=[base], spans=spans, securities=securities, spin_offs=NO_SPIN_OFFS, **tables
    )


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What the market gives to every index of a group, whoever its constituents are.

    Attributes
    ----------
    methodology : Methodology
        That of any index of the group.
    members : Membership
        Everyone who may be a constituent, as if in one index.
    lag : int
        The most sessions that weights look back over.
    axis : Timeline
    first : int
        Position of the session on which the indices begin.
    found : Rates
    actions : Actions
    panel : Panel
        Carried closes and rates of the sessions.
    snapshots : Snapshots
    column : int32 array of shape (n_ids,)
        Column of the panel of each identifier of the market; -1 for one that is not in it.
    priced : bool array of shape (n_instruments,)
        Who has a price by the end.
    reaches_back : int32 array of shape (n_instruments,)
        Day of the last price before the days that every index looks at, where prices of a
        calculation of the name alone would begin; the first of those days where there is none.
    unsure : bool array of shape (n_instruments,)
        Whose last price before them is no trade: what is carried depends on those before it.
    differing : polars.DataFrame
        Published reference prices off those of the rule.
    mapped : Mapped, optional
        The prices of the panel, where memory does not hold them.
    told : dict
        What was asked of it before. The market is no part of it: facts are kept beside a market,
        and go with it.
    """

    methodology: Methodology
    members: Membership
    lag: int
    axis: Timeline
    first: int
    found: Rates
    actions: Actions
    panel: Panel
    snapshots: Snapshots
    column: NDArray[np.int32]
    priced: NDArray[np.bool_]
    reaches_back: NDArray[np.int32]
    unsure: NDArray[np.bool_]
    differing: pl.DataFrame
    mapped: Mapped | None = None

    told: dict[Hashable, Any] = field(default_factory=dict, compare=False)

    def gaps(self, market: Market) -> pl.DataFrame:
        """Return the open sessions on which anyone has no price: security and date."""
        if "gaps" not in self.told:
            self.told["gaps"] = _gaps(market, self.members.spans, self.axis, self.first)
        found: pl.DataFrame = self.told["gaps"]
        return found

    def ex_dates_move(self, market: Market) -> bool:
        """Tell whether an ex-date of anyone is no session of its exchange."""
        if "moved" not in self.told:
            self.told["moved"] = moved_ex_dates(market, self.members, self.axis, self.first)
        return bool(self.told["moved"])


def _gaps(market: Market, spans: pl.DataFrame, axis: Timeline, first: int) -> pl.DataFrame:
    start, last = axis.sessions[first].item(), axis.sessions[-1].item()
    whole = (
        spans.group_by("security")
        .agg(
            pl.col("start").min(),
            # A span ends before its last day; gaps are looked for up to and including one.
            pl.when(pl.col("end").null_count() == 0)
            .then(pl.col("end").max().dt.offset_by("-1d"))
            .alias("end"),
        )
        .with_columns(
            start=pl.max_horizontal("start", pl.lit(start)),
            end=pl.min_horizontal("end", pl.lit(last)),
        )
    )
    return find_open_gaps(market, whole.filter(pl.col("start") <= pl.col("end")).sort("security"))


def share(
    market: Market,
    methodology: Methodology,
    securities: NDArray[np.int64],
    spans: pl.DataFrame,
    last_day: date,
) -> Shared:
    """Lay out what the market gives to every index of a group.

    Parameters
    ----------
    market : Market
    methodology : Methodology
        That of any index of the group: they agree in all that is read here.
    securities : int64 array of shape (n,)
        Positions among the identifiers of the market, ascending.
    spans : polars.DataFrame
        ``security``, ``start``, ``end``: when any index holds them.
    last_day : datetime.date

    Raises
    ------
    PaascheError
        Whatever :func:`paasche.calculate` refuses for one of the indices, and for the reason that
        it would.
    """
    index, start = methodology.index, known_day(methodology)
    names = market.ids.gather(securities).to_list()
    members = members_of(names, spans, start)
    lag = longest_lag(methodology)
    axis = timeline(market, members, index.calendar, start, lag, last_day, spans)
    first = axis.position(start, "index.base_date")
    wanted = currencies_met(market, methodology, names)
    stale = methodology.fx.max_stale_sessions
    found = rates(market, axis.sessions, index.currency, wanted, stale, seed=(first, {}))
    actions = inputs.actions(market, methodology, members, axis, found)
    # Who never had a price is looked for index by index.
    mapped = None
    if market.streamed is None:
        closes = inputs.close_panel(market, names, axis, actions, first, None, names)
        on_sessions = _on_sessions(closes, axis)
    else:
        whole, mapped = carried_on_disk(market.streamed, securities, names, axis, actions)
        closes, on_sessions = whole.panel, mapped.panel
    differing = differing_references(actions, axis, closes, methodology.prices.reference_tolerance)
    if mapped is not None:
        mapped.release()
    panel = Panel(
        days=axis.sessions.astype(np.int32),
        instruments=names,
        prices=on_sessions,
        fx=found.table,
        currency=found.columns_of(market, names),
    )
    column = np.full(len(market.ids), -1, np.int32)
    column[securities] = np.arange(len(securities))
    reaches_back, unsure = _before(market, column, len(names), window_start(start, lag))
    return Shared(
        methodology=methodology,
        members=members,
        lag=lag,
        axis=axis,
        first=first,
        found=found,
        actions=actions,
        panel=panel,
        snapshots=inputs.snapshots(market, methodology, names, axis, last_day),
        column=column,
        priced=~np.isnan(closes[-1]),
        reaches_back=reaches_back,
        unsure=unsure,
        differing=differing,
        mapped=mapped,
    )


def _on_sessions(closes: NDArray[np.float64], axis: Timeline) -> NDArray[np.float64]:
    """Return the closes on index sessions; a panel whose days are all sessions is not copied."""
    if len(axis.days) == len(axis.sessions):
        return closes
    return closes[np.isin(axis.days, axis.sessions)]


def _before(
    market: Market, column: NDArray[np.int32], width: int, window: date
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the day of each name's last price up to a day, and whether it is no trade."""
    by = int(np.datetime64(window, "D").astype(np.int32))
    if market.streamed is not None:
        known, no_trades = market.streamed.last_by(by)
        own = known[column >= 0]
        since = np.where(own == np.iinfo(np.int32).min, by, own).astype(np.int32)
        return since, no_trades[column >= 0]
    table = market["prices"]
    days = table["date"].to_physical().to_numpy()
    rows = np.flatnonzero(days <= by)
    rows = rows[column[market.positions("prices")[rows]] >= 0]
    own, days = column[market.positions("prices")[rows]], days[rows]
    last, idle = np.full(width, np.iinfo(np.int32).min, np.int32), np.zeros(width, np.bool_)
    np.maximum.at(last, own, days)
    no_trade = (table["volume"].gather(rows) == 0).fill_null(value=False).to_numpy()
    idle[own[no_trade & (days == last[own])]] = True
    return np.where(last == np.iinfo(np.int32).min, by, last).astype(np.int32), idle
