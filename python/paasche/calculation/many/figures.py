"""What the table of levels is made of, for many indices of one panel."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

from paasche.calculation.arrays import Changes, Deletions, Intents
from paasche.calculation.batch import calculate_batch
from paasche.calculation.kernel import calculate_arrays

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from paasche.calculation.arrays import Actions, Origin, Panel, Snapshots
    from paasche.calculation.batch import BatchLevels, Plans, Slabs
    from paasche.calculation.kernel import ArrayResult

__all__ = ["FIGURES", "arrays_of", "figures"]

_Table = TypeVar("_Table", Changes, Deletions, Intents)

FIGURES = (
    "value",
    "divisor",
    "price",
    "total_return",
    "net_total_return",
    "price_opening",
    "total_return_opening",
    "net_total_return_opening",
)
"""Value, divisor, and each variant with its opening value."""


def figures(
    panel: Panel,
    actions: Actions,
    snapshots: Snapshots,
    plans: Plans,
    *,
    threads: int | None = None,
    slabs: Slabs | None = None,
    tell: Callable[[int], object],
) -> BatchLevels:
    """Return the figures of many indices; one that fails does not stop the others.

    Parameters
    ----------
    panel, actions, snapshots, plans, threads, slabs
        As for :func:`paasche.calculation.batch.calculate_batch`.
    tell : callable
        Called with the position of each index that is done; what it raises stops the others.
    """
    found = calculate_batch(
        panel, actions, snapshots, plans, columns=FIGURES, threads=threads, slabs=slabs
    )
    for at in range(len(plans.session)):
        tell(at)
    return found


def arrays_of(
    panel: Panel,
    actions: Actions,
    snapshots: Snapshots,
    plans: Plans,
    at: int,
    origin: Origin,
    *,
    threads: int | None = None,
) -> ArrayResult:
    """Calculate one index of many, with its audit trail.

    Raises
    ------
    PaascheError
        As :func:`paasche.calculate_arrays`.
    """
    return calculate_arrays(
        panel,
        actions,
        snapshots,
        _own(Changes, plans.changes, plans.change_starts, at),
        _own(Intents, plans.intents, plans.intent_starts, at),
        plans.rules[plans.rules_of[at]],
        origin,
        deletions=_own(Deletions, plans.deletions, plans.deletion_starts, at),
        threads=threads,
    )


def _own(kind: type[_Table], table: _Table, starts: NDArray[np.int64], at: int) -> _Table:
    """Return the rows of one index."""
    own = slice(starts[at], starts[at + 1])
    return kind(**{one.name: getattr(table, one.name)[own] for one in fields(kind)})
