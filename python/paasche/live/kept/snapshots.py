"""Snapshots of a live run: the engine at a place in the journal, so that not all is told again.

The two newest are kept. One that is damaged is passed over for the one before it, and for the
beginning of the journal at last.
"""

from __future__ import annotations

import struct
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from paasche.errors import InputError
from paasche.live.kept.journal import Place
from paasche.live.kept.log import read, write

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Snapshot", "Snapshots"]

_PREFIX = "snapshot-"
_SNAPSHOT = 1
_HEAD = struct.Struct("<9q")
_KEPT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What an engine knew.

    Attributes
    ----------
    place : Place
        How far the run had come.
    offset : int
        Where the journal stood.
    state : bytes
        Of the engine.
    lines : tuple of int
        Of the file of orders, that had been taken.
    """

    place: Place
    offset: int
    state: bytes
    lines: tuple[int, ...] = ()


class Snapshots:
    """The snapshots in the folder of a live run.

    Parameters
    ----------
    folder : Path

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> kept = Snapshots(Path(tempfile.mkdtemp()))
    >>> for moment in (300, 600, 900):
    ...     kept.write(Snapshot(place=Place(moment=moment), offset=moment, state=b"book"))
    >>> kept.newest(journal=700, sequence=0).place.moment
    600
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, snapshot: Snapshot) -> None:
        """Keep one more; the oldest beyond two goes.

        Parameters
        ----------
        snapshot : Snapshot
        """
        files = self._files()
        number = 1 + (_number(files[-1]) if files else 0)
        place = self._folder / f"{_PREFIX}{number}"
        draft = self._folder / f".{place.name}"
        head = _HEAD.pack(*astuple(snapshot.place), snapshot.offset, len(snapshot.lines))
        content = head + struct.pack(f"<{len(snapshot.lines)}q", *snapshot.lines) + snapshot.state
        write(draft, b"snapshot", [(_SNAPSHOT, content)])
        draft.replace(place)
        for old in files[: 1 - _KEPT]:
            old.unlink()

    def newest(self, *, journal: int, sequence: int) -> Snapshot | None:
        """Return the newest that can be gone on from; those after it are removed.

        Parameters
        ----------
        journal : int
            Where the journal ends: a snapshot behind it tells of what is lost.
        sequence : int
            Of the last publication in the log: what a snapshot behind it has published is lost.
        """
        for draft in self._folder.glob(f".{_PREFIX}*"):
            draft.unlink()
        for file in reversed(self._files()):
            found = _read(file)
            if found and found.offset <= journal and found.place.sequence <= sequence:
                return found
            file.unlink()
        return None

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"{_PREFIX}*"), key=_number)


def _number(file: Path) -> int:
    return int(file.name.removeprefix(_PREFIX))


def _read(file: Path) -> Snapshot | None:
    try:
        record = next(read(file), None)
    except InputError:
        return None  # its head is damaged
    if record is None:
        return None
    *place, offset, count = _HEAD.unpack_from(record.payload)
    lines = struct.unpack_from(f"<{count}q", record.payload, _HEAD.size)
    state = record.payload[_HEAD.size + 8 * count :]
    return Snapshot(place=Place(*place), offset=offset, state=state, lines=lines)
