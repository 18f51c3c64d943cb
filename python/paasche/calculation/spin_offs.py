"""Spin-offs: the child is held beside its parent until a basket says otherwise (R26)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.representable import require_representable
from paasche.errors import MissingDataError
from paasche.market.in_force import in_force
from paasche.review.interim.exits import acting, own_sessions

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from paasche.calculation.membership import Membership
    from paasche.calculation.rates import Rates
    from paasche.calculation.sessions import Timeline
    from paasche.market import Market

__all__ = ["NO_SPIN_OFFS", "give_away", "spin_offs"]

NO_SPIN_OFFS = pl.DataFrame(
    schema={
        "child": pl.String,
        "parent": pl.String,
        "session": pl.Date,
        "ratio": pl.Float64,
        "price": pl.Float64,
        "until": pl.Date,
        "first_price": pl.Date,
    }
)
"""Where nobody spins off another."""

_GIVING = ("bonus", "rights", "split", "cash_dividend", "special_dividend")
"""Kinds that change a reference price: beside one of them the child's price must be stated."""


def spin_offs(
    market: Market,
    rows: pl.DataFrame,
    spans: pl.DataFrame,
    start: date,
    end: date | None,
    *,
    as_heard: bool = False,
) -> pl.DataFrame:
    """Return the children that constituents spin off, and how long they ride beside them.

    Parameters
    ----------
    market : Market
        Table ``corporate_actions``.
    rows : polars.DataFrame
        Baskets: ``security``, ``effective``, and ``session``, the first without it.
    spans : polars.DataFrame
        ``security``, ``start``, ``end`` of each basket a security is in.
    start, end : datetime.date
        Ex-dates after the base date and up to the end count.
    as_heard : bool
        Whether a spin-off that became known after its ex-date is left out: nobody held the child.

    Returns
    -------
    polars.DataFrame
        child, parent, session, ratio, price (null where not stated), until (the next basket; null:
        open), first_price (null: none yet); by session and child.

    Raises
    ------
    NotRepresentableError
        A child cannot be held beside its parent: :func:`require_representable`.
    """
    found = in_force(market["corporate_actions"]).filter(
        pl.col("kind") == "spin_off", pl.col("security").is_in(rows["security"].implode())
    )
    if found.is_empty():
        return NO_SPIN_OFFS
    if as_heard:
        found = acting(market, found).filter(~pl.col("late"))
    else:
        found = found.with_columns(session=own_sessions(market, found, "ex_date"))
    gone = rows.select("security", "effective", gone="session")
    riding = (
        found.join(spans, on="security")
        .join(gone, left_on=["security", "start"], right_on=["security", "effective"])
        .filter(
            pl.col("start") <= pl.col("session"),
            pl.col("session") > start,
            pl.lit(value=end is None) | (pl.col("session") <= pl.lit(end)),
            pl.col("end").is_null() | (pl.col("session") < pl.col("end")),
            pl.col("gone").is_null() | (pl.col("session") < pl.col("gone")),
        )
        .select(
            "session",
            "ratio",
            "price",
            "currency",
            child="related",
            parent="security",
            until="end",
            basket="start",
        )
        .sort("session", "child", "parent")
    )
    first = market["prices"].join(riding, left_on="security", right_on="child", how="semi")
    first = first.group_by("security").agg(pl.col("date").min().alias("first_price"))
    riding = riding.join(
        first, left_on="child", right_on="security", how="left", maintain_order="left"
    )
    require_representable(market, riding, rows)
    return riding.select("child", "parent", "session", "ratio", "price", "until", "first_price")


def give_away(
    market: Market,
    members: Membership,
    axis: Timeline,
    found: Rates,
    closes: NDArray[np.float64],
    first: int,
) -> NDArray[np.float64]:
    """Price the children before they trade; return what each spin-off gives away per parent share.

    A child is worth what the parent's opening reference price leaves of its close, or the price its
    row states (R26). It stands in the panel from the day before the ex-date to its first close.

    Parameters
    ----------
    closes : float64 array of shape (n_days, n_instruments)
        Carried closes on the market days; changed in place.
    first : int
        Position of the first session. What a stored state holds already has its price from there.

    Returns
    -------
    float64 array of shape (n_spin_offs,)
        In quote currency of the parent.

    Raises
    ------
    MissingDataError
        Neither a reference price nor a price of the child is given.
    """
    values = np.zeros(len(members.spin_offs))
    alone = Counter(members.spin_offs.select("parent", "session").iter_rows())
    columns = {name: at for at, name in enumerate(members.securities)}
    rate_of = found.columns_of(market, members.securities)
    for row, spun in enumerate(members.spin_offs.iter_rows(named=True)):
        parent, child = columns[spun["parent"]], columns[spun["child"]]
        ex = int(np.searchsorted(axis.days, np.datetime64(spun["session"], "D")))
        before = int(np.searchsorted(axis.sessions, axis.days[min(ex, len(axis.days) - 1)])) - 1
        held = np.datetime64(spun["session"], "D") <= axis.sessions[first]
        if ex >= len(axis.days) or (held and min(ex, before + 1) == 0):
            continue
        exchange = found.table[before, rate_of[parent]] / found.table[before, rate_of[child]]
        price = closes[ex - 1, child]
        if np.isnan(price):
            only = alone[spun["parent"], spun["session"]] == 1
            value = _stated_value(market, spun, closes[ex - 1, parent], exchange, alone=only)
            if value is None and not held:
                raise _unpriced(market, spun, alone=only)
            if value is None or np.isnan(value * exchange):
                continue
            price = value * exchange / spun["ratio"]
            priced = np.flatnonzero(~np.isnan(closes[ex:, child]))
            until = ex + int(priced[0]) if priced.size else len(closes)
            closes[ex - 1 : until, child] = price
        values[row] = price * spun["ratio"] / exchange
    return values


def _stated_value(
    market: Market, spun: dict[str, object], close: float, exchange: float, *, alone: bool
) -> float | None:
    """Return what one parent share gives away: by the child's price, or the reference price.

    None where neither says so.
    """
    parent, session, ratio, price = (spun[key] for key in ("parent", "session", "ratio", "price"))
    if isinstance(price, float) and isinstance(ratio, float):
        return price * ratio / exchange
    quoted = (
        market["prices"]
        .filter(pl.col("security") == parent, pl.col("date") == session)["reference"]
        .drop_nulls()
    )
    if quoted.is_empty() or _others(market, spun) or not alone:
        return None
    left = close - float(quoted[0])
    # A child without any value has no price to stand in the panel.
    return left if left > 0 else None


def _others(market: Market, spun: dict[str, object]) -> bool:
    """Tell whether the parent gives more that morning than its shares of the child."""
    others = in_force(market["corporate_actions"]).filter(
        pl.col("security") == spun["parent"],
        pl.col("ex_date") == spun["session"],
        pl.col("kind").is_in(_GIVING),
    )
    return len(others) > 0


def _unpriced(market: Market, spun: dict[str, object], *, alone: bool) -> MissingDataError:
    needed = (
        "the parent's prices.reference, below its close, or a price"
        if alone and not _others(market, spun)
        else "the child's price"
    )
    return MissingDataError(
        f"corporate_actions spin_off of {spun['parent']} on {spun['session']}: must have {needed}: "
        "what the child is worth until it trades (R26)"
    )
