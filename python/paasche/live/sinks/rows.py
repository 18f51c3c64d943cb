"""Publications as rows: one layout for files, messages and streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from paasche.levels import round_level

if TYPE_CHECKING:
    from paasche.live.publication import Board, Publication

__all__ = ["COLUMNS", "TIME_FORMAT", "Rows"]

COLUMNS = (
    "date",
    "sequence",
    "calculated",
    "published",
    "is_close",
    "index",
    "variant",
    "currency",
    "level",
    "level_unrounded",
    "traded",
    "stale",
    "frozen",
)
"""Columns of a publication, in order."""

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S%.6f%:z"
"""How moments are written where they are text."""

_MOMENT = pl.Datetime("us", "UTC")


class Rows:
    """How publications of a day are written: a row for each level.

    Columns are date, sequence, calculated, published (UTC), is_close, index, variant, currency,
    level (4 decimals, R35), level_unrounded, and of the index the shares traded, stale, frozen.

    Parameters
    ----------
    board : Board

    Attributes
    ----------
    date : datetime.date
        The index session.
    height : int
        Rows of each publication.
    names : polars.DataFrame
        index, variant, currency of each of them.

    Examples
    --------
    >>> import datetime as dt, numpy as np
    >>> from paasche.live.publication import Board, Publication
    >>> board = Board(
    ...     date=dt.date(2024, 6, 14),
    ...     rows=pl.DataFrame({"index": ["CES120"], "variant": ["price"], "currency": ["CNY"]}),
    ...     indices=["CES120"],
    ... )
    >>> one = Publication(
    ...     sequence=1,
    ...     calculated=1718328600_000_000,
    ...     published=1718328600_000_000,
    ...     is_close=False,
    ...     levels=np.array([4321.00005]),
    ...     traded=np.array([1.0]),
    ...     stale=np.array([0.0]),
    ...     frozen=np.array([0.0]),
    ... )
    >>> Rows(board).of(one).select("sequence", "index", "level", "traded").row(0)
    (1, 'CES120', 4321.0001, 1.0)
    """

    def __init__(self, board: Board) -> None:
        self.date = board.date
        self.names = board.rows.select(
            pl.col("index", "variant", "currency").cast(pl.String)
        ).rechunk()
        self.height = self.names.height
        self._index = (
            self.names["index"]
            .replace_strict(board.indices, range(len(board.indices)), return_dtype=pl.Int64)
            .to_numpy()
        )

    def of(self, publication: Publication) -> pl.DataFrame:
        """Return the rows of a publication, in the order of the board."""
        return self.names.select(
            pl.lit(self.date).alias("date"),
            pl.lit(publication.sequence, pl.Int64).alias("sequence"),
            pl.lit(publication.calculated, pl.Int64).cast(_MOMENT).alias("calculated"),
            pl.lit(publication.published, pl.Int64).cast(_MOMENT).alias("published"),
            pl.lit(publication.is_close).alias("is_close"),
            "index",
            "variant",
            "currency",
            pl.Series("level", round_level(publication.levels)),
            pl.Series("level_unrounded", publication.levels),
            pl.Series("traded", publication.traded[self._index]),
            pl.Series("stale", publication.stale[self._index]),
            pl.Series("frozen", publication.frozen[self._index]),
        )

    def begins_with(self, rows: pl.DataFrame) -> bool:
        """Tell whether rows are one publication of this board, or the beginning of one."""
        names = self.names.columns
        return rows.select(names).equals(self.names.head(rows.height)) and rows.height > 0
