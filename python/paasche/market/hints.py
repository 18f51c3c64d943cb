"""How to mend a value that does not fit its column; asked for only once something is wrong."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from paasche.market.columns import Kind

if TYPE_CHECKING:
    from paasche.market.columns import Column

__all__ = ["asked", "day_hint", "styles", "unfit", "unfit_column"]

_HUGE = 2**53
"""No count of a listed company comes near."""

_ASKED: dict[Kind, str] = {
    Kind.SECURITY: "must be a code as text (600519.SH)",
    Kind.TEXT: "must be text",
    Kind.DATE: "must be a date (2024-06-14)",
    Kind.NUMBER: "must be a number",
    Kind.COUNT: "must be a whole number",
    Kind.TIME: "must be a time with its offset from UTC (2024-06-14T15:00:00+08:00)",
}

_CONVERT: dict[Kind, str] = {
    Kind.SECURITY: "read codes as text, else their leading zeros are lost",
    Kind.TEXT: "convert the column to text",
    Kind.DATE: "convert the column to dates",
    Kind.NUMBER: "convert the column to numbers",
    Kind.COUNT: "convert the column to whole numbers",
    Kind.TIME: "convert the column to times with their zone",
}

_UNIT = "check the unit of the column"
_NUMBERS = {
    r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?": "write it without separators, {joined}",
    r"[+-]?\d+,\d+": "write it with a decimal point, {pointed}",
    r".*%": "write it as a fraction, 0.07 for seven percent",
    r"[+-]?\d+": _UNIT,
}
"""Styles of text that is no number here, and what to do about each."""

_STYLES: dict[Kind, tuple[str, ...]] = {
    Kind.NUMBER: tuple(_NUMBERS),
    Kind.COUNT: (r"[+-]?\d+\.\d+", *_NUMBERS),
    Kind.DATE: (
        r"\d{4}-\d{2}-\d{2}",
        r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*",
        r"\d{4}\D?\d{1,2}\D?\d{1,2}",
        r"\d{1,2}\D\d{1,2}\D\d{4}",
    ),
    Kind.TIME: (r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?",),
}
"""Styles of text, by kind: values of one style are mended alike."""

_ON_THE_DAY = ": in pandas .dt.normalize(), in polars .dt.date()"
_IN_ITS_TIME = (
    ', in the time of the exchange: in pandas .dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)'
    ".dt.normalize(), in polars "
    '.dt.convert_time_zone("Asia/Shanghai").dt.date()'
)
_ABSENT = frozenset({"#n/a", "-", "--", "—", "n/a", "na", "nan", "nil", "none", "null", "停牌"})
_DAY = re.compile(r"(\d{4})(\D?)(\d{1,2})\2(\d{1,2})")
_LAST_YEAR = re.compile(r"(\d{1,2})(\D)(\d{1,2})\2(\d{4})")
_ISO_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?")


def asked(kind: Kind) -> str:
    """Return what a column of a kind asks for."""
    return _ASKED[kind]


def styles(kind: Kind) -> tuple[str, ...]:
    """Return the patterns of text that is mended alike; the first that fits counts.

    Examples
    --------
    >>> any(re.fullmatch(style, "1,234.5") for style in styles(Kind.NUMBER))
    True
    """
    return _STYLES.get(kind, ())


def unfit_column(kind: Kind, found: str) -> str:
    """Return what a column asks for that is of another type altogether, and how to mend it."""
    return f"{_ASKED[kind]}, not {found}; {_CONVERT[kind]}"


def unfit(column: Column, value: object) -> str:
    """Return what a column asks for, and how to mend a value that is something else.

    Examples
    --------
    >>> from paasche.market.columns import Column
    >>> unfit(Column("date", Kind.DATE), "14/06/2024")
    'must be a date (2024-06-14); write 2024-06-14, the year first'
    """
    hint = _HINTS.get(column.kind, _none)(value) or column.advice
    return f"{_ASKED[column.kind]}; {hint}"


def _none(_: object) -> str:
    return ""


def _number(value: object) -> str:
    if isinstance(value, int | float):
        return _UNIT if abs(value) >= _HUGE else ""
    word = str(value).strip()
    if word.lower() in _ABSENT:
        return ""
    found = (mend for style, mend in _NUMBERS.items() if re.fullmatch(style, word))
    mend = next(found, "")
    return mend.format(joined=word.replace(",", ""), pointed=word.replace(",", "."))


def _count(value: object) -> str:
    word = str(value)
    if re.fullmatch(r"[+-]?\d+\.\d+", word):
        return "shares are counted one by one: check the unit of the column, or round it"
    return _number(value)


def day_hint(value: object) -> str:
    """Return how to mend a value that is no day; nothing where it does not show what was meant.

    Examples
    --------
    >>> day_hint("2024/01/05")
    'write 2024-01-05'
    """
    if isinstance(value, dt.datetime):
        zoneless = value.tzinfo is None
        return f"leave the time of day out{_ON_THE_DAY if zoneless else _IN_ITS_TIME}"
    word = str(value).strip()
    if _ISO_TIME.match(word):
        return f"leave the time out, {word[:10]}"
    if year_first := _DAY.fullmatch(word):
        year, _, month, day = year_first.groups()
        iso = _iso(year, month, day)
        return f"write {iso}" if iso and iso != word else ""
    if year_last := _LAST_YEAR.fullmatch(word):
        one, _, other, year = year_last.groups()
        possible = sorted({_iso(year, one, other), _iso(year, other, one)} - {""}, reverse=True)
        if len(possible) == 1:
            return f"write {possible[0]}, the year first"
        if possible:
            return f"write {' or '.join(possible)}, whichever is meant"
    return ""


def _iso(year: str, month: str, day: str) -> str:
    """Return the ISO text of a day; nothing where there is no such day."""
    try:
        return dt.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _time(value: object) -> str:
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            return "say in which zone it is, Asia/Shanghai or UTC"
        return "round it to microseconds"
    word = str(value).strip()
    if _ISO_TIME.fullmatch(word):
        return f"write {word.replace(' ', 'T')}+08:00 if that is the time of Shanghai"
    return ""


_HINTS = {Kind.NUMBER: _number, Kind.COUNT: _count, Kind.DATE: day_hint, Kind.TIME: _time}
