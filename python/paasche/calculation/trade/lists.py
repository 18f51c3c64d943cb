"""Reserve lists, flags and turnover of a review."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from paasche.review.membership import Book
    from paasche.review.walk import Walk

__all__ = ["flags", "reserve_list", "turnover"]

_LISTED = {
    "list": pl.String,
    "group": pl.String,
    "place": pl.Int64,
    "published": pl.Int64,
    "security": pl.String,
}


def reserve_list(walk: Walk) -> pl.DataFrame:
    """Return who waits: on the lists in force, and on those of a review on its way (R9 to R11).

    Returns
    -------
    polars.DataFrame
        list (in_force, coming), group, place (1 is drawn next), published (how many were on the
        list at first), security.
    """
    books: list[tuple[str, Book | None]] = [("in_force", walk.book), ("coming", walk.coming)]
    rows = [
        (kind, group, place, waiting.original, name)
        for kind, book in books
        if book is not None
        for group, waiting in sorted(book.reserves.items())
        for place, name in enumerate(waiting.names, 1)
    ]
    return pl.DataFrame(rows, schema=_LISTED, orient="row")


def flags(walk: Walk, since: date) -> pl.DataFrame:
    """Return the decisions of the committee that are due from a day on."""
    return walk.trail.flags().filter(pl.col("date") >= since).drop("index")


def turnover(before: Mapping[str, float], after: Mapping[str, float]) -> float | None:
    """Return how much weight changes hands one way: half the sum of all changes of weight.

    None without weights on both sides.

    Examples
    --------
    >>> turnover({"A": 0.6, "B": 0.4}, {"A": 0.5, "C": 0.5})
    0.5
    """
    if not before or not after:
        return None
    names = sorted({*before, *after})
    return sum(abs(after.get(name, 0.0) - before.get(name, 0.0)) for name in names) / 2
