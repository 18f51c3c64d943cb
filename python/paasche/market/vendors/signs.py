"""Figures below zero where only an amount of nothing may stand for "no row"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.market.vendors.cells import numbers

if TYPE_CHECKING:
    from paasche.market.report import Report
    from paasche.market.source import Source
    from paasche.market.vendors.describe import Rows

__all__ = ["check_signs"]

_EXPECTED = "must be 0 or above; correct it, or leave the row out"


def check_signs(
    rows: Rows, source: Source, frame: pl.DataFrame, told: set[str], report: Report
) -> None:
    """Note figures below zero, of the vendor and of what is left of a difference.

    Parameters
    ----------
    rows : Rows
        Its ``positive`` columns are looked at, in rows that have all it ``needs``.
    source : Source
        The vendor's rows that count.
    frame : pl.DataFrame
        The same rows with the columns of the market table.
    told : set of str
        Columns whose defects are noted already; grows.
    report : Report
        Takes the defects.
    """
    counts = pl.repeat(value=True, n=frame.height, dtype=pl.Boolean, eager=True)
    for name in rows.needs:
        counts &= frame[name].is_not_null()
    for cell in rows.cells:
        if cell.target not in rows.positive or told & set(cell.reads):
            continue
        for name in cell.reads:
            raw = source.frame[name]
            negative = counts & (numbers([raw], [], 0).found < 0)
            if report.rows(source, negative, _EXPECTED, column=name, values=raw):
                told.add(name)
        if told & set(cell.reads):
            continue
        first = cell.sources[0]
        expected = f"must be at least {' and '.join(cell.minus)} together"
        negative = counts & (frame[cell.target] < 0)
        if report.rows(source, negative, expected, column=first, values=source.frame[first]):
            told.add(first)
