"""W1 in our terms: the arrays of one call for all indices.

Both sides are given the baskets in a form of their own, made before any clock runs: the peers those
of the workload, ours the rows that Decide makes of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from benches.workloads.backcalculation import BASE_LEVEL, DUE, KINDS

from paasche.calculation.arrays import (
    NONE,
    REVIEW,
    VERBS,
    Actions,
    Changes,
    Deletions,
    Intents,
    Panel,
    Rules,
    Snapshots,
)
from paasche.calculation.batch import Plans, calculate_batch

if TYPE_CHECKING:
    from benches.workloads.backcalculation import Backcalculation
    from numpy.typing import NDArray

VARIANTS = ("price", "total_return")
CHANGE_THRESHOLD = 0.05  # every snapshot of the workload is further away


def levels(
    given: dict[str, object], threads: int = 2
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return price index and total return: indices × sessions."""
    found = calculate_batch(**given, columns=VARIANTS, threads=threads)
    for failure in found.failures.values():
        raise failure
    return found.columns["price"], found.columns["total_return"]


def arrays(work: Backcalculation) -> dict[str, object]:
    """Return the arguments of :func:`paasche.calculation.batch.calculate_batch`."""
    days, securities = work.days, len(work.first_shares)
    acts, snaps = work.actions, work.snapshots
    session = np.concatenate([np.zeros(securities, np.int64), snaps.session])
    listed = days[session]
    return {
        "panel": Panel(
            days=days,
            instruments=[f"{at:06}" for at in range(securities)],
            prices=work.prices,
            fx=work.fx,
            currency=work.currency,
        ),
        "actions": Actions(
            instrument=acts.security,
            day=days[acts.session],
            kind=np.array(KINDS)[acts.kind].tolist(),
            amount=acts.amount,
            price=acts.price,
            tax=np.zeros(len(acts.amount)),
        ),
        "snapshots": Snapshots(
            instrument=np.concatenate([np.arange(securities, dtype=np.uint32), snaps.security]),
            effective=listed,
            listing=listed,
            due=days[np.minimum(session + DUE, len(days) - 1)],
            basis=listed,
            total=np.concatenate([work.first_shares, snaps.total]),
            free_float=np.full(len(session), -1, np.int64),
        ),
        "plans": _plans(work),
    }


def _plans(work: Backcalculation) -> Plans:
    """Return what Decide asks for: the basket of every review."""
    indices, reviews = work.indices, work.reviews.astype(np.uint32)
    effective = np.tile(reviews, indices)
    level = np.full(indices, BASE_LEVEL)
    intents, intent_starts = _intents(work)
    return Plans(
        changes=Changes(
            session=effective,
            weighting_session=np.maximum(effective, 1) - 1,
            caps=np.full(len(effective), NONE, np.uint32),
            inherit_real_close=np.ones(len(effective), np.bool_),
            keeps_level=np.ones(len(effective), np.bool_),
            causes=np.full(len(effective), REVIEW, np.uint32),
        ),
        change_starts=np.arange(indices + 1) * len(reviews),
        intents=intents,
        intent_starts=intent_starts,
        deletions=Deletions(),
        deletion_starts=np.zeros(indices + 1, np.int64),
        rules=[
            Rules(
                of_shares=True,
                scales=True,
                base_value=BASE_LEVEL,
                change_thresholds=[(int(work.days[0]), CHANGE_THRESHOLD)],
                bands=[],
            )
        ],
        rules_of=np.zeros(indices, np.uint32),
        session=np.zeros(indices, np.uint32),
        divisor_per_value=np.ones(indices),
        base_level=level,
        total_return=level,
        net_total_return=level,
    )


def _intents(work: Backcalculation) -> tuple[Intents, NDArray[np.int64]]:
    """Return who is in with which factor and who leaves, by index, review and security."""
    held, count, securities = work.memberships, len(work.reviews), len(work.first_shares)
    basket = np.repeat(np.arange(len(held.starts) - 1), np.diff(held.starts))
    inside = basket * securities + held.instrument
    # Who is in a basket but not in the next one of its index leaves with that one.
    follows = inside[basket % count < count - 1] + securities
    at = np.minimum(np.searchsorted(inside, follows), len(inside) - 1)
    leaving = follows[inside[at] != follows]
    every = np.concatenate([inside, leaving])
    verb = np.repeat(
        np.array([VERBS.index("factor"), VERBS.index("drop")], np.uint8),
        [len(inside), len(leaving)],
    )
    value = np.concatenate([held.factor, np.full(len(leaving), np.nan)])
    order = np.argsort(every)
    baskets, instrument = np.divmod(every[order], securities)
    intents = Intents(
        session=work.reviews[baskets % count].astype(np.uint32),
        instrument=instrument.astype(np.uint32),
        verb=verb[order],
        value=value[order],
        related=np.full(len(every), NONE, np.uint32),
    )
    return intents, np.searchsorted(baskets // count, np.arange(work.indices + 1))
