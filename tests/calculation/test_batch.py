"""Many indices on one panel: each has the bits it has alone, and fails alone."""

from __future__ import annotations

import numpy as np
import pytest

from paasche.calculation.arrays import (
    NONE,
    VERBS,
    Actions,
    Changes,
    Deletions,
    Intents,
    Origin,
    Panel,
    Rules,
    Snapshots,
)
from paasche.calculation.batch import Plans, calculate_batch
from paasche.calculation.kernel import calculate_arrays
from paasche.errors import InputError, MissingDataError

SESSIONS, NAMES, INDICES = 75, 12, 30
REVIEWS = (0, 20, 40, 41)
RULES = [
    Rules(
        of_shares=of_shares, scales=scales, base_value=1e6, change_thresholds=[(0, 0.05)], bands=[]
    )
    for of_shares, scales in ((True, True), (False, True), (False, False))
]
COLUMNS = ("price", "total_return", "net_total_return", "divisor")


def u32(values):
    return np.array(values, np.uint32)


@pytest.fixture(scope="module")
def market():
    """Twelve names in two currencies with dividends, bonus, rights, splits and new shares."""
    draw = np.random.default_rng(5)
    days = np.arange(100, 100 + SESSIONS, dtype=np.int32)
    panel = Panel(
        days=days,
        instruments=[f"{at:02d}" for at in range(NAMES)],
        prices=(20 * np.exp(np.cumsum(draw.normal(0, 0.02, (SESSIONS, NAMES)), axis=0))).round(2),
        fx=np.column_stack([np.ones(SESSIONS), 0.9 + draw.random(SESSIONS) / 50]),
        currency=u32(np.arange(NAMES) % 2),
    )
    count = 90
    kinds = draw.choice(["cash", "bonus", "rights", "split"], count).tolist()
    actions = Actions(
        instrument=draw.integers(0, NAMES, count).astype(np.uint32),
        day=draw.choice(days[1:], count),
        kind=kinds,
        amount=np.array(
            [{"cash": 0.31, "bonus": 0.3, "rights": 0.2, "split": 2.0}[k] for k in kinds]
        ),
        price=np.where(np.array(kinds) == "rights", 9.5, 0.0),
        tax=np.where(np.array(kinds) == "cash", 0.1, 0.0),
    )
    more = 60
    effective = np.concatenate([np.full(NAMES, 100), draw.choice(days[1:-3], more)])
    snapshots = Snapshots(
        instrument=u32(np.concatenate([np.arange(NAMES), draw.integers(0, NAMES, more)])),
        effective=effective.astype(np.int32),
        listing=effective.astype(np.int32),
        due=(effective + 2).astype(np.int32),
        basis=effective.astype(np.int32),
        total=draw.integers(900_000, 1_100_000, NAMES + more),
        free_float=np.full(NAMES + more, -1),
    )
    return panel, actions, snapshots


def rows(index):
    """Return changes and intents of an index: scheme by number, a basket at each review."""
    draw = np.random.default_rng(index)
    scheme, held, asked = index % 3, set(), []
    for review in REVIEWS:
        chosen = set(draw.choice(NAMES, draw.integers(3, NAMES), replace=False).tolist())
        for name in sorted(chosen | held):
            verb = ("factor", "weight", "units")[scheme] if name in chosen else "drop"
            value = {"factor": 0.3 + 0.7 * draw.random(), "units": 7.0}.get(verb, 1 / len(chosen))
            asked.append((review, name, verb, value if verb != "drop" else np.nan))
        held = chosen
    return asked


def changes(reviews):
    ones = np.ones(len(reviews), np.bool_)
    return Changes(
        session=u32(reviews),
        weighting_session=u32([max(at - 1, 0) for at in reviews]),
        caps=np.full(len(reviews), NONE, np.uint32),
        inherit_real_close=ones,
        keeps_level=ones,
        causes=np.ones(len(reviews), np.uint32),
    )


def intents(asked):
    session, instrument, verb, value = zip(*asked, strict=True)
    return Intents(
        session=u32(session),
        instrument=u32(instrument),
        verb=list(verb),
        value=np.array(value),
        related=np.full(len(asked), NONE, np.uint32),
    )


def plans(asked_of):
    ends = np.cumsum([0, *(len(asked) for asked in asked_of)])
    count = len(asked_of)
    level = np.full(count, 1000.0)
    return Plans(
        changes=changes(list(REVIEWS) * count),
        change_starts=np.arange(count + 1) * len(REVIEWS),
        intents=intents([row for asked in asked_of for row in asked]),
        intent_starts=ends,
        deletions=Deletions(),
        deletion_starts=np.zeros(count + 1, np.int64),
        rules=RULES,
        rules_of=u32(np.arange(count) % 3),
        session=np.zeros(count, np.uint32),
        divisor_per_value=np.ones(count),
        base_level=level,
        total_return=level,
        net_total_return=level,
    )


def alone(market, index, asked):
    origin = Origin(
        session=0, base_level=1000.0, price=1000.0, total_return=1000.0, net_total_return=1000.0
    )
    found = calculate_arrays(*market, changes(REVIEWS), intents(asked), RULES[index % 3], origin)
    return [found.price, found.total_return, found.net_total_return, found.divisors]


@pytest.mark.parametrize("count", [1, 8, 9, INDICES], ids=str)
def test_each_index_has_the_bits_it_has_alone(market, count):
    asked_of = [rows(index) for index in range(count)]
    found = calculate_batch(*market, plans(asked_of), columns=COLUMNS)
    assert not found.failures
    for index, asked in enumerate(asked_of):
        for name, column in zip(COLUMNS, alone(market, index, asked), strict=True):
            assert found.columns[name][index].tobytes() == column.tobytes(), (index, name)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_no_bit(market, threads):
    asked = plans([rows(index) for index in range(INDICES)])
    once = calculate_batch(*market, asked)
    again = calculate_batch(*market, asked, threads=threads)
    for name, column in once.columns.items():
        assert again.columns[name].tobytes() == column.tobytes()


def test_a_fork_calculates_on_threads_of_its_own(market, same_in_a_fork):
    asked = plans([rows(index) for index in range(INDICES)])

    def levels():
        return calculate_batch(*market, asked, threads=2).columns["price"].tobytes()

    same_in_a_fork(levels)


@pytest.mark.parametrize("count", [4, INDICES], ids=str)
def test_an_index_that_fails_fails_alone(market, count):
    panel, actions, snapshots = market
    unlisted = snapshots.instrument != 3
    few = Snapshots(
        **{
            name: getattr(snapshots, name)[unlisted]
            for name in (
                "instrument",
                "effective",
                "listing",
                "due",
                "basis",
                "total",
                "free_float",
            )
        }
    )
    asked_of = [[row for row in rows(index) if row[1] != 3] for index in range(count)]
    asked_of[0].append((REVIEWS[1], 3, "factor", 1.0))
    found = calculate_batch(panel, actions, few, plans(asked_of))
    assert list(found.failures) == [0]
    assert isinstance(found.failures[0], MissingDataError)
    assert "shares of 03: must have a row in effect" in str(found.failures[0])
    price = found.columns["price"]
    assert np.isnan(price[0]).all()
    assert not np.isnan(price[1:]).any()


def test_a_column_that_is_none_is_named(market):
    with pytest.raises(InputError, match="columns = volume: must be one of price"):
        calculate_batch(*market, plans([rows(0)]), columns=["volume"])


def test_verbs_are_words_or_numbers():
    words = intents([(0, 0, verb, 1.0) for verb in VERBS])
    assert words.verb.tolist() == list(range(len(VERBS)))
    with pytest.raises(InputError, match="verb = sell: must be one of units"):
        intents([(0, 0, "sell", 1.0)])
