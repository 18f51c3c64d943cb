"""Explain: why a level moved – per constituent by price, fx and dividend, per event by the divisor.

A level opens on the holdings of the day at reference prices and the rates of the close before, and
closes on the same units at the day's prices and rates. The difference splits without a rest; events
move the divisor, not the level.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from paasche import _core
from paasche.calculation.explanation import Explanation
from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from paasche.calculation.workings import Workings

__all__ = ["explain"]


_MEASURES = {
    "joined": "units",
    "left": "units",
    "spun_off": "units",
    "tender_offer": "ratio",
    "shares_set": "shares",
    "factor_set": "weight factor",
    "ex_dividend": "price",
    "ex_rights": "price",
    "renewed": "adjusted shares",
    "reweighted": "weight factor",
    "share_change_deferred": "shares",
    "share_change_triggered": "shares",
    "share_change_applied": "shares",
    "snapshot_passed_over": "shares",
    "weight_inherited": "weight factor",
    "factors_rescaled": "weight factor",
    "deletion_price": "price",
    "rate_kept": "age, rate",
    "reference_differs": "price",
}
"""What the figures of an event are."""

_OF_WEIGHTS = {"reweighted": "units", "weight_inherited": "units"}
"""The same, where units come from weights."""


class _Span(NamedTuple):
    """Positions of the first and last session to explain, and the version explained."""

    first: int
    last: int
    variant: str
    currency: str

    @property
    def sessions(self) -> slice:
        return slice(self.first, self.last + 1)

    @property
    def closes(self) -> slice:
        """The close before the span, and those of its sessions."""
        return slice(self.first - 1, self.last + 1)


def explain(
    workings: Workings, start: date, end: date | None, *, variant: str | None, currency: str | None
) -> Explanation:
    """Explain the change of a level from the close before ``start`` to the close of ``end``.

    Without an end it is that of one session, and errors call the day ``date``.

    See :meth:`paasche.Result.explain`.
    """
    span = _span(workings, start, end, variant, currency)
    base, own = workings.base_rates.get(span.currency, 1.0), workings.rates
    rates = own.table[span.closes, own.column(span.currency)]
    scale = _scale(workings, span) * base
    found = _core.contributions(
        workings.panel,
        workings.arrays.holdings,
        span.variant,
        span.first,
        scale,
        np.ascontiguousarray(rates),
    )
    events = _events(workings, span)
    level = getattr(workings.arrays, span.variant)[span.closes] * (base / rates)
    gaps = _gaps(workings, span, scale / rates[:-1])
    return Explanation(
        index=workings.methodology.index.code,
        variant=span.variant,
        currency=span.currency,
        base_currency=workings.methodology.index.currency,
        sessions=_sessions(workings, span, level, found["sessions"], gaps),
        constituents=_constituents(workings, span, found["instruments"]),
        events=events,
        divisors=_divisors(workings, span),
        rates=_rates(workings, span),
    )


def _span(
    workings: Workings, start: date, end: date | None, variant: str | None, currency: str | None
) -> _Span:
    """Return the positions and the version asked for, or refuse them."""
    index = workings.methodology.index
    variant = variant or next(iter(index.variants))
    currency = currency or index.currency
    for argument, value, known in (
        ("variant", variant, index.variants),
        ("currency", currency, index.currencies),
    ):
        if value not in known:
            raise InputError(
                f"{argument} = {value}: must be one of {', '.join(known)}, the versions of "
                f"{index.code}"
            )
    if end is None:
        only = _position(workings, "date", start)
        return _Span(only, only, variant, currency)
    if end < start:
        raise InputError(f"end = {end}: must be on or after start = {start}")
    first, last = (
        _position(workings, argument, day) for argument, day in (("start", start), ("end", end))
    )
    return _Span(first, last, variant, currency)


def _position(workings: Workings, argument: str, day: date) -> int:
    """Return the position of a session that has one before it."""
    explained, code = workings.explained, workings.methodology.index.code
    if not len(explained):
        only = workings.sessions[-1]
        raise InputError(f"{argument} = {day}: {code} has one session, {only}, and no change yet")
    at = int(np.searchsorted(workings.sessions, np.datetime64(day)))
    if not explained[0] <= np.datetime64(day) <= explained[-1]:
        raise InputError(
            f"{argument} = {day}: must lie within {explained[0]} to {explained[-1]}, the sessions "
            f"of {code} that this calculation has a change for"
        )
    if workings.sessions[at] != np.datetime64(day):
        before, after = workings.sessions[at - 1 : at + 1]
        raise InputError(
            f"{argument} = {day}: must be a session of {code}; the nearest are {before} and {after}"
        )
    return at


def _scale(workings: Workings, span: _Span) -> NDArray[np.float64]:
    """Return points per unit of value on each session, before the version's currency."""
    arrays = workings.arrays
    if span.variant == "price":
        return workings.origin.base_level / arrays.divisors[span.sessions]
    before = getattr(arrays, span.variant)[span.first - 1 : span.last]
    scale: NDArray[np.float64] = before / arrays.openings[span.variant][span.sessions]
    return scale


def _gaps(workings: Workings, span: _Span, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the points by which each session opened away from the close before (R34).

    Zero wherever the divisor takes the change of value out of the level, as it does but for custom
    events.
    """
    gaps = np.zeros(span.last + 1 - span.first)
    rows = workings.arrays.corrections
    within = (rows["session"] >= span.first) & (rows["session"] <= span.last)
    session = rows["session"][within]
    opening = workings.arrays.openings["price"][session]
    gaps[session - span.first] = (rows["value_after"][within] - opening) * points[
        session - span.first
    ]
    return gaps


def _sessions(
    workings: Workings,
    span: _Span,
    level: NDArray[np.float64],
    points: Mapping[str, NDArray[np.float64]],
    gaps: NDArray[np.float64],
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "date": workings.sessions[span.sessions],
            "level_before": level[:-1],
            "level": level[1:],
            "change": np.diff(level),
            "price": points["price"],
            "fx": points["fx"],
            "dividend": points["dividend"],
            "events": gaps,
        }
    )


def _constituents(
    workings: Workings, span: _Span, found: Mapping[str, NDArray[np.float64]]
) -> pl.DataFrame:
    """Return what each constituent contributed, the largest first, ties by security."""
    opening, closing = found["opening_value"], found["closing_value"]
    return (
        pl.DataFrame(
            {
                "security": pl.Series(workings.panel.instruments, dtype=pl.String),
                "sessions": found["sessions"],
                "opening_weight": opening / _sum(opening),
                "closing_weight": closing / _sum(closing),
                "reference_price": found["reference"],
                "close": found["close"],
                "price": found["price"],
                "fx": found["fx"],
                "dividend": found["dividend"],
            }
        )
        .filter(pl.col("sessions") > 0)
        .with_columns(
            pl.col("opening_weight", "closing_weight").fill_nan(None),
            total=pl.col("price") + pl.col("fx") + pl.col("dividend"),
        )
        .join(workings.tables["securities"], on="security", how="left", maintain_order="left")
        .join(_traded(workings, span), on="security", how="left", maintain_order="left")
        .select(
            "security",
            "name",
            "currency",
            "sessions",
            pl.when(pl.col("closing_weight").is_not_null())
            .then(pl.col("traded").fill_null(value=False))
            .alias("traded"),
            "opening_weight",
            "closing_weight",
            "reference_price",
            "close",
            "price",
            "fx",
            "dividend",
            "total",
        )
        .sort(pl.col("total").abs(), "security", descending=[True, False])
    )


def _sum(values: NDArray[np.float64]) -> float:
    """Return the exact sum of what is held, whoever else is in the panel."""
    return math.fsum(values[~np.isnan(values)].tolist())


def _traded(workings: Workings, span: _Span) -> pl.DataFrame:
    """Return who traded on the last session of the span."""
    day = workings.sessions[span.last].item()
    idle = (pl.col("volume") == 0).fill_null(value=False)
    return (
        workings.market["prices"]
        .filter(pl.col("date") == day, ~idle)
        .select("security", pl.lit(value=True).alias("traded"))
    )


def _events(workings: Workings, span: _Span) -> pl.DataFrame:
    """Return the events of the span; the largest change of the divisor of a session first."""
    divisors = workings.tables["divisors"].select(
        "session", per_value=pl.col("before") / pl.col("value_before"), divisor_before="before"
    )
    return (
        workings.tables["events"]
        .filter(_within(workings, span))
        .join(divisors, on="session", how="left", maintain_order="left")
        .with_columns(divisor_effect=pl.col("value_effect") * pl.col("per_value"))
        .with_columns(divisor_change=pl.col("divisor_effect") / pl.col("divisor_before"))
        .join(
            workings.tables["securities"].select("security", "name"),
            on="security",
            how="left",
            maintain_order="left",
        )
        .sort(
            "session",
            pl.col("divisor_effect").abs(),
            descending=[False, True],
            nulls_last=True,
            maintain_order=True,
        )
        .select(
            "session",
            "security",
            "name",
            "event",
            "rule",
            "reason",
            _measure(workings),
            "before",
            "after",
            "value_effect",
            "divisor_effect",
            "divisor_change",
        )
    )


def _measure(workings: Workings) -> pl.Expr:
    """Return what ``before`` and ``after`` of an event count."""
    of_weights = {} if workings.methodology.weighting.uses_shares else _OF_WEIGHTS
    return (
        pl.col("event")
        .replace_strict(_MEASURES | of_weights, return_dtype=pl.String)
        .alias("measure")
    )


def _divisors(workings: Workings, span: _Span) -> pl.DataFrame:
    """Return the divisor changes of the span."""
    change = pl.col("after") / pl.col("before") - 1
    rows = workings.tables["divisors"].filter(_within(workings, span))
    return rows.select("session", "before", "after", change.alias("change"), "reason")


def _within(workings: Workings, span: _Span) -> pl.Expr:
    first, last = (workings.sessions[at].item() for at in (span.first, span.last))
    return pl.col("session").is_between(first, last)


def _rates(workings: Workings, span: _Span) -> pl.DataFrame:
    """Return how the rates of the constituents' currencies moved against the version's currency."""
    found = workings.rates
    own = found.column(span.currency)
    before, after = (found.table[at] / found.table[at, own] for at in (span.first - 1, span.last))
    used = np.any(found.used[span.sessions], axis=0)
    met = [at for at in np.flatnonzero(used).tolist() if at != own]
    return pl.DataFrame(
        {
            "pair": [found.currencies[at] + span.currency for at in met],
            "before": before[met],
            "after": after[met],
            "change": after[met] / before[met] - 1,
        },
        schema_overrides={"pair": pl.String},
    )
