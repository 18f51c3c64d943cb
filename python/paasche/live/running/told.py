"""What a run is told beside ticks: orders that wait for it, and those that came to nothing."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from paasche.errors import InputError

if TYPE_CHECKING:
    from paasche.live.kept.journal import Order

__all__ = ["Refused", "Told"]

_MOST_ORDERS = 1024
"""Orders that wait to be taken; who gives one more waits too."""

_KEPT = 100
"""Refusals of which the text is kept: a feed of rates that is wrong all day fills no memory."""


class Told:
    """Orders that any thread gives and the run takes.

    Examples
    --------
    >>> from paasche.live.kept.journal import Order
    >>> told = Told()
    >>> told.put(Order("freeze", {"exchange": "XHKG"}))
    >>> [order.verb for order in told.take()], told.end()
    (['freeze'], [])
    """

    def __init__(self) -> None:
        self._orders: deque[Order] = deque()
        self._changed = threading.Condition()
        self._is_over = False

    def put(self, order: Order) -> None:
        """Give one; wait while too many do.

        Parameters
        ----------
        order : Order

        Raises
        ------
        InputError
            The run has ended.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or len(self._orders) < _MOST_ORDERS)
            if self._is_over:
                raise InputError(
                    f"{order}: must be told before the live run ends, and it has ended: tell the "
                    "run that resumes it"
                )
            self._orders.append(order)

    def take(self) -> list[Order]:
        """Return those that wait, in order."""
        with self._changed:
            taken = [*self._orders]
            self._orders.clear()
            self._changed.notify_all()
        return taken

    def end(self) -> list[Order]:
        """Take no more; return those that nobody took."""
        with self._changed:
            self._is_over = True
        return self.take()


class Refused:
    """Orders that were not taken, and why: the newest of them, and how many there were.

    Attributes
    ----------
    count : int

    Examples
    --------
    >>> refused = Refused()
    >>> refused.add("freeze: security = AAA: must be a constituent on 2024-06-14")
    >>> refused.count, len(refused.newest)
    (1, 1)
    """

    def __init__(self) -> None:
        self.count = 0
        self._newest: deque[str] = deque(maxlen=_KEPT)

    def add(self, text: str) -> None:
        """Keep one more; the oldest goes.

        Parameters
        ----------
        text : str
        """
        self.count += 1
        self._newest.append(text)

    @property
    def newest(self) -> tuple[str, ...]:
        """The newest, in order."""
        return tuple(self._newest)
