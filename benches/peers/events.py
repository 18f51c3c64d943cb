"""What every dataframe and array peer needs of the events: who holds how many shares when, and what
an opening is worth more or less than the close before. All of it is part of what is timed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from benches.workloads.backcalculation import BASE_LEVEL, CASH, DUE

if TYPE_CHECKING:
    from benches.workloads.backcalculation import Backcalculation
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Events:
    """Events by session and security.

    ``opened`` is what the opening of a holding of factor 1 is worth more than its close before, in
    index currency; ``paid`` the dividend on it. One of them is 0.
    """

    session: NDArray[np.int64]
    security: NDArray[np.int64]
    opened: NDArray[np.float64]
    paid: NDArray[np.float64]


def shares_in_force(work: Backcalculation) -> NDArray[np.float64]:
    """Return the total shares of every session: sessions × securities."""
    session, security, scale, total = _steps(work)
    ends = np.searchsorted(session, np.arange(len(work.days) + 1))
    shares = np.empty_like(work.prices)
    now = work.first_shares.astype(np.float64)
    for day in range(len(shares)):
        rows = slice(ends[day], ends[day + 1])
        at = security[rows]
        now[at] = np.where(np.isnan(total[rows]), now[at] * scale[rows], total[rows])
        shares[day] = now
    return shares


def capital(work: Backcalculation, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what all shares of a security are worth: sessions × securities."""
    rates = work.fx[:, work.currency]
    rates *= work.prices
    rates *= shares
    return rates


def events(work: Backcalculation, shares: NDArray[np.float64]) -> Events:
    """Return the events of the whole history."""
    session, security, scale, total = _steps(work)
    acts = work.actions
    before = session - 1
    close = work.prices[before, security]
    rate = work.fx[before, work.currency[security]]
    cost, ex_rights = np.zeros(len(session)), acts.kind != CASH
    cost[np.isnan(total)] = (acts.amount * acts.price)[ex_rights]
    reference = (close + cost) / scale
    opened = rate * (shares[session, security] * reference - shares[before, security] * close)
    cash = ~ex_rights
    paid_on, payer = acts.session[cash], acts.security[cash].astype(np.int64)
    paid = acts.amount[cash] * work.fx[paid_on - 1, work.currency[payer]] * shares[paid_on, payer]
    days, names = np.concatenate([session, paid_on]), np.concatenate([security, payer])
    order = np.lexsort((names, days))
    return Events(
        session=days[order],
        security=names[order],
        opened=np.concatenate([opened, np.zeros(len(paid))])[order],
        paid=np.concatenate([np.zeros(len(opened)), paid])[order],
    )


def chain(
    work: Backcalculation,
    value: NDArray[np.float64],
    joined: NDArray[np.float64],
    opened: NDArray[np.float64],
    paid: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return price index and total return: sessions × indices, as all that is given.

    ``joined`` is what the basket of each review but the first is worth at the close before it.
    """
    opening, divisor, total_return = (np.empty_like(value) for _ in range(3))
    opening[0] = value[0]
    opening[1:] = value[:-1]
    opening[work.reviews[1:]] = joined
    opening += opened
    divisor[0] = value[0]
    np.divide(opening[1:], value[:-1], out=divisor[1:])
    np.cumprod(divisor, axis=0, out=divisor)
    price = np.divide(value, divisor, out=divisor)
    price *= BASE_LEVEL
    opening -= paid
    total_return[0] = BASE_LEVEL
    np.divide(value[1:], opening[1:], out=total_return[1:])
    np.cumprod(total_return, axis=0, out=total_return)
    return price, total_return


def _steps(
    work: Backcalculation,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return session, security, scale and new total (NaN: none) of what changes shares.

    Sorted by session; the ex-rights of a session in the order of the actions.
    """
    acts, snaps = work.actions, work.snapshots
    ex_rights = acts.kind != CASH
    session = np.concatenate([acts.session[ex_rights], snaps.session + DUE])
    security = np.concatenate([acts.security[ex_rights], snaps.security]).astype(np.int64)
    scale = np.concatenate([1.0 + acts.amount[ex_rights], np.ones(len(snaps.total))])
    total = np.concatenate([np.full(ex_rights.sum(), np.nan), snaps.total])
    order = np.argsort(session, kind="stable")
    return session[order], security[order], scale[order], total[order]
