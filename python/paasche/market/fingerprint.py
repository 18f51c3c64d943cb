"""A table's fingerprint: its content, whatever the order of rows and the format of the file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from paasche.market.columns import Table

__all__ = ["fingerprint"]

_VERSION = b"paasche table 1"


def fingerprint(frame: pl.DataFrame, table: Table) -> str:
    """Return the SHA-256 of a table's content.

    Parameters
    ----------
    frame : pl.DataFrame
        Rows with the canonical columns of `table`.
    table : Table
        Its description; rows are put in the order of its key.

    Returns
    -------
    str
        64 hexadecimal digits; equal for equal content in any order of rows, from any format.

    Notes
    -----
    Hashed are the columns one after another in canonical order: values as little-endian numbers,
    texts as their sorted distinct words and a number for each row, and which rows are null.
    """
    columns = {name: _encoded(frame[name]) for name in table.schema}
    order = _order(columns, (*table.key, "known_at") if table.key else tuple(table.schema))
    digest = hashlib.sha256(_VERSION)
    for name, (values, null, words) in columns.items():
        digest.update(f"\n{name} {values.dtype.str} {len(values)} {len(words)} ".encode())
        digest.update("\x00".join(words).encode())
        digest.update(np.packbits(null[order]).tobytes() if null.any() else b"whole")
        digest.update(memoryview(values[order]).cast("B"))
    return digest.hexdigest()


def _encoded(column: pl.Series) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return a column as numbers, its nulls (which count as zero), and its distinct words."""
    null = column.is_null().to_numpy()
    words: list[str] = []
    if column.dtype == pl.String:
        distinct = column.unique().drop_nulls().sort()
        words = distinct.to_list()
        column = column.cast(pl.Enum(distinct)).to_physical().cast(pl.Int32)
    elif column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        column = column.to_physical()
    values = column.fill_null(0).to_numpy()
    if values.dtype.kind == "f":
        values = values + 0.0  # minus zero is zero
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")), null, words


def _order(
    columns: dict[str, tuple[np.ndarray, np.ndarray, list[str]]], names: tuple[str, ...]
) -> np.ndarray:
    """Return the order of rows by the named columns, the first of them first; null before all."""
    ranks = []
    for name in names:
        values, null, _ = columns[name]
        ranks.append(values)
        if null.any():
            ranks.append(~null)
    return np.lexsort(ranks[::-1])
