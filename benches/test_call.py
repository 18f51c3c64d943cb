"""What a call costs: a thousand of them for an index of ten names on two sessions."""

from __future__ import annotations

import numpy as np

from paasche.calculation.arrays import (
    NONE,
    Actions,
    Changes,
    Deletions,
    Intents,
    Panel,
    Rules,
    Snapshots,
)
from paasche.calculation.batch import Plans, calculate_batch

CALLS = 1000
ROUNDS = 7
NAMES = 10


def arrays():
    """Return panel, actions, snapshots and plans of one index."""
    none, zero, name = np.empty(0), np.zeros(NAMES, np.int32), np.arange(NAMES, dtype=np.uint32)
    panel = Panel(
        days=np.array([0, 1], np.int32),
        instruments=[f"{at:02d}" for at in name],
        prices=np.linspace(10.0, 20.0, 2 * NAMES).reshape(2, NAMES),
        fx=np.ones((2, 1)),
        currency=np.zeros(NAMES, np.uint32),
    )
    actions = Actions(
        instrument=none.astype(np.uint32),
        day=none.astype(np.int32),
        kind=[],
        amount=none,
        price=none,
        tax=none,
    )
    snapshots = Snapshots(
        instrument=name,
        effective=zero,
        listing=zero,
        due=zero,
        basis=zero,
        total=np.full(NAMES, 1_000_000),
        free_float=np.full(NAMES, -1),
    )
    changes = Changes(
        session=np.zeros(1, np.uint32),
        weighting_session=np.zeros(1, np.uint32),
        caps=np.full(1, NONE, np.uint32),
        keeps_level=np.ones(1, np.bool_),
        inherit_real_close=np.ones(1, np.bool_),
        causes=np.ones(1, np.uint32),
    )
    intents = Intents(
        session=np.zeros(NAMES, np.uint32),
        instrument=name,
        verb=["factor"] * NAMES,
        value=np.ones(NAMES),
        related=np.full(NAMES, NONE, np.uint32),
    )
    rules = Rules(
        of_shares=True, scales=True, base_value=1e6, change_thresholds=[(0, 0.05)], bands=[]
    )
    level = np.full(1, 1000.0)
    plans = Plans(
        changes=changes,
        change_starts=np.array([0, 1]),
        intents=intents,
        intent_starts=np.array([0, NAMES]),
        deletions=Deletions(),
        deletion_starts=np.zeros(2, np.int64),
        rules=[rules],
        rules_of=np.zeros(1, np.uint32),
        session=np.zeros(1, np.uint32),
        divisor_per_value=np.ones(1),
        base_level=level,
        total_return=level,
        net_total_return=level,
    )
    return panel, actions, snapshots, plans


def test_call(alone, smoke):
    work = arrays()

    def calls():
        for _ in range(10 if smoke else CALLS):
            found = calculate_batch(*work)
        return found

    found = alone(f"{CALLS:,} calls, each for ten names on two sessions", calls, ROUNDS)
    prices = work[0].prices.sum(axis=1)
    np.testing.assert_allclose(found.columns["price"][0], 1000.0 * prices / prices[0], rtol=1e-14)
