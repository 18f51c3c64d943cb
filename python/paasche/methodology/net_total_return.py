"""The section ``[net_total_return]``: what is withheld from dividends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import Field, Tag

from paasche.methodology.section import (
    Assumable,
    Country,
    Day,
    Many,
    Mic,
    Problem,
    Section,
    Text,
)
from paasche.methodology.tables import WithholdingEntry, WithholdingTable, withholding_tables
from paasche.methodology.versions import WithholdingName, name_or_list

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NetTotalReturn", "WithholdingRate"]


class WithholdingRate(Section):
    """A rate of withholding tax on dividends, from a day on."""

    country: Country
    """Country of incorporation, ISO 3166 alpha-2."""

    exchange: Mic
    """Exchange, MIC."""

    kind: Literal["cash_dividend", "special_dividend"]
    """Kind of corporate action."""

    rate: Annotated[float, Assumable()] = Field(ge=0, le=1)
    """Part of the dividend that is withheld, as a fraction."""

    since: Day = Field(alias="from")
    """First ex-date of the rate; it counts until a later entry for the same key."""

    assumed: Text | None = None
    """Why the rate is assumed, where no source of the index states it."""


WithholdingTax: TypeAlias = Annotated[
    Annotated[WithholdingName, Tag("<name>")] | Annotated[Many[WithholdingRate], Tag("<list>")],
    name_or_list("{ country, exchange, kind, rate, from, assumed }"),
]


class NetTotalReturn(Section):
    """Dividends of the net total return variant."""

    withholding_tax: WithholdingTax
    """Withholding tax table by name, or a list of rates."""

    @property
    def table(self) -> WithholdingTable:
        """The withholding tax table in use, for :func:`paasche.methodology.withholding_rates`."""
        if isinstance(self.withholding_tax, str):
            return withholding_tables()[self.withholding_tax]
        entries = tuple(
            WithholdingEntry(
                country=(row.country,),
                exchange=(row.exchange,),
                kind=(row.kind,),
                valid_from=row.since,
                rate=row.rate,
                assumed=row.assumed,
            )
            for row in self.withholding_tax
        )
        return WithholdingTable(
            name="net_total_return.withholding_tax",
            valid_from=min(entry.valid_from for entry in entries),
            entries=entries,
            source="the methodology",
        )

    def problems(self) -> Iterator[Problem]:
        """Yield the rules across keys that this section breaks."""
        if isinstance(self.withholding_tax, str):
            return
        seen = set()
        for place, row in enumerate(self.withholding_tax):
            key = (row.country, row.exchange, row.kind, row.since)
            if key in seen:
                expected = "must differ from the entries before; remove one, or correct its from"
                yield Problem(("withholding_tax", place), None, expected)
            seen.add(key)
