"""What was published on a day, as people read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from paasche.calculation.shown import Shown
from paasche.levels import round_level
from paasche.live.running.timing import MICROSECONDS

if TYPE_CHECKING:
    import datetime as dt

    from paasche.live.kept.published import Publications
    from paasche.live.publication import Board, Publication

__all__ = ["clock_time", "closing_levels", "course"]

_ROWS, _COLUMNS = 12, 3


def clock_time(moment: int, zone: dt.tzinfo) -> str:
    """Return a moment as a time of day.

    Parameters
    ----------
    moment : int
        Microseconds since 1970-01-01 UTC.
    zone : datetime.tzinfo

    Examples
    --------
    >>> clock_time(1_718_328_600_000_000, UTC)
    '01:30:00'
    """
    seconds = moment // MICROSECONDS
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone).strftime("%H:%M:%S")


def closing_levels(board: Board, last: Publication, zone: dt.tzinfo) -> Shown:
    """Return the levels of a publication, the first dozen of many.

    Parameters
    ----------
    board : Board
    last : Publication
    zone : datetime.tzinfo
    """
    what = "closing levels" if last.is_close else "levels"
    more = board.rows.height - _ROWS
    rest = f", the first {_ROWS} of {board.rows.height}" if more > 0 else ""
    levels = round_level(last.levels[:_ROWS])
    names = board.rows.select("index", "variant", "currency").head(_ROWS).iter_rows()
    return Shown(
        title=f"{board.date}, {what} of {clock_time(last.calculated, zone)}{rest}",
        headings=("index", "variant", "currency", "level>"),
        rows=tuple(
            (index, variant.replace("_", " "), currency, f"{level:.4f}")
            for (index, variant, currency), level in zip(names, levels, strict=True)
        ),
    )


def course(publications: Publications, zone: dt.tzinfo, count: int = 8) -> Shown:
    """Return levels of the first index over the day, at publications evenly apart.

    Parameters
    ----------
    publications : Publications
    zone : datetime.tzinfo
    count : int
        How many of them.
    """
    board, last = publications.board, publications.count
    index, _, currency = board.rows.select("index", "variant", "currency").row(0)
    chosen = [
        at
        for at, row in enumerate(board.rows.select("index", "variant", "currency").iter_rows())
        if (row[0], row[2]) == (index, currency)
    ][:_COLUMNS]
    sequences = sorted({1 + round(step * (last - 1) / (count - 1)) for step in range(count)})
    rows = []
    for sequence in sequences if last else []:
        one = next(publications.read(after=sequence - 1))
        levels = round_level(one.levels[chosen])
        rows.append(
            (
                f"{one.sequence}",
                clock_time(one.calculated, zone),
                *(f"{level:.4f}" for level in levels),
                f"{one.traded[0]:.0%}",
            )
        )
    variants = (f"{board.rows['variant'][at].replace('_', ' ')}>" for at in chosen)
    return Shown(
        title=f"{index} on {board.date}, {currency}: {len(rows)} of {last:,} publications",
        headings=("sequence>", "time", *variants, "traded>"),
        rows=tuple(rows),
    )
