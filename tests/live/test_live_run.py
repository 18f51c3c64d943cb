"""The live run: what is published of ticks, and that it is the same however it came about."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.fakes import OPENING, SECOND, Engine, Given, Sink, Source, day, live_run, quick, some
from paasche.errors import InconsistentError, InputError
from paasche.live.kept.log import belongs_to
from paasche.live.kept.published import Publications


def log_of(place):
    return (place / "published.log").read_bytes()


def publications(place):
    return list(Publications(place / "published.log").read())


@pytest.fixture(name="expected", scope="module")
def _expected(tmp_path_factory):
    """The log of the day when nothing disturbs it."""
    place = tmp_path_factory.mktemp("undisturbed") / "live"
    assert live_run(place, Source(day(disorder=0.1))).run().closed
    return log_of(place)


def by_hand(ticks, seconds, every=5):
    """Levels at each publication: ticks in order of arrival, a loop in plain Python."""
    engine, at, levels = Engine(), 0, []
    for second in range(seconds + 1):
        moment = OPENING + second * SECOND
        while at < len(ticks.prices) and ticks.timestamps[at] <= moment:
            one = some(ticks, at, at + 1)
            engine.update(one.securities, one.prices, one.timestamps)
            at += 1
        if second % every == 0 or second == seconds:
            levels.append(engine.levels())
    return np.array(levels)


@pytest.mark.rule("R60")
def test_levels_are_those_of_the_ticks_up_to_each_moment_in_order_of_arrival(tmp_path):
    ticks = day(disorder=0.2)
    live_run(tmp_path / "live", Source(ticks)).run()
    found = publications(tmp_path / "live")
    np.testing.assert_array_equal([one.levels for one in found], by_hand(ticks, 60))
    assert [one.sequence for one in found] == list(range(1, 14))
    assert [one.calculated for one in found] == [OPENING + s * SECOND for s in range(0, 61, 5)]
    assert [one.published for one in found] == [one.calculated for one in found]
    assert [one.is_close for one in found] == [False] * 12 + [True]


@given(size=st.integers(1, 2500))
@settings(max_examples=20)
def test_the_batches_of_the_source_change_nothing(size, expected, tmp_path_factory):
    place = tmp_path_factory.mktemp("batches") / "live"
    live_run(place, Source(day(disorder=0.1), size)).run()
    assert log_of(place) == expected


def test_the_speed_changes_nothing(expected, tmp_path):
    began = time.monotonic()
    live_run(tmp_path / "live", Source(day(disorder=0.1)), speed=120).run()
    assert time.monotonic() - began > 0.4  # 60 s, at 120 in one
    assert log_of(tmp_path / "live") == expected


@given(stops=st.lists(st.integers(0, 25), max_size=6), snapshot_every=st.sampled_from([1, 7, 300]))
@settings(max_examples=25)
def test_a_run_that_is_stopped_and_resumed_has_the_log_of_one_that_was_not(
    stops, snapshot_every, expected, tmp_path_factory
):
    place = tmp_path_factory.mktemp("stopped") / "live"
    timing = quick(snapshot_every=float(snapshot_every))
    for stop in [*stops, None]:
        source = Source(day(disorder=0.1))
        run = live_run(place, source, resume=True, timing=timing)
        source.each = lambda number, run=run, stop=stop: run.stop() if number == stop else None
        status = run.run()
    assert status.closed
    assert log_of(place) == expected


def test_a_finished_run_that_is_resumed_only_lets_its_sinks_catch_up(expected, tmp_path):
    live_run(tmp_path / "live", Source(day(disorder=0.1))).run()
    sink = Sink(kept=4)
    status = live_run(tmp_path / "live", Given(), [sink], resume=True).run()
    assert status.closed
    assert status.calculated == OPENING + 60 * SECOND
    assert sink.sequences == list(range(5, 14))
    assert log_of(tmp_path / "live") == expected


def test_a_tick_of_another_day_does_not_move_the_clock(tmp_path):
    ticks = day(500)
    ticks.timestamps[100] += 86_400 * SECOND
    live_run(tmp_path / "live", Source(ticks)).run()
    moved = ticks.timestamps.copy()
    moved[100] = ticks.timestamps[99]
    found = publications(tmp_path / "live")
    same = day(500)
    same.timestamps[:] = moved
    np.testing.assert_array_equal([one.levels for one in found], by_hand(same, 60))


def test_ticks_behind_the_close_count_no_more(tmp_path):
    live_run(tmp_path / "live", Source(day(1000, seconds=70)), seconds=60).run()
    found = publications(tmp_path / "live")
    np.testing.assert_array_equal([one.levels for one in found], by_hand(day(1000, seconds=70), 60))


@pytest.mark.rule("R45", "R49")
def test_the_closing_level_takes_the_closing_rates(tmp_path):
    live_run(tmp_path / "live", Source(day()), closing_rates={"CNYHKD": 2.0}).run()
    *_, before, last = publications(tmp_path / "live")
    assert before.levels[1] == before.levels[0] * 1.1
    assert last.levels[1] == last.levels[0] * 2.0
    assert last.is_close


def test_a_close_off_the_grid_is_published(tmp_path):
    run = live_run(tmp_path / "live", Source(day()), seconds=63)
    run.run()
    assert [(one.calculated - OPENING) // SECOND for one in publications(tmp_path / "live")][
        -2:
    ] == [60, 63]


def test_quality_is_that_of_the_moment(tmp_path):
    engine = Engine()
    ticks = some(day(), 0, 0)
    live_run(tmp_path / "live", Source(ticks), engine=engine).run()
    first = publications(tmp_path / "live")[0]
    assert first.traded.tolist() == [0.0, 0.0]
    assert first.stale.tolist() == [1.0, 1.0]


@pytest.mark.rule("R44")
def test_orders_are_kept_in_the_journal_and_told_again(tmp_path):
    place = tmp_path / "live"
    source = Source(day())
    run = live_run(place, source)
    run.tell("freeze", security="600519.SH")
    run.tell("update_fx", pairs=["CNYHKD"], rates=[3.0])
    source.each = lambda number: run.stop() if number == 8 else None
    assert not run.run().closed
    live_run(place, Source(day()), resume=True).run()
    last = publications(place)[-1]
    assert last.frozen.tolist() == [1 / 3, 0.0]
    assert last.levels[1] == last.levels[0] * 3.0


def test_an_order_that_the_engine_refuses_is_told_and_ends_nothing(tmp_path):
    run = live_run(tmp_path / "live", Source(day()))
    run.tell("update_fx", pairs=["EURUSD"], rates=[3.0])
    status = run.run()
    assert status.closed
    assert status.refused == ("update_fx: pairs = ['EURUSD']: must be CNYHKD",)
    with pytest.raises(InputError, match="must be one of update_fx, freeze, resume"):
        run.tell("restore", state="")


def test_the_status_counts(tmp_path):
    ticks, source = day(), Source(day())
    status = live_run(tmp_path / "live", source, [Sink()]).run()
    assert source.closed
    assert status.ticks == int(
        (np.maximum.accumulate(ticks.timestamps) <= OPENING + 60 * SECOND).sum()
    )
    assert status.rejected == {"invalid": int((ticks.prices == 0).sum())}
    assert (status.sequence, status.calculated) == (13, OPENING + 60 * SECOND)
    assert [(one.name, one.sequence, one.complete) for one in status.sinks] == [("sink", 13, True)]


def test_a_run_is_stopped_within_a_second_at_any_speed(tmp_path):
    run = live_run(tmp_path / "live", Source(day()), speed=1)
    timer = threading.Timer(0.2, run.stop)
    timer.start()
    began = time.monotonic()
    assert not run.run().closed
    assert time.monotonic() - began < 1.2
    timer.join()


def test_two_processes_at_one_run_are_refused(tmp_path):
    place = tmp_path / "live"
    first = live_run(place, Source(day()))

    def second(number):
        if number == 3:
            with pytest.raises(InputError, match="another live run writes there just now"):
                live_run(place, Source(day()), resume=True).run()

    first._source.each = second
    assert first.run().closed


def test_a_folder_that_holds_something_is_refused_without_resume(tmp_path):
    live_run(tmp_path / "live", Source(day())).run()
    with pytest.raises(InputError, match="must be new or empty, and holds a live run"):
        live_run(tmp_path / "live", Source(day())).run()


def test_a_run_of_another_session_is_not_resumed(tmp_path):
    live_run(tmp_path / "live", Source(day())).run()
    with pytest.raises(InputError, match=r"live\.json: close must be .*, to resume it; it is"):
        live_run(tmp_path / "live", Source(day()), seconds=90, resume=True).run()


def lose_the_journal(place):
    """Leave what was published alone, as a failure of the power may."""
    for file in place.glob("snapshot-*"):
        file.unlink()
    start = belongs_to(place / "ticks.log")[1]
    with (place / "ticks.log").open("r+b") as file:
        file.truncate(start)


def test_a_run_of_a_market_that_was_changed_is_not_resumed(tmp_path):
    live_run(tmp_path / "live", Source(day())).run()
    other = Engine()
    other._prices[0] = 10.5
    with pytest.raises(InputError, match=r"live\.json: morning must be .*, to resume it; it is"):
        live_run(tmp_path / "live", Source(day()), engine=other, resume=True).run()


def test_other_ticks_under_published_levels_are_refused(tmp_path):
    place = tmp_path / "live"
    live_run(place, Source(day())).run()
    lose_the_journal(place)
    assert live_run(place, Source(day()), resume=True).run().closed
    lose_the_journal(place)
    with pytest.raises(
        InconsistentError, match=r"sequence \d+ differs from what is calculated now"
    ):
        live_run(place, Source(day(seed=3)), resume=True).run()
