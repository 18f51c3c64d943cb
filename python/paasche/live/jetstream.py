"""A stream of JetStream: its address, the connection to its server, and what may go wrong."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from importlib.util import find_spec
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from nats.aio.client import Client

__all__ = ["SCHEMES", "Address", "connected", "meets", "troubles"]

SCHEMES = ("nats://", "tls://")
"""How the address of a server begins."""

_CONNECT_SECONDS = 5
"""How long a server may take to answer."""


class Address(NamedTuple):
    """Where ticks or publications lie: a server, a stream of it, a subject of that."""

    server: str
    stream: str
    subject: str

    @classmethod
    def of(cls, argument: str, text: str) -> Address:
        """Return the address that a text is.

        Raises
        ------
        InputError
            It is none, or the extra is missing.

        Examples
        --------
        >>> Address.of("source", "nats://localhost:4222/TICKS?subject=ticks.cn")
        Address(server='nats://localhost:4222', stream='TICKS', subject='ticks.cn')
        """
        parts = urlsplit(text)
        asked = parse_qs(parts.query)
        stream, subjects = parts.path.strip("/"), asked.pop("subject", [])
        if not parts.hostname or not stream or "/" in stream or len(subjects) != 1 or asked:
            raise InputError(
                f"{argument} = {_shown(text)}: must be nats://host:port/STREAM?subject=SUBJECT"
            )
        if find_spec("nats") is None:
            raise InputError(
                f"{argument} = {_shown(text)}: must have nats-py installed; "
                "pip install 'paasche[live]'"
            )
        return cls(f"{parts.scheme}://{parts.netloc}", stream, subjects[0])

    def __str__(self) -> str:
        return _shown(f"{self.server}/{self.stream}?subject={self.subject}")


def meets(one: str, other: str) -> bool:
    """Tell whether a message may be on two subjects, either of which may hold wildcards.

    Examples
    --------
    >>> meets("ticks.cn", "ticks.*"), meets("ticks.>", "ticks.cn.sh"), meets("tick.cn", "ticks.*")
    (True, True, False)
    """
    for mine, its in zip_longest(one.split("."), other.split(".")):
        if mine is None or its is None:
            return False
        if ">" in (mine, its):
            return True
        if mine != its and "*" not in (mine, its):
            return False
    return True


def _shown(text: str) -> str:
    """Return an address without what signs in."""
    scheme, colon, rest = text.partition("://")
    return scheme + colon + rest.rpartition("@")[2]


def troubles() -> tuple[type[Exception], ...]:
    """Return what is raised where a server is away, or does not answer as it should."""
    from nats.errors import Error  # noqa: PLC0415

    return (OSError, asyncio.TimeoutError, Error)


@asynccontextmanager
async def connected(address: Address) -> AsyncIterator[Client]:
    """Be connected to a server, once: a connection that is lost is not taken up again by itself.

    What waits in a client for a server to come back could arrive twice, or after what is sent
    later; so whoever uses the connection begins anew where the stream says that it ended.
    """
    from nats.errors import NoServersError  # noqa: PLC0415

    told = deque[Exception](maxlen=1)

    async def note(error: Exception) -> None:
        # It is left to the call that it ends; the client would print it.
        told.append(error)

    client = _client(address)
    try:
        try:
            await client.connect(
                address.server,
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=_CONNECT_SECONDS,
                error_cb=note,
                name="paasche",
            )
        except NoServersError as e:
            raise ConnectionError(*told) from e
        yield client
    finally:
        await client.close()


def _client(address: Address) -> Client:
    """Return a client; one of ``tls://`` says nothing, not who signs in, before it is encrypted."""
    from nats.aio.client import Client  # noqa: PLC0415

    class Encrypted(Client):  # type: ignore[misc]
        async def _process_info(
            self,
            info: dict[str, Any],
            initial_connection: bool = False,
        ) -> None:
            if not info.get("tls_required"):
                raise InputError(
                    f"{address}: must be a server that asks for TLS, as tls:// does; this one does "
                    "not"
                )
            await super()._process_info(info, initial_connection)

    return Encrypted() if address.server.startswith("tls://") else Client()
