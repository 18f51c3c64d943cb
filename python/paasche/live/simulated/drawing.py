"""What is drawn for a simulated day: how often names trade, when, at which prices, how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Ran", "draw_counts", "draw_path", "draw_times", "draw_volumes", "draw_weights"]

ZIPF = 0.7  # exponent of the rank: half of the trades of a thousand names are in the first hundred
UNREST = 0.012  # median deviation of the log price over a day
UNREST_SPREAD = 0.4  # log deviation of that deviation between names
BOARD_LOT = 100
TYPICAL_LOTS = (1, 20)  # lots a trade, of names whose volume is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """Rows of trades, name by name.

    Attributes
    ----------
    counts, first, last : int64 array of shape (n_names,)
        How many trades each name has, at least one; rows of its first and last.
    who : int64 array of shape (n,)
        Position of the name of each row.
    """

    counts: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    who: NDArray[np.int64]

    @classmethod
    def of(cls, counts: NDArray[np.int64]) -> Self:
        """Lay out the rows of names with so many trades each."""
        ends = np.cumsum(counts)
        who = np.repeat(np.arange(len(counts)), counts)
        return cls(counts=counts, first=ends - counts, last=ends - 1, who=who)

    def rows(self, names: slice) -> slice:
        """Return the rows of names next to each other."""
        return slice(int(self.first[names.start]), int(self.last[names.stop - 1]) + 1)


def draw_weights(rng: np.random.Generator, worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draw the shares of names in the trades: a law of Zipf by rank.

    Parameters
    ----------
    rng : numpy.random.Generator
    worth : float64 array of shape (n_names,)
        Turnover of the day. A name without (NaN) takes its rank from another, drawn.

    Returns
    -------
    float64 array of shape (n_names,)
        They add up to 1.
    """
    known = worth[~np.isnan(worth)]
    drawn = rng.choice(known, len(worth)) if len(known) else rng.random(len(worth))
    order = np.argsort(-np.where(np.isnan(worth), drawn, worth), kind="stable")
    weights = np.empty(len(worth))
    weights[order] = np.arange(1, len(worth) + 1) ** -ZIPF
    return np.asarray(weights / weights.sum())


def draw_counts(
    total: int, weights: NDArray[np.float64], shares: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return how many trades each name has: at least one, at most one a share.

    Parameters
    ----------
    total : int
        Trades, at least one a name.
    weights : float64 array of shape (n_names,)
    shares : int64 array of shape (n_names,)
        Volume of the day; 0 where it is not known.

    Returns
    -------
    int64 array of shape (n_names,)
        They add up to ``total``, or to less where all shares are traded.
    """
    room = np.where(shares > 0, shares, total)
    counts = np.ones(len(weights), dtype=np.int64)
    while (left := total - int(counts.sum())) and (counts < room).any():
        open_to = np.where(counts < room, weights, 0.0)
        due = left * open_to / open_to.sum()
        more = np.minimum(np.floor(due).astype(np.int64), room - counts)
        if not more.any():
            # Fewer are left than there are names: one each for those due the most.
            more[np.argsort(-due, kind="stable")[:left]] = 1
            more = np.minimum(more, room - counts)
        counts += more
    return counts


def draw_times(rng: np.random.Generator, ran: Ran) -> NDArray[np.float64]:
    """Draw when in the day trades happen: often after its opening and before its close.

    Returns
    -------
    float64 array of shape (n,)
        Fractions of the day's continuous trading, below 1; ascending for each name.
    """
    x = rng.random(len(ran.who))
    # Every second one has the density 3 (2x - 1)^2 on the unit interval, by its inverse.
    dense = x[::2]
    dense[:] = (1.0 + np.cbrt(2.0 * dense - 1.0)) / 2.0
    # One sort of all: the whole part of the key is the name.
    np.minimum(x, 1.0 - 1e-9, out=x)
    x += ran.who
    x.sort()
    x -= ran.who
    return x


def draw_path(
    rng: np.random.Generator,
    ran: Ran,
    start: NDArray[np.float64],
    close: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Draw prices that go from the start to the close: Brownian bridges of their logarithms.

    Parameters
    ----------
    rng : numpy.random.Generator
    ran : Ran
    start, close : float64 array of shape (n_names,)

    Returns
    -------
    float64 array of shape (n,)
        On no price step yet.
    """
    unrest = UNREST * np.exp(UNREST_SPREAD * rng.standard_normal(len(start)))
    walk = rng.standard_normal(len(ran.who))
    ahead = walk[ran.first]
    np.cumsum(walk, out=walk)
    ahead = walk[ran.first] - ahead
    done = (np.arange(len(walk)) - (ran.first - 1)[ran.who]) / ran.counts[ran.who]
    unrest /= np.sqrt(ran.counts)
    # At the last trade the walk is back where it began, and the drift is done.
    drift = np.log(close / start) - unrest * (walk[ran.last] - ahead)
    walk -= ahead[ran.who]
    walk *= unrest[ran.who]
    walk += done * drift[ran.who]
    np.exp(walk, out=walk)
    walk *= start[ran.who]
    return walk


def draw_volumes(
    rng: np.random.Generator, ran: Ran, shares: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Draw the shares of each trade, at least one; in board lots where they suffice.

    Parameters
    ----------
    rng : numpy.random.Generator
    ran : Ran
    shares : int64 array of shape (n_names,)
        Volume of the day, at least one a trade; 0 where it is not known.

    Returns
    -------
    int64 array of shape (n,)
        Of each name they add up to its volume.
    """
    typical = ran.counts * rng.integers(*TYPICAL_LOTS, size=len(shares)) * BOARD_LOT
    shares = np.where(shares > 0, shares, typical)
    lot = np.where(shares // BOARD_LOT >= ran.counts, BOARD_LOT, 1)
    spare = shares // lot - ran.counts  # every trade has one lot; these are shared out
    size = rng.standard_exponential(len(ran.who))
    before = size[ran.first]
    np.cumsum(size, out=size)
    before = size[ran.first] - before
    size -= before[ran.who]
    size *= (spare / size[ran.last])[ran.who]
    filled = size.astype(np.int64)
    filled[ran.last] = spare
    lots = np.diff(filled, prepend=0)
    lots[ran.first] = filled[ran.first]
    volumes = (lots + 1) * lot[ran.who]
    volumes[ran.last] += shares % lot
    return np.asarray(volumes)
