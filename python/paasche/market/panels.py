"""Long tables as dense panels: days × securities (DESIGN §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from paasche import _core
from paasche.market.chunks import chunks
from paasche.market.long_files import (
    KEY,
    LongFile,
    check_keyed,
    figures,
    first_null,
    repeated,
)
from paasche.market.numbering import distinct_days, numbered

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from paasche.market import Market

__all__ = ["Panels", "read_panels", "spread"]


class Panels(NamedTuple):
    """Columns of a long table as dense panels.

    Attributes
    ----------
    days : datetime64[D] array of shape (n_days,)
        Dates of the table, ascending.
    securities : list of str
        Its securities, in byte order.
    values : dict of str to float64 array of shape (n_days, n_securities)
        NaN where there is no row, or no value.
    """

    days: NDArray[np.datetime64]
    securities: list[str]
    values: dict[str, NDArray[np.float64]]


def spread(
    market: Market,
    table: str,
    columns: Sequence[str],
    days: NDArray[np.datetime64],
    instruments: NDArray[np.int32],
    width: int,
) -> list[NDArray[np.float64]]:
    """Lay columns of a table of a market out over days and instruments, all in one pass.

    Parameters
    ----------
    market : Market
    table : str
        Table with ``date`` and ``security``.
    columns : sequence of str
        Columns of figures.
    days : datetime64[D] array of shape (n_days,)
        Ascending; rows of other days are left out.
    instruments : int32 array of shape (n_ids,)
        Instrument of each of ``market.ids``; negative for one that is left out.
    width : int
        Number of instruments.

    Returns
    -------
    list of float64 array of shape (n_days, width)
        NaN where there is no row, or no value.
    """
    rows = market[table]
    # A market was checked: no row comes twice.
    panels, _ = _scattered(
        rows, columns, market.positions(table), days.astype(np.int32), instruments, width
    )
    return panels


def read_panels(path: str | os.PathLike[str], values: Sequence[str]) -> Panels:
    """Read a Parquet or CSV file of date, security and figures into dense panels.

    Parameters
    ----------
    path : str or path
        File with the columns ``date``, ``security`` and ``values``, rows in any order.
    values : sequence of str
        Columns of figures.

    Returns
    -------
    Panels

    Raises
    ------
    InputError
        The file cannot be read, lacks a column, has an empty date or security, or two rows of one
        security and date.

    Examples
    --------
    >>> from pathlib import Path
    >>> import polars as pl
    >>> rows = {"date": ["2024-01-02", "2024-01-03"], "security": ["A", "B"], "close": [1.0, 2.0]}
    >>> pl.DataFrame(rows).write_csv("closes.csv")
    >>> read_panels("closes.csv", ["close"]).values["close"]
    array([[ 1., nan],
           [nan,  2.]])
    >>> Path("closes.csv").unlink()
    """
    file = LongFile(path, values)
    rows = file.read()
    check_keyed(file, {name: first_null(rows[name]) for name in KEY})
    names, numbers = numbered(rows["security"])
    days = distinct_days(rows["date"])
    own = np.arange(len(names), dtype=np.int32)
    panels, twice = _scattered(rows, values, numbers, days, own, len(names))
    if twice is not None:
        raise repeated(file, twice, rows["date"][twice], rows["security"][twice])
    return Panels(days.astype("datetime64[D]"), names, dict(zip(values, panels, strict=True)))


def _scattered(
    rows: pl.DataFrame,
    columns: Sequence[str],
    numbers: NDArray[np.int32],
    days: NDArray[np.int32],
    instruments: NDArray[np.int32],
    width: int,
) -> tuple[list[NDArray[np.float64]], int | None]:
    """Return panels, and the position of a row that comes twice."""
    # numpy asks for large pages, without which filling the panels costs twice as much.
    panels = [np.empty((len(days), width)) for _ in columns]
    frames = chunks(figures(rows, columns))
    found = _core.scatter_columns(frames, numbers, days, instruments, panels)
    return panels, found
