"""An append-only log of records in a file: what was appended is there, or the log ends before it.

A file begins with a mark and the version of the layout, and then holds records: a kind of one byte,
the length of the payload, a CRC-32 of all three, the payload. The first record, of kind 0, says
what the log belongs to. An append is one write to a file without a buffer, so that a process that
is killed loses nothing it had appended; the record it was just writing is torn. Reading stops at
the first record that is torn or wrong, `repair` cuts it off.
"""

from __future__ import annotations

import os
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from zlib import crc32

from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO

__all__ = ["Log", "Record", "belongs_to", "encode", "read", "repair", "write"]

_MARK = b"paasche\n"
_VERSION = 1
_PREFIX = struct.Struct("<8sI")
_HEAD = struct.Struct("<BII")  # kind, length, CRC-32
_ABOUT = 0
_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    Attributes
    ----------
    kind : int
        1 to 255, which the log's owner gives.
    payload : bytes
    end : int
        Offset behind it: where the next one begins.
    """

    kind: int
    payload: bytes
    end: int


def encode(kind: int, payload: bytes) -> bytes:
    """Return a record as it stands in a file.

    Parameters
    ----------
    kind : int
    payload : bytes

    Examples
    --------
    >>> encode(1, b"level").hex()
    '0105000000097d171a6c6576656c'
    """
    return _HEAD.pack(kind, len(payload), _checksum(kind, payload)) + payload


def _checksum(kind: int, payload: bytes) -> int:
    return crc32(payload, crc32(struct.pack("<BI", kind, len(payload))))


def write(path: Path, about: bytes, records: Iterable[tuple[int, bytes]] = ()) -> None:
    """Make a file of records, without a log to append to.

    Parameters
    ----------
    path : Path
        What is there is replaced, not at one stroke: write beside it and rename.
    about : bytes
        What it belongs to.
    records : iterable of (int, bytes)
    """
    whole = b"".join([_PREFIX.pack(_MARK, _VERSION), encode(_ABOUT, about)])
    path.write_bytes(whole + b"".join(encode(kind, payload) for kind, payload in records))


def belongs_to(path: Path) -> tuple[bytes, int]:
    """Return what a log belongs to, and where its first record begins.

    Parameters
    ----------
    path : Path

    Raises
    ------
    InputError
        It is no log, of another version, or its head is damaged.
    """
    with path.open("rb", buffering=_BUFFER) as file:
        prefix = file.read(_PREFIX.size)
        if len(prefix) < _PREFIX.size or not prefix.startswith(_MARK):
            raise InputError(f"{path}: must be a log of a live run; it begins otherwise")
        version = _PREFIX.unpack(prefix)[1]
        if version != _VERSION:
            raise InputError(
                f"{path}: must be of version {_VERSION}; it is of version {version}: read it with "
                "the paasche that wrote it"
            )
        about = next(_records(file, _PREFIX.size, path.stat().st_size), None)
    if about is None or about.kind != _ABOUT:
        raise InputError(f"{path}: must say what it belongs to; its head is damaged")
    return about.payload, about.end


def read(path: Path, start: int = 0) -> Iterator[Record]:
    """Yield the records of a log, up to the first that is torn or wrong.

    Parameters
    ----------
    path : Path
    start : int
        Where a record begins; 0: the first one.

    Yields
    ------
    Record
    """
    start = start or belongs_to(path)[1]
    with path.open("rb", buffering=_BUFFER) as file:
        file.seek(start)
        yield from _records(file, start, path.stat().st_size)


def _records(file: BinaryIO, at: int, size: int) -> Iterator[Record]:
    while at + _HEAD.size <= size:
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return
        kind, length, checksum = _HEAD.unpack(head)
        if at + _HEAD.size + length > size:
            return  # torn, or a length that is none
        payload = file.read(length)
        if len(payload) < length or _checksum(kind, payload) != checksum:
            return
        at += _HEAD.size + length
        yield Record(kind, payload, at)


def repair(path: Path) -> int:
    """Cut off what follows the last whole record.

    Parameters
    ----------
    path : Path

    Returns
    -------
    int
        How many bytes were cut off.
    """
    end = belongs_to(path)[1]
    for record in read(path, end):
        end = record.end
    lost = path.stat().st_size - end
    if lost:
        os.truncate(path, end)
    return lost


class Log:
    """A log to append to.

    Parameters
    ----------
    path : Path
        An existing log that ends with a whole record, as `repair` leaves it.
    sync_every : float
        Seconds after which an append also waits until all is on the disk: how much a failure of the
        power, not of the process, may cost.

    Attributes
    ----------
    end : int
        Offset behind the last record.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "ticks.log"
    >>> write(path, b"2024-06-14")
    >>> with Log(path) as log:
    ...     _ = log.append(1, b"first"), log.append(1, b"second")
    >>> [record.payload for record in read(path)]
    [b'first', b'second']
    """

    def __init__(self, path: Path, *, sync_every: float = 5.0) -> None:
        self.path = path
        self._sync_every = sync_every
        self._synced = time.monotonic()
        self._broken = False
        self._file = path.open("ab", buffering=0)
        self.end = self._file.seek(0, os.SEEK_END)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        place: TracebackType | None,
    ) -> None:
        self.close()

    def append(self, kind: int, payload: bytes) -> int:
        """Append a record; return the offset behind it.

        Parameters
        ----------
        kind : int
        payload : bytes

        Raises
        ------
        OSError
            It cannot be written, on a full disk above all; the log is as it was before.
        """
        return self.extend(encode(kind, payload))

    def extend(self, records: bytes) -> int:
        """Append encoded records in one write, as `append` does one."""
        if self._broken:
            raise OSError(0, "ends in a torn record that could not be cut off", str(self.path))
        rest = memoryview(records)
        try:
            while rest:  # a short write is followed by one that says why
                rest = rest[self._file.write(rest) :]
        except OSError as e:
            self._cut_back()
            raise OSError(e.errno, e.strerror, str(self.path)) from e
        self.end += len(records)
        if time.monotonic() - self._synced >= self._sync_every:
            self.sync()
        return self.end

    def _cut_back(self) -> None:
        try:
            self._file.truncate(self.end)
        except OSError:
            self._broken = True  # reading stops there, and nothing may follow

    def sync(self) -> None:
        """Wait until all that was appended is on the disk."""
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def close(self) -> None:
        """Sync, and give the file back."""
        if not self._file.closed:
            try:
                self.sync()
            finally:
                self._file.close()
