"""The market on its way to workers: threads have it, other processes get it carried, once."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Protocol, Self

from paasche.market.passing import lay_down, pick_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from paasche.market import Market

__all__ = ["Carried", "Files", "InProcess", "Source"]


class Source(Protocol):
    """Where a worker finds the market, and whether anyone still waits for it."""

    def market(self) -> Market:
        """Return the market."""

    def closed(self) -> bool:
        """Tell whether nobody waits any more."""


class Carried(Source, Protocol):
    """A market that lies where other processes find it; pickles to a few bytes."""

    def remove(self) -> None:
        """Take the market away."""


class InProcess:
    """The market for workers: threads have it, and what pickles this has it carried, once.

    Parameters
    ----------
    market : Market
    carry : callable
        Lays the market down where the workers find it.
    """

    def __init__(self, market: Market, carry: Callable[[Market], Carried]) -> None:
        self._market = market
        self._carry = carry
        self._closed = Event()
        self._lock = Lock()
        self._carried: Carried | None = None

    def market(self) -> Market:
        """Return the market."""
        return self._market

    def closed(self) -> bool:
        """Tell whether nobody waits any more."""
        return self._closed.is_set()

    def close(self) -> None:
        """Stop the workers, and take away what was laid down."""
        self._closed.set()
        with self._lock:
            if self._carried is not None:
                self._carried.remove()
                self._carried = None

    def __reduce__(self) -> tuple[Any, ...]:
        with self._lock:
            if self._closed.is_set():
                raise CancelledError
            if self._carried is None:
                self._carried = self._carry(self._market)
        return _arrived, (self._carried,)


def _arrived(carried: Carried) -> Carried:
    """Return what the market of this process is in another one."""
    return carried


@dataclass(frozen=True, slots=True)
class Files:
    """A market in files of this machine, which go when nobody waits.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    @classmethod
    def of(cls, market: Market) -> Self:
        """Write the market to a new temporary folder."""
        folder = Path(tempfile.mkdtemp(prefix="paasche-market-"))
        try:
            lay_down(market, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return cls(folder)

    def market(self) -> Market:
        """Return the market; a process maps the files once."""
        return _picked_up(self.folder)

    def closed(self) -> bool:
        """Tell whether the files are gone."""
        return not self.folder.exists()

    def remove(self) -> None:
        """Remove the files."""
        shutil.rmtree(self.folder, ignore_errors=True)


@lru_cache(maxsize=1)
def _picked_up(folder: Path) -> Market:
    return pick_up(folder)
