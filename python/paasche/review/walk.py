"""The walk over the days of an index: every review and interim change in its order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from paasche.market.decisions import decisions_of
from paasche.review.agenda import Agenda
from paasche.review.interim.changes import Changes
from paasche.review.membership import Book, Move
from paasche.review.panels.first_known import decided_on
from paasche.review.panels.known import Known
from paasche.review.proposal import Wishes, propose
from paasche.review.trail import Trail

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import date

    from paasche.market import Market
    from paasche.methodology import Methodology
    from paasche.review.dates.schedule import ReviewDates
    from paasche.review.interim.event import Cause
    from paasche.review.proposal import Proposal

__all__ = ["Walk"]

_WISH_WORDS = {"admitted": "admit", "excluded": "exclude", "first_out": "delete_first"}
"""Wishes for a review, and the words of the decisions that state them."""


class Walk:
    """Decides the membership of an index, day by day.

    Parameters
    ----------
    market : Market
    methodology : Methodology
    end : datetime.date
        Last day: what is effective by then is applied, what is announced by then is decided.
    coming : ReviewDates, optional
        A review that takes effect after the end, to be proposed with what is known by the end.

    Attributes
    ----------
    book : Book
        Constituents and reserve lists in force.
    coming : Book or None
        Those of a review that is decided and not effective yet.
    riding : dict of str to str
        Children of spin-offs that are held beside their parents (R26).
    proposals : list of Proposal
        The reviews so far, the base basket first.
    last_announcement : datetime.date
        Announcement of the last review: decisions from then on are about what follows.
    last_monthly : datetime.date
        Effective session of the last monthly change.
    ended : set of str
        Securities that are gone by a delisting, merger or bankruptcy.
    merged : dict of str to datetime.date
        Companies that entered fast, merged of two others, with the day of the merger (R25).
    trail : Trail
        What happened and why.
    """

    def __init__(
        self,
        market: Market,
        methodology: Methodology,
        end: date,
        coming: ReviewDates | None = None,
    ) -> None:
        self.methodology, self.end = methodology, end
        self.known = Known(market, methodology, end)
        self.market = market
        self.agenda = Agenda(market, methodology, self.known.on(end), end, coming)
        self.trail = Trail(methodology.index.code)
        self.book = Book.of({}, {})
        self.coming: Book | None = None
        self.coming_dates: ReviewDates | None = None
        self.riding: dict[str, str] = {}
        self.since: dict[str, date] = {}
        self.proposals: list[Proposal] = []
        self._announced: dict[date, list[ReviewDates]] = defaultdict(list)
        for dates in self.agenda.reviews:
            self._announced[min(dates.announcement, end)].append(dates)
        self.last_announcement = self.last_monthly = self.agenda.start
        self.ended: set[str] = set()
        self.merged: dict[str, date] = {}

    def run(self) -> None:
        """Walk from the base date to the end."""
        base = self.agenda.base
        self._propose(base)
        self._take_effect(base.effective, "base", set())
        for day in self.agenda.days():
            self._open(day)
            for dates in self._announced.get(day, ()):
                self._propose(dates)

    def books(self, day: date) -> list[Book]:
        """Return the books that something effective on a day concerns.

        The one in force, unless a review ends it that day, and the one of a review on its way.
        """
        if self.coming is None or self.coming_dates is None:
            return [self.book]
        if self.coming_dates.effective == day:
            return [self.coming]
        return [self.book, self.coming]

    def _open(self, day: date) -> None:
        """Apply what is effective on a day: interim changes, then a review."""
        changing = Changes(self, day)
        beside, held = set(self.riding), {*self.book.constituents, *self.riding}
        for item in self.agenda.take(day):
            changing.apply(item)
        if self.coming_dates is not None and self.coming_dates.effective == day:
            changing.check_review()
            self._take_effect(day, "review", beside)
            for move in changing.moves:
                # Children beside their parents are in no basket that a review compares.
                if move.security in beside and move.change == "deleted":
                    self.trail.move(move)
        elif moves := changing.net(held):
            for move in moves:
                self.trail.move(move)
                self._note_since(move)
            replaces = {one.security: one.replaces for one in moves if one.change != "deleted"}
            self.trail.basket(day, "interim", self._held(beside), replaces)

    def _held(self, beside: AbstractSet[str]) -> set[str]:
        """Return who a basket names: constituents, and children held beside their parents before.

        A child that is spun off on the day itself is held by its ex-date, not by the basket.
        """
        return {*self.book.constituents, *(self.riding.keys() & beside)}

    def _propose(self, dates: ReviewDates) -> None:
        """Decide a review after the close of its announcement."""
        day = min(dates.announcement, self.end)
        wishes = self._wishes(day)
        proposal = propose(
            self.known.on(day),
            self.methodology,
            dates,
            sorted(self.book.constituents),
            wishes,
            self.since,
            merged=[name for name, merger in self.merged.items() if merger > dates.last],
        )
        self.proposals.append(proposal)
        for group, short in proposal.short.items():
            what = f"{short} place{'s' * (short > 1)}{f' of {group}' * bool(group)} stay open: "
            self.trail.flag(dates.cutoff, None, "R8", f"{what}too few securities are eligible")
        self.coming = Book.of(proposal.constituents, proposal.reserves, day, wishes)
        self.coming_dates = dates
        self.last_announcement = day
        for group, names in proposal.reserves.items():
            self.trail.reserve(day, group, names)
        for security, rule, what in proposal.flags.select("security", "rule", "what").iter_rows():
            self.trail.flag(dates.cutoff, security, rule, what)

    def _wishes(self, day: date) -> Wishes:
        """Return the decisions since the last review was announced (R5)."""
        market = self.known.on(day).market
        rows = decisions_of(market, self.methodology.index.code)
        rows = rows.with_columns(counts=decided_on(market, rows)).filter(
            pl.col("security").is_not_null(),
            pl.col("counts") <= day,
            (pl.col("counts") > self.last_announcement) | pl.lit(value=not self.proposals),
        )
        return Wishes(
            **{
                wish: tuple(rows.filter(decision=word)["security"].unique().sort())
                for wish, word in _WISH_WORDS.items()
            }
        )

    def _take_effect(self, day: date, cause: Cause, beside: AbstractSet[str]) -> None:
        """Put the basket of a review in force, and note what it changes."""
        coming, dates = self.coming, self.coming_dates
        if coming is None or dates is None:
            return
        old, after = set(self.book.constituents), set(coming.constituents)
        reasons = {
            security: (rule, reason)
            for security, rule, reason in self.proposals[-1]
            .table.select("security", "rule", "reason")
            .iter_rows()
        }
        for change, names in (("deleted", old - after), ("added", after - old)):
            for name in sorted(names):
                rule, reason = reasons.get(name, (None, ""))
                own = Move(
                    announced=min(dates.announcement, self.end),
                    effective=day,
                    security=name,
                    change=change,
                    cause=cause,
                    rule=rule,
                    reason=reason,
                )
                met = coming.moves.get(name)
                if met is not None and (met.change == "deleted") == (change == "deleted"):
                    # It was decided on the way, and takes effect with the basket.
                    own = replace(met, effective=day)
                self.trail.move(own)
                self._note_since(own)
        for child in after & set(self.riding):
            del self.riding[child]
        self.book, self.coming, self.coming_dates = coming, None, None
        self.book.moves.clear()
        self.trail.basket(day, "review", self._held(beside), {})

    def _note_since(self, move: Move) -> None:
        if move.change == "deleted":
            self.since.pop(move.security, None)
        else:
            self.since.setdefault(move.security, move.effective)
