"""What one opening does to the books: who leaves, joins or is drawn, at which price (R10, R33)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.decisions import decisions_of
from paasche.review.interim.barred import wishes_by
from paasche.review.interim.event import Event
from paasche.review.interim.newcomers import market_values
from paasche.review.interim.refill import refill
from paasche.review.membership import Book, Move
from paasche.review.panels.first_known import decided_on
from paasche.review.proposal import group_of
from paasche.review.screening.fitness import unfit

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Set as AbstractSet
    from datetime import date

    from paasche.methodology import Methodology
    from paasche.review.interim.event import Cause
    from paasche.review.panels.known import View
    from paasche.review.proposal import Wishes
    from paasche.review.walk import Walk

__all__ = ["Opening"]

_AHEAD = ("sell_only", "risk_warning")
"""Causes that are announced ahead: what happens after the announcement does not count."""


class Opening:
    """The opening of a session on which membership changes.

    Parameters
    ----------
    walk : Walk
        Books, agenda and what was known.
    day : datetime.date
        The effective session.

    Attributes
    ----------
    moves : list of Move
        What the basket that opens takes part in.
    """

    def __init__(self, walk: Walk, day: date) -> None:
        self.walk, self.day = walk, day
        self.eve = walk.agenda.eve(day)
        self.rules: Methodology = walk.methodology.on(day)
        self.moves: list[Move] = []

    @property
    def view(self) -> View:
        """The market as it was known after the close before."""
        return self.walk.known.on(self.eve)

    @property
    def books(self) -> list[Book]:
        """The books that this opening concerns."""
        return self.walk.books(self.day)

    def leave(self, book: Book, event: Event, *, always: bool = False) -> None:
        """Take a constituent out and fill its place, where the methodology asks for that (R10)."""
        if event.security not in book.constituents:
            # The review of this day has left it out: the event is the reason all the same.
            book.moves[event.security] = self.move(event, "deleted")
            self.price(event)
            return
        group = self.delete(book, event)
        if always or self.rules.interim.fill == "reserve":
            self.fill(book, event, group)

    def delete(self, book: Book, event: Event) -> str:
        """Take a constituent out; return its group."""
        move = self.move(event, "deleted")
        if book is self.books[0]:
            self.moves.append(move)
            self.price(event)
        return book.delete(move)

    def join(
        self,
        book: Book,
        event: Event,
        group: str,
        replaced: str | None,
        change: str = "added",
    ) -> None:
        """Put a security in."""
        move = self.move(event, change, replaced)
        if book is self.books[0]:
            self.moves.append(move)
        book.add(move, group)

    def fill(self, book: Book, event: Event, group: str) -> None:
        """Draw from the reserve list (R10), and draw the list up anew where it runs short (R11)."""
        waiting = book.reserves.get(group)
        names = waiting.names if waiting is not None else ()
        day = min(self.eve, event.announced) if event.cause in _AHEAD else self.eve
        bad = unfit(self.walk.known.on(day), self.walk.methodology, day, self.day, names)
        # Who has ended by the session cannot enter on it, whenever the draw was announced.
        gone = self.walk.agenda.departing(self.day) | self.walk.ended
        barred = self.wishes(book, day).excluded
        taken = {*book.constituents, *self.walk.riding, *gone, *barred}
        drawn, how = book.draw(group, lambda name: name not in bad and name not in taken)
        if drawn is None:
            # The place stays open (R10); a list without names is drawn up anew all the same.
            self.refill(book, group)
            what = f"the place of {event.security} stays open: {how}"
            self.walk.trail.flag(self.eve, event.security, "R10", what)
            return
        reason = f"{how}; takes the place of {event.security} ({event.reason})"
        filler = Event(
            effective=self.day,
            announced=day,
            cause=event.cause,
            rule="R10",
            security=drawn,
            reason=reason,
        )
        self.join(book, filler, group, event.security)
        self.refill(book, group)

    def refill(self, book: Book, group: str) -> None:
        """Draw up a reserve list anew where too few of its names are left (R11)."""
        selection = self.rules.selection
        waiting = book.reserves.get(group)
        share = self.rules.review.numbers.refill_share
        if selection is None or waiting is None or not waiting.original:
            return
        if not waiting.needs_refill(share, inclusive=selection.refill == "inclusive"):
            return
        moves = book.moves.values()
        gone = [one.security for one in moves if one.effective == self.day]
        book.reserves[group] = refill(
            self.view,
            self.walk.methodology,
            (self.eve, self.day),
            book.constituents,
            gone,
            group,
            self.wishes(book),
        )
        if book is self.books[0]:
            self.walk.trail.reserve(self.eve, group, book.reserves[group].names)

    def note(self, event: Event, change: str) -> None:
        """Note a change of who is held beside the constituents."""
        self.moves.append(self.move(event, change))

    def net(self, held: AbstractSet[str]) -> list[Move]:
        """Return the moves that count: who joins and leaves at one opening was never in.

        Whoever takes the place of such a name takes that of the constituent before it (R32).
        """
        joined = {move.security: move for move in self.moves if move.change == "added"}
        left = {move.security for move in self.moves if move.change == "deleted"}
        passing = {name for name in left if name in joined and name not in held}

        def origin(name: str | None) -> str | None:
            while name in passing:
                name = joined[name].replaces
            return name

        return [
            replace(move, replaces=origin(move.replaces))
            for move in self.moves
            if move.security not in passing
        ]

    def event(self, name: str, cause: Cause, rule: str, reason: str) -> Event:
        """Return an event of this opening, decided after the close before."""
        return Event(
            effective=self.day,
            announced=self.eve,
            cause=cause,
            rule=rule,
            security=name,
            reason=reason,
        )

    def move(self, event: Event, change: str, replaced: str | None = None) -> Move:
        """Return what an event does, as the trail notes it."""
        return Move(
            announced=min(event.announced, self.eve),
            effective=self.day,
            security=event.security,
            change=change,
            cause=event.cause,
            rule=event.rule,
            reason=event.reason,
            replaces=replaced,
        )

    def price(self, event: Event) -> None:
        """Note the deletion price of a name suspended after a materially negative event (R33)."""
        if event.price is not None:
            return
        suspended = self.view.spells.on("suspended", self.eve)
        negative = suspended.get(event.security) == "material_negative_event"
        if negative and not self._trades(event.security):
            price = float(self.walk.methodology.rules_on(self.day).deletion_price)
            announced = min(event.announced, self.eve)
            self.walk.trail.price(event.security, self.day, price, announced)

    def _trades(self, name: str) -> bool:
        """Tell whether a name traded on the session before, whatever its status says."""
        ground = self.view.ground
        if name not in ground.securities:
            return False
        column = ground.securities.index(name)
        return bool(ground.traded[ground.position(self.eve), column])

    def unfit(self, names: Collection[str], constituents: Collection[str] = ()) -> dict[str, str]:
        """Return who of some securities may not enter, or stay, with the reason."""
        methodology = self.walk.methodology
        return unfit(self.view, methodology, self.eve, self.day, names, constituents)

    def values(self) -> dict[str, float]:
        """Return the total market value of each security at the close before."""
        ground = self.view.ground
        values = market_values(ground, self.eve)
        known = np.flatnonzero(~np.isnan(values)).tolist()
        return {ground.securities[at]: float(values[at]) for at in known}

    def wishes(self, book: Book, day: date | None = None) -> Wishes:
        """Return what the committee had decided on who may enter a book, by the close before."""
        known = day or self.eve
        return wishes_by(self.walk.known.on(known).market, self.rules.index.code, book, known)

    def group(self, name: str) -> str | None:
        """Return the group that a security is of; None where it fits none."""
        return group_of(self.view, self.rules, self.eve, name)

    def ends_with(self, book: Book, name: str) -> bool:
        """Tell whether a constituent in force, which the review of this day leaves out, is gone."""
        ends = book is not self.walk.book and self.books == [book]
        return ends and name in self.walk.book.constituents

    def first_waiting(self, book: Book, group: str, but: Collection[str] = ()) -> str | None:
        """Return the first name of a reserve list that may enter, some left aside."""
        waiting = book.reserves.get(group)
        if waiting is None:
            return None
        bad = self.unfit(waiting.names)
        taken = {*book.constituents, *self.wishes(book).excluded, *but}
        fit = (name for name in waiting.names if name not in bad and name not in taken)
        return next(fit, None)

    def decided(
        self, word: str, *, since: date | None = None, until: date | None = None
    ) -> dict[str, str]:
        """Return whom decisions of one word concern, since the last review, with who and why."""
        market = self.walk.known.on(until or self.eve).market
        rows = decisions_of(market, self.rules.index.code).filter(pl.col("decision") == word)
        rows = rows.with_columns(counts=decided_on(market, rows)).filter(
            pl.col("counts") >= (since or self.walk.last_announcement),
            pl.col("counts") <= (until or self.eve),
        )
        return {
            security: f"{who}: {why}"
            for security, who, why in rows.sort("date", "security")
            .select("security", "who", "why")
            .iter_rows()
        }
