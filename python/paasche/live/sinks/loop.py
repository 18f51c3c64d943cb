"""An event loop in a thread of its own, for sinks that others call one publication at a time."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["Loop"]

T = TypeVar("T")


class Loop:
    """Runs coroutines for a thread that has no loop.

    Examples
    --------
    >>> loop = Loop()
    >>> loop.run(asyncio.sleep(0, "done"))
    'done'
    >>> loop.close()
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="paasche-sink", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Return what a coroutine returns, when it does."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def tell(self, what: Callable[..., object], *arguments: object) -> None:
        """Have the loop call something, and go on."""
        self._loop.call_soon_threadsafe(what, *arguments)

    def close(self) -> None:
        """End the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
