"""Share snapshots of one security: when listed, and what they say on a day (D3 Shares, R53-R57)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from oracle.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from oracle.calendars import Calendars
    from oracle.case import Snapshot
    from oracle.effects import Effect

LAG = 2  # sessions from L to the session of an interim share change (R57)


class Register:
    """The snapshots of one security, in order of `effective`."""

    def __init__(
        self,
        snapshots: Iterable[Snapshot],
        effects: dict[date, Effect],
        exchange: str,
        calendars: Calendars,
    ) -> None:
        self.snapshots = sorted(snapshots, key=lambda row: row.effective)
        self._effects = effects
        self._exchange = exchange
        self._calendars = calendars

    def listing_session(self, snapshot: Snapshot) -> date:
        """L: `effective` rolled forward to a session of the security's own exchange.

        Announced later than `effective` as written: the next session strictly after `announced`.
        """
        if snapshot.announced is not None and snapshot.announced > snapshot.effective:
            return self._calendars.after(self._exchange, snapshot.announced)
        return self._calendars.on_or_after(self._exchange, snapshot.effective)

    def due_session(self, snapshot: Snapshot) -> date:
        """L + 2 sessions of the security's own exchange."""
        return self._calendars.later(self._exchange, self.listing_session(snapshot), LAG)

    def total(self, snapshot: Snapshot, day: date) -> Fraction:
        """Total shares of a snapshot on the share basis of `day`.

        Times actions with basis < ex-date ≤ day, divided by those with day < ex-date ≤ basis.
        """
        basis = snapshot.basis if snapshot.basis is not None else snapshot.effective
        total = Fraction(snapshot.total)
        for ex_date, effect in self._effects.items():
            if basis < ex_date <= day:
                total *= effect.factor
            elif day < ex_date <= basis:
                total /= effect.factor
        return total

    def newest(self, close: date) -> Snapshot:
        """At a review or for a joiner: the latest `effective` with L ≤ the adjustment close."""
        known = self._known(close)
        if not known:
            raise Refusal("missing shares", f"no snapshot listed by {close}")
        return known[-1]

    def newest_free_float(self, chosen: Snapshot, close: date) -> Snapshot:
        """The snapshot whose free float a joiner uses: the chosen one or the newest earlier one."""
        known = [row for row in self._known(close) if row.effective <= chosen.effective]
        for snapshot in reversed(known):
            if snapshot.free_float is not None:
                return snapshot
        raise Refusal("missing shares", f"{chosen.security} has no free float by {close}")

    def listed_between(self, previous: date, session: date) -> list[Snapshot]:
        """Snapshots with previous < L ≤ session, in the order in which they are judged."""
        rows = [(self.listing_session(row), row.effective, row) for row in self.snapshots]
        found = [row for row in rows if previous < row[0] <= session]
        return [snapshot for _, _, snapshot in sorted(found, key=lambda row: row[:2])]

    def _known(self, close: date) -> list[Snapshot]:
        return [row for row in self.snapshots if self.listing_session(row) <= close]
