"""W1, the back-calculation: one market, and many indices of its securities over ten years.

Everything comes from one seed. The market does not depend on the number of indices, and the first
indices of many are those of few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 20_150_105
FIRST_DAY = np.datetime64("2015-01-05", "D")
BASE_LEVEL = 1000.0

CASH, BONUS, RIGHTS = 0, 1, 2
KINDS = ("cash", "bonus", "rights")
"""The names of the kinds by number."""

SHARES_OF_KINDS = (0.70, 0.15, 0.05)  # the rest, a tenth, are changes of shares
CELLS_PER_ACTION = 300  # 25,000 actions in 2,500 × 3,000 prices
CURRENCIES = (0.80, 0.15, 0.05)
DUE = 2  # sessions from the listing of new shares to their use
APART = 4  # sessions between changes of one security, and before a review
CLEAR = 3  # sessions between a change and an ex-right of one security
SMALLEST, LARGEST = 50, 3000
MEAN_SIZE = 728  # the first index has it
TURNOVER = 0.1
WITH_FACTORS = 0.3
LOT = 1_000_000  # share counts are multiples of it, so that ex-rights leave whole shares


@dataclass(frozen=True, kw_only=True)
class Actions:
    """Cash dividends and ex-rights, by session and security; at most one for both.

    ``amount`` is the cash or the new shares per share held, ``price`` what one right costs.
    """

    session: NDArray[np.int64]
    security: NDArray[np.uint32]
    kind: NDArray[np.int8]
    amount: NDArray[np.float64]
    price: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Snapshots:
    """New totals, by session and security: listed on ``session``, in force ``DUE`` sessions on."""

    session: NDArray[np.int64]
    security: NDArray[np.uint32]
    total: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Memberships:
    """Baskets in CSR: of index k at review r are the rows from ``starts[k * n_reviews + r]``."""

    starts: NDArray[np.int64]
    instrument: NDArray[np.uint32]  # ascending in a basket
    factor: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Backcalculation:
    """The workload: ``prices`` are sessions × securities, ``fx`` sessions × currencies."""

    indices: int
    days: NDArray[np.int32]
    prices: NDArray[np.float64]
    fx: NDArray[np.float64]
    currency: NDArray[np.uint32]
    first_shares: NDArray[np.int64]
    actions: Actions
    snapshots: Snapshots
    reviews: NDArray[np.int64]
    memberships: Memberships

    def basket(self, index: int, review: int) -> slice:
        """Return the rows of one basket in the memberships."""
        at = index * len(self.reviews) + review
        return slice(int(self.memberships.starts[at]), int(self.memberships.starts[at + 1]))


def backcalculation(
    indices: int,
    sessions: int = 2500,
    securities: int = 3000,
    reviews: int = 10,
    actions: int | None = None,
) -> Backcalculation:
    """Return the workload; ``actions`` is 25,000 for the usual panel and goes with its size."""
    rng = np.random.default_rng(SEED)
    count = sessions * securities // CELLS_PER_ACTION if actions is None else actions
    starts = np.arange(reviews) * sessions // reviews
    session, security, kind = _placed(rng, sessions, securities, count)
    prices, amount, price = _walk(rng, sessions, securities, (session, security, kind))
    held = Actions(session=session, security=security, kind=kind, amount=amount, price=price)
    first_shares = rng.integers(1_000, 100_000, securities) * LOT
    wanted = count - len(session)
    snapshots = _snapshots(rng, held, first_shares, starts, sessions, wanted)
    share = np.cumsum(CURRENCIES)[:-1]
    moves = np.exp(np.cumsum(rng.normal(0, 0.004, (sessions, len(CURRENCIES))), axis=0))
    fx = (moves * [1.0, 0.9, 7.0]).round(4)
    fx[:, 0] = 1.0
    days = np.busday_offset(FIRST_DAY, np.arange(sessions)).astype("datetime64[D]")
    return Backcalculation(
        indices=indices,
        days=days.astype(np.int32),
        prices=prices,
        fx=fx,
        currency=np.searchsorted(share, rng.random(securities)).astype(np.uint32),
        first_shares=first_shares,
        actions=held,
        snapshots=snapshots,
        reviews=starts,
        memberships=_memberships(indices, securities, reviews),
    )


def _placed(
    rng: np.random.Generator, sessions: int, securities: int, count: int
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int8]]:
    """Return session, security and kind of the actions, each in a cell of its own."""
    kind = np.repeat(
        np.array([CASH, BONUS, RIGHTS], np.int8), [round(count * part) for part in SHARES_OF_KINDS]
    )
    cells = rng.choice((sessions - 1) * securities, len(kind), replace=False) + securities
    order = np.argsort(cells)
    session, security = np.divmod(cells[order], securities)
    return session, security.astype(np.uint32), kind[order]


def _walk(
    rng: np.random.Generator,
    sessions: int,
    securities: int,
    placed: tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int8]],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return prices that go ex, and amount and price of the actions that make them."""
    session, security, kind = placed
    ends = np.searchsorted(session, np.arange(sessions + 1))
    steps = np.exp(rng.normal(0.0002, 0.018, (sessions, securities)))
    drawn = rng.random(len(kind))
    bonus, rights = rng.integers(1, 11, len(kind)) / 10, rng.integers(1, 4, len(kind)) / 10
    amount, price = np.zeros(len(kind)), np.zeros(len(kind))
    level = np.exp(rng.uniform(np.log(5), np.log(100), securities))
    prices = np.empty((sessions, securities))
    for day in range(sessions):
        rows = slice(ends[day], ends[day + 1])
        if rows.start < rows.stop:
            close = prices[day - 1, security[rows]]
            kinds, share = kind[rows], drawn[rows]
            cash = np.maximum((close * (0.01 + 0.02 * share)).round(4), 0.0001)
            amount[rows] = np.choose(kinds, [cash, bonus[rows], rights[rows]])
            price[rows] = np.where(kinds == RIGHTS, (close * (0.6 + 0.3 * share)).round(2), 0.0)
            paid = np.where(kinds == CASH, -amount[rows], amount[rows] * price[rows])
            more = np.where(kinds == CASH, 0.0, amount[rows])
            level[security[rows]] *= (close + paid) / (1 + more) / close
        level = np.maximum(level * steps[day], 1.0)
        prices[day] = level.round(2)
    return prices, amount, price


def _snapshots(
    rng: np.random.Generator,
    actions: Actions,
    first_shares: NDArray[np.int64],
    reviews: NDArray[np.int64],
    sessions: int,
    wanted: int,
) -> Snapshots:
    """Return changes of shares clear of reviews, of ex-rights and of each other."""
    securities, span = len(first_shares), sessions + 100
    session = rng.integers(1, max(sessions - DUE, 2), 2 * wanted)
    security = rng.integers(0, securities, 2 * wanted)
    before_review = reviews[None, :] - session[:, None]
    clear = ~((before_review >= 1) & (before_review <= APART)).any(axis=1)
    key = np.sort((security * span + session)[clear])
    key = key[np.diff(key, prepend=-span) > APART]
    ex_rights = actions.kind != CASH
    taken = np.sort(
        actions.security[ex_rights].astype(np.int64) * span + actions.session[ex_rights]
    )
    bounds = np.concatenate([[-span], taken, [span * (securities + 1)]])
    at = np.searchsorted(bounds, key)
    key = key[(bounds[at] - key > CLEAR) & (key - bounds[at - 1] > CLEAR)]
    key = rng.permutation(key)[:wanted]
    security, session = np.divmod(key, span)
    order = np.lexsort((security, session))
    session, security = session[order], security[order]
    return Snapshots(
        session=session,
        security=security.astype(np.uint32),
        total=_totals(rng, actions, first_shares, session, security),
    )


def _totals(
    rng: np.random.Generator,
    actions: Actions,
    first_shares: NDArray[np.int64],
    session: NDArray[np.int64],
    security: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return new totals that are 7 to 30 % away from the shares in force."""
    ratio = rng.uniform(0.07, 0.30, len(session)) * rng.choice([-1, 1], len(session))
    shares, total = first_shares.astype(np.float64), np.empty(len(session), np.int64)
    ex_rights = np.flatnonzero(actions.kind != CASH)
    days = np.concatenate([actions.session[ex_rights], session])
    scales = np.arange(len(days)) < len(ex_rights)
    # An ex-right and a change of one security are never on one session, so the order holds.
    for row in np.argsort(days, kind="stable"):
        if scales[row]:
            shares[actions.security[ex_rights[row]]] *= 1 + actions.amount[ex_rights[row]]
            continue
        at = row - len(ex_rights)
        total[at] = round(shares[security[at]] * (1 + ratio[at]) / LOT) * LOT
        shares[security[at]] = total[at]
    return total


def _memberships(indices: int, securities: int, reviews: int) -> Memberships:
    """Return baskets of 50 to 3,000 names, log-uniform, a tenth replaced at each review."""
    largest = min(LARGEST, securities)
    smallest = min(SMALLEST, largest // 2)
    spread = np.log(largest / smallest)
    first = np.log(min(MEAN_SIZE, largest) / smallest) / spread
    places = (first + np.arange(indices) * 0.618_033_988_749_894_9) % 1.0
    sizes = np.exp(np.log(smallest) + places * spread).astype(np.int64)
    baskets, factors = [], []
    for index, size in enumerate(sizes.tolist()):
        rng = np.random.default_rng([SEED, index])
        order = rng.permutation(securities)
        weighted = rng.random() < WITH_FACTORS
        for review in range(reviews):
            if review > 0:
                moved = min(max(round(size * TURNOVER), 1), securities - size)
                leave = rng.choice(size, moved, replace=False)
                join = size + rng.choice(securities - size, moved, replace=False)
                order[leave], order[join] = order[join], order[leave]
            baskets.append(np.sort(order[:size]))
            factors.append(rng.uniform(0.3, 1.0, size) if weighted else np.ones(size))
    lengths = np.repeat(sizes, reviews)
    return Memberships(
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        instrument=np.concatenate(baskets).astype(np.uint32),
        factor=np.concatenate(factors),
    )
