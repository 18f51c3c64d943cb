"""How a table of the market is described: its columns, key, orders and spans."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import polars as pl

__all__ = ["Column", "Kind", "Need", "Order", "Table"]


class Kind(Enum):
    """What a column holds; decides its dtype and the casts that lose nothing."""

    SECURITY = "security"
    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    COUNT = "count"
    TIME = "time"

    @property
    def dtype(self) -> pl.DataType:
        """The canonical polars dtype."""
        return _DTYPES[self]


_DTYPES: dict[Kind, pl.DataType] = {
    Kind.SECURITY: pl.String(),
    Kind.TEXT: pl.String(),
    Kind.DATE: pl.Date(),
    Kind.NUMBER: pl.Float64(),
    Kind.COUNT: pl.Int64(),
    Kind.TIME: pl.Datetime("us", "UTC"),
}


class Need(Enum):
    """How much of a column must be there."""

    ALWAYS = "always"  # the column, and a value in every row
    COLUMN = "column"  # the column; rows may be null
    OPTIONAL = "optional"  # neither; an absent column is filled with null


class Order(NamedTuple):
    """Two columns of one row of which the first is at most the second (plus `slack` days)."""

    low: str
    high: str
    slack: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        Name in the file.
    kind : Kind
        What it holds.
    need : Need
        Whether it may be absent or null.
    rule : str
        Name of the value rule in `paasche.market.values`; empty: any value of the kind.
    words : tuple of str
        The closed list of words, where there is one.
    mend : str
        What to do about a value that does not fit; empty: correct it or leave it out.
    """

    name: str
    kind: Kind
    need: Need = Need.ALWAYS
    rule: str = ""
    words: tuple[str, ...] = ()
    mend: str = ""

    @property
    def advice(self) -> str:
        """How to mend a value that does not fit."""
        left = "leave the row out" if self.need is Need.ALWAYS else "leave it empty"
        return self.mend or f"correct it, or {left}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the market folder.

    Attributes
    ----------
    columns : tuple of Column
        In canonical order.
    key : tuple of str
        Columns that, with ``known_at``, make a row unique; empty where rows are a stream.
    dated_by : str
        The column whose date decides which security a code stood for; empty: none.
    filled : bool
        Whether a table without rows is a defect.
    orders : tuple of Order
        Orders that hold within a row where both values are given.
    spans : tuple of str
        Columns of which each value has at most one row at a time between ``start`` and ``end``.
    """

    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    dated_by: str = ""
    filled: bool = False
    orders: tuple[Order, ...] = ()
    spans: tuple[str, ...] = ()

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Column names and dtypes in canonical order."""
        return {column.name: column.kind.dtype for column in self.columns}

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)
