"""Ticks from a real server of JetStream, which is killed and started again."""

import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import paasche
from live import nats_server
from live.nats_server import address, asked, feed, tick
from paasche.errors import InputError, MissingDataError, SourceWarning
from paasche.live.sources import open_source

nats = pytest.importorskip("nats", reason="the extra live is not installed")
pytestmark = pytest.mark.skipif(
    nats_server.PROGRAM is None, reason="there is no nats-server on PATH"
)

SECURITIES = ["000001.SZ", "600519.SH"]


def read(source, count, after=0):
    """Return the prices of so many ticks, and the position they end at."""
    prices, position = [], after
    batches = source.batches(SECURITIES, after, 0.05)
    deadline = time.monotonic() + 20
    while len(prices) < count:
        assert time.monotonic() < deadline, f"{len(prices)} of {count} ticks"
        ticks = next(batches)
        if ticks is not None:
            prices += ticks.prices.tolist()
            position = ticks.position
    source.close()
    return prices, position


def test_messages_hold_one_tick_or_many(server):
    feed(server, tick(1), tick(2, volume=0) + b"\n" + tick(3, "sz.000001", volume=5), tick(4))
    source = open_source(address(server))
    batches = source.batches(SECURITIES, 0, math.inf)
    found = []
    while sum(len(ticks.prices) for ticks in found) < 4:
        found.append(next(batches))
    source.close()
    assert [price for ticks in found for price in ticks.prices] == [1.0, 2.0, 3.0, 4.0]
    assert [at for ticks in found for at in ticks.securities] == [1, 1, 0, 1]
    assert {moment for ticks in found for moment in ticks.timestamps} == {1718337600_000_000}
    assert found[-1].position == 3


def test_a_reader_goes_on_behind_a_sequence(server):
    feed(server, *(tick(price) for price in range(1, 11)))
    prices, position = read(open_source(address(server)), 10)
    assert (prices, position) == ([float(price) for price in range(1, 11)], 10)
    assert read(open_source(address(server)), 3, after=7)[0] == [8.0, 9.0, 10.0]


def test_other_subjects_are_not_read(server):
    feed(server, tick(1), subject="ticks.us")
    feed(server, tick(2))
    assert read(open_source(address(server)), 1) == ([2.0], 2)
    assert read(open_source(address(server, subject="ticks.*")), 2) == ([1.0, 2.0], 2)


@pytest.mark.filterwarnings("ignore::paasche.errors.SourceWarning")
def test_the_clock_goes_on_while_nothing_comes(server):
    feed(server)
    source = open_source(address(server))
    batches = source.batches(SECURITIES, 0, 0.01)
    assert next(batches) is None
    feed(server, tick(1))
    assert next(ticks for ticks in batches if ticks is not None).prices.tolist() == [1.0]
    source.close()


def test_what_cannot_be_read_is_left_out_and_counted(server):
    feed(
        server,
        tick(1),
        b"ping",
        tick(2, "AAA"),
        b'{"timestamp": "12:00", "security": "600519.SH", "price": 1}',
        b'{"price": 1}',
        tick(3),
    )
    source = open_source(address(server))
    assert read(source, 2)[0] == [1.0, 3.0]
    assert source.left_out == {"unknown": 1, "unreadable": 3}


def test_more_than_is_asked_for_at_a_time_is_read_in_order(server, monkeypatch):
    monkeypatch.setattr("paasche.live.sources.jetstream._ASKED", 7)
    feed(server, *(tick(price) for price in range(100)))
    assert read(open_source(address(server)), 100)[0] == [float(price) for price in range(100)]


def test_more_bytes_than_are_asked_for_at_a_time_are_read_in_order(server, monkeypatch):
    monkeypatch.setattr("paasche.live.sources.jetstream._BYTES", 2000)
    feed(server, *(tick(price) for price in range(100)))
    assert read(open_source(address(server)), 100)[0] == [float(price) for price in range(100)]


def test_what_the_stream_no_longer_has_is_an_error(server):
    feed(server, *(tick(price) for price in range(10)))
    asked(server, lambda stream: stream.purge_stream("TICKS", seq=8))
    assert read(open_source(address(server)), 3, after=7)[0] == [7.0, 8.0, 9.0]
    for after in (4, 11):
        source = open_source(address(server))
        with pytest.raises(MissingDataError, match=f"after message {after}.*it holds 8 to 10"):
            list(source.batches(SECURITIES, after, math.inf))


def test_a_subject_that_is_none_of_the_stream_is_refused(server):
    feed(server, tick(1))
    source = open_source(address(server, subject="tick.cn"))
    with pytest.raises(InputError, match=r"must have a subject of the stream TICKS.* ticks\.\*$"):
        list(source.batches(SECURITIES, 0, math.inf))


def test_a_subject_without_messages_is_said_with_what_there_is(server):
    feed(server)
    for count, expected in ((0, "no message at all"), (2, r"2 messages, on ticks\.cn$")):
        feed(server, *[tick(1)] * count)
        source = open_source(address(server, subject="ticks.us"))
        with pytest.warns(SourceWarning, match=rf"no message on ticks\.us yet; .* {expected}"):
            assert next(source.batches(SECURITIES, 0, 0.01)) is None
        source.close()


def test_a_server_or_stream_that_is_not_there_is_refused(server):
    with pytest.raises(InputError, match="there is no TICKS"):
        list(open_source(address(server)).batches(SECURITIES, 0, math.inf))
    server.kill()
    with pytest.raises(
        InputError,
        match=r"must be a server of JetStream that answers \(.*refused|Connect call failed",
    ):
        list(open_source(address(server)).batches(SECURITIES, 0, math.inf))


def test_a_server_without_tls_is_told_nothing_where_tls_is_asked_for(server):
    feed(server, tick(1))
    secret = address(server).replace("nats://", "tls://name:secret@")
    with pytest.raises(InputError, match="must be a server that asks for TLS") as told:
        list(open_source(secret).batches(SECURITIES, 0, math.inf))
    assert "secret" not in str(told.value)


@pytest.mark.filterwarnings("ignore::paasche.errors.SourceWarning")
def test_a_server_that_goes_and_comes_back_loses_nothing_and_repeats_nothing(server):
    count = 3000
    feed(server)
    command = [sys.executable, str(Path(__file__).parent / "feeder.py"), server.url, "TICKS"]
    feeder = subprocess.Popen([*command, "ticks.cn", str(count)])
    source = open_source(address(server))
    prices, killed = [], 0
    deadline = time.monotonic() + 40
    for ticks in source.batches(SECURITIES, 0, 0.05):
        assert time.monotonic() < deadline
        if ticks is not None:
            prices += ticks.prices.tolist()
        if killed < 2 and len(prices) > (killed + 1) * 600:
            server.kill()
            time.sleep(0.1)
            server.start()
            killed += 1
        if len(prices) >= count:
            break
    source.close()
    assert feeder.wait(10) == 0
    assert killed == 2
    assert prices == [1.0 + number for number in range(count)]


READER = """
import os, sys
from paasche.live.sources import open_source

address, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(path, "a+") as journal:
    journal.seek(0)
    lines = journal.read().splitlines()
    after = int(lines[-1].split()[0]) if lines else 0
    read = sum(len(line.split()) - 1 for line in lines)
    for ticks in open_source(address).batches(["600519.SH"], after, 0.05):
        if ticks is not None:
            journal.write(" ".join(map(str, [ticks.position, *ticks.prices.tolist()])) + "\\n")
            journal.flush()
            read += len(ticks.prices)
        if read >= count:
            break
os._exit(0)
"""


def test_a_feeder_a_reader_that_is_killed_and_a_server_that_is_killed(server, tmp_path):
    count = 2000
    feed(server)
    journal = tmp_path / "journal"
    environment = os.environ | {"PYTHONPATH": str(Path(paasche.__file__).parents[1])}
    command = [sys.executable, "-c", READER, address(server), str(journal), str(count)]

    def reader():
        return subprocess.Popen(command, env=environment)

    def lines():
        text = journal.read_text() if journal.exists() else ""
        return [line.split() for line in text.splitlines()]

    reading = reader()
    feeder = subprocess.Popen(
        [
            *(sys.executable, str(Path(__file__).parent / "feeder.py")),
            *(server.url, "TICKS", "ticks.cn", str(count)),
        ]
    )
    deadline = time.monotonic() + 40
    for limit in (300, 900):
        while sum(len(line) - 1 for line in lines()) < limit:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        if limit == 300:
            reading.kill()
            reading.wait()
            # What was written of the last line may be half of it; a reader would cut it.
            whole = journal.read_text()
            journal.write_text(whole[: whole.rfind("\n") + 1])
            reading = reader()
        else:
            server.kill()
            server.start()
    assert feeder.wait(30) == 0
    assert reading.wait(30) == 0
    prices = [float(price) for line in lines() for price in line[1:]]
    assert prices == [1.0 + number for number in range(count)]
