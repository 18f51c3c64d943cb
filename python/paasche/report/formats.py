"""Numbers as the page prints them: a true minus sign, a dash where there is no figure."""

from __future__ import annotations

import math

__all__ = ["ABSENT", "change", "count", "level", "number", "percent", "tick"]

ABSENT = "–"


def number(value: float | None, decimals: int) -> str:
    """Return a number with thousands separated.

    Examples
    --------
    >>> number(-1234.5, 2), number(None, 2)
    ('−1,234.50', '–')
    """
    if value is None:
        return ABSENT
    text = f"{value:,.{decimals}f}"
    # What rounds to nothing has no sign.
    return text.replace("-", "−") if text.strip("-0.,") else text.removeprefix("-")


def level(value: float | None) -> str:
    """Return index points with two decimals."""
    return number(value, 2)


def percent(value: float | None, decimals: int = 2) -> str:
    """Return a fraction in percent."""
    return ABSENT if value is None else f"{number(value * 100, decimals)}%"


def change(value: float | None, decimals: int = 2) -> str:
    """Return a fraction in percent with its sign.

    Examples
    --------
    >>> change(0.1), change(-0.0264), change(0.000001)
    ('+10.00%', '−2.64%', '0.00%')
    """
    text = percent(value, decimals)
    rises = value is not None and value > 0 and bool(text.strip("0.,%"))
    return f"+{text}" if rises else text


def count(value: int) -> str:
    """Return a count with thousands separated."""
    return f"{value:,}"


def tick(value: float, step: float) -> str:
    """Return the number at a tick, with the decimals that its step needs.

    Examples
    --------
    >>> tick(1200.0, 200.0), tick(-0.5, 0.25)
    ('1,200', '−0.50')
    """
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step, decimals) != round(step, decimals + 2):
        decimals += 1
    return number(value, decimals)
