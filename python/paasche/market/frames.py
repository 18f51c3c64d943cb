"""Frames in memory, whoever made them: polars, pandas, Arrow, duckdb or plain columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paasche.errors import InputError
from paasche.market.source import Source
from paasche.market.tables import TABLES, unknown_table

if TYPE_CHECKING:
    from paasche.market.report import Report

__all__ = ["read_frames"]

_FRAMES = "must be a polars or pandas frame, an Arrow table or stream, or a mapping of columns"


class _UnfitError(Exception):
    """An object that is no table; the text says what was expected."""


def read_frames(tables: Mapping[str, Any], report: Report) -> dict[str, Source]:
    """Take frames in memory as they are; note what is no table.

    Parameters
    ----------
    tables : mapping of str to frame
        By table name: polars (eager or lazy), pandas (pyarrow is not needed), anything with
        ``__arrow_c_stream__`` (pyarrow, duckdb), a mapping of columns or a structured array.
    report : Report
        Takes the defects.

    Returns
    -------
    dict of str to Source
        By table name, in the order of the data contract.

    Raises
    ------
    InputError
        It is no mapping.
    """
    if not isinstance(tables, Mapping):
        raise InputError(
            f"tables = {type(tables).__name__}: must be a mapping of table names to frames, as "
            "{'prices': frame, …}"
        )
    for name in tables:
        if name not in TABLES:
            report.add(str(name), unknown_table(str(name)))
    if not tables:
        report.add("tables", "must hold at least one table, as {'prices': frame, …}")
    sources = {}
    for name, table in TABLES.items():
        if name not in tables:
            continue
        data = tables[name]
        try:
            frame, names, zoneless = _frame(data, tuple(table.schema))
        except _UnfitError as e:
            report.add(name, str(e))
        else:
            sources[name] = Source(
                place=name, frame=frame, names=names, zoneless=zoneless, index=_index(data)
            )
    return sources


def _frame(data: Any, wanted: tuple[str, ...]) -> tuple[pl.DataFrame, tuple[str, ...], bool]:  # noqa: ANN401
    """Return the wanted columns, the names of all, and whether zoneless timestamps are UTC."""
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    if isinstance(data, pl.DataFrame):
        return _select(data, wanted)
    if _is_pandas(data):
        names = tuple(str(name) for name in data.columns)
        repeated = next((name for name in wanted if names.count(name) > 1), None)
        if repeated is not None:
            raise _UnfitError(f"must have every column once; {repeated} is there twice")
        columns = {name: _pandas_column(data[name]) for name in data.columns if name in wanted}
        return _assemble(columns, names, zoneless=False)
    if hasattr(data, "__arrow_c_stream__"):
        try:
            return _select(pl.DataFrame(data), wanted)
        except (pl.exceptions.PolarsError, TypeError, ValueError) as e:
            raise _UnfitError(f"{_FRAMES} ({e})") from e
    if isinstance(data, np.ndarray) and data.dtype.names is not None:
        data = {name: data[name] for name in data.dtype.names}
    if isinstance(data, Mapping):
        names = tuple(str(name) for name in data)
        columns = {name: _column(name, data[name]) for name in data if name in wanted}
        return _assemble(columns, names, zoneless=True)
    raise _UnfitError(f"{_FRAMES}; a {type(data).__name__} is none of them")


def _select(
    frame: pl.DataFrame, wanted: tuple[str, ...]
) -> tuple[pl.DataFrame, tuple[str, ...], bool]:
    names = tuple(frame.columns)
    return frame.select([name for name in wanted if name in names]), names, False


def _assemble(
    columns: Mapping[str, pl.Series], names: tuple[str, ...], *, zoneless: bool
) -> tuple[pl.DataFrame, tuple[str, ...], bool]:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        text = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise _UnfitError(f"must have columns of one length; they have {text}")
    return pl.DataFrame([column.alias(name) for name, column in columns.items()]), names, zoneless


def _is_pandas(data: object) -> bool:
    """Tell a pandas object from its class, so that pandas is never imported for the question."""
    return any(kind.__module__.partition(".")[0] == "pandas" for kind in type(data).__mro__)


def _index(data: object) -> tuple[str, ...]:
    """Return the names of a pandas index that holds more than row numbers."""
    index = getattr(data, "index", None) if _is_pandas(data) else None
    if index is None or type(index).__name__ == "RangeIndex":
        return ()
    return tuple("unnamed" if name is None else str(name) for name in index.names)


def _column(name: str, values: Any) -> pl.Series:  # noqa: ANN401
    """Return one column of a mapping: numpy, polars, pandas, Arrow or a sequence."""
    if isinstance(values, pl.Series):
        return values
    if _is_pandas(values):
        return _pandas_column(values)
    if isinstance(values, np.ndarray):
        return _numpy_column(name, values)
    try:
        if hasattr(values, "__arrow_c_array__") or hasattr(values, "__arrow_c_stream__"):
            return pl.Series(name, values)
        return _objects(name, list(values))
    except TypeError as e:
        raise _UnfitError(f"must hold columns; {name} is a {type(values).__name__}") from e


def _numpy_column(name: str, values: np.ndarray) -> pl.Series:
    if values.ndim != 1:
        raise _UnfitError(f"must have columns of one dimension; {name} has {values.ndim}")
    missing = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    plain = np.ascontiguousarray(np.asarray(values))
    if not plain.dtype.isnative:
        plain = plain.astype(plain.dtype.newbyteorder("="))
    if plain.dtype.kind == "O":
        return _objects(name, plain.tolist(), missing)
    if plain.dtype.kind == "M" and np.datetime_data(plain.dtype)[0] not in {"D", "ms", "us", "ns"}:
        plain = plain.astype("M8[us]")
    # numpy has no null: NaN is how a float column says that a value is missing.
    column = pl.Series(name, plain, nan_to_null=True)
    return column if missing is None else _without(column, missing)


def _pandas_column(column: Any) -> pl.Series:  # noqa: ANN401
    """Return a pandas column through numpy; pandas exports no Arrow where pyarrow is absent."""
    name, dtype = str(column.name), column.dtype
    if hasattr(dtype, "categories"):
        words = _pandas_column(column.cat.categories.to_series(name=name))
        return _gather(words, column.cat.codes.to_numpy())
    zone = getattr(dtype, "tz", None)
    if zone is not None:
        moments = pl.Series(name, column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy())
        return moments.dt.replace_time_zone("UTC")
    if isinstance(dtype, np.dtype) and dtype.kind in "biufM":
        return _numpy_column(name, column.to_numpy())
    if dtype.kind in "biuf":
        missing = column.isna().to_numpy()
        plain = column.to_numpy(dtype=np.dtype(f"{dtype.kind}{dtype.itemsize}"), na_value=0)
        return _without(_numpy_column(name, plain), missing)
    try:
        codes, distinct = column.factorize()
    except TypeError as e:
        raise _UnfitError(f"must have one value in each field; {name} holds {dtype}") from e
    return _gather(_objects(name, list(distinct)), codes)


def _objects(name: str, values: list[Any], missing: np.ndarray | None = None) -> pl.Series:
    """Return Python values as a column; None and NaN are null, and no type is bent to another."""
    values = [None if value is None or value != value else value for value in values]  # noqa: PLR0124
    if missing is not None:
        values = [None if gone else value for value, gone in zip(values, missing, strict=True)]
    try:
        return pl.Series(name, values, strict=True)
    except (TypeError, pl.exceptions.PolarsError) as e:
        kinds = sorted({type(value).__name__ for value in values if value is not None})
        held = ", ".join(kinds)
        raise _UnfitError(f"must have one type in a column; {name} holds {held}") from e


def _gather(words: pl.Series, codes: np.ndarray) -> pl.Series:
    """Return ``words[codes]`` where a negative code stands for null."""
    positions = pl.Series(codes.astype(np.int64))
    return words.gather(positions.set(positions < 0, None).cast(pl.Int64)).alias(words.name)


def _without(column: pl.Series, missing: np.ndarray) -> pl.Series:
    return column.set(pl.Series(missing), None)
