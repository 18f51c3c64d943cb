"""The table of findings."""

from __future__ import annotations

import polars as pl

__all__ = ["SCHEMA", "findings"]

SCHEMA: dict[str, type[pl.DataType]] = {
    "kind": pl.String,
    "security": pl.String,
    "date": pl.Date,
    "value": pl.Float64,
    "expected": pl.Float64,
    "hint": pl.String,
}


def findings() -> pl.DataFrame:
    """Return the table without rows."""
    return pl.DataFrame(schema=SCHEMA)
