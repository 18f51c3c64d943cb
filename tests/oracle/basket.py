"""Reviews and interim changes: who is in and how much each name holds (R32, R38, D4)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from oracle.book import ShareBook, UnitBook
from oracle.capping import capped_weights, weight_factors
from oracle.case import exact
from oracle.refusal import Refusal

if TYPE_CHECKING:
    from datetime import date

    from oracle.case import Member
    from oracle.world import World

Books = dict[str, ShareBook | UnitBook]
GIVEN_TOLERANCE = Fraction(5, 1000)


@dataclass
class Change:
    """One effective session: the adjustment close before it and the value of the old basket then.

    On the base date the adjustment close is the base date itself and the value is the base level.
    """

    world: World
    session: date
    close: date
    value: Fraction
    closing_units: dict[str, Fraction]
    is_base: bool = False

    @property
    def weighting_session(self) -> date:
        """Capping and equal weights use the close `lag` sessions back, given weights the last one.

        On the base date weights and caps use the base close.
        """
        if self.is_base:
            return self.session
        if self.world.method.scheme == "given":
            return self.close
        return self.world.before(self.session, self.world.method.lag)

    def review(self, old: Books, rows: list[Member]) -> Books:
        """Renew shares, bands and factors of all names."""
        names = sorted(row.security for row in rows)
        method = self.world.method
        if method.holds_shares:
            return self._review_shares(old, names)
        if method.scheme == "price":
            return {name: self._unit_book(name, Fraction(1), self.close) for name in names}
        if method.scheme == "equal":
            weights = dict.fromkeys(names, Fraction(1, len(names)))
        else:
            weights = _given_weights(rows)
        day = self.weighting_session
        return {
            name: self._unit_book(name, weights[name] * self.value / self._price(name, day), day)
            for name in names
        }

    def _review_shares(self, old: Books, names: list[str]) -> Books:
        world, method = self.world, self.world.method
        books: Books = {}
        for name in names:
            if name in old:
                books[name] = old[name]
                books[name].review(self.close, self.session, world.events)
            else:
                books[name] = ShareBook.enter(
                    world.registers[name], method, self.close, self.session
                )
        factors = dict.fromkeys(names, Fraction(1))
        if method.capped:
            factors = self._factors(books)
        for name, book in books.items():
            book.factor = factors[name]
        return books

    def _factors(self, books: Books) -> dict[str, Fraction]:
        """Capping values = close and fx of the capping session × shares on its share basis (D4)."""
        method, day = self.world.method, self.weighting_session
        values = {name: self._price(name, day) * book.shares(day) for name, book in books.items()}
        weights = capped_weights(
            values,
            None if method.single_cap is None else exact(method.single_cap),
            None if method.top_five_cap is None else exact(method.top_five_cap),
            top_test=method.top_test,
            infeasible=method.infeasible,
        )
        self._count_caps(books, values, weights)
        return weight_factors(values, weights)

    def _count_caps(
        self, books: Books, values: dict[str, Fraction], weights: dict[str, Fraction]
    ) -> None:
        """Statistics only."""
        events, method, total = self.world.events, self.world.method, sum(values.values())
        events["caps that bind"] += any(w * total != values[n] for n, w in weights.items())
        if method.top_five_cap is not None:
            largest = sum(sorted(weights.values())[-5:])
            events["top-five caps that bind"] += largest == exact(method.top_five_cap)
        days = [day for name in books for day in self.world.effects[name]]
        inside = sum(self.weighting_session < day <= self.session for day in days)
        events["ex-dates inside the capping lag"] += inside

    def interim(self, old: Books, rows: list[Member], leaving: set[str]) -> Books:
        """Only joiners and leavers change; the others keep units and factor."""
        names = {row.security for row in rows}
        books = {name: book for name, book in old.items() if name in names}
        leavers = set(old) - names | leaving
        joiners = [row for row in rows if row.security not in old]
        for row in joiners:
            books[row.security] = self._joiner(row, leavers)
        replaced = [row.replaces for row in joiners if self._inherits and row.replaces]
        if len(set(replaced)) < len(replaced):
            raise Refusal("bad basket", f"{self.session}: two joiners replace one leaver")
        _rescale(books)
        return books

    @property
    def _inherits(self) -> bool:
        method = self.world.method
        return method.capped or method.scheme in {"equal", "given"}

    def _joiner(self, row: Member, leavers: set[str]) -> ShareBook | UnitBook:
        """R32: the joiner takes the leaver's closing weight; without a cap its factor is 1."""
        world, method, name = self.world, self.world.method, row.security
        if self._inherits and row.replaces not in leavers:
            raise Refusal("bad basket", f"{name} replaces {row.replaces}, no leaver")
        if method.scheme == "price":
            return self._unit_book(name, Fraction(1), self.close)
        if not method.holds_shares:
            units = self._inherited_value(row.replaces) / self._price(name, self.close)
            return self._unit_book(name, units, self.close)
        book = ShareBook.enter(world.registers[name], method, self.close, self.session)
        if method.capped:
            value = book.shares(self.close) * self._price(name, self.close)
            book.factor = self._inherited_value(row.replaces) / value
            world.events["weights inherited"] += 1
            world.events["factors above 1"] += book.factor > 1
        return book

    def _inherited_value(self, leaver: str) -> Fraction:
        """Units, price and fx of the adjustment close, before the events of the next morning."""
        world = self.world
        price = world.prices.close(leaver, self.close)
        if world.method.inherit == "deletion_price":
            price = world.closing_price(leaver, self.close)
        return self.closing_units[leaver] * price * world.fx(leaver, self.close)

    def _price(self, name: str, day: date) -> Fraction:
        return self.world.prices.close(name, day) * self.world.fx(name, day)

    def _unit_book(self, name: str, amount: Fraction, since: date) -> UnitBook:
        effects = self.world.effects[name]
        return UnitBook(
            amount=amount,
            scales=self.world.method.scheme != "price",
            factors={day: effect.factor for day, effect in effects.items()},
            since=since,
        )


def _given_weights(rows: list[Member]) -> dict[str, Fraction]:
    """Normalised to 1, refused when the sum is off by more than 0.5 % (D4)."""
    if any(row.weight is None for row in rows):
        raise Refusal("bad basket", "scheme given without weights")
    weights = {row.security: exact(row.weight) for row in rows}
    total = sum(weights.values())
    if abs(total - 1) > GIVEN_TOLERANCE:
        raise Refusal("bad basket", f"weights sum to {float(total)}")
    return {name: weight / total for name, weight in weights.items()}


def _rescale(books: Books) -> None:
    """A factor above 1 rescales all factors; the divisor follows by itself (R32, R38)."""
    factors = [book.factor for book in books.values() if isinstance(book, ShareBook)]
    largest = max(factors, default=Fraction(1))
    if largest > 1:
        for book in books.values():
            book.factor /= largest
