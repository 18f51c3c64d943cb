"""Changes of levels, tick by tick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Changes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Every change of some levels, in the order of the ticks.

    Attributes
    ----------
    rows : uint32 array of shape (n,)
        Row of the level in ``LiveEngine.rows``.
    timestamps : int64 array of shape (n,)
        When the tick was made, microseconds since 1970-01-01 UTC.
    levels : float64 array of shape (n,)
        The level from then on, unrounded.
    """

    rows: NDArray[np.uint32]
    timestamps: NDArray[np.int64]
    levels: NDArray[np.float64]
