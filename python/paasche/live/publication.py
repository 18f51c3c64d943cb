"""A publication: the levels of a moment, as every sink gets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import date

    import polars as pl
    from numpy.typing import NDArray

__all__ = ["Board", "Publication", "same_levels"]

_SAME = 1e-14
"""Relative; text gives the last bit back, but for parsers that round twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What is published on a day: which level stands in which row.

    Attributes
    ----------
    date : datetime.date
        The index session.
    rows : polars.DataFrame
        index, variant, currency of each level.
    indices : list of str
        Codes, one for each column of the quality shares.
    """

    date: date
    rows: pl.DataFrame
    indices: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """The latest calculation at a publication (R60): nothing is interpolated.

    Attributes
    ----------
    sequence : int
        1, 2, 3, …: none is missing, none comes twice.
    calculated : int
        Moment of the calculation, microseconds since 1970-01-01 UTC.
    published : int
        Moment of the publication; of a replay in event time.
    is_close : bool
        Whether it is the closing level (R45).
    levels : float64 array of shape (n_rows,)
        Unrounded; sinks round to 4 decimals (R35).
    traded, stale, frozen : float64 array of shape (n_indices,)
        Share of the constituents, by number, that traded today; whose last trade is old; that are
        frozen (R44).
    """

    sequence: int
    calculated: int
    published: int
    is_close: bool
    levels: NDArray[np.float64]
    traded: NDArray[np.float64]
    stale: NDArray[np.float64]
    frozen: NDArray[np.float64]


def same_levels(kept: NDArray[np.float64], levels: NDArray[np.float64]) -> bool:
    """Tell whether levels that a sink has kept are those of a publication.

    Parameters
    ----------
    kept : float64 array of shape (n_rows,)
        NaN where it is not known.
    levels : float64 array of shape (n_rows,)

    Examples
    --------
    >>> same_levels(np.array([1000.5, np.nan]), np.array([1000.5, 2000.0]))
    True
    """
    known = ~np.isnan(kept)
    return np.allclose(kept[known], levels[known], rtol=_SAME, atol=0.0)
