"""What a single value must be: finite, positive, a known word, a plausible date."""

from __future__ import annotations

import datetime as dt
import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from paasche.market.columns import Kind
from paasche.market.vocabulary import COLLOQUIAL, CURRENCIES, EXCHANGES, REASONS, nearest

if TYPE_CHECKING:
    from collections.abc import Collection

    from paasche.market.columns import Column, Table
    from paasche.market.report import Report
    from paasche.market.source import Source

__all__ = ["check_values"]

# Every market's dates lie well within; 0202-01-05 and 20240-01-05 do not.
_FIRST_DATE, _LAST_DATE = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
_DATES = "must be a date from 1900 to 2199"

# A reason close to a word the rules know, yet not that word, is a misspelling; others are free.
_MISSPELT = 0.8


@dataclass(frozen=True, slots=True)
class _Bounds:
    low: float
    expected: str
    open_below: bool = False
    high: float = math.inf


_BOUNDS: dict[str, _Bounds] = {
    "positive": _Bounds(0, "must be a positive number", open_below=True),
    "not negative": _Bounds(0, "must be zero or more"),
    "fraction": _Bounds(0, "must be a fraction from 0 to 1", high=1),
}
_FINITE = "must be a finite number"

_PATTERNS: dict[str, tuple[str, str]] = {
    "country": (r"^[A-Z]{2}$", "must be a country in two letters (ISO 3166: CN, HK, KY)"),
    "mic": (r"^[A-Z0-9]{4}$", "must be an exchange in four letters (ISO 10383: XSHG)"),
    "month": (r"^\d{4}-(0[1-9]|1[0-2])$", "must be a month (2024-06)"),
}


def check_values(
    source: Source, table: Table, frame: pl.DataFrame, exchanges: Collection[str], report: Report
) -> None:
    """Note every value that breaks the rule of its column.

    Parameters
    ----------
    source : Source
        Where the rows came from.
    table : Table
        The table's description.
    frame : pl.DataFrame
        The rows, with canonical dtypes.
    exchanges : collection of str
        Exchanges of the table `calendar`, known besides the listed ones.
    report : Report
        Takes the defects.
    """
    for column in table.columns:
        values = frame[column.name]
        if values.null_count() < len(values):
            _CHECKS[column.kind](source, column, values, exchanges, report)


def _check_dates(
    source: Source, column: Column, values: pl.Series, _: Collection[str], report: Report
) -> None:
    first, last = values.min(), values.max()
    if first < _FIRST_DATE or last > _LAST_DATE:  # type: ignore[operator]
        bad = (values < _FIRST_DATE) | (values > _LAST_DATE)
        expected = f"{_DATES}; {column.advice}"
        report.rows(source, bad, expected, column=column.name, values=values)


def _check_numbers(
    source: Source, column: Column, values: pl.Series, _: Collection[str], report: Report
) -> None:
    if column.rule == "any":
        return
    # One infinite or missing term shows in the sum; only then is the row worth looking for.
    if values.dtype == pl.Float64 and not math.isfinite(values.sum()):
        bad = ~values.is_finite()
        expected = f"{_FINITE}; {column.advice}"
        report.rows(source, bad, expected, column=column.name, values=values)
        values = values.set(bad.fill_null(value=False), None)
    bounds = _BOUNDS.get(column.rule)
    low, high = values.min(), values.max()
    if bounds is None or low is None:
        return
    if low < bounds.low or high > bounds.high or (bounds.open_below and low == bounds.low):  # type: ignore[operator]
        below = values <= bounds.low if bounds.open_below else values < bounds.low
        bad = below | (values > bounds.high)
        expected = f"{bounds.expected}; {column.advice}"
        report.rows(source, bad, expected, column=column.name, values=values)


def _check_words(
    source: Source, column: Column, values: pl.Series, exchanges: Collection[str], report: Report
) -> None:
    if column.rule in _PATTERNS:
        pattern, expected = _PATTERNS[column.rule]
        bad = ~values.str.contains(pattern)
        expected = f"{expected}; {column.advice}"
        report.rows(source, bad, expected, column=column.name, values=values)
    elif column.rule == "pair":
        base, quote = values.str.slice(0, 3), values.str.slice(3)
        bad = ~(base.is_in(CURRENCIES) & quote.is_in(CURRENCIES) & (base != quote))
        expected = "must be two currencies, HKDCNY for the yuan in one Hong Kong dollar"
        report.rows(source, bad, expected, column=column.name, values=values)
    elif column.rule == "reason":
        misspelt = {word: near for word in _strange(values, REASONS) if (near := _almost(word))}
        report.words(
            source,
            values.is_in(list(misspelt)),
            lambda word: f"must be {misspelt[word]}, or less like it where another is meant",
            column=column.name,
            values=values,
        )
    else:
        known, what = _vocabulary(column, exchanges)
        if known:
            bad = values.is_in(_strange(values, known))
            mended = functools.partial(_expected, column, known, what)
            report.words(source, bad, mended, column=column.name, values=values)


def _vocabulary(column: Column, exchanges: Collection[str]) -> tuple[Collection[str], str]:
    if column.rule == "exchange":
        known = [*EXCHANGES, *(name for name in exchanges if name not in EXCHANGES)]
        return known, f"must be one of {', '.join(known)}, or an exchange of the table calendar"
    if column.rule == "currency":
        return CURRENCIES, "must be a currency (ISO 4217; CNY for renminbi, CNH for it offshore)"
    return column.words, f"must be one of {', '.join(column.words)}"


def _expected(column: Column, known: Collection[str], what: str, word: str) -> str:
    meant = COLLOQUIAL.get(word.upper(), word.upper())
    if meant in known:
        return f"{what}; write {meant}"
    # Among three letters everything is near to something.
    close = None if column.rule == "currency" else nearest(word, known)
    return f"{what}; " + (f"the nearest is {close}" if close else column.advice)


def _strange(values: pl.Series, known: Collection[str]) -> list[str]:
    return [word for word in values.unique().drop_nulls().to_list() if word not in known]


def _almost(word: str) -> str | None:
    return nearest(word, REASONS, cutoff=_MISSPELT)


_CHECKS = {
    Kind.SECURITY: lambda *_: None,
    Kind.TEXT: _check_words,
    Kind.DATE: _check_dates,
    Kind.NUMBER: _check_numbers,
    Kind.COUNT: _check_numbers,
    Kind.TIME: lambda *_: None,
}
