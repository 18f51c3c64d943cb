"""Which sink it is that somebody names or hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from paasche.errors import InputError
from paasche.live.jetstream import SCHEMES
from paasche.live.sinks.jetstream import JetStreamSink
from paasche.live.sinks.lines import LinesSink
from paasche.live.sinks.parquet import ParquetSink
from paasche.live.sinks.websocket import WebSocketSink

if TYPE_CHECKING:
    from paasche.live.protocol import Sink

__all__ = ["open_sink"]


def open_sink(sink: object) -> Sink:
    """Return the sink that a text stands for; its own `open` begins a day.

    Parameters
    ----------
    sink : str or object
        - ``parquet:DIR``: parts of ten minutes, ``DIR/DATE/part-NNNNN.parquet``;
        - ``csv:FILE``, ``jsonl:FILE``: lines at the end of a file; ``-`` is standard output;
        - ``ws://host:port``: a server of WebSocket that sends the newest to all its clients;
        - ``nats://host:port/STREAM?subject=SUBJECT``: messages of a stream of JetStream;
        - a sink itself.

    Returns
    -------
    Sink

    Raises
    ------
    InputError
        It is none of these, or its extra is missing.

    Examples
    --------
    >>> open_sink("jsonl:levels.jsonl").name
    'jsonl:levels.jsonl'
    """
    if not isinstance(sink, str):
        if hasattr(sink, "publish"):
            return cast("Sink", sink)
        raise InputError(
            f"publish = {type(sink).__name__}: must be a text, or have a method publish"
        )
    if sink.startswith(SCHEMES):
        return JetStreamSink(sink)
    if sink.startswith("ws://"):
        return WebSocketSink(sink)
    kind, _, place = sink.partition(":")
    if kind == "parquet" and place:
        return ParquetSink(place)
    if kind in {"csv", "jsonl"} and place:
        return LinesSink(kind, place)
    raise InputError(
        f"publish = {sink}: must be parquet:DIR, csv:FILE, jsonl:FILE, csv:-, jsonl:-, "
        "ws://host:port or nats://host:port/STREAM?subject=SUBJECT"
    )
