"""The result of a run: tables, and the directory they are written to (DESIGN §5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from paasche.calculation.run_directory import TABLES, write_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from os import PathLike

    from paasche.calculation.state import State
    from paasche.errors import Defect
    from paasche.methodology import Methodology

__all__ = ["Result"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Result:
    """Levels of an index and everything that explains them.

    Attributes
    ----------
    levels : polars.DataFrame
        index, date, variant, currency, hedge, level (4 decimals, R35), level_unrounded, value,
        opening_value, divisor. Value and divisor are in index currency and stand on its own rows.
    constituents : polars.DataFrame
        Holdings from the session on which they changed: index, session, security, total,
        inclusion_factor, adjusted_shares, weight_factor, price (at the opening), fx (of the close
        before), weight (at the opening; 0 for a leaver).
    divisors : polars.DataFrame
        Divisor changes (R50): index, session, before, after, value_before, value_after, reason,
        detail.
    events : polars.DataFrame
        What happened to whom: index, session, security, event, rule, before, after.
    methodology : Methodology
        The rules of the run.
    source : str
        Where the market came from.
    known_at : datetime, optional
        The moment as of which the market was seen.
    state : State
        What a continued run starts from.
    warnings : tuple of Defect
        What the methodology tolerates but a reader should know, such as missing prices.
    seconds : float
        Time the calculation took.
    """

    levels: pl.DataFrame
    constituents: pl.DataFrame
    divisors: pl.DataFrame
    events: pl.DataFrame
    methodology: Methodology
    source: str
    known_at: datetime | None
    state: State
    warnings: tuple[Defect, ...]
    seconds: float
    market_fingerprints: Callable[[], dict[str, str]] = field(compare=False)

    def __repr__(self) -> str:
        index = self.methodology.index
        first, last = self.levels.select(first=pl.col("date").min(), last=pl.col("date").max()).row(
            0
        )
        return (
            f"<Result {index.code}: {first} to {last}, "
            f"{', '.join(index.variants)} in {', '.join(index.currencies)}, "
            f"{len(self.divisors)} divisor changes>"
        )

    def write(
        self,
        path: str | PathLike[str],
        format: Literal["parquet", "csv"] = "parquet",  # noqa: A002
    ) -> Path:
        """Write the run directory, whole or not at all.

        Parameters
        ----------
        path : str or path
            Directory to make; it must not exist, or be empty.
        format : {"parquet", "csv"}
            Format of the tables.

        Returns
        -------
        pathlib.Path
            The directory, with ``levels``, ``constituents``, ``divisors``, ``events``,
            ``run.json`` and ``state.json``.

        Raises
        ------
        InputError
            The directory is not empty or cannot be written.
        """
        tables = {name: getattr(self, name) for name in TABLES}
        return write_run(Path(path), tables, self, format)
