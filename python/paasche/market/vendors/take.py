"""Frames as users hold them: one for an endpoint, or one for each security of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from paasche.market.frames import _frame as columns_of
from paasche.market.frames import _index as index_of
from paasche.market.frames import _UnfitError as UnfitError
from paasche.market.source import Source
from paasche.market.tables import TABLES
from paasche.market.vendors.describe import read_table
from paasche.market.vocabulary import nearest

if TYPE_CHECKING:
    from paasche.market.report import Report
    from paasche.market.vendors.describe import Endpoint

__all__ = ["endpoint_of", "take"]


def take(
    vendor: str, book: Mapping[str, Endpoint], frames: Mapping[str, Any], report: Report
) -> dict[str, Source]:
    """Take the frames of a vendor's endpoints; note what is missing.

    Parameters
    ----------
    vendor : str
        The vendor.
    book : mapping of str to Endpoint
        The vendor's endpoints by name.
    frames : mapping of str to frame, or to a mapping of symbols to frames
        By endpoint.
    report : Report
        Takes the defects: unknown endpoints, what is no frame, missing columns.

    Returns
    -------
    dict of str to Source
        By endpoint, with the vendor's columns under the names of the vendor's table.
    """
    if not frames:
        report.add("endpoints", f"must hold at least one of {', '.join(book)}")
    sources = {}
    for name, data in frames.items():
        endpoint = book.get(name)
        if endpoint is None:
            report.add(name, _unknown(vendor, name, book))
            continue
        try:
            frame, names = _taken(endpoint, data)
        except UnfitError as e:
            report.add(name, str(e))
            continue
        _check_columns(endpoint, frame, names, index_of(data), report)
        sources[name] = Source(place=name, frame=frame, names=names)
    return sources


def _unknown(vendor: str, name: str, book: Mapping[str, Endpoint]) -> str:
    if name in TABLES:
        return (
            "must be an endpoint of the vendor; this is a table of the market: put it into the "
            f"result, {{**tables, {name!r}: frame}}"
        )
    own = _not_covered(vendor, name)
    # Hong Kong's daily bars are like those of the mainland in name only: currency and lots differ.
    close = nearest(name, [other for other in book if _not_covered(vendor, other) == own])
    if own and not close:
        return (
            f"must be an endpoint that is covered; {own} are not: put what an index needs of them "
            "into the tables of the market yourself, in shares and in their own currency, and give "
            "them as no other endpoint"
        )
    hint = f"; the nearest is {close}" if close else ""
    return f"must be an endpoint whose columns are known ({', '.join(book)}){hint}"


def _not_covered(vendor: str, name: str) -> str:
    """Return what an endpoint is about, by its name, where that is not read; else nothing."""
    listed = read_table("not_covered")
    single = listed["endpoints"].get(vendor, {}).get(name.lower())
    kinds = (says for part, says in listed["kinds"].items() if re.search(part, name.lower()))
    return single or next(kinds, "")


def endpoint_of(book: Mapping[str, Endpoint], data: Any) -> str | None:  # noqa: ANN401
    """Return the endpoint a frame looks like: all its columns are there, and most of them.

    Parameters
    ----------
    book : mapping of str to Endpoint
        The vendor's endpoints by name.
    data : object
        A frame, or anything else.
    """
    try:
        _, names, _ = columns_of(data, ())
    except UnfitError:
        return None
    there = {name.lower() for name in names}
    counts = {
        endpoint.name: len(there & {name.lower() for name in endpoint.reads})
        for endpoint in book.values()
        if any({name.lower() for name in rows.required} <= there for rows in endpoint.rows)
    }
    return max(counts, key=counts.__getitem__, default=None)


def _taken(endpoint: Endpoint, data: Any) -> tuple[pl.DataFrame, tuple[str, ...]]:  # noqa: ANN401
    """Return the columns of an endpoint, and the names of all that were there."""
    if not _by_symbol(data):
        return _one(endpoint, data)
    if not endpoint.keyed:
        raise UnfitError("must be one frame; its rows name their security themselves")
    parts = [
        (frame.with_columns(pl.lit(str(symbol)).alias(endpoint.keyed)), names)
        for symbol, (frame, names) in ((key, _one(endpoint, one)) for key, one in data.items())
        if not frame.is_empty()
    ]
    if not parts:
        raise UnfitError("must hold at least one symbol with rows")
    names = tuple(dict.fromkeys(name for _, found in parts for name in found))
    try:
        frame = pl.concat([part for part, _ in parts], how="diagonal_relaxed")
    except pl.exceptions.PolarsError as e:
        raise UnfitError(f"must have the same types of columns for every symbol ({e})") from e
    return frame, (*names, endpoint.keyed)


def _by_symbol(data: object) -> bool:
    """Tell a mapping of symbols to frames from a mapping of names to columns."""
    if not isinstance(data, Mapping) or not data:
        return False
    first = next(iter(data.values()))
    return isinstance(first, pl.DataFrame | pl.LazyFrame | Mapping) or (
        hasattr(first, "columns") and hasattr(first, "shape")
    )


def _one(endpoint: Endpoint, data: Any) -> tuple[pl.DataFrame, tuple[str, ...]]:  # noqa: ANN401
    """Return one frame with the wanted columns under our names; their case does not count."""
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    elif hasattr(data, "__arrow_c_stream__") and not hasattr(data, "dtypes"):
        data = pl.DataFrame(data)  # a stream is read once only
    _, names, _ = columns_of(data, ())
    by_lower = {name.lower(): name for name in names}
    known = {want: by_lower[want.lower()] for want in endpoint.reads if want.lower() in by_lower}
    frame, _, _ = columns_of(data, tuple(dict.fromkeys(known.values())))
    return frame.select(**{want: pl.col(there) for want, there in known.items()}), names


def _check_columns(
    endpoint: Endpoint,
    frame: pl.DataFrame,
    names: tuple[str, ...],
    index: tuple[str, ...],
    report: Report,
) -> None:
    there = set(frame.columns)
    filled = [rows for rows in endpoint.rows if not rows.when or rows.when in there]
    if not filled:
        wanted = ", ".join(rows.when for rows in endpoint.rows)
        report.add(endpoint.name, f"must have at least one of the columns {wanted}")
    required = dict.fromkeys(name for rows in filled for name in rows.required)
    if endpoint.only is not None and not endpoint.only.optional:
        required[endpoint.only.column] = None
    missing = [name for name in required if name not in there]
    for name in missing:
        expected = _missing(endpoint, name, names, index)
        if name == missing[-1] != endpoint.keyed:
            expected += f"; paasche reads {', '.join(endpoint.reads)} of {endpoint.name}"
        report.add(endpoint.name, expected, column=name)


def _missing(endpoint: Endpoint, name: str, names: tuple[str, ...], index: tuple[str, ...]) -> str:
    if name == endpoint.keyed:
        return f"must say whose rows these are; give {{'600519': frame, …}}, or a column {name}"
    close = nearest(name, [other for other in names if other not in endpoint.reads])
    hint = f"; the nearest one there is {close}" if close else ""
    if index:
        hint += f"; call reset_index() on a frame whose index holds it ({', '.join(index)})"
    return f"must be a column of the frame{hint}"
