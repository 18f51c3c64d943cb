"""A table's fingerprint: its content, whatever the order of rows and the format of the file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from paasche import _core
from paasche.market.numbering import numbered_runs, occurring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from paasche.market.columns import Table

__all__ = ["fingerprint", "panel_fingerprint"]

_VERSION = b"paasche table 1"

# With this many places for each row, putting rows in place is still cheaper than sorting them.
_SPARSE = 16

# Rows hashed at a time: what is put in order, or made plain, is still in the processor's cache.
_BLOCK = 1 << 16


def fingerprint(
    frame: pl.DataFrame, table: Table, numbered: Mapping[str, tuple[NDArray[np.int32], pl.Series]]
) -> str:
    """Return the SHA-256 of a table's content.

    Parameters
    ----------
    frame : pl.DataFrame
        Rows with the canonical columns of `table`.
    table : Table
        Its description; rows are put in the order of its key.
    numbered : mapping of str to (int32 array of shape (n_rows,), pl.Series)
        Columns of text known already as positions in a sorted list of words, -1 for null.

    Returns
    -------
    str
        64 hexadecimal digits; equal for equal content in any order of rows, from any format.

    Notes
    -----
    Hashed are the columns one after another in canonical order: values as little-endian numbers,
    texts as their sorted distinct words and a number for each row, and which rows are null.
    """
    columns = {name: _encoded(frame[name], numbered.get(name)) for name in table.schema}
    key = (*table.key, "known_at") if table.key else tuple(table.schema)
    order = _order([columns[name] for name in key])
    digest = hashlib.sha256(_VERSION)
    for name, column in columns.items():
        digest.update(f"\n{name} {column.values.dtype.str} {frame.height} ".encode())
        digest.update(f"{len(column.words)} {chr(0).join(column.words)}".encode())
        if column.null is None:
            digest.update(b"whole")
        elif column.null.all():
            digest.update(b"empty")
            continue
        else:
            null = column.null if order is None else column.null[order]
            digest.update(np.packbits(null).tobytes())
        for begin in range(0, frame.height, _BLOCK):
            rows = slice(begin, begin + _BLOCK)
            digest.update(_plain(column.values[rows if order is None else order[rows]]).data)
    return digest.hexdigest()


def panel_fingerprint(
    table: Table,
    pieces: Callable[[str], Iterator[NDArray[Any]]],
    words: Mapping[str, Sequence[str]],
) -> str:
    """Return the fingerprint of a table whose columns come in pieces, in the order of its key.

    Parameters
    ----------
    table : Table
    pieces : callable
        Given a column, yields its rows: figures as floats of which NaN is null, days and texts as
        int32. Called for columns that are always there, and for figures.
    words : mapping of str to sequence of str
        Distinct texts of the columns of text, sorted.
    """
    key, digest, height = table.key[0], hashlib.sha256(_VERSION), 0
    for piece in pieces(key):
        height += len(piece)
    for name, kind in table.schema.items():
        dtype = pl.Series(dtype=kind).to_physical().to_numpy().dtype.newbyteorder("<")
        if name in words:
            dtype = np.dtype("<i4")
        digest.update(f"\n{name} {dtype.str} {height} ".encode())
        own = words.get(name, ())
        digest.update(f"{len(own)} {chr(0).join(own)}".encode())
        if name == "known_at":
            digest.update(b"empty")
            continue
        nulls = sum(int(np.isnan(piece).sum()) for piece in pieces(name))
        if nulls == height:
            digest.update(b"empty")
            continue
        if nulls:
            left = np.empty(0, np.bool_)
            for piece in pieces(name):
                left = np.concatenate([left, np.isnan(piece)])
                whole = len(left) // 8 * 8
                digest.update(np.packbits(left[:whole]).data)
                left = left[whole:]
            digest.update(np.packbits(left).data)
        else:
            digest.update(b"whole")
        for piece in pieces(name):
            plain = np.nan_to_num(piece, nan=0.0) if nulls else piece
            digest.update(np.ascontiguousarray(_plain(plain), dtype).data)
    return digest.hexdigest()


class _Encoded(NamedTuple):
    """A column as numbers, its nulls (which count as zero; None: there are none), and its words.

    Of a column that has nothing but nulls one of them stands for all.
    """

    values: np.ndarray
    null: NDArray[np.bool_] | None
    words: list[str]


def _encoded(column: pl.Series, numbered: tuple[NDArray[np.int32], pl.Series] | None) -> _Encoded:
    nulls = column.null_count()
    if 0 < nulls == len(column):
        # What a column without values would hold is never looked at.
        kind = (
            np.dtype("<i4")
            if column.dtype == pl.String
            else column.clear().to_physical().to_numpy().dtype
        )
        return _Encoded(np.empty(0, kind.newbyteorder("<")), np.ones(1, np.bool_), [])
    null = column.is_null().to_numpy() if nulls else None
    if column.dtype == pl.String:
        numbers, words = _words(column) if numbered is None else _used(*numbered)
        return _Encoded(np.ascontiguousarray(numbers, "<i4"), null, words)
    filled = column.to_physical().fill_null(0) if nulls else column.to_physical()
    values: np.ndarray = filled.to_numpy()
    return _Encoded(np.ascontiguousarray(values, values.dtype.newbyteorder("<")), null, [])


def _plain(values: np.ndarray) -> np.ndarray:
    """Return figures of which minus zero is zero."""
    return values + 0.0 if values.dtype.kind == "f" else values


def _words(column: pl.Series) -> tuple[NDArray[np.int32], list[str]]:
    words, numbers = numbered_runs(column)
    return np.maximum(numbers, 0, out=numbers), words


def _used(positions: NDArray[np.int32], words: pl.Series) -> tuple[NDArray[np.int32], list[str]]:
    """Return positions among those words alone that the column holds: other tables do not count."""
    used = occurring(positions, len(words))
    # Nulls, position -1, count as zero.
    rank = np.append(np.cumsum(used, dtype=np.int32) - np.int32(1), np.int32(0))
    if used.all() and positions.min(initial=0) >= 0:
        return positions, words.to_list()
    return rank[positions], words.filter(pl.Series(used)).to_list()


def _order(columns: list[_Encoded]) -> NDArray[np.intp] | None:
    """Return the order of rows by the columns, the first of them first; null before all.

    None: they stand in that order.
    """
    ranks = []
    for values, null, _ in columns:
        if null is None or not null.all():
            ranks.append(_plain(values))
            if null is not None:
                ranks.append(~null)
    if ranks and all(rank.dtype == np.int32 for rank in ranks) and _core.rows_ascend(ranks):
        return None
    if len(ranks) == 2 and all(rank.dtype.kind == "i" for rank in ranks):  # noqa: PLR2004
        found = _counted(*ranks)
        if found is not None:
            return found
    return np.lexsort(ranks[::-1])


def _counted(first: np.ndarray, second: np.ndarray) -> NDArray[np.intp] | None:
    """Return the order by two columns of which no pair comes twice; None where it takes a sort.

    A panel has a place for nearly every pair of date and security, so each row is put in its place.
    """
    if not first.size:
        return None
    low = int(second.min())
    width = int(second.max()) - low + 1
    start = int(first.min())
    size = (int(first.max()) - start + 1) * width
    if size > _SPARSE * len(first):
        return None
    places = np.full(size, -1, dtype=np.intp)
    slots = first.astype(np.intp)
    slots -= start
    slots *= width
    slots += second
    slots -= low
    places[slots] = np.arange(len(first))
    found = places[places >= 0]
    return found if len(found) == len(first) else None
