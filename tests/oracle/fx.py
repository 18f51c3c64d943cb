"""Rates into the currency of the index (R49, D3 Carrying prices)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from fractions import Fraction
from typing import TYPE_CHECKING

from oracle.case import exact
from oracle.refusal import Refusal

if TYPE_CHECKING:
    from collections import Counter
    from datetime import date

    from oracle.case import Case


class Rates:
    """`HKDCNY` is CNY for one HKD; the index currency is the one base of triangulation."""

    def __init__(self, case: Case, sessions: list[date], events: Counter[str]) -> None:
        self._base = case.method.currency
        self._max_stale = case.method.max_stale_sessions
        self._sessions = sessions
        self._events = events
        self._rates: dict[str, list[tuple[date, Fraction]]] = {}
        for row in sorted(case.fx, key=lambda row: row.date):
            self._rates.setdefault(row.pair, []).append((row.date, exact(row.rate)))

    def into_base(self, currency: str, session: date) -> Fraction:
        """Return units of index currency for one unit of `currency` at an index session.

        A missing rate keeps the last one for at most `max_stale_sessions` index sessions; before
        the first rate or after that it is an error.
        """
        if currency == self._base:
            return Fraction(1)
        pair = currency + self._base
        rates = self._rates.get(pair, [])
        known = bisect_right(rates, session, key=lambda row: row[0])
        if known == 0:
            raise Refusal("missing fx", f"{pair} has no rate on or before {session}")
        day, rate = rates[known - 1]
        stale = bisect_right(self._sessions, session) - bisect_right(self._sessions, day)
        self._events["stale rates"] += stale > 0
        if stale > self._max_stale:
            raise Refusal("missing fx", f"{pair} is {stale} sessions old on {session}")
        return rate

    def convert(self, amount: Fraction, source: str, target: str, ex_session: date) -> Fraction:
        """Convert cash of an event at the fx of the index session before its ex-date (D3)."""
        if source == target:
            return amount
        before = bisect_left(self._sessions, ex_session)
        if before == 0:
            raise Refusal("missing session", f"no index session before {ex_session}")
        session = self._sessions[before - 1]
        return amount * self.into_base(source, session) / self.into_base(target, session)
