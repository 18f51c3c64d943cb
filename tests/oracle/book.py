"""One name in the index: its shares, what is pending, its weighting ratio and factor (R53-R57)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from oracle.bands import band

if TYPE_CHECKING:
    from collections import Counter

    from oracle.case import Method, Snapshot
    from oracle.shares import Register


@dataclass
class ShareBook:
    """A name whose units are shares · weighting ratio · factor (schemes free_float and total).

    `used` is the snapshot in the index, `base` the one the accumulator restarted from (last used or
    triggered), `newest` the latest `effective` judged or used, `pending` the changes that wait.
    """

    register: Register
    method: Method
    used: Snapshot
    base: Snapshot
    newest: date
    ratio: Fraction
    factor: Fraction = Fraction(1)
    pending: list[tuple[date, Snapshot]] = field(default_factory=list)

    @classmethod
    def enter(cls, register: Register, method: Method, close: date, session: date) -> ShareBook:
        """A joiner, or any name of the base basket."""
        chosen = register.newest(close)
        ratio = Fraction(1)
        if method.scheme == "free_float":
            row = register.newest_free_float(chosen, close)
            ratio = band(row.free_float, row.total, session, method.bands)
        return cls(register, method, chosen, chosen, chosen.effective, ratio)

    def shares(self, day: date) -> Fraction:
        """Adjusted shares Q = N·b on the share basis of `day`, without the factor."""
        return self.register.total(self.used, day) * self.ratio

    def units(self, day: date) -> Fraction:
        return self.shares(day) * self.factor

    def review(self, close: date, session: date, events: Counter[str]) -> None:
        """Renew shares and band whatever the size of the change; nothing stays pending."""
        chosen = self.register.newest(close)
        events["deferred changes used by a review"] += chosen not in {self.used, self.base}
        events["pending changes overtaken by a review"] += bool(self.pending)
        self.base = chosen
        self.newest = max(self.newest, chosen.effective)
        self.pending.clear()
        self._use(chosen, session)

    def apply_due(self, session: date, events: Counter[str]) -> None:
        """Use what is due; of two due on one session the later `effective` stands alone."""
        due = [snapshot for day, snapshot in self.pending if day <= session]
        self.pending = [row for row in self.pending if row[0] > session]
        events["two due on one session"] += len(due) > 1
        if due:
            events["share change applied"] += 1
            self._use(max(due, key=lambda snapshot: snapshot.effective), session)

    def judge(self, previous: date, session: date, events: Counter[str]) -> None:
        """On L: |total − N|·20 ≥ N triggers, the base restarts, the snapshot applies from L + 2."""
        listed = self.register.listed_between(previous, session)
        events["several snapshots with one L"] += len(listed) > 1
        for snapshot in listed:
            events["snapshots on another basis"] += snapshot.basis is not None
            events["late announcements"] += (snapshot.announced or date.min) > snapshot.effective
            if snapshot.effective < self.newest:
                events["snapshot ignored"] += 1
                continue
            self.newest = snapshot.effective
            base = self.register.total(self.base, session)
            change = abs(self.register.total(snapshot, session) - base)
            if change * 20 < base:
                events["snapshot deferred"] += 1
                continue
            events["snapshot triggered"] += 1
            events["exactly 5 %"] += change * 20 == base
            self.base = snapshot
            self.pending.append((self.register.due_session(snapshot), snapshot))
            events["several pending"] += len(self.pending) > 1

    def _use(self, snapshot: Snapshot, session: date) -> None:
        """The band is recomputed only where the snapshot gives the free float (R53)."""
        self.used = snapshot
        if self.method.scheme == "free_float" and snapshot.free_float is not None:
            self.ratio = band(snapshot.free_float, snapshot.total, session, self.method.bands)


@dataclass
class UnitBook:
    """A name whose units come from a weight (equal, given) or are 1 (price)."""

    amount: Fraction
    scales: bool
    factors: dict[date, Fraction]
    since: date

    def units(self, day: date) -> Fraction:
        """Units scale with bonus, rights and split, except in a price-weighted index (D1)."""
        amount = self.amount
        if self.scales:
            for ex_date, factor in self.factors.items():
                if self.since < ex_date <= day:
                    amount *= factor
        return amount
