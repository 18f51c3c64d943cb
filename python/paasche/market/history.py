"""What was known when: rows count from ``known_at`` on, and the newest row of a key stands."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from paasche.errors import InputError

if TYPE_CHECKING:
    from paasche.market.columns import Table

__all__ = ["dated", "known_by", "moment", "standing"]


def moment(value: dt.datetime | str, argument: str) -> dt.datetime:
    """Return a moment in UTC.

    Parameters
    ----------
    value : datetime or str
        With its zone; text is ISO 8601 with an offset.
    argument : str
        What an error calls it.

    Raises
    ------
    InputError
        If `value` is no moment or has no zone: which day it belongs to would be a guess.

    Examples
    --------
    >>> moment("2024-06-14T15:00:00+08:00", "as_of")
    datetime.datetime(2024, 6, 14, 7, 0, tzinfo=datetime.timezone.utc)
    """
    expected = (
        f"{argument} = {value}: must be a time with its offset from UTC (2024-06-14T15:00:00+08:00)"
    )
    try:
        time = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as e:
        raise InputError(expected) from e
    if not isinstance(time, dt.datetime) or time.tzinfo is None:
        raise InputError(expected)
    return time.astimezone(dt.UTC)


def dated(frame: pl.DataFrame) -> bool:
    """Tell whether any row of a table says since when it is known."""
    return frame["known_at"].null_count() < frame.height


def known_by(frame: pl.DataFrame, as_of: dt.datetime) -> pl.DataFrame:
    """Return the rows known at a moment, superseded ones among them."""
    if not dated(frame):
        return frame
    return frame.filter(pl.col("known_at").is_null() | (pl.col("known_at") <= as_of))


def standing(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return the rows that stand: of each key the one known last, in the order of `frame`."""
    if not dated(frame) or not table.key:
        return frame
    return (
        frame.with_row_index("original row")
        .sort("known_at", nulls_last=False)
        .unique(subset=table.key, keep="last", maintain_order=True)
        .sort("original row")
        .drop("original row")
    )
