"""Which corporate actions no holding can show: they are refused by name, never passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.errors import NotRepresentableError
from paasche.market.in_force import in_force
from paasche.market.vocabulary import EXITS, PRICE_TERMS
from paasche.review.interim.exits import own_sessions

if TYPE_CHECKING:
    from paasche.market import Market

__all__ = ["require_one_exit", "require_representable"]

_CHANGING = (*PRICE_TERMS, "spin_off")
"""Kinds that change what one share is worth or gives."""


def require_representable(market: Market, riding: pl.DataFrame, rows: pl.DataFrame) -> None:
    """Refuse spin-offs whose children cannot be held beside their parents (R26).

    Parameters
    ----------
    market : Market
        Table ``corporate_actions``.
    riding : polars.DataFrame
        child, parent, session, until, basket, first_price, currency: the children to be held.
    rows : polars.DataFrame
        Baskets: ``security``, ``effective``.

    Raises
    ------
    NotRepresentableError
        A child is held already, spins off another, changes its price or shares before it trades, or
        has a price in another currency than its own.
    """
    _refuse_constituents(riding, rows)
    _refuse_second_gifts(riding)
    _refuse_other_currencies(market, riding)
    _refuse_actions_of_children(market, riding)


def require_one_exit(market: Market, gone_by: pl.DataFrame) -> None:
    """Refuse deletion prices that contradict each other, or are not in quote currency (R33).

    Parameters
    ----------
    market : Market
        Table ``corporate_actions``.
    gone_by : polars.DataFrame
        ``security``, ``kind``, ``price``: how constituents end.

    Raises
    ------
    NotRepresentableError
        Naming kind, security and date.
    """
    if gone_by.is_empty():
        return
    names = gone_by["security"].implode()
    rows = in_force(market["corporate_actions"]).filter(
        pl.col("kind").is_in(EXITS), pl.col("security").is_in(names), pl.col("price").is_not_null()
    )
    rows = rows.join(_quotes(market), on="security", how="left", maintain_order="left")
    foreign = rows.filter(pl.col("currency") != pl.col("quote"))
    if not foreign.is_empty():
        kind, security, day, currency, quote = foreign.select(
            "kind", "security", "ex_date", "currency", "quote"
        ).row(0)
        raise _refusal(
            kind,
            security,
            day,
            f"its price is in {currency} and the security is quoted in {quote}; write the price in "
            f"{quote}",
        )
    several = rows.filter(pl.col("price").n_unique().over("security", "ex_date") > 1)
    if not several.is_empty():
        kind, security, day = (
            several.sort("security", "kind").select("kind", "security", "ex_date").row(0)
        )
        raise _refusal(kind, security, day, "its rows name several prices; leave one of them")


def _refuse_constituents(riding: pl.DataFrame, rows: pl.DataFrame) -> None:
    """Refuse shares of a name that the basket holds already: its own holding would grow."""
    held = riding.join(
        rows, left_on=["child", "basket"], right_on=["security", "effective"], how="semi"
    )
    if not held.is_empty():
        child, parent, session = held.select("child", "parent", "session").row(0)
        raise _refusal(
            "spin_off",
            parent,
            session,
            f"it gives shares of {child}, which is a constituent; write it as a cash_dividend of "
            "their value",
        )


def _refuse_second_gifts(riding: pl.DataFrame) -> None:
    """Refuse shares of a child that is held beside a parent already."""
    before = pl.col("until").shift().over("child", order_by=["session", "parent"])
    again = pl.col("session").shift().over("child", order_by=["session", "parent"])
    twice = riding.filter(again.is_not_null(), before.is_null() | (pl.col("session") < before))
    if not twice.is_empty():
        child, parent, session = twice.select("child", "parent", "session").row(0)
        raise _refusal(
            "spin_off",
            parent,
            session,
            f"it gives shares of {child}, which is held already by a spin-off before the next "
            "basket; give a basket effective on a session between the two, or one row for both",
        )


def _refuse_other_currencies(market: Market, riding: pl.DataFrame) -> None:
    """Refuse a child's price in another currency than that it is quoted in."""
    foreign = (
        riding.filter(pl.col("price").is_not_null())
        .join(_quotes(market), left_on="child", right_on="security", how="left")
        .filter(pl.col("currency") != pl.col("quote"))
    )
    if not foreign.is_empty():
        child, parent, session, currency, quote = foreign.select(
            "child", "parent", "session", "currency", "quote"
        ).row(0)
        raise _refusal(
            "spin_off",
            parent,
            session,
            f"its price is in {currency} and {child} is quoted in {quote}; write the price in "
            f"{quote}",
        )


def _refuse_actions_of_children(market: Market, riding: pl.DataFrame) -> None:
    """Refuse what a child gives while it has no price, and children of children."""
    found = in_force(market["corporate_actions"]).filter(
        pl.col("kind").is_in(_CHANGING), pl.col("security").is_in(riding["child"].implode())
    )
    if found.is_empty():
        return
    found = found.select("security", "kind", "ex_date", day=own_sessions(market, found, "ex_date"))
    young = pl.col("first_price").is_null() | (pl.col("day") < pl.col("first_price"))
    met = found.join(
        riding.select("session", "until", "first_price", security="child"), on="security"
    ).filter(
        pl.col("day") > pl.col("session"),
        pl.col("until").is_null() | (pl.col("day") < pl.col("until")),
        (pl.col("kind") == "spin_off") | young,
    )
    if not met.is_empty():
        kind, security, day = (
            met.sort("day", "security", "kind").select("kind", "security", "ex_date").row(0)
        )
        raise _refusal(
            kind,
            security,
            day,
            f"{security} is itself a child held beside its parent; give a basket effective before "
            "that day that names it, or leaves it out",
        )


def _quotes(market: Market) -> pl.DataFrame:
    return market["securities"].select("security", quote="currency")


def _refusal(kind: str, security: str, day: object, why: str) -> NotRepresentableError:
    return NotRepresentableError(
        f"corporate_actions {kind} of {security} on {day}: not representable, as {why}"
    )
