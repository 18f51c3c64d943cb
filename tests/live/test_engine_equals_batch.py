"""The last calculation of a day is the batch's on the closing book, to the last bit."""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import polars as pl
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

import paasche as px
from oracle.adapter import settings, tables
from oracle.making_case import make_case
from oracle.profiles import examples
from oracle.strategies import recipes


def day_of(recipe, choice):
    """Calculate a drawn case, and choose one of its days after the first."""
    case = make_case(recipe)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        market = px.Market.from_frames(tables(case))
        methodology = px.Methodology.from_dict(settings(case.method))
        try:
            whole = px.calculate(methodology, market, end=case.end)
        except px.InfeasibleRuleError:
            return None
        dates = whole.levels["date"].unique().sort()
        if len(dates) < 3:
            return None
        at = 2 + choice % (len(dates) - 2)
        run = px.calculate(methodology, market, end=dates[at - 1])
    return market, whole, run, dates[at]


def closing_book(engine, market, whole, date):
    """Return positions and closes of the constituents that traded."""
    workings = whole.workings
    row = int(np.searchsorted(workings.sessions, np.datetime64(date, "D")))
    closes = dict(zip(workings.panel.instruments, workings.panel.prices[row], strict=True))
    traded = market["prices"].filter(pl.col("date") == date)["security"].to_list()
    names = [name for name in engine.securities if name in traded]
    return engine.positions(names), np.array([closes[name] for name in names])


def rates_of(market, date):
    if "fx" not in market:
        return [], []
    rows = market["fx"].filter(pl.col("date") == date)
    return rows["pair"].to_list(), rows["rate"].to_numpy()


def noise(random, positions, closes):
    """Return ticks of which the last valid one of each name is its close."""
    count = 20 * len(positions)
    which = random.integers(0, max(len(positions), 1), count)
    prices = closes[which] * random.uniform(0.9, 1.1, count)
    prices[random.random(count) < 0.1] = random.choice([0.0, -1.0, np.nan, np.inf])
    order = random.permutation(len(positions))
    return (
        np.concatenate([positions[which], positions[order]]),
        np.concatenate([prices, closes[order]]),
    )


def expected(engine, whole, date):
    wanted = whole.levels.filter(pl.col("date") == date)
    keys = ["index", "variant", "currency"]
    return engine.rows.join(wanted, on=keys, how="left", maintain_order="left")["level_unrounded"]


def check_the_close(recipe, choice, seed):
    found = day_of(recipe, choice)
    if found is None:
        return
    market, whole, run, date = found
    engine = px.LiveEngine.open(run, date, market)
    random = np.random.default_rng(seed)
    positions, closes = closing_book(engine, market, whole, date)
    securities, prices = noise(random, positions, closes)
    cuts = np.sort(random.integers(0, len(securities) + 1, 5))
    taken = 0
    for part in np.split(np.arange(len(securities)), cuts):
        taken += engine.update(securities[part], prices[part])
        engine.levels()
    pairs, rates = rates_of(market, date)
    engine.update_fx(pairs, rates)
    assert taken + engine.rejected["invalid"] == len(securities)
    event(f"actions: {'corporate_actions' in market}, fx: {bool(pairs)}")
    event(f"silent names: {len(positions) < len(engine.securities)}")
    assert engine.levels().tolist() == expected(engine, whole, date).to_list()


DAYS = (recipes(refused=False), st.integers(0, 2**16), st.integers(0, 2**32 - 1))


@examples(40)
@given(*DAYS)
def test_the_close_of_a_day_is_the_batch_s(recipe, choice, seed):
    check_the_close(recipe, choice, seed)


@pytest.mark.slow
@examples(0, many=400)
@given(*DAYS)
def test_hundreds_of_days_close_as_the_batch(recipe, choice, seed):
    check_the_close(recipe, choice, seed)


@examples(40)
@given(*DAYS)
def test_the_level_at_any_moment_is_the_batch_s_on_that_book(recipe, choice, seed):
    found = day_of(recipe, choice)
    if found is None:
        return
    market, _, run, date = found
    engine = px.LiveEngine.open(run, date, market)
    random = np.random.default_rng(seed)
    traded = market["prices"].filter(pl.col("date") == date)["security"].to_list()
    names = [name for name in engine.securities if name in traded]
    positions = engine.positions(names)
    opening = engine.prices()[positions]
    prices = np.round(opening * random.uniform(0.9, 1.1, len(opening)), 2) + 0.01
    engine.update(positions, prices)
    # The batch on a market whose closes of the day are the book.
    history = {name: market.versions(name) for name in market.tables}
    book = pl.DataFrame(
        {"security": names, "date": [date] * len(names), "close": prices},
        schema_overrides={"security": pl.String, "date": pl.Date},
    )
    later = (
        history["prices"]
        .filter(pl.col("date") <= date)
        .join(book, on=["security", "date"], how="left", suffix="_book", maintain_order="left")
    )
    # A price without a volume would be no trade on an ex-date.
    trade = pl.col("close_book").is_not_null()
    history["prices"] = later.with_columns(
        close=pl.coalesce("close_book", "close"), volume=pl.when(trade).then(1).otherwise("volume")
    ).drop("close_book")
    if "fx" in history:
        history["fx"] = history["fx"].filter(pl.col("date") < date)
    try:
        whole = px.calculate(run.methodology, px.Market.from_frames(history), end=date)
    except px.MissingDataError:
        return  # the last rate is too old by then
    assert engine.levels().tolist() == expected(engine, whole, date).to_list()


@pytest.mark.rule("R44")
def test_a_print_of_a_suspended_name_counts_as_its_price_does_in_the_batch():
    tables = px.sample_market(securities=120, end="2015-12-31")
    date, rules = dt.date(2015, 12, 31), px.Methodology.load("sample-cross-border")
    with pytest.warns(px.errors.AssumptionWarning):
        plain = px.calculate(rules, px.Market.from_frames(tables))
    name = next(row["security"] for row in plain.state.members)
    row = {"security": name, "status": "suspended", "start": date, "end": None, "reason": None}
    status = pl.DataFrame([row], schema=tables["status"].schema)
    market = px.Market.from_frames(tables | {"status": pl.concat([tables["status"], status])})
    with pytest.warns(px.errors.AssumptionWarning):
        run = px.calculate(rules, market, end="2015-12-30")
    with pytest.warns(px.errors.AssumptionWarning):
        whole = px.calculate(rules, market)
    assert whole.levels["level_unrounded"].equals(plain.levels["level_unrounded"])
    engine = px.LiveEngine.open(run, date, market)
    assert engine.quality(0)[2].tolist() == [0.0]
    positions, closes = closing_book(engine, market, whole, date)
    assert engine.positions([name])[0] in positions
    assert engine.update(positions, closes) == len(positions)
    engine.update_fx(*rates_of(market, date))
    assert engine.levels().tolist() == expected(engine, whole, date).to_list()


def test_a_later_run_opens_an_earlier_day():
    market = px.Market.from_frames(px.sample_market(securities=120, end="2015-12-31"))
    rules = px.Methodology.load("sample-cross-border")
    with pytest.warns(px.errors.AssumptionWarning):
        later = px.calculate(rules, market)
    with pytest.warns(px.errors.AssumptionWarning):
        earlier = px.calculate(rules, market, end="2015-12-23")
    one = px.LiveEngine.open(later, "2015-12-24", market)
    other = px.LiveEngine.open(earlier, "2015-12-24", market)
    assert one.levels().tolist() == other.levels().tolist()
    assert one.securities == other.securities
