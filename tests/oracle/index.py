"""The daily loop: one divisor correction before the open, levels at the close (R36, R48, R50)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from oracle.basket import Change
from oracle.case import OracleResult, exact
from oracle.refusal import Refusal
from oracle.world import World

if TYPE_CHECKING:
    from datetime import date

    from oracle.basket import Books
    from oracle.case import Case
    from oracle.prices import Reference


def calculate(case: Case) -> OracleResult:
    """Return exact levels of every variant and currency for every index session of the case.

    Raises
    ------
    Refusal
        The rules refuse the case.
    """
    return _Index(World(case)).run()


class _Index:
    def __init__(self, world: World) -> None:
        self.world = world
        self.method = world.method
        self.books: Books = {}
        self.divisor = Fraction(0)
        self.returns: dict[str, Fraction] = {}
        self.events = world.events
        self.result = OracleResult([], {}, [], [], [], [], self.events)
        for variant in self.method.variants:
            for currency in self.method.currencies:
                self.result.levels[variant, currency] = []

    def run(self) -> OracleResult:
        world = self.world
        self._open_base(self.method.base_date)
        days = [day for day in world.sessions if self.method.base_date < day <= world.case.end]
        for previous, session in zip([self.method.base_date, *days], days, strict=False):
            self._open(previous, session)
        return self.result

    def _open_base(self, session: date) -> None:
        """Base day: D0 = MV0, level = base level (R36)."""
        rows = self.world.basket_on(session)
        level = exact(self.method.base_level)
        change = Change(self.world, session, session, level, {}, is_base=True)
        self.books = change.review({}, rows)
        self._check_gaps(session)
        self.divisor = self._value(session)
        self.returns = dict.fromkeys(self.method.variants, exact(self.method.base_level))
        self._close(session, self.divisor, None)

    def _open(self, previous: date, session: date) -> None:
        """Steps (2) to (9) of the order of same-day processing, then the close."""
        world = self.world
        before = self._value(previous)  # with deletion prices, as it was published (R33)
        units = {name: book.units(previous) for name, book in self.books.items()}
        change = Change(world, session, previous, before, units)
        self._count_events(previous, session)
        for book in self._share_books():
            book.apply_due(session, self.events)  # (5); (4) is in the share basis of the day
        self._change_members(change)  # (6), (7)
        self._refuse_unrepresentable(previous, session)
        references = {name: world.prices.reference(name, previous, session) for name in self.books}
        after = self._opening(previous, session, {n: r.price for n, r in references.items()})
        if before <= 0 or after <= 0:
            raise Refusal("bad basket", f"no value on {session}")
        self.divisor *= after / before  # (8) one correction (R50)
        self.events["divisor changes"] += after != before
        for book in self._share_books():
            book.judge(previous, session, self.events)
        self._check_gaps(session)
        self._chain(previous, session, references)

    def _share_books(self) -> list:
        return [book for book in self.books.values() if self.method.holds_shares]

    def _change_members(self, change: Change) -> None:
        world, session = self.world, change.session
        leaving = {name for name in self.books if world.is_delisted(name, session)}
        self.events["delistings"] += len(leaving)
        self.events["deletion prices"] += sum(
            world.deletion_price(name, change.close) is not None for name in leaving
        )
        rows = [rows for start, rows in world.baskets if start == session]
        if not rows:
            self.books = {n: book for n, book in self.books.items() if n not in leaving}
            return
        kinds = {row.kind for row in rows[0]}
        if len(kinds) > 1:
            raise Refusal("bad basket", f"{session}: review and interim rows mixed")
        if kinds == {"review"}:
            self.books = change.review(self.books, rows[0])
        else:
            self.books = change.interim(self.books, rows[0], leaving)
        self.events[f"{kinds.pop()} changes"] += 1

    def _refuse_unrepresentable(self, previous: date, session: date) -> None:
        """A spin-off that gives shares of a name in the index, of a name in the index."""
        for day, action in self.world.spin_offs:
            held = {action.security, action.related} <= set(self.books)
            if previous < day <= session and held:
                raise Refusal("not representable", f"{action.kind} of {action.security} on {day}")

    def _check_gaps(self, session: date) -> None:
        """Where `status` exists, an open-session gap without a `suspended` row is a defect."""
        world, case = self.world, self.world.case
        if not case.status or self.method.missing != "error":
            return
        for name in self.books:
            exchange = world.securities[name].exchange
            gap = world.calendars.is_open(exchange, session) and not world.prices.has_row(
                name, session
            )
            if gap and not any(
                row.security == name
                and row.status == "suspended"
                and row.start <= session
                and (row.end is None or session <= row.end)
                for row in case.status
            ):
                raise Refusal("unannounced gap", f"{name} on {session}")

    def _value(self, session: date) -> Fraction:
        """MV = Σ P·Q·k·e at the close of a session (R37)."""
        world = self.world
        terms = (
            world.closing_price(name, session) * book.units(session) * world.fx(name, session)
            for name, book in self.books.items()
        )
        return sum(terms, Fraction(0))

    def _opening(self, previous: date, session: date, prices: dict[str, Fraction]) -> Fraction:
        """Today's holdings at reference prices and T−1 fx (R48, R50)."""
        terms = (
            prices[name] * book.units(session) * self.world.fx(name, previous)
            for name, book in self.books.items()
        )
        return sum(terms, Fraction(0))

    def _chain(self, previous: date, session: date, references: dict[str, Reference]) -> None:
        """TR_t = TR_t−1 · Σ P·Q·k·e / Σ P_ref·Q·k·e_t−1 (R48); the net variant after tax."""
        value = self._value(session)
        full = self._opening(previous, session, {n: r.full for n, r in references.items()})
        openings = {"total_return": full}
        if "net_total_return" in self.method.variants:
            openings["net_total_return"] = self._opening(
                previous, session, {n: r.net for n, r in references.items()}
            )
        for variant in self.returns:
            if variant != "price":
                self.returns[variant] *= value / openings[variant]
        self._close(session, value, full)

    def _close(self, session: date, value: Fraction, opening: Fraction | None) -> None:
        """I = MV / D × B; the version in c = base-currency level · e(t)/e(base date) (R36, D4)."""
        result, method = self.result, self.method
        result.sessions.append(session)
        result.values.append(value)
        result.openings.append(opening)
        result.divisors.append(self.divisor)
        result.units.append({name: book.units(session) for name, book in self.books.items()})
        levels = self.returns | {"price": exact(method.base_level) * value / self.divisor}
        for variant, currency in result.levels:
            # e(t): units of c for one unit of the index currency, the inverse of the rate into it.
            rate = self.world.rates.into_base
            ratio = rate(currency, method.base_date) / rate(currency, session)
            result.levels[variant, currency].append(levels[variant] * ratio)

    def _count_events(self, previous: date, session: date) -> None:
        """Statistics only: what met a name of the index in this session."""
        world, events = self.world, self.events
        for name, book in self.books.items():
            for day, effect in world.effects[name].items():
                if not previous < day <= session:
                    continue
                trade, row = world.prices.has_trade(name, day), world.prices.has_row(name, day)
                events["ex-dates"] += 1
                events["ex-dates with cash"] += bool(effect.cash)
                events["ex-dates with shares"] += effect.changes_shares
                events["ex-dates with cash and shares"] += bool(effect.cash) & effect.changes_shares
                events["ex-dates with foreign cash"] += any(cash[2] for cash in effect.cash)
                events["ex-dates without trade"] += not trade
                events["ex-dates with volume 0"] += row and not trade
                events["ex-dates with a published reference"] += world.prices.is_published(
                    name, day
                )
                events["ex-dates on an effective session"] += session in world.effective
                if self.method.holds_shares and book.pending and effect.changes_shares:
                    events["share ex-dates while a change is pending"] += 1
            events["carried closes"] += not world.prices.has_row(name, session)
