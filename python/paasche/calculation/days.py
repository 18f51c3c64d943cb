"""Days as people give them."""

from __future__ import annotations

from datetime import date

import numpy as np

from paasche.errors import InputError
from paasche.market.hints import day_hint

__all__ = ["day"]


def day(argument: str, value: date | str) -> date:
    """Return the day an argument names.

    Raises
    ------
    InputError
        It is no day.

    Examples
    --------
    >>> day("start", "2024-01-04")
    datetime.date(2024, 1, 4)
    """
    try:
        found = np.datetime64(value, "D").item()
    except ValueError:
        found = None
    if not isinstance(found, date):
        hint = day_hint(value)
        raise InputError(
            f"{argument} = {value}: must be a date, such as 2024-01-04"
            + (f"; {hint}" if hint else "")
        )
    return found
