"""Indices renewed as a whole share their way: each has the bits, or the error, it has alone."""

from __future__ import annotations

import numpy as np
import pytest

from paasche.calculation.arrays import (
    NONE,
    Actions,
    Caps,
    Changes,
    Deletions,
    Intents,
    Origin,
    Panel,
    Rules,
    Snapshots,
)
from paasche.calculation.batch import Plans, Slabs, calculate_batch
from paasche.calculation.kernel import calculate_arrays
from paasche.errors import InputError, PaascheError
from paasche.methodology.tables.bands import band_tables

SESSIONS, NAMES, INDICES = 60, 7, 24
COLUMNS = ("price", "total_return", "net_total_return", "divisor")
BANDS = [(0, band_tables()["ces-2023"])]
SCHEMES = [
    {"scales": True, "bands": [], "caps": []},
    {"scales": True, "bands": BANDS, "caps": [Caps(single=0.45), Caps(single=0.1)]},
    {"scales": False, "bands": BANDS, "caps": []},
]
SOUND = dict.fromkeys(("late_name", "large_cash", "no_free_float", "no_rate"), 0.0)
ODD = {"late_name": 0.3, "large_cash": 0.05, "no_free_float": 0.3, "no_rate": 0.002}


def u32(values):
    return np.array(values, np.uint32)


def market(draw, odds):
    days = np.arange(100, 100 + SESSIONS, dtype=np.int32)
    prices = (20 * np.exp(np.cumsum(draw.normal(0, 0.03, (SESSIONS, NAMES)), axis=0))).round(2)
    if draw.random() < odds["late_name"]:
        prices[: draw.integers(1, 30), draw.integers(NAMES)] = np.nan
    fx = np.column_stack([np.ones(SESSIONS), 0.9 + draw.random(SESSIONS) / 50])
    fx[draw.random(SESSIONS) < odds["no_rate"], 1] = np.nan
    panel = Panel(
        days=days,
        instruments=[f"{at:02d}" for at in range(NAMES)],
        prices=prices,
        fx=fx,
        currency=u32(np.arange(NAMES) % 2),
    )
    return panel, actions(draw, days, odds), snapshots(draw, days, odds)


def actions(draw, days, odds):
    count = 60
    kinds = draw.choice(["cash", "bonus", "rights", "split", "spin_off", "published"], count)
    sizes = {"cash": 0.31, "bonus": 0.3, "rights": 0.2, "split": 2.0, "spin_off": 1.3}
    amount = np.array([sizes.get(kind, 19.5) for kind in kinds])
    amount[(kinds == "cash") & (draw.random(count) < odds["large_cash"])] = 500.0
    return Actions(
        instrument=draw.integers(0, NAMES, count).astype(np.uint32),
        day=draw.choice(days[1:], count),
        kind=kinds.tolist(),
        amount=amount,
        price=np.where(kinds == "rights", 9.5, 0.0),
        tax=np.where(kinds == "cash", 0.1, 0.0),
        tick=None if draw.random() < 0.5 else 0.01,
    )


def snapshots(draw, days, odds):
    more = 50
    effective = np.concatenate([np.full(NAMES, 100), draw.choice(days[1:-3], more)])
    total = draw.integers(800_000, 1_200_000, NAMES + more)
    free = (total * draw.random(NAMES + more)).astype(np.int64)
    free[NAMES:][draw.random(more) < odds["no_free_float"]] = -1
    return Snapshots(
        instrument=u32(np.concatenate([np.arange(NAMES), draw.integers(0, NAMES, more)])),
        effective=effective.astype(np.int32),
        listing=effective.astype(np.int32),
        due=(effective + draw.integers(1, 4, NAMES + more)).astype(np.int32),
        basis=effective.astype(np.int32),
        total=total,
        free_float=free,
    )


def asked(draw, reviews, rules):
    """Return changes and intents; now and then a change that leaves the others as they are."""
    held, rows = set(), []
    caps = np.where(draw.random(len(reviews)) < 0.5, draw.choice([0, 0, 0, 1]), NONE)
    for review in reviews:
        chosen = set(draw.choice(NAMES, draw.integers(3, NAMES), replace=False).tolist())
        is_interim = held and draw.random() < 0.05
        given = chosen - held if is_interim else chosen
        rows += [(review, name, "factor", 0.2 + 0.8 * draw.random()) for name in given]
        rows += [(review, name, "drop", np.nan) for name in held - chosen]
        held = chosen
    rows.sort()
    session, instrument, verb, value = zip(*rows, strict=True)
    changes = Changes(
        session=u32(reviews),
        weighting_session=u32([max(at - 2, 0) for at in reviews]),
        caps=(caps if rules.caps else np.full(len(reviews), NONE)).astype(np.uint32),
        inherit_real_close=np.ones(len(reviews), np.bool_),
        keeps_level=draw.random(len(reviews)) < 0.98,
        causes=np.ones(len(reviews), np.uint32),
    )
    intents = Intents(
        session=u32(session),
        instrument=u32(instrument),
        verb=list(verb),
        value=np.array(value),
        related=np.full(len(rows), NONE, np.uint32),
    )
    return changes, intents


def joined(kind, tables):
    names = kind.__dataclass_fields__
    return kind(**{one: np.concatenate([getattr(t, one) for t in tables]) for one in names})


def starts(tables):
    return np.cumsum([0, *(len(table.session) for table in tables)])


def batch(found, given, rules, slabs=None):
    changes, intents = zip(*given, strict=True)
    count, level = len(given), np.full(len(given), 1000.0)
    plans = Plans(
        changes=joined(Changes, changes),
        change_starts=starts(changes),
        intents=joined(Intents, intents),
        intent_starts=starts(intents),
        deletions=Deletions(),
        deletion_starts=np.zeros(count + 1, np.int64),
        rules=rules,
        rules_of=u32(np.arange(count) % len(rules)),
        session=u32([one.session[0] for one in changes]),
        divisor_per_value=np.ones(count),
        base_level=level,
        total_return=level,
        net_total_return=level,
    )
    return calculate_batch(*found, plans, columns=COLUMNS, slabs=slabs)


def alone(found, changes, intents, rules):
    first = int(changes.session[0])
    level = dict.fromkeys(("base_level", "price", "total_return", "net_total_return"), 1000.0)
    try:
        arrays = calculate_arrays(*found, changes, intents, rules, Origin(session=first, **level))
    except PaascheError as error:
        return error
    return [arrays.price, arrays.total_return, arrays.net_total_return, arrays.divisors]


def drawn(seed, odds):
    """Return a market, what indices ask of it, and their rules."""
    draw = np.random.default_rng(seed)
    found = market(draw, odds)
    rules = [
        Rules(of_shares=True, base_value=1e6, change_thresholds=[(0, 0.05)], **scheme)
        for scheme in SCHEMES
    ]
    calendars = [(0, 16, 17, 40), (3, 32)]
    given = [
        asked(draw, calendars[index % 5 == 4], rules[index % len(rules)])
        for index in range(INDICES)
    ]
    return found, given, rules


def compared(seed, odds):
    """Compare every index with itself alone; return how many could be calculated, and failed."""
    found, given, rules = drawn(seed, odds)
    together = batch(found, given, rules)
    for index, (changes, intents) in enumerate(given):
        columns = alone(found, changes, intents, rules[index % len(rules)])
        failure = together.failures.get(index)
        if isinstance(columns, PaascheError):
            assert (type(failure), str(failure)) == (type(columns), str(columns))
            continue
        assert failure is None
        for name, column in zip(COLUMNS, columns, strict=True):
            assert together.columns[name][index].tobytes() == column.tobytes(), (index, name)
    return INDICES - len(together.failures), len(together.failures)


@pytest.mark.parametrize("seed", range(12))
def test_sound_markets_give_each_index_the_bits_it_has_alone(seed):
    calculated, _ = compared(seed, SOUND)
    assert calculated > INDICES / 2


def test_odd_markets_give_each_index_the_bits_or_the_error_it_has_alone():
    calculated, failed = np.sum([compared(seed, ODD) for seed in range(100, 130)], axis=0)
    assert calculated > 100
    assert failed > 100


@pytest.mark.parametrize("sessions", [1, 7, 16, 59, 1000])
@pytest.mark.parametrize("seed", [3, 100, 104])
def test_prices_read_slab_by_slab_give_the_same_bits_and_errors(seed, sessions):
    found, given, rules = drawn(seed, ODD if seed >= 100 else SOUND)
    released = []
    expected = batch(found, given, rules)
    slabs = batch(found, given, rules, Slabs(sessions, lambda: released.append(1)))
    assert len(released) >= max(SESSIONS // sessions, 1)
    for name in COLUMNS:
        assert slabs.columns[name].tobytes() == expected.columns[name].tobytes()
    assert {at: str(error) for at, error in slabs.failures.items()} == {
        at: str(error) for at, error in expected.failures.items()
    }


def test_what_letting_go_raises_is_raised():
    def release():
        raise OSError("the map is gone")

    with pytest.raises(OSError, match="the map is gone"):
        batch(*drawn(3, SOUND), Slabs(16, release))


def test_a_slab_without_a_session_is_refused():
    with pytest.raises(InputError, match="slabs = 0: must be at least 1 session"):
        batch(*drawn(3, SOUND), Slabs(0, print))
