"""W5 by polars and numpy: read the file, number days and names, scatter into dense panels."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SCHEMA = {"date": pl.Date, "security": pl.String, "close": pl.Float64, "shares": pl.Int64}


class Panels(NamedTuple):
    """Dense panels, sessions × securities; NaN where a row is missing."""

    days: NDArray[np.datetime64]
    names: list[str]
    close: NDArray[np.float64]
    shares: NDArray[np.float64]


def panels(path: Path) -> Panels:
    """Return the panels of a Parquet or CSV file, days and names ascending."""
    is_csv = path.suffix == ".csv"
    table = pl.read_csv(path, schema=SCHEMA) if is_csv else pl.read_parquet(path)
    names = table["security"].unique().sort()
    days, places = places_in(table, names)
    close, shares = (np.full(len(days) * len(names), np.nan) for _ in range(2))
    close[places] = table["close"].to_numpy()
    shares[places] = table["shares"].to_numpy()
    shape = len(days), len(names)
    return Panels(days, names.to_list(), close.reshape(shape), shares.reshape(shape))


def places_in(
    table: pl.DataFrame, names: pl.Series
) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """Return the days of a table, ascending, and the place of each row in days × names.

    The place is counted in a panel laid out in one piece, from a table of days.
    """
    columns = table["security"].cast(pl.Enum(names)).to_physical().to_numpy()
    dates = table["date"].to_physical().to_numpy()
    first = dates.min()
    dates = dates - first
    present = np.zeros(dates.max() + 1, np.bool_)
    present[dates] = True
    starts = (np.cumsum(present) - 1) * len(names)
    places = starts[dates]
    places += columns
    return (np.flatnonzero(present) + first).astype("datetime64[D]"), places
