"""A long file laid out as dense panels under a budget of memory, span of days by span of days."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from paasche import _core
from paasche.market.chunks import chunks
from paasche.market.long_files import KEY, check_keyed, figures, first_null, repeated
from paasche.market.numbering import distinct_days, numbered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from paasche.errors import InputError
    from paasche.market.blocks import Slab
    from paasche.market.long_files import LongFile, Piece

__all__ = ["laid_out", "slab_days"]

_PANELS = 3
"""One part in so many of the budget is for the panels of a slab."""

_PIECES = 24
"""One part in so many is for the rows of a piece: reading takes several times what they hold."""

_KEY_BYTES = 40
"""Date, security and its number, of a row."""


class _Look(NamedTuple):
    """A piece of a file: the position of its first row, and its first and last day."""

    piece: Piece
    first_row: int
    first_day: int
    last_day: int


def slab_days(budget: int, width: int, columns: int) -> int:
    """Return how many days of panels fit into a budget, at least one.

    Parameters
    ----------
    budget : int
        Bytes.
    width : int
        Securities.
    columns : int

    Examples
    --------
    >>> slab_days(3_000_000, width=1000, columns=2)
    58
    """
    return max(1, budget // _PANELS // max(1, width * (8 * columns + 1)))


def laid_out(
    file: LongFile, columns: Sequence[str], budget: int
) -> tuple[NDArray[np.int32], list[str], Iterator[Slab]]:
    """Return days and securities of a file, and its panels slab by slab.

    A slab is overwritten by the next one.

    Parameters
    ----------
    file : LongFile
    columns : sequence of str
        Figures.
    budget : int
        Bytes that may be taken at a time; a day of all securities is the least.

    Returns
    -------
    days : int32 array of shape (n_days,)
    securities : list of str
    slabs : iterator of Slab

    Raises
    ------
    InputError
        As `read_panels` does; for a row that comes twice, once all slabs are done.
    """
    size = max(1, budget // _PIECES // (_KEY_BYTES + 8 * len(columns)))
    pieces = file.pieces(max(1, budget // _PIECES // 2) if file.is_text else size)
    # A file of one piece is read once.
    whole = file.read_piece(pieces[0], file.columns) if len(pieces) == 1 else None
    looks, days, securities = _look(file, pieces, whole)
    return days, securities, _slabs(file, columns, budget, looks, days, securities, whole)


def _look(
    file: LongFile, pieces: list[Piece], whole: pl.DataFrame | None
) -> tuple[list[_Look], NDArray[np.int32], list[str]]:
    """Look through the keys of all rows."""
    looks: list[_Look] = []
    days, securities = np.empty(0, np.int32), set[str]()
    nulls: dict[str, int | None] = dict.fromkeys(KEY)
    first_row = 0
    for piece in pieces:
        rows = file.read_piece(piece, list(KEY)) if whole is None else whole
        for name in KEY:
            null = first_null(rows[name])
            if null is not None and nulls[name] is None:
                nulls[name] = first_row + null
        if not any(rows[name].null_count() for name in KEY) and rows.height:
            own = distinct_days(rows["date"])
            days = np.union1d(days, own)
            securities.update(numbered(rows["security"])[0])
            looks.append(_Look(piece, first_row, int(own[0]), int(own[-1])))
        first_row += rows.height
    check_keyed(file, nulls)
    return looks, days, sorted(securities)


def _slabs(
    file: LongFile,
    columns: Sequence[str],
    budget: int,
    looks: list[_Look],
    days: NDArray[np.int32],
    securities: list[str],
    whole: pl.DataFrame | None,
) -> Iterator[Slab]:
    width = len(securities)
    step = min(slab_days(budget, width, len(columns)), max(1, len(days)))
    panels = [np.empty((step, width)) for _ in columns]
    seen = np.empty((step, width), np.bool_)
    column_of = dict(zip(securities, range(width), strict=True))
    twice: dict[int, InputError] = {}
    for first in range(0, len(days), step):
        own = days[first : first + step]
        slab = [panel[: len(own)] for panel in panels]
        there = seen[: len(own)]
        there.fill(False)
        for panel in slab:
            panel.fill(np.nan)
        for look in looks:
            if look.last_day < own[0] or look.first_day > own[-1]:
                continue
            rows = file.read_piece(look.piece, file.columns) if whole is None else whole
            names, numbers = numbered(rows["security"])
            places = np.array([column_of[name] for name in names], np.int32)
            frames = chunks(figures(rows, columns))
            again = _core.scatter_columns(frames, numbers, own, places, slab, there)
            if again is not None:
                at = look.first_row + again
                twice[at] = repeated(file, at, rows["date"][again], rows["security"][again])
        yield slab, there
    if twice:
        raise twice[min(twice)]
