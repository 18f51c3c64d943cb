"""A server of WebSocket that sends each publication to all its clients."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from paasche.errors import InputError
from paasche.live.sinks.loop import Loop
from paasche.live.sinks.rows import Rows

if TYPE_CHECKING:
    from websockets.asyncio.server import Server, ServerConnection

    from paasche.live.publication import Board, Publication

__all__ = ["WebSocketSink"]

_LISTENED_BYTES = 1 << 10
"""Longest message of a client; there is nothing that it could say."""

_FAREWELL_SECONDS = 2.0
"""How long clients have to take the last publication when the server ends."""


class WebSocketSink:
    """Sends each publication, a JSON array of its rows, to whoever is connected.

    A new client gets the last publication first. One that is slower than publications come gets the
    newest when it is done with what it had, and never those in between: for each client one message
    is on its way, whatever its pace. Nothing is kept: after a restart of the run the day's
    publications are gone through once more, as fast as clients take them.

    Parameters
    ----------
    text : str
        ``ws://host:port``, where to listen; port 0 is a free one.

    Attributes
    ----------
    port : int
        Where it listens, once it is open.
    """

    def __init__(self, text: str) -> None:
        parts = urlsplit(text)
        try:
            port = parts.port
        except ValueError:
            port = None
        if not parts.hostname or port is None or parts.path.strip("/") or parts.query:
            raise InputError(f"publish = {text}: must be ws://host:port, where to listen")
        if find_spec("websockets") is None:
            raise InputError(
                f"publish = {text}: must have websockets installed; pip install 'paasche[live]'"
            )
        self.name = text
        self.port = port
        self._host = parts.hostname
        self._loop: Loop | None = None

    def open(self, board: Board) -> int:
        """Begin to listen; return 0, as nothing is kept.

        Raises
        ------
        InputError
            The address cannot be listened on.
        """
        self._rows = Rows(board)
        self._newest: tuple[int, str] = (0, "")
        self._ends = False
        self._loop = Loop()
        try:
            self._server = self._loop.run(self._listen())
        except OSError as e:
            self._loop.close()
            self._loop = None
            raise InputError(
                f"publish = {self.name}: must be an address to listen on ({e.strerror or e})"
            ) from e
        self.port = self._server.sockets[0].getsockname()[1]
        return 0

    def publish(self, publication: Publication) -> None:
        """Send a publication to the clients that are ready; waits for none."""
        if self._loop is None:
            raise InputError(f"{self.name}: must be opened before anything is published")
        text = self._rows.of(publication).write_json()
        self._loop.tell(self._renew, (publication.sequence, text))

    def close(self) -> None:
        """Send the last publication to who has not got it yet, and end."""
        if self._loop is not None:
            self._loop.run(self._end())
            self._loop.close()
            self._loop = None

    async def _listen(self) -> Server:
        from websockets.asyncio.server import serve  # noqa: PLC0415

        self._changed = asyncio.Event()
        return await serve(
            self._serve,
            self._host,
            self.port,
            max_size=_LISTENED_BYTES,
            compression=None,  # it would be done for each client anew
        )

    def _renew(self, newest: tuple[int, str]) -> None:
        """Wake all who wait for something newer; the next ones wait for another event."""
        self._newest = newest
        self._changed.set()
        self._changed = asyncio.Event()

    async def _serve(self, client: ServerConnection) -> None:
        """Send what is newest until the client or the server ends."""
        sending = asyncio.ensure_future(self._send(client))
        leaving = asyncio.ensure_future(_listen_to(client))
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        for task in (sending, leaving):
            task.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send(self, client: ServerConnection) -> None:
        sent = 0
        while True:
            changed, (sequence, text) = self._changed, self._newest
            if sequence > sent:
                await client.send(text)
                sent = sequence
            elif self._ends:
                return
            else:
                await changed.wait()

    async def _end(self) -> None:
        self._ends = True
        self._renew(self._newest)
        self._server.close(close_connections=False)
        try:
            await asyncio.wait_for(self._server.wait_closed(), _FAREWELL_SECONDS)
        except TimeoutError:
            for client in self._server.connections:
                client.transport.abort()
            await self._server.wait_closed()


async def _listen_to(client: ServerConnection) -> None:
    """Pass over what a client says, until it leaves."""
    async for _ in client:
        pass
