"""Closes, carried closes and opening reference prices (R62, R63, D3 Carrying prices)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from oracle.case import exact
from oracle.refusal import Refusal

if TYPE_CHECKING:
    from datetime import date

    from oracle.case import Case, Price, Security
    from oracle.effects import Effect
    from oracle.fx import Rates


@dataclass(frozen=True)
class Reference:
    """Opening reference prices: dividends left in (price index), taken out, out net of tax."""

    price: Fraction
    full: Fraction
    net: Fraction


@dataclass(frozen=True)
class Payment:
    """Cash of one ex-date per share held before it, in the currency of the quote."""

    cash: Fraction
    withheld: Fraction
    money: Fraction


class Prices:
    """Prices of every security on every day, carried where there is no trade."""

    def __init__(
        self,
        case: Case,
        securities: dict[str, Security],
        effects: dict[str, dict[date, Effect]],
        rates: Rates,
    ) -> None:
        self._securities = securities
        self._effects = effects
        self._rates = rates
        self._taxes = case.method.taxes
        self._taxed = "net_total_return" in case.method.variants
        self._end = case.end
        self._rows: dict[str, dict[date, Price]] = {name: {} for name in securities}
        for row in case.prices:
            self._rows[row.security][row.date] = row
        self._carried: dict[str, tuple[list[date], list[Fraction]]] = {}

    def has_row(self, security: str, day: date) -> bool:
        return day in self._rows[security]

    def is_published(self, security: str, day: date) -> bool:
        row = self._rows[security].get(day)
        return row is not None and row.reference is not None

    def has_trade(self, security: str, day: date) -> bool:
        """A row with volume 0 on an ex-date is no trade (D3)."""
        row = self._rows[security].get(day)
        return row is not None and not (row.volume == 0 and day in self._effects[security])

    def traded(self, security: str, day: date) -> bool:
        """Whether anyone traded: a row, and its volume, where it is known, is not 0."""
        row = self._rows[security].get(day)
        return row is not None and row.volume != 0

    def close(self, security: str, day: date) -> Fraction:
        """The close of `day`, carried from an earlier day where needed."""
        if security not in self._carried:
            self._carried[security] = self._carry(security)
        days, closes = self._carried[security]
        known = bisect_right(days, day)
        if known == 0:
            raise Refusal("missing price", f"{security} has no price on or before {day}")
        return closes[known - 1]

    def _carry(self, security: str) -> tuple[list[date], list[Fraction]]:
        """A name without a price keeps its last close, from an ex-date on the full reference."""
        rows, effects = self._rows[security], self._effects[security]
        days: list[date] = []
        closes: list[Fraction] = []
        for day in sorted(rows.keys() | effects.keys()):
            if day > self._end:
                break
            if self.has_trade(security, day):
                close = exact(rows[day].close)
            elif closes:
                last = closes[-1]
                close = self._ex(security, day, Reference(last, last, last), taxed=False).full
            else:
                continue
            days.append(day)
            closes.append(close)
        return days, closes

    def reference(self, security: str, previous: date, session: date) -> Reference:
        """Opening reference prices of `session`, from the close of the index session before.

        Ex-dates after `previous` up to `session` count, one after another; where every session of
        the exchange is an index session there is at most one.
        """
        close = self.close(security, previous)
        reference = Reference(close, close, close)
        for day in self._effects[security]:
            if previous < day <= session:
                reference = self._ex(security, day, reference, taxed=self._taxed)
        return reference

    def _ex(self, security: str, day: date, before: Reference, *, taxed: bool) -> Reference:
        """P_ex = (P0 − d + p_r·r) / ((1 + s + r)·m); for the price index d = 0 (R63).

        A published reference replaces the full P_ex. The price index then uses reference
        + cash/((1 + s + r)·m), and on an ex-date with cash only the previous close, so that the
        divisor does not move (D3, R51).
        """
        effect = self._effects[security][day]
        paid = self._payment(security, day, effect, taxed=taxed)
        row = self._rows[security].get(day)
        if row is None or row.reference is None:
            after = Reference(
                price=(before.price + paid.money) / effect.factor,
                full=(before.full - paid.cash + paid.money) / effect.factor,
                net=(before.net - paid.cash + paid.withheld + paid.money) / effect.factor,
            )
        else:
            after = _published(exact(row.reference), before, effect, paid)
        if after.full <= 0:
            raise Refusal("bad reference", f"{security} {day}: {float(after.full)}")
        return after

    def _payment(self, security: str, day: date, effect: Effect, *, taxed: bool) -> Payment:
        quote = self._securities[security].currency

        def here(amount: Fraction, currency: str | None) -> Fraction:
            return self._rates.convert(amount, currency or quote, quote, day)

        rows = [(kind, here(amount, currency)) for kind, amount, currency in effect.cash]
        withheld = Fraction(0)
        if taxed:
            withheld = sum((cash * self._tax(security, day, kind) for kind, cash in rows), withheld)
        return Payment(
            cash=sum((cash for _, cash in rows), Fraction(0)),
            withheld=withheld,
            money=sum((here(*row) for row in effect.money), Fraction(0)),
        )

    def _tax(self, security: str, day: date, kind: str) -> Fraction:
        """Withholding tax comes from a dated table keyed (country, exchange, kind) (D4)."""
        known = self._securities[security]
        dated = [
            (tax.start, tax.rate)
            for tax in self._taxes
            if (tax.country, tax.exchange, tax.kind) == (known.country, known.exchange, kind)
            and tax.start <= day
        ]
        if not dated:
            raise Refusal("missing tax", f"{security} {day} {kind}")
        return exact(max(dated)[1])


def _published(reference: Fraction, before: Reference, effect: Effect, paid: Payment) -> Reference:
    """Take the exchange's reference price as the full ex-price; see `Prices._ex`."""
    # A dividend of an earlier ex-date since the last index session stays in the price index.
    earlier = (before.price - before.full) / effect.factor
    earlier_withheld = (before.net - before.full) / effect.factor
    return Reference(
        price=reference + paid.cash / effect.factor + earlier
        if effect.changes_shares
        else before.price,
        full=reference,
        net=reference + paid.withheld / effect.factor + earlier_withheld,
    )
