"""The log of publications: all that was published on a day, in sequence, for any number of readers.

Its records are of one length, so that a reader finds any sequence number at once. Of a replay its
bytes are the same, however often the run was stopped.
"""

from __future__ import annotations

import json
import struct
from datetime import date
from threading import Condition
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import InconsistentError, InputError
from paasche.live.kept.log import Log, Record, belongs_to, encode, read, repair, write
from paasche.live.publication import Board, Publication

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["Publications", "Published", "begin", "read_board"]

_PUBLICATION = 1
_HEAD = struct.Struct("<3q?7x")
_COLUMNS = ("index", "variant", "currency")
_SHARES = ("traded", "stale", "frozen")


def begin(path: Path, board: Board) -> None:
    """Make an empty log of publications.

    Parameters
    ----------
    path : Path
    board : Board
        What is published: the head of the log.
    """
    rows = [list(row) for row in board.rows.select(_COLUMNS).iter_rows()]
    about = {"date": board.date.isoformat(), "indices": board.indices, "rows": rows}
    write(path, json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode())


def read_board(path: Path) -> Board:
    """Return what a log of publications publishes.

    Parameters
    ----------
    path : Path

    Raises
    ------
    InputError
        It is no such log.
    """
    try:
        about = json.loads(belongs_to(path)[0])
        rows = pl.DataFrame(about["rows"], schema=dict.fromkeys(_COLUMNS, pl.String), orient="row")
        return Board(
            date=date.fromisoformat(about["date"]), rows=rows, indices=list(about["indices"])
        )
    except (ValueError, KeyError, TypeError) as e:
        if isinstance(e, InputError):
            raise
        raise InputError(f"{path}: must be a log of publications; it is another log") from e


class Publications:
    """What a log of publications holds, to be read; also while a run appends to it.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    board : Board
        What is published.

    Raises
    ------
    InputError
        It is no such log.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.board = read_board(path)
        self._start = belongs_to(path)[1]
        self._widths = (self.board.rows.height, *[len(self.board.indices)] * len(_SHARES))
        self._length = len(encode(_PUBLICATION, bytes(_HEAD.size + 8 * sum(self._widths))))

    @property
    def count(self) -> int:
        """How many whole publications there are now."""
        return (self.path.stat().st_size - self._start) // self._length

    def read(self, after: int = 0) -> Iterator[Publication]:
        """Yield the publications behind a sequence number that are there now.

        Parameters
        ----------
        after : int

        Yields
        ------
        Publication
        """
        for record in read(self.path, self._start + after * self._length):
            yield self._unpacked(record)

    def _unpacked(self, record: Record) -> Publication:
        sequence, calculated, published, is_close = _HEAD.unpack_from(record.payload)
        numbers = np.frombuffer(record.payload, np.float64, offset=_HEAD.size)
        levels, traded, stale, frozen = np.split(numbers, np.cumsum(self._widths)[:-1])
        return Publication(
            sequence=sequence,
            calculated=calculated,
            published=published,
            is_close=is_close,
            levels=levels,
            traded=traded,
            stale=stale,
            frozen=frozen,
        )


class Published(Publications):
    """``published.log`` of a live run: appended to by one, read by many threads.

    Parameters
    ----------
    path : Path
        A log that `begin` made; a torn end is cut off.
    sync_every : float

    Attributes
    ----------
    last : Publication or None
        The last one.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "published.log"
    >>> rows = pl.DataFrame({"index": ["DEMO"], "variant": ["price"], "currency": ["CNY"]})
    >>> begin(path, Board(date=date(2024, 6, 14), rows=rows, indices=["DEMO"]))
    >>> one = np.ones(1)
    >>> first = Publication(
    ...     sequence=1,
    ...     calculated=0,
    ...     published=0,
    ...     is_close=False,
    ...     levels=1000 * one,
    ...     traded=one,
    ...     stale=0 * one,
    ...     frozen=0 * one,
    ... )
    >>> log = Published(path, sync_every=5.0)
    >>> log.append([first])
    >>> log.close()
    >>> [(found.sequence, found.levels) for found in Publications(path).read()]
    [(1, array([1000.]))]
    """

    def __init__(self, path: Path, *, sync_every: float) -> None:
        super().__init__(path)
        repair(path)
        count, other = divmod(path.stat().st_size - self._start, self._length)
        self.last: Publication | None = None
        for found in self.read(after=max(0, count - 1)):
            self.last = found
        if other or self.sequence != count:
            raise InputError(f"{path}: must hold publications 1 to {count}; a record is another's")
        self._log = Log(path, sync_every=sync_every)
        self._more = Condition()

    @property
    def sequence(self) -> int:
        """Number of the last publication; 0 where there is none."""
        return 0 if self.last is None else self.last.sequence

    def append(self, publications: Sequence[Publication]) -> None:
        """Append publications in sequence; one that is there already is compared with what is.

        Parameters
        ----------
        publications : sequence of Publication

        Raises
        ------
        InconsistentError
            What was published under a number differs.
        OSError
            They cannot be written; the log is as it was before.
        """
        new = [one for one in publications if one.sequence > self.sequence]
        for one in publications[: len(publications) - len(new)]:
            self._compare(one)
        if not new:
            return
        if new[0].sequence != self.sequence + 1:
            raise InconsistentError(
                f"{self.path}: sequence {new[0].sequence} must follow {self.sequence}"
            )
        self._log.extend(b"".join(encode(_PUBLICATION, _packed(one)) for one in new))
        with self._more:
            self.last = new[-1]
            self._more.notify_all()

    def _compare(self, publication: Publication) -> None:
        found = next(iter(self.read(after=publication.sequence - 1)))
        if _packed(found) != _packed(publication):
            raise InconsistentError(
                f"{self.path}: sequence {publication.sequence} differs from what is calculated "
                "now; the ticks, the run directory or the version of paasche is another"
            )

    def wait(self, after: int, seconds: float) -> None:
        """Wait until there is more than a sequence number, or for some seconds.

        Parameters
        ----------
        after : int
        seconds : float
        """
        with self._more:
            if self.sequence <= after:
                self._more.wait(seconds)

    def wake(self) -> None:
        """End every `wait`: something other than a publication is to be heard of."""
        with self._more:
            self._more.notify_all()

    def close(self) -> None:
        """Sync, and give the file back; it can still be read."""
        self._log.close()


def _packed(one: Publication) -> bytes:
    head = _HEAD.pack(one.sequence, one.calculated, one.published, one.is_close)
    numbers = (one.levels, *(getattr(one, share) for share in _SHARES))
    return head + b"".join(np.ascontiguousarray(part, np.float64).data for part in numbers)
