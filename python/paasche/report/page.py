"""The content of the page, section by section: figures, drawings and words the template sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from paasche._core import __version__
from paasche.calculation.shown import closing_weights, shortened
from paasche.calculation.stored.directory import content_fingerprint
from paasche.calculation.stored.tables import TABLES
from paasche.report import drawing, formats
from paasche.report.facts import facts
from paasche.report.figures import (
    PERIODS,
    WINDOWS,
    Drawdown,
    Series,
    YearReturn,
    annualized,
    calendar_years,
    deepest,
    drawdowns,
    month_ends,
    period_return,
    series_of,
    volatility,
)
from paasche.report.holdings import reviews, split

if TYPE_CHECKING:
    from datetime import date

    from paasche.calculation import Result
    from paasche.report.words import Words

__all__ = ["content"]

TOP, REVIEWS, CHANGES = 10, 10, 10
"""Rows that stand open; earlier ones fold away."""

MOST_CHANGES = 250
"""Divisor changes on the page at most: an index of hundreds of names has thousands in its run."""

_DIGITS = 16
"""Digits of a fingerprint that are printed."""


def content(result: Result, say: Words) -> dict[str, Any]:
    """Return everything the template needs, by name.

    Parameters
    ----------
    result : Result
        With at least one session.
    say : Words
    """
    every = series_of(result)
    main = every[0]
    return {
        "say": say,
        "index": result.methodology.index,
        "assumptions": result.methodology.assumptions,
        "warnings": result.warnings,
        "version": result.record.get("paasche", __version__),
        "main": main,
        "last": [_last(*group) for group in zip(*_by_currency(every).values(), strict=True)],
        "facts": facts(result, main, say),
        "versions": _by_currency(every),
        "levels": [_levels(group) for group in _by_currency(every).values()],
        "returns": {key: [_returns(one, result) for one in of] for key, of in _groups(every)},
        "years": _years(every),
        "drawdown": _drawdown(main),
        "risk": {key: [_risk(one) for one in of] for key, of in _groups(every)},
        "holdings": _holdings(result),
        "reviews": reviews(result)[::-1],
        "changes": _changes(result, say),
        "fingerprints": _fingerprints(result),
        "market": result.source,
        "rows": {"reviews": REVIEWS, "changes": CHANGES},
    }


def _by_currency(every: list[Series]) -> dict[str, list[Series]]:
    currencies = dict.fromkeys(one.currency for one in every)
    return {name: [one for one in every if one.currency == name] for name in currencies}


def _groups(every: list[Series]) -> list[tuple[str, list[Series]]]:
    return list(_by_currency(every).items())


class Last(NamedTuple):
    """The last level of a variant in index currency with its change on the day, and in others."""

    variant: str
    level: float
    change: float | None
    others: list[tuple[str, float]]


def _last(series: Series, *others: Series) -> Last:
    levels = series.levels
    return Last(
        variant=series.variant,
        level=float(levels[-1]),
        change=float(levels[-1] / levels[-2]) - 1 if len(levels) > 1 else None,
        others=[(one.currency, float(one.levels[-1])) for one in others],
    )


class Levels(NamedTuple):
    """The levels of one currency, drawn and as a table."""

    currency: str
    charts: list[drawing.Chart]
    spans: list[Span]
    variants: list[str]
    rows: list[tuple[date, list[float]]]


class Span(NamedTuple):
    """A series in a sentence: where it begins and ends, its lowest and its highest level."""

    variant: str
    first: float
    start: date
    last: float
    end: date
    low: float
    low_day: date
    high: float
    high_day: date


def _levels(group: list[Series]) -> Levels:
    curves = [drawing.Curve(one.variant, one.dates, one.levels) for one in group]
    ends = month_ends(group[0])
    return Levels(
        currency=group[0].currency,
        charts=[
            drawing.draw(curves, size, formats.tick) for size in (drawing.WIDE, drawing.NARROW)
        ],
        spans=[_span(one) for one in group],
        variants=[one.variant for one in group],
        rows=[
            (group[0].dates[at].item(), [float(one.levels[at]) for one in group])
            for at in ends[::-1]
        ],
    )


def _span(series: Series) -> Span:
    low, high = int(np.argmin(series.levels)), int(np.argmax(series.levels))
    return Span(
        variant=series.variant,
        first=float(series.levels[0]),
        start=series.first,
        last=float(series.levels[-1]),
        end=series.last,
        low=float(series.levels[low]),
        low_day=series.dates[low].item(),
        high=float(series.levels[high]),
        high_day=series.dates[high].item(),
    )


class Returns(NamedTuple):
    """A row of the table of returns."""

    variant: str
    periods: list[float | None]


def _returns(series: Series, result: Result) -> Returns:
    index = result.methodology.index
    growth = float(series.levels[-1]) / index.base_level
    since_base = [growth - 1, annualized(growth, index.base_date, series.last)]
    periods = [period_return(series, months) for months in PERIODS.values()]
    return Returns(series.variant, periods + since_base)


class Year(NamedTuple):
    """A row of the table of calendar years; the bar runs between two percents of its cell."""

    year: int
    since: date | None
    changes: list[float]
    bar: tuple[float, float]


def _years(every: list[Series]) -> list[Year]:
    """Return the years, the last one first."""
    columns = [calendar_years(one) for one in every]
    rows: list[tuple[YearReturn, ...]] = list(zip(*columns, strict=True))
    drawn = [row[0].change for row in rows]
    low, high = min([0.0, *drawn]), max([0.0, *drawn])
    width = high - low or 1.0
    return [
        Year(
            year=row[0].year,
            since=row[0].since,
            changes=[one.change for one in row],
            bar=(
                (min(row[0].change, 0.0) - low) / width * 100,
                (max(row[0].change, 0.0) - low) / width * 100,
            ),
        )
        for row in rows[::-1]
    ]


class Fall(NamedTuple):
    """The drawdown of a series, drawn and as a table; not drawn where it never fell."""

    charts: list[drawing.Chart]
    deepest: Drawdown | None
    rows: list[tuple[date, float]]


def _drawdown(main: Series) -> Fall:
    falls = drawdowns(main)
    curve = drawing.Curve(main.variant, main.dates, falls)
    sizes = [drawing.shallow(size, 190) for size in (drawing.WIDE, drawing.NARROW)]
    ends = month_ends(main)

    def text(value: float, step: float) -> str:
        return f"{formats.tick(value * 100, step * 100)}%"

    return Fall(
        charts=[drawing.draw([curve], size, text, highest=0.0) for size in sizes if falls.any()],
        deepest=deepest(main),
        rows=[(main.dates[at].item(), float(falls[at])) for at in ends[::-1]],
    )


class Risk(NamedTuple):
    """A row of the table of risk."""

    variant: str
    volatilities: list[float | None]
    fall: Drawdown | None


def _risk(series: Series) -> Risk:
    spans = [volatility(series, months) for months in WINDOWS.values()]
    return Risk(series.variant, spans, deepest(series))


def _holdings(result: Result) -> dict[str, Any]:
    weights = closing_weights(result)
    return {
        "date": result.state.date,
        "count": len(weights),
        "top": weights.head(TOP).to_dicts(),
        "sectors": split(weights, "industry"),
        "currencies": split(weights, "currency"),
        "exchanges": split(weights, "exchange"),
    }


class Change(NamedTuple):
    """A row of the table of divisor changes."""

    session: date
    change: float
    reason: str
    detail: str


def _changes(result: Result, say: Words) -> dict[str, Any]:
    """Return the divisor changes, the last one first, and how many there are."""
    rows = result.divisors.tail(MOST_CHANGES).reverse().to_dicts()
    return {
        "all": len(result.divisors),
        "rows": [
            Change(
                session=row["session"],
                change=row["after"] / row["before"] - 1,
                reason=" + ".join(say.name("reason", one) for one in row["reason"].split(" + ")),
                detail=_detail(row["detail"] or "", say),
            )
            for row in rows
        ],
    }


def _detail(detail: str, say: Words) -> str:
    """Return a detail such as ``left A, B; joined C`` with its verbs as labels and few names."""
    parts = []
    for part in shortened(detail, say("table", "more")).split("; "):
        verb, _, names = part.partition(" ")
        parts.append(f"{say.name('event', verb)} {names}".strip())
    return "; ".join(parts)


class Fingerprint(NamedTuple):
    """What was read or written, and the beginning of its SHA-256."""

    kind: str
    table: str
    digits: str


def _fingerprints(result: Result) -> list[Fingerprint]:
    written = {name: content_fingerprint(getattr(result, name)) for name in TABLES}
    found = [("methodology", result.methodology.index.code, result.methodology.fingerprint)]
    found += [("market", *one) for one in result.market_fingerprints().items()]
    found += [("result", *one) for one in written.items()]
    return [Fingerprint(kind, table, digits[:_DIGITS]) for kind, table, digits in found]
