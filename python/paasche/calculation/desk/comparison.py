"""A comparison of two runs, as frames and as people read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from paasche.calculation.shown import Overview, Shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Group

__all__ = ["Comparison"]

_ROWS = 10
"""Rows of each table that are shown."""


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Comparison:
    """Two runs, A and B, side by side; every difference is B less A.

    Attributes
    ----------
    a, b : str
        What the runs are called.
    same : bool
        All tables of both have the same content.
    content : polars.DataFrame
        Tables of the runs: name, a, b (content fingerprints), same.
    versions : polars.DataFrame
        Programs and moments of knowledge that differ: name, a, b.
    methodology : polars.DataFrame
        Keys of the methodology that differ: name, a, b.
    tables : polars.DataFrame
        Tables of the market: name, a, b (fingerprints), same.
    levels : polars.DataFrame
        date, variant, currency, hedge, level_a, level_b, difference (of the levels, 4 decimals),
        difference_unrounded, effect (what the session added to the latter since the last session
        of both runs; null where only one has the session), in points.
    first : polars.DataFrame
        Versions whose levels differ: variant, currency, hedge, first (session), first_published (at
        4 decimals), effect (points, unrounded, on the first session), largest, largest_on, last
        (differences at 4 decimals).
    inputs : polars.DataFrame
        Values of the market that differ: date (from which the row counts), table, key, column,
        value_a, value_b, by date.
    constituents, divisors, events : polars.DataFrame
        Rows of the first session on which that table of the runs differs, with ``run``, A or B;
        only between the first and the last session of both.
    notes : tuple of str
        What could not be compared: other spans, sessions of one run only, markets that are gone.
    """

    a: str
    b: str
    same: bool
    content: pl.DataFrame
    versions: pl.DataFrame
    methodology: pl.DataFrame
    tables: pl.DataFrame
    levels: pl.DataFrame
    first: pl.DataFrame
    inputs: pl.DataFrame
    constituents: pl.DataFrame
    divisors: pl.DataFrame
    events: pl.DataFrame
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<Comparison: {self._headline()}>"

    def __rich__(self) -> Group:
        return self.shown().__rich__()

    def _repr_html_(self) -> str:
        return self.shown()._repr_html_()

    def shown(self, rows: int = _ROWS) -> Overview:
        """Return the comparison as tables of text.

        Parameters
        ----------
        rows : int
            Rows of each table, at most.
        """
        # Four decimals, as levels have them: less is not seen in a publication.
        parted = self.levels.filter(pl.col("effect").round(4) != 0).sort(
            "date", maintain_order=True
        )
        shown = (
            _table("Programs", self.versions, rows, name=str, a=str, b=str),
            _table("Methodology", self.methodology, rows, name=str, a=str, b=str),
            _table(
                "Where levels part",
                self.first,
                rows,
                variant=_words,
                currency=str,
                first=str,
                first_published=str,
                largest=_points,
                last=_points,
            ),
            _table(
                "Difference by session, in points",
                parted,
                rows,
                date=str,
                variant=_words,
                currency=str,
                level_a=_level,
                difference=_points,
                effect=_points,
            ),
            _table(
                "Input that differs, by the day it counts from",
                self.inputs,
                rows,
                date=str,
                table=str,
                key=str,
                column=str,
                value_a=str,
                value_b=str,
            ),
            _table(
                "Holdings that differ first",
                self.constituents,
                rows,
                run=str,
                session=str,
                security=str,
                total=_number,
                adjusted_shares=_number,
                weight_factor=_number,
                price=_number,
                fx=_number,
                weight=_number,
            ),
            _table(
                "Divisor changes that differ first",
                self.divisors,
                rows,
                run=str,
                session=str,
                before=_number,
                after=_number,
                reason=str,
            ),
            _table(
                "Events that differ first",
                self.events,
                rows,
                run=str,
                session=str,
                security=str,
                event=_words,
                before=_number,
                after=_number,
                value_effect=_number,
            ),
        )
        tables = tuple(table for table in shown if table.rows)
        return Overview(tables, "\n".join([self._headline(), *self.notes]))

    def _headline(self) -> str:
        if self.same:
            return f"{self.a} and {self.b} have the same content"
        odd = [f"{name}" for name in self.content.filter(~pl.col("same"))["name"]]
        inputs = self.tables.filter(~pl.col("same"))["name"].to_list()
        market = f"; of the market: {', '.join(inputs)}" if inputs else ""
        return f"{self.a} and {self.b} differ in {', '.join(odd)}{market}"


_HEADINGS = {"first_published": "published"}
"""Shorter headings, so that a table fits a terminal."""


def _table(title: str, frame: pl.DataFrame, count: int, **columns: Callable[..., str]) -> Shown:
    more = f" ({len(frame):,} rows, the first {count})" if len(frame) > count else ""
    left = (str, _words)
    return Shown(
        title=title + more,
        headings=tuple(
            _HEADINGS.get(name, name.replace("_", " ")) + ("" if said in left else ">")
            for name, said in columns.items()
        ),
        rows=tuple(
            tuple(
                "" if value is None else said(value)
                for said, value in zip(columns.values(), row, strict=True)
            )
            for row in frame.head(count).select(*columns).iter_rows()
        ),
    )


def _words(value: str) -> str:
    return value.replace("_", " ")


def _points(value: float) -> str:
    return f"{value:+.4f}"


def _level(value: float) -> str:
    return f"{value:.4f}"


def _number(value: float) -> str:
    return f"{value:,.10g}"
