"""Ticks as messages: JSON lines, one tick a line, one or many lines a message.

::

    {"timestamp": "2024-06-14T09:30:00.000125+08:00", "security": "600519.SH", "price": 1700.5}
    {"timestamp": 1718328600000125, "security": "000001.SZ", "price": 10.1, "volume": 300}

A timestamp is a text with its offset from UTC, or microseconds since 1970-01-01 UTC as a whole
number. A price of null, 0 or less is no trade and is for the engine to reject; volume may be left
out, and 0 is a quote. Other keys are passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["read_messages"]

_SCHEMA = {
    "timestamp": pl.String,
    "security": pl.String,
    "price": pl.Float64,
    "volume": pl.Float64,
}


def read_messages(messages: Sequence[bytes]) -> tuple[pl.DataFrame, int]:
    """Return the ticks of messages in their order, and how many lines could not be read.

    Parameters
    ----------
    messages : sequence of bytes

    Returns
    -------
    rows : pl.DataFrame
        timestamp, security, price, volume.
    unreadable : int
        Ticks without a timestamp or a security, and lines that are no JSON.

    Examples
    --------
    >>> one = b'{"timestamp": "2024-06-14T09:30:00+08:00", "security": "A", "price": 10.1}'
    >>> rows, unreadable = read_messages([one, b"ping"])
    >>> rows["timestamp"].to_list(), unreadable
    ([datetime.datetime(2024, 6, 14, 1, 30, tzinfo=zoneinfo.ZoneInfo(key='UTC'))], 1)
    """
    unreadable = 0
    try:
        rows = pl.read_ndjson(b"\n".join(messages), schema=_SCHEMA)
    except pl.exceptions.PolarsError:
        # A line of them is none: the others are read, line by line where need be.
        read = [part for message in messages for part in _parts(message)]
        unreadable = sum(part is None for part in read)
        rows = pl.concat(
            [pl.DataFrame(schema=_SCHEMA), *(part for part in read if part is not None)]
        )
    text = pl.col("timestamp")
    moment = pl.coalesce(
        text.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False),
        text.cast(pl.Int64, strict=False).cast(pl.Datetime("us", "UTC")),
    )
    whole = rows.with_columns(moment).drop_nulls(["timestamp", "security"])
    return whole, unreadable + rows.height - whole.height


def _parts(message: bytes) -> list[pl.DataFrame | None]:
    """Return a message whole, or else each of its lines; None where a line is no tick."""
    whole = _read_one(message)
    if whole is not None:
        return [whole]
    return [_read_one(line) for line in message.split(b"\n") if line.strip()]


def _read_one(text: bytes) -> pl.DataFrame | None:
    try:
        return pl.read_ndjson(text, schema=_SCHEMA)
    except pl.exceptions.PolarsError:
        return None
