"""What a column holds: its distinct texts, and the number of each row's; its distinct days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche import _core
from paasche.market.chunks import chunks

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["distinct_days", "numbered", "numbered_runs", "occurring", "runs"]

_BLOCK = 1 << 16
"""Rows that are looked at before asking whether everything has been found."""


def numbered(column: pl.Series) -> tuple[list[str], NDArray[np.int32]]:
    """Return the distinct texts of a column, and where among them each row's stands.

    Parameters
    ----------
    column : pl.Series of str, shape (n_rows,)
        Without null.

    Returns
    -------
    texts : list of str
        In byte order.
    numbers : int32 array of shape (n_rows,)

    Raises
    ------
    InputError
        A text is null.

    Examples
    --------
    >>> numbered(pl.Series("security", ["600519.SH", "000001.SZ", "600519.SH"]))
    (['000001.SZ', '600519.SH'], array([1, 0, 1], dtype=int32))
    """
    numbers = np.empty(len(column), np.int32)
    return _core.number_texts(chunks(column.to_frame()), numbers), numbers


def numbered_runs(column: pl.Series) -> tuple[list[str], NDArray[np.int32]]:
    """Return the same of a column in which a text mostly comes many times in a row.

    Parameters
    ----------
    column : pl.Series of str, shape (n_rows,)

    Returns
    -------
    texts : list of str
        In byte order.
    numbers : int32 array of shape (n_rows,)
        -1 for null.

    Examples
    --------
    >>> numbered_runs(pl.Series("index", ["B", "B", None, "A"]))
    (['A', 'B'], array([ 1,  1, -1,  0], dtype=int32))
    """
    heads, lengths = runs(column)
    texts = heads.drop_nulls().unique().sort()
    number = heads.cast(pl.Enum(texts)).to_physical().cast(pl.Int32).fill_null(-1)
    return texts.to_list(), np.repeat(number.to_numpy(), lengths)


def runs(column: pl.Series) -> tuple[pl.Series, NDArray[np.int64]]:
    """Return the texts of a column without immediate repetition, and how often each comes in a row.

    Parameters
    ----------
    column : pl.Series of str, shape (n_rows,)

    Returns
    -------
    heads : pl.Series of str, shape (n_runs,)
    lengths : int64 array of shape (n_runs,)

    Examples
    --------
    >>> heads, lengths = runs(pl.Series("index", ["B", "B", None, "A"]))
    >>> heads.to_list(), lengths
    (['B', None, 'A'], array([2, 1, 1]))
    """
    begins = _core.text_begins(chunks(column.to_frame()))
    return column.gather(begins), np.diff(begins, append=len(column))


def occurring(numbers: NDArray[np.int32], count: int) -> NDArray[np.bool_]:
    """Tell which of the numbers below a count occur.

    Parameters
    ----------
    numbers : int32 array of shape (n_rows,)
        -1 is none.
    count : int

    Returns
    -------
    bool array of shape (count,)

    Examples
    --------
    >>> occurring(np.array([2, 0, -1, 2], np.int32), 3)
    array([ True, False,  True])
    """
    found = np.zeros(count + 1, np.bool_)  # the last place takes -1
    for begin in range(0, len(numbers), _BLOCK):
        found[numbers[begin : begin + _BLOCK]] = True
        # Mostly the first days name everyone.
        if found[:-1].all():
            break
    return found[:-1]


def distinct_days(dates: pl.Series) -> NDArray[np.int32]:
    """Return the distinct days of a column, ascending.

    Parameters
    ----------
    dates : pl.Series of date
        Null is none.

    Returns
    -------
    int32 array of shape (n_days,)
        Days since 1970-01-01.

    Examples
    --------
    >>> distinct_days(pl.Series([2, 2, 1, None]).cast(pl.Date))
    array([1, 2], dtype=int32)
    """
    found = [np.empty(0, np.int32)]
    for chunk in dates.drop_nulls().to_physical().get_chunks():
        numbers = chunk.to_numpy()
        # Rows mostly stand by date: where they do, few differ from the row before.
        begins = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
        found += [numbers[:1], numbers[begins]]
    return np.unique(np.concatenate(found))
