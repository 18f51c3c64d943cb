"""What a day opens with, as the core reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Securities, indices and levels of a day, each as columns.

    Attributes
    ----------
    references : float64 array of shape (n_securities,)
        Opening reference prices, in quote currency (R42).
    exchange, currency : uint32 array of shape (n_securities,)
        Exchange and quote currency, by position.
    sessions : list of list of (int, int), optional
        By exchange, from when to when a print is a trade, microseconds since 1970-01-01 UTC, both
        included (R43). None: always.
    collar : float, optional
        How far a price may be from the reference, as a fraction of it.
    rates : float64 array of shape (n_index_currencies, n_currencies)
        What one unit of a currency is worth in each currency that indices are calculated in; NaN
        where no index needs it.
    index_currency : uint32 array of shape (n_indices,)
        Row of the rates.
    starts : int64 array of shape (n_indices + 1,)
        First holding of each index.
    securities : uint32 array of shape (n_holdings,)
        Positions, ascending in an index.
    units : float64 array of shape (n_holdings,)
        Units held.
    level_index : uint32 array of shape (n_levels,)
        Index of each level.
    is_return : bool array of shape (n_levels,)
        Whether it is a total return.
    level : float64 array of shape (n_levels,)
        Base level; of a total return the level of the close before.
    at_value : float64 array of shape (n_levels,)
        Divisor; of a total return the opening value (R48).
    base_rate : float64 array of shape (n_levels,)
        Of a version in another currency, its rate on the base date; else NaN.
    version : uint32 array of shape (n_levels,)
        Its currency.
    """

    references: NDArray[np.float64]
    exchange: NDArray[np.uint32]
    currency: NDArray[np.uint32]
    sessions: list[list[tuple[int, int]]] | None
    collar: float | None
    rates: NDArray[np.float64]
    index_currency: NDArray[np.uint32]
    starts: NDArray[np.int64]
    securities: NDArray[np.uint32]
    units: NDArray[np.float64]
    level_index: NDArray[np.uint32]
    is_return: NDArray[np.bool_]
    level: NDArray[np.float64]
    at_value: NDArray[np.float64]
    base_rate: NDArray[np.float64]
    version: NDArray[np.uint32]
