"""The result of a run: tables, and the directory they are written to and read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from paasche.calculation.run_directory import read_record, read_tables, write_run
from paasche.calculation.state import State
from paasche.errors import Defect
from paasche.methodology import Methodology

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

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
        What happened to whom: index, session, security, event, rule, before, after, value_effect
        (what it did to the value of the holdings at the opening, in index currency).
    securities : polars.DataFrame
        Who the constituents are: security, name, exchange, currency, industry.
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
    seconds : float, optional
        Time the calculation took; None for a run that was read.
    record : dict
        ``run.json`` of a run that was read: versions, fingerprints, assumptions.
    """

    levels: pl.DataFrame
    constituents: pl.DataFrame
    divisors: pl.DataFrame
    events: pl.DataFrame
    securities: pl.DataFrame
    methodology: Methodology
    source: str
    known_at: datetime | None
    state: State
    warnings: tuple[Defect, ...]
    seconds: float | None
    market_fingerprints: Callable[[], dict[str, str]] = field(compare=False)
    record: dict[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Result:
        """Read a run directory.

        Parameters
        ----------
        path : str or path
            Directory that :meth:`write` or ``paasche calculate`` wrote.

        Returns
        -------
        Result

        Raises
        ------
        MissingDataError, InputError
            It is no whole run directory; the message names the file.

        Examples
        --------
        >>> import tempfile, paasche as px
        >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2015-12-31"))
        >>> result = px.calculate(px.Methodology.load("sample-cross-border"), market)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run = result.write(folder)
        ...     px.Result.read(run).levels.equals(result.levels)
        True
        """
        folder = Path(path)
        record = read_record(folder)
        market = record["market"]
        known_at = market["known_at"]
        return cls(
            methodology=Methodology.from_dict(record["methodology"]["content"]),
            source=market["source"],
            known_at=None if known_at is None else datetime.fromisoformat(known_at),
            state=State.read(folder),
            warnings=tuple(Defect(**one) for one in record["warnings"]),
            seconds=None,
            market_fingerprints=lambda: dict(market["fingerprints"]),
            record=record,
            **read_tables(folder),
        )

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
            ``securities``, ``run.json`` and ``state.json``.

        Raises
        ------
        InputError
            The directory is not empty or cannot be written.
        """
        return write_run(Path(path), self, format)
