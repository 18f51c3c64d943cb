"""Intraday bars as ticks: the last trade of each bar, at its end."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from paasche.errors import InputError

__all__ = ["ticks_from_bars"]

_COLUMNS = ("security", "time", "close")
_AT_END = dt.timedelta(0)


def ticks_from_bars(
    bars: pl.DataFrame, *, zone: str = "Asia/Shanghai", end_after: dt.timedelta = _AT_END
) -> pl.DataFrame:
    """Return the closes of intraday bars as trades at their ends.

    Bars in which nothing was traded are left out: those with a close that is null, NaN, 0 or less,
    and those of volume 0, which repeat an old price (R42).

    Parameters
    ----------
    bars : polars.DataFrame
        security, time, close and, where it is known, volume; in any order. A time without a zone is
        local. A null volume is one that is not known.
    zone : str
        Time zone of local times.
    end_after : timedelta
        How long after its ``time`` a bar ends: nothing where bars are named by their end, the
        length of a bar where by their begin.

    Returns
    -------
    polars.DataFrame
        timestamp (UTC, microseconds), security, price and, where the bars have it, volume: as the
        table ``ticks``, ascending by timestamp and security.

    Raises
    ------
    InputError
        If a column is missing, of another type or has nulls; or the zone is none.

    Examples
    --------
    >>> import polars as pl
    >>> bars = pl.DataFrame(
    ...     {
    ...         "security": ["600519.SH", "600519.SH"],
    ...         "time": ["2025-06-03 09:45", "2025-06-03 10:00"],
    ...         "close": [1509.0, 0.0],
    ...         "volume": [600, 0],
    ...     }
    ... ).with_columns(pl.col("time").str.to_datetime())
    >>> ticks_from_bars(bars).rows()[0][1:]
    ('600519.SH', 1509.0, 600)
    >>> str(ticks_from_bars(bars)["timestamp"][0])
    '2025-06-03 01:45:00+00:00'
    """
    _check(bars)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as e:
        raise InputError(f"zone = {zone}: must be a time zone such as Asia/Shanghai") from e
    time = pl.col("time")
    if bars.schema["time"].time_zone is None:  # type: ignore[attr-defined]
        time = time.dt.replace_time_zone(zone)
    traded = pl.col("close").is_finite() & (pl.col("close") > 0)
    columns = [
        (time + end_after).dt.convert_time_zone("UTC").dt.cast_time_unit("us").alias("timestamp"),
        pl.col("security"),
        pl.col("close").alias("price"),
    ]
    if "volume" in bars.columns:
        traded &= pl.col("volume").is_null() | (pl.col("volume") > 0)
        columns.append(pl.col("volume").cast(pl.Int64))
    with_prices = bars.with_columns(pl.col("close").cast(pl.Float64))
    return with_prices.filter(traded).select(columns).sort("timestamp", "security")


def _check(bars: pl.DataFrame) -> None:
    """Refuse bars without what ticks are made of."""
    wanted = ", ".join(_COLUMNS)
    if not isinstance(bars, pl.DataFrame):
        kind = type(bars).__name__
        raise InputError(f"bars = {kind}: must be a polars.DataFrame with {wanted}")
    missing = [column for column in _COLUMNS if column not in bars.columns]
    if missing:
        raise InputError(f"bars: must have the columns {wanted}; {missing[0]} is not there")
    kinds = {
        "security": (pl.String, "text"),
        "time": (pl.Datetime, "a date with its time"),
    }
    for column, (kind, expected) in kinds.items():
        found = bars.schema[column]
        if found != kind:
            raise InputError(f"bars {column}: must be {expected}; it is {found}")
        if bars[column].has_nulls():
            row = int(bars[column].is_null().arg_max() or 0)
            raise InputError(f"bars {column}: must be {expected} in every row; row {row} is null")
    for column in ("close", "volume"):
        if column in bars.columns and not bars.schema[column].is_numeric():
            raise InputError(f"bars {column}: must be numbers; it is {bars.schema[column]}")
