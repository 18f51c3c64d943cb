"""Hold, Value and Chain on arrays for many indices of one panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from paasche import _core

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from paasche.calculation.arrays import (
        Actions,
        Changes,
        Deletions,
        Intents,
        Panel,
        Rules,
        Snapshots,
    )
    from paasche.errors import PaascheError

__all__ = ["BatchLevels", "Plans", "Slabs", "calculate_batch"]


class Slabs(NamedTuple):
    """How prices are read that memory does not hold whole: in the order of sessions, slab by slab.

    Attributes
    ----------
    sessions : int
        Sessions of a slab, at least one; each thread may hold one at a time.
    release : callable
        Called without arguments, by any thread, after each slab: lets go of the memory behind all
        prices that were read. They must be there when they are read again.
    """

    sessions: int
    release: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """What Decide asks for many indices: the rows of each table, one index after another.

    Attributes
    ----------
    changes, intents, deletions : Changes, Intents, Deletions
        Those of index ``k`` are the rows from ``starts[k]`` up to ``starts[k + 1]``.
    change_starts, intent_starts, deletion_starts : int64 arrays of shape (n_indices + 1,)
        Where they begin.
    rules : list of Rules
        Weighting schemes.
    rules_of : uint32 array of shape (n_indices,)
        Which of them each index has.
    session : uint32 array of shape (n_indices,)
        Base session of each index.
    divisor_per_value : float64 array of shape (n_indices,)
        Divisor for one unit of value on the base session: 1 at the base date.
    base_level, total_return, net_total_return : float64 arrays of shape (n_indices,)
        Level at which value and divisor are equal, and the returns on the base session.
    """

    changes: Changes
    change_starts: NDArray[np.int64]
    intents: Intents
    intent_starts: NDArray[np.int64]
    deletions: Deletions
    deletion_starts: NDArray[np.int64]
    rules: list[Rules]
    rules_of: NDArray[np.uint32]
    session: NDArray[np.uint32]
    divisor_per_value: NDArray[np.float64]
    base_level: NDArray[np.float64]
    total_return: NDArray[np.float64]
    net_total_return: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLevels:
    """Levels of many indices.

    Attributes
    ----------
    columns : dict of str to float64 array of shape (n_indices, n_sessions)
        What was asked for, unrounded; NaN before the start of an index, and where it failed.
    failures : dict of int to PaascheError
        Why indices failed, by position.
    """

    columns: dict[str, NDArray[np.float64]]
    failures: dict[int, PaascheError]


def calculate_batch(
    panel: Panel,
    actions: Actions,
    snapshots: Snapshots,
    plans: Plans,
    *,
    columns: Iterable[str] = ("price", "total_return", "net_total_return"),
    threads: int | None = None,
    slabs: Slabs | None = None,
) -> BatchLevels:
    """Calculate the levels of many indices from arrays.

    The same levels, bit for bit, as one :func:`paasche.calculate_arrays` each; without the audit
    trail. An index that fails does not stop the others.

    Parameters
    ----------
    panel : Panel
        Carried prices and rates.
    actions, snapshots : Actions, Snapshots
        What happens to the instruments.
    plans : Plans
        What Decide asks for.
    columns : iterable of str
        Of ``price``, ``total_return``, ``net_total_return``, ``divisor``, ``value``, and the
        opening values ``price_opening``, ``total_return_opening``, ``net_total_return_opening``.
    threads : int, optional
        Threads; the result does not depend on it.
    slabs : Slabs, optional
        Prices that are mapped from a file are read slab by slab; the result is the same. None:
        memory holds them whole.

    Returns
    -------
    BatchLevels

    Raises
    ------
    InputError
        A column is none of these, a slab has no session, or the tables do not fit together.

    Examples
    --------
    The panel and the tables of the example of :func:`paasche.calculate_arrays`, for two indices:

    >>> import numpy as np
    >>> from paasche.calculation.arrays import *
    >>> u32, i32, none = np.uint32, np.int32, np.empty(0)
    >>> panel = Panel(days=np.array([0, 1], i32), instruments=["A", "B"],
    ...               prices=np.array([[10.0, 20.0], [11.0, 21.0]]),
    ...               fx=np.ones((2, 1)), currency=np.zeros(2, u32))
    >>> actions = Actions(instrument=none.astype(u32), day=none.astype(i32), kind=[],
    ...                   amount=none, price=none, tax=none)
    >>> snapshots = Snapshots(
    ...     instrument=none.astype(u32), effective=none.astype(i32), listing=none.astype(i32),
    ...     due=none.astype(i32), basis=none.astype(i32), total=none.astype(np.int64),
    ...     free_float=none.astype(np.int64))
    >>> changes = Changes(session=np.zeros(2, u32), weighting_session=np.zeros(2, u32),
    ...                   caps=np.full(2, 2**32 - 1, u32), keeps_level=np.ones(2, bool),
    ...                   inherit_real_close=np.ones(2, bool), causes=np.ones(2, u32))
    >>> intents = Intents(session=np.zeros(3, u32), instrument=np.array([0, 1, 1], u32),
    ...                   verb=["units"] * 3, value=np.ones(3), related=np.zeros(3, u32))
    >>> rules = Rules(of_shares=False, scales=False, base_value=1000.0,
    ...               change_thresholds=[(0, 0.05)], bands=[])
    >>> level = np.full(2, 1000.0)
    >>> plans = Plans(
    ...     changes=changes, change_starts=np.array([0, 1, 2]), intents=intents,
    ...     intent_starts=np.array([0, 2, 3]), deletions=Deletions(),
    ...     deletion_starts=np.zeros(3, np.int64), rules=[rules], rules_of=np.zeros(2, u32),
    ...     session=np.zeros(2, u32), divisor_per_value=np.ones(2), base_level=level,
    ...     total_return=level, net_total_return=level)
    >>> calculate_batch(panel, actions, snapshots, plans).columns["price"]
    array([[1000.        , 1066.66666667],
           [1000.        , 1050.        ]])
    """
    indices, sessions = len(plans.session), len(panel.days)
    found = {name: np.empty((indices, sessions)) for name in columns}
    # numpy asks for large pages, without which a look at the panel costs more than its arithmetic.
    laid_out = 0 if slabs is not None else indices
    workspace = np.empty(_core.batch_memory(sessions, len(panel.instruments), laid_out))
    failed = _core.calculate_batch(
        panel, actions, snapshots, plans, list(found.items()), workspace, threads, slabs
    )
    return BatchLevels(columns=found, failures=dict(failed))
