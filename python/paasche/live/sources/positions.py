"""From rows of the table ``ticks`` to ticks by position among the securities of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.live.ticks import Ticks
from paasche.market.identifiers import Directory

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Positions"]


class Positions:
    """Which place each security has, and how many ticks had none.

    Parameters
    ----------
    securities : sequence of str
        Securities of the engine.

    Attributes
    ----------
    left_out : int
        Ticks of securities that no index holds.
    """

    def __init__(self, securities: Sequence[str]) -> None:
        self._dtype = pl.Enum(list(securities))
        self._directory = Directory(pl.Series(securities, dtype=pl.String))
        self.left_out = 0

    def ticks(self, rows: pl.DataFrame, position: int) -> Ticks:
        """Return rows as ticks, without those of securities that no index holds.

        Parameters
        ----------
        rows : pl.DataFrame
            timestamp (datetime in UTC, microseconds), security, price and volume, in order of
            arrival; a code of any style counts as what it names.
        position : int
            How far the source has been read with them.

        Examples
        --------
        >>> import datetime as dt
        >>> rows = pl.DataFrame(
        ...     {
        ...         "timestamp": [dt.datetime(2024, 6, 14, 1, 30, tzinfo=dt.UTC)] * 2,
        ...         "security": ["sh.600519", "000001.SZ"],
        ...         "price": [1700.5, 10.1],
        ...         "volume": pl.Series([None, None], dtype=pl.Int64),
        ...     }
        ... )
        >>> known = Positions(["600519.SH"])
        >>> ticks = known.ticks(rows, 2)
        >>> ticks.securities, ticks.prices, known.left_out
        (array([0], dtype=uint32), array([1700.5]), 1)
        """
        places = self._places(rows["security"])
        if unknown := places.null_count():
            self.left_out += unknown
            rows, places = rows.filter(places.is_not_null()), places.drop_nulls()
        volumes = rows["volume"]
        return Ticks(
            securities=places.to_physical().to_numpy().astype(np.uint32),
            prices=_floats(rows["price"]),
            timestamps=rows["timestamp"].dt.epoch("us").to_numpy(),
            volumes=None if volumes.null_count() == len(volumes) else _floats(volumes),
            position=position,
        )

    def _places(self, codes: pl.Series) -> pl.Series:
        places = codes.cast(self._dtype, strict=False)
        if not places.null_count():
            return places
        strange = codes.filter(places.is_null()).unique().drop_nulls()
        named = self._directory.names(strange)
        if not named:
            return places
        return codes.replace(list(named), list(named.values())).cast(self._dtype, strict=False)


def _floats(column: pl.Series) -> np.ndarray:
    """Return a column as float64; null is NaN: no trade as a price, a trade as a volume."""
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
