"""The market: tables that keep the data contract, seen as of a moment."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import polars as pl

from paasche.errors import InputError, MissingDataError
from paasche.market.budget import bytes_of
from paasche.market.calendars import Calendars
from paasche.market.fingerprint import fingerprint
from paasche.market.folder import read_folder
from paasche.market.frames import read_frames
from paasche.market.gaps import NO_GAPS, asked_spans, find_gaps, report_gaps
from paasche.market.history import known_by, moment, standing
from paasche.market.reading import check
from paasche.market.report import Report
from paasche.market.streamed import REFUSED, Streamed
from paasche.market.tables import TABLES, empty, unknown_table
from paasche.market.writing import write_folder

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from paasche.errors import Defect
    from paasche.market.reading import Checked

__all__ = ["Market"]


class Market:
    """Prices, shares, corporate actions and all else an index is calculated from.

    Made by `Market.read` and `Market.from_frames`, which check everything first. A market does not
    change.

    Attributes
    ----------
    source : str
        Where it came from: the folder, or ``frames``.
    known_at : datetime or None
        The moment as of which it is seen, in UTC; None: all that is there.
    calendars : Calendars
        Sessions of its exchanges.
    streamed : Streamed or None
        Its prices, where they were read under a budget of memory; then it has no table of them.
    """

    def __init__(
        self,
        history: dict[str, pl.DataFrame],
        *,
        source: str,
        known_at: dt.datetime | None,
        positions: dict[tuple[str, str], np.ndarray] | None = None,
        streamed: Streamed | None = None,
    ) -> None:
        # One chunk each: then a look at a column is one at memory, not a copy. And formatting text
        # fails on a frame whose first chunk a filter has emptied.
        history = {
            name: frame.rechunk() if max(frame.n_chunks("all"), default=1) > 1 else frame
            for name, frame in history.items()
        }
        self._history = history
        self._tables = {name: standing(frame, TABLES[name]) for name, frame in history.items()}
        whole = all(self._tables[name] is frame for name, frame in history.items())
        self._positions = dict(positions) if positions is not None and whole else {}
        self._fingerprints: dict[str, str] = {}
        self.source = source
        self.known_at = known_at
        self.streamed = streamed
        self.calendars = Calendars(self._tables.get("calendar"))

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        *,
        as_of: dt.datetime | str | None = None,
        memory: int | str | None = None,
    ) -> Self:
        """Read a market folder.

        Parameters
        ----------
        path : str or path
            Folder of tables, each ``NAME.parquet`` or ``NAME.csv``.
        as_of : datetime or str, optional
            See the market as it was known at this moment (with its zone).
        memory : int or str, optional
            Bytes, or text such as ``2GB``: prices are laid out once in the cache and never held
            whole; levels of many indices can be calculated from them. None: all in memory.

        Raises
        ------
        InputError
            Lists every defect of the folder; or ``memory`` is no size, or less than 32 MB.

        Examples
        --------
        >>> market = Market.read("market/", as_of="2024-06-14T18:00:00+08:00")  # doctest: +SKIP
        """
        report = Report(os.fspath(path))
        if memory is None:
            checked = check(read_folder(Path(path), report), report)
            return cls._of(checked, source=os.fspath(path), as_of=as_of)
        budget = bytes_of(memory)
        checked = check(read_folder(Path(path), report, without=("prices",)), report)
        streamed = Streamed.of(Path(path), checked.frames, checked.directory, budget)
        return cls._of(checked, source=os.fspath(path), as_of=as_of, streamed=streamed)

    @classmethod
    def from_frames(
        cls, tables: Mapping[str, Any], *, as_of: dt.datetime | str | None = None
    ) -> Self:
        """Take a market from frames in memory.

        Parameters
        ----------
        tables : mapping of str to frame
            By table name: polars (eager or lazy), pandas, pyarrow, duckdb, anything with
            ``__arrow_c_stream__``, or a mapping of columns to numpy arrays or sequences.
        as_of : datetime or str, optional
            See the market as it was known at this moment (with its zone).

        Raises
        ------
        InputError
            Lists every defect of the tables.

        Examples
        --------
        >>> market = Market.from_frames(
        ...     {
        ...         "securities": {
        ...             "security": ["sh.600519"],
        ...             "name": ["Kweichow Moutai"],
        ...             "exchange": ["XSHG"],
        ...             "currency": ["CNY"],
        ...         }
        ...     }
        ... )
        >>> market["securities"]["security"].to_list()
        ['600519.SH']
        """
        report = Report("frames")
        checked = check(read_frames(tables, report), report)
        return cls._of(checked, source="frames", as_of=as_of)

    @classmethod
    def _of(
        cls,
        checked: Checked,
        *,
        source: str,
        as_of: dt.datetime | str | None,
        streamed: Streamed | None = None,
    ) -> Self:
        market = cls(
            checked.frames,
            source=source,
            known_at=None,
            positions=checked.positions,
            streamed=streamed,
        )
        return market if as_of is None else market.as_of(as_of)

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table; one that was not given is empty and has the right columns."""
        if name not in TABLES:
            raise InputError(f"market[{name!r}]: {unknown_table(name)}")
        if name == "prices" and self.streamed is not None:
            raise InputError(REFUSED)
        return self._tables[name] if name in self._tables else empty(name)

    def versions(self, name: str) -> pl.DataFrame:
        """Return every row of a table that was ever known, superseded ones among them."""
        return self._history[name] if name in self._history else self[name]

    def __contains__(self, name: object) -> bool:
        return name in self.tables

    def __repr__(self) -> str:
        rows = ", ".join(f"{name} {frame.height}" for name, frame in self._tables.items())
        seen = "" if self.known_at is None else f" as of {self.known_at.isoformat()}"
        return f"<Market {self.source}{seen}: {rows}>"

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that were given, in the order of the data contract."""
        there = {*self._tables, *(() if self.streamed is None else ("prices",))}
        return tuple(name for name in TABLES if name in there)

    @functools.cached_property
    def ids(self) -> pl.Series:
        """Identifiers of all securities in ascending byte order, in which an index adds terms."""
        return self["securities"]["security"].unique().sort()

    def positions(self, name: str, column: str = "security") -> np.ndarray:
        """Return where among `ids` the security of each row of a table stands.

        Parameters
        ----------
        name : str
            Table.
        column : str
            Its column of securities.

        Returns
        -------
        int32 array of shape (n_rows,)
            -1 where the column is null.
        """
        positions = self._positions.get((name, column))
        if positions is None:
            number = self[name][column].cast(pl.Enum(self.ids)).to_physical()
            positions = np.asarray(number.cast(pl.Int32).fill_null(-1).to_numpy())
            self._positions[name, column] = positions
        return positions

    def rows_of(self, name: str, securities: pl.Series) -> np.ndarray:
        """Return which rows of a table are of some securities.

        Few of many: faster than a filter by their names, which reads text.

        Parameters
        ----------
        name : str
            Table.
        securities : pl.Series of str
            Securities of the market.

        Returns
        -------
        bool array of shape (n_rows,)
        """
        # One more than there are identifiers, so that position -1 finds nothing.
        wanted = np.zeros(len(self.ids) + 1, dtype=np.bool_)
        wanted[securities.cast(pl.Enum(self.ids)).to_physical().to_numpy()] = True
        return np.asarray(wanted[self.positions(name)])

    def require(self, names: Iterable[str], purpose: str) -> None:
        """Raise MissingDataError unless the tables are there and hold rows.

        Parameters
        ----------
        names : iterable of str
            Tables.
        purpose : str
            What needs them, for the message.
        """
        for name in names:
            if self[name].is_empty():
                lacks = "has no rows" if name in self else "is not there"
                raise MissingDataError(
                    f"{self.source}: the table {name} {lacks}; {purpose} needs it"
                )

    def as_of(self, time: dt.datetime | str) -> Self:
        """Return the market as it was known at a moment.

        Rows with a later ``known_at`` are not there yet, and of each key the row known last stands.

        Parameters
        ----------
        time : datetime or str
            With its zone.

        Raises
        ------
        InputError
            If the moment has no zone, or lies after the one this market is seen at.
        """
        when = moment(time, "as_of")
        if self.known_at is not None and when > self.known_at:
            seen = self.known_at.isoformat()
            raise InputError(f"as_of = {when.isoformat()}: must be at most {seen}, all it knows")
        known = {name: known_by(frame, when) for name, frame in self._history.items()}
        same = all(known[name] is frame for name, frame in self._history.items())
        positions = self._positions if same else None
        return type(self)(
            known,
            source=self.source,
            known_at=when,
            positions=positions,
            streamed=self.streamed,
        )

    def changed(self, change: Callable[[str, pl.DataFrame], pl.DataFrame]) -> Self:
        """Return the market with other rows, checked before: such as those known by a day.

        Parameters
        ----------
        change : callable
            Given the name of a table and its rows, all that were ever known, returns its new rows
            with the same columns.
        """
        tables = {name: change(name, frame) for name, frame in self._history.items()}
        same = all(tables[name] is frame for name, frame in self._history.items())
        positions = self._positions if same else None
        return type(self)(
            tables,
            source=self.source,
            known_at=self.known_at,
            positions=positions,
            streamed=self.streamed,
        )

    def fingerprints(self) -> dict[str, str]:
        """Return a hash of the content of every table that was given.

        Returns
        -------
        dict of str to str
            SHA-256 in hexadecimal; the same for any order of rows and columns and any file format.
        """
        if not self._fingerprints:
            self._fingerprints.update({name: self._fingerprint(name) for name in self.tables})
        return dict(self._fingerprints)

    def _fingerprint(self, name: str) -> str:
        if name not in self._tables and self.streamed is not None:
            return self.streamed.fingerprint()
        numbered = {
            column: (positions, self.ids)
            for (table, column), positions in self._positions.items()
            if table == name
        }
        return fingerprint(self._tables[name], TABLES[name], numbered)

    def write(self, path: str | os.PathLike[str], format: str = "parquet") -> None:  # noqa: A002
        """Write the market as a folder that `Market.read` reads back; whole or not at all.

        Parameters
        ----------
        path : str or path
            A folder that is new or empty.
        format : {"parquet", "csv"}

        Raises
        ------
        InputError
            If the folder holds something already.
        """
        write_folder({name: self[name] for name in self.tables}, Path(path), format)

    def price_gaps(
        self,
        securities: Iterable[str],
        start: dt.date | Iterable[dt.date],
        end: dt.date | Iterable[dt.date],
    ) -> pl.DataFrame:
        """Return the open sessions on which securities have no price and are not suspended.

        Only the table `status` can tell a gap from a suspension; without it there is none. No price
        is due before a security is listed, and from its delisting, merger or bankruptcy on.

        Parameters
        ----------
        securities : iterable of str, n of them
            One may come more than once.
        start, end : date, or iterable of n dates
            Days to look at, both included.

        Returns
        -------
        pl.DataFrame
            Columns security and date, sorted.
        """
        spans = asked_spans(securities, start, end)
        if "status" not in self:
            return NO_GAPS
        return find_gaps(self, spans, self["status"])

    def report_gaps(self, gaps: pl.DataFrame, *, missing: str) -> tuple[Defect, ...]:
        """Refuse price gaps, or return them as warnings, one for each security.

        Parameters
        ----------
        gaps : pl.DataFrame
            As `price_gaps` returns them.
        missing : {"error", "warn"}
            The methodology's ``[prices] missing``.

        Raises
        ------
        InputError
            If `missing` is ``error`` and there is a gap.
        """
        return report_gaps(gaps, missing, self.source)
