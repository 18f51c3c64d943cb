"""Casts to the canonical dtypes that lose nothing: what does not fit is a defect, never bent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from paasche.market.columns import Column, Kind, Need
from paasche.market.hints import styles, unfit, unfit_column
from paasche.market.vendors.recognise import recognised
from paasche.market.vocabulary import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paasche.market.columns import Table
    from paasche.market.report import Report
    from paasche.market.source import Source

__all__ = ["conform"]

# Whole numbers up to 2^53 are exact in float64.
_EXACT_INTEGER = 2**53

# A misspelt optional column would be ignored without a word; likenesses from here on are refused.
_MISSPELT = 0.8

# What stands in a header only where there is none: a date or a number.
_DATUM = r"\d{4}-\d{2}-\d{2}|[+-]?\d+(\.\d+)?"

# The name of a column in a wide frame, and what to do about one.
_CODE = r"\d{1,6}\.(SH|SZ|BJ|HK)"
_UNPIVOT = "give one row for each date and security (unpivot, or melt in pandas)"

# How pandas writes an index without a name, and what to do about one.
_PANDAS = "__index_level_"
_INDEX = "call reset_index() on a frame whose index holds it"

# Columns that a message lists.
_SHOWN = 8


def conform(source: Source, table: Table, report: Report) -> pl.DataFrame:
    """Cast a table to its canonical columns and dtypes.

    Parameters
    ----------
    source : Source
        The rows as they arrived.
    table : Table
        The table's description.
    report : Report
        Takes the defects: missing and misspelt columns, wrong types, null where a value is needed.

    Returns
    -------
    pl.DataFrame
        All columns of `table` in order; optional columns that were absent are null, and so are
        values that did not fit (each of them is a defect).
    """
    columns: list[pl.Series | pl.Expr] = []
    if not _none_there(source, table, report):
        _missing(source, table, report)
    for column in table.columns:
        if column.name in source.names:
            columns.append(_cast(source, column, report).alias(column.name))
        else:
            # A literal costs nothing whatever the number of rows.
            columns.append(pl.lit(None, dtype=column.kind.dtype).alias(column.name))
    return source.frame.select(columns)


def _none_there(source: Source, table: Table, report: Report) -> bool:
    """Note a table without any of its columns, as one defect; return whether it is one."""
    needed = [column.name for column in table.columns if column.need is not Need.OPTIONAL]
    if any(name in source.names for name in table.schema):
        return False
    if any(re.fullmatch(_DATUM, name) for name in source.names):
        found = f"the first line, {', '.join(source.names[:_SHOWN])}, is no header; add one"
    elif any(re.fullmatch(_CODE, name) for name in source.names):
        found = f"it has one column a security; {_UNPIVOT}"
    else:
        mend = f"rename them{_vendor(source, table)}{_indexed(source)}"
        found = f"it has {_listed(source.names)}; {mend}"
    report.add(source.place, f"must have the columns {', '.join(needed)}; {found}")
    return True


def _missing(source: Source, table: Table, report: Report) -> None:
    """Note columns that are needed and absent, and optional ones under another name."""
    strangers = [name for name in source.names if name not in table.schema]
    told = False
    for column in table.columns:
        if column.name in source.names:
            continue
        close = nearest(column.name, strangers, cutoff=_MISSPELT)
        if column.need is not Need.OPTIONAL:
            mend = _mend(source, strangers, column, close)
            # Whose columns they are is said once.
            mend += "" if told else _vendor(source, table)
            told = True
            expected = f"must be there, a column of this name; {mend}"
            report.add(source.place, expected, column=column.name)
        elif close is not None:
            expected = f"must be {column.name}, or a name less like it, which is ignored"
            report.add(source.place, f"{expected}; rename the column", column=close)


def _mend(source: Source, strangers: list[str], column: Column, close: str | None) -> str:
    """Return what to do about a column that is needed and absent."""
    if column.name in source.index or any(name.startswith(_PANDAS) for name in strangers):
        return _indexed(source).removeprefix("; ") or f"{_INDEX}, which is no column"
    if close:
        return f"rename {close}"
    if any(re.fullmatch(_CODE, name) for name in strangers):
        return f"there is one column a security; {_UNPIVOT}"
    if strangers:
        return f"rename the one that holds it ({_listed(strangers)}), or add it"
    return f"add it beside {_listed(source.names)}"


def _vendor(source: Source, table: Table) -> str:
    """Return how to take over a frame whose columns are those of a data vendor."""
    found = recognised(table, source.names)
    if found is None:
        return ""
    return f", or take the frame over with px.market.from_{found[0]}({found[1]}=frame)"


def _listed(names: Sequence[str]) -> str:
    more = " …" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _indexed(source: Source) -> str:
    """Return what to do where columns may stand in the index of a pandas frame."""
    return f"; {_INDEX} ({', '.join(source.index)})" if source.index else ""


def _cast(source: Source, column: Column, report: Report) -> pl.Series:
    raw = source.frame[column.name]
    try:
        series = _CASTS[column.kind](raw, source)
    except TypeError as e:
        given = raw.is_not_null()
        if not given.any():
            series = pl.repeat(None, len(raw), dtype=column.kind.dtype, eager=True)
        else:
            expected = unfit_column(column.kind, str(e))
            report.rows(source, given, expected, column=column.name, values=raw)
            return pl.repeat(None, len(raw), dtype=column.kind.dtype, eager=True)
    if series.null_count() == 0:
        return series
    if series.null_count() != raw.null_count():
        _unfit(source, column, raw, series.is_null() & raw.is_not_null(), report)
    if column.need is Need.ALWAYS:
        null = raw.is_null() | (raw == "") if raw.dtype == pl.String else raw.is_null()
        expected = f"must have a value in every row; {column.advice}"
        report.rows(source, null, expected, column=column.name)
    return series


def _unfit(source: Source, column: Column, raw: pl.Series, lost: pl.Series, report: Report) -> None:
    """Note values that do not fit; those that are mended in another way are another defect."""
    alike = []
    if raw.dtype == pl.String:
        lost &= raw != ""
        for style in styles(column.kind):
            alike.append(lost & raw.str.contains(rf"^\s*(?:{style})\s*$"))
            lost &= ~alike[-1]
    for bad in (*alike, lost):
        report.rows(source, bad, lambda at: unfit(column, raw[at]), column=column.name, values=raw)


def _text(raw: pl.Series, _: Source) -> pl.Series:
    if isinstance(raw.dtype, pl.Categorical | pl.Enum):
        raw = raw.cast(pl.String)
    if raw.dtype != pl.String:
        raise TypeError(_named(raw.dtype))
    lengths = raw.str.len_bytes()
    return raw.set(lengths == 0, None) if lengths.min() == 0 else raw


def _date(raw: pl.Series, source: Source) -> pl.Series:
    if raw.dtype == pl.Date:
        return raw
    if isinstance(raw.dtype, pl.Datetime):
        local = raw.dt.replace_time_zone(None)
        dates = local.dt.date()
        return dates.set(local != dates.cast(local.dtype), None)
    words = _text(raw, source)
    # polars also reads 2024-6-1 and leading spaces, which are not ISO.
    iso = words.str.contains(r"^\d{4}-\d{2}-\d{2}$")
    return words.set(~iso, None).str.to_date("%Y-%m-%d", strict=False)


def _number(raw: pl.Series, source: Source) -> pl.Series:
    if raw.dtype == pl.Float64:
        return raw
    if raw.dtype.is_integer():
        exact = (raw >= -_EXACT_INTEGER) & (raw <= _EXACT_INTEGER)
        return raw.cast(pl.Float64).set(~exact, None)
    if raw.dtype.is_float() or raw.dtype.is_decimal():
        # Through the shortest decimal text: float32 12.34 means 12.34, not 12.34000015258789.
        return raw.cast(pl.String).cast(pl.Float64, strict=False)
    if source.text is None or raw.dtype != pl.String:
        raise TypeError(_named(raw.dtype))
    return raw.cast(pl.Float64, strict=False)


def _count(raw: pl.Series, source: Source) -> pl.Series:
    if raw.dtype.is_integer():
        return raw.cast(pl.Int64, strict=False)
    if raw.dtype.is_float() or raw.dtype.is_decimal():
        return _whole(raw)
    if source.text is None or raw.dtype != pl.String:
        raise TypeError(_named(raw.dtype))
    counts = raw.cast(pl.Int64, strict=False)
    if counts.null_count() == raw.null_count():
        return counts
    return counts.zip_with(counts.is_not_null(), _whole(raw.cast(pl.Float64, strict=False)))


def _whole(raw: pl.Series) -> pl.Series:
    whole = (raw == raw.floor()) & raw.is_between(-(2**63), 2**63, closed="left")
    return raw.set(~whole.fill_null(value=False), None).cast(pl.Int64, strict=False)


def _time(raw: pl.Series, source: Source) -> pl.Series:
    if isinstance(raw.dtype, pl.Datetime):
        zone = raw.dtype.time_zone
        if zone is None and not source.zoneless:
            return pl.repeat(None, len(raw), dtype=Kind.TIME.dtype, eager=True)
        moments = (
            raw.dt.replace_time_zone("UTC") if zone is None else raw.dt.convert_time_zone("UTC")
        )
        micro = moments.dt.cast_time_unit("us")
        return micro.set(micro.dt.cast_time_unit(moments.dtype.time_unit) != moments, None)  # type: ignore[attr-defined]
    words = _text(raw, source)
    return words.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)


def _named(dtype: pl.DataType) -> str:
    """Return what a person calls a dtype."""
    if dtype.is_numeric():
        return f"numbers ({dtype})"
    return "text" if dtype == pl.String else str(dtype)


_CASTS: dict[Kind, Callable[[pl.Series, Source], pl.Series]] = {
    Kind.SECURITY: _text,
    Kind.TEXT: _text,
    Kind.DATE: _date,
    Kind.NUMBER: _number,
    Kind.COUNT: _count,
    Kind.TIME: _time,
}
