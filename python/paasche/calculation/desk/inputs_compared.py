"""Rows of two markets that are not the same, of the constituents of a run and as it reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.calculation.stored.used_rows import USED
from paasche.market.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paasche.calculation.result import Result
    from paasche.market import Market

__all__ = ["SCHEMA", "differing_rows"]

SCHEMA = {
    "date": pl.Date,
    **dict.fromkeys(("table", "key", "column", "value_a", "value_b"), pl.String),
}


def differing_rows(
    results: tuple[Result, Result], markets: tuple[Market, Market], tables: Iterable[str]
) -> pl.DataFrame:
    """Return every value that differs between two markets and that a run reads.

    Parameters
    ----------
    results : (Result, Result)
        Two runs: names, index, currencies and exchanges that count, and the last session.
    markets : (Market, Market)
        What they were calculated from.
    tables : iterable of str
        Tables to look at.

    Returns
    -------
    pl.DataFrame
        ``date`` (the day from which the row counts, in the market where it does first), ``table``,
        ``key``, ``column``, ``value_a`` and ``value_b``, by date; a row that one market does not
        have is null there.
    """
    until = max(result.state.date for result in results)
    keep = _kept(results)
    parts = []
    for name in tables:
        if name in USED:
            a, b = (USED[name].table(name, one, until).filter(keep[name]) for one in markets)
            parts.append(_differing(name, a, b))
    found = pl.concat([pl.DataFrame(schema=SCHEMA), *parts])
    return found.filter(pl.col("date").is_null() | (pl.col("date") <= until)).sort(
        "date", "table", "key", "column", nulls_last=True
    )


def _kept(results: tuple[Result, Result]) -> dict[str, pl.Expr]:
    """Return by table which rows can concern the runs."""
    both = pl.concat([result.securities for result in results])
    indices = [result.methodology.index for result in results]
    currencies = {*both["currency"], *(one for index in indices for one in index.currencies)}
    either_side = pl.col("pair").str.slice(0, 3).is_in(list(currencies)) | pl.col("pair").str.slice(
        3
    ).is_in(list(currencies))
    exchanges = [*both["exchange"].unique(), *(index.calendar for index in indices)]
    own = pl.col("index").is_null() | pl.col("index").is_in([index.code for index in indices])
    held = pl.col("security").is_in(both["security"].unique().to_list())
    others = {
        "constituents": own,
        "fx": either_side,
        "calendar": pl.col("exchange").is_in(exchanges),
    }
    return {name: others.get(name, held) for name in USED}


def _differing(name: str, a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    used, key = USED[name], list(TABLES[name].key)
    values = [column for column in used.columns if column not in key]
    read = [used.value(column).alias(f"{column} read") for column in values]
    sides = [
        frame.select(*key, *values, *read, row=pl.lit("there"), counts=used.counts)
        for frame in (a, b)
    ]
    both = sides[0].join(sides[1], on=key, how="full", coalesce=True, nulls_equal=True, suffix=" b")
    differs = {one: pl.col(f"{one} read").ne_missing(pl.col(f"{one} read b")) for one in values}
    # A row without a value, or of a table that is all key, differs by being there or not.
    missing = pl.col("row").ne_missing(pl.col("row b"))
    differs["row"] = missing & ~pl.any_horizontal(pl.lit(value=False), *differs.values())
    # The day stands in a column of its own.
    named = [part for part in key if not used.counts.meta.eq(pl.col(part))]
    parts = [
        both.filter(differ).select(
            date=pl.min_horizontal("counts", "counts b"),
            table=pl.lit(name),
            key=pl.concat_str(
                [pl.col(part).cast(pl.String) for part in named], separator=" ", ignore_nulls=True
            ),
            column=pl.lit(one),
            value_a=pl.col(one).cast(pl.String),
            value_b=pl.col(f"{one} b").cast(pl.String),
        )
        for one, differ in differs.items()
    ]
    return pl.concat(parts)
