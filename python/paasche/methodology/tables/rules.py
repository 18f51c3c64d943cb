"""Share maintenance and other small numbers of the equity rules (R33, R46, R53-R57)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from paasche.methodology.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

__all__ = ["ShareRules", "share_rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRules:
    """Numbers of share maintenance and of other equity rules that are no index's own choice.

    The decimals are exact; ``change_threshold.as_integer_ratio()`` is ``(1, 20)``.

    Attributes
    ----------
    name : str
        Name a methodology uses, such as ``ces-2023``.
    valid_from : datetime.date
        Since when the source states the numbers.
    change_threshold : decimal.Decimal
        Accumulated change of total shares that triggers an interim change, as a fraction (R53).
    change_lag_sessions : int
        Sessions of the security's exchange from the listing session to the change (R57).
    deletion_price : decimal.Decimal
        Price in quote currency of a name deleted after a materially negative event (R33).
    holder_threshold : decimal.Decimal
        Share of a holder, or of a group acting in concert, from which it is no free float (R46).
    given_weight_tolerance : decimal.Decimal
        How far the sum of given weights may be off 1.
    source : str
        Where the numbers are stated.
    """

    name: str
    valid_from: date
    change_threshold: Decimal
    change_lag_sessions: int
    deletion_price: Decimal
    holder_threshold: Decimal
    given_weight_tolerance: Decimal
    source: str


@cache
def share_rules() -> Mapping[str, ShareRules]:
    """Return the share maintenance rules by name (R33, R46, R53-R57).

    Examples
    --------
    >>> share_rules()["ces-2023"].change_threshold.as_integer_ratio()
    (1, 20)
    """
    return MappingProxyType(
        {name: ShareRules(name=name, **row) for name, row in read_table("share_rules").items()}
    )
