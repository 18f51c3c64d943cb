"""Free-float bands (分級靠檔, R47)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from paasche.methodology.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

__all__ = ["BandTable", "band_tables"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandTable:
    """Free-float bands (分級靠檔, R47): from free float over total shares to the weighting ratio.

    All edges and ratios are whole percent, so that a bound can be tested in integers. A band holds
    its upper edge: 20 % free float is in the band that ends at 20.

    Attributes
    ----------
    name : str
        Name a methodology uses, such as ``ces-2023``.
    valid_from : datetime.date
        Since when the source states the table.
    first : {"ceil", "exact"}
        First band: the ratio raised to the next whole percent, or the ratio as it is.
    first_upper : int
        Upper edge of the first band, percent.
    uppers : tuple of int
        Upper edges of the other bands, percent, ascending, the last one 100.
    percents : tuple of int
        Weighting ratios of the other bands, percent, ascending; one for each upper edge.
    source : str
        Where the table is stated.
    """

    name: str
    valid_from: date
    first: Literal["ceil", "exact"]
    first_upper: int
    uppers: tuple[int, ...]
    percents: tuple[int, ...]
    source: str


@cache
def band_tables() -> Mapping[str, BandTable]:
    """Return the free-float band tables by name (R47).

    Examples
    --------
    >>> table = band_tables()["ces-2023"]
    >>> table.first, table.first_upper, table.uppers[0]
    ('ceil', 15, 20)
    """
    return MappingProxyType(
        {
            name: BandTable(
                name=name,
                valid_from=row["valid_from"],
                first=row["first"],
                first_upper=row["first_upper"],
                uppers=tuple(row["uppers"]),
                percents=tuple(row["percents"]),
                source=row["source"],
            )
            for name, row in read_table("free_float_bands").items()
        }
    )
