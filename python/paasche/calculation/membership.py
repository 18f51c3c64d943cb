"""Who is in, and when: baskets from the ``constituents`` table, delistings, spans of membership."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.exchanges import exchanges_of
from paasche.errors import Defect, InputError, MissingDataError

if TYPE_CHECKING:
    from datetime import date

    from paasche.market import Market

__all__ = ["Basket", "Membership", "membership"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """The whole membership from an effective session on.

    Attributes
    ----------
    effective : datetime.date
        Effective session; for the base basket the base date.
    kind : {"review", "interim"}
        Whether all names are renewed, or only joiners and leavers change.
    names : polars.DataFrame
        ``security``, ``weight``, ``replaces``, in byte order of ``security``.
    """

    effective: date
    kind: str
    names: pl.DataFrame


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
    """

    baskets: list[Basket]
    delistings: pl.DataFrame
    spans: pl.DataFrame

    @property
    def securities(self) -> list[str]:
        """Everyone who is ever a constituent, in byte order."""
        return sorted(self.spans["security"].unique().to_list())


def membership(market: Market, code: str, start: date, end: date | None) -> Membership:
    """Read the baskets of an index from its base date on (DESIGN §3 ``constituents``).

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
        first = f"; the first is effective {effectives[0]}" if len(effectives) else ""
        raise MissingDataError(
            f"constituents: no basket of {code} is effective on or before {start}{first}"
        )
    rows = rows.filter(pl.col("effective") >= base[-1]).sort("effective", "security")
    _one_kind(rows)
    delistings = _delistings(market, rows)
    rows = rows.join(delistings.select("security", "session"), on="security", how="left")
    _none_delisted(rows)
    # Who was delisted between the base basket's own session and the base date is gone by then.
    rows = rows.filter(pl.col("session").is_null() | (pl.col("session") > start)).sort(
        "effective", "security"
    )
    delistings = delistings.join(rows, on="security", how="semi", maintain_order="left")
    baskets = [
        Basket(
            effective=max(effective, start),
            kind=names["kind"][0],
            names=names.select("security", "weight", "replaces"),
        )
        for (effective,), names in rows.partition_by(
            "effective", as_dict=True, maintain_order=True
        ).items()
    ]
    return Membership(baskets=baskets, delistings=delistings, spans=_spans(baskets, delistings))


def _one_kind(rows: pl.DataFrame) -> None:
    mixed = (
        rows.group_by("effective")
        .agg(pl.col("kind").unique().sort())
        .filter(pl.col("kind").list.len() > 1)
    )
    defects = [
        Defect(
            place="constituents",
            column="kind",
            value=" and ".join(kinds),
            expected=f"all rows effective {effective} must be of one kind",
        )
        for effective, kinds in mixed.sort("effective").iter_rows()
    ]
    if defects:
        raise InputError("constituents:", defects)


def _none_delisted(rows: pl.DataFrame) -> None:
    gone = rows.filter(pl.col("session") <= pl.col("effective"))
    defects = [
        Defect(
            place="constituents",
            column="security",
            value=security,
            expected=f"was delisted on {session}, cannot be a constituent effective {effective}",
        )
        for security, effective, session in gone.select(
            "security", "effective", "session"
        ).iter_rows()
    ]
    if defects:
        raise InputError("constituents:", defects)


def _delistings(market: Market, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the delistings of names that are ever a constituent.

    The first session without the name is one of its exchange, as every ex-date is.
    """
    found = (
        in_force(market["corporate_actions"])
        .filter(pl.col("kind") == "delisting")
        .join(rows.select("security").unique(), on="security", how="semi")
    )
    session = found["ex_date"].to_numpy().astype("datetime64[D]")
    exchange = exchanges_of(market, found, "ex_date").to_numpy()
    for name in np.unique(exchange):
        first, last = market.calendars.span(str(name))
        known = market.calendars.sessions(str(name), first, last)
        own = (exchange == name) & (session >= first) & (session <= last)
        session[own] = known[np.searchsorted(known, session[own])]
    return (
        found.select("security", pl.Series("session", session, dtype=pl.Date), "price", "announced")
        .sort("session", "security")
        .unique("security", keep="first", maintain_order=True)
    )


def in_force(actions: pl.DataFrame) -> pl.DataFrame:
    """Leave out the actions cancelled on or before their ex-date."""
    return actions.filter(pl.col("cancelled").is_null() | (pl.col("cancelled") > pl.col("ex_date")))


def _spans(baskets: list[Basket], delistings: pl.DataFrame) -> pl.DataFrame:
    """Cut the membership into spans; a delisting ends one even without a basket."""
    ends = [basket.effective for basket in baskets[1:]]
    parts = [
        basket.names.select("security").with_columns(
            start=pl.lit(basket.effective, pl.Date), end=pl.lit(end, pl.Date)
        )
        for basket, end in zip(baskets, [*ends, None], strict=True)
    ]
    spans = pl.concat(parts).join(
        delistings.select("security", "session"), on="security", how="left"
    )
    return spans.select(
        "security",
        "start",
        end=pl.min_horizontal("end", "session"),
    ).sort("security", "start")
