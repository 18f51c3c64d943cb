"""What a thread of its own produces, waited for no longer than the clock allows."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import math
import queue
import threading
from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Bridge"]

T = TypeVar("T")

_PATIENCE_SECONDS = 5.0
"""How long a producer may take to end once it is told to."""


class Bridge(Generic[T]):
    """Items of an iterable, plain or asynchronous, that is run in a thread of its own.

    So many items wait at most; then the producer does.

    Parameters
    ----------
    produced : iterable or asynchronous iterable
    room : int
        Items that may wait.

    Examples
    --------
    >>> bridge = Bridge(iter("ab"), room=1)
    >>> list(bridge.items(wait=math.inf))
    ['a', 'b']
    """

    def __init__(self, produced: Iterable[T] | AsyncIterable[T], room: int) -> None:
        self._items = queue.SimpleQueue[tuple[T] | Exception | None]()
        self._closed = threading.Event()
        self._taken: Callable[[], object] = _nothing
        self._stop: Callable[[], object] = _nothing
        if isinstance(produced, AsyncIterable):
            work = functools.partial(asyncio.run, self._asynchronous(produced, room))
        else:
            work = functools.partial(self._plain, produced, threading.Semaphore(room))
        self._thread = threading.Thread(
            target=self._ending, args=(work,), name="paasche-source", daemon=True
        )
        self._thread.start()

    def items(self, wait: float) -> Iterator[T | None]:
        """Yield the items in order; None where nothing came for so many seconds.

        Raises
        ------
        Exception
            What the producer raised, after the items before it.
        """
        patience = None if math.isinf(wait) else wait
        while True:
            try:
                item = self._items.get(timeout=patience)
            except queue.Empty:
                yield None
                continue
            if item is None:
                self._items.put(None)
                return
            if isinstance(item, Exception):
                raise item
            self._taken()
            yield item[0]

    def close(self) -> None:
        """Tell the producer to end; one that waits for something else is left to itself."""
        self._closed.set()
        self._stop()
        self._thread.join(_PATIENCE_SECONDS)

    def _ending(self, work: Callable[[], object]) -> None:
        try:
            work()
        except asyncio.CancelledError:
            pass
        except Exception as e:  # noqa: BLE001  # whatever a feed of others raises
            self._items.put(e)
        finally:
            # Also behind a SystemExit, which ends the thread: nobody waits for what never comes.
            self._items.put(None)

    def _plain(self, produced: Iterable[T], free: threading.Semaphore) -> None:
        self._taken = self._stop = free.release
        for item in produced:
            free.acquire()
            if self._closed.is_set():
                return
            self._items.put((item,))

    async def _asynchronous(self, produced: AsyncIterable[T], room: int) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        free = asyncio.Semaphore(room)
        self._taken = functools.partial(_tell, loop, free.release)
        self._stop = functools.partial(_tell, loop, cast("asyncio.Task[None]", task).cancel)
        if self._closed.is_set():
            return
        async with contextlib.AsyncExitStack() as stack:
            if isinstance(produced, AsyncGenerator):
                # What it has open is closed here, and not by the loop that ends.
                stack.push_async_callback(produced.aclose)
            async for item in produced:
                await free.acquire()
                self._items.put((item,))


def _nothing() -> None:
    pass


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[[], object]) -> None:
    """Have a loop of another thread do something, unless it has ended."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(what)
