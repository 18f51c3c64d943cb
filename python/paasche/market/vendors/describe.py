"""What a vendor's columns mean, read from the tables in this folder: data, not code.

A table names each endpoint of a vendor and, for each, the rows of the market it fills. A column of
such rows is written as

    volume = { from = "vol", unit = "lot", optional = true }

with ``plus`` and ``minus`` (further columns added or taken away), ``words`` (the vendor's words and
ours), ``listing`` (what a code says by its first digits), ``value`` (the same in every row) and
``next_session`` (the session of an exchange after the day written).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from paasche.market.columns import Column, Kind, Table
from paasche.market.tables import TABLES

__all__ = ["TARGETS", "Cell", "Endpoint", "Keep", "Rows", "Unit", "read_table", "units", "vendor"]

MARKET_VALUES = Table(
    columns=(
        Column("security", Kind.SECURITY),
        Column("date", Kind.DATE),
        Column("close", Kind.NUMBER),
        Column("value", Kind.NUMBER),
    ),
    key=("security", "date"),
)
"""Market values as the vendor states them: no table of the market, but what checks its units."""

TARGETS: dict[str, Table] = {**TABLES, "market_values": MARKET_VALUES}
"""What rows of a vendor may become."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit of a vendor's column.

    Attributes
    ----------
    name : str
        Its name in the tables.
    dimension : str
        What it measures; a column can only be read in another unit of the same dimension.
    power : int
        The power of ten that brings a figure to the unit of the market table.
    means : str
        What a person calls it.
    aliases : tuple of str
        Other names for it.
    """

    name: str
    dimension: str
    power: int
    means: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Where one column of the market table comes from; see the text of this module."""

    target: str
    kind: Kind
    sources: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    unit: Unit | None = None
    listing: str = ""
    value: str = ""
    words: dict[str, str] = field(default_factory=dict)
    optional: bool = False
    next_session: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """The vendor's columns it needs."""
        return (*self.sources, *self.minus, *((self.listing,) if self.listing else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """A condition on rows: one of `words` in a column, none of `others`, or nothing in it.

    With `listing`, the words are what the column's codes say: class, board, currency, exchange.
    """

    column: str
    words: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    listing: str = ""
    empty: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of one market table that an endpoint gives.

    Attributes
    ----------
    table : str
        The market table.
    cells : tuple of Cell
        Its columns.
    keep : tuple of Keep
        Rows that count.
    needs, positive : tuple of str
        Columns of the market table without which, or with zero in which, there is no row; a figure
        below zero is refused.
    changes : tuple of str
        Where given, a row counts only if one of these differs from the security's row before.
    when : str
        A column of the vendor without which there are no such rows at all.
    """

    table: str
    cells: tuple[Cell, ...]
    keep: tuple[Keep, ...] = ()
    needs: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    when: str = ""

    @property
    def required(self) -> tuple[str, ...]:
        """Columns of the vendor that must be there, if there are to be such rows."""
        cells = [name for cell in self.cells if not cell.optional for name in cell.reads]
        return tuple(dict.fromkeys([*cells, *(k.column for k in self.keep if not k.optional)]))

    @property
    def reads(self) -> tuple[str, ...]:
        """All columns of the vendor that are looked at."""
        cells = [name for cell in self.cells for name in cell.reads]
        return tuple(dict.fromkeys([*cells, *(keep.column for keep in self.keep)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint, function or table of a vendor.

    Attributes
    ----------
    name : str
        The keyword it is given by.
    source : str
        Where the vendor describes its columns.
    rows : tuple of Rows
        What it fills.
    keyed : str
        Where its frames do not name their security: the column that a mapping's keys fill.
    only : Keep or None
        A column with a closed list of words; other words are refused.
    expected : str
        What that column must say.
    """

    name: str
    source: str
    rows: tuple[Rows, ...]
    keyed: str = ""
    only: Keep | None = None
    expected: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """All columns that are looked at."""
        names = [name for rows in self.rows for name in rows.reads]
        only = [] if self.only is None else [self.only.column]
        return tuple(dict.fromkeys([*names, *only]))


@cache
def read_table(name: str) -> dict[str, Any]:
    """Return one file of the folder as it is written."""
    path = files("paasche.market.vendors") / "tables" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def units() -> dict[str, Unit]:
    """Return the units by name and by every other name.

    Examples
    --------
    >>> units()["手"].power, units()["per_10_shares"].power
    (2, -1)
    """
    found = [
        Unit(name=name, **{**row, "aliases": tuple(row["aliases"])})
        for name, row in read_table("units").items()
    ]
    return {name: unit for unit in found for name in (unit.name, *unit.aliases)}


@cache
def vendor(name: str) -> dict[str, Endpoint]:
    """Return the endpoints of a vendor by name.

    Examples
    --------
    >>> endpoint = vendor("tushare")["daily"]
    >>> endpoint.rows[0].table, endpoint.source
    ('prices', 'https://tushare.pro/document/2?doc_id=27')
    """
    return {key: _endpoint(key, written) for key, written in read_table(name).items()}


def _endpoint(name: str, written: dict[str, Any]) -> Endpoint:
    only = dict(written.get("only", {}))
    expected = only.pop("expected", "")
    return Endpoint(
        name=name,
        source=written["source"],
        rows=tuple(_rows(rows) for rows in written["rows"]),
        keyed=written.get("keyed", ""),
        only=_keep(only) if only else None,
        expected=expected,
    )


def _rows(written: dict[str, Any]) -> Rows:
    table = written["table"]
    return Rows(
        table=table,
        cells=tuple(_cell(table, name, cell) for name, cell in written["columns"].items()),
        keep=tuple(_keep(keep) for keep in written.get("keep", ())),
        needs=tuple(written.get("needs", ())),
        positive=tuple(written.get("positive", ())),
        changes=tuple(written.get("changes", ())),
        when=written.get("when", ""),
    )


def _keep(written: dict[str, Any]) -> Keep:
    lists = {name: tuple(written.get(name, ())) for name in ("words", "others")}
    return Keep(**{**written, **lists})


def _cell(table: str, target: str, written: dict[str, Any]) -> Cell:
    rest = dict(written)
    first, plus = rest.pop("from", None), rest.pop("plus", [])
    unit = rest.pop("unit", None)
    return Cell(
        target=target,
        kind=TARGETS[table][target].kind,
        sources=() if first is None else (first, *plus),
        minus=tuple(rest.pop("minus", ())),
        unit=None if unit is None else units()[unit],
        **rest,
    )
