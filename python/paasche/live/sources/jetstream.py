"""Ticks of a stream of JetStream, from a sequence on."""

from __future__ import annotations

import asyncio
import json
import math
import warnings
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from paasche.errors import InputError, MissingDataError, SourceWarning
from paasche.live.jetstream import SCHEMES, Address, connected, meets, troubles
from paasche.live.sources.bridge import Bridge
from paasche.live.sources.messages import read_messages
from paasche.live.sources.positions import Positions

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence

    from nats.aio.client import Client
    from nats.aio.msg import Msg

    from paasche.live.ticks import Ticks

    Arrived = tuple[list[bytes], int]

__all__ = ["SCHEMES", "JetStreamSource"]

_ASKED = 2000
"""Messages that are asked for at a time."""

_ROOM = 4
"""Batches of them that may wait for the engine."""

_EXPIRES_SECONDS = 1.0
"""How long the server keeps a question open for which it has no messages."""

_SILENCE_SECONDS = 2.0
"""A server that says nothing for so long, though it was asked, is away."""

_IDLE_SECONDS = 60.0
"""How long the server keeps a reader that asks for nothing, because the engine has enough to do."""

_AGAIN_SECONDS = 0.5
"""Pause before a server that is away is tried again."""

_BYTES = 1 << 24
"""Bytes of messages that are asked for at a time, many ticks each."""


class JetStreamSource:
    """Ticks of the messages on a subject of a stream; a position is a sequence of the stream.

    What a run has read is known to its own journal alone: the server keeps no state of it, and
    acknowledges nothing. A reader of the server that is lost, skips a message or falls silent is
    left, and a new one begins behind the last message that was handed on: so nothing is lost and
    nothing comes twice, however often the server goes and comes back.

    Parameters
    ----------
    text : str
        ``nats://host:port/STREAM?subject=SUBJECT``; the subject may hold wildcards.

    Attributes
    ----------
    name : str
        What messages call it.
    left_out : dict of str to int
        Ticks that were not handed on, by reason.
    """

    def __init__(self, text: str) -> None:
        self._address = Address.of("source", text)
        self.name = str(self._address)
        self._bridge: Bridge[Arrived] | None = None
        self._quiet = ""
        self.left_out: dict[str, int] = {}

    def batches(self, securities: Sequence[str], after: int, wait: float) -> Iterator[Ticks | None]:
        """Yield the ticks behind a sequence; None where nothing came for so many seconds.

        Raises
        ------
        InputError
            The server does not answer at the start, or has no such stream or subject of it.
        MissingDataError
            The stream no longer has what comes next.
        """
        known, unreadable = Positions(securities), 0
        self._bridge = Bridge(self._messages(after), _ROOM)
        # Whatever the clock says: a run does not begin before its stream is known to be there.
        next(self._bridge.items(math.inf), None)
        if self._quiet:
            warnings.warn(self._quiet, SourceWarning, stacklevel=2)
        for arrived in self._bridge.items(wait):
            if arrived is None:
                yield None
                continue
            messages, position = arrived
            rows, wrong = read_messages(messages)
            unreadable += wrong
            ticks = known.ticks(rows, position)
            self.left_out = {"unknown": known.left_out, "unreadable": unreadable}
            yield ticks if len(ticks.securities) else None

    def mark(self) -> dict[str, str | int]:
        """Return the stream and the subject: the server may move."""
        return {"stream": self._address.stream, "subject": self._address.subject}

    def is_marked(self, mark: Mapping[str, Any]) -> bool:
        """Tell whether a mark names the same stream and subject."""
        return self.mark() == mark

    def close(self) -> None:
        """Leave the server."""
        if self._bridge is not None:
            self._bridge.close()

    async def _messages(self, after: int) -> AsyncGenerator[Arrived]:
        """Yield messages and the sequence of the last of them, whatever becomes of the server.

        Those that are yielded first are none: the server has answered.
        """
        was_there = False
        while True:
            try:
                async with connected(self._address) as client:
                    name = await self._reader(client, after)
                    if not was_there:
                        was_there = True
                        yield [], after
                    async with aclosing(_read(client, self._address.stream, name)) as arriving:
                        async for messages, position in arriving:
                            after = position
                            yield messages, position
            except troubles() as e:
                if not was_there:
                    raise InputError(
                        f"source = {self._address}: must be a server of JetStream that answers "
                        f"({str(e) or type(e).__name__})"
                    ) from e
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _reader(self, client: Client, after: int) -> str:
        """Make a reader of the server that begins behind a sequence; return its name."""
        from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy  # noqa: PLC0415
        from nats.js.errors import NotFoundError  # noqa: PLC0415

        stream, place = client.jetstream(), self._address
        try:
            found = await stream.stream_info(place.stream, subjects_filter=">")
        except NotFoundError as e:
            raise InputError(
                f"source = {place}: must be a stream that the server has; there is no "
                f"{place.stream}"
            ) from e
        state = found.state
        self._look_for_subject(found.config.subjects or [], state.subjects or {}, state.messages)
        if after and not state.first_seq - 1 <= after <= state.last_seq:
            raise MissingDataError(
                f"source = {place}: must have what came after message {after}, the last that was "
                f"read; it holds {state.first_seq} to {state.last_seq}"
            )
        reader = await stream.add_consumer(
            place.stream,
            ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=after + 1,
                filter_subject=place.subject,
                ack_policy=AckPolicy.NONE,
                inactive_threshold=_IDLE_SECONDS,
            ),
        )
        return str(reader.name)

    def _look_for_subject(
        self, subjects: Sequence[str], held: Mapping[str, int], messages: int
    ) -> None:
        """Refuse a subject that is none of the stream; note one of which it has nothing yet.

        Parameters
        ----------
        subjects : sequence of str
            What the stream takes; none where it copies another.
        held : mapping of str to int
            How many messages it has of each subject.
        messages : int
        """
        place = self._address
        if subjects and not any(meets(place.subject, one) for one in subjects):
            raise InputError(
                f"source = {place}: must have a subject of the stream {place.stream}, which takes "
                f"{_some(subjects)}"
            )
        if not any(meets(place.subject, one) for one in held):
            has = f"{messages:,} messages, on {_some([*held])}" if held else "no message at all"
            self._quiet = (
                f"source = {place}: no message on {place.subject} yet; the stream has {has}"
            )


def _some(names: Sequence[str], count: int = 3) -> str:
    more = len(names) - count
    return ", ".join(names[:count]) + (f" and {more:,} more" if more > 0 else "")


async def _read(client: Client, stream: str, name: str) -> AsyncGenerator[Arrived]:
    """Yield what a reader has, as it comes: all that has arrived at a time.

    Raises
    ------
    ConnectionError
        The reader is gone, or has skipped a message.
    """
    arrived: asyncio.Queue[Msg] = asyncio.Queue()

    async def keep(message: Msg) -> None:
        arrived.put_nowait(message)

    inbox = client.new_inbox()
    await client.subscribe(inbox, cb=keep)
    asked = {"batch": _ASKED, "max_bytes": _BYTES, "expires": int(_EXPIRES_SECONDS * 1e9)}
    question = json.dumps(asked).encode()
    count = missing = 0
    while True:
        if not missing:
            await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}", question, inbox)
            missing = _ASKED
        messages, position = [], 0
        message: Msg | None = await asyncio.wait_for(arrived.get(), _SILENCE_SECONDS)
        while message is not None:
            headers = message.headers or {}
            if "Status" not in headers:
                number = message.metadata.sequence
                count, missing = count + 1, missing - 1
                if number.consumer != count:
                    raise ConnectionError(f"message {count} of the reader is missing")
                messages.append(message.data)
                position = number.stream
            elif _is_over(headers):
                missing = 0
            else:
                raise ConnectionError(f"the reader is gone (status {headers['Status']})")
            message = None if arrived.empty() else arrived.get_nowait()
        if messages:
            yield messages, position


def _is_over(headers: Mapping[str, str]) -> bool:
    """Tell whether a question is answered: no more messages, none in time, or enough bytes."""
    return headers["Status"] in {"404", "408"} or "MaxBytes" in headers.get("Description", "")
