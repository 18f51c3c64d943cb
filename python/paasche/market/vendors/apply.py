"""From a vendor's frames to tables of the market: one interpreter of the tables in this folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from paasche.errors import InputError
from paasche.market.calendars import Calendars
from paasche.market.columns import Kind
from paasche.market.report import Report
from paasche.market.tables import TABLES
from paasche.market.vendors import cells
from paasche.market.vendors.describe import TARGETS, units, vendor
from paasche.market.vendors.plausible import check_plausible
from paasche.market.vendors.signs import check_signs
from paasche.market.vendors.take import endpoint_of, take
from paasche.market.vocabulary import nearest

if TYPE_CHECKING:
    from paasche.market.source import Source
    from paasche.market.vendors.describe import Cell, Endpoint, Keep, Rows, Unit

__all__ = ["Part", "convert", "unnamed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows of one market table that came from one endpoint.

    Attributes
    ----------
    endpoint : str
        The endpoint.
    frame : pl.DataFrame
        The rows, with the columns of the market table.
    units : dict of str to (str, Unit)
        By column of the market table: the vendor's column and the unit it was read in.
    """

    endpoint: str
    frame: pl.DataFrame
    units: dict[str, tuple[str, Unit]]


def convert(
    name: str, frames: Mapping[str, Any], overrides: Mapping[str, str], *, check: bool
) -> dict[str, pl.DataFrame]:
    """Apply a vendor's tables to frames.

    Parameters
    ----------
    name : str
        The vendor.
    frames : mapping of str to frame
        By endpoint.
    overrides : mapping of str to str
        Units by ``endpoint.column``.
    check : bool
        Whether to refuse figures whose unit cannot be right.

    Returns
    -------
    dict of str to pl.DataFrame
        Tables of the market, in the order of the data contract, sorted by their keys.

    Raises
    ------
    InputError
        Lists every defect.
    """
    report = Report(f"from_{name}")
    book = _overridden(vendor(name), overrides, report)
    sources = take(name, book, frames, report)
    report.raise_defects()
    parts: dict[str, list[Part]] = defaultdict(list)
    for endpoint, source in sources.items():
        _check_only(book[endpoint], source, report)
        told: set[str] = set()
        for rows in book[endpoint].rows:
            if not rows.when or rows.when in source.frame.columns:
                parts[rows.table].append(_part(endpoint, rows, source, told, report))
    report.raise_defects()
    if check:
        check_plausible(parts, report)
        report.raise_defects()
    return {table: _whole(table, parts[table]) for table in TABLES if table in parts}


def unnamed(name: str, frames: tuple[object, ...]) -> InputError:
    """Return the error for frames that were given without the names of their endpoints.

    Parameters
    ----------
    name : str
        The vendor.
    frames : tuple of object
        What was given.

    Examples
    --------
    >>> print(unnamed("csmar", ({"Stkcd": [], "Trddt": [], "Clsprc": []},)))
    from_csmar frame = dict: must be given by the name of its endpoint; write trd_dalyr=…
    """
    book, first = vendor(name), frames[0]
    if isinstance(first, Mapping) and first and first.keys() <= book.keys():
        mend = "put ** before the mapping"
    elif found := endpoint_of(book, first):
        mend = f"write {found}=…"
    else:
        mend = f"write one of {', '.join(book)} and = before it"
    return InputError(
        f"from_{name} frame = {type(first).__name__}: must be given by the name of its endpoint; "
        f"{mend}"
    )


def _overridden(
    book: dict[str, Endpoint], overrides: Mapping[str, str], report: Report
) -> dict[str, Endpoint]:
    """Return the endpoints with the units a user states for their columns."""
    known = {
        f"{endpoint.name}.{source}": cell.unit
        for endpoint in book.values()
        for rows in endpoint.rows
        for cell in rows.cells
        for source in cell.sources
        if cell.unit is not None
    }
    stated = {}
    for key, word in overrides.items():
        if key not in known:
            close = nearest(key, known)
            hint = f"; the nearest is {close}" if close else ""
            report.add(
                "units", f"must be the endpoint.column of a figure with a unit{hint}", value=key
            )
        elif word not in units() or units()[word].dimension != known[key].dimension:
            fit = [name for name, unit in units().items() if unit.dimension == known[key].dimension]
            report.add("units", f"must be one of {', '.join(fit)}", column=key, value=word)
        else:
            stated[key] = units()[word]
    if not stated:
        return book
    return {
        name: replace(endpoint, rows=tuple(_restated(name, rows, stated) for rows in endpoint.rows))
        for name, endpoint in book.items()
    }


def _restated(endpoint: str, rows: Rows, stated: Mapping[str, Unit]) -> Rows:
    def unit(cell: Cell) -> Unit | None:
        found = [
            stated[f"{endpoint}.{name}"] for name in cell.sources if f"{endpoint}.{name}" in stated
        ]
        return found[0] if found else cell.unit

    return replace(rows, cells=tuple(replace(cell, unit=unit(cell)) for cell in rows.cells))


def _check_only(endpoint: Endpoint, source: Source, report: Report) -> None:
    """Note words in a column whose words are all known; none is left out in silence."""
    only = endpoint.only
    if only is None or only.column not in source.frame.columns:
        return
    found = cells.words(source.frame[only.column])
    strange = ~found.is_in(list(only.words))
    report.words(source, strange, lambda _: endpoint.expected, column=only.column, values=found)


def _part(endpoint: str, rows: Rows, source: Source, told: set[str], report: Report) -> Part:
    """Return the rows of one market table; `told` are columns whose defects are noted already."""
    kept = _kept(rows, source)
    columns = {}
    for cell in rows.cells:
        if not cell.optional or set(cell.reads) <= set(kept.frame.columns):
            columns[cell.target] = _column(cell, kept, told, report)
    frame = kept.frame.select(**columns)
    check_signs(rows, kept, frame, told, report)
    frame = frame.drop_nulls(list(rows.needs)) if rows.needs else frame
    for name in rows.positive:
        frame = frame.filter(pl.col(name) > 0)
    if rows.changes:
        frame = _changes(frame, [name for name in rows.changes if name in columns])
    read_in = {
        cell.target: (cell.sources[0], cell.unit)
        for cell in rows.cells
        if cell.unit is not None and cell.target in columns
    }
    return Part(endpoint=endpoint, frame=frame, units=read_in)


def _kept(rows: Rows, source: Source) -> Source:
    """Return the rows that count; they keep the row numbers of the vendor's frame."""
    kept = pl.repeat(value=True, n=source.frame.height, dtype=pl.Boolean, eager=True)
    for keep in rows.keep:
        if keep.column in source.frame.columns:
            kept &= _holds(keep, source.frame[keep.column])
    return replace(source, frame=source.frame.filter(kept), kept=kept.arg_true().to_numpy())


def _holds(keep: Keep, raw: pl.Series) -> pl.Series:
    text = _listing(keep, raw) if keep.listing else cells.words(raw)
    if keep.others:
        return ~text.is_in(list(keep.others)).fill_null(value=False)
    return text.is_null() if keep.empty else text.is_in(list(keep.words)).fill_null(value=False)


def _listing(keep: Keep, raw: pl.Series) -> pl.Series:
    """Return what codes say; nothing where they are none, which is refused as they are read."""
    try:
        code = cells.codes(raw)
    except TypeError:
        return pl.repeat(None, len(raw), dtype=pl.String, eager=True)
    return cells.listings(code.found, keep.listing)


def _column(cell: Cell, source: Source, told: set[str], report: Report) -> pl.Series:
    """Return one column of the market table; note what could not be read."""
    frame = source.frame
    if cell.value:
        return pl.repeat(cell.value, frame.height, dtype=pl.String, eager=True)
    name = cell.reads[0]
    try:
        read = _read(cell, frame)
    except TypeError as e:
        read = cells.Read(
            pl.repeat(None, frame.height, dtype=cell.kind.dtype, eager=True),
            frame[name].is_not_null(),
            f"must be {_WANTED[cell.kind]}, not {e}",
        )
    expected = read.expected
    if cell.unit is not None:
        expected += (
            f"; it is read as {cell.unit.means}, and units={{'{source.place}.{name}': …}} "
            "states another unit"
        )
    if name not in told and report.rows(
        source, read.bad, expected, column=name, values=frame[name]
    ):
        told.add(name)
    return read.found


_WANTED = {
    Kind.SECURITY: "codes as text (600519.SH)",
    Kind.TEXT: "text",
    Kind.DATE: "days (20240614 or 2024-06-14)",
    Kind.NUMBER: "numbers",
    Kind.COUNT: "whole numbers",
}


def _read(cell: Cell, frame: pl.DataFrame) -> cells.Read:
    if cell.listing:
        code = cells.codes(frame[cell.listing])
        return code._replace(found=cells.listings(code.found, cell.target))
    if cell.kind is Kind.SECURITY:
        return cells.codes(frame[cell.sources[0]])
    if cell.kind is Kind.DATE:
        read = cells.days(frame[cell.sources[0]])
        return _next_sessions(read, cell.next_session) if cell.next_session else read
    if cell.kind is Kind.TEXT:
        return _text(cell, frame[cell.sources[0]])
    plus, minus = ([frame[name] for name in names] for names in (cell.sources, cell.minus))
    power = 0 if cell.unit is None else cell.unit.power
    return (cells.counts if cell.kind is Kind.COUNT else cells.numbers)(plus, minus, power)


def _text(cell: Cell, raw: pl.Series) -> cells.Read:
    text = cells.words(raw)
    if not cell.words:
        return cells.Read(text, text.is_null() & text.is_not_null(), "text")
    found = text.replace_strict(cell.words, default=None, return_dtype=pl.String)
    bad = found.is_null() & text.is_not_null()
    return cells.Read(found, bad, f"must be one of {', '.join(cell.words)}")


def _next_sessions(read: cells.Read, exchange: str) -> cells.Read:
    """Return the session after each day: weights of a close are held from the next opening."""
    calendars = Calendars()
    first, last = (day.item() for day in calendars.span(exchange))
    unknown = ((read.found < first) | (read.found >= last)).fill_null(value=False)
    known = read.found.set(unknown, None)
    distinct = known.drop_nulls().unique().sort()
    after = calendars.roll_forward(exchange, distinct.dt.offset_by("1d").to_numpy())
    moved = known.replace_strict(
        distinct, pl.Series(after).cast(pl.Date), default=None, return_dtype=pl.Date
    )
    expected = f"{read.expected} from {first} to before {last}, whose next session is known"
    return cells.Read(moved, read.bad | unknown, expected)


def _changes(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Return the first row of each run of equal figures of a security."""
    ordered = frame.sort("security", "effective")
    same = [pl.col(name).eq_missing(pl.col(name).shift()) for name in ("security", *names)]
    return ordered.filter(~pl.all_horizontal(same) | (pl.int_range(pl.len()) == 0))


def _whole(table: str, parts: list[Part]) -> pl.DataFrame:
    """Return all rows of one market table, its columns in canonical order, sorted by its key."""
    frame = pl.concat([part.frame for part in parts], how="diagonal")
    there = [column.name for column in TARGETS[table].columns if column.name in frame.columns]
    key = [name for name in TARGETS[table].key if name in there]
    return frame.select(there).sort(key, maintain_order=True)
