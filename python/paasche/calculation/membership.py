"""Who is in, and when: baskets, the events that cut them short or add to them, spans."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.decisions import decided
from paasche.calculation.representable import require_one_exit
from paasche.calculation.spin_offs import spin_offs
from paasche.errors import Defect, InputError, MissingDataError
from paasche.review.interim.exits import exits, exits_of

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from paasche.market import Market
    from paasche.methodology import Methodology
    from paasche.review.history import History

__all__ = ["Basket", "Membership", "joined", "membership", "reasons_of"]

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
    """Baskets in order, the events that cut them short or add to them, and who is in when.

    Attributes
    ----------
    baskets : list of Basket
        From the base basket on.
    exits : polars.DataFrame
        ``security``, ``kind``, ``session`` (first without the name), ``price``, ``announced``: who
        leaves by an event, or with a basket at a deletion price.
    spin_offs : polars.DataFrame
        ``child``, ``parent``, ``session``, ``ratio``, ``price``, ``until``, ``first_price``:
        children held beside their parents, from a session on to the next basket.
    decisions : polars.DataFrame
        ``date``, ``security``, ``decision``, ``value``: explicit prices, shares and factors (R34).
    reasons : polars.DataFrame
        ``effective``, ``security``, ``event`` (joined, left), ``rule``, ``reason``.
    spans : polars.DataFrame
        ``security``, ``start`` (inclusive), ``end`` (exclusive; null is open).
    securities : list of str
        Everyone who is ever a constituent, in byte order.
    """

    baskets: list[Basket]
    exits: pl.DataFrame
    spin_offs: pl.DataFrame
    decisions: pl.DataFrame
    reasons: pl.DataFrame
    spans: pl.DataFrame
    securities: list[str]

    def riding(self, day: date) -> set[str]:
        """Return the children held beside their parents after a session."""
        left = dict(self.exits.select("security", "session").iter_rows())
        rows = self.spin_offs.filter(
            pl.col("session") <= day, pl.col("until").is_null() | (pl.col("until") > day)
        )
        return {name for name in rows["child"] if name not in left or left[name] > day}


def membership(
    market: Market,
    methodology: Methodology,
    rows: pl.DataFrame,
    start: date,
    end: date | None,
    history: History | None = None,
) -> Membership:
    """Read the baskets of an index from its base date on.

    Parameters
    ----------
    market : Market
        Its corporate actions and decisions change membership too.
    methodology : Methodology
        Code of the index, and how it counts shares.
    rows : polars.DataFrame
        The table ``constituents``, or what reviews made of one; rows without an index belong to
        every index.
    start : datetime.date
        Base date: the base basket is the last one effective on or before it.
    end : datetime.date, optional
        Baskets effective later are left out.
    history : History, optional
        What reviews made of the membership: deletion prices and reasons.

    Raises
    ------
    MissingDataError
        No basket is effective on or before the base date.
    InputError
        A basket mixes kinds, or names a security that has been delisted by then.
    """
    code = methodology.index.code
    rows = rows.filter(
        pl.col("index").is_null() | (pl.col("index") == code),
        pl.col("effective") <= end if end is not None else pl.lit(value=True),
    ).with_columns(pl.col("kind").fill_null("review"))
    effectives = rows["effective"].unique().sort()
    base = effectives.filter(effectives <= start)
    if base.is_empty():
        raise MissingDataError(_no_basket(market, code, start, effectives))
    rows = rows.filter(pl.col("effective") >= base[-1])
    rules = methodology.rules_on(start) if methodology.weighting.uses_shares else None
    plain = rows.select("security", start="effective", end=_until(effectives))
    renewals = rows.filter(kind="review")["effective"].unique().sort().to_list()
    # A table says itself who is in when; reviews cannot act on what nobody knows.
    heard = history is not None
    gone_by = exits(market, rows, lambda: joined(plain), rules, renewals, as_heard=heard)
    require_one_exit(market, gone_by)
    rows = rows.join(gone_by.select("security", "session", exit="kind"), on="security", how="left")
    _none_delisted(market, rows)
    # Who was delisted between the base basket's own session and the base date is gone by then.
    gone = pl.col("session") <= start
    rows = rows.filter(gone.not_() | pl.col("session").is_null()).sort("effective", "security")
    baskets = _baskets(rows, start)
    # A child may be held from before a stored state; what went ex by the base is in its close.
    anchor = methodology.index.anchor
    known = methodology.index.base_date if anchor is None else anchor.date
    children = spin_offs(market, rows, plain, known, end, as_heard=heard)
    strangers = children.filter(~pl.col("child").is_in(gone_by["security"].implode()))
    if len(strangers):
        gone_by = pl.concat([gone_by, exits_of(market, strangers["child"], as_heard=heard)])
        gone_by = gone_by.sort("session", "security")
    names = pl.concat([rows["security"], children["child"]]).unique().sort()
    spans = _spans(rows, baskets, start, _cut_short(children, gone_by))
    if spans["end"].null_count() == 0:
        emptied: date = spans.select(pl.col("end").max()).item()
        if end is None or emptied <= end:
            raise InputError(
                f"constituents index = {code}: must have a constituent on {emptied}, as an index "
                "without a value has no level (R50); add a basket, or end before that session"
            )
    if history is not None:
        gone_by = pl.concat([gone_by, history.priced], how="diagonal").sort("session", "security")
    return Membership(
        baskets=baskets,
        exits=gone_by.filter(pl.col("security").is_in(names.implode())),
        spin_offs=children,
        decisions=decided(market, methodology, start, end),
        reasons=reasons_of(gone_by) if history is None else _decided_reasons(history),
        spans=spans,
        securities=names.to_list(),
    )


def _baskets(rows: pl.DataFrame, start: date) -> list[Basket]:
    """Cut rows sorted by effective session and security into baskets."""
    days = rows["effective"].to_numpy()
    firsts = np.flatnonzero(np.diff(days, prepend=days[:1] - 1))
    effectives = rows["effective"].gather(firsts).to_list()
    securities, replaces, kinds_of = (
        rows[name].to_list() for name in ("security", "replaces", "kind")
    )
    weights = rows["weight"].fill_null(np.nan).to_numpy()
    baskets = []
    for effective, first, end in zip(effectives, firsts, [*firsts[1:], len(rows)], strict=True):
        own = slice(first, end)
        kinds = sorted(set(kinds_of[own]))
        if len(kinds) > 1:
            raise InputError(
                f"constituents kind = {' and '.join(kinds)}: must be one kind for all rows "
                f"effective {effective}; rows without an index belong to all"
            )
        names = securities[own]
        if len(set(names)) < len(names):
            twice = next(one for one, other in pairwise(names) if one == other)
            raise InputError(
                f"constituents security = {twice}: must stand once in the basket effective "
                f"{effective}; one row has the index and one has none: remove one"
            )
        baskets.append(
            Basket(
                effective=max(effective, start),
                kind=kinds[0],
                securities=names,
                weights=weights[own],
                replaces=replaces[own],
            )
        )
    return baskets


def _none_delisted(market: Market, rows: pl.DataFrame) -> None:
    """Refuse baskets that name a security from its delisting, merger or bankruptcy on."""
    gone = rows.filter(pl.col("session") <= pl.col("effective"))
    defects = [
        Defect(
            place="constituents",
            column="security",
            value=security,
            expected=f"must be left out of the basket effective {effective}, as its {kind} is "
            f"on {session}",
        )
        for security, effective, session, kind in gone.select(
            "security", "effective", "session", "exit"
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


_EXIT_RULES = {"delisting": "R28", "merger": "R23", "bankruptcy": "R29"}
_EVENTS = {"added": "joined", "deleted": "left"}


def reasons_of(gone_by: pl.DataFrame) -> pl.DataFrame:
    """Return the events by which names leave; the table of constituents says no more."""
    related = pl.when(pl.col("related").is_not_null()).then(pl.format(" with {}", "related"))
    return gone_by.select(
        "security",
        effective="session",
        event=pl.lit("left"),
        rule=pl.col("kind").replace_strict(_EXIT_RULES, return_dtype=pl.String),
        reason=pl.concat_str("kind", related.fill_null("")),
    )


def _decided_reasons(history: History) -> pl.DataFrame:
    """Return the reasons that reviews and interim changes give."""
    return history.changes.filter(pl.col("change").is_in(list(_EVENTS))).select(
        "security",
        "effective",
        "rule",
        "reason",
        event=pl.col("change").replace_strict(_EVENTS, return_dtype=pl.String),
    )


def _until(effectives: pl.Series) -> pl.Expr:
    """Return the effective session of the basket after each row's own; null for the last."""
    ends = dict(zip(effectives, [*effectives[1:], None], strict=True))
    return pl.col("effective").replace_strict(ends, return_dtype=pl.Date)


def _spans(
    rows: pl.DataFrame, baskets: list[Basket], start: date, children: pl.DataFrame
) -> pl.DataFrame:
    """Return the spans of membership; an exit ends one even without a basket."""
    effectives = [one.effective for one in baskets]
    ends = dict(zip(effectives, [*effectives[1:], None], strict=True))
    begin = pl.max_horizontal("effective", pl.lit(start))
    of_baskets = rows.select(
        "security",
        begin.alias("start"),
        pl.min_horizontal(begin.replace_strict(ends, return_dtype=pl.Date), "session").alias("end"),
    )
    return joined(pl.concat([of_baskets, children]))


def _cut_short(children: pl.DataFrame, gone_by: pl.DataFrame) -> pl.DataFrame:
    """Return the spans of children held beside their parents; an exit ends one before a basket."""
    gone = gone_by.select("security", gone="session")
    return (
        children.select(security="child", start="session", end="until")
        .join(gone, on="security", how="left", maintain_order="left")
        .with_columns(
            end=pl.when(pl.col("gone") > pl.col("start"))
            .then(pl.min_horizontal("end", "gone"))
            .otherwise("end")
        )
        .drop("gone")
    )


def joined(spans: pl.DataFrame) -> pl.DataFrame:
    """Return spans with those of a security that follow each other made one."""
    spans = spans.sort("security", "start")
    enters = pl.col("start").ne_missing(pl.col("end").shift()) | pl.col("security").ne_missing(
        pl.col("security").shift()
    )
    spans = spans.with_columns(enters=enters, leaves=enters.shift(-1, fill_value=True))
    ends = spans.filter("leaves")["end"]
    return spans.filter("enters").select("security", "start", ends)
