"""Corporate actions and prices of a drawn case."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from oracle.calendars import Calendars
from oracle.case import Action, Case, Method, Price, Status
from oracle.effects import EXITS, Effect, effects_by_session
from oracle.making_ground import BEFORE, WORTH

if TYPE_CHECKING:
    from random import Random

    from oracle.making_baskets import Baskets
    from oracle.making_ground import Ground
    from oracle.recipe import Recipe

COMBINATIONS = (
    ("cash_dividend",),
    ("cash_dividend", "cash_dividend"),
    ("cash_dividend", "special_dividend"),
    ("cash_dividend", "bonus"),
    ("cash_dividend", "bonus", "rights"),
    ("cash_dividend", "rights", "split"),
    ("bonus", "bonus"),
    ("bonus", "split"),
    ("rights", "rights"),
    ("split", "split"),
)
SWITCH = {"cash_dividend": "cash", "special_dividend": "cash", "bonus": "bonus"} | {
    "rights": "rights",
    "split": "split",
}


def around(days: list[date], ground: Ground, random: Random) -> date:
    """Return a day near one on which something else happens: on it, before it, in the lag."""
    day = random.choice(days)
    number = ground.weekdays.index(day) + random.choice((0, 0, 0, -1, -1, 1, -2, -3, -4, -5, 2))
    return ground.weekdays[min(max(number, 2), len(ground.weekdays) - 10)]


def make_actions(recipe: Recipe, ground: Ground, baskets: Baskets, anchors: list[date]) -> list:
    """Up to three ex-dates a name, often near the days in `anchors`."""
    actions: list[Action] = list(baskets.delistings)
    for row in ground.securities:
        random = recipe.random(f"actions {row.security}")
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            day = ground.weekdays[random.randrange(BEFORE - 10, BEFORE + recipe.length)]
            if random.random() < 0.5:
                day = around(anchors, ground, random)
            actions += _ex_date(recipe, row.security, day, random)
    actions += _no_effect(recipe, ground, baskets)
    return _numbered(actions)


def _ex_date(recipe: Recipe, name: str, day: date, random: Random) -> list[Action]:
    if recipe.has("moved ex-dates") and random.random() < 0.3:
        day -= timedelta(days=random.choice((1, 1, 2)))
    combination = random.choice(COMBINATIONS)
    if not recipe.has("same day"):
        combination = combination[-1:]
    kinds = [kind for kind in combination if recipe.has(SWITCH[kind])]
    actions = [_action(recipe, name, day, kind, random) for kind in kinds]
    if actions and recipe.has("moved ex-dates") and random.random() < 0.2:
        # Another written ex-date that may move to the same session.
        day += timedelta(days=1)
        actions.append(_action(recipe, name, day, kinds[0], random))
    return actions


def _action(recipe: Recipe, name: str, day: date, kind: str, random: Random) -> Action:
    cancelled = None
    if recipe.has("cancelled") and random.random() < 0.3:
        cancelled = day + timedelta(days=random.choice((-9, -1, 0, 0, 12)))
    # Cash and prices are fractions here; `_priced` turns them into money once prices are known.
    cash = price = ratio = None
    if kind == "cash_dividend":
        cash = Decimal(random.randrange(5, 400)).scaleb(-4)
    elif kind == "special_dividend":
        cash = Decimal(random.randrange(300, 1500)).scaleb(-4)
    elif kind == "bonus":
        ratio = Decimal(random.choice(("0.1", "0.2", "0.3", "0.5", "1", "0.0625", "0.3333")))
    elif kind == "rights":
        ratio = Decimal(random.choice(("0.1", "0.15", "0.2", "0.3", "0.25", "0.1875")))
        price = Decimal(random.choice((60, 75, 80, 90, 110))).scaleb(-2)
    else:
        ratio = Decimal(random.choice(("2", "5", "0.5", "0.1", "1.5", "0.8")))
    currency = None
    if cash is not None and recipe.has("foreign cash") and random.random() < 0.6:
        currency = random.choice(sorted(WORTH))
    return Action(name, day, kind, None, cash, ratio, price, currency, cancelled)


def _no_effect(recipe: Recipe, ground: Ground, baskets: Baskets) -> list[Action]:
    """Rows that must do nothing: tenders, and mergers or spin-offs of names not in the index."""
    random = recipe.random("no effect")
    actions = []
    names = [row.security for row in ground.securities]
    if random.random() < 0.3:
        day = random.choice(ground.weekdays[BEFORE:-20])
        actions.append(Action(random.choice(names), day, "tender", price=Decimal("9.99")))
    strangers = [name for name in names if name not in baskets.first]
    if strangers and random.random() < 0.4:
        day = random.choice(ground.weekdays[BEFORE:-20])
        kind = random.choice(("spin_off", "bankruptcy"))
        ratio, related = (Decimal(1), names[0]) if kind == "spin_off" else (None, None)
        if related != strangers[0]:
            actions.append(Action(strangers[0], day, kind, ratio=ratio, related=related))
    for day, name in baskets.left:
        returns = any(row.security == name and row.effective >= day for row in baskets.rows)
        if not returns and random.random() < 0.3:
            other = next(other for other in names if other != name)
            ratio = Decimal("0.5525")
            actions.append(Action(name, day, "merger", ratio=ratio, related=other))
    return actions


def _numbered(actions: list[Action]) -> list[Action]:
    """Key: security, ex_date, kind, id."""
    seen: dict[tuple, int] = {}
    numbered = []
    for action in actions:
        key = (action.security, action.ex_date, action.kind)
        seen[key] = seen.get(key, 0) + 1
        number = str(seen[key]) if seen[key] > 1 else None
        numbered.append(Action(**(vars(action) | {"id": number})))
    return numbered


def ex_effects(ground: Ground, actions: list[Action]) -> dict[str, dict[date, Effect]]:
    """Return the combined effects of drawn actions, moved to sessions."""
    case = Case(
        Method(ground.weekdays[BEFORE]), ground.end, ground.sessions, ground.securities, (), ()
    )
    case = Case(**(vars(case) | {"actions": tuple(actions)}))
    return effects_by_session(case, Calendars(case), ground.by_name)


def make_prices(
    recipe: Recipe, ground: Ground, baskets: Baskets, actions: list[Action], anchors: list[date]
) -> tuple[list[Price], list[Action], list[Status]]:
    """Prices that follow the events, the actions with money for fractions, and suspended spans."""
    prices: list[Price] = []
    priced: list[Action] = []
    status: list[Status] = []
    for row in ground.securities:
        own = [action for action in actions if action.security == row.security]
        maker = _Path(recipe, ground, row.security, own)
        path, own = maker.make(baskets, anchors)
        prices += path
        priced += own
        status += maker.status
    return prices, priced, status


class _Path:
    """The prices of one name."""

    def __init__(self, recipe: Recipe, ground: Ground, name: str, actions: list[Action]) -> None:
        self.recipe = recipe
        self.ground = ground
        self.name = name
        self.actions = actions
        self.random: Random = recipe.random(f"prices {name}")
        self.effects = ex_effects(ground, actions)[name]
        self.status: list[Status] = []

    def make(self, baskets: Baskets, anchors: list[date]) -> tuple[list[Price], list[Action]]:
        random, ground = self.random, self.ground
        days = [day for day in ground.own_sessions(self.name) if day <= ground.end]
        days = days[self._listed(baskets, days) :]
        close = round(random.choice((5.0, 12.0, 40.0, 150.0)) * random.uniform(0.5, 2), 2)
        worth: dict[date, float] = {}
        rows = []
        silent = self._suspended(days, anchors)
        for day in days:
            worth[day] = close
            reference = close
            if day in self.effects:
                reference = close / float(self.effects[day].factor)
            close = max(round(reference * (1 + random.gauss(0, 0.02)), 2), 0.05)
            row = self._row(day, close, reference, silent=day in silent)
            if row is not None:
                rows.append(row)
        return rows, [self._priced(action, worth) for action in self.actions]

    def _listed(self, baskets: Baskets, days: list[date]) -> int:
        """Where prices begin: now and then only shortly before the name is first needed."""
        first = baskets.first.get(self.name)
        if not self.recipe.has("new listings") or first is None or self.random.random() < 0.5:
            return 0
        if first <= baskets.base_date:
            return sum(day < self.ground.weekdays[BEFORE - 8] for day in days)
        return max(0, sum(day < first for day in days) - 9 - self.random.randrange(4))

    def _suspended(self, days: list[date], anchors: list[date]) -> set[date]:
        """Spans without trade: over ex-dates and other changes, and before a deletion."""
        random = self.random
        silent: set[date] = set()
        if self.recipe.has("suspensions") and len(days) >= 12:
            for _ in range(random.choice((0, 0, 1, 1, 2))):
                targets = [day for day in self.effects if days[1] < day < days[-1]] or anchors
                middle = random.choice(targets if random.random() < 0.7 else days[2:])
                start = max(1, sum(day < middle for day in days) - random.randrange(4))
                silent |= set(days[start : start + random.randrange(1, 8)])
        for action in self.actions:
            if action.kind in EXITS and action.price is not None and random.random() < 0.7:
                leaves = sum(day < action.ex_date for day in days)
                silent |= set(days[max(1, leaves - random.choice((1, 2, 4))) :])
        run: list[date] = []
        for day in [*days, None]:
            if day in silent:
                run.append(day)
            elif run:
                self.status.append(Status(self.name, "suspended", run[0], run[-1]))
                run = []
        return silent

    def _row(self, day: date, close: float, reference: float, *, silent: bool) -> Price | None:
        random = self.random
        is_ex_date = day in self.effects
        if silent and not (self.recipe.has("zero volume") and random.random() < 0.4):
            return None
        volume = random.choice((None, 1000, 250_000))
        if silent or (is_ex_date and self.recipe.has("zero volume") and random.random() < 0.3):
            volume = 0
        published = None
        if self.recipe.has("references") and random.random() < (0.6 if is_ex_date else 0.05):
            published = self._published(day, reference)
        return Price(day, self.name, _cents(close), published, volume)

    def _published(self, day: date, reference: float) -> Decimal:
        """A reference near the calculated one; on other days it must not count."""
        cash = 0.0
        if day in self.effects:
            rows = [action for action in self.actions if action.cash is not None]
            cash = sum(
                float(row.cash) for row in rows if self.ground.moved(self.name, row.ex_date) == day
            )
        off = self.random.choice((0, 0, 0, 0.01, -0.01, 0.07))
        return _cents(max(reference * (1 - min(cash, 0.5)) + off, 0.02))

    def _priced(self, action: Action, worth: dict[date, float]) -> Action:
        """Turn fractions of the close before the ex-date into money."""
        day = self.ground.moved(self.name, action.ex_date)
        close = worth.get(day) or next(iter(worth.values()), 10.0)
        changes = {}
        if action.cash is not None:
            quote = self.ground.by_name[self.name].currency
            rate = WORTH[quote] / WORTH[action.currency or quote]
            money = round(float(action.cash) * close * rate, self.random.choice((2, 3, 4)))
            changes["cash"] = Decimal(repr(max(money, 0.0001)))
        if action.kind == "rights":
            changes["price"] = _cents(max(float(action.price) * close, 0.01))
        return Action(**(vars(action) | changes))


def _cents(number: float) -> Decimal:
    return Decimal(repr(round(number, 2)))
