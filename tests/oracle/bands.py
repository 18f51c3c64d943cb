"""Free float to weighting ratio, 分級靠檔 (R47)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

UPPERS = (20, 30, 40, 50, 60, 70, 80)


def ces_2023(free_float: Fraction, total: Fraction) -> Fraction:
    """Up to 15 % raised to the next whole percent, then closed bands to 80 %, above that 100 %."""
    percent = 100 * free_float / total
    if percent <= 15:
        return Fraction(-(-percent.numerator // percent.denominator), 100)
    return _upper_edge(percent)


def csi_2010(free_float: Fraction, total: Fraction) -> Fraction:
    """The older table: up to 10 % the exact ratio, then (10, 20] is 20 % and so on."""
    percent = 100 * free_float / total
    if percent <= 10:
        return percent / 100
    return _upper_edge(percent)


def _upper_edge(percent: Fraction) -> Fraction:
    for upper in UPPERS:
        if percent <= upper:
            return Fraction(upper, 100)
    return Fraction(1)


TABLES = {"ces-2023": ces_2023, "csi-2010": csi_2010}


def band(
    free_float: int, total: int, day: date, tables: tuple[tuple[date | None, str], ...]
) -> Fraction:
    """Return the weighting ratio by the table in force on the session it is used from (R58)."""
    name = [name for start, name in tables if start is None or start <= day][-1]
    return TABLES[name](Fraction(free_float), Fraction(total))
