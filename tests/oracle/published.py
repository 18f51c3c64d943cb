"""Four decimals, half up, on output only (R35)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

SCALE = 10_000


def published(level: Fraction) -> Decimal:
    """Round a level half up at four decimals, on the exact value."""
    units = (2 * level * SCALE + 1) // 2
    return Decimal(int(units)).scaleb(-4)


def distance_to_tie(level: Fraction) -> Fraction:
    """Return how far a level lies from the nearest value at which rounding turns, in points."""
    part = (level * SCALE) % 1
    return abs(part - Fraction(1, 2)) / SCALE
