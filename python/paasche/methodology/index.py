"""The section ``[index]``: what the index is called, and where its level begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import Field

from paasche.methodology.section import (
    CALENDAR,
    Assumable,
    Code,
    Currency,
    Day,
    Many,
    Problem,
    Section,
    Text,
    repeats,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Anchor", "Index", "Variant"]

Variant: TypeAlias = Literal["price", "total_return", "net_total_return"]


class Anchor(Section):
    """A known state of the index after its base date, where a calculation begins instead."""

    date: Day
    """Session whose closing levels are known."""

    level: Annotated[float, Assumable()] = Field(gt=0)
    """Price index at that close, points."""

    total_return: Annotated[float | None, Assumable()] = Field(default=None, gt=0)
    """Total return index at that close, points."""

    net_total_return: Annotated[float | None, Assumable()] = Field(default=None, gt=0)
    """Net total return index at that close, points."""


def _own_currency(data: dict[str, Any]) -> tuple[str, ...]:
    return (data["currency"],) if "currency" in data else ()


class Index(Section):
    """Code, currency, base and variants of the index (R36)."""

    code: Code
    """Code of the index, as outputs show it."""

    name: Text
    """Name of the index."""

    currency: Currency
    """Currency of the divisor, the one base for triangulation (R49)."""

    base_date: Day
    """Session whose close has the base level."""

    base_level: Annotated[float, Assumable()] = Field(gt=0)
    """Level on the base date, points."""

    currencies: Many[Currency] = Field(default_factory=_own_currency)
    """Currencies in which the level is published; the index currency is one of them."""

    calendar: str = Field(default="union", pattern=CALENDAR)
    """Index sessions: days with any exchange open, with all of them, or those of one exchange."""

    variants: Many[Variant] = ("price",)
    """Variants to calculate (R36, R48)."""

    anchor: Anchor | None = None
    """A known state after the base date, where the calculation begins instead."""

    def problems(self) -> Iterator[Problem]:
        """Yield the rules across keys that this section breaks."""
        if self.currency not in self.currencies:
            expected = f'must contain the index currency; add "{self.currency}"'
            yield Problem(("currencies",), self.currencies, expected)
        yield from repeats("currencies", self.currencies)
        yield from repeats("variants", self.variants)
        if self.anchor is not None:
            yield from self._anchor_problems(self.anchor)

    def _anchor_problems(self, anchor: Anchor) -> Iterator[Problem]:
        if anchor.date < self.base_date:
            expected = f"must be on or after the base date {self.base_date}"
            yield Problem(("anchor", "date"), anchor.date, expected)
        if anchor.date == self.base_date and anchor.level != self.base_level:
            expected = f"must be the base level {self.base_level} on the base date"
            yield Problem(("anchor", "level"), anchor.level, expected)
        for variant in ("total_return", "net_total_return"):
            level = getattr(anchor, variant)
            if variant in self.variants and level is None:
                expected = f'must be given to continue the variant "{variant}", its level that day'
                yield Problem(("anchor", variant), None, expected)
            if variant not in self.variants and level is not None:
                expected = f'must be left out, or come with the variant "{variant}"'
                yield Problem(("anchor", variant), level, expected)
