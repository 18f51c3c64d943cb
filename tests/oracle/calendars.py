"""Sessions of an exchange and sessions of an index (D3 Sessions)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from oracle.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import date

    from oracle.case import Case

SAME_SESSIONS = {"XSHE": "XSHG", "BJSE": "XSHG"}


class Calendars:
    """Sessions of each exchange, from the `calendar` table."""

    def __init__(self, case: Case) -> None:
        self._sessions = {name: sorted(days) for name, days in case.sessions.items()}
        self._open = {name: set(days) for name, days in case.sessions.items()}

    def sessions(self, exchange: str) -> list[date]:
        """XSHE and BJSE keep XSHG's sessions."""
        return self._sessions[SAME_SESSIONS.get(exchange, exchange)]

    def is_open(self, exchange: str, day: date) -> bool:
        return day in self._open[SAME_SESSIONS.get(exchange, exchange)]

    def on_or_after(self, exchange: str, day: date) -> date:
        """`day` rolled forward to a session."""
        return self._at(exchange, bisect_left(self.sessions(exchange), day))

    def after(self, exchange: str, day: date) -> date:
        """The next session strictly after `day`."""
        return self._at(exchange, bisect_right(self.sessions(exchange), day))

    def later(self, exchange: str, session: date, count: int) -> date:
        """`count` sessions after `session`."""
        return self._at(exchange, self.sessions(exchange).index(session) + count)

    def days(self) -> list[date]:
        return sorted(set().union(*self._open.values()))

    def _at(self, exchange: str, position: int) -> date:
        sessions = self.sessions(exchange)
        if position >= len(sessions):
            raise Refusal("missing session", f"{exchange} has no session after {sessions[-1]}")
        return sessions[position]


def index_sessions(
    kind: str, calendars: Calendars, exchanges_on: Callable[[date], Collection[str]]
) -> list[date]:
    """Return the days on which the index is calculated, over the whole calendar.

    `exchanges_on(day)` gives the exchanges of the names in the index on that day, the basket
    effective on the day included (R2: "next index trading day (any constituent exchange open)").
    """

    def counts(day: date) -> bool:
        if kind == "union":
            return any(calendars.is_open(name, day) for name in exchanges_on(day))
        if kind == "intersection":
            return all(calendars.is_open(name, day) for name in exchanges_on(day))
        return calendars.is_open(kind, day)

    return [day for day in calendars.days() if counts(day)]
