"""Resuming: from snapshots, from logs that are damaged or lag behind, after a full disk."""

import errno
import os
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.fakes import OPENING, SECOND, Engine, Given, Source, day, live_run, quick
from paasche.live.kept.journal import Block, Journal, Order, Place
from paasche.live.kept.log import belongs_to
from paasche.live.kept.published import Publications
from paasche.live.kept.snapshots import Snapshot, Snapshots
from paasche.live.running import run as live_run_module
from paasche.live.running.clock import WallClock


@pytest.fixture(name="whole", scope="module")
def _whole(tmp_path_factory):
    """The folder of a run that was not disturbed."""
    place = tmp_path_factory.mktemp("whole") / "live"
    live_run(place, Source(day(disorder=0.1))).run()
    return place


@pytest.fixture(name="stopped", scope="module")
def _stopped(tmp_path_factory):
    """The folder of a run that was stopped in the middle, with two snapshots."""
    place = tmp_path_factory.mktemp("stopped") / "live"
    source = Source(day(disorder=0.1))
    run = live_run(place, source, timing=quick(snapshot_every=4.0))
    source.each = lambda number: run.stop() if number == 11 else None
    assert not run.run().closed
    assert len(list(place.glob("snapshot-*"))) == 2
    return place


def resumed(place, engine=None):
    status = live_run(place, Source(day(disorder=0.1)), engine=engine, resume=True).run()
    assert status.closed
    return (place / "published.log").read_bytes()


def copied(place, folder):
    return shutil.copytree(place, folder / "copy")


def cut(path, size):
    with path.open("r+b") as file:
        file.truncate(size)


def test_a_snapshot_spares_telling_all_again(stopped, whole, tmp_path):
    engine, cold = Engine(), Engine()
    place = copied(stopped, tmp_path)
    assert resumed(place, engine) == (whole / "published.log").read_bytes()
    again = copied(stopped, tmp_path / "cold")
    for file in again.glob("snapshot-*"):
        file.unlink()
    assert resumed(again, cold) == (whole / "published.log").read_bytes()
    assert sum(engine.told) < sum(cold.told)


@given(which=st.sets(st.sampled_from([0, 1])), at=st.floats(0, 0.999), flip=st.integers(1, 255))
@settings(max_examples=20)
def test_a_damaged_snapshot_is_passed_over(which, at, flip, stopped, whole, tmp_path_factory):
    place = copied(stopped, tmp_path_factory.mktemp("damaged"))
    for number in which:
        file = sorted(place.glob("snapshot-*"))[number]
        raw = bytearray(file.read_bytes())
        raw[int(at * len(raw))] ^= flip
        file.write_bytes(raw)
    assert resumed(place) == (whole / "published.log").read_bytes()


@given(journal=st.floats(0, 1), published=st.floats(0, 1))
@settings(max_examples=30)
def test_logs_that_lost_their_ends_are_made_whole_again(
    journal, published, stopped, whole, tmp_path_factory
):
    """As after a failure of the power: either log may be behind the other, and torn."""
    place = copied(stopped, tmp_path_factory.mktemp("behind"))
    for name, share in (("ticks.log", journal), ("published.log", published)):
        start = belongs_to(place / name)[1]
        cut(place / name, start + int(share * ((place / name).stat().st_size - start)))
    assert resumed(place) == (whole / "published.log").read_bytes()


def test_by_the_wall_what_is_published_stays_where_the_journal_is_behind(tmp_path, monkeypatch):
    now = [OPENING]
    monkeypatch.setattr(
        live_run_module, "WallClock", lambda grid, at: WallClock(grid, at, lambda: now[0])
    )

    def at(second):
        return lambda: now.__setitem__(0, OPENING + second * SECOND)

    place = tmp_path / "live"
    run = live_run(place, Given(), clock="wall", seconds=30)
    run._source.given = (at(0), at(10), run.stop)
    run.run()
    before = (place / "published.log").read_bytes()
    cut(place / "ticks.log", belongs_to(place / "ticks.log")[1])
    live_run(place, Given(at(20), at(30)), clock="wall", seconds=30, resume=True).run()
    assert (place / "published.log").read_bytes().startswith(before)
    moments = [one.calculated for one in Publications(place / "published.log").read()]
    assert moments == [OPENING + second * SECOND for second in range(0, 31, 5)]


@pytest.mark.parametrize("name", ["_journal", "published"])
def test_a_run_on_a_full_disk_ends_with_its_error_and_goes_on_once_there_is_room(
    name, whole, tmp_path
):
    place = tmp_path / "live"
    source = Source(day(disorder=0.1))
    run = live_run(place, source)

    def fill(number):
        if number == 9:
            log = getattr(run._record, name)._log
            log._file = Full(log._file)

    source.each = fill
    with pytest.raises(OSError, match="No space left on device") as told:
        run.run()
    assert told.value.errno == errno.ENOSPC
    assert told.value.filename.endswith(".log")
    assert source.closed
    assert resumed(place) == (whole / "published.log").read_bytes()


class Full:
    """A file on a disk that takes seven more bytes."""

    def __init__(self, file):
        self._file, self._room = file, 7

    def write(self, data):
        if not self._room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._room = 0
        return self._file.write(bytes(data)[:7])

    def __getattr__(self, name):
        return getattr(self._file, name)


def test_the_two_newest_snapshots_are_kept_and_a_lost_draft_goes(tmp_path):
    kept = Snapshots(tmp_path)
    for number in range(5):
        kept.write(Snapshot(place=Place(moment=number), offset=number, state=bytes([number])))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["snapshot-4", "snapshot-5"]
    (tmp_path / ".snapshot-6").write_bytes(b"torn")
    newest = kept.newest(journal=100, sequence=0)
    assert (newest.place.moment, newest.state) == (4, b"\x04")
    assert kept.newest(journal=3, sequence=0).place.moment == 3
    assert kept.newest(journal=2, sequence=0) is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", [1, 2])
def test_the_journal_gives_back_what_it_was_told(seed, tmp_path):
    place = tmp_path / "live"
    run = live_run(place, Source(day(seed=seed), size=400), closing_rates={"CNYHKD": 1.2})
    run.tell("freeze", security="000700.HK")
    run.run()
    journal = Journal(place / "ticks.log", sync_every=5.0)
    told = list(journal.read())
    journal.close()
    orders = [one for one in told if isinstance(one, Order)]
    assert orders == [
        Order("freeze", {"security": "000700.HK"}),
        Order("update_fx", {"pairs": ["CNYHKD"], "rates": [1.2]}),
    ]
    blocks = [one for one in told if isinstance(one, Block)]
    with_ticks = [one for one in blocks if len(one.ticks.prices)]
    ticks = day(seed=seed)
    count = sum(len(one.ticks.prices) for one in blocks)
    for column in ("securities", "prices", "timestamps", "volumes"):
        whole = getattr(ticks, column)
        if whole is not None:
            found = [value for one in with_ticks for value in getattr(one.ticks, column).tolist()]
            assert found == whole[:count].tolist()
    moments = [moment for one in blocks for moment in one.moments.tolist()]
    assert moments == [OPENING + second * SECOND for second in range(61)]
    assert blocks[-1].place.ticks == count
