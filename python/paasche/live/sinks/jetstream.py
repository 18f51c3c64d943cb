"""Publications as messages of a stream of JetStream."""

from __future__ import annotations

import json
import re
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, cast

import numpy as np

from paasche.errors import InputError
from paasche.live.jetstream import Address, connected, troubles
from paasche.live.publication import same_levels
from paasche.live.sinks.loop import Loop
from paasche.live.sinks.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from nats.js.client import JetStreamContext
    from numpy.typing import NDArray

    from paasche.live.publication import Board, Publication

__all__ = ["JetStreamSink"]

_ROWS = 2000
"""Rows of a message at most: some 600 kB, of the megabyte that a server takes unless told else."""

_ANSWER_SECONDS = 2.0
"""A server that has not answered for so long is away."""

_MESSAGE = re.compile(
    r"(.+-)?(?P<date>\d{4}-\d{2}-\d{2})-(?P<sequence>\d+)(\.(?P<part>\d+)of(?P<parts>\d+))?"
)
"""How a message is called: subject, day and sequence, and its part where there are several."""


class JetStreamSink:
    """Sends each publication, a JSON array of its rows, to a subject of a stream.

    A stream that the server does not have is made, in files. The header ``Nats-Msg-Id`` is subject,
    day and sequence, ``levels.cn-2024-06-14-17``, and the server drops a message whose name the
    stream has had lately, on any subject. After a connection that was lost the stream is asked for
    its last message, and what it has is not sent again, if it is of this run. More than 2,000 rows
    are several messages, ``levels.cn-2024-06-14-17.1of3``.

    Parameters
    ----------
    text : str
        ``nats://host:port/STREAM?subject=SUBJECT``; nobody else publishes on the subject.

    Attributes
    ----------
    kept_levels : float64 array of shape (n_rows,) or None
        Of the last publication that the stream has whole, once it is open; NaN in all but its last
        message.
    """

    def __init__(self, text: str) -> None:
        self._address = Address.of("publish", text)
        if re.search(r"[*>]", self._address.subject):
            raise InputError(f"publish = {self._address}: must have a subject without wildcards")
        self.name = str(self._address)
        self._loop: Loop | None = None
        self._stream: JetStreamContext | None = None
        self._stack = AsyncExitStack()
        self._sent = (0, 1)
        self._held: NDArray[np.float64] | None = None
        self.kept_levels: NDArray[np.float64] | None = None

    def open(self, board: Board) -> int:
        """Begin with a day; return the sequence of the last publication that the stream has whole.

        Raises
        ------
        InputError
            The subject belongs to another stream, or holds other messages.
        OSError
            The server is away.
        """
        self.close()
        self._rows = Rows(board)
        self._parts = max(1, -(-self._rows.height // _ROWS))
        self._loop = Loop()
        self._run(self._begin())
        sequence, part = self._sent
        if part < self._parts:
            self.kept_levels = None
            return max(sequence - 1, 0)
        self.kept_levels = self._held
        return sequence

    def publish(self, publication: Publication) -> None:
        """Send a publication; return when the stream has it.

        Raises
        ------
        OSError
            The server is away, or cannot keep it.
        """
        self._run(self._send(publication))

    def close(self) -> None:
        """Leave the server."""
        if self._loop is not None:
            self._loop.run(self._leave())
            self._loop.close()
            self._loop = None

    def _run(self, work: Coroutine[object, object, None]) -> None:
        if self._loop is None:
            work.close()
            raise InputError(f"{self.name}: must be opened before anything is published")
        try:
            self._loop.run(work)
        except troubles() as e:
            self._loop.run(self._leave())
            raise ConnectionError(f"{self.name}: {str(e) or type(e).__name__}") from e

    async def _begin(self) -> None:
        """Connect, and ask the stream for its last message."""
        from nats.js.errors import NotFoundError  # noqa: PLC0415

        place = self._address
        stream = (await self._stack.enter_async_context(connected(place))).jetstream(
            timeout=_ANSWER_SECONDS
        )
        try:
            await stream.stream_info(place.stream)
        except NotFoundError:
            await stream.add_stream(name=place.stream, subjects=[place.subject])
        try:
            owner = await stream.find_stream_name_by_subject(place.subject)
        except NotFoundError:
            owner = "no stream"
        if owner != place.stream:
            raise InputError(
                f"publish = {place}: must be a subject of the stream {place.stream}; it is one of "
                f"{owner}"
            )
        try:
            last = await stream.get_last_msg(place.stream, place.subject)
        except NotFoundError:
            self._sent, self._held = (0, self._parts), None
        else:
            self._sent = self._read((last.headers or {}).get("Nats-Msg-Id", ""))
            self._held = self._levels(last.data or b"") if self._sent[0] else None
        self._stream = stream

    def _levels(self, message: bytes) -> NDArray[np.float64]:
        """Return the levels of the last message, each in its row; NaN in the others."""
        levels = np.full(self._rows.height, np.nan)
        found = [row["level_unrounded"] for row in json.loads(message)]
        first = (self._sent[1] - 1) * _ROWS
        levels[first : first + len(found)] = found
        return levels

    def _read(self, name: str) -> tuple[int, int]:
        """Return sequence and part of the last message of this day, (0, all) where there is none.

        Raises
        ------
        InputError
            The message is none of publications such as these.
        """
        read = _MESSAGE.fullmatch(name)
        if read is None:
            raise InputError(
                f"publish = {self._address}: must be a subject of publications alone; its last "
                f"message is {name or 'without Nats-Msg-Id'}"
            )
        if read["date"] != self._rows.date.isoformat():
            return 0, self._parts
        if int(read["parts"] or 1) != self._parts:
            raise InputError(
                f"publish = {self._address}: must be a subject of the same levels; its last "
                f"publication, {name}, has not {self._rows.height} rows"
            )
        return int(read["sequence"]), int(read["part"] or 1)

    async def _send(self, publication: Publication) -> None:
        if self._stream is None:
            await self._begin()
        self._require_own(publication)
        stream = cast("JetStreamContext", self._stream)
        rows = self._rows.of(publication)
        for part in range(1, self._parts + 1):
            # What the server got, although its answer was lost, is there.
            if (publication.sequence, part) > self._sent:
                name = f"{self._address.subject}-{self._rows.date}-{publication.sequence}"
                await stream.publish(
                    self._address.subject,
                    rows.slice((part - 1) * _ROWS, _ROWS).write_json().encode(),
                    stream=self._address.stream,
                    headers={
                        "Nats-Msg-Id": name if self._parts == 1 else f"{name}.{part}of{self._parts}"
                    },
                )
                self._sent, self._held = (publication.sequence, part), None

    def _require_own(self, publication: Publication) -> None:
        """Refuse to go on behind a message of another run.

        Raises
        ------
        InputError
            The stream is ahead of this run, or its last message has other levels.
        """
        sequence, _ = self._sent
        is_other = sequence > publication.sequence
        if sequence == publication.sequence and self._held is not None:
            is_other = not same_levels(self._held, publication.levels)
        if is_other:
            raise InputError(
                f"{self.name}: holds the levels of another run at sequence {sequence}; name "
                "another subject or remove them"
            )

    async def _leave(self) -> None:
        """Let go of the connection; the next publication begins another."""
        self._stream = None
        with suppress(*troubles()):
            await self._stack.aclose()
