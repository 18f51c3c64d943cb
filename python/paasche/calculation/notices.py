"""What a run tolerates but a reader should know: gaps that are carried, ex-dates that moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.idle import idle_decisions
from paasche.calculation.sessions import NEVER
from paasche.errors import Defect
from paasche.market.gaps import find_gaps
from paasche.market.in_force import in_force
from paasche.market.listings import exchanges_of
from paasche.market.tables import empty

if TYPE_CHECKING:
    from paasche.calculation.membership import Membership
    from paasche.calculation.sessions import Timeline
    from paasche.market import Market
    from paasche.methodology import Methodology
    from paasche.review.history import History

__all__ = ["find_open_gaps", "moved_ex_dates", "notices", "tell_gaps", "undated"]


def notices(
    methodology: Methodology,
    market: Market,
    members: Membership,
    axis: Timeline,
    first: int,
    *,
    resumed: bool,
    unclosed: bool = False,
    history: History | None = None,
) -> tuple[Defect, ...]:
    """Return what a reader of the result should know about its market.

    Parameters
    ----------
    methodology : Methodology
        Whether missing prices are refused.
    market : Market
    members : Membership
    axis : Timeline
    first : int
        Position of the first session.
    resumed : bool
        It is that of a state: the run before has said what is to say of it.
    unclosed : bool
        The last session has not closed: no price is due on it.
    history : History, optional
        Reviews and interim changes, with the decisions that are due.

    Raises
    ------
    InputError
        Prices are missing and the methodology refuses that.
    """
    return (
        *undated(market),
        *_gaps(methodology, market, members, axis, first, resumed=resumed, unclosed=unclosed),
        *moved_ex_dates(market, members, axis, first),
        *_decisions_due(history),
        *_idle(methodology, market, members, axis, first, resumed=resumed, history=history),
    )


def _idle(
    methodology: Methodology,
    market: Market,
    members: Membership,
    axis: Timeline,
    first: int,
    *,
    resumed: bool,
    history: History | None,
) -> tuple[Defect, ...]:
    """Tell which decisions of the committee change nothing, each with its reason (R5, R34)."""
    since = (axis.sessions[first] + int(resumed)).item()
    return idle_decisions(methodology, market, axis.sessions, since, history, members.spans)


def _decisions_due(history: History | None) -> tuple[Defect, ...]:
    """Tell which decisions of the committee were due, once for each rule (R13, R17, R18, R27)."""
    if history is None or history.flags.is_empty():
        return ()
    rows = (
        history.flags.sort("date", "security", "rule")
        .group_by("rule", maintain_order=True)
        .agg(pl.len(), pl.col("date", "security", "what").first())
        .sort("rule")
    )
    return tuple(
        Defect(
            place="decisions",
            column=rule,
            value=f"{security} on {day}",
            expected=what,
            count=count,
        )
        for rule, count, day, security, what in rows.iter_rows()
    )


def undated(market: Market) -> tuple[Defect, ...]:
    """Tell when a market seen as of a moment does not say when anything was known."""
    if market.known_at is None or any(
        market[name]["known_at"].null_count() < len(market[name]) for name in market.tables
    ):
        return ()
    expected = "no table has known_at, so every row counts as known by then"
    return (Defect(place="as_of", value=market.known_at.isoformat(), expected=expected),)


def _gaps(
    methodology: Methodology,
    market: Market,
    members: Membership,
    axis: Timeline,
    first: int,
    *,
    resumed: bool,
    unclosed: bool,
) -> tuple[Defect, ...]:
    """Refuse, or return as warnings, open sessions on which a constituent has no price."""
    start = (axis.sessions[first] + int(resumed)).item()
    end = (axis.sessions[-1] - int(unclosed)).item()
    spans = members.spans.with_columns(
        start=pl.max_horizontal("start", pl.lit(start)),
        # A span ends before its last day; gaps are looked for up to and including one.
        end=pl.min_horizontal(pl.col("end").dt.offset_by("-1d"), pl.lit(end)),
    ).filter(pl.col("start") <= pl.col("end"))
    return tell_gaps(methodology, market, find_open_gaps(market, spans))


def find_open_gaps(market: Market, spans: pl.DataFrame) -> pl.DataFrame:
    """Return the open sessions of spans (``security``, ``start``, ``end``) without a price."""
    if "status" in market:
        return market.price_gaps(spans["security"], spans["start"], spans["end"])
    return find_gaps(market, spans, empty("status"))


def tell_gaps(methodology: Methodology, market: Market, gaps: pl.DataFrame) -> tuple[Defect, ...]:
    """Refuse gaps of constituents, or return them as warnings.

    Raises
    ------
    InputError
        There are some, the market says who is suspended, and the methodology refuses them.
    """
    if "status" in market:
        return market.report_gaps(gaps, missing=methodology.prices.missing)
    return _carried(gaps)


def _carried(gaps: pl.DataFrame) -> tuple[Defect, ...]:
    """Tell of prices that are carried where nobody says whether the name was suspended."""
    if gaps.is_empty():
        return ()
    security, count, since = (
        gaps.group_by("security")
        .agg(pl.len(), pl.col("date").min())
        .sort("len", "security", descending=[True, False])
        .row(0)
    )
    return (
        Defect(
            place="prices",
            column="close",
            value=f"none of {security} on {count} open session{'s' * (count > 1)} from {since}",
            expected="the last close is carried; give the table status to have gaps checked",
            count=gaps.height,
        ),
    )


def moved_ex_dates(
    market: Market, members: Membership, axis: Timeline, first: int
) -> tuple[Defect, ...]:
    """Tell of ex-dates of constituents that their exchange's next session takes."""
    start, end = axis.sessions[first], axis.sessions[-1]
    table = market["corporate_actions"]
    days = table["ex_date"].to_numpy().astype("datetime64[D]")
    # Where every exchange was open nothing moves: few rows are left to be looked at one by one.
    all_open = np.logical_and.reduce([np.isin(days, one) for one in axis.exchanges.values()])
    doubtful = ~all_open & (days > start) & (days <= end)
    if not doubtful.any():
        return ()
    rows = in_force(table.filter(doubtful)).join(members.spans, on="security")
    if rows.is_empty():
        return ()
    exchange = exchanges_of(market, rows, "ex_date")
    day = axis.rolled(exchange.to_numpy(), rows["ex_date"].to_numpy())
    moved = (
        rows.with_columns(exchange=exchange, day=pl.Series(day))
        .filter(pl.col("day") != pl.col("ex_date").cast(pl.Int32), pl.col("day") != NEVER)
        .with_columns(pl.col("day").cast(pl.Date))
        .filter(
            pl.col("start") <= pl.col("day"),
            pl.col("end").is_null() | (pl.col("day") < pl.col("end")),
            pl.col("day") <= end.item(),
        )
        .sort("ex_date", "security")
    )
    if moved.is_empty():
        return ()
    security, ex_date, mic, session = moved.select("security", "ex_date", "exchange", "day").row(0)
    return (
        Defect(
            place="corporate_actions",
            column="ex_date",
            value=f"{ex_date} of {security}",
            expected=f"no session of {mic}; moved to its next one, {session}",
            count=moved.height,
        ),
    )
