"""What is drawn of a case: a seed and a few switches; the rest follows from them.

A switch that is off leaves the random choices of the others alone, so that a failing case shrinks
by turning its features off one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

FEATURES = (
    "holidays",
    "cash",
    "bonus",
    "rights",
    "split",
    "same day",
    "moved ex-dates",
    "foreign cash",
    "cancelled",
    "references",
    "suspensions",
    "zero volume",
    "status",
    "delisting",
    "deletion price",
    "snapshots",
    "late snapshots",
    "other basis",
    "no free float",
    "fx gaps",
    "two versions",
    "net",
    "other base currency",
    "dated bands",
    "new listings",
    "early basket",
)

SCHEMES = ("free_float",) * 10 + ("total",) * 4 + ("equal",) * 3 + ("given",) * 2 + ("price",) * 2
CAPS = ("none",) * 3 + ("single",) * 5 + ("both",) * 3 + ("lifted",) * 2 + ("top",)
CALENDARS = ("union",) * 14 + ("intersection",) * 2 + ("XSHG", "XHKG")
EXCHANGES = (
    ("XSHG",),
    ("XSHG", "XHKG"),
    ("XSHG", "XHKG"),
    ("XSHG", "XSHE", "XHKG"),
    ("XSHE", "XHKG"),
    ("XHKG",),
)
REFUSALS = (
    "low cap",
    "no price",
    "fx gap",
    "fx begins late",
    "no snapshot",
    "no free float",
    "not representable",
    "no replaces",
    "wrong replaces",
    "weights off",
    "effective on a holiday",
    "base on a holiday",
    "unannounced gap",
)


@dataclass(frozen=True)
class Recipe:
    """The drawn part of a case. `length` counts weekdays after the base date, `names` the pool."""

    seed: int
    scheme: str
    caps: str
    calendar: str
    exchanges: tuple[str, ...]
    names: int
    length: int
    reviews: int
    interims: int
    mask: int
    refusal: str | None = None

    def has(self, feature: str) -> bool:
        return bool(self.mask >> FEATURES.index(feature) & 1)

    def random(self, purpose: str) -> Random:
        """Return the random numbers of one purpose; no purpose disturbs another."""
        return Random(f"{self.seed}/{purpose}")

    @property
    def features(self) -> list[str]:
        return [name for name in FEATURES if self.has(name)]
