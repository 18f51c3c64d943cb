"""Shares of a count in exact arithmetic: 29 % of 100 is 29, which floats do not promise."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["as_written", "whole_part"]


def as_written(number: float | Decimal | Fraction) -> Fraction:
    """Return a number as the decimal that is written: 0.2 is one fifth.

    Examples
    --------
    >>> as_written(0.2)
    Fraction(1, 5)
    """
    return number if isinstance(number, Fraction) else Fraction(str(number))


def whole_part(share: float | Decimal | Fraction, count: int) -> int:
    """Return a share of a count, rounded down (R7, R8, R9).

    Examples
    --------
    >>> whole_part(0.29, 100), int(0.29 * 100)
    (29, 28)
    """
    return int(as_written(share) * count)
