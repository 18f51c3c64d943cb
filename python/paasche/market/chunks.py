"""A frame piece by piece, as its rows lie in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["chunks"]


def chunks(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the rows of a frame in pieces that lie together: handed over whole, they are copied.

    Parameters
    ----------
    frame : pl.DataFrame

    Returns
    -------
    list of pl.DataFrame
        At least one.

    Examples
    --------
    >>> import polars as pl
    >>> one = pl.DataFrame({"security": ["A", "B"]})
    >>> [len(piece) for piece in chunks(pl.concat([one, one[:1]], rechunk=False))]
    [2, 1]
    """
    lengths = frame.to_series(0).chunk_lengths()
    if len(lengths) < 2:  # noqa: PLR2004
        return [frame]
    pieces, begin = [], 0
    for length in lengths:
        pieces.append(frame.slice(begin, length))
        begin += length
    return pieces
