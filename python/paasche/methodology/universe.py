"""The section ``[universe]``: who may be a constituent (R12 to R21, R30, R46)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

from annotated_types import Ge
from pydantic import Field, model_serializer

from paasche.methodology.section import (
    Assumable,
    Currency,
    Many,
    Mic,
    Problem,
    Section,
    Text,
    repeats,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import SerializerFunctionWrapHandler

__all__ = ["Board", "ListingAge", "Measure", "Screen", "ShareClass", "Status", "Universe"]

Board: TypeAlias = Literal["main", "star", "chinext", "bse"]
ShareClass: TypeAlias = Literal["A", "B", "H", "CDR"]
Status: TypeAlias = Literal["risk_warning", "delisting_warning", "sell_only"]
Measure: TypeAlias = Literal[
    "average_market_value",
    "average_free_float_market_value",
    "average_turnover",
    "market_value",
    "free_float_market_value",
]
"""What securities are measured by, in index currency: daily averages over the data window, or the
close of the cut-off. Market value counts all shares of the listed class, or its free float."""

_LISTS = ("exchanges", "boards", "classes", "currencies", "industries", "connect_exchanges")
_STATED = ("excluded_status", "loss_exempt_boards")


class ListingAge(Section):
    """How long a security must have been listed by the cut-off."""

    months: Annotated[int, Assumable()] = Field(ge=0)
    """Calendar months from the listing date to the cut-off."""

    boards: dict[Board, Annotated[int, Ge(0)]] = Field(default_factory=dict)
    """Months for securities of a board, instead of ``months``."""

    exempt_rank: Annotated[int | None, Assumable()] = Field(default=None, ge=1)
    """Securities up to this rank by average market value since listing need no age."""


class Screen(Section):
    """A size or liquidity screen: a measure, and how much of it keeps a security in."""

    measure: Measure
    """What is measured, over the data window."""

    top_share: Annotated[float | None, Assumable()] = Field(default=None, gt=0, le=1)
    """Share of the universe that passes, by count from the largest, as a fraction; the boundary
    rounds down."""

    minimum: Annotated[float | None, Assumable()] = Field(default=None, ge=0)
    """Smallest value that passes, in index currency."""

    constituent_top_share: Annotated[float | None, Assumable()] = Field(default=None, gt=0, le=1)
    """The share for securities that are constituents already, as a fraction; default
    ``top_share``."""

    constituent_minimum: Annotated[float | None, Assumable()] = Field(default=None, ge=0)
    """The smallest value for securities that are constituents already; default ``minimum``."""

    exchanges: Many[Mic] | None = None
    """Exchanges whose securities it is for, and counts; those of others pass. Default all."""

    def problems(self) -> Iterator[Problem]:
        """Yield the rules across keys that this section breaks."""
        yield from repeats("exchanges", self.exchanges or ())
        if self.top_share is None and self.minimum is None:
            yield Problem(("top_share",), None, "must be given, or minimum instead")
        if self.top_share is not None and self.minimum is not None:
            expected = "must be left out, or stand instead of top_share"
            yield Problem(("minimum",), self.minimum, expected)
        for key, of in (("constituent_top_share", "top_share"), ("constituent_minimum", "minimum")):
            if getattr(self, key) is not None and getattr(self, of) is None:
                yield Problem((key,), getattr(self, key), f"must come with {of}")
        share, minimum = self.constituent_top_share, self.constituent_minimum
        if share is not None and self.top_share is not None and share < self.top_share:
            expected = f"must be at least top_share = {self.top_share}: constituents stay easier"
            yield Problem(("constituent_top_share",), share, expected)
        if minimum is not None and self.minimum is not None and minimum > self.minimum:
            expected = f"must be at most minimum = {self.minimum}: constituents stay easier"
            yield Problem(("constituent_minimum",), minimum, expected)


class Universe(Section):
    """Who may be a constituent: a table from outside, or rules."""

    lasting: ClassVar[tuple[str, ...]] = ("constituents",)

    constituents: Literal["table"] | None = None
    """"table": the table constituents of the market gives the membership; without it the rules of
    this section, ``[selection]`` and ``[review]`` do."""

    exchanges: Many[Mic] | None = None
    """Exchanges whose securities may be in, by market identifier code."""

    boards: Many[Board] | None = None
    """Boards; default all. Securities without a board are not held back by it."""

    classes: Many[ShareClass] | None = None
    """Share classes; default all. A depositary receipt is of class CDR (R61)."""

    currencies: Many[Currency] | None = None
    """Quote currencies; default all."""

    industries: Many[Text] | None = None
    """Industries, as the table securities writes them; default all."""

    connect_exchanges: Many[Mic] | None = None
    """Exchanges whose securities must have the status connect (R30)."""

    excluded_status: tuple[Status, ...] = Field(
        default=("risk_warning", "delisting_warning"), strict=False
    )
    """Statuses that keep a security out at the cut-off; risk warnings count for A shares (R61)."""

    listing_age: ListingAge | None = None
    """How long a security must have been listed."""

    loss_makers: Literal["excluded", "allowed"] = "excluded"
    """Whether an A-share candidate with a loss is kept out (R20)."""

    loss_exempt_boards: tuple[Board, ...] = Field(default=("star",), strict=False)
    """Boards whose loss-makers may enter (R20)."""

    reports: Literal["required", "not_required"] = "required"
    """Whether a late report, or a disclaimer or adverse opinion, keeps an A share out (R21)."""

    screens: tuple[Screen, ...] = Field(default=(), strict=False)
    """Size and liquidity screens, applied one after another."""

    @property
    def by_rules(self) -> bool:
        """Whether rules, not a table, decide who is in."""
        return self.constituents is None

    def problems(self) -> Iterator[Problem]:
        """Yield the rules across keys that this section breaks."""
        if self.constituents is not None:
            yield from self._without_rules()
            return
        if self.exchanges is None:
            expected = 'must be given, such as ["XSHG", "XSHE"], or constituents = "table"'
            yield Problem(("exchanges",), None, expected)
        for key in (*_LISTS, *_STATED):
            values = getattr(self, key)
            if values is not None:
                yield from repeats(key, values)
        within = {
            "connect_exchanges": (self.connect_exchanges, self.exchanges, "exchanges"),
            "listing_age": (self.listing_age and self.listing_age.boards, self.boards, "boards"),
        }
        for key, (values, known, of) in within.items():
            if values and known is not None and not set(values) <= set(known):
                at = (key, "boards") if key == "listing_age" else (key,)
                yield Problem(at, tuple(values), f"must be among {of}")
        listed = set(self.exchanges or ())
        for place, screen in enumerate(self.screens):
            if listed and not set(screen.exchanges or ()) <= listed:
                expected = "must be among the exchanges of the universe"
                yield Problem(("screens", place, "exchanges"), screen.exchanges, expected)

    def _without_rules(self) -> Iterator[Problem]:
        for key in sorted(self.model_fields_set - {"constituents"}):
            value = getattr(self, key)
            if value is not None:
                expected = 'must be left out with constituents = "table", or that left out'
                yield Problem((key,), value, expected)

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Rules have no meaning beside a table, so their defaults are no content either.
        return handler(self) if self.by_rules else {"constituents": self.constituents}
