"""Days and sessions as arrays, checked once at the door."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from paasche.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Days: TypeAlias = NDArray[np.datetime64]

__all__ = ["as_days", "as_sessions"]


def as_sessions(sessions: ArrayLike, name: str) -> Days:
    """Return sessions as a checked array: days, ascending, at least one."""
    days = as_days(sessions, name)
    if days.ndim != 1 or days.size == 0:
        raise InputError(f"{name} of shape {days.shape}: must be a list of days that is not empty")
    # NaT makes the comparison false as well.
    if not (np.diff(days) > np.timedelta64(0, "D")).all() or np.isnat(days[0]):
        raise InputError(f"{name}: must be ascending days without repeats")
    return days


def as_days(values: ArrayLike, name: str) -> Days:
    """Return dates as days; NaT stays."""
    # A bare number would count days from 1970.
    plain = np.asarray(values)
    if plain.size and plain.dtype.kind in "biuf":
        raise InputError(f"{name}: must be dates, not numbers")
    try:
        return np.asarray(values, dtype="datetime64[D]")
    except (TypeError, ValueError) as e:
        raise InputError(f"{name}: must be dates ({e})") from e
