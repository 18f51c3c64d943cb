"""Prices of a market piece by piece: all that is checked of prices, on their way to the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import InputError
from paasche.market.calendars import Calendars
from paasche.market.casts import conform
from paasche.market.history import dated, standing
from paasche.market.long_files import LongFile
from paasche.market.report import Report
from paasche.market.resolve import resolve_rows
from paasche.market.sessions import check_sessions
from paasche.market.source import Source
from paasche.market.tables import TABLES
from paasche.market.values import check_values
from paasche.market.venues import Venues

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from paasche.market.identifiers import Directory
    from paasche.market.long_files import Piece

__all__ = ["COLUMNS", "PriceFile"]

_PRICES = TABLES["prices"]

COLUMNS = ("close", "reference", "volume", "turnover")
"""Figures of the table prices."""


class PriceFile(LongFile):
    """The table ``prices`` as a Parquet file, each piece checked when it is first read.

    Parameters
    ----------
    path : Path
    frames : mapping of str to polars.DataFrame
        The other tables of the market, checked.
    directory : Directory
        Its securities.
    """

    def __init__(
        self, path: Path, frames: Mapping[str, pl.DataFrame], directory: Directory
    ) -> None:
        super().__init__(path, COLUMNS)
        with self.refusing():
            self._names = tuple(pl.scan_parquet(path, glob=False).collect_schema())
        now = {
            name: standing(frames[name], TABLES[name])
            for name in ("securities", "listings")
            if name in frames
        }
        self._venues = Venues(directory.ids, now["securities"], now.get("listings"))
        self._calendars = Calendars(frames.get("calendar"))
        self._directory = directory
        self._checked: set[Piece] = set()

    def pieces(self, size: int) -> list[Piece]:
        """Return the file in pieces of so many rows.

        Raises
        ------
        InputError
            It has none.
        """
        found = super().pieces(size)
        if not found:
            raise InputError(f"{self.place}: must have at least one row; fill it")
        return found

    def read_piece(self, piece: Piece, columns: Sequence[str]) -> pl.DataFrame:
        """Return some columns of the rows of a piece, with canonical identifiers.

        Raises
        ------
        InputError
            The file cannot be read; lists every defect of the piece.
        """
        with self.refusing():
            frame = self._scan().slice(piece.start, piece.stop - piece.start).collect()
        rows = np.arange(piece.start, piece.stop)
        source = Source(place=self.place.name, frame=frame, names=self._names, kept=rows)
        report = Report(str(self.place.parent))
        frame = conform(source, _PRICES, report)
        new = piece not in self._checked
        if new:
            check_values(source, _PRICES, frame, (), report)
        frame, positions = resolve_rows("prices", frame, source, self._directory, report)
        if new:
            self._check_sessions(source, frame["date"], positions, report)
        report.raise_defects()
        if dated(frame):
            raise InputError(
                f"{self.place}: must have no known_at under a budget of memory; take the rows that "
                "stand, or leave memory out"
            )
        self._checked.add(piece)
        return frame.select(columns)

    def _check_sessions(
        self, source: Source, dates: pl.Series, positions: np.ndarray, report: Report
    ) -> None:
        check_sessions(
            source,
            dates,
            self._venues.exchanges,
            lambda rows: self._venues.at(positions[rows], dates.gather(rows)),
            calendars=self._calendars,
            report=report,
        )

    def _scan(self) -> pl.LazyFrame:
        there = [name for name in _PRICES.schema if name in self._names]
        return pl.scan_parquet(self.place, glob=False).select(there)
