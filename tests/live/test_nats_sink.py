"""Levels to a real server of JetStream, which is killed and started again."""

import json
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import polars as pl
import pytest

from live import nats_server
from live.boards import DATE, NEXT_DATE, board, publication, publish
from live.nats_server import address, asked, feed, messages_of, tick
from paasche.errors import InputError
from paasche.live.sinks import Rows, open_sink

nats = pytest.importorskip("nats", reason="the extra live is not installed")
pytestmark = pytest.mark.skipif(
    nats_server.PROGRAM is None, reason="there is no nats-server on PATH"
)


def published(server, stream="LEVELS", subject="levels"):
    """Return names and rows of all messages of a stream."""
    messages = messages_of(server, stream)
    assert {message.subject for message in messages} <= {subject}
    return [(message.headers["Nats-Msg-Id"], json.loads(message.data)) for message in messages]


def levels(server):
    return address(server, "LEVELS", "levels")


@contextmanager
def losing(sink, monkeypatch, is_lost):
    """Have no answer to the messages of some names, which do not arrive."""
    context = type(sink._stream)
    send = context.publish

    async def lose(self, *arguments, headers, **named):
        if is_lost(headers["Nats-Msg-Id"]):
            raise nats.errors.TimeoutError
        await send(self, *arguments, headers=headers, **named)

    with monkeypatch.context() as patch:
        patch.setattr(context, "publish", lose)
        yield


def test_publications_are_messages_of_a_stream_that_is_made(server):
    sink = open_sink(levels(server))
    assert publish(sink, 1, 3) == 0
    sink.close()
    messages = published(server)
    assert [name for name, _ in messages] == [f"levels-2024-06-14-{number}" for number in (1, 2, 3)]
    rows = Rows(board()).of(publication(2))
    assert messages[1][1] == json.loads(rows.write_json())
    assert messages[1][1][0]["level"] == 1002.0001


def test_a_sink_goes_on_where_the_stream_ends(server):
    for end in (3, 3, 7):
        sink = open_sink(levels(server))
        publish(sink, 1, end)
        sink.close()
    sink = open_sink(levels(server))
    assert sink.open(board()) == 7
    sink.close()
    sink = open_sink(levels(server))
    assert publish(sink, 1, 2, date=NEXT_DATE) == 0
    sink.close()
    expected = [f"levels-{DATE}-{number}" for number in range(1, 8)]
    expected += [f"levels-{NEXT_DATE}-{number}" for number in (1, 2)]
    assert [name for name, _ in published(server)] == expected


def test_what_arrived_although_the_answer_was_lost_is_not_sent_again(server, monkeypatch):
    sink = open_sink(levels(server))
    publish(sink, 1, 2)
    context = type(sink._stream)
    send = context.publish

    async def lose(self, *arguments, **named):
        await send(self, *arguments, **named)
        raise nats.errors.TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(context, "publish", lose)
        with pytest.raises(OSError, match=r"nats://.*timeout"):
            sink.publish(publication(3))

    async def forget(context):
        # The server itself drops doubles for a while only.
        config = (await context.stream_info("LEVELS")).config
        config.duplicate_window = 0.1
        await context.update_stream(config)

    asked(server, forget)
    time.sleep(0.2)
    for number in (3, 4):
        sink.publish(publication(number))
    sink.close()
    assert [name for name, _ in published(server)] == [
        f"levels-2024-06-14-{n}" for n in (1, 2, 3, 4)
    ]


def test_while_the_server_is_away_the_same_publication_is_offered_again(server):
    sink = open_sink(levels(server))
    sink.open(board())
    begun, refused, back = threading.Event(), threading.Event(), threading.Event()
    sent = []

    def run():
        # On and on until the server has gone in the midst of it, and come back.
        while not (sent and back.is_set() and len(sent) % 50 == 0):
            try:
                sink.publish(publication(len(sent) + 1))
            except OSError:
                refused.set()
                time.sleep(0.02)
            else:
                sent.append(len(sent) + 1)
                begun.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(10)
    server.kill()
    assert refused.wait(10)
    server.start()
    back.set()
    thread.join(20)
    sink.close()
    assert [name for name, _ in published(server)] == [
        f"levels-2024-06-14-{number}" for number in sent
    ]


def test_many_levels_are_several_messages_and_a_torn_publication_is_completed(server, monkeypatch):
    monkeypatch.setattr("paasche.live.sinks.jetstream._ROWS", 2)
    sink = open_sink(levels(server))
    publish(sink, 1, 1)
    second = losing(sink, monkeypatch, lambda name: name.endswith("2of2"))
    with second, pytest.raises(OSError, match="timeout"):
        sink.publish(publication(2))
    sink.close()
    sink = open_sink(levels(server))
    assert publish(sink, 1, 2) == 1
    sink.close()
    messages = published(server)
    names = [f"levels-2024-06-14-{number}.{part}of2" for number in (1, 2) for part in (1, 2)]
    assert [name for name, _ in messages] == names
    whole = pl.concat([Rows(board()).of(publication(number)) for number in (1, 2)])
    assert [row for _, rows in messages for row in rows] == json.loads(whole.write_json())


def test_two_subjects_of_one_stream_have_all_their_publications(server):
    async def make(stream):
        await stream.add_stream(name="LEVELS", subjects=["levels.*"])

    asked(server, make)
    subjects = ["levels.cn", "levels.hk"]
    for subject in subjects:
        sink = open_sink(address(server, "LEVELS", subject))
        publish(sink, 1, 3)
        sink.close()
    for subject in subjects:
        sink = open_sink(address(server, "LEVELS", subject))
        assert sink.open(board()) == 3
        sink.close()


def other(sequence):
    """The publication of another run."""
    one = publication(sequence)
    return replace(one, levels=one.levels + 0.0001)


def test_what_the_stream_has_of_a_run_is_known_again(server):
    sink = open_sink(levels(server))
    publish(sink, 1, 2)
    sink.close()
    again = open_sink(levels(server))
    assert again.open(board()) == 2
    assert again.kept_levels.tolist() == publication(2).levels.tolist()
    again.close()


@pytest.mark.parametrize("sent", [1, 2])
def test_a_torn_publication_of_another_run_is_not_completed(sent, server, monkeypatch):
    monkeypatch.setattr("paasche.live.sinks.jetstream._ROWS", 1)
    sink = open_sink(levels(server))
    publish(sink, 1, 1)
    others = losing(sink, monkeypatch, lambda name: not name.endswith(f"{sent}of3"))
    sink._sent = (2, sent - 1)
    with others, pytest.raises(OSError, match="timeout"):
        sink.publish(publication(2))
    sink.close()
    sink = open_sink(levels(server))
    assert sink.open(board()) == 1
    with pytest.raises(InputError, match="holds the levels of another run at sequence 2"):
        sink.publish(other(2))
    sink.publish(publication(2))
    sink.close()
    assert open_sink(levels(server)).open(board()) == 2


def test_another_run_that_went_on_meanwhile_is_noticed(server):
    sink = open_sink(levels(server))
    publish(sink, 1, 2)
    server.kill()
    with pytest.raises(OSError, match="nats://"):
        sink.publish(publication(3))
    server.start()
    second = open_sink(levels(server))
    publish(second, 1, 5)
    second.close()
    with pytest.raises(InputError, match="holds the levels of another run at sequence 5"):
        sink.publish(publication(3))
    sink.close()


def test_the_subject_of_another_stream_or_of_other_messages_is_refused(server):
    feed(server, tick(1))
    with pytest.raises(InputError, match="its last message is without Nats-Msg-Id"):
        open_sink(address(server)).open(board())
    with pytest.raises(InputError, match=r"must be a subject of the stream TICKS; .* no stream"):
        open_sink(address(server, subject="levels")).open(board())
    sink = open_sink(levels(server))
    publish(sink, 1, 1)
    sink.close()
    with pytest.raises(InputError, match=r"must be a subject of the stream TICKS; .* of LEVELS"):
        open_sink(address(server, subject="levels")).open(board())
    with pytest.raises(InputError, match=re.escape("has not 6000 rows")):
        open_sink(levels(server)).open(board(copies=2000))


def test_a_subject_with_wildcards_is_no_place_to_publish(server):
    with pytest.raises(InputError, match="must have a subject without wildcards"):
        open_sink(address(server, subject="levels.*"))


def test_a_server_that_is_away_when_a_sink_is_opened_is_tried_again(server):
    server.kill()
    sink = open_sink(levels(server))
    with pytest.raises(OSError, match="nats://"):
        sink.open(board())
    server.start()
    assert publish(sink, 1, 1) == 0
    sink.close()
