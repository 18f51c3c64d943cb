"""Baskets of many indices at once, as arrays: an index is a range of baskets, a basket of rows.

Securities are positions among the identifiers of the market, days are days since 1970-01-01.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["OPEN", "Rosters", "ranges", "with_exits"]

OPEN = np.iinfo(np.int32).max
"""Stands for the end of a basket that none follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rosters:
    """Baskets of some indices, each from its base basket on, index after index.

    Where a name leaves between two baskets, the names that stay make a basket of their own.

    Attributes
    ----------
    owner : int64 array of shape (n_baskets,)
        Position of the index.
    effective, until : int32 arrays of shape (n_baskets,)
        First day, not before that on which the indices begin, and that of the next basket.
    interim : bool array of shape (n_baskets,)
        Only joiners and leavers change.
    staying : bool array of shape (n_baskets,)
        It is no basket of the table, but what an exit leaves of the one before.
    loses : bool array of shape (n_baskets,)
        A name of the basket before leaves on that very day by an event.
    starts : int64 array of shape (n_baskets + 1,)
        Where the rows of each basket begin.
    security : int32 array of shape (n_rows,)
        In ascending order within a basket.
    weight : float64 array of shape (n_rows,)
        NaN where none is given.
    replaces : int32 array of shape (n_rows,)
        The leaver that the name replaces; -1 where none is named.
    whole : bool array of shape (n_indices,)
        Whether the baskets of the index are such that no reader would refuse them: there is one to
        begin with, each has one kind, no name twice and none that is gone, and somebody stays.
    """

    owner: NDArray[np.int64]
    effective: NDArray[np.int32]
    until: NDArray[np.int32]
    interim: NDArray[np.bool_]
    staying: NDArray[np.bool_]
    loses: NDArray[np.bool_]
    starts: NDArray[np.int64]
    security: NDArray[np.int32]
    weight: NDArray[np.float64]
    replaces: NDArray[np.int32]
    whole: NDArray[np.bool_]

    @property
    def basket(self) -> NDArray[np.int64]:
        """Position of each row's basket."""
        return np.repeat(np.arange(len(self.owner)), np.diff(self.starts))

    def of_some(self, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell which indices ever hold a security that is marked, by position."""
        found = np.zeros(len(self.whole), np.bool_)
        if marked.any():
            found[self.owner[self.basket[marked[self.security]]]] = True
        return found

    def only(self, kept: NDArray[np.bool_]) -> Rosters:
        """Return the baskets of some of the indices, which are numbered anew."""
        if kept.all():
            return self
        some = self.of_baskets(kept[self.owner])
        return replace(some, owner=(np.cumsum(kept) - 1)[some.owner], whole=self.whole[kept])

    def of_baskets(self, kept: NDArray[np.bool_]) -> Rosters:
        """Return some of the baskets; the indices keep their numbers."""
        counts = np.diff(self.starts)
        rows = np.repeat(kept, counts)
        columns = ("owner", "effective", "until", "interim", "staying", "loses")
        return replace(
            self,
            starts=np.concatenate([[0], np.cumsum(counts[kept])]),
            security=self.security[rows],
            weight=self.weight[rows],
            replaces=self.replaces[rows],
            **{name: getattr(self, name)[kept] for name in columns},
        )


def with_exits(rosters: Rosters, leaves: NDArray[np.int32], start: int) -> Rosters:
    """Return baskets as the exits of their names leave them.

    Parameters
    ----------
    rosters : Rosters
        As the table has them, with the days on which they are effective as written.
    leaves : int32 array of shape (n_rows,)
        First day without the name; ``OPEN`` where it stays.
    start : int
        First day: who left by then is not in the base basket.
    """
    if (leaves == OPEN).all():
        return rosters
    basket, whole = rosters.basket, rosters.whole.copy()
    whole[rosters.owner[basket[leaves <= rosters.effective[basket]]]] = False
    stays = leaves > start
    somebody = np.bitwise_or.reduceat(stays & (leaves == OPEN), rosters.starts[:-1])
    last = rosters.until == OPEN
    whole[rosters.owner[last & ~somebody]] = False
    inside = stays & (leaves < rosters.until[basket])
    loses = rosters.loses.copy()
    loses[basket[stays & (leaves == rosters.until[basket]) & (leaves < OPEN)] + 1] = True
    # Every day on which some names of a basket leave begins what stays of it.
    begins = np.unique(np.column_stack([basket[inside], leaves[inside]]), axis=0)
    source = np.concatenate([np.arange(len(rosters.owner)), begins[:, 0]])
    day = np.concatenate([np.full(len(rosters.owner), start), begins[:, 1]])
    order = np.lexsort((day, source))
    source, day = source[order], day[order]
    staying = order >= len(rosters.owner)
    counts = np.diff(rosters.starts)[source]
    rows = ranges(rosters.starts[source], counts)
    kept = leaves[rows] > np.repeat(day, counts)
    counts = np.bincount(np.repeat(np.arange(len(source)), counts)[kept], minlength=len(source))
    whole[rosters.owner[source[counts == 0]]] = False
    rows = rows[kept]
    effective = np.where(staying, day, rosters.effective[source]).astype(np.int32)
    until = rosters.until[source]
    until[:-1] = np.where(staying[1:], effective[1:], until[:-1])
    found = Rosters(
        owner=rosters.owner[source],
        effective=effective,
        until=until,
        interim=rosters.interim[source] | staying,
        staying=staying,
        loses=loses[source] | staying,
        starts=np.concatenate([[0], np.cumsum(counts)]),
        security=rosters.security[rows],
        weight=rosters.weight[rows],
        replaces=rosters.replaces[rows],
        whole=whole,
    )
    return found if whole[found.owner].all() else found.of_baskets(whole[found.owner])


def ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers from each start on, as many as its count, one range after another.

    Examples
    --------
    >>> ranges(np.array([5, 0]), np.array([3, 2]))
    array([5, 6, 7, 0, 1])
    """
    steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    found: NDArray[np.int64] = np.repeat(starts, counts) + steps
    return found
