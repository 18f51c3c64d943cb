"""What goes into a calculation: plain tables and a methodology, nothing derived."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date  # noqa: TC003 - hypothesis and readers resolve the annotations
from decimal import Decimal
from fractions import Fraction

BASE_LEVEL = Decimal(1000)


@dataclass(frozen=True)
class Security:
    security: str
    exchange: str
    currency: str
    country: str | None = "CN"

    @property
    def name(self) -> str:
        return f"Name of {self.security}"


@dataclass(frozen=True)
class Price:
    date: date
    security: str
    close: Decimal
    reference: Decimal | None = None
    volume: int | None = None


@dataclass(frozen=True)
class Snapshot:
    """Shares of a company; `basis` null means `effective`, `announced` null means `effective`."""

    security: str
    effective: date
    total: int
    free_float: int | None = None
    announced: date | None = None
    basis: date | None = None


@dataclass(frozen=True)
class Action:
    security: str
    ex_date: date
    kind: str
    id: str | None = None
    cash: Decimal | None = None
    ratio: Decimal | None = None
    price: Decimal | None = None
    currency: str | None = None
    cancelled: date | None = None
    related: str | None = None


@dataclass(frozen=True)
class Member:
    """One row of `constituents`."""

    effective: date
    security: str
    kind: str = "review"
    weight: Decimal | None = None
    replaces: str | None = None


@dataclass(frozen=True)
class Rate:
    date: date
    pair: str
    rate: Decimal


@dataclass(frozen=True)
class Status:
    """`start` to `end`, both included; `end` null means until further notice."""

    security: str
    status: str
    start: date
    end: date | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Tax:
    country: str
    exchange: str
    kind: str
    rate: Decimal
    start: date


@dataclass(frozen=True)
class Method:
    """The methodology of a case."""

    base_date: date
    currency: str = "CNY"
    currencies: tuple[str, ...] = ("CNY",)
    base_level: Decimal = BASE_LEVEL
    calendar: str = "union"
    variants: tuple[str, ...] = ("price", "total_return")
    scheme: str = "free_float"
    single_cap: Decimal | None = None
    top_five_cap: Decimal | None = None
    top_test: str = "initial"
    infeasible: str = "error"
    lag: int = 5
    bands: tuple[tuple[date | None, str], ...] = ((None, "ces-2023"),)
    inherit: str = "last_real_close"
    missing: str = "error"
    max_stale_sessions: int = 5
    taxes: tuple[Tax, ...] = ()

    @property
    def capped(self) -> bool:
        return self.single_cap is not None or self.top_five_cap is not None

    @property
    def holds_shares(self) -> bool:
        """Whether units come from the `shares` table (the other schemes do not use it)."""
        return self.scheme in {"free_float", "total"}


@dataclass(frozen=True)
class Case:
    """A market, a methodology and the last day asked for."""

    method: Method
    end: date
    sessions: dict[str, tuple[date, ...]]
    securities: tuple[Security, ...]
    prices: tuple[Price, ...]
    constituents: tuple[Member, ...]
    shares: tuple[Snapshot, ...] = ()
    actions: tuple[Action, ...] = ()
    fx: tuple[Rate, ...] = ()
    status: tuple[Status, ...] = ()
    note: str = field(default="", compare=False)


@dataclass
class OracleResult:
    """Exact figures for each index session from the base date on.

    `levels[variant, currency][n]` belongs to `sessions[n]`; so do `values`, `openings` (total
    return, None on the base date) and `divisors`. `events` counts what happened, by name.
    """

    sessions: list[date]
    levels: dict[tuple[str, str], list[Fraction]]
    values: list[Fraction]
    openings: list[Fraction | None]
    divisors: list[Fraction]
    units: list[dict[str, Fraction]]
    events: dict[str, int]


def exact(number: Decimal | int) -> Fraction:
    """A decimal input means its shortest decimal text (D3, Numbers)."""
    return Fraction(number)
