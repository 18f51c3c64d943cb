"""Tables of many indices: those of one, with the column ``index`` in front, one below the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.calculation.stored.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from paasche.calculation.result import Result

__all__ = ["SCHEMAS", "below_each_other", "by_index", "tables_of"]

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


def tables_of(result: Result) -> dict[str, pl.DataFrame]:
    """Return the tables of one index as they stand among those of others."""
    code = result.methodology.index.code
    return {
        name: getattr(result, name).with_columns(index=pl.lit(code)).select(list(schema))
        for name, schema in SCHEMAS.items()
    }


def below_each_other(pieces: Iterable[Mapping[str, pl.DataFrame]]) -> dict[str, pl.DataFrame]:
    """Return the tables of all pieces as one each, in the order of the pieces.

    Parameters
    ----------
    pieces : iterable of mapping of str to polars.DataFrame
        In the order of their codes; a piece without rows in a table need not have it. Without any
        piece the tables are empty.
    """
    pieces = list(pieces)
    return {
        name: pl.concat(
            [pl.DataFrame(schema=schema), *(one[name] for one in pieces if name in one)],
            rechunk=True,
        )
        for name, schema in SCHEMAS.items()
    }


def by_index(tables: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, pl.DataFrame]]:
    """Return the tables of each index that has rows; one that has none in a table is left out."""
    found: dict[str, dict[str, pl.DataFrame]] = {}
    for name, table in tables.items():
        for (code,), rows in table.partition_by("index", as_dict=True).items():
            found.setdefault(str(code), {})[name] = rows
    return found
