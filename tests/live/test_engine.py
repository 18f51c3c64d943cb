"""The engine: what it takes and refuses, tick mode, states, and readers beside a writer."""

from __future__ import annotations

import threading
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import paasche as px
from oracle.profiles import examples
from paasche.errors import InputError
from paasche.live.opened.sessions import trading_day

DATE = "2015-12-31"


@pytest.fixture(scope="module")
def market():
    return px.Market.from_frames(px.sample_market(securities=120, end=DATE))


@pytest.fixture(scope="module")
def run(market):
    with pytest.warns(px.errors.AssumptionWarning):
        return px.calculate(px.Methodology.load("sample-cross-border"), market, end="2015-12-30")


@pytest.fixture
def engine(run, market):
    return px.LiveEngine.open(run, DATE, market)


def opened(run, market, **more):
    return px.LiveEngine.open(run, DATE, market, **more)


def replayed(engine, out):
    return engine.replay([0], [1.0], [0], at=[5, 6], out=out)


def test_a_security_without_a_trade_stands_at_its_reference_price(engine, market):
    before = pl.col("date") < pl.date(2015, 12, 31)
    closes = market["prices"].filter(before).group_by("security").agg(pl.col("close").last())
    closes = dict(closes.iter_rows())
    held = [closes[name] for name in engine.securities]
    ex = market["corporate_actions"].filter(pl.col("ex_date") == pl.date(2015, 12, 31))
    assert ex["security"].is_in(engine.securities).sum() == 0
    assert engine.prices().tolist() == held


@pytest.mark.parametrize("price", [0.0, -1.0, np.nan, np.inf, -np.inf, -0.0, 1e300])
def test_a_price_that_is_none_is_counted_and_the_one_before_stays(engine, price):
    before, levels = engine.prices(), engine.levels()
    assert engine.update([3], [price]) == 0
    assert engine.rejected["invalid"] == 1
    assert engine.prices().tolist() == before.tolist()
    assert engine.levels().tolist() == levels.tolist()


def test_a_quote_is_no_trade(engine):
    assert engine.update([0, 1], [50.0, 60.0], volumes=[0.0, 100.0]) == 1
    assert engine.rejected["quote"] == 1
    assert engine.prices()[1] == 60.0


def test_a_price_outside_the_collar_is_refused(run, market):
    engine = opened(run, market, collar=0.1)
    reference = engine.prices()[0]
    assert engine.update([0, 0, 0], reference * np.array([1.09, 1.11, 0.89])) == 1
    assert engine.rejected["collar"] == 2
    assert engine.prices()[0] == reference * 1.09


def test_late_ticks_and_doubles_are_dropped(engine):
    prices, times = [10.0, 11.0, 12.0, 12.0, 12.5], [100, 200, 150, 200, 200]
    assert engine.update([0] * 5, prices, times) == 4
    assert engine.update([0, 0], [12.5, 9.0], [200, 199]) == 0
    assert (engine.rejected["late"], engine.rejected["duplicate"]) == (2, 1)
    assert engine.prices()[0] == 12.5


def test_prints_count_in_the_sessions_of_their_exchange(run, market):
    sessions = {name: [(100, 200), (300, 400)] for name in ("XHKG", "XSHE", "XSHG")}
    sessions["XHKG"] = [(100, 250)]
    engine = opened(run, market, sessions=sessions)
    shanghai = next(at for at, name in enumerate(engine.securities) if name.endswith(".SH"))
    hong_kong = next(at for at, name in enumerate(engine.securities) if name.endswith(".HK"))
    times = [99, 100, 200, 201, 250, 300, 400, 401]
    for at, expected in ((shanghai, 4), (hong_kong, 4)):
        prices = 10.0 + np.arange(len(times))
        assert engine.update([at] * len(times), prices, times) == expected
    assert engine.rejected["outside"] == 8


@pytest.mark.rule("R43")
def test_sessions_may_be_those_of_a_trading_day(run, market):
    days = trading_day(market.calendars, ["XHKG", "XSHE", "XSHG"], DATE)
    plain = {name: day.intervals.tolist() for name, day in days.items()}
    for sessions in (days, plain):
        engine = opened(run, market, sessions=sessions)
        for at, name in enumerate(engine.exchanges):
            held = engine.day.exchange.tolist().index(at)
            first, last = days[name].opens, days[name].closes
            times = [first - 1, first, last, last + 1]
            assert engine.update([held] * 4, [10.0, 11.0, 12.0, 13.0], times) == 2


def test_an_exchange_without_sessions_is_refused(run, market):
    with pytest.raises(InputError, match="sessions: must have X"):
        opened(run, market, sessions={"XHKG": [(0, 1)]})


def test_what_is_frozen_keeps_its_price_and_goes_on_from_it(engine):
    first, exchange = engine.securities[0], engine.exchanges[-1]
    engine.freeze(security=first)
    engine.freeze(exchange=exchange)
    count = engine.update(np.arange(len(engine.securities)), engine.prices() + 1.0)
    assert count + engine.rejected["frozen"] == len(engine.securities)
    frozen = engine.quality(0)[2, 0] * len(engine.securities)
    assert round(frozen) == engine.rejected["frozen"]
    engine.resume(security=first)
    engine.resume(exchange=exchange)
    assert engine.update([0], engine.prices()[:1] + 2.0) == 1
    assert engine.quality(0)[2, 0] == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda e: e.update([9999], [1.0]), r"securities\[0\] = 9999: must be below"),
        (lambda e: e.update([-1], [1.0]), "securities.*must be a position"),
        (lambda e: e.update([0, 1], [1.0]), "length of prices = 1: must be 2, as of securities"),
        (lambda e: e.update([0], [1.0], [1, 2]), "length of timestamps = 2"),
        (lambda e: e.update([0], [1.0], None, [1.0, 2.0]), "length of volumes = 2"),
        (lambda e: e.update([0.5], [1.0]), "securities"),
        (lambda e: e.update([0], ["x"]), "prices"),
        (lambda e: e.update_fx(["HKD"], [1.0]), "two currency codes"),
        (lambda e: e.update_fx(["HKDCNY"], [0.0]), "must be positive and finite"),
        (lambda e: e.update_fx(["HKDCNY"], [1.0, 2.0]), "rates = array of shape"),
        (lambda e: e.levels(np.empty(1)), r"out = float64 of shape \(1,\): must be .* \(6,\)"),
        (lambda e: e.levels(np.empty(6, np.float32)), "out = float32"),
        (lambda e: e.levels(np.empty(12)[::2]), "out: must be in one piece"),
        (lambda e: e.update([[0]], [[1.0]]), "securities"),
        (lambda e: e.update(0, 1.0), "securities"),
        (lambda e: e.update_fx(["CNYHKD"], [1e-310]), "must be positive and finite"),
        (lambda e: e.replay([0], [1.0], [0], at=[5, 4]), r"at\[1\] = 4: must ascend"),
        (lambda e: replayed(e, np.empty((1, 6))), r"out = float64 .*: must be .* \(2, 6\)"),
        (lambda e: replayed(e, np.empty((2, 6), np.float32)), "out = float32"),
        (lambda e: replayed(e, np.empty((2, 6)).T), r"out = float64 of shape \(6, 2\)"),
        (lambda e: replayed(e, np.empty((6, 2)).T), "out: must be in one piece"),
        (lambda e: replayed(e, [[0.0] * 6] * 2), "out = list"),
        (lambda e: e.update([0], ["1e200"]), "prices"),
        (lambda e: e.freeze(), "one of them must be given"),
        (lambda e: e.freeze(exchange="XNYS"), "exchange = XNYS: must be one of"),
        (lambda e: e.freeze(security="nobody"), "security = nobody: must be a constituent"),
        (lambda e: e.resume(security="nobody"), "security = nobody: must be a constituent"),
        (lambda e: e.positions(["nobody"]), "codes = nobody: must be a constituent"),
        (lambda e: e.restore(b"x"), "state of 1 bytes: must be one of this day"),
        (lambda e: e.restore(b"x" * len(e.state())), "state = another: must be that of this day"),
        (lambda e: e.replay_ticks([0], [1.0], [0], rows=[99]), "rows = 99: must be below"),
        (lambda e: e.replay_ticks([0], [1e7], [0], rows=[0]), r"prices\[0\] = .*tick mode"),
    ],
)
def test_bad_input_is_one_clear_error_and_changes_nothing(engine, call, message):
    before = engine.state()
    with pytest.raises(InputError, match=message):
        call(engine)
    assert engine.state() == before


@pytest.mark.parametrize(("date", "message"), [("2015-12-26", "session"), ("2004-01-02", "after")])
def test_a_day_that_is_no_session_is_refused(run, market, date, message):
    with pytest.raises(InputError, match=message):
        px.LiveEngine.open(run, date, market)


def test_rates_move_constituents_and_versions(engine):
    before = dict(zip(engine.rows.iter_rows(), engine.levels(), strict=True))
    engine.update_fx(["HKDCNY", "USDJPY"], [1.0, 110.0])
    after = dict(zip(engine.rows.iter_rows(), engine.levels(), strict=True))
    assert all(before[row] != after[row] for row in before)
    # A pair the other way round does not stand against the direct one.
    engine.update_fx(["CNYHKD"], [0.5])
    assert dict(zip(engine.rows.iter_rows(), engine.levels(), strict=True)) == after


def test_a_state_goes_on_as_if_nothing_had_been(run, market):
    one, other = opened(run, market), opened(run, market)
    random = np.random.default_rng(5)
    ticks = random.integers(0, len(one.securities), 500), random.uniform(5.0, 50.0, 500)
    one.update(ticks[0][:250], ticks[1][:250], np.arange(250))
    one.update_fx(["HKDCNY"], [0.83])
    one.freeze(exchange="XHKG")
    other.restore(one.state())
    for engine in (one, other):
        engine.update(ticks[0][250:], ticks[1][250:], np.arange(250, 500))
        engine.update_fx(["CNYHKD"], [1.3])
    assert one.levels().tolist() == other.levels().tolist()
    assert one.state() == other.state()


@pytest.mark.parametrize("number", [0.0, -1.0, np.nan, np.inf])
def test_a_state_with_a_price_or_a_rate_that_is_none_is_refused(engine, number):
    engine.update([0], [50.0])
    state, other = engine.state(), engine.state()
    price = state.index(np.float64(50.0).tobytes())
    rate = state.index(np.float64(engine.day.rates[engine.day.rates != 1.0][0]).tobytes())
    for place, what in ((price, "prices"), (rate, "rates")):
        wrong = state[:place] + np.float64(number).tobytes() + state[place + 8 :]
        with pytest.raises(InputError, match=f"state: {what}.* must be positive and finite"):
            engine.restore(wrong)
        assert engine.state() == other


def test_an_engine_says_how_large_its_day_is(engine):
    assert repr(engine) == "LiveEngine(date=2015-12-31, indices=1, securities=30, levels=6)"


def test_a_replay_is_an_update_up_to_each_moment(run, market):
    one, other = opened(run, market), opened(run, market)
    random = np.random.default_rng(6)
    count = 2_000
    securities = random.integers(0, len(one.securities), count)
    prices = one.prices()[securities] * random.uniform(0.9, 1.1, count)
    times, moments = np.sort(random.integers(0, 1_000, count)), np.arange(0, 900, 50)
    taken, levels, quality = one.replay(securities, prices, times, at=moments, stale_after=200)
    assert taken == (times <= moments[-1]).sum()
    start = 0
    for row, moment in enumerate(moments):
        end = int((times <= moment).sum())
        other.update(securities[start:end], prices[start:end], times[start:end])
        assert other.levels().tolist() == levels[row].tolist()
        assert other.quality(int(moment), 200).tolist() == quality[row].tolist()
        start = end


def test_a_replay_writes_its_levels_where_it_is_told(run, market):
    one, other = opened(run, market), opened(run, market)
    ticks, moments = ([0, 1], [9.0, 11.0], [1, 2]), [1, 2, 3]
    wanted = one.replay(*ticks, at=moments)[1]
    room = np.full(wanted.shape, np.nan)
    assert other.replay(*ticks, at=moments, out=room)[1] is room
    np.testing.assert_array_equal(room, wanted)


@examples(40)
@given(st.integers(0, 2**32 - 1))
def test_every_change_in_tick_mode_is_the_level_then(run, market, seed):
    one, other = opened(run, market), opened(run, market)
    random = np.random.default_rng(seed)
    count = 300
    securities = random.integers(0, len(one.securities), count)
    prices = np.round(one.prices()[securities] * random.uniform(0.5, 2.0, count), 2)
    prices[random.random(count) < 0.1] = 0.0
    odd = random.random(count) < 0.1
    prices[odd] /= 1.3  # no decimals, as the reference prices of ex-dates
    rows = random.permutation(len(one.rows))[:3]
    found = one.replay_ticks(securities, prices, np.arange(count), rows=rows)
    at = 0
    before = other.levels()
    for tick in range(count):
        other.update(securities[tick : tick + 1], prices[tick : tick + 1], [tick])
        levels = other.levels()
        if levels[rows[0]] == before[rows[0]] and (
            at >= len(found.rows) or tick != found.timestamps[at]
        ):
            continue
        for row in sorted(rows.tolist(), key=rows.tolist().index):
            assert (found.rows[at], found.timestamps[at]) == (row, tick)
            assert abs(found.levels[at] / levels[row] - 1.0) <= 1e-12
            assert px.round_level(found.levels[at]) == px.round_level(levels[row])
            at += 1
        before = levels
    assert at == len(found.rows)
    assert one.levels().tolist() == other.levels().tolist()


def test_tick_mode_takes_no_less_room_than_there_can_be_changes(engine):
    core, ticks = engine._core, (np.zeros(3, np.uint32), np.full(3, 9.0), np.arange(3))
    rows = np.arange(len(engine.rows), dtype=np.uint32)
    most = core.most_changes(ticks[0], rows)
    before = engine.state()
    room = np.empty(most, np.uint32), np.empty(most, np.int64), np.empty(most - 1)
    with pytest.raises(InputError, match=f"size of out = {most - 1}: must be at least {most}"):
        core.replay_ticks(*ticks, None, rows, *room)
    assert engine.state() == before


def test_tick_mode_does_not_drift(run, market):
    engine = opened(run, market)
    random = np.random.default_rng(9)
    count = 300_000
    securities = random.integers(0, len(engine.securities), count)
    prices = np.round(engine.prices()[securities] * random.uniform(0.5, 2.0, count), 2)
    found = engine.replay_ticks(securities, prices, np.arange(count), rows=[0])
    exact = engine.levels()[0]
    assert abs(Fraction(found.levels[-1]) / Fraction(exact) - 1) < Fraction(1, 10**13)


def test_no_level_is_torn_while_ticks_are_taken(run, market):
    """All prices are a factor times the reference: every level is that factor times its first."""
    engine = opened(run, market)
    first, reference = engine.levels(), engine.prices()
    everyone = np.arange(len(reference), dtype=np.uint32)
    # A part of a day in which all names move at once: each call moves them all.
    factors = 1.0 + np.arange(1, 40) / 64.0
    done = threading.Event()
    failures = []

    def read():
        out = np.empty(len(first))
        while not done.is_set():
            engine.levels(out)
            ratio = out / first
            if np.ptp(ratio) > 1e-9:
                failures.append(ratio.copy())

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(200):
        for factor in factors:
            engine.update(everyone, reference * factor)
    done.set()
    for reader in readers:
        reader.join()
    assert not failures


def test_a_writer_of_many_ticks_lets_readers_in(run, market):
    engine = opened(run, market)
    count = 4_000_000
    securities = np.zeros(count, np.uint32)
    prices = np.tile([10.0, 11.0], count // 2)
    reads = []

    def read():
        while not done.is_set():
            engine.levels()
            reads.append(None)

    done = threading.Event()
    reader = threading.Thread(target=read)
    reader.start()

    def reads_during_an_update():
        before = len(reads)
        engine.update(securities, prices)
        return len(reads) - before

    # An update is over in milliseconds: on a busy machine the reader may not run meanwhile.
    lets_in = any(reads_during_an_update() > 1 for _ in range(100))
    done.set()
    reader.join()
    assert lets_in
