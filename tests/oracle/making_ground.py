"""The ground of a drawn case: days, securities, rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from oracle.calendars import SAME_SESSIONS
from oracle.case import Rate, Security

if TYPE_CHECKING:
    from random import Random

    from oracle.recipe import Recipe

BEFORE, AFTER = 18, 16  # weekdays of the calendar before the base date and after the last session
SUFFIX = {"XSHG": "600{:03}.SH", "XSHE": "000{:03}.SZ", "XHKG": "00{:03}.HK"}


@dataclass
class Ground:
    """Days and names. `weekdays[BEFORE]` is about the base date, `end` the last day asked for."""

    weekdays: list[date]
    sessions: dict[str, tuple[date, ...]]
    securities: tuple[Security, ...]
    currency: str
    end: date

    def __post_init__(self) -> None:
        self.open = {name: set(days) for name, days in self.sessions.items()}
        self.by_name = {row.security: row for row in self.securities}

    def is_open(self, exchange: str, day: date) -> bool:
        return day in self.open[SAME_SESSIONS.get(exchange, exchange)]

    def own_sessions(self, name: str) -> tuple[date, ...]:
        exchange = self.by_name[name].exchange
        return self.sessions[SAME_SESSIONS.get(exchange, exchange)]

    def moved(self, name: str, day: date) -> date:
        """`day` rolled forward to a session of the name's exchange."""
        return next(session for session in self.own_sessions(name) if session >= day)

    def is_session(self, calendar: str, names: list[str], day: date) -> bool:
        exchanges = {self.by_name[name].exchange for name in names}
        if calendar == "union":
            return any(self.is_open(exchange, day) for exchange in exchanges)
        if calendar == "intersection":
            return all(self.is_open(exchange, day) for exchange in exchanges)
        return self.is_open(calendar, day)


def make_ground(recipe: Recipe) -> Ground:
    random = recipe.random("ground")
    start = date(2024, 1, 1) + timedelta(days=random.randrange(300))
    days = (start + timedelta(days=n) for n in range(3 * (BEFORE + recipe.length + AFTER)))
    weekdays = [day for day in days if day.weekday() < 5][: BEFORE + recipe.length + AFTER]
    sessions = {name: _sessions(recipe, weekdays, random) for name in ("XSHG", "XHKG")}
    if random.random() < 0.5:
        sessions["XSHE"] = sessions["XSHG"]
    securities = tuple(_security(recipe, n, random) for n in range(recipe.names))
    currency = "CNY"
    if recipe.has("other base currency"):
        currency = "HKD"
    return Ground(weekdays, sessions, securities, currency, weekdays[BEFORE + recipe.length - 1])


def _sessions(recipe: Recipe, weekdays: list[date], random: Random) -> tuple[date, ...]:
    """Return the weekdays without single holidays and one run of them."""
    closed = {day for day in weekdays if random.random() < 0.06}
    run = random.randrange(BEFORE - 2, len(weekdays) - AFTER)
    closed |= set(weekdays[run : run + random.randrange(5)])
    closed -= {weekdays[0], weekdays[-1]}
    return tuple(day for day in weekdays if not recipe.has("holidays") or day not in closed)


def _security(recipe: Recipe, number: int, random: Random) -> Security:
    exchanges = recipe.exchanges
    # The first names go round the exchanges, so that each is there.
    exchange = exchanges[number] if number < len(exchanges) else random.choice(exchanges)
    code = SUFFIX[exchange].format(random.randrange(9) * 100 + 10 + number)
    currency = "HKD" if exchange == "XHKG" else "CNY"
    if exchange == "XHKG" and random.random() < 0.1:
        currency = "CNY"  # a counter in another currency than that of its exchange
    countries = ("CN", "HK", "KY") if exchange == "XHKG" else ("CN",)
    return Security(code, exchange, currency, random.choice(countries))


WORTH = {"CNY": 1.0, "HKD": 0.92, "USD": 7.1}


def make_fx(recipe: Recipe, ground: Ground) -> tuple[Rate, ...]:
    """Rates of every weekday, with gaps of at most five days where `fx gaps` is on."""
    rows: list[Rate] = []
    for currency in sorted(WORTH.keys() - {ground.currency}):
        random = recipe.random(f"fx {currency}")
        worth = WORTH[currency] / WORTH[ground.currency]
        missing = _gaps(len(ground.weekdays), random) if recipe.has("fx gaps") else set()
        for number, day in enumerate(ground.weekdays):
            worth *= 1 + random.uniform(-0.004, 0.004)
            if number not in missing:
                rate = Decimal(repr(round(worth, random.choice((4, 5, 6)))))
                rows.append(Rate(day, currency + ground.currency, rate))
    return tuple(rows)


def _gaps(count: int, random: Random) -> set[int]:
    missing: set[int] = set()
    day = random.randrange(1, 12)
    while day < count:
        length = random.choice((1, 1, 2, 3, 5, 5))
        missing |= set(range(day, day + length))
        day += length + random.randrange(1, 14)
    return missing
