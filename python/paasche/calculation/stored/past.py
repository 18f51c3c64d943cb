"""The past a run rests on: a hash of every year of market rows that it used.

A run that is continued must stand on the same past, or its tables are of two markets. The rows that
count are those of the names ever held, up to the day a name left, and up to the last session.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paasche.calculation.stored.used_rows import USED, Used
from paasche.errors import InconsistentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from numpy.typing import NDArray

    from paasche.calculation.result import Result
    from paasche.market import Market
    from paasche.methodology import Methodology

    _Past = dict[str, dict[str, Any]]

__all__ = ["past", "require_past"]

UNDATED = "undated"


def past(
    market: Market,
    methodology: Methodology,
    constituents: pl.DataFrame,
    securities: pl.DataFrame,
    until: date,
    earlier: Result | None = None,
) -> _Past:
    """Return a hash of every year of the rows that a run used.

    Parameters
    ----------
    market : Market
    methodology : Methodology
    constituents, securities : pl.DataFrame
        Tables of the run: when a name left, and who was ever held – for a run that goes on from a
        state, too, in which names stand that no row of ``constituents`` tells of.
    until : datetime.date
        Last session of the run; rows that count from later on are left out.
    earlier : Result, optional
        The run that this one goes on from: what it knows of years that the market does not wholly
        have stays known.

    Returns
    -------
    dict of str to dict
        By table: ``first``, the day of the first row, and ``years``, a hash of each year's rows, in
        any order of rows; null for a year of which nobody had all rows.
    """
    scope = _Scope(market, methodology, constituents, securities, until)
    found = scope.hashes()
    known = {} if earlier is None else earlier.market_past()
    if earlier is None or not known:
        return found
    partly = _partly(market, known, found)
    return _kept(known, found, partly, earlier, scope) if any(partly.values()) else found


def require_past(earlier: Result, folder: str, market: Market) -> None:
    """Refuse a market whose past is not the one that a run was calculated from.

    A market may begin later than the run did: years that it does not wholly have are not compared.

    Parameters
    ----------
    earlier : Result
        The run, as it was read.
    folder : str
        Where it was read from.
    market : Market
        What it is to go on with.

    Raises
    ------
    InconsistentError
        Names the tables and the years that differ.
    """
    known = earlier.market_past()
    if not known:
        return
    now = _Scope.of(earlier, market).hashes()
    partly = _partly(market, known, now)
    other = []
    for name in partly:
        then, found = (one.get(name, _NONE)["years"] for one in (known, now))
        differing = [
            year
            for year in sorted({*then, *found} - partly[name])
            # Null: nobody had all rows of the year.
            if then.get(year, "") != found.get(year, "") and then.get(year, "") is not None
        ]
        if differing:
            other.append(f"{name} of {', '.join(differing)}" if UNDATED not in differing else name)
    if other:
        raise InconsistentError(
            f"{market.source}: up to {earlier.state.date} not the market that {folder} was "
            f"calculated from; other rows in {'; '.join(other)}. Go on with that market, or "
            "correct the past by `paasche restate`, which shows the effect"
        )


_NONE: dict[str, Any] = {"first": "", "years": {}}

_DENSE = ("prices", "fx", "calendar")
"""Tables with rows all the time: where they begin, their past begins."""


def _partly(market: Market, known: _Past, now: _Past) -> dict[str, set[str]]:
    """Return by table the years of which a market that begins later than a run lacks rows."""
    begins = {name: _first(market[name]["date"]) for name in _DENSE if not market[name].is_empty()}
    partly = {}
    for name in known | now:
        # The sparse tables of a market that was cut keep what still counts: they begin with prices.
        begin = begins.get(name, begins["prices"])
        whole = begin <= known.get(name if name in begins else "prices", _NONE)["first"]
        years = {year for one in (known, now) for year in one.get(name, _NONE)["years"]} - {UNDATED}
        partly[name] = set() if whole else {year for year in years if begin > f"{year}-01-01"}
    return partly


def _kept(
    known: _Past, found: _Past, partly: dict[str, set[str]], earlier: Result, scope: _Scope
) -> _Past:
    """Return the hashes of a market, with what was known of the years that it has in part.

    A hash is a sum of rows: to the rows known those come that count since.
    """
    before = _Scope.of(earlier, scope.market)
    then = before.hashes()
    same = scope.same_before(before)
    kept = {}
    for name in known | found:
        old, start, now = (one.get(name, _NONE) for one in (known, then, found))
        years = dict(now["years"])
        for year in partly[name]:
            sums = [one["years"].get(year, _NOTHING) for one in (old, now, start)]
            # Of a name that came in since, the rows before the market begins are not to be had.
            years[year] = _plus(*sums) if same[name] and sums[0] is not None else None
        days = [one["first"] for one in (old, now) if one["first"]]
        kept[name] = {
            "first": min(days, default=""),
            "years": {year: years[year] for year in sorted(years) if years[year] != _NOTHING},
        }
    return kept


_NOTHING = f"{0:016x}"
"""The sum of no rows."""


def _plus(known: str, now: str, before: str) -> str:
    """Return a sum of rows with those of a later moment, without those of an earlier one."""
    total = int(known, 16) + int(now, 16) - int(before, 16)
    return f"{total % 2**64:016x}"


@dataclass(frozen=True)
class _Scope:
    """What of a market a run used."""

    market: Market
    methodology: Methodology
    constituents: pl.DataFrame
    securities: pl.DataFrame
    until: date

    @classmethod
    def of(cls, result: Result, market: Market) -> _Scope:
        """Return what of a market a stored run used."""
        return cls(
            market, result.methodology, result.constituents, result.securities, result.state.date
        )

    def hashes(self) -> _Past:
        """Return the first day and the hashes by year of every table with rows in use."""
        found = {name: _ROWS.get(name, _of_names)(self, name) for name in USED}
        return {
            name: _hashed(rows, USED[name].columns)
            for name, rows in found.items()
            if not rows.is_empty()
        }

    def same_before(self, earlier: _Scope) -> dict[str, bool]:
        """Tell for each table whether the same rows are in use up to an earlier session."""
        then = replace(self, until=earlier.until)
        names = np.array_equal(then.end, earlier.end)
        others = {
            "constituents": True,
            "fx": {*self.pairs} == {*earlier.pairs},
            "calendar": {*self.exchanges} == {*earlier.exchanges},
        }
        return {name: others.get(name, names) for name in USED}

    @cached_property
    def pairs(self) -> list[str]:
        """Currency pairs in use."""
        index = self.methodology.index
        cash = _of_names(self, "corporate_actions")["currency"].drop_nulls()
        names = {index.currency, *index.currencies, *self.securities["currency"], *cash}
        return [one + other for one in names for other in names if one != other]

    @cached_property
    def exchanges(self) -> list[str]:
        """Exchanges in use."""
        return [*self.securities["exchange"].unique(), self.methodology.index.calendar]

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


def _of_names(scope: _Scope, name: str) -> pl.DataFrame:
    """Return the rows of the names held, while they were, with the day each counts from."""
    used = USED[name]
    table = used.table(name, scope.market, scope.until)
    if table.is_empty():
        return table.with_columns(counts=pl.lit(None, pl.Date))
    positions = (
        scope.market.positions(name)
        if used.rows is None
        else scope.market.ids.search_sorted(table["security"]).to_numpy()
    )
    end = scope.end[positions]
    days = table.select("security", counts=used.counts)["counts"]
    # A row that belongs to no day counts for everyone who was ever held.
    keep = days.to_physical().fill_null(np.iinfo(np.int32).min).to_numpy() < end
    rows = table.lazy().select(*_read(used)).filter(pl.Series(keep)).collect()
    # The words of all rows are looked up at once: prices have many.
    return rows.with_columns(security=pl.Series(scope.words[positions[keep]]))


def _constituents(scope: _Scope, name: str) -> pl.DataFrame:
    code = scope.methodology.index.code
    return _until(scope, name, pl.col("index").is_null() | (pl.col("index") == code))


def _fx(scope: _Scope, name: str) -> pl.DataFrame:
    return _until(scope, name, pl.col("pair").is_in(scope.pairs))


def _calendar(scope: _Scope, name: str) -> pl.DataFrame:
    return _until(scope, name, pl.col("exchange").is_in(scope.exchanges))


def _until(scope: _Scope, name: str, own: pl.Expr) -> pl.DataFrame:
    """Return the rows of a table that a run has a part in, up to its last session."""
    used = USED[name]
    rows = scope.market[name].filter(own, used.counts <= scope.until)
    return rows.select(*_read(used))


def _read(used: Used) -> list[pl.Expr]:
    return [*map(used.value, used.columns), used.counts.alias("counts")]


_ROWS: dict[str, Callable[[_Scope, str], pl.DataFrame]] = {
    "constituents": _constituents,
    "fx": _fx,
    "calendar": _calendar,
}
"""Tables of which not only the names held are in use."""


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
