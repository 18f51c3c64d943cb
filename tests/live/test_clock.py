"""Clocks: which moments are over, and what a clock that is set changes."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.fakes import OPENING, SECOND, Engine, Given, Sink, Source, day, live_run, quick, some
from paasche.errors import InputError
from paasche.live.kept.published import Publications
from paasche.live.running import run as live_run_module
from paasche.live.running.blocks import spans
from paasche.live.running.clock import EventClock, Grid, Pace, WallClock
from paasche.live.running.run import LiveRun
from paasche.live.running.timing import Timing

GRID = Grid(0, 12_500_000, SECOND, 5 * SECOND)


def test_the_moments_of_a_day_end_with_the_close():
    assert GRID.moments(0, GRID.count).tolist() == [*range(0, 12_000_001, SECOND), 12_500_000]
    assert [GRID.passed(now) for now in (-1, 0, 999_999, SECOND, 12_499_999, 12_500_000)] == [
        0, 1, 1, 2, 13, 14,
    ]  # fmt: skip
    assert [GRID.passed(now) for now in (12_500_001, 10**15)] == [14, 14]


def test_a_day_has_a_close_behind_its_opening():
    with pytest.raises(InputError, match="must come after the opening 1970-01-01T00:00:00"):
        Grid(0, 0, SECOND, 5 * SECOND)


@given(
    timestamps=st.lists(st.integers(-SECOND, 14 * SECOND), min_size=1, max_size=40),
    cut=st.integers(0, 40),
)
def test_time_of_the_ticks_does_not_depend_on_batches(timestamps, cut):
    clock, whole = EventClock(GRID, SECOND), np.array(timestamps)
    expected = clock.due(0, -(10**15), whole)
    moment, seen, cuts = 0, -(10**15), []
    for first, part in ((0, whole[:cut]), (cut, whole[cut:])):
        due = clock.due(moment, seen, part)
        cuts += (due.cuts + first).tolist()
        moment, seen = due.end, int(due.seen[-1]) if len(part) else seen
    assert moment == expected.end
    assert cuts == expected.cuts.tolist()


def test_ticks_with_the_time_of_a_moment_belong_to_it():
    clock = EventClock(GRID, SECOND)
    due = clock.due(0, 0, np.array([SECOND, SECOND, SECOND + 1]))
    assert (due.end, due.cuts.tolist()) == (2, [0, 2])
    assert clock.due(0, 0, np.array([SECOND, SECOND])).end == 1


def test_a_timestamp_ahead_of_the_wall_counts_as_the_time_of_arrival():
    clock = WallClock(GRID, now=lambda: 2_300_000)
    due = clock.due(1, 0, np.array([900_000, 1_500_000, 9_000_000, 1_600_000, 2_100_000]))
    assert (due.end, due.cuts.tolist()) == (3, [1, 2])
    assert due.published == 2_300_000


def test_a_timestamp_ahead_of_the_wall_mutes_nobody_and_is_told_again_as_it_counted(
    tmp_path, monkeypatch
):
    wall = Wall(monkeypatch, OPENING)
    place, engine, again = tmp_path / "live", Engine(), Engine()
    ahead = OPENING + np.array([1, 3600, 1]) * SECOND
    ticks = replace(day(3), securities=np.uint32([0, 1, 2]), timestamps=ahead, volumes=None)
    source = Given(wall.at(2.0), ticks, wall.at(3.0), wall.at(10.0))
    live_run(place, source, engine=engine, clock="wall", seconds=10).run()
    seconds = [(moment - OPENING) / SECOND for moment in engine._times.tolist()]
    assert seconds == [1.0, 2.0, 1.0]
    log = (place / "published.log").read_bytes()
    live_run(place, Given(), engine=again, clock="wall", seconds=10, resume=True).run()
    assert again.state() == engine.state()
    assert (place / "published.log").read_bytes() == log


@given(
    n_ticks=st.integers(0, 200_000),
    cuts=st.lists(st.integers(0, 200_000), max_size=700),
    most=st.integers(1, 400),
)
def test_spans_cover_every_tick_and_moment_once_in_order(n_ticks, cuts, most):
    cuts = np.sort(np.minimum(np.array(cuts, np.int64), n_ticks))
    tick = moment = 0
    for span in spans(n_ticks, cuts, most):
        assert (span.first_tick, span.first_moment) == (tick, moment)
        assert (span.end_tick, span.end_moment) > (tick, moment)
        tick, moment = span.end_tick, span.end_moment
        some_cuts = cuts[span.first_moment : moment]
        assert ((span.first_tick <= some_cuts) & (some_cuts <= tick)).all()
        assert span.end_tick - span.first_tick <= 1 << 16
    assert (tick, moment) == (n_ticks, len(cuts))


class Wall:
    """A clock of the machine that goes on with every look, and can be set."""

    def __init__(self, monkeypatch, now):
        self.now = now
        kind = live_run_module.WallClock
        monkeypatch.setattr(
            live_run_module,
            "WallClock",
            lambda grid, published: kind(grid, published, lambda: self.now),
        )

    def at(self, second):
        def move():
            self.now = OPENING + round(second * SECOND)

        return move


def published(place):
    return [
        ((one.calculated - OPENING) / SECOND, (one.published - OPENING) / SECOND)
        for one in Publications(place / "published.log").read()
    ]


def ticking(wall, *seconds):
    return Given(*[wall.at(second) for second in seconds])


def test_by_the_wall_a_publication_says_when_it_was_made(tmp_path, monkeypatch):
    wall = Wall(monkeypatch, OPENING)
    source = ticking(wall, -3, 0.1, 1.1, 4.9, 5.2, 6.0, 10.0)
    live_run(tmp_path / "live", source, clock="wall", seconds=10).run()
    assert published(tmp_path / "live") == [(0, 0.1), (5, 5.2), (10, 10.0)]


def test_by_a_clock_of_the_machine_that_runs_a_day_goes_by_itself(tmp_path):
    opening = time.time_ns() // 1000 + SECOND // 5
    sink, ticks = Sink(), day(100)
    ticks.timestamps[:] += opening - OPENING
    run = LiveRun(
        Engine(),
        Given(ticks),
        [sink],
        place=tmp_path / "live",
        opening=opening,
        close=opening + SECOND,
        clock="wall",
        timing=quick(calculate_every=0.05, publish_every=0.25),
    )
    assert run.run().closed
    assert [one.calculated - opening for one in sink.taken] == [at * SECOND // 4 for at in range(5)]
    assert all(one.published >= one.calculated for one in sink.taken)


def test_moments_missed_are_calculated_late_from_the_book_as_it_is(tmp_path, monkeypatch):
    wall = Wall(monkeypatch, OPENING)
    engine = Engine()
    source = ticking(wall, 0.0, 17.5, 20.0)
    status = live_run(tmp_path / "live", source, engine=engine, clock="wall", seconds=20).run()
    assert published(tmp_path / "live") == [(0, 0), (5, 17.5), (10, 17.5), (15, 17.5), (20, 20)]
    assert status.closed


def test_a_day_that_is_over_is_not_begun_by_the_wall(tmp_path, monkeypatch):
    wall = Wall(monkeypatch, OPENING + 21 * SECOND)
    place, sink = tmp_path / "live", Sink()
    with pytest.raises(InputError, match="clock = wall: must be taken before the close of 2024"):
        live_run(place, Source(day()), [sink], clock="wall", seconds=20).run()
    assert not place.exists()
    assert not hasattr(sink, "board")
    run = live_run(place, Given(), clock="wall", seconds=20)
    run._source.given = (wall.at(7.0), run.stop)
    wall.at(0.0)()
    assert not run.run().closed
    wall.at(21.0)()
    run = live_run(place, ticking(wall, 21.0), clock="wall", seconds=20, resume=True)
    assert run.run().closed


def test_a_clock_that_is_set_back_repeats_nothing(tmp_path, monkeypatch):
    wall = Wall(monkeypatch, OPENING)
    source = ticking(wall, 0.0, 7.0, 2.0, 4.0, 6.9, 10.0, 9.0, 15.0)
    live_run(tmp_path / "live", source, clock="wall", seconds=15).run()
    assert published(tmp_path / "live") == [(0, 0), (5, 7), (10, 10), (15, 15)]


def test_a_clock_that_was_set_back_during_an_outage_publishes_nothing_earlier(
    tmp_path, monkeypatch
):
    wall = Wall(monkeypatch, OPENING)
    run = live_run(tmp_path / "live", Given(), clock="wall", seconds=15)
    run._source.given = (wall.at(7.0), run.stop)
    run.run()
    assert published(tmp_path / "live") == [(0, 7), (5, 7)]
    source = ticking(wall, 3.0, 6.0, 10.0, 15.5)
    live_run(tmp_path / "live", source, clock="wall", seconds=15, resume=True).run()
    assert published(tmp_path / "live") == [(0, 7), (5, 7), (10, 10), (15, 15.5)]


def test_after_an_outage_the_backlog_of_ticks_counts_by_its_timestamps(tmp_path, monkeypatch):
    wall = Wall(monkeypatch, OPENING)
    ticks = day(400, seconds=15)
    half = int(np.searchsorted(ticks.timestamps, OPENING + 6 * SECOND))
    run = live_run(tmp_path / "live", Given(), clock="wall", seconds=15)
    run._source.given = (wall.at(6.0), some(ticks, 0, half), run.stop)
    run.run()
    wall.at(15.0)()
    source = Given(some(ticks, half, 400))
    live_run(tmp_path / "live", source, clock="wall", seconds=15, resume=True).run()
    late = list(Publications(tmp_path / "live" / "published.log").read())[2]
    engine = Engine()
    known = ticks.timestamps <= OPENING + 10 * SECOND
    engine.update(ticks.securities[known], ticks.prices[known], ticks.timestamps[known])
    np.testing.assert_array_equal(late.levels, engine.levels())
    assert late.published == OPENING + 15 * SECOND


def test_a_day_by_the_wall_goes_on_when_its_source_has_ended(tmp_path, monkeypatch):
    wall = Wall(monkeypatch, OPENING)
    kind = live_run_module.WallClock
    monkeypatch.setattr(
        live_run_module, "WallClock", lambda grid, at: Stepping(kind(grid, at), wall)
    )
    assert live_run(tmp_path / "live", Given(), clock="wall", seconds=10).run().closed
    assert [one for one, _ in published(tmp_path / "live")] == [0, 5, 10]


class Stepping:
    """A wall clock that goes on by a second with every look."""

    def __init__(self, clock, wall):
        self._clock, self._wall = clock, wall

    def __getattr__(self, name):
        self._wall.now += SECOND
        return getattr(self._clock, name)


def test_a_pace_goes_from_the_first_moment():
    now = [5.0]
    pace = Pace(2, clock=lambda: now[0])
    assert pace.ahead(10 * SECOND) == 0.0
    now[0] = 6.0
    assert pace.ahead(14 * SECOND) == 1.0
    assert pace.ahead(10 * SECOND) == -1.0
    assert Pace(float("inf")).ahead(10) == 0.0
    with pytest.raises(InputError, match="must be max, or a positive number"):
        Pace(0)


@pytest.mark.rule("R60")
def test_the_standard_timing_is_that_of_the_rules():
    timing = Timing.standard()
    assert (timing.calculate_every, timing.publish_every) == (1.0, 5.0)
    with pytest.raises(InputError, match=r"publish_every = 2\.5: must be a whole multiple of"):
        Timing.standard(publish_every=2.5)
    with pytest.raises(InputError, match=r"wait = 0\.0: must be a positive number of seconds"):
        Timing.standard(wait=0.0)
