"""A server of WebSocket: the newest to everybody, whatever the pace of the others."""

import asyncio
import json
import socket

import pytest

from live.boards import board, publication, publish
from paasche.errors import InputError
from paasche.live.sinks import open_sink

pytest.importorskip("websockets", reason="the extra live is not installed")

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


@pytest.fixture
def sink():
    """Return a sink that listens, after the second publication."""
    sink = open_sink("ws://127.0.0.1:0")
    assert publish(sink, 1, 2) == 0
    yield sink
    sink.close()


def client(sink, **options):
    return connect(f"ws://127.0.0.1:{sink.port}", max_size=None, proxy=None, **options)


def sequence(text):
    (one,) = {row["sequence"] for row in json.loads(text)}
    return one


def test_a_new_client_gets_the_last_one_first_and_then_each(sink):
    with client(sink) as one:
        assert sequence(one.recv(timeout=5)) == 2
        for number in (3, 4):
            sink.publish(publication(number))
            assert sequence(one.recv(timeout=5)) == number
        with client(sink) as other:
            assert sequence(other.recv(timeout=5)) == 4


def test_a_message_holds_the_rows_of_a_publication(sink):
    with client(sink) as one:
        rows = json.loads(one.recv(timeout=5))
    assert [row["index"] for row in rows] == ["A120", "A120", "B300"]
    assert rows[0] == {
        "date": "2024-06-14",
        "sequence": 2,
        "calculated": "2024-06-14T01:30:10+00:00",
        "published": "2024-06-14T01:30:10.001+00:00",
        "is_close": False,
        "index": "A120",
        "variant": "price",
        "currency": "CNY",
        "level": 1002.0001,
        "level_unrounded": 1002.00005,
        "traded": 0.5,
        "stale": 0.25,
        "frozen": 0.0,
    }


def test_a_client_may_talk_and_go(sink):
    with client(sink) as one:
        one.recv(timeout=5)
        for _ in range(100):
            one.send("hello")
        sink.publish(publication(3))
        assert sequence(one.recv(timeout=5)) == 3
    sink.publish(publication(4))
    with client(sink) as other:
        assert sequence(other.recv(timeout=5)) == 4


def test_a_slow_client_gets_the_newest_and_holds_up_nobody():
    sink = open_sink("ws://127.0.0.1:0")
    sink.open(board(copies=5000))
    slow_socket = socket.create_connection(("127.0.0.1", sink.port))
    slow_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 17)
    # It takes no frame into its own hands before it is asked for one.
    with (
        client(sink, sock=slow_socket, max_queue=1) as slow,
        client(sink, max_queue=None) as quick,
    ):
        for number in range(1, 21):
            sink.publish(publication(number, copies=5000))
            assert sequence(quick.recv(timeout=5)) == number
        got = [sequence(slow.recv(timeout=5))]
        while got[-1] < 20:
            got.append(sequence(slow.recv(timeout=5)))
    sink.close()
    assert got == sorted(set(got))
    assert len(got) < 15


def test_the_last_one_is_sent_before_the_server_ends():
    sink = open_sink("ws://127.0.0.1:0")
    publish(sink, 1, 1)
    with client(sink) as one:
        assert sequence(one.recv(timeout=5)) == 1
        sink.publish(publication(2))
        sink.close()
        assert sequence(one.recv(timeout=5)) == 2
        with pytest.raises(ConnectionClosed):
            one.recv(timeout=5)


def test_a_client_that_takes_nothing_does_not_keep_the_server_from_ending(monkeypatch):
    monkeypatch.setattr("paasche.live.sinks.websocket._FAREWELL_SECONDS", 0.1)
    sink = open_sink("ws://127.0.0.1:0")
    sink.open(board(copies=5000))

    async def stay():
        reader, writer = await asyncio.open_connection("127.0.0.1", sink.port, limit=1)
        writer.write(
            b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await reader.read(1)
        for number in range(1, 9):
            await asyncio.to_thread(sink.publish, publication(number, copies=5000))
        await asyncio.wait_for(asyncio.to_thread(sink.close), 5)
        writer.close()

    asyncio.run(stay())


def test_an_address_in_use_is_refused(sink):
    other = open_sink(f"ws://127.0.0.1:{sink.port}")
    with pytest.raises(InputError, match="must be an address to listen on"):
        other.open(board())
    other.close()


@pytest.mark.parametrize("wrong", ["ws://localhost", "ws://localhost:a", "ws://:1", "ws://a:1/b"])
def test_what_is_no_address_is_refused(wrong):
    with pytest.raises(InputError, match="must be ws://host:port, where to listen"):
        open_sink(wrong)


def test_without_the_extra_the_message_names_it(monkeypatch):
    monkeypatch.setattr("paasche.live.sinks.websocket.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install 'paasche\[live\]'"):
        open_sink("ws://localhost:0")
