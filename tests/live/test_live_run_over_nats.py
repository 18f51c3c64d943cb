"""A live run between two streams of a real server, which is killed and started again."""

import datetime as dt
import json

import pytest

from live import nats_server
from live.fakes import OPENING, SECOND, SECURITIES, Sink, Source, day, live_run
from paasche.errors import InputError
from paasche.live.sinks import open_sink
from paasche.live.sources import open_source

nats = pytest.importorskip("nats", reason="the extra live is not installed")
pytestmark = pytest.mark.skipif(
    nats_server.PROGRAM is None, reason="there is no nats-server on PATH"
)


def feed(server, ticks, of=20):
    """Put ticks into the stream TICKS, some in each message."""
    rows = zip(
        ticks.timestamps.tolist(), ticks.securities.tolist(), ticks.prices.tolist(), strict=True
    )
    lines = [
        json.dumps(
            {
                "timestamp": dt.datetime.fromtimestamp(moment / SECOND, dt.UTC).isoformat(),
                "security": SECURITIES[at],
                "price": price,
            }
        )
        for moment, at, price in rows
    ]

    async def put(stream):
        await stream.add_stream(name="TICKS", subjects=["ticks"])
        for first in range(0, len(lines), of):
            await stream.publish("ticks", "\n".join(lines[first : first + of]).encode())

    nats_server.asked(server, put)


def published(server):
    """Return the sequence numbers of all messages of the stream LEVELS."""
    messages = nats_server.messages_of(server)
    return [json.loads(message.data)[0]["sequence"] for message in messages]


def test_levels_of_another_run_are_not_gone_on_from(server, tmp_path):
    def ended(name, seed, *, resume=False):
        sink = open_sink(f"{server.url}/LEVELS?subject=levels")
        run = live_run(tmp_path / name, Source(day(seed=seed)), [sink], resume=resume)
        return run.run().sinks[0]

    assert ended("first", 1).complete
    assert ended("first", 1, resume=True).complete
    other = ended("second", 3)
    assert not other.complete
    assert "holds the levels of another run at sequence 13" in other.trouble
    assert published(server) == list(range(1, 14))


def test_a_stream_that_is_not_there_leaves_no_folder_and_opens_no_sink(server, tmp_path):
    source = open_source(f"{server.url}/TICKS?subject=ticks")
    sink = Sink()
    run = live_run(tmp_path / "live", source, [sink])
    with pytest.raises(InputError, match="there is no TICKS"):
        run.run()
    assert not list(tmp_path.glob("*live*"))
    assert not hasattr(sink, "board")


def test_a_day_between_streams_is_that_of_the_same_ticks_from_a_file(server, tmp_path):
    ticks = day(2000, seconds=61)  # the last one, behind the close, ends the day
    assert ticks.timestamps[-1] > OPENING + 60 * SECOND
    feed(server, ticks)
    live_run(tmp_path / "file", Source(ticks)).run()
    for attempt in range(4):
        source = open_source(f"{server.url}/TICKS?subject=ticks")
        sink = open_sink(f"{server.url}/LEVELS?subject=levels")
        run = live_run(tmp_path / "live", source, [sink], resume=True, speed=100)
        publish = sink.publish

        def taken(one, run=run, publish=publish, attempt=attempt):
            publish(one)
            if attempt < 3 and one.sequence == 3 * (attempt + 1):
                if attempt == 1:
                    server.kill()
                    server.start()
                run.stop()

        sink.publish = taken
        status = run.run()
    assert status.closed
    assert status.sinks[0].complete
    assert published(server) == list(range(1, 14))
    logs = [(tmp_path / name / "published.log").read_bytes() for name in ("file", "live")]
    assert logs[0] == logs[1]
