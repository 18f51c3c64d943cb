"""Sinks of a run: each gets everything once, at its own pace, and stalls nobody."""

import threading
import time

import pytest

from live.fakes import Sink, Source, day, live_run, quick
from paasche.errors import InputError
from paasche.live.sinks import open_sink
from paasche.live.sinks.lines import LinesSink
from paasche.live.sinks.parquet import ParquetSink

NUMBERS = list(range(1, 14))


class Away:
    """Raises OSError so many times, then takes."""

    def __init__(self, times):
        self.left = times

    def __call__(self, _):
        if self.left:
            self.left -= 1
            raise ConnectionRefusedError(111, "Connection refused")


def test_a_sink_that_is_away_and_comes_back_gets_everything_once(tmp_path):
    sinks = [Sink("away", Away(7)), Sink("there")]
    status = live_run(tmp_path / "live", Source(day()), sinks).run()
    assert [sink.sequences for sink in sinks] == [NUMBERS, NUMBERS]
    assert all(one.complete for one in status.sinks)
    assert all(sink.closed for sink in sinks)


def test_a_sink_that_is_away_at_the_opening_gets_everything_once(tmp_path):
    sink, refuse = Sink(), Away(3)
    opened = sink.open

    def late(board):
        refuse(board)
        return opened(board)

    sink.open = late
    live_run(tmp_path / "live", Source(day()), [sink]).run()
    assert sink.sequences == NUMBERS


def test_a_slow_sink_stalls_neither_the_calculation_nor_the_others(tmp_path):
    gate, done = threading.Event(), threading.Event()
    slow, fast = Sink("slow", lambda _: gate.wait(5)), Sink("fast")
    run = live_run(tmp_path / "live", Source(day()), [slow, fast])

    def watch():
        while run.status.sequence < 13 or len(fast.taken) < 13:
            time.sleep(0.01)
        assert not slow.taken
        done.set()
        gate.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    run.run()
    watcher.join()
    assert done.is_set()
    assert slow.sequences == fast.sequences == NUMBERS


def test_a_sink_that_keeps_on_being_away_is_given_up_in_time(tmp_path):
    sink = Sink("gone", Away(10**9))
    began = time.monotonic()
    status = live_run(tmp_path / "live", Source(day()), [sink], timing=quick(drain=0.3)).run()
    assert time.monotonic() - began < 2
    assert status.closed
    (told,) = status.sinks
    assert (told.sequence, told.trouble, told.complete) == (0, "connection refused", False)
    assert sink.closed


def test_a_sink_that_hangs_is_given_up_in_time(tmp_path):
    gate = threading.Event()
    timing = quick(drain=0.3)
    began = time.monotonic()
    status = live_run(
        tmp_path / "live", Source(day()), [Sink("hangs", lambda _: gate.wait(20))], timing=timing
    ).run()
    assert time.monotonic() - began < 2
    assert not status.sinks[0].complete
    gate.set()


def test_a_slow_sink_is_waited_for_as_long_as_it_takes_anything(tmp_path):
    sink = Sink("slow", lambda _: time.sleep(0.05))
    status = live_run(tmp_path / "live", Source(day()), [sink], timing=quick(drain=0.3)).run()
    assert status.sinks[0].complete
    assert sink.sequences == NUMBERS


def test_a_sink_with_an_error_of_its_own_ends_alone(tmp_path):
    def fail(publication):
        if publication.sequence == 4:
            raise ValueError("levels: must be finite")

    sinks = [Sink("broken", fail), Sink("there")]
    status = live_run(tmp_path / "live", Source(day()), sinks).run()
    assert [(one.sequence, one.trouble, one.complete) for one in status.sinks] == [
        (3, "levels: must be finite", False),
        (13, "", True),
    ]


@pytest.mark.parametrize("kept", [0, 5, 13])
def test_a_sink_goes_on_behind_what_it_has_kept(kept, tmp_path):
    sink = Sink(kept=kept)
    live_run(tmp_path / "live", Source(day()), [sink]).run()
    assert sink.sequences == NUMBERS[kept:]


def test_a_sink_that_holds_more_than_the_run_is_told(tmp_path):
    status = live_run(tmp_path / "live", Source(day()), [Sink(kept=20)]).run()
    assert not status.sinks[0].complete
    assert "has kept sequence 20, and the run ends with 13" in status.sinks[0].trouble


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_levels_of_another_run_are_not_gone_on_from(kind, tmp_path):
    def sink():
        place = str(tmp_path / "levels")
        return ParquetSink(place, 6) if kind == "parquet" else LinesSink(kind, place)

    def ended(name, seed, *, resume=False):
        run = live_run(tmp_path / name, Source(day(seed=seed)), [sink()], resume=resume)
        return run.run().sinks[0]

    assert ended("first", 1).complete
    assert ended("first", 1, resume=True).complete
    other = ended("second", 3)
    assert not other.complete
    assert "holds the levels of another run" in other.trouble
    assert ended("first", 1, resume=True).complete


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_place_that_cannot_be_written_is_refused_before_the_folder_is_made(kind, tmp_path):
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "levels" if kind == "parquet" else tmp_path
    sink = open_sink(f"{kind}:{place}")
    with pytest.raises(InputError) as told:
        live_run(tmp_path / "live", Source(day()), [sink]).run()
    assert str(told.value).startswith(f"publish = {kind}:{place}: must be a place that can be")
    assert not (tmp_path / "live").exists()


def test_a_sink_is_given_once(tmp_path):
    place = f"csv:{tmp_path / 'levels.csv'}"
    with pytest.raises(InputError, match=r"levels\.csv: must be given once; it comes twice"):
        live_run(tmp_path / "live", Source(day()), [open_sink(place), open_sink(place)])


def test_a_sink_of_a_wrong_place_is_refused_before_the_folder_is_made(tmp_path):
    (tmp_path / "levels").write_text("something else\n")
    first = Sink()
    sinks = [first, LinesSink("csv", str(tmp_path / "levels"))]
    with pytest.raises(InputError, match="must be a file of publications"):
        live_run(tmp_path / "live", Source(day()), sinks).run()
    assert first.closed
    assert not (tmp_path / "live").exists()
