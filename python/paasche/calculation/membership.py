"""Who is in, and when: baskets from the ``constituents`` table, delistings, spans of membership."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.exchanges import exchanges_of
from paasche.errors import Defect, InputError, MissingDataError

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from paasche.market import Market

__all__ = ["Basket", "Membership", "membership"]

_SHOWN = 8
"""Indices that a message lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """The whole membership from an effective session on.

    Attributes
    ----------
    effective : datetime.date
        Effective session; for the base basket the base date.
    kind : {"review", "interim"}
        Whether all names are renewed, or only joiners and leavers change.
    securities : list of str
        In byte order.
    weights : float64 array of shape (n,)
        Given weights; NaN where none is given.
    replaces : list of str or None
        The leaver each name replaces.
    """

    effective: date
    kind: str
    securities: list[str]
    weights: NDArray[np.float64]
    replaces: list[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Baskets in order, the delistings that cut them short, and who is a constituent when.

    Attributes
    ----------
    baskets : list of Basket
        From the base basket on.
    delistings : polars.DataFrame
        ``security``, ``session`` (first without the name), ``price``, ``announced``.
    spans : polars.DataFrame
        ``security``, ``start`` (inclusive), ``end`` (exclusive; null is open).
    securities : list of str
        Everyone who is ever a constituent, in byte order.
    """

    baskets: list[Basket]
    delistings: pl.DataFrame
    spans: pl.DataFrame
    securities: list[str]


def membership(market: Market, code: str, start: date, end: date | None) -> Membership:
    """Read the baskets of an index from its base date on.

    Parameters
    ----------
    market : Market
        Has the table ``constituents``.
    code : str
        Code of the index; rows without a code belong to every index.
    start : datetime.date
        Base date: the base basket is the last one effective on or before it.
    end : datetime.date, optional
        Baskets effective later are left out.

    Raises
    ------
    MissingDataError
        No basket is effective on or before the base date.
    InputError
        A basket mixes kinds, or names a security that has been delisted by then.
    """
    rows = (
        market["constituents"]
        .filter(
            pl.col("index").is_null() | (pl.col("index") == code),
            pl.col("effective") <= end if end is not None else pl.lit(value=True),
        )
        .with_columns(pl.col("kind").fill_null("review"))
    )
    effectives = rows["effective"].unique().sort()
    base = effectives.filter(effectives <= start)
    if base.is_empty():
        raise MissingDataError(_no_basket(market, code, start, effectives))
    rows = rows.filter(pl.col("effective") >= base[-1])
    delistings = _delistings(market, rows)
    rows = rows.join(delistings.select("security", "session"), on="security", how="left")
    _none_delisted(market, rows)
    # Who was delisted between the base basket's own session and the base date is gone by then.
    gone = pl.col("session") <= start
    rows = rows.filter(gone.not_() | pl.col("session").is_null()).sort("effective", "security")
    baskets = _baskets(rows, start)
    names = rows["security"].unique().sort()
    spans = _spans(rows, baskets, start)
    if spans["end"].null_count() == 0:
        emptied: date = spans.select(pl.col("end").max()).item()
        if end is None or emptied <= end:
            raise InputError(
                f"constituents index = {code}: must have a constituent on {emptied}, as an index "
                "without a value has no level (R50); add a basket, or end before that session"
            )
    return Membership(
        baskets=baskets,
        delistings=delistings.filter(pl.col("security").is_in(names.implode())),
        spans=spans,
        securities=names.to_list(),
    )


def _baskets(rows: pl.DataFrame, start: date) -> list[Basket]:
    """Cut rows sorted by effective session and security into baskets."""
    days = rows["effective"].to_numpy()
    firsts = np.flatnonzero(np.diff(days, prepend=days[:1] - 1))
    columns = (rows[name].to_list() for name in ("effective", "kind", "security", "replaces"))
    effectives, kinds, securities, replaces = columns
    weights = rows["weight"].fill_null(np.nan).to_numpy()
    baskets = []
    for first, end in zip(firsts, [*firsts[1:], len(rows)], strict=True):
        own = slice(first, end)
        if len(set(kinds[own])) > 1:
            raise InputError(
                f"constituents kind = {' and '.join(sorted(set(kinds[own])))}: must be one kind "
                f"for all rows effective {effectives[first]}; rows without an index belong to all"
            )
        names = securities[own]
        if len(set(names)) < len(names):
            twice = next(one for one, other in pairwise(names) if one == other)
            raise InputError(
                f"constituents security = {twice}: must stand once in the basket effective "
                f"{effectives[first]}; one row has the index and one has none: remove one"
            )
        baskets.append(
            Basket(
                effective=max(effectives[first], start),
                kind=kinds[first],
                securities=names,
                weights=weights[own],
                replaces=replaces[own],
            )
        )
    return baskets


def _none_delisted(market: Market, rows: pl.DataFrame) -> None:
    """Refuse baskets that name a security from its delisting on."""
    gone = rows.filter(pl.col("session") <= pl.col("effective"))
    defects = [
        Defect(
            place="constituents",
            column="security",
            value=security,
            expected=f"must be left out of the basket effective {effective}, as its delisting is "
            f"on {session}",
        )
        for security, effective, session in gone.select(
            "security", "effective", "session"
        ).iter_rows()
    ]
    if defects:
        raise InputError(f"{market.source}: delisted securities are constituents", defects)


def _no_basket(market: Market, code: str, start: date, effectives: pl.Series) -> str:
    """Return why there is no base basket, and what to do."""
    expected = f"must have a basket effective on or before {start}, where the calculation begins"
    indices = market["constituents"]["index"].drop_nulls().unique().sort().to_list()
    if len(effectives):
        mend = f"the first is effective {effectives[0]}: begin there, or add an earlier one"
    elif indices:
        known = ", ".join(indices[:_SHOWN]) + (" …" if len(indices) > _SHOWN else "")
        mend = f"the table has {known}: correct [index] code, or the column index"
    elif "constituents" in market:
        mend = "the table has no row by then: add the basket"
    else:
        mend = "the market has no such table: add it"
    return f"constituents index = {code}: {expected}; {mend}"


def _delistings(market: Market, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the delistings of names that are ever a constituent.

    The first session without the name is one of its exchange, as every ex-date is.
    """
    found = (
        in_force(market["corporate_actions"])
        .filter(pl.col("kind") == "delisting")
        .join(rows.select("security").unique(), on="security", how="semi")
    )
    if found.is_empty():
        return found.select("security", pl.col("ex_date").alias("session"), "price", "announced")
    session = found["ex_date"].to_numpy().astype("datetime64[D]")
    exchange = exchanges_of(market, found, "ex_date").to_numpy()
    for name in np.unique(exchange):
        first, last = market.calendars.span(str(name))
        known = market.calendars.sessions(str(name), first, last)
        own = (exchange == name) & (session >= first) & (session <= last)
        session[own] = known[np.searchsorted(known, session[own])]
    return (
        found.select("security", pl.Series("session", session, dtype=pl.Date), "price", "announced")
        .sort("session", "security", "price", "announced")
        .unique("security", keep="first", maintain_order=True)
    )


def in_force(actions: pl.DataFrame) -> pl.DataFrame:
    """Leave out the actions cancelled on or before their ex-date."""
    return actions.filter(pl.col("cancelled").is_null() | (pl.col("cancelled") > pl.col("ex_date")))


def _spans(rows: pl.DataFrame, baskets: list[Basket], start: date) -> pl.DataFrame:
    """Return the spans of membership; a delisting ends one even without a basket."""
    effectives = [one.effective for one in baskets]
    ends = dict(zip(effectives, [*effectives[1:], None], strict=True))
    begin = pl.max_horizontal("effective", pl.lit(start))
    of_baskets = rows.select(
        "security",
        begin.alias("start"),
        pl.min_horizontal(begin.replace_strict(ends, return_dtype=pl.Date), "session").alias("end"),
    ).sort("security", "start")
    # A name that stays from one basket to the next has one span.
    entered = pl.col("start").ne_missing(pl.col("end").shift()) | pl.col("security").ne_missing(
        pl.col("security").shift()
    )
    return (
        of_baskets.with_columns(span=entered.cum_sum())
        .group_by("span", maintain_order=True)
        .agg(pl.col("security", "start").first(), pl.col("end").last())
        .drop("span")
    )
