"""Corporate actions of one security on one ex-date, combined (D3 Corporate actions, R62, R63)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from oracle.case import exact

if TYPE_CHECKING:
    from datetime import date

    from oracle.calendars import Calendars
    from oracle.case import Action, Case, Security

CASH = {"cash_dividend", "special_dividend"}
SHAPES = {"bonus", "rights", "split"}
EXITS = {"bankruptcy", "delisting", "merger"}


@dataclass
class Effect:
    """What happens to one share held before the ex-date.

    `cash` rows are (kind, amount, currency); `money` rows are the subscription money of rights,
    (price · ratio, currency). `currency` null means the currency of the quote.
    """

    cash: list[tuple[str, Fraction, str | None]] = field(default_factory=list)
    money: list[tuple[Fraction, str | None]] = field(default_factory=list)
    bonus: Fraction = Fraction(0)
    rights: Fraction = Fraction(0)
    split: Fraction = Fraction(1)
    changes_shares: bool = False

    @property
    def factor(self) -> Fraction:
        """Shares after the event for one share before it: (1 + s + r)·m (R63)."""
        return (1 + self.bonus + self.rights) * self.split

    def add(self, action: Action) -> None:
        """Cash rows add up, ratios of bonus and of rights add up, splits multiply."""
        if action.kind in CASH:
            self.cash.append((action.kind, exact(action.cash), action.currency))
            return
        self.changes_shares = True
        if action.kind == "bonus":
            self.bonus += exact(action.ratio)
        elif action.kind == "rights":
            self.rights += exact(action.ratio)
            self.money.append((exact(action.ratio) * exact(action.price), action.currency))
        else:
            self.split *= exact(action.ratio)


def in_force(action: Action) -> bool:
    """A row with `cancelled` on or before its ex_date (as written) does nothing."""
    return action.cancelled is None or action.cancelled > action.ex_date


def effects_by_session(
    case: Case, calendars: Calendars, securities: dict[str, Security]
) -> dict[str, dict[date, Effect]]:
    """Return the combined effect per security and session.

    An ex-date on a day its exchange is closed moves to its next session; two ex-dates that meet
    there are one ex-date.
    """
    found: dict[str, dict[date, Effect]] = {name: {} for name in securities}
    for action in case.actions:
        if action.kind in CASH | SHAPES and in_force(action):
            session = calendars.on_or_after(securities[action.security].exchange, action.ex_date)
            found[action.security].setdefault(session, Effect()).add(action)
    return {name: dict(sorted(by_day.items())) for name, by_day in found.items()}


def rows_of_kind(
    case: Case, calendars: Calendars, securities: dict[str, Security], kinds: set[str]
) -> list[tuple[date, Action]]:
    """Return the rows of some kinds that are in force, with ex-dates as moved to a session."""
    return [
        (calendars.on_or_after(securities[action.security].exchange, action.ex_date), action)
        for action in case.actions
        if action.kind in kinds and in_force(action)
    ]
