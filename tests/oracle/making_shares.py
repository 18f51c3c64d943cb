"""Share snapshots of a drawn case: near 5 %, late, on another basis, several with one L."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from oracle.case import Snapshot
from oracle.making_events import around
from oracle.making_ground import BEFORE

if TYPE_CHECKING:
    from random import Random

    from oracle.effects import Effect
    from oracle.making_ground import Ground
    from oracle.recipe import Recipe

CHANGES = (
    "exactly 5 %",
    "exactly 5 %",
    "exactly -5 %",
    "one share less",
    "one share more",
    "small",
    "small",
    "big",
    "back",
    "none",
)
FLOATS = ("1", "0.85", "0.8", "0.62", "0.5", "0.43", "0.3", "0.21", "0.2", "0.15", "0.112", "0.07")


def make_shares(
    recipe: Recipe,
    ground: Ground,
    effects: dict[str, dict[date, Effect]],
    anchors: list[date],
    worth: dict[str, float],
) -> list[Snapshot]:
    rows: list[Snapshot] = []
    for security in ground.securities:
        name = security.security
        maker = _Register(recipe, ground, name, effects[name])
        rows += maker.make(anchors, worth[name])
    return rows


class _Register:
    """The snapshots of one name. `count` is its true share count with all events undone."""

    def __init__(
        self, recipe: Recipe, ground: Ground, name: str, effects: dict[date, Effect]
    ) -> None:
        self.recipe = recipe
        self.ground = ground
        self.name = name
        self.effects = effects
        self.random: Random = recipe.random(f"shares {name}")

    def make(self, anchors: list[date], worth: float) -> list[Snapshot]:
        random, days = self.random, self.ground.weekdays
        spread = 3 if self.recipe.caps in {"both", "top"} else 12
        value = 2e9 * spread ** random.random()
        count = Fraction(max(1, round(value / worth / 1e7)) * 10**7)
        first = random.choice((days[0] - timedelta(days=200), days[2], days[5]))
        rows = [self._snapshot(first, count, must_have_free_float=True)]
        if not self.recipe.has("snapshots"):
            return rows
        base = before = count
        for _ in range(random.choice((0, 1, 2, 3, 5))):
            day = days[random.randrange(6, BEFORE + self.recipe.length)]
            if random.random() < 0.7:
                near = [ex for ex in self.effects if ex in days[8:]]
                near = near if near and random.random() < 0.4 else anchors
                day = around(near, self.ground, random)
            if len(rows) > 1 and random.random() < 0.4:
                day = rows[-1].effective + timedelta(days=random.choice((-2, -1, 1, 1, 2, 3)))
            elif random.random() < 0.25:
                day += timedelta(days=random.choice((1, 2)))  # often a day without a session
            if any(row.effective == day for row in rows):
                continue
            change = random.choice(CHANGES)
            count, before = self._changed(change, base, count, before), count
            if abs(count - base) * 20 >= base:
                base = count
            announced = self._announced(day)
            if len(rows) > 1 and rows[-1].announced is not None and random.random() < 0.4:
                announced = rows[-1].announced
            rows.append(self._snapshot(day, count, announced=announced))
        return rows

    def _changed(self, change: str, base: Fraction, count: Fraction, before: Fraction) -> Fraction:
        sign = self.random.choice((1, 1, -1))
        return {
            "exactly 5 %": base * 21 / 20,
            "exactly -5 %": base * 19 / 20,
            "one share less": base * (20 + sign) / 20 - sign,
            "one share more": base * (20 + sign) / 20 + sign,
            "small": count * (1000 + sign * self.random.randrange(1, 50)) / 1000,
            "big": count * (100 + sign * self.random.randrange(5, 40)) / 100,
            "back": before,
            "none": count,
        }[change]

    def _announced(self, day: date) -> date | None:
        if not self.recipe.has("late snapshots") or self.random.random() < 0.5:
            return None
        return day + timedelta(days=self.random.choice((-10, -1, 0, 1, 1, 2, 3, 5)))

    def _snapshot(
        self,
        day: date,
        count: Fraction,
        *,
        announced: date | None = None,
        must_have_free_float: bool = False,
    ) -> Snapshot:
        random = self.random
        basis = None
        if self.recipe.has("other basis") and random.random() < 0.4:
            basis = day + timedelta(days=random.choice((-6, -2, 1, 2, 4, 8)))
        total = int(count * self._scale(basis or day))
        if random.random() < 0.04:
            total = int(count)  # a vendor's slip: not the basis it says
        free_float = None
        if must_have_free_float or not self.recipe.has("no free float") or random.random() < 0.6:
            free_float = int(total * Fraction(random.choice(FLOATS)))
        return Snapshot(self.name, day, total, free_float, announced, basis)

    def _scale(self, basis: date) -> Fraction:
        """Shares on a basis for one share before all events."""
        scale = Fraction(1)
        for ex_date, effect in self.effects.items():
            if ex_date <= basis:
                scale *= effect.factor
        return scale
