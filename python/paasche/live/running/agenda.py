"""Orders of a file, JSON lines: rates, freezes and their end, each at its time.

::

    {"at": "2024-06-14T10:00:00+08:00", "update_fx": {"HKDCNY": 0.9302}}
    {"at": "2024-06-14T10:05:00+08:00", "freeze": {"exchange": "XHKG"}}
    {"resume": {"exchange": "XHKG"}}

An order counts like a tick of its time that arrives behind all others of that time: behind every
tick before it, and in the first calculation at or after it. So it does not depend on speed, batches
or kills. By the wall the file may grow: a line that is appended is read at once, and taken at its
time or, where that is over or there is none, as soon as it is read. Lines that were taken are known
by their number: what stands in them is not looked at again.
"""

from __future__ import annotations

import hashlib
import json
from bisect import insort
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from paasche.errors import InputError
from paasche.live.kept.orders import checked_order
from paasche.live.running.timing import MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from paasche.live.kept.journal import Order
    from paasche.live.protocol import Engine
    from paasche.live.running.clock import Grid

__all__ = ["Agenda", "Item"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE = 0
"""Time of an order without one: before any moment of a day."""


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """An order and its time.

    Attributes
    ----------
    at : int
        Microseconds since 1970-01-01 UTC; 0: as soon as it is read.
    line : int
        Number of its line, from 1.
    order : Order
    """

    at: int
    line: int
    order: Order


class Agenda:
    """Orders of a file that wait for their time.

    Parameters
    ----------
    path : Path or None
        None: there are none, and never will be.
    grid : Grid
        Of the day.
    grows : bool
        Whether lines that are appended are read. Without, each line must have its time.

    Attributes
    ----------
    mark : str or None
        What tells the file from another; None where it may grow.

    Raises
    ------
    InputError
        There is no such file, or a line of it is no order of the day.
    """

    def __init__(self, path: Path | None, grid: Grid, *, grows: bool) -> None:
        self._path, self._grid, self._grows = path, grid, grows
        self._waiting: list[Item] = []
        self._lines = 0
        self._seen: tuple[int, int] | None = None
        self.mark: str | None = None
        if path is not None:
            try:
                self._read(_raised)
                if not grows:
                    self.mark = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError as e:
                raise InputError(
                    f"orders = {path}: must be a file of JSON lines, empty where there are "
                    f"none yet ({(e.strerror or str(e)).lower()})"
                ) from e

    def rehearse(self, engine: Engine) -> None:
        """Refuse orders that an engine would not take; it is left as it was.

        Parameters
        ----------
        engine : Engine

        Raises
        ------
        InputError
            One names what the engine does not know.
        """
        before = engine.state()
        try:
            for item in self._waiting:
                item.order.tell(engine)
        except InputError as e:
            raise InputError(f"{self._path}:{item.line}: {e}") from e
        finally:
            engine.restore(before)

    def pass_over(self, lines: Collection[int]) -> None:
        """Leave out lines that were taken before.

        Parameters
        ----------
        lines : collection of int

        Raises
        ------
        InputError
            Lines were taken, and there is no file now, or a shorter one: others would be lost.
        """
        last = max(lines, default=0)
        if lines and self._path is None:
            raise InputError(
                "orders: must be given, to resume a run that took orders of a file: give the file"
            )
        if last > self._lines:
            raise InputError(
                f"orders = {self._path}: must have the {last} lines that were taken of it before; "
                f"it has {self._lines}"
            )
        self._waiting = [item for item in self._waiting if item.line not in lines]

    def look(self, refuse: Callable[[str], None]) -> None:
        """Read what was appended.

        Parameters
        ----------
        refuse : callable
            Gets what is wrong with a line that is no order; the others count.
        """
        if self._path is None or not self._grows:
            return
        try:
            self._read(refuse)
        except OSError:
            self._seen = None  # an editor may be putting another in its place

    def take(self, over: int) -> Item | None:
        """Return the next one whose time is over.

        Parameters
        ----------
        over : int
            Up to when time is over, microseconds since 1970-01-01 UTC.
        """
        return self._waiting.pop(0) if self._waiting and self._waiting[0].at <= over else None

    def _read(self, refuse: Callable[[str], None]) -> None:
        path = self._path
        if path is None:
            return
        found = path.stat()
        seen = found.st_mtime_ns, found.st_size
        if seen == self._seen:
            return
        self._seen = seen
        lines = path.read_bytes().splitlines(keepends=True)
        if len(lines) < self._lines:
            refuse(
                f"{path}: must keep the {self._lines} lines that were read; append others to them"
            )
        for number, line in enumerate(lines[self._lines :], start=self._lines + 1):
            # No part of an object is one: a line without an end that is one is whole.
            if self._grows and not line.endswith(b"\n") and _parsed(line) is None:
                self._seen = None
                return
            self._lines = number
            try:
                if line.strip():
                    insort(self._waiting, self._item(number, line))
            except InputError as e:
                refuse(f"{path}:{number}: {e}")

    def _item(self, number: int, line: bytes) -> Item:
        told = _parsed(line) or {}
        verb = next(iter(told.keys() - {"at"}), "")
        if len(told.keys() - {"at"}) != 1 or not isinstance(told[verb], dict):
            raise InputError(
                f"{line.decode(errors='replace').strip()}: must be one order, such as "
                '{"at": "2024-06-14T10:00:00+08:00", "update_fx": {"HKDCNY": 0.93}} or '
                '{"freeze": {"exchange": "XHKG"}}'
            )
        arguments = told[verb]
        if verb == "update_fx":
            for pair, rate in arguments.items():
                if isinstance(rate, bool) or not isinstance(rate, int | float):
                    raise InputError(f"rate of {pair} = {json.dumps(rate)}: must be a number")
            arguments = {"pairs": [*arguments], "rates": [*arguments.values()]}
        order = checked_order(verb, arguments)
        return Item(self._moment(told.get("at")), number, order)

    def _moment(self, at: Any) -> int:  # noqa: ANN401  (what JSON has)
        if at is None:
            if self._grows:
                return _AT_ONCE
            raise InputError("at: must be given where the time is that of the ticks")
        moment = _microseconds(at)
        if not self._grid.day[0] <= moment <= self._grid.close:
            raise InputError(
                f"at = {at}: must be a time of the day, up to its close "
                f"{datetime.fromtimestamp(self._grid.close / MICROSECONDS, UTC).isoformat()}"
            )
        return moment


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _microseconds(at: Any) -> int:  # noqa: ANN401
    if isinstance(at, int) and not isinstance(at, bool):
        return at
    try:
        found = datetime.fromisoformat(at)
        return (found - _EPOCH) // timedelta(microseconds=1)
    except (TypeError, ValueError) as e:
        raise InputError(
            f"at = {at}: must be a time with its offset from UTC (2024-06-14T10:00:00+08:00), or "
            "microseconds since 1970-01-01 UTC"
        ) from e


def _raised(text: str) -> None:
    raise InputError(text)
