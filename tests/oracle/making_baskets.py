"""Baskets of a drawn case: the base, reviews, interim changes, delistings, in order of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from oracle.case import Action, Member
from oracle.making_ground import BEFORE

if TYPE_CHECKING:
    from datetime import date
    from random import Random

    from oracle.making_ground import Ground
    from oracle.recipe import Recipe


@dataclass
class Baskets:
    """Rows of `constituents`, delisting rows, and the days on which something changes."""

    base_date: date
    rows: list[Member] = field(default_factory=list)
    delistings: list[Action] = field(default_factory=list)
    review_sizes: list[int] = field(default_factory=list)
    effective: list[date] = field(default_factory=list)
    left: list[tuple[date, str]] = field(default_factory=list)
    first: dict[str, date] = field(default_factory=dict)


class _Maker:
    def __init__(self, recipe: Recipe, ground: Ground) -> None:
        self.recipe = recipe
        self.ground = ground
        self.random: Random = recipe.random("baskets")
        self.pool = [row.security for row in ground.securities]
        self.gone: set[str] = set()
        self.inherits = recipe.caps != "none" or recipe.scheme in {"equal", "given"}
        self.smallest = 7 if recipe.caps in {"both", "lifted", "top"} else 3

    def make(self) -> Baskets:
        recipe, random = self.recipe, self.random
        size = max(min(self.smallest + 1, len(self.pool)), len(self.pool) - random.randrange(1, 5))
        self.members = random.sample(self.pool, min(size, len(self.pool)))
        start = BEFORE if random.random() < 0.9 else BEFORE + random.randrange(4)
        base = self._roll(self.ground.weekdays[start])
        self.baskets = Baskets(base)
        effective = base
        if recipe.has("early basket"):
            effective = self._early()
        self._add(effective, "review", {})
        self.baskets.review_sizes.append(len(self.members))
        kinds = ["review"] * recipe.reviews + ["interim"] * recipe.interims
        if recipe.has("delisting"):
            kinds += ["delisting"] * random.choice((1, 1, 2))
        days = range(BEFORE + 5, BEFORE + recipe.length)
        planned = sorted(zip(random.sample(days, min(len(kinds), len(days))), kinds, strict=False))
        last = base
        for number, kind in planned:
            # Now and then the session right after the change before.
            soon = self.baskets.effective and random.random() < 0.2
            day = self._after(last) if soon else self.ground.weekdays[number]
            last = self._change(kind, day, last) or last
        return self.baskets

    def _early(self) -> date:
        """The base basket is effective before the base date; one before it must not count."""
        days = self.ground.weekdays[self.random.randrange(3, BEFORE - 5) : BEFORE]
        effective = next(
            (day for day in days if self.ground.is_session("intersection", self.pool, day)),
            self.baskets.base_date,
        )
        others = sorted(self.pool)[: len(self.members)]
        if self._exchanges(others) == self._exchanges(self.members):
            self.baskets.rows += [Member(self.ground.weekdays[0], name) for name in others]
        return effective

    def _exchanges(self, names: list[str]) -> set[str]:
        return {self.ground.by_name[name].exchange for name in names}

    def _first_session_is(self, day: date) -> bool:
        """Whether no index session lies between the base date and `day`."""
        calendar, days = self.recipe.calendar, self.ground.weekdays
        return not any(
            self.baskets.base_date < d < day and self.ground.is_session(calendar, self.members, d)
            for d in days
        )

    def _roll(self, day: date) -> date:
        """Return the first index session on or after `day` with today's members."""
        calendar = self.recipe.calendar
        days = self.ground.weekdays
        return next(
            (d for d in days if d >= day and self.ground.is_session(calendar, self.members, d)),
            days[-1],
        )

    def _after(self, day: date) -> date:
        return next(d for d in self.ground.weekdays if d > day)

    def _change(self, kind: str, day: date, last: date) -> date | None:
        if kind == "delisting":
            return self._delist(day, last)
        old = list(self.members)
        replaces = self._review(old) if kind == "review" else self._interim(old)
        effective = self._roll(max(day, self._after(last)))
        if effective >= self.ground.end:
            self.members = old
            return None
        self._add(effective, kind, replaces)
        self.baskets.left += [(effective, name) for name in old if name not in self.members]
        if kind == "review":
            self.baskets.review_sizes.append(len(self.members))
        self._delist_leaver(effective, old)
        return effective

    def _review(self, old: list[str]) -> dict[str, str]:
        random = self.random
        outside = [name for name in self.pool if name not in old and name not in self.gone]
        drop = random.randrange(min(4, len(old) - 2))
        stay = random.sample(old, len(old) - drop)
        join = random.sample(outside, min(len(outside), random.randrange(4)))
        missing = max(0, self.smallest - len(stay) - len(join))
        rest = [name for name in old + outside if name not in stay and name not in join]
        self.members = stay + join + rest[:missing]
        return {}

    def _interim(self, old: list[str]) -> dict[str, str]:
        random = self.random
        outside = [name for name in self.pool if name not in old and name not in self.gone]
        joiners = random.sample(outside, min(len(outside), random.choice((0, 1, 1, 1, 2))))
        most = max(0, len(old) - 3 + len(joiners))
        leavers = random.sample(old, min(len(old) - 1, most, random.choice((0, 1, 1, 1, 2))))
        if self.inherits:
            joiners = joiners[: len(leavers)]
        self.members = [name for name in old if name not in leavers] + joiners
        pairs = dict(zip(joiners, leavers, strict=False))
        if not self.inherits and random.random() < 0.5:
            pairs = {}
        return pairs

    def _delist(self, day: date, last: date) -> date | None:
        """A name leaves without a row in `constituents`."""
        random, ground = self.random, self.ground
        candidates = [name for name in self.members if ground.moved(name, day) > self._after(last)]
        if len(self.members) < 4 or not candidates:
            return None
        name = random.choice(candidates)
        session = ground.moved(name, day)
        if session > ground.end or self._first_session_is(session):
            return None
        self._leave(name, day)
        self.members = [member for member in self.members if member != name]
        return session

    def _delist_leaver(self, effective: date, old: list[str]) -> None:
        """A leaver of a basket is delisted on the same session, now and then."""
        leavers = [name for name in old if name not in self.members]
        first = self._first_session_is(effective)
        if not self.recipe.has("delisting") or not leavers or first:
            return
        name = self.random.choice(leavers)
        if self.random.random() < 0.5 and self.ground.moved(name, effective) == effective:
            self._leave(name, effective)

    def _leave(self, name: str, day: date) -> None:
        price = None
        if self.recipe.has("deletion price") and self.random.random() < 0.7:
            price = Decimal(self.random.choice(("0.00001", "0.00001", "0.5", "1.23")))
        self.gone.add(name)
        random, cash = self.recipe.random(f"end {name}"), None
        kind = random.choice(("delisting", "delisting", "bankruptcy", "merger"))
        if kind == "merger":
            # Paid in cash: shares of a constituent would count at a later session (R25).
            price, cash = None, Decimal("0.5")
        self.baskets.delistings.append(Action(name, day, kind, cash=cash, price=price))
        self.baskets.left.append((self.ground.moved(name, day), name))

    def _add(self, effective: date, kind: str, replaces: dict[str, str]) -> None:
        weights = self._weights() if self.recipe.scheme == "given" and kind == "review" else {}
        for name in self.members:
            self.baskets.rows.append(
                Member(effective, name, kind, weights.get(name), replaces.get(name))
            )
            self.baskets.first.setdefault(name, effective)
        self.baskets.effective.append(effective)

    def _weights(self) -> dict[str, Decimal]:
        """Four decimals, the sum off 1 by at most half a percent."""
        parts = [self.random.randrange(5, 40) for _ in self.members]
        total = sum(parts)
        off = self.random.choice((0, 0, 40, -40, 50, -50))
        shares = [part * (10_000 + off) // total for part in parts]
        shares[0] += 10_000 + off - sum(shares)
        return {
            name: Decimal(share).scaleb(-4)
            for name, share in zip(self.members, shares, strict=True)
        }


def make_baskets(recipe: Recipe, ground: Ground) -> Baskets:
    return _Maker(recipe, ground).make()
