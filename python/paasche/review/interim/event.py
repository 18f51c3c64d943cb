"""One interim event, as the history of an index applies it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import date

__all__ = ["Cause", "Event"]

Cause: TypeAlias = Literal[
    "base",
    "review",
    "delisting",
    "bankruptcy",
    "merger",
    "spin_off",
    "sell_only",
    "risk_warning",
    "fast_entry",
    "decision",
]
"""Why a security enters or leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happens to one security between reviews.

    Attributes
    ----------
    effective : datetime.date
        First session of the changed basket.
    announced : datetime.date
        Day after whose close it is decided: nothing later counts.
    cause : str
        Why.
    rule : str
        Number of the rule.
    security : str
        The security concerned: who leaves, enters, or spins off.
    related : str or None
        The acquirer of a merger, or the child of a spin-off.
    ratio : float
        Shares of ``related`` per share; 0 where there are none.
    reason : str
        In words.
    price : float or None
        Deletion price that the event states.
    late : bool
        Whether it became known after its own session only, and acts later than that.
    """

    effective: date
    announced: date
    cause: Cause
    rule: str
    security: str
    reason: str
    related: str | None = None
    ratio: float = 0.0
    price: float | None = None
    late: bool = False
