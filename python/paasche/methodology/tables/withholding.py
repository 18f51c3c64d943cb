"""Withholding tax on dividends, by country, exchange and kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from paasche.methodology.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

__all__ = ["WithholdingEntry", "WithholdingTable", "withholding_tables"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithholdingEntry:
    """One rate, for every combination of its countries, exchanges and kinds, from a day on.

    Attributes
    ----------
    country : tuple of str
        Countries of incorporation, ISO 3166 alpha-2.
    exchange : tuple of str
        Exchanges, MIC.
    kind : tuple of str
        Kinds of corporate action: ``cash_dividend``, ``special_dividend``.
    valid_from : datetime.date
        First ex-date of the rate; it counts until a later entry for the same key.
    rate : float
        Part of the dividend that is withheld, as a fraction.
    assumed : str, optional
        Why the rate is assumed, where no source of the index states it.
    """

    country: tuple[str, ...]
    exchange: tuple[str, ...]
    kind: tuple[str, ...]
    valid_from: date
    rate: float
    assumed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithholdingTable:
    """Withholding tax on dividends by country of incorporation, exchange and kind, dated.

    Attributes
    ----------
    name : str
        Name a methodology uses, or the place of a list written in the methodology itself.
    valid_from : datetime.date
        First ex-date of the earliest entry.
    entries : tuple of WithholdingEntry
        The rates.
    source : str
        Where the rates are stated.
    """

    name: str
    valid_from: date
    entries: tuple[WithholdingEntry, ...]
    source: str


@cache
def withholding_tables() -> Mapping[str, WithholdingTable]:
    """Return the withholding tax tables by name.

    Examples
    --------
    >>> [entry.rate for entry in withholding_tables()["non-resident-enterprise"].entries]
    [0.0, 0.1, 0.0, 0.0]
    """
    return MappingProxyType(
        {
            name: WithholdingTable(
                name=name,
                valid_from=row["valid_from"],
                entries=tuple(_entry(entry) for entry in row["entries"]),
                source=row["source"],
            )
            for name, row in read_table("withholding_tax").items()
        }
    )


def _entry(row: dict[str, Any]) -> WithholdingEntry:
    return WithholdingEntry(
        country=tuple(row["country"]),
        exchange=tuple(row["exchange"]),
        kind=tuple(row["kind"]),
        valid_from=row["from"],
        rate=float(row["rate"]),
        assumed=row.get("assumed"),
    )
