"""Logs: what was appended is there; a torn or wrong record and all behind it is not."""

import errno
import os
import resource
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paasche.errors import InputError
from paasche.live.kept.log import Log, belongs_to, encode, read, repair, write

PAYLOADS = st.lists(st.tuples(st.integers(1, 255), st.binary(max_size=60)), min_size=1, max_size=5)


def made(path, records=()):
    write(path, b"about", records)
    return path


def held(path):
    return [(record.kind, record.payload) for record in read(path)]


@given(records=PAYLOADS)
def test_what_was_appended_is_read(records, tmp_path_factory):
    path = made(tmp_path_factory.mktemp("log") / "a.log")
    with Log(path) as log:
        ends = [log.append(*record) for record in records]
    assert held(path) == records
    assert [record.end for record in read(path)] == ends
    assert belongs_to(path)[0] == b"about"
    assert repair(path) == 0


@given(records=PAYLOADS)
@settings(max_examples=25)
def test_a_log_torn_at_any_byte_of_its_last_record_ends_before_it(records, tmp_path_factory):
    path = made(tmp_path_factory.mktemp("log") / "a.log", records)
    whole = path.read_bytes()
    last = len(encode(*records[-1]))
    for cut in range(1, last + 1):
        path.write_bytes(whole[:-cut])
        assert held(path) == records[:-1]
        assert repair(path) == (last - cut)
        assert path.read_bytes() == whole[:-last]
        with Log(path) as log:
            log.append(*records[-1])
        assert path.read_bytes() == whole


@given(records=PAYLOADS, data=st.data())
def test_a_log_with_a_wrong_byte_ends_before_its_record(records, data, tmp_path_factory):
    path = made(tmp_path_factory.mktemp("log") / "a.log", records)
    whole = bytearray(path.read_bytes())
    start = belongs_to(path)[1]
    at = data.draw(st.integers(start, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(whole)
    ends = [start]
    for record in records:
        ends.append(ends[-1] + len(encode(*record)))
    intact = max(number for number, end in enumerate(ends) if end <= at)
    assert held(path) == records[:intact]


def test_zeros_behind_the_last_record_are_none(tmp_path):
    path = made(tmp_path / "a.log", [(1, b"one")])
    with path.open("ab") as file:
        file.write(bytes(100))
    assert held(path) == [(1, b"one")]
    assert repair(path) == 100


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda _: b"", "must be a log of a live run; it begins otherwise"),
        (lambda _: b"date,level\n", "must be a log of a live run; it begins otherwise"),
        (lambda raw: raw[:8] + b"\x07" + raw[9:], "must be of version 1; it is of version 7"),
        (lambda raw: raw[:20], "must say what it belongs to; its head is damaged"),
    ],
)
def test_another_file_is_no_log(damage, expected, tmp_path):
    path = made(tmp_path / "a.log")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=expected):
        belongs_to(path)


class Full:
    """A file on a disk that takes so many more bytes."""

    def __init__(self, file, room):
        self._file, self.room = file, room

    def write(self, data):
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self._file.write(bytes(data)[: self.room])
        self.room -= written
        return written

    def __getattr__(self, name):
        return getattr(self._file, name)


@pytest.mark.parametrize("room", range(13))
def test_a_full_disk_leaves_the_log_as_it_was(room, tmp_path):
    path = made(tmp_path / "a.log")
    with Log(path) as log:
        log.append(1, b"one")
        before, log._file = path.read_bytes(), Full(log._file, room)
        with pytest.raises(OSError, match="No space left on device") as told:
            log.append(1, b"four")
        assert told.value.errno == errno.ENOSPC
        assert told.value.filename == str(path)
        assert path.read_bytes() == before
        log._file.room = 100
        log.append(1, b"two")
    assert held(path) == [(1, b"one"), (1, b"two")]


def test_a_torn_record_that_cannot_be_cut_off_is_the_last(tmp_path):
    path = made(tmp_path / "a.log")
    with Log(path) as log:
        log.append(1, b"one")
        log._file = Full(log._file, 5)
        log._file.truncate = lambda _: (_ for _ in ()).throw(OSError(errno.EIO, "failed"))
        with pytest.raises(OSError, match="No space left on device"):
            log.append(1, b"four")
        log._file.room = 100
        with pytest.raises(OSError, match="ends in a torn record that could not be cut off"):
            log.append(1, b"two")
    assert held(path) == [(1, b"one")]
    assert repair(path) == 5


def test_a_limit_of_the_system_is_met_like_a_full_disk(tmp_path):
    path = made(tmp_path / "a.log")
    script = (
        "import sys; from pathlib import Path; from paasche.live.kept.log import Log\n"
        "log = Log(Path(sys.argv[1]))\n"
        "try:\n"
        "    while True: log.append(1, bytes(100))\n"
        "except OSError as e: print(e.strerror)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "File too large\n"
    assert repair(path) == 0
    assert len(held(path)) == (1000 - belongs_to(path)[1]) // len(encode(1, bytes(100)))


def test_a_log_is_synced_every_so_often_and_at_the_close(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with Log(made(tmp_path / "a.log"), sync_every=3600) as log:
        log.append(1, b"one")
        assert not synced
    assert len(synced) == 1
    with Log(tmp_path / "a.log", sync_every=0) as log:
        log.append(1, b"two")
        assert len(synced) == 2
