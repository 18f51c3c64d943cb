"""The interim changes of one opening, each applied to the books it concerns (R10, R22 to R34)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paasche.errors import InputError
from paasche.review.agenda import Item
from paasche.review.interim.exits import exits
from paasche.review.interim.fast_entry import entry_session, sessions_to_review
from paasche.review.interim.mergers import merge
from paasche.review.interim.newcomers import market_values, size_rank
from paasche.review.interim.notices import Notices
from paasche.review.interim.removals import removals
from paasche.review.interim.spin_offs import Company, split_up
from paasche.review.membership import Move
from paasche.review.proposal import group_of
from paasche.review.screening.measures import measure

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from paasche.review.dates.schedule import MonthlyChange
    from paasche.review.interim.event import Event
    from paasche.review.membership import Book

__all__ = ["Changes"]


_NO_PLACE: tuple[str | None, str | None] = (None, None)
_DECIDED = ("remove", "add", "withdraw")
"""Decisions on membership between reviews."""


class Changes(Notices):
    """The interim changes of one opening."""

    def apply(self, item: Item) -> None:
        """Apply one item of the agenda."""
        getattr(self, f"_{item.kind}")(item.what)

    def check_review(self) -> None:
        """Look at a review that takes effect: additions and deletions that are suspended.

        Additions are flagged and kept, unless the committee has withdrawn them (R17); deletions
        may have a deletion price (R14, R33).
        """
        coming, dates = self.walk.coming, self.walk.coming_dates
        if coming is None or dates is None:
            return
        added = sorted(set(coming.constituents) - set(self.walk.book.constituents))
        for name in sorted(set(self.walk.book.constituents) - set(coming.constituents)):
            self.price(self.event(name, "review", "R14", "leaves with the review"))
        ground = self.view.ground
        at = ground.position(self.eve)
        columns = {name: column for column, name in enumerate(ground.securities)}
        for name in added:
            column = columns.get(name)
            if column is None or not ground.is_open[at, column] or ground.traded[at, column]:
                continue
            what = "suspended before it is added: kept, at its last close"
            self.walk.trail.flag(self.eve, name, "R17", what)

    # What the agenda brings up

    def _departure(self, event: Event) -> None:
        """Apply a delisting, bankruptcy or merger (R23 to R25, R28, R29)."""
        if self.walk.riding.pop(event.security, None) is not None:
            self.note(event, "deleted")
        self.walk.ended.add(event.security)
        if event.cause == "merger" and event.related is not None:
            self._merger(event)
            return
        for book in self.books:
            if event.security in book.constituents or self._ends_with(book, event.security):
                # Bankruptcy is filled whatever the methodology says (R29).
                self.leave(book, event, always=event.cause == "bankruptcy")

    def _merger(self, event: Event) -> None:
        target, acquirer = event.security, str(event.related)
        books = self.books
        both = [one for one in books if {target, acquirer} <= set(one.constituents)]
        if both and event.effective == self.day:
            later = self._conversion(event)
            if later > self.day:
                self.walk.agenda.add(later, Item("departure", replace(event, effective=later)))
                return
        for book in books:
            self._merge(book, event, target, acquirer)

    def _merge(self, book: Book, event: Event, target: str, acquirer: str) -> None:
        inside = target in book.constituents, acquirer in book.constituents
        outcome = merge(
            target_is_constituent=inside[0],
            acquirer_is_constituent=inside[1],
            eligible=self._may_follow(book, target, acquirer),
            outranks_reserve=any(inside) and self._outranks(book, event),
            enters_fast=not any(inside) and self._enters_fast(event, acquirer),
        )
        if outcome.acquirer == "fast_entry" and book is self.books[0]:
            entry = self.rules.interim.fast_entry
            if entry is not None:
                enters = entry_session(self.walk.agenda.sessions, self.day, entry.after_sessions)
                self.walk.agenda.add(enters, Item("fast_entry", (self.day, acquirer)))
            return
        if not any(inside):
            return
        ruled = replace(event, rule=outcome.rule)
        if outcome.acquirer == "replaces":
            group = self.delete(book, ruled)
            reason = f"absorbs {target} and ranks above the reserve list"
            self.join(book, self.event(acquirer, "merger", "R24", reason), group, target)
            return
        if inside[0]:
            self.leave(book, ruled)
        if outcome.acquirer == "leaves":
            reason = f"not eligible after it absorbs {target}"
            self.leave(book, self.event(acquirer, "merger", "R23", reason))

    def _may_follow(self, book: Book, target: str, acquirer: str) -> bool:
        """Tell whether an acquirer passes the screens, and belongs to the group of the target."""
        if acquirer in self.unfit([acquirer], book.constituents):
            return False
        if acquirer in book.constituents or target not in book.constituents:
            return True
        return group_of(self.view, self.rules, self.eve, acquirer) == book.constituents[target]

    def _spin_off(self, event: Event) -> None:
        """Hold a constituent's child beside it (R26)."""
        child = str(event.related)
        if event.security in self.books[0].constituents and child not in self.walk.riding:
            self.walk.riding[child] = event.security
            move = Move(
                announced=self.eve,
                effective=self.day,
                security=child,
                change="added",
                cause="spin_off",
                rule="R26",
                reason=f"spun off {event.security}: held beside it until its first close",
            )
            # The calculation holds it from the ex-date on; no basket is needed for it.
            self.walk.trail.move(move)

    def _settle(self, what: tuple[str, date]) -> None:
        """Settle a spin-off whose children have closed for the first time: who stays (R26)."""
        parent, _ = what
        children = sorted(name for name, of in self.walk.riding.items() if of == parent)
        if not children:
            return
        for name in children:
            del self.walk.riding[name]
        stays = [
            self._split(book, parent, children) if parent in book.constituents else ()
            for book in self.books
        ]
        for name in children:
            if name not in stays[0]:
                event = self.event(name, "spin_off", "R26", f"spun off {parent}: does not qualify")
                self.note(event, "deleted")

    def _split(self, book: Book, parent: str, children: list[str]) -> tuple[str, ...]:
        values = self.values()
        names = [parent, *children]
        bad = self.unfit(names, book.constituents)
        children = [name for name in children if name not in book.constituents]
        group = book.constituents[parent]
        others = [
            values.get(name, np.nan)
            for name, of in book.constituents.items()
            if of == group and name != parent
        ]
        waiting = self.first_waiting(book, group)
        outcome = split_up(
            [Company(name, name not in bad, values.get(name, 0.0)) for name in names],
            float(np.nanmin(others)) if others else 0.0,
            None if waiting is None else values.get(waiting, 0.0),
        )
        stays = tuple(name for name in outcome.constituents if name != parent)
        count = len(book.constituents)
        leaves = parent not in outcome.constituents
        if leaves:
            reason = f"replaced after spinning off {', '.join(children)}"
            self.delete(book, self.event(parent, "spin_off", "R26", reason))
        for place, name in enumerate(stays):
            event = self.event(name, "spin_off", "R26", f"spun off {parent}: qualifies")
            self.join(book, event, group, parent if leaves and place == 0 else None, "kept")
        if leaves and not stays:
            event = self.event(parent, "spin_off", "R26", f"{parent} was split up")
            self.fill(book, event, group)
        if self.rules.interim.spin_off_drops_lowest:
            self._drop_lowest(book, len(book.constituents) - count, keep=names, values=values)
        return stays

    def _drop_lowest(
        self, book: Book, extra: int, keep: Collection[str], values: dict[str, float]
    ) -> None:
        """Take out the smallest constituents beyond the count (R26)."""
        ranked = sorted(
            (name for name in book.constituents if name not in keep),
            key=lambda name: (values.get(name, 0.0), name),
        )
        for name in ranked[: max(extra, 0)]:
            event = self.event(name, "spin_off", "R26", "smallest constituent beyond the count")
            self.delete(book, event)

    def _monthly(self, change: MonthlyChange) -> None:
        """Take out risk warnings and sell-only names on the monthly date (R30, R31)."""
        announced = change.announced
        kept = self.decided("keep", since=self.walk.last_monthly, until=announced)
        self.walk.last_monthly = change.effective
        view = self.walk.known.on(change.cutoff)
        for book in self.books:
            inside = sorted(book.constituents)
            for event in removals(view, self.walk.methodology, change, inside):
                if event.security in kept:
                    what = f"{event.reason}: kept by a decision ({kept[event.security]})"
                    self.walk.trail.flag(announced, event.security, event.rule, what)
                else:
                    self.leave(book, event)

    def _fast_entry(self, what: tuple[date, str]) -> None:
        """Let a large newcomer enter after its first sessions (R22)."""
        listed, name = what
        entry = self.rules.interim.fast_entry
        book = self.walk.book
        if entry is None or name in book.constituents or name in self.walk.riding:
            return
        exchanges = entry.exchanges or self.rules.universe.exchanges or ()
        ranked = self._size_rank(listed, name, exchanges)
        if ranked is None or ranked > entry.rank or name in self.unfit([name]):
            return
        if not self._far_from_review(listed):
            what_now = f"rank {ranked} by size, but the review is too near: it waits for that"
            self.walk.trail.flag(self.eve, name, "R22", what_now)
            return
        reason = f"rank {ranked} by total market value on {listed}, its first day"
        event = self.event(name, "fast_entry", "R22", reason)
        group = group_of(self.view, self.rules, self.eve, name)
        if group is None:
            return
        for one in self.books:
            if name not in one.constituents:
                smallest = self._smallest(one, group)
                if smallest is None:
                    continue
                gone = f"smallest constituent by average market value: {name} enters fast"
                self.delete(one, self.event(smallest, "fast_entry", "R22", gone))
                self.join(one, event, group, smallest)

    def _decision(self, rows: list[dict[str, Any]]) -> None:
        """Apply additions and removals that the committee decides (R17, R34)."""
        names = {word: [row for row in rows if row["decision"] == word] for word in _DECIDED}
        free: list[tuple[str, str]] = []
        for row in names["remove"]:
            event = self.event(row["security"], "decision", "R34", f"{row['who']}: {row['why']}")
            paired = len(free) < len(names["add"])
            for book in self.books:
                if row["security"] not in book.constituents:
                    continue
                if not paired:
                    self.leave(book, event)
                    continue
                group = self.delete(book, event)
                if book is self.books[0]:
                    free.append((row["security"], group))
        for place, row in enumerate(names["add"]):
            self._add(row, *(free[place] if place < len(free) else _NO_PLACE))
        for row in names["withdraw"]:
            self._withdraw(row)

    def _add(self, row: dict[str, Any], replaced: str | None, of: str | None) -> None:
        """Add a security, in the place of one that a decision of the day removes."""
        name = row["security"]
        event = self.event(name, "decision", "R34", f"{row['who']}: {row['why']}")
        group = of or group_of(self.view, self.rules, self.eve, name)
        if group is None or name in self.books[0].constituents:
            raise InputError(
                f"decisions add of {name} on {row['date']}: must be a security of the universe "
                "that is not a constituent"
            )
        if replaced is None and self.rules.weighting.capped and self.books[0] is self.walk.book:
            raise InputError(
                f"decisions add of {name} on {row['date']}: must come with a remove on the same "
                "date, whose closing weight it takes over: the index is capped (R32)"
            )
        for book in self.books:
            if name not in book.constituents:
                self.join(book, event, group, replaced)

    def _withdraw(self, row: dict[str, Any]) -> None:
        """Take back an addition of the review on its way (R17)."""
        name, coming = row["security"], self.walk.coming
        newcomer = name not in self.walk.book.constituents
        if coming is not None and newcomer and name in coming.constituents:
            reason = f"{row['who']}: {row['why']}"
            self.leave(coming, self.event(name, "decision", "R17", reason))

    # What the rules ask of sizes and dates

    def _ends_with(self, book: Book, name: str) -> bool:
        """Tell whether a constituent in force, which the review of this day leaves out, is gone."""
        ends = book is not self.walk.book and self.books == [book]
        return ends and name in self.walk.book.constituents

    def _outranks(self, book: Book, event: Event) -> bool:
        """Tell whether the new entity of a merger is larger than the top of the reserve list."""
        group = book.constituents.get(event.security)
        waiting = None if group is None else self.first_waiting(book, group)
        if waiting is None:
            return True
        values = self.values()
        entity = values.get(str(event.related), 0.0) + self._swapped(event)
        return entity > values.get(waiting, 0.0)

    def _swapped(self, event: Event) -> float:
        """Return the value of the shares that a merger issues, at the acquirer's close."""
        ground = self.view.ground
        if event.security not in ground.securities or event.related not in ground.securities:
            return 0.0
        at = ground.position(self.eve)
        target = ground.securities.index(event.security)
        acquirer = ground.securities.index(str(event.related))
        issued = ground.shares[at, target] * event.ratio
        value = issued * ground.close[at, acquirer] * ground.rate[at, acquirer]
        return 0.0 if np.isnan(value) else float(value)

    def _enters_fast(self, event: Event, acquirer: str) -> bool:
        """Tell whether a company merged of two others is large enough for fast entry (R25)."""
        entry = self.rules.interim.fast_entry
        if entry is None or acquirer not in self.view.ground.securities:
            return False
        exchanges = entry.exchanges or self.rules.universe.exchanges or ()
        swapped = self._swapped(event)
        ranked = self._size_rank(self.eve, acquirer, exchanges, more=swapped)
        largest = self.rules.review.numbers.merger_rank
        return ranked is not None and ranked <= largest and self._far_from_review(self.day)

    def _far_from_review(self, listed: date) -> bool:
        agenda = self.walk.agenda
        effective = agenda.next_review(listed).effective
        least = self.rules.review.numbers.fast_entry_sessions
        return (
            sessions_to_review(agenda.sessions, listed, effective) >= least and self.day < effective
        )

    def _size_rank(
        self, day: date, name: str, exchanges: Collection[str], more: float = 0.0
    ) -> int | None:
        """Return the rank by total market value at a close, among the securities of exchanges."""
        ground = self.view.ground
        if name not in ground.securities:
            return None
        column = ground.securities.index(name)
        values = market_values(ground, day)
        values[column] += more
        if np.isnan(values[column]):
            return None
        return size_rank(values, column, self.view.listed_on(exchanges))

    def _smallest(self, book: Book, group: str) -> str | None:
        """Return the constituent of a group with the smallest average market value (R22)."""
        ground = self.view.ground
        first = np.datetime64(self.eve, "M") - self.rules.review.window_months
        values = measure(
            "average_market_value",
            ground,
            self.rules,
            first.astype("datetime64[D]").item(),
            self.eve,
        )
        # A name without data yet entered fast itself.
        values = np.where(np.isnan(values), np.inf, values)
        by_name = dict(zip(ground.securities, values.tolist(), strict=True))
        own = [name for name, of in book.constituents.items() if of == group]
        return min(own, key=lambda name: (by_name.get(name, 0.0), name), default=None)

    def _conversion(self, event: Event) -> date:
        """Return the session on which target and acquirer become one (R25)."""
        agenda = self.walk.agenda
        rows = pl.DataFrame({"security": [event.security]})
        spans = pl.DataFrame(
            {
                "security": [event.security, str(event.related)],
                "start": [agenda.start, agenda.start],
                "end": pl.Series([None, None], dtype=pl.Date),
            }
        )
        renewals = [one.effective for one in agenda.reviews]
        rules = self.walk.methodology.rules_on(self.day)
        uses_shares = self.rules.weighting.uses_shares
        counted = rules if uses_shares else None
        found = exits(self.view.market, rows, spans, counted, renewals, known=self.day)
        session: date = found["session"][0]
        return session
