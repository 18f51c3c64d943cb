"""What sources and callers tell a run: checked before any of it is written."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from live.fakes import Given, Sink, Source, day, live_run
from paasche.errors import InputError
from paasche.live.kept.journal import Order
from paasche.live.kept.published import Publications
from paasche.live.running.told import Told


def levels_of(place):
    return np.array([one.levels for one in Publications(place / "published.log").read()])


def test_ticks_of_natural_types_are_those_of_the_journal(tmp_path):
    ticks = day(seed=2)
    whole = replace(ticks, prices=np.round(ticks.prices))
    natural = replace(
        whole,
        securities=whole.securities.astype(np.int64),
        prices=whole.prices.astype(np.float32),
        timestamps=whole.timestamps.view("datetime64[us]"),
        volumes=whole.volumes.astype(np.int32),
    )
    for name, given in (("exact", whole), ("natural", natural)):
        live_run(tmp_path / name, Source(given)).run()
    np.testing.assert_array_equal(levels_of(tmp_path / "natural"), levels_of(tmp_path / "exact"))
    before = levels_of(tmp_path / "natural")
    for file in (tmp_path / "natural").glob("snapshot-*"):
        file.unlink()
    live_run(tmp_path / "natural", Given(), resume=True).run()
    np.testing.assert_array_equal(levels_of(tmp_path / "natural"), before)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"securities": np.array([0, 3])}, r"securities = 3: must be a position below 3"),
        ({"securities": np.array([0, -1])}, r"securities\[1\] = -1: must be a position"),
        ({"prices": np.ones(3)}, r"prices = array of shape \(3,\): must have 2, as securities"),
        ({"prices": np.array(["a", "b"])}, "prices = array of <U1: must hold real numbers"),
        ({"timestamps": np.array([0.5, 1])}, r"timestamps\[0\] = 0.5: must be a whole number"),
        ({"volumes": np.ones((2, 1))}, "volumes = array of shape"),
    ],
)
def test_ticks_that_are_none_are_refused_before_anything_is_written(changed, expected, tmp_path):
    ticks = replace(day(2), securities=np.array([0, 1]), position=2)
    with pytest.raises(InputError, match=expected):
        live_run(tmp_path / "live", Given(replace(ticks, **changed))).run()
    assert live_run(tmp_path / "live", Source(day()), resume=True).run().closed


@pytest.mark.parametrize(
    ("verb", "arguments", "expected"),
    [
        ("freeze", {"securities": "600519.SH"}, "securities: must be one of security, exchange"),
        ("freeze", {}, "no argument: must be one of security, exchange"),
        ("freeze", {"security": 600519}, "security = 600519: must be a text"),
        ("update_fx", {"pair": "CNYHKD"}, "update_fx = pair: must have pairs and rates"),
        ("update_fx", {"pairs": "CNYHKD", "rates": [1.0]}, "pairs = 'CNYHKD': must be a list"),
        ("update_fx", {"pairs": ["CNYHKD"], "rates": ["a"]}, "rates = array of <U1"),
        ("update_fx", {"pairs": ["CNYHKD"], "rates": [1, 2]}, "must have 1, as pairs"),
    ],
)
def test_an_order_that_is_none_is_refused_when_it_is_told(verb, arguments, expected, tmp_path):
    run = live_run(tmp_path / "live", Source(day()))
    with pytest.raises(InputError, match=expected):
        run.tell(verb, **arguments)
    assert run.run().refused == ()


def test_rates_may_be_an_array(tmp_path):
    run = live_run(tmp_path / "live", Source(day()))
    run.tell("update_fx", pairs=np.array(["CNYHKD"]), rates=np.array([3.0], np.float32))
    assert run.run().refused == ()
    last = levels_of(tmp_path / "live")[-1]
    assert last[1] == last[0] * 3.0


def test_an_order_of_an_old_journal_that_the_engine_cannot_take_counts_as_refused(tmp_path):
    place, source = tmp_path / "live", Source(day())
    run = live_run(place, source)
    run._orders.put(Order("freeze", {"securities": "600519.SH"}))
    source.each = lambda number: run.stop() if number == 3 else None
    run.run()
    status = live_run(place, Source(day()), resume=True).run()
    assert status.closed
    assert "freeze" in status.refused[0]


def test_a_run_that_has_ended_takes_no_orders(tmp_path):
    run = live_run(tmp_path / "live", Source(day()))
    run.run()
    with pytest.raises(InputError, match=r"security = 600519\.SH: must be told before the"):
        run.tell("freeze", security="600519.SH")


def test_an_order_that_comes_with_the_close_is_told_of(tmp_path):
    run = live_run(tmp_path / "live", Source(day()), [Late()])
    run._tails._sinks[0].run = run
    assert run.run().refused == ("freeze: exchange = XHKG: came too late, the run had ended",)


class Late(Sink):
    """A sink that tells its run something once the closing level is published."""

    def publish(self, publication):
        super().publish(publication)
        if publication.is_close:
            self.run.tell("freeze", exchange="XHKG")


def test_an_order_that_comes_with_a_stop_is_kept_for_the_run_that_goes_on(tmp_path):
    place, source = tmp_path / "live", Source(day())
    run = live_run(place, source)

    def stop(number):
        if number == 3:
            run.stop()
            run.tell("update_fx", pairs=["CNYHKD"], rates=[3.0])

    source.each = stop
    assert not run.run().closed
    assert live_run(place, Source(day()), resume=True).run().refused_count == 0
    last = levels_of(place)[-1]
    assert last[1] == last[0] * 3.0


def test_of_many_refusals_the_newest_are_kept_and_all_are_counted(tmp_path):
    run = live_run(tmp_path / "live", Source(day()))
    for number in range(250):
        run.tell("update_fx", pairs=[f"AAA{number}"], rates=[1.0])
    status = run.run()
    assert status.refused_count == 250
    assert len(status.refused) == 100
    assert "AAA249" in status.refused[-1]


def test_who_tells_more_than_waits_is_let_go_when_the_run_ends():
    told = Told()
    for _ in range(1024):
        told.put(Order("freeze", {"exchange": "XHKG"}))
    refused = []

    def tell():
        with pytest.raises(InputError, match="has ended"):
            told.put(Order("freeze", {"exchange": "XHKG"}))
        refused.append(True)

    thread = threading.Thread(target=tell)
    thread.start()
    assert len(told.end()) == 1024
    thread.join(5)
    assert refused == [True]


def test_a_run_is_not_resumed_with_other_closing_rates(tmp_path):
    live_run(tmp_path / "live", Source(day()), closing_rates={"CNYHKD": 2.0}).run()
    with pytest.raises(InputError, match=r"live\.json: rules must be"):
        live_run(tmp_path / "live", Source(day()), resume=True).run()
