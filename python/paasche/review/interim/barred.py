"""Whom the committee keeps out of an index until its next review (R5, R34)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from paasche.market.decisions import decisions_of
from paasche.review.panels.first_known import decided_on

if TYPE_CHECKING:
    from datetime import date

    from paasche.market import Market
    from paasche.review.membership import Book
    from paasche.review.proposal import Wishes

__all__ = ["wishes_by"]

_KEEPS_OUT = {"exclude": True, "remove": True, "withdraw": True, "add": False, "admit": False}
"""Decisions after which a security may not enter by itself, and those that let it."""


def wishes_by(market: Market, index: str, book: Book, day: date) -> Wishes:
    """Return what the committee wishes for the reserve list of a book, as of a day.

    The wishes of the review that made the book, and the decisions since: the last one on a security
    counts; of those of one day, that which lets it in.

    Parameters
    ----------
    market : Market
        As it was known on the day.
    index : str
        Code of the index.
    book : Book
    day : datetime.date
    """
    rows = decisions_of(market, index).filter(pl.col("decision").is_in(list(_KEEPS_OUT)))
    since = book.announced
    rows = (
        rows.with_columns(
            counts=decided_on(market, rows),
            out=pl.col("decision").replace_strict(_KEEPS_OUT, return_dtype=pl.Boolean),
        )
        # What concerns the review itself and was decided by its announcement is in its wishes.
        .filter(
            pl.lit(value=since is None)
            | (pl.col("counts") > since)
            | ((pl.col("counts") == since) & ~pl.col("decision").is_in(["exclude", "admit"])),
            pl.col("counts") <= day,
        )
        .sort("counts", "out", descending=[False, True])
    )
    excluded, admitted = set(book.wishes.excluded), set(book.wishes.admitted)
    for security, word, out in rows.select("security", "decision", "out").iter_rows():
        (excluded.add if out else excluded.discard)(security)
        if word == "admit":
            admitted.add(security)
    return replace(
        book.wishes, excluded=tuple(sorted(excluded)), admitted=tuple(sorted(admitted - excluded))
    )
