"""From arrays back to tables: levels, constituents, divisors and events of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.arrays import (
    DECISION,
    DELETION,
    EX_RIGHTS,
    INTERIM,
    PRICE_WEIGHTED,
    REVIEW,
    SHARE_CHANGE,
    SPIN_OFF,
)
from paasche.levels import round_level
from paasche.market.in_force import in_force

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from paasche.calculation.arrays import Deletions
    from paasche.calculation.kernel import ArrayResult
    from paasche.calculation.membership import Membership
    from paasche.calculation.rates import Rates
    from paasche.calculation.sessions import Timeline
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["EVENTS", "report"]

_REASONS = {
    REVIEW: "review",
    INTERIM: "interim change",
    DELETION: "deletion",
    EX_RIGHTS: "ex-rights",
    SHARE_CHANGE: "share change",
    PRICE_WEIGHTED: "ex-rights of a price-weighted name",
    SPIN_OFF: "spin-off",
    DECISION: "decision",
}

EVENTS = {
    "joined": "R55",
    "left": "R55",
    "spun_off": "R26",
    "tender_offer": "R46",
    "shares_set": "R34",
    "factor_set": "R34",
    "ex_dividend": "R51",
    "ex_rights": "R52",
    "renewed": "R54",
    "reweighted": "R38",
    "share_change_deferred": "R54",
    "share_change_triggered": "R53",
    "snapshot_passed_over": "R54",
    "share_change_applied": "R57",
    "weight_inherited": "R32",
    "factors_rescaled": "R32",
    "deletion_price": "R33",
    "rate_kept": "R49",
    "reference_differs": "R63",
}
"""What may happen, and the rule behind it."""


def report(
    methodology: Methodology,
    market: Market,
    members: Membership,
    axis: Timeline,
    found: Rates,
    arrays: ArrayResult,
    first: int,
    base_rates: Mapping[str, float],
    differing: pl.DataFrame,
    deletions: Deletions,
) -> dict[str, pl.DataFrame]:
    """Return the tables of a run: see :class:`paasche.Result`."""
    index = methodology.index
    events = _events(market, members, axis, found, arrays, first, differing, deletions)
    tables = {
        "levels": _levels(methodology, axis, found, arrays, first, base_rates),
        "constituents": _constituents(members, axis, arrays),
        "divisors": _divisors(axis, arrays, events),
        "events": events,
    }
    tables = {name: _with_index(table, index.code) for name, table in tables.items()}
    return {**tables, "securities": _securities(market, members)}


def _securities(market: Market, members: Membership) -> pl.DataFrame:
    """Return who every constituent is: what people need beside its code."""
    return (
        market["securities"]
        .filter(pl.col("security").is_in(members.securities))
        .select("security", "name", "exchange", "currency", "industry")
        .sort("security")
    )


def _with_index(table: pl.DataFrame, code: str) -> pl.DataFrame:
    return table.select(pl.lit(code).alias("index"), pl.all())


def _levels(
    methodology: Methodology,
    axis: Timeline,
    found: Rates,
    arrays: ArrayResult,
    first: int,
    base_rates: Mapping[str, float],
) -> pl.DataFrame:
    """Return one row for each variant, currency and session (R35, R36, R48)."""
    index = methodology.index
    parts = []
    for variant in sorted(index.variants):
        unrounded = getattr(arrays, variant)[first:]
        for currency in sorted(index.currencies):
            own = currency == index.currency
            rate = found.table[first:, found.column(currency)]
            level = unrounded if own else unrounded * (base_rates[currency] / rate)
            parts.append(
                pl.DataFrame(
                    {
                        "date": axis.sessions[first:],
                        "level": round_level(level),
                        "level_unrounded": level,
                        "value": arrays.values[first:],
                        "opening_value": arrays.openings[variant][first:],
                        "divisor": arrays.divisors[first:],
                    }
                ).select(
                    "date",
                    pl.lit(variant).alias("variant"),
                    pl.lit(currency).alias("currency"),
                    pl.lit("none").alias("hedge"),
                    "level",
                    "level_unrounded",
                    # Value and divisor are in index currency; a version has none of its own.
                    *(_if(own, name) for name in ("value", "opening_value")),
                    _if(own and variant == "price", "divisor"),
                )
            )
    return pl.concat(parts)


def _if(condition: bool, name: str) -> pl.Expr:
    column = pl.col(name) if condition else pl.lit(None, pl.Float64)
    return column.fill_nan(None).alias(name)


def _dates(axis: Timeline, positions: NDArray[np.int64]) -> NDArray[np.datetime64]:
    return axis.sessions[positions]


def _constituents(members: Membership, axis: Timeline, arrays: ArrayResult) -> pl.DataFrame:
    """Return holdings as they change, with their weight at that opening; 0 for a leaver."""
    rows = arrays.holdings.positions()
    session = rows["session"]
    opening = arrays.openings["price"][session]
    opening = np.where(np.isnan(opening), arrays.values[session], opening)
    value = rows["price"] * rows["fx"] * rows["adjusted_shares"]
    factor = np.where(rows["adjusted_shares"] == 0.0, 0.0, rows["weight_factor"])
    return pl.DataFrame(
        {
            "session": _dates(axis, session),
            "security": pl.Series(members.securities, dtype=pl.String).gather(rows["instrument"]),
            "total": rows["total"],
            "inclusion_factor": rows["inclusion_factor"],
            "adjusted_shares": rows["adjusted_shares"],
            "weight_factor": rows["weight_factor"],
            "price": rows["price"],
            "fx": rows["fx"],
            "weight": value * factor / opening,
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _divisors(axis: Timeline, arrays: ArrayResult, events: pl.DataFrame) -> pl.DataFrame:
    """Return every divisor change with its reasons and who caused it (R50)."""
    rows = arrays.corrections
    causes = rows["causes"]
    reasons = [
        " + ".join(name for bit, name in _REASONS.items() if cause & bit)
        for cause in causes.tolist()
    ]
    causing = (
        "joined",
        "left",
        "spun_off",
        "share_change_applied",
        "shares_set",
        "factor_set",
        "ex_rights",
        "weight_inherited",
    )
    detail = (
        events.filter(
            pl.col("session").is_in(pl.Series(_dates(axis, rows["session"])).implode()),
            pl.col("event").is_in(causing),
        )
        .group_by("session", "event", maintain_order=True)
        .agg(pl.col("security").sort().str.join(", "))
        .select("session", said=pl.col("event") + " " + pl.col("security"))
        .group_by("session", maintain_order=True)
        .agg(pl.col("said").str.join("; ").alias("detail"))
    )
    return pl.DataFrame(
        {
            "session": _dates(axis, rows["session"]),
            "before": rows["before"],
            "after": rows["after"],
            "value_before": rows["value_before"],
            "value_after": rows["value_after"],
            "reason": pl.Series(reasons, dtype=pl.String),
        }
    ).join(detail, on="session", how="left", maintain_order="left")


def _events(
    market: Market,
    members: Membership,
    axis: Timeline,
    found: Rates,
    arrays: ArrayResult,
    first: int,
    differing: pl.DataFrame,
    deletions: Deletions,
) -> pl.DataFrame:
    """Return what happened to whom, with the rule behind it."""
    parts = [
        _deletion_prices(members, axis, first, deletions),
        _tender_offers(market, members, axis, first),
        _happenings(members, axis, arrays),
        _kept_rates(axis, found, first),
    ]
    if not differing.is_empty():
        parts.append(_differing_references(members, axis, arrays, first, differing))
    happened = pl.concat(parts, how="diagonal").join(
        _reasons(members, axis),
        on=["session", "security", "event"],
        how="left",
        maintain_order="left",
    )
    usual = pl.col("event").replace_strict(EVENTS, return_dtype=pl.String)
    return (
        happened.with_columns(pl.col(pl.Float64).fill_nan(None), rule=pl.coalesce("ruled", usual))
        .select("session", "security", "event", "rule", "reason", "before", "after", "value_effect")
        .sort("session", maintain_order=True)
    )


def _reasons(members: Membership, axis: Timeline) -> pl.DataFrame:
    """Return why names joined and left, as reviews, events and decisions say."""
    days = members.reasons["effective"].to_numpy().astype("datetime64[D]")
    at = np.searchsorted(axis.sessions, days)
    known = at < len(axis.sessions)
    return (
        members.reasons.filter(pl.Series(known, dtype=pl.Boolean))
        .with_columns(session=pl.Series(axis.sessions[at[known]], dtype=pl.Date))
        .select("session", "security", "event", "reason", ruled="rule")
        .unique(["session", "security", "event"], keep="last", maintain_order=True)
    )


def _tender_offers(market: Market, members: Membership, axis: Timeline, first: int) -> pl.DataFrame:
    """Return tender offers for constituents: they change nothing before the next review (R46)."""
    rows = in_force(market["corporate_actions"]).filter(kind="tender")
    if not rows.is_empty():
        rows = rows.join(members.spans, on="security").filter(
            pl.col("start") <= pl.col("ex_date"),
            pl.col("end").is_null() | (pl.col("ex_date") < pl.col("end")),
        )
    at = np.searchsorted(axis.sessions, rows["ex_date"].to_numpy().astype("datetime64[D]"))
    known = (at > first) & (at < len(axis.sessions))
    rows = rows.filter(pl.Series(known, dtype=pl.Boolean))
    return pl.DataFrame(
        {
            "session": _dates(axis, at[known]),
            "security": rows["security"],
            "event": pl.Series(["tender_offer"] * len(rows), dtype=pl.String),
            "after": rows["ratio"],
        }
    )


def _deletion_prices(
    members: Membership, axis: Timeline, first: int, deletions: Deletions
) -> pl.DataFrame:
    """Return who was valued at a deletion price; before: the real close, after: that price."""
    session = deletions.session.astype(np.int64) - 1
    names = pl.Series(members.securities, dtype=pl.String)
    return pl.DataFrame(
        {
            "session": _dates(axis, session),
            "security": names.gather(deletions.instrument),
            "event": pl.Series(["deletion_price"] * len(session), dtype=pl.String),
            "before": deletions.close,
            "after": deletions.price,
        }
    ).filter(pl.Series(session > first, dtype=pl.Boolean))


def _happenings(members: Membership, axis: Timeline, arrays: ArrayResult) -> pl.DataFrame:
    rows = arrays.holdings.events()
    # −1 stands for the whole index: the null at the end.
    names = pl.Series([*members.securities, None], dtype=pl.String)
    return pl.DataFrame(
        {
            "session": _dates(axis, rows["session"]),
            "security": names.gather(rows["instrument"] % len(names)),
            "event": pl.Series(rows["event"], dtype=pl.String),
            "before": rows["before"],
            "after": rows["after"],
            "value_effect": rows["value_effect"],
        }
    )


def _kept_rates(axis: Timeline, found: Rates, first: int) -> pl.DataFrame:
    """Return the rates kept from an earlier session: before their age, after the rate."""
    age, table = found.age[first:], found.table[first:]
    kept = (age > 0) & found.used[first:]
    session, column = np.nonzero(kept)
    return pl.DataFrame(
        {
            "session": _dates(axis, session + first),
            "security": pl.Series([found.currencies[at] for at in column], dtype=pl.String),
            "event": pl.Series(["rate_kept"] * len(column), dtype=pl.String),
            "before": age[kept].astype(np.float64),
            "after": table[kept],
        }
    )


def _differing_references(
    members: Membership,
    axis: Timeline,
    arrays: ArrayResult,
    first: int,
    differing: pl.DataFrame,
) -> pl.DataFrame:
    """Return published references off the rule's price, for names held on the ex-date."""
    gone_ex = pl.col("event").is_in(["ex_dividend", "ex_rights"])
    ex_dates = _happenings(members, axis, arrays).filter(gone_ex)
    session = np.searchsorted(axis.sessions.astype(np.int32), differing["day"].to_numpy())
    known = (session > first) & (session < len(axis.sessions))
    rows = differing.filter(known)
    names = pl.Series(members.securities, dtype=pl.String)
    return pl.DataFrame(
        {
            "session": _dates(axis, session[known]),
            "security": names.gather(rows["instrument"]),
            "event": pl.Series(["reference_differs"] * len(rows), dtype=pl.String),
            "before": rows["before"],
            "after": rows["after"],
        }
    ).join(ex_dates, on=["session", "security"], how="semi", maintain_order="left")
