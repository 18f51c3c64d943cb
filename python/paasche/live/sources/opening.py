"""Which source it is that somebody names or hands over."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from paasche.errors import InputError
from paasche.live.sources.files import ENDINGS, FileSource
from paasche.live.sources.iterables import IterableSource
from paasche.live.sources.jetstream import SCHEMES, JetStreamSource
from paasche.market import Market
from paasche.market.folder import read_folder
from paasche.market.reading import check
from paasche.market.report import Report
from paasche.market.tables import TABLES

if TYPE_CHECKING:
    from paasche.live.protocol import Source

__all__ = ["open_source"]

_NAMES_IN = frozenset({"securities", "codes"})
"""Tables that say what a code of a market folder names."""


def open_source(source: object) -> Source:
    """Return the source of ticks that an address, a path or an object stands for.

    Parameters
    ----------
    source : str, path or object
        - a Parquet or CSV file of ticks: timestamp, security, price, and volume where it is known;
        - a market folder, or a `Market`, with a table ``ticks``;
        - ``nats://host:port/STREAM?subject=SUBJECT``, a stream of JetStream;
        - a frame (polars, pandas, Arrow, a mapping of columns), or an iterable, plain or
          asynchronous, of frames or of `Ticks`;
        - a source itself.

    Returns
    -------
    Source

    Raises
    ------
    InputError
        It is none of these.

    Examples
    --------
    >>> import datetime as dt
    >>> opening = dt.datetime(2024, 6, 14, 1, 30, tzinfo=dt.UTC)
    >>> feed = open_source(
    ...     {"timestamp": [opening], "security": ["600519.SH"], "price": [1700.5]}
    ... )
    >>> [ticks.prices for ticks in feed.batches(["600519.SH"], after=0, wait=1.0)]
    [array([1700.5])]
    """
    if isinstance(source, str | os.PathLike):
        return _named(os.fspath(source))
    if isinstance(source, Market):
        return IterableSource([source["ticks"]])
    if hasattr(source, "batches"):
        return cast("Source", source)
    if _is_frame(source):
        return IterableSource([source])
    if isinstance(source, Iterable | AsyncIterable):
        return IterableSource(source)
    raise InputError(
        f"source = {type(source).__name__}: must be a path, an address, a market, a frame of "
        "ticks, an iterable of such frames, or have a method batches"
    )


def _is_frame(source: Any) -> bool:  # noqa: ANN401
    return (
        isinstance(source, Mapping | pl.LazyFrame)
        or hasattr(source, "__arrow_c_stream__")
        or hasattr(source, "columns")
    )


def _named(text: str) -> Source:
    if text.startswith(SCHEMES):
        return JetStreamSource(text)
    path = Path(text)
    if path.is_dir():
        return _of_folder(path)
    if path.suffix.lower() not in ENDINGS:
        raise InputError(
            f"source = {text}: must be a .parquet or .csv file, a market folder, or "
            "nats://host:port/STREAM?subject=SUBJECT"
        )
    if not path.is_file():
        raise InputError(f"source = {text}: must be a file; there is none")
    return FileSource(path)


def _of_folder(folder: Path) -> Source:
    """Return the ticks of a market folder; its own tables say what their codes name."""
    found = next(
        (path for ending in ENDINGS if (path := folder / f"ticks{ending}").is_file()), None
    )
    if found is None:
        raise InputError(f"source = {folder}: must have a table ticks, ticks.parquet or ticks.csv")
    report = Report(str(folder))
    tables = read_folder(folder, report, without=TABLES.keys() - _NAMES_IN)
    return FileSource(found, check(tables, report).directory)
