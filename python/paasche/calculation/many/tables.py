"""Tables of many indices: those of one, with the column ``index`` in front, one below the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.calculation.stored.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["SCHEMAS", "as_of_many", "below_each_other", "by_index"]

_COLUMNS = {
    "levels": (
        "index date variant currency hedge level level_unrounded value opening_value divisor"
    ),
    "constituents": (
        "index session security total inclusion_factor adjusted_shares weight_factor price fx "
        "weight"
    ),
    "divisors": "index session before after value_before value_after reason detail",
    "events": "index session security event rule reason before after value_effect",
    "securities": "index security name exchange currency industry",
}

SCHEMAS: dict[str, dict[str, type[pl.DataType]]] = {
    name: {column: ({"index": pl.String} | TABLES[name].schema)[column] for column in text.split()}
    for name, text in _COLUMNS.items()
}
"""Columns of each table of many indices, in their order."""


def as_of_many(code: str, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return tables of one index as they stand among those of others."""
    return {
        name: table.with_columns(index=pl.lit(code)).select(list(SCHEMAS[name]))
        for name, table in tables.items()
    }


def below_each_other(
    pieces: Iterable[Mapping[str, pl.DataFrame]], names: Iterable[str]
) -> dict[str, pl.DataFrame]:
    """Return the tables of all pieces as one each, in the order of the pieces.

    Parameters
    ----------
    pieces : iterable of mapping of str to polars.DataFrame
        In the order of their codes; a piece without rows in a table need not have it. Without any
        piece the tables are empty.
    names : iterable of str
        The tables.
    """
    pieces = list(pieces)
    found = {}
    for name in names:
        rows = [one[name] for one in pieces if name in one]
        empty = pl.DataFrame(schema=SCHEMAS[name])
        found[name] = (
            rows[0].rechunk() if len(rows) == 1 else pl.concat([empty, *rows], rechunk=True)
        )
    return found


def by_index(tables: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, pl.DataFrame]]:
    """Return the tables of each index that has rows; one that has none in a table is left out."""
    found: dict[str, dict[str, pl.DataFrame]] = {}
    for name, table in tables.items():
        for (code,), rows in table.partition_by("index", as_dict=True).items():
            found.setdefault(str(code), {})[name] = rows
    return found
