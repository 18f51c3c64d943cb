"""Every defect of a market in one list: same-kind rows become one line with a count."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from paasche.errors import Defect, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from paasche.market.source import Source

__all__ = ["Report", "as_text"]

# More distinct wrong words than this share the last line: a wrong column must not bury the rest.
_DISTINCT_VALUES = 10


def as_text(value: object) -> str:
    """Return a value the way the data contract writes it.

    Examples
    --------
    >>> as_text(dt.date(2024, 6, 14))
    '2024-06-14'
    """
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value)


class Report:
    """Collects defects while tables are read and checked, and raises them together.

    Examples
    --------
    >>> report = Report("market/")
    >>> report.add("prices.csv", "a table that is not empty")
    >>> report.raise_defects()
    Traceback (most recent call last):
        ...
    paasche.errors.InputError: market/: 1 defect
      prices.csv: a table that is not empty
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._defects: list[Defect] = []

    def names(self, table: str) -> bool:
        """Tell whether a defect of a table's file was noted."""
        return any(defect.place.split(".")[0] == table for defect in self._defects)

    def add(
        self, place: str, expected: str, *, column: str | None = None, value: str | None = None
    ) -> None:
        """Note a defect of a whole table or column."""
        self._defects.append(Defect(place=place, expected=expected, column=column, value=value))

    def rows(
        self,
        source: Source,
        bad: pl.Series,
        expected: str | Callable[[int], str],
        *,
        column: str,
        values: pl.Series | None = None,
    ) -> bool:
        """Note the rows where `bad` is true as one defect; return whether there are any.

        Parameters
        ----------
        source : Source
            The table.
        bad : pl.Series of bool, shape (n_rows,)
            Null counts as false.
        expected : str or callable
            What was expected, or a function of the first bad position that says it.
        column : str
            Column or columns to name.
        values : pl.Series, optional
            Values of the column, to show the first bad one.
        """
        positions = bad.arg_true()
        if positions.is_empty():
            return False
        first = int(positions[0])
        found = None if values is None else values[first]
        self._defects.append(
            Defect(
                place=source.place,
                expected=expected if isinstance(expected, str) else expected(first),
                row=source.row(first),
                column=column,
                value=None if found is None else as_text(found),
                count=len(positions),
            )
        )
        return True

    def words(
        self,
        source: Source,
        bad: pl.Series,
        expected: Callable[[str], str],
        *,
        column: str,
        values: pl.Series,
    ) -> bool:
        """Note the rows where `bad` is true as one defect per distinct value.

        As `rows`, with `expected` a function of the value found.
        """
        positions = bad.arg_true()
        if positions.is_empty():
            return False
        found = values.gather(positions)
        distinct = found.unique(maintain_order=True).to_list()
        named = distinct[:_DISTINCT_VALUES]
        for word in named:
            self.rows(source, bad & (values == word), expected(word), column=column, values=values)
        others = len(distinct) - len(named)
        if others:
            rest = bad & ~values.is_in(named)
            self.rows(
                source,
                rest,
                lambda first: f"{expected(values[first])} ({others} values like this)",
                column=column,
                values=values,
            )
        return True

    def raise_defects(self) -> None:
        """Raise all defects noted so far as one error; do nothing when there are none.

        Raises
        ------
        InputError
            When any defect was noted.
        """
        if not self._defects:
            return
        count = len(self._defects)
        raise InputError(f"{self._source}: {count} defect{'s' * (count > 1)}", self._defects)
