"""A case with everything that follows from its tables before any index is calculated."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from oracle.calendars import Calendars, index_sessions
from oracle.case import exact
from oracle.effects import EXITS, effects_by_session, rows_of_kind
from oracle.fx import Rates
from oracle.prices import Prices
from oracle.refusal import Refusal
from oracle.shares import Register

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from oracle.case import Case, Member, Snapshot

# The deletion price of R33. Another price in a `delisting` row is a decision and stands as it is.
RULE_PRICE = Fraction(1, 100_000)


class World:
    """Sessions, prices, rates, share registers and baskets of one case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.events: Counter[str] = Counter()  # statistics only
        self.method = case.method
        self.securities = {row.security: row for row in case.securities}
        self.calendars = Calendars(case)
        self.effects = effects_by_session(case, self.calendars, self.securities)
        self.delistings = self._delistings()
        self.spin_offs = self._rows({"spin_off"})
        self.baskets = self._baskets()
        self.effective = {start for start, _ in self.baskets[1:]}
        self.sessions = index_sessions(self.method.calendar, self.calendars, self._exchanges_on)
        self._check_sessions()
        self.rates = Rates(case, self.sessions, self.events)
        self.prices = Prices(case, self.securities, self.effects, self.rates)
        self.registers = self._registers()

    def _rows(self, kinds: set[str]) -> list[tuple[date, object]]:
        return rows_of_kind(self.case, self.calendars, self.securities, kinds)

    def _delistings(self) -> dict[str, tuple[date, Decimal | None]]:
        """Who ends when, and at which price: by what comes first, of one session in this order."""
        rows = sorted(self._rows(EXITS), key=lambda row: (row[0], row[1].kind))
        return {action.security: (session, action.price) for session, action in reversed(rows)}

    def _baskets(self) -> list[tuple[date, list[Member]]]:
        """The base basket is the last `effective` ≤ base_date (D3 Sessions); later ones follow."""
        by_day: dict[date, list[Member]] = {}
        for row in self.case.constituents:
            by_day.setdefault(row.effective, []).append(row)
        days = sorted(by_day)
        before = [day for day in days if day <= self.method.base_date]
        if not before:
            raise Refusal("bad basket", f"no basket on or before {self.method.base_date}")
        return [(day, by_day[day]) for day in days if day >= before[-1]]

    def basket_on(self, day: date) -> list[Member]:
        """The rows of the basket in force on `day`; before the base date those of the base."""
        day = max(day, self.method.base_date)
        return [rows for start, rows in self.baskets if start <= day][-1]

    def members_on(self, day: date) -> list[str]:
        """Who is delisted, absorbed or bankrupt leaves on the ex-date, with or without a row."""
        names = sorted(row.security for row in self.basket_on(day))
        return [name for name in names if not self.is_delisted(name, day)]

    def is_delisted(self, name: str, day: date) -> bool:
        return name in self.delistings and self.delistings[name][0] <= day

    def _exchanges_on(self, day: date) -> set[str]:
        return {self.securities[name].exchange for name in self.members_on(day)}

    def _check_sessions(self) -> None:
        """A base_date or an `effective` that is no index session is an error."""
        known = set(self.sessions)
        starts = [start for start, _ in self.baskets[1:] if start <= self.case.end]
        for day in (self.method.base_date, *starts):
            if day not in known:
                raise Refusal("bad basket", f"{day} is no index session")
        for start, rows in self.baskets:
            for row in rows:
                if start <= self.case.end and self.is_delisted(row.security, start):
                    raise Refusal("bad basket", f"{row.security} is delisted before {start}")

    def _registers(self) -> dict[str, Register]:
        snapshots: dict[str, list[Snapshot]] = {name: [] for name in self.securities}
        for row in self.case.shares:
            snapshots[row.security].append(row)
        return {
            name: Register(rows, self.effects[name], self.securities[name].exchange, self.calendars)
            for name, rows in snapshots.items()
        }

    def before(self, session: date, count: int = 1) -> date:
        """The index session `count` sessions before `session` (lag 1 = adjustment close)."""
        position = bisect_left(self.sessions, session) - count
        if position < 0:
            raise Refusal("missing session", f"no {count} index sessions before {session}")
        return self.sessions[position]

    def fx(self, name: str, session: date) -> Fraction:
        return self.rates.into_base(self.securities[name].currency, session)

    def closing_price(self, name: str, session: date) -> Fraction:
        """The close, or the deletion price on the eve of a delisting (R33)."""
        deletion = self.deletion_price(name, session)
        return self.prices.close(name, session) if deletion is None else deletion

    def deletion_price(self, name: str, session: date) -> Fraction | None:
        """The deletion price of a name that leaves on the index session after `session`."""
        leaves, price = self.delistings.get(name, (None, None))
        if price is None or leaves <= session:
            return None
        position = bisect_left(self.sessions, leaves)
        eve = self.sessions[position - 1]
        if eve != session:
            return None
        if exact(price) == RULE_PRICE and self._has_resumed(name, eve):
            return None
        return exact(price)

    def _has_resumed(self, name: str, eve: date) -> bool:
        """A name that trades again before it leaves is deleted at its latest close (R33).

        Suspension is a matter of its own exchange: what counts is its last session up to the eve.
        """
        own = self.calendars.sessions(self.securities[name].exchange)
        last = own[bisect_right(own, eve) - 1]
        return self.prices.traded(name, last)
