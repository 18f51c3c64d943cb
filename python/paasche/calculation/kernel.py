"""Hold, Value and Chain on arrays: the calculation of one index without frames or files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paasche import _core
from paasche.calculation.arrays import Deletions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from paasche._core import Holdings
    from paasche.calculation.arrays import (
        Actions,
        Changes,
        Intents,
        Origin,
        Panel,
        Rules,
        Snapshots,
    )

__all__ = ["ArrayResult", "calculate_arrays", "carry_prices"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayResult:
    """Values and levels of every session, NaN before the start.

    Attributes
    ----------
    values : float64 array of shape (n_sessions,)
        Σ price × rate × units in index currency.
    divisors : float64 array of shape (n_sessions,)
        Divisor in force.
    price, total_return, net_total_return : float64 arrays of shape (n_sessions,)
        Levels, unrounded (R36, R48).
    openings : dict of str to float64 array of shape (n_sessions,)
        Opening value of each variant.
    corrections : dict of str to array
        Divisor changes, by session: session, before, after, value_before, value_after, causes.
    holdings : paasche._core.Holdings
        Units and the audit trail.
    """

    values: NDArray[np.float64]
    divisors: NDArray[np.float64]
    price: NDArray[np.float64]
    total_return: NDArray[np.float64]
    net_total_return: NDArray[np.float64]
    openings: dict[str, NDArray[np.float64]]
    corrections: dict[str, NDArray[Any]]
    holdings: Holdings


def carry_prices(
    days: NDArray[np.int32],
    instruments: list[str],
    closes: NDArray[np.float64],
    actions: Actions,
) -> None:
    """Fill the gaps of a close panel in place (R42): the last close, from an ex-date its reference.

    Parameters
    ----------
    days : int32 array of shape (n_days,)
        Days since 1970-01-01, ascending: every session of every exchange concerned, so that each
        ex-date meets its row.
    instruments : list of str
        Identifiers of the columns; for messages.
    closes : float64 array of shape (n_days, n_instruments)
        NaN where there was no trade; left is that before the first price.
    actions : Actions
        Corporate actions.
    """
    _core.carry_prices(days, instruments, closes, actions)


def calculate_arrays(
    panel: Panel,
    actions: Actions,
    snapshots: Snapshots,
    changes: Changes,
    intents: Intents,
    rules: Rules,
    origin: Origin,
    *,
    deletions: Deletions | None = None,
    threads: int | None = None,
) -> ArrayResult:
    """Calculate one index from arrays: Hold, Value, Chain.

    Parameters
    ----------
    panel : Panel
        Carried prices and rates.
    actions, snapshots : Actions, Snapshots
        What happens to the instruments.
    changes, intents : Changes, Intents
        What Decide asks for.
    rules : Rules
        The scheme.
    origin : Origin
        The start.
    deletions : Deletions, optional
        Names that leave at a deletion price.
    threads : int, optional
        Threads that value sessions; the result does not depend on it.

    Returns
    -------
    ArrayResult

    Raises
    ------
    MissingDataError
        A constituent has no price, rate, shares or free float.
    InfeasibleRuleError
        Caps cannot be met; the message names the smallest that can.
    InconsistentError
        A correction would move the level by more than 1e-12 (R50).

    Examples
    --------
    Two names, equal shares, one day:

    >>> import numpy as np
    >>> from paasche.calculation.arrays import *
    >>> u32, i32, f64 = np.uint32, np.int32, np.float64
    >>> panel = Panel(days=np.array([0, 1], i32), instruments=["A", "B"],
    ...               prices=np.array([[10.0, 20.0], [11.0, 21.0]]),
    ...               fx=np.ones((2, 1)), currency=np.zeros(2, u32))
    >>> none = np.empty(0)
    >>> actions = Actions(instrument=none.astype(u32), day=none.astype(i32), kind=[],
    ...                   amount=none, price=none, tax=none)
    >>> snapshots = Snapshots(
    ...     instrument=none.astype(u32), effective=none.astype(i32), listing=none.astype(i32),
    ...     due=none.astype(i32), basis=none.astype(i32), total=none.astype(np.int64),
    ...     free_float=none.astype(np.int64))
    >>> changes = Changes(session=np.zeros(1, u32), weighting_session=np.zeros(1, u32),
    ...                   caps=np.array([2**32 - 1], u32), keeps_level=np.array([True]),
    ...                   inherit_real_close=np.array([True]), causes=np.array([1], u32))
    >>> intents = Intents(session=np.zeros(2, u32), instrument=np.array([0, 1], u32),
    ...                   verb=["units", "units"], value=np.ones(2), related=np.zeros(2, u32))
    >>> rules = Rules(of_shares=False, scales=False, base_value=1000.0,
    ...               change_thresholds=[(0, 0.05)], bands=[])
    >>> origin = Origin(session=0, base_level=1000.0, price=1000.0, total_return=1000.0,
    ...                 net_total_return=1000.0)
    >>> calculate_arrays(panel, actions, snapshots, changes, intents, rules, origin).price
    array([1000.        , 1066.66666667])
    """
    holdings = _core.hold(
        panel, actions, snapshots, changes, intents, deletions or Deletions(), rules, origin
    )
    values = _core.values(panel, holdings, threads)
    series = _core.chain(
        panel, values, holdings, origin.base_level, origin.total_return, origin.net_total_return
    )
    variants = ("price", "total_return", "net_total_return")
    return ArrayResult(
        values=values,
        divisors=series["divisor"],
        price=series["price"],
        total_return=series["total_return"],
        net_total_return=series["net_total_return"],
        corrections=series["corrections"],
        openings={variant: series[f"{variant}_opening"] for variant in variants},
        holdings=holdings,
    )
