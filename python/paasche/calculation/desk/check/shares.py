"""Share counts that change by more than any event explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.calculation.desk.check.ratios import likely_event
from paasche.market.in_force import in_force
from paasche.market.listings import exchanges_of

if TYPE_CHECKING:
    from paasche.calculation.desk.check.limits import Limits
    from paasche.market import Market

__all__ = ["share_steps", "unexplained_changes"]


def share_steps(market: Market, names: pl.Series) -> pl.DataFrame:
    """Return every snapshot beside the count that the one before and the events since give.

    Parameters
    ----------
    market : Market
    names : polars.Series
        Identifiers of the securities.

    Returns
    -------
    polars.DataFrame
        security, date (``effective``), total, expected (the count before, brought over bonus,
        rights and split with an ex-date after its basis and on or before this one's), factor (total
        / expected); the first snapshot of a security is left out.
    """
    of_names = pl.col("security").is_in(names.implode())
    factor = (
        pl.when(pl.col("kind") == "split").then(pl.col("ratio")).otherwise(1.0 + pl.col("ratio"))
    )
    # Scaled by all events up to a day: the quotient of two days is what lies between.
    events = (
        _on_sessions(
            market,
            in_force(market["corporate_actions"]).filter(
                of_names, pl.col("kind").is_in(["bonus", "rights", "split"])
            ),
        )
        .select("security", basis="ex_date", log=factor.log())
        .sort("security", "basis")
        .with_columns(scale=pl.col("log").cum_sum().over("security"))
        .unique(["security", "basis"], keep="last")
        .sort("basis")
    )
    snapshots = (
        market["shares"]
        .filter(of_names)
        .select(
            "security",
            "total",
            date="effective",
            basis=pl.col("basis").fill_null(pl.col("effective")),
        )
        .sort("basis")
        .join_asof(
            events.select("security", "basis", "scale"),
            on="basis",
            by="security",
            check_sortedness=False,
        )
        .with_columns(pl.col("scale").fill_null(0.0))
        .sort("security", "date")
    )
    before = pl.col("total", "scale").shift(1).over("security").name.suffix("_before")
    return (
        snapshots.with_columns(before)
        .drop_nulls("total_before")
        .select(
            "security",
            "date",
            pl.col("total").cast(pl.Float64),
            expected=pl.col("total_before") * (pl.col("scale") - pl.col("scale_before")).exp(),
        )
        .with_columns(factor=pl.col("total") / pl.col("expected"))
    )


def _on_sessions(market: Market, rows: pl.DataFrame) -> pl.DataFrame:
    """Move ex-dates to sessions of their exchange, as a calculation does; outside prices none."""
    first, last = (
        market["prices"].select(first=pl.col("date").min(), last=pl.col("date").max()).row(0)
    )
    rows = rows.with_columns(exchange=exchanges_of(market, rows, "ex_date"))
    within = pl.col("ex_date").is_between(first, last)
    parts = [rows.filter(~within)]
    for (exchange,), own in rows.filter(within).group_by("exchange", maintain_order=True):
        moved = market.calendars.roll_forward(str(exchange), own["ex_date"].to_numpy())
        parts.append(own.with_columns(ex_date=pl.Series(moved, dtype=pl.Date)))
    return pl.concat(parts)


def unexplained_changes(steps: pl.DataFrame, limits: Limits) -> pl.DataFrame:
    """Return large changes, and those by the very ratio of a bonus or split.

    Parameters
    ----------
    steps : polars.DataFrame
        As `share_steps` returns them.
    limits : Limits
    """
    change = (pl.col("factor") - 1.0).abs()
    rows = steps.filter(change >= limits.shares.event_like)
    missing = likely_event(1.0 / rows["factor"], limits.actions, limits.actions.share_tolerance)
    # The other way round: an event is there, and the count does not show it.
    unseen = likely_event(rows["factor"], limits.actions, limits.actions.share_tolerance)
    rows = rows.with_columns(missing=missing, unseen=unseen)
    percent = pl.format("{} % without an event", ((pl.col("factor") - 1.0) * 100).round(2))
    return rows.filter(
        (change >= limits.shares.large) | (pl.col("missing") != "") | (pl.col("unseen") != "")
    ).select(
        kind=pl.lit("share_change"),
        security="security",
        date="date",
        value="total",
        expected="expected",
        hint=pl.when(pl.col("missing") != "")
        .then(pl.concat_str(percent, "missing"))
        .when(pl.col("unseen") != "")
        .then(
            pl.concat_str(
                percent,
                pl.lit(": is an event counted that the total does not contain? See its basis"),
            )
        )
        .otherwise(percent),
    )
