"""Departures: delistings, bankruptcies and mergers, day by day (R23 to R25, R28, R29)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.market.in_force import in_force
from paasche.market.vocabulary import MEMBERSHIP_KINDS
from paasche.review.interim.event import Event
from paasche.review.interim.exits import acting, exits_of

if TYPE_CHECKING:
    from datetime import date

    from paasche.market import Market
    from paasche.review.interim.event import Cause

__all__ = ["cancelled", "departures_by_day", "spin_offs_by_day"]

_RULES = {"delisting": "R28", "bankruptcy": "R29", "merger": "R23"}


def departures_by_day(market: Market) -> list[Event]:
    """Return how securities end, by the first session without them, or when that is known.

    ``announced`` is the day on which the row says it was, or the session itself: whoever applies an
    event decides by the close before.
    """
    rows = exits_of(market, market["securities"]["security"], as_heard=True)
    return [
        Event(
            effective=row["session"],
            announced=row["announced"] or row["session"],
            cause=row["kind"],
            rule=_RULES[row["kind"]],
            security=row["security"],
            related=row["related"],
            ratio=row["ratio"] or 0.0,
            price=row["price"],
            reason=_reason(row["kind"], row["related"]),
        )
        for row in rows.iter_rows(named=True)
    ]


def _reason(kind: Cause, related: str | None) -> str:
    if kind == "merger":
        return f"absorbed by {related}" if related else "absorbed"
    return {"delisting": "delisted", "bankruptcy": "bankruptcy"}[kind]


def cancelled(market: Market, until: date) -> pl.DataFrame:
    """Return the announced events that were cancelled in time (N3): nothing changes by them.

    Returns
    -------
    polars.DataFrame
        security, kind, related, announced, cancelled.
    """
    table = market["corporate_actions"].filter(
        pl.col("kind").is_in([*MEMBERSHIP_KINDS, "tender"]),
        pl.col("cancelled") <= until,
    )
    standing = in_force(table).select("security", "ex_date", "kind")
    return (
        table.join(standing, on=["security", "ex_date", "kind"], how="anti")
        .select("security", "kind", "related", "announced", "cancelled")
        .sort("cancelled", "security", "kind")
    )


def spin_offs_by_day(market: Market) -> list[Event]:
    """Return the spin-offs, by ex-date on the parent's exchange, or when they are known (R26)."""
    rows = in_force(market["corporate_actions"]).filter(pl.col("kind") == "spin_off")
    if rows.is_empty():
        return []
    return [
        Event(
            effective=row["session"],
            announced=row["announced"] or row["session"],
            cause="spin_off",
            rule="R26",
            security=row["security"],
            related=row["related"],
            ratio=row["ratio"],
            reason=f"spun off {row['security']}",
            late=row["late"],
        )
        for row in acting(market, rows).sort("session", "security", "related").iter_rows(named=True)
    ]
