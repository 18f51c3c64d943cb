"""Rows that must differ: keys of tables, and spans of days that must not overlap."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche import _core
from paasche.market.columns import Kind, Need
from paasche.market.history import dated
from paasche.market.numbering import numbered
from paasche.market.report import as_text

if TYPE_CHECKING:
    from paasche.market.columns import Table
    from paasche.market.report import Report
    from paasche.market.source import Source

__all__ = ["check_keys", "check_spans"]

# A byte for every possible key is cheaper than hashing while keys are not many more than rows.
_SPARSE = 16
_ALWAYS_DENSE = 1 << 20

_OPEN_END = dt.date(9999, 12, 31)


def check_keys(
    source: Source,
    table: Table,
    frame: pl.DataFrame,
    securities: np.ndarray | None,
    report: Report,
) -> None:
    """Note every row whose key, with ``known_at``, an earlier row has already.

    Parameters
    ----------
    source : Source
        Where the rows came from.
    table : Table
        The table's description.
    frame : pl.DataFrame
        The rows, with canonical identifiers: two codes of one security make one key (N1).
    securities : int32 array of shape (n_rows,), optional
        Positions of the rows' securities among the identifiers.
    report : Report
        Takes the defects.
    """
    if not table.key or frame.is_empty() or _all_distinct(table, frame, securities):
        return
    key = [*table.key, "known_at"] if dated(frame) else list(table.key)
    needed = [name for name in table.key if table[name].need is Need.ALWAYS]
    whole = frame.select(pl.all_horizontal(pl.col(needed).is_not_null())).to_series()
    repeated = whole & ~frame.select(pl.struct(key).is_first_distinct()).to_series()

    def expected(position: int) -> str:
        twins = frame.select(
            pl.all_horizontal(pl.col(name).eq_missing(frame[name][position]) for name in key)
        )
        first = source.row(int(twins.to_series().arg_true()[0]))
        mend = "leave one of them out"
        if "known_at" not in key:
            mend += ", or give each its known_at where one corrects the other"
        return f"must be the only row of this key; row {first} has it too; {mend}"

    values = frame.select(
        pl.concat_str(
            [pl.col(name).cast(pl.String) for name in key], separator=", ", ignore_nulls=True
        )
    )
    report.rows(source, repeated, expected, column=", ".join(key), values=values.to_series())


def _all_distinct(table: Table, frame: pl.DataFrame, securities: np.ndarray | None) -> bool:
    """Tell cheaply that no key repeats; False means that it is not known."""
    if dated(frame):
        return False
    parts: list[np.ndarray] = []
    for name in table.key:
        column = frame[name]
        if column.null_count() == frame.height:
            continue  # the same in every row
        if column.null_count():
            return False
        if table[name].kind is Kind.SECURITY and securities is not None:
            parts.append(securities)
        elif table[name].kind is Kind.DATE:
            parts.append(column.to_physical().to_numpy())
        elif table[name].kind is Kind.TEXT:
            parts.append(numbered(column)[1])
        else:
            return False
    return bool(parts) and (_core.rows_ascend(parts) or _counted(parts))


def _counted(parts: list[np.ndarray]) -> bool:
    """Tell that no row of the numbers repeats, by a place for every row there could be."""
    lows = [int(numbers.min()) for numbers in parts]
    widths = [int(part.max()) - low + 1 for part, low in zip(parts, lows, strict=True)]
    rows, size = len(parts[0]), math.prod(widths)
    if size > max(_ALWAYS_DENSE, _SPARSE * rows):
        return False
    combined = np.zeros(rows, dtype=np.intp)
    for numbers, low, width in zip(parts, lows, widths, strict=True):
        combined *= width
        combined += numbers
        combined -= low
    seen = np.zeros(size, dtype=np.bool_)
    seen[combined] = True
    return bool(np.count_nonzero(seen) == rows)


def check_spans(source: Source, table: Table, frame: pl.DataFrame, report: Report) -> None:
    """Note every row that begins while an earlier row of the same security, or code, still holds.

    Parameters
    ----------
    source, table, report
        As in `check_keys`.
    frame : pl.DataFrame
        The rows that stand, with their positions in the column ``position``.
    """
    for name in table.spans:
        rows = frame.drop_nulls([name, "start"]).sort(name, "start", "position")
        overlapping = (
            rows.with_columns(until=pl.col("end").fill_null(_OPEN_END))
            .with_columns(
                until=pl.col("until").cum_max().shift().over(name),
                since=pl.col("start").shift().over(name),
            )
            # The same start twice breaks the key already where the key begins with this column.
            .filter(pl.col("until") >= pl.col("start"))
            .filter((pl.col("since") < pl.col("start")) | pl.lit(name not in table.key))
            .sort("position")
        )
        if overlapping.is_empty():
            continue
        first = overlapping.row(0, named=True)
        bad = np.zeros(source.frame.height, dtype=np.bool_)
        bad[overlapping["position"].to_numpy()] = True
        until = "without end" if first["until"] == _OPEN_END else f"to {as_text(first['until'])}"
        report.rows(
            source,
            pl.Series(bad),
            f"must have one row at a time; this one begins on {as_text(first['start'])}, the one "
            f"before runs {until}: end that one earlier",
            column=name,
            values=pl.Series([first[name]]).new_from_index(0, len(bad)),
        )
