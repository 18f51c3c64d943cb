"""Prices that memory does not hold: panels in the cache, read span of days by span of days."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from paasche._core import __version__
from paasche.errors import InputError
from paasche.market.cached import block_of
from paasche.market.fingerprint import fingerprint, panel_fingerprint
from paasche.market.laying import slab_days
from paasche.market.price_file import COLUMNS, PriceFile
from paasche.market.tables import TABLES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from paasche.market.blocks import Block
    from paasche.market.identifiers import Directory

__all__ = ["REFUSED", "Span", "Streamed"]

REFUSED = (
    "prices: must be in memory for this, as only levels of indices of the table constituents are "
    'calculated under a budget (calculate_many with tables=["levels"]); read the market without '
    "memory"
)
"""What is said wherever the table itself is asked for."""

_GROUND = ("securities", "codes", "listings", "calendar")
"""Tables that the checks of prices rest on."""


class Span(NamedTuple):
    """Some days of all securities.

    Attributes
    ----------
    days : int32 array of shape (n_days,)
        Days since 1970-01-01.
    panels : list of float64 array of shape (n_days, n_securities)
        The columns that were asked for; NaN where there is no value.
    rows : bool array of shape (n_days, n_securities)
        Whether the table has a row.
    """

    days: NDArray[np.int32]
    panels: list[NDArray[np.float64]]
    rows: NDArray[np.bool_]


class Streamed:
    """The table ``prices`` under a budget of memory.

    Parameters
    ----------
    block : Block
        Its panels, checked.
    ids : polars.Series
        Identifiers of the market, ascending.
    budget : int
        Bytes.

    Attributes
    ----------
    days : int32 array of shape (n_days,)
        Days with a price, since 1970-01-01, ascending.
    own : int64 array of shape (n_securities,)
        Positions of the securities that have prices among ``ids``; they ascend.
    """

    def __init__(self, block: Block, ids: pl.Series, budget: int) -> None:
        self._block = block
        self._ids = ids
        self.budget = budget
        self.days = block.days
        names = pl.Series(block.securities, dtype=pl.Enum(ids))
        self.own = names.to_physical().to_numpy().astype(np.int64)

    @classmethod
    def of(
        cls,
        folder: Path,
        frames: Mapping[str, pl.DataFrame],
        directory: Directory | None,
        budget: int,
    ) -> Streamed:
        """Return the prices of a market folder, laid out in the cache where they are not yet.

        Raises
        ------
        InputError
            There is no ``prices.parquet``, it has a defect, or the cache cannot be written.
        """
        path = folder / "prices.parquet"
        if not path.is_file() or directory is None:
            raise InputError(
                f"{path}: must be there, beside the table securities, to be read under a budget of "
                "memory; convert the prices to Parquet, or leave memory out"
            )
        ground = hashlib.sha256(__version__.encode())
        for name in _GROUND:
            told = fingerprint(frames[name], TABLES[name], {}) if name in frames else ""
            ground.update(f"\n{name} {told}".encode())
        file = PriceFile(path, frames, directory)
        # A third: what is checked lies beside what is laid out.
        block = block_of(file, COLUMNS, memory=budget // 3, ground=ground.hexdigest())
        return cls(block, directory.ids, budget)

    @property
    def last(self) -> dt.date:
        """The last day with a price."""
        found: dt.date = self.days[-1].astype("datetime64[D]").item()
        return found

    @property
    def folder(self) -> Path:
        """The folder of the cache in which the panels lie."""
        return self._block.place.parent

    def step(self, width: int, panels: int) -> int:
        """Return how many days of panels of so many securities fit well into the budget."""
        return slab_days(self.budget // 4, width, panels)

    def spans(
        self, columns: Sequence[str], first: int = 0, stop: int | None = None
    ) -> Iterator[Span]:
        """Yield the days from one position up to another, as many at a time as fit.

        Parameters
        ----------
        columns : sequence of str
        first, stop : int, optional
            Positions among ``days``.
        """
        stop = len(self.days) if stop is None else stop
        step = self.step(len(self.own), len(columns) + 1)
        for begin in range(first, stop, step):
            end = min(begin + step, stop)
            panels = [self._block.read(name, begin, end) for name in columns]
            yield Span(self.days[begin:end], panels, self._block.rows(begin, end))

    def last_by(self, day: int) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Return the day of each identifier's last price up to a day, and whether it is no trade.

        Returns
        -------
        last : int32 array of shape (n_ids,)
            The least int32 where there is none.
        idle : bool array of shape (n_ids,)
            Whether its volume is 0.
        """
        last = np.full(len(self._ids), np.iinfo(np.int32).min, np.int32)
        idle = np.zeros(len(self._ids), np.bool_)
        stop = int(np.searchsorted(self.days, day, "right"))
        for span in self.spans(["volume"], 0, stop):
            there = np.flatnonzero(span.rows.any(axis=0))
            row = len(span.days) - 1 - np.argmax(span.rows[::-1, there], axis=0)
            last[self.own[there]] = span.days[row]
            idle[self.own[there]] = span.panels[0][row, there] == 0
        return last, idle

    def values_of(self, column: str, rows: pl.DataFrame) -> NDArray[np.float64]:
        """Return a figure of rows of ``security`` and ``day`` (int32); NaN where there is none."""
        found = np.full(len(rows), np.nan)
        if rows.is_empty():
            return found
        names = pl.Series(self._block.securities, dtype=pl.String)
        known = rows["security"].is_in(names.implode()).to_numpy()
        at = names.search_sorted(rows["security"]).to_numpy()
        day = rows["day"].to_numpy()
        for span in self.spans([column]):
            row = np.searchsorted(span.days, day).clip(max=len(span.days) - 1)
            own = known & (span.days[row] == day)
            found[own] = span.panels[0][row[own], at[own]]
        return found

    def fingerprint(self) -> str:
        """Return the fingerprint of the table: that of the same table in memory."""

        def column(name: str) -> Iterator[NDArray[Any]]:
            for span in self.spans([name] if name in COLUMNS else []):
                row, at = np.nonzero(span.rows)
                if name in COLUMNS:
                    yield span.panels[0][row, at]
                else:
                    yield (span.days[row] if name == "date" else at.astype(np.int32))

        return panel_fingerprint(TABLES["prices"], column, {"security": self._block.securities})
