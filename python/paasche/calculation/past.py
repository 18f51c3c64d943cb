"""The past a run rests on: a hash of every year of market rows that it used.

A run that is continued must stand on the same past, or its tables are of two markets. The rows that
count are those of the names ever held, up to the day a name left, and up to the last session.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paasche.calculation.membership import in_force
from paasche.calculation.run_directory import read_record, read_tables
from paasche.errors import InconsistentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from paasche.market import Market
    from paasche.methodology import Methodology

    _Rows = Callable[["_Scope", tuple[str, ...]], pl.DataFrame]

__all__ = ["COLUMNS", "past", "require_past"]

UNDATED = "undated"


def past(
    market: Market,
    methodology: Methodology,
    constituents: pl.DataFrame,
    securities: pl.DataFrame,
    until: date,
) -> dict[str, dict[str, Any]]:
    """Return a hash of every year of the rows that a run used.

    Parameters
    ----------
    market : Market
    methodology : Methodology
    constituents, securities : pl.DataFrame
        Tables of the run: who was ever held, and when a name left.
    until : datetime.date
        Last session of the run; rows that count from later on are left out.

    Returns
    -------
    dict of str to dict
        By table: ``first``, the day of the first row, and ``years``, a hash of each year's rows, in
        any order of rows.
    """
    scope = _Scope(market, methodology, constituents, securities, until)
    found = {name: (rows(scope, columns), columns) for name, (rows, columns) in _TABLES.items()}
    return {
        name: _hashed(rows, columns) for name, (rows, columns) in found.items() if len(rows) > 0
    }


def require_past(folder: Path, market: Market, methodology: Methodology, until: date) -> None:
    """Refuse a market whose past is not the one that a run was calculated from.

    A market may begin later than the run did: years that it does not wholly have are not compared.

    Parameters
    ----------
    folder : Path
        Run directory.
    market : Market
        What the run is to go on with.
    methodology : Methodology
    until : datetime.date
        Last session of the run.

    Raises
    ------
    InconsistentError
        Names the tables and the years that differ.
    """
    known: dict[str, dict[str, Any]] = read_record(folder)["market"].get("past", {})
    if not known:
        return
    tables = read_tables(folder, ("constituents", "securities"))
    now = past(market, methodology, tables["constituents"], tables["securities"], until)
    begins = {name: _first(market[name]["date"]) for name in _DENSE if not market[name].is_empty()}
    other = []
    for name in known | now:
        then, found = known.get(name, _NONE), now.get(name, _NONE)
        # The sparse tables of a market that was cut keep what still counts: they begin with prices.
        begin = begins.get(name, begins["prices"])
        whole = begin <= known.get(name if name in begins else "prices", then)["first"]
        years = sorted({*then["years"], *found["years"]})
        differing = [
            year
            for year in years
            if then["years"].get(year) != found["years"].get(year)
            and (whole or year == UNDATED or begin <= f"{year}-01-01")
        ]
        if differing:
            other.append(f"{name} of {', '.join(differing)}" if UNDATED not in differing else name)
    if other:
        raise InconsistentError(
            f"{market.source}: up to {until} not the market that {folder} was calculated from; "
            f"other rows in {'; '.join(other)}. Go on with that market, or correct the past by "
            "`paasche restate`, which shows the effect"
        )


_NONE: dict[str, Any] = {"first": "", "years": {}}

_DENSE = ("prices", "fx", "calendar")
"""Tables with rows all the time: where they begin, their past begins."""


@dataclass(frozen=True)
class _Scope:
    """What of a market a run used."""

    market: Market
    methodology: Methodology
    constituents: pl.DataFrame
    securities: pl.DataFrame
    until: date

    @cached_property
    def end(self) -> NDArray[np.int32]:
        """First day on which the rows of each security no longer count, by its position.

        The session on which it left for the last time, or the day after the run; for a name that
        was never held before all days, and last the place of position −1.
        """
        found = np.full(len(self.market.ids) + 1, np.iinfo(np.int32).min, np.int32)
        last = self.constituents.group_by("security").agg(
            pl.col("session").last(), pl.col("adjusted_shares").last()
        )
        gone = pl.when(pl.col("adjusted_shares") == 0).then("session")
        ends = (
            self.securities.select("security")
            .join(last, on="security", how="left")
            .filter(pl.col("security").is_in(self.market.ids.implode()))
            .select("security", end=pl.min_horizontal(gone, pl.lit(self.until).dt.offset_by("1d")))
        )
        found[self.market.ids.search_sorted(ends["security"]).to_numpy()] = (
            ends["end"].to_physical().to_numpy()
        )
        return found

    @cached_property
    def words(self) -> NDArray[np.uint64]:
        """Hash of each security, by its position."""
        return np.array([_word(name) for name in self.market.ids], np.uint64)

    def of_names(
        self, name: str, columns: tuple[str, ...], day: pl.Expr | None = None
    ) -> pl.DataFrame:
        """Return the rows of the names held, while they were, with the day each counts from."""
        table = self.market[name]
        if table.is_empty():
            return table.with_columns(counts=pl.lit(None, pl.Date))
        counts = pl.lit(None, pl.Date) if day is None else day
        positions = self.market.positions(name)
        end = self.end[positions]
        if day is None:
            keep = end > np.iinfo(np.int32).min
        else:
            keep = table.select(day).to_series().to_physical().to_numpy() < end
        rows = table.lazy().select(*columns, counts=counts).filter(pl.Series(keep)).collect()
        # The words of all rows are looked up at once: prices have many.
        return rows.with_columns(security=pl.Series(self.words[positions[keep]]))


def _prices(scope: _Scope, columns: tuple[str, ...]) -> pl.DataFrame:
    rows = scope.of_names("prices", columns, pl.col("date"))
    # No trade on an ex-date (DESIGN §3); how much was traded does not count.
    return rows.with_columns(volume=(pl.col("volume") == 0).fill_null(value=False))


def _shares(scope: _Scope, columns: tuple[str, ...]) -> pl.DataFrame:
    # Announced after it took effect: it counts from the day after the announcement (R57).
    late = pl.col("announced") > pl.col("effective")
    after = pl.col("announced").dt.offset_by("1d")
    return scope.of_names("shares", columns, pl.when(late).then(after).otherwise("effective"))


def _actions(scope: _Scope, columns: tuple[str, ...]) -> pl.DataFrame:
    rows = scope.of_names("corporate_actions", (*columns, "cancelled"), pl.col("ex_date"))
    # Of a delisting the announcement counts (R33); elsewhere it may still be filled in.
    said = pl.when(pl.col("kind") == "delisting").then("announced")
    return in_force(rows).with_columns(announced=said)


def _constituents(scope: _Scope, _: tuple[str, ...]) -> pl.DataFrame:
    own = pl.col("index").is_null() | (pl.col("index") == scope.methodology.index.code)
    rows = scope.market["constituents"].filter(own, pl.col("effective") <= scope.until)
    return rows.with_columns(counts="effective")


def _fx(scope: _Scope, _: tuple[str, ...]) -> pl.DataFrame:
    index = scope.methodology.index
    cash = _actions(scope, _TABLES["corporate_actions"][1])["currency"].drop_nulls()
    names = {index.currency, *index.currencies, *scope.securities["currency"], *cash}
    pairs = [one + other for one in names for other in names if one != other]
    rows = scope.market["fx"].filter(pl.col("pair").is_in(pairs), pl.col("date") <= scope.until)
    return rows.with_columns(counts="date")


def _calendar(scope: _Scope, _: tuple[str, ...]) -> pl.DataFrame:
    exchanges = [*scope.securities["exchange"].unique(), scope.methodology.index.calendar]
    own = pl.col("exchange").is_in(exchanges)
    rows = scope.market["calendar"].filter(own, pl.col("date") <= scope.until)
    return rows.with_columns(counts="date")


def _plain(name: str, day: str | None) -> _Rows:
    when = None if day is None else pl.col(day)
    return lambda scope, columns: scope.of_names(name, columns, when)


_TABLES: dict[str, tuple[_Rows, tuple[str, ...]]] = {
    "securities": (
        _plain("securities", None),
        ("security", "exchange", "currency", "country"),
    ),
    "listings": (_plain("listings", "start"), ("security", "exchange", "start", "end")),
    "prices": (_prices, ("date", "security", "close", "reference", "volume")),
    "shares": (_shares, ("security", "effective", "announced", "total", "free_float", "basis")),
    "holders": (
        _plain("holders", "published"),
        ("security", "date", "holder", "group", "class", "shares", "restricted"),
    ),
    "corporate_actions": (
        _actions,
        ("security", "ex_date", "kind", "cash", "ratio", "price", "currency", "announced"),
    ),
    "constituents": (_constituents, ("security", "effective", "weight", "kind", "replaces")),
    "fx": (_fx, ("date", "pair", "rate")),
    "calendar": (_calendar, ("exchange", "date")),
}
"""Tables, their rows in use, and the columns that a calculation reads."""

COLUMNS = {name: columns for name, (_, columns) in _TABLES.items()}
"""Columns of each table that a calculation reads; of the volume, whether it is 0."""


def _hashed(rows: pl.DataFrame, columns: tuple[str, ...]) -> dict[str, Any]:
    """Return the first day of rows and a hash of each year of them."""
    value = _row_hashes(rows, columns)
    days = rows["counts"].to_numpy()
    # A row that belongs to no day is of year 0.
    years = np.where(np.isnat(days), 0, days.astype("M8[Y]").astype(np.int64) + 1970)
    order = np.argsort(years, kind="stable") if np.any(np.diff(years) < 0) else slice(None)
    years, value = years[order], value[order]
    firsts = np.flatnonzero(np.diff(years, prepend=-1))
    # A sum does not depend on the order of rows; it wraps at 64 bits.
    sums = np.add.reduceat(value, firsts)
    found = {
        UNDATED if year == 0 else str(year): f"{total:016x}"
        for year, total in zip(years[firsts].tolist(), sums.tolist(), strict=True)
    }
    return {"first": _first(rows["counts"]), "years": found}


def _first(days: pl.Series) -> str:
    """Return the first of days as ISO text, which sorts as days do; empty where there is none."""
    first: date | None = days.to_frame().select(pl.all().min()).item()
    return "" if first is None else first.isoformat()


_ODD, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
_NULL = np.uint64(0xD6E8FEB86659FD93)


def _row_hashes(rows: pl.DataFrame, columns: tuple[str, ...]) -> NDArray[np.uint64]:
    """Return a 64-bit hash of every row, the same on every machine and in every version."""
    texts = _texts(rows.select(name for name in columns if rows.schema[name] == pl.String))
    value = np.full(len(rows), _ODD)
    for name in columns:
        # Multiply and fold, column after column: each bit of the input reaches all of the result.
        value ^= texts[name] if name in texts else _numbers(rows[name])
        value *= _ODD
        value ^= value >> _SHIFT
    value *= _NULL
    value ^= value >> _SHIFT
    return value


def _numbers(column: pl.Series) -> NDArray[np.uint64]:
    """Return numbers or days as 64 bits, equal where they are; null is a number of its own."""
    if column.dtype == pl.UInt64:
        return column.to_numpy()
    if column.null_count() == len(column):
        return np.full(len(column), _NULL)
    values = column.to_numpy()
    if values.dtype.kind == "M":
        return values.astype(np.int64).view(np.uint64)
    # Counts are exact as doubles; minus zero is zero.
    found = (values.astype(np.float64) + 0.0).view(np.uint64)
    return np.where(np.isnan(values), _NULL, found) if column.null_count() else found


def _texts(rows: pl.DataFrame) -> dict[str, NDArray[np.uint64]]:
    """Return the hash of every text, word by word: all columns at once, as each costs a query."""
    if not rows.width:
        return {}
    words = rows.select(pl.all().unique().drop_nulls().sort().implode()).row(0)
    numbers = rows.select(
        pl.col(name).cast(pl.Enum(known)).to_physical().cast(pl.Int64).fill_null(len(known))
        for name, known in zip(rows.columns, words, strict=True)
    )
    return {
        name: np.array([*map(_word, known), _NULL], np.uint64)[numbers[name].to_numpy()]
        for name, known in zip(rows.columns, words, strict=True)
    }


def _word(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
