"""The tables of a run: which there are, how they are ordered, joined to those before, and cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

__all__ = ["TABLES", "append", "cut"]


class _Layout(NamedTuple):
    """Columns of a table and their order; ``day`` is None where its rows belong to no day."""

    day: str | None
    before_day: tuple[str, ...]
    schema: dict[str, type[pl.DataType]]


def _columns(*texts: str, day: str | None, numbers: str = "") -> dict[str, type[pl.DataType]]:
    dates = {} if day is None else {day: pl.Date}
    numbered = dict.fromkeys(numbers.split(), pl.Float64)
    return {**dates, **dict.fromkeys(texts, pl.String), **numbered}


TABLES = {
    "levels": _Layout(
        "date",
        ("variant", "currency", "hedge"),
        _columns(
            "index",
            "variant",
            "currency",
            "hedge",
            day="date",
            numbers="level level_unrounded value opening_value divisor",
        ),
    ),
    "constituents": _Layout(
        "session",
        (),
        _columns(
            "index",
            "security",
            day="session",
            numbers="total inclusion_factor adjusted_shares weight_factor price fx weight",
        ),
    ),
    "divisors": _Layout(
        "session",
        (),
        _columns(
            "index",
            "reason",
            "detail",
            day="session",
            numbers="before after value_before value_after",
        ),
    ),
    "events": _Layout(
        "session",
        (),
        _columns(
            "index",
            "security",
            "event",
            "rule",
            "reason",
            day="session",
            numbers="before after value_effect",
        ),
    ),
    "securities": _Layout(
        None, (), _columns("security", "name", "exchange", "currency", "industry", day=None)
    ),
}
"""Tables of a run."""


def append(
    earlier: Mapping[str, pl.DataFrame], later: Mapping[str, pl.DataFrame], until: date
) -> dict[str, pl.DataFrame]:
    """Return the rows of an earlier run up to its last session, and the new ones after it.

    Of a security that both know, the later run says who it is.
    """
    joined = {}
    for name, table in later.items():
        day, order, _ = TABLES[name]
        old = earlier.get(name, table.clear()).cast(dict(table.schema))  # type: ignore[arg-type]
        old = old.select(table.columns)
        if day is None:
            both = pl.concat([old.join(table, on="security", how="anti"), table])
            joined[name] = both.sort("security")
        else:
            both = pl.concat([old, table.filter(pl.col(day) > until)])
            joined[name] = both.sort(*order, day, maintain_order=True)
    return joined


def cut(tables: Mapping[str, pl.DataFrame], start: date) -> dict[str, pl.DataFrame]:
    """Leave out rows before the first day of the output."""
    return {
        name: table if (day := TABLES[name].day) is None else table.filter(pl.col(day) >= start)
        for name, table in tables.items()
    }
