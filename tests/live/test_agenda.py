"""Orders of a file: each at its time, whatever the speed, the batches and the kills."""

import json
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.fakes import OPENING, SECOND, Engine, Given, Source, day, live_run, quick, some
from paasche.errors import InputError
from paasche.live.kept.journal import Journal, Order
from paasche.live.kept.published import Publications
from paasche.live.running import run as live_run_module
from paasche.live.running.clock import WallClock

RATE, FREEZE = {"update_fx": {"CNYHKD": 3.0}}, {"freeze": {"security": "600519.SH"}}
RESUME = {"resume": {"security": "600519.SH"}}
ORDERS = [
    (12.0, RATE),
    (-20.0, {"update_fx": {"CNYHKD": 1.5}}),
    (12.0, {"update_fx": {"CNYHKD": 3.5}}),
    (20.3, FREEZE),
    (33.700001, RESUME),
    (60.0, {"update_fx": {"CNYHKD": 7.0}}),
]


def at(seconds):
    return OPENING + round(seconds * SECOND)


def write(path, orders, *, end="\n"):
    lines = [json.dumps(({} if when is None else {"at": at(when)}) | one) for when, one in orders]
    path.write_text("\n".join(lines) + end)
    return path


@pytest.fixture(name="file", scope="module")
def _file(tmp_path_factory):
    return write(tmp_path_factory.mktemp("orders") / "orders.jsonl", ORDERS)


@pytest.fixture(name="expected", scope="module")
def _expected(file, tmp_path_factory):
    """The log of the day when nothing disturbs it."""
    place = tmp_path_factory.mktemp("undisturbed") / "live"
    assert live_run(place, Source(day(disorder=0.1)), orders=file).run().closed
    return (place / "published.log").read_bytes()


def levels_of(place):
    return [one.levels.tolist() for one in Publications(place / "published.log").read()]


def by_hand(ticks):
    """Levels at each publication: orders behind the ticks of their time, a loop in plain Python."""
    engine, told, levels = Engine(), 0, []
    orders = sorted(ORDERS, key=lambda one: one[0])
    reached = np.maximum.accumulate(ticks.timestamps)

    def ticks_to(moment):
        nonlocal told
        while told < len(reached) and reached[told] <= moment:
            one = some(ticks, told, told + 1)
            engine.update(one.securities, one.prices, one.timestamps)
            told += 1

    for second in range(61):
        while orders and orders[0][0] <= second:
            when, one = orders.pop(0)
            ticks_to(at(when))
            ((verb, arguments),) = one.items()
            if verb == "update_fx":
                engine.update_fx([*arguments], [*arguments.values()])
            else:
                getattr(engine, verb)(**arguments)
        ticks_to(at(second))
        if second % 5 == 0:
            levels.append(engine.levels().tolist())
    return levels


@pytest.mark.rule("R44", "R49")
def test_an_order_counts_behind_the_ticks_of_its_time_and_in_the_moment_of_it(file, tmp_path):
    ticks = day(disorder=0.1)
    live_run(tmp_path / "live", Source(ticks), orders=file).run()
    found = levels_of(tmp_path / "live")
    assert found == by_hand(ticks)
    rates = [round(level[1] / level[0], 6) for level in found]
    assert rates == [1.5] * 3 + [3.5] * 9 + [7.0]


@given(size=st.integers(1, 2500))
@settings(max_examples=15)
def test_the_batches_of_the_source_change_nothing(size, file, expected, tmp_path_factory):
    place = tmp_path_factory.mktemp("batches") / "live"
    live_run(place, Source(day(disorder=0.1), size), orders=file).run()
    assert (place / "published.log").read_bytes() == expected


def test_the_speed_changes_nothing(file, expected, tmp_path):
    live_run(tmp_path / "live", Source(day(disorder=0.1)), orders=file, speed=200).run()
    assert (tmp_path / "live" / "published.log").read_bytes() == expected


@given(stops=st.lists(st.integers(0, 25), max_size=6), snapshot_every=st.sampled_from([1, 7, 300]))
@settings(max_examples=20)
def test_a_run_that_is_stopped_and_resumed_takes_each_once(
    stops, snapshot_every, file, expected, tmp_path_factory
):
    place = tmp_path_factory.mktemp("stopped") / "live"
    timing = quick(snapshot_every=float(snapshot_every))
    for stop in [*stops, None]:
        source = Source(day(disorder=0.1))
        run = live_run(place, source, orders=file, resume=True, timing=timing)
        source.each = lambda number, run=run, stop=stop: run.stop() if number == stop else None
        status = run.run()
    assert status.closed
    assert (place / "published.log").read_bytes() == expected
    assert lines_of(place) == [2, 1, 3, 4, 5, 6]


def lines_of(place):
    """Return the lines whose orders the journal has."""
    journal = Journal(place / "ticks.log", sync_every=5.0)
    found = [one.line for one in journal.read() if isinstance(one, Order)]
    journal.close()
    return found


@given(share=st.floats(0, 1))
@settings(max_examples=20)
def test_a_journal_that_lost_its_end_is_made_whole_again(share, file, expected, tmp_path_factory):
    place = tmp_path_factory.mktemp("behind") / "live"
    live_run(place, Source(day(disorder=0.1)), orders=file).run()
    with (place / "ticks.log").open("r+b") as log:
        log.truncate(200 + int(share * ((place / "ticks.log").stat().st_size - 200)))
    live_run(place, Source(day(disorder=0.1)), orders=file, resume=True).run()
    assert (place / "published.log").read_bytes() == expected


def test_a_replay_is_not_resumed_with_other_orders(file, tmp_path):
    live_run(tmp_path / "live", Source(day()), orders=file).run()
    other = write(tmp_path / "other.jsonl", ORDERS[:3])
    for orders in (None, other):
        with pytest.raises(InputError, match=r"live\.json: orders must be .*, to resume it"):
            live_run(tmp_path / "live", Source(day()), orders=orders, resume=True).run()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("freeze XHKG", "freeze XHKG: must be one order, such as "),
        ('["freeze"]', "must be one order, such as "),
        ('{"freeze": "XHKG"}', "must be one order, such as "),
        ('{"at": 1718328600000000}', "must be one order, such as "),
        ('{"freeze": {}, "resume": {}}', "must be one order, such as "),
        ('{"halt": {"exchange": "XHKG"}}', 'verb = "halt": must be one of update_fx, freeze'),
        ('{"freeze": {"market": "XHKG"}}', "market: must be one of security, exchange"),
        ('{"update_fx": {"HKDCNY": "0.9"}}', 'rate of HKDCNY = "0.9": must be a number'),
        ('{"update_fx": {"HKDCNY": 0}}', "rates = 0.0 of HKDCNY: must be positive and finite"),
        ('{"freeze": {"exchange": "XHKG"}}', "at: must be given where the time is that of the"),
        ('{"at": "10:00", "update_fx": {}}', "at = 10:00: must be a time with its offset from UTC"),
        ('{"at": "2024-06-14T10:00:00", "update_fx": {}}', "must be a time with its offset"),
        ('{"at": true, "update_fx": {}}', "at = True: must be a time with its offset"),
        (
            '{"at": "2024-06-15T10:00:00+08:00", "update_fx": {}}',
            "must be a time of the day, up to its close 2024-06-14T01:31:00+00:00",
        ),
    ],
)
def test_a_line_that_is_no_order_of_the_day_is_refused_at_the_start(line, expected, tmp_path):
    file = write(tmp_path / "orders.jsonl", [(3, RATE)])
    with file.open("a") as more:
        more.write(line + "\n")
    with pytest.raises(InputError) as told:
        live_run(tmp_path / "live", Source(day()), orders=file)
    assert str(told.value).startswith(f"{file}:2: ")
    assert expected in str(told.value)
    assert not (tmp_path / "live").exists()


def test_a_line_with_a_name_that_is_not_known_is_refused_before_there_is_a_folder(tmp_path):
    orders = [(3, RATE), (30, {"update_fx": {"USDCNY": 7.0}})]
    file, engine = write(tmp_path / "orders.jsonl", orders), Engine()
    before = engine.state()
    run = live_run(tmp_path / "live", Source(day()), engine=engine, orders=file)
    with pytest.raises(InputError) as told:
        run.run()
    assert str(told.value).startswith(f"{file}:2: pairs = ['USDCNY']: must be CNYHKD")
    assert engine.state() == before
    assert not (tmp_path / "live").exists()


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"orders = .*none.jsonl: must be a file of JSON lines"):
        live_run(tmp_path / "live", Source(day()), orders=tmp_path / "none.jsonl")


@pytest.fixture(name="wall")
def _wall(monkeypatch):
    """Return what sets the clock on the wall."""
    now = [OPENING]
    monkeypatch.setattr(
        live_run_module, "WallClock", lambda grid, then: WallClock(grid, then, lambda: now[0])
    )
    return lambda second: partial(now.__setitem__, 0, at(second))


def appended(file, text):
    def append():
        with file.open("a") as more:
            more.write(text)

    return append


def rates(place):
    return [round(level[1] / level[0], 6) for level in levels_of(place)]


def by_the_wall(place, file, *steps, **options):
    return live_run(place, Given(*steps), orders=file, clock="wall", seconds=20, **options)


@pytest.mark.rule("R44", "R49")
def test_by_the_wall_a_line_counts_at_once_or_at_its_time(wall, tmp_path):
    file = write(tmp_path / "orders.jsonl", [(14, {"update_fx": {"CNYHKD": 4.0}})])
    late = json.dumps({"at": at(2), "update_fx": {"CNYHKD": 3.0}})
    steps = [
        *(wall(1), appended(file, '{"update_fx": {"CNYHKD": 2.0}}\n'), wall(6)),
        *(appended(file, late[:9]), wall(8), appended(file, late[9:]), wall(11)),
        *(wall(16), wall(20)),
    ]
    status = by_the_wall(tmp_path / "live", file, *steps).run()
    assert (status.closed, status.refused) == (True, ())
    assert rates(tmp_path / "live") == [1.1, 2.0, 3.0, 4.0, 4.0]


def test_by_the_wall_a_resumed_run_takes_only_what_was_not_taken(wall, tmp_path):
    place, file = tmp_path / "live", write(tmp_path / "orders.jsonl", [(None, RATE)])
    run = by_the_wall(place, file)
    run._source.given = (wall(1), lambda: run.tell("update_fx", pairs=["CNYHKD"], rates=[2.0]))
    run._source.given += (wall(6), run.stop)
    run.run()
    appended(file, json.dumps({"update_fx": {"CNYHKD": 5.0}}))()
    by_the_wall(place, file, wall(11), wall(20), resume=True).run()
    assert rates(place) == [3.0, 2.0, 5.0, 5.0, 5.0]
    assert lines_of(place) == [1, 0, 2]
    for orders, expected in (
        (None, "orders: must be given, to resume a run that took orders of a file"),
        (write(tmp_path / "new.jsonl", [(None, RATE)]), "must have the 2 lines that were taken"),
    ):
        with pytest.raises(InputError, match=expected):
            by_the_wall(place, orders, resume=True).run()


def test_by_the_wall_a_line_that_is_no_order_is_told_and_the_others_count(wall, tmp_path):
    file = write(tmp_path / "orders.jsonl", [])
    steps = [
        *(wall(1), appended(file, "freeze it\n" + json.dumps(RATE) + "\n"), wall(6)),
        *(appended(file, '{"freeze": {"security": "AAA"}}'), wall(11)),
        *(lambda: write(file, [(None, RATE)]), wall(16), wall(20)),
    ]
    status = by_the_wall(tmp_path / "live", file, *steps).run()
    assert rates(tmp_path / "live") == [1.1, 3.0, 3.0, 3.0, 3.0]
    first, second, third = status.refused
    assert first.startswith(f"{file}:2: freeze it: must be one order")
    assert second == "line 4 of the orders: freeze: 'AAA' is not in list"
    assert third == f"{file}: must keep the 4 lines that were read; append others to them"
