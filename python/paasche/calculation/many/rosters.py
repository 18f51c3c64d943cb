"""Baskets of many indices at once: the table ``constituents`` as arrays, an index a range of rows.

Securities are positions among the identifiers of the market, days are days since 1970-01-01.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from paasche.market import Market

__all__ = ["OPEN", "Register", "Rosters"]

OPEN = np.iinfo(np.int32).max
"""Stands for the end of a basket that none follows."""

_OF_EVERY_INDEX = -1


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
        rows = marked[self.security]
        if rows.any():
            found[self.owner[self.basket[rows]]] = True
        return found

    def only(self, kept: NDArray[np.bool_]) -> Rosters:
        """Return the baskets of some of the indices, which are numbered anew."""
        if kept.all():
            return self
        baskets = kept[self.owner]
        rows = np.repeat(baskets, np.diff(self.starts))
        counts = np.diff(self.starts)[baskets]
        return Rosters(
            owner=(np.cumsum(kept) - 1)[self.owner[baskets]],
            effective=self.effective[baskets],
            until=self.until[baskets],
            interim=self.interim[baskets],
            staying=self.staying[baskets],
            loses=self.loses[baskets],
            starts=np.concatenate([[0], np.cumsum(counts)]),
            security=self.security[rows],
            weight=self.weight[rows],
            replaces=self.replaces[rows],
            whole=self.whole[kept],
        )


class Register:
    """The table ``constituents`` of a market, by index, effective session and security.

    Parameters
    ----------
    market : Market

    Attributes
    ----------
    securities : bool array of shape (n_ids,)
        Who is ever in.
    """

    def __init__(self, market: Market) -> None:
        table = market["constituents"]
        self._codes, owner = _numbered(table["index"])
        effective = table["effective"].to_physical().to_numpy()
        security = market.positions("constituents")
        columns = {
            "owner": owner,
            "effective": effective,
            "security": security,
            "interim": _or_one_value(
                (table["kind"] == "interim").fill_null(value=False), empty=False
            ),
            "weight": _or_one_value(table["weight"], np.nan),
            "replaces": _or_one_value(market.positions("constituents", "replaces"), -1),
        }
        first = int(effective.min(initial=OPEN))
        days = int(effective.max(initial=first)) - first + 1
        key = (owner.astype(np.int64) * days + (effective - first)) * len(market.ids) + security
        if np.any(key[1:] < key[:-1]):
            order = np.argsort(key, kind="stable")
            columns = {name: _taken(name, values, order) for name, values in columns.items()}
        self._columns = columns
        self.securities = np.zeros(len(market.ids), np.bool_)
        self.securities[security] = True
        # Rows of every index stand first, as those of number -1.
        self._starts = np.searchsorted(columns["owner"], np.arange(-1, len(self._codes) + 1))

    def rosters(
        self, codes: Sequence[str], start: int, end: int, leaves: NDArray[np.int32]
    ) -> Rosters:
        """Return the baskets of some indices that begin on one day.

        Parameters
        ----------
        codes : sequence of str
        start : int
            First day: the base basket is the last one effective on or before it.
        end : int
            Last day: baskets effective later are left out.
        leaves : int32 array of shape (n_ids,)
            First day without each security of the market; ``OPEN`` where it stays.
        """
        number = {code: at for at, code in enumerate(self._codes)}
        rows, counts = self._rows([number.get(code) for code in codes])
        owner = np.repeat(np.arange(len(codes)), counts)
        columns = {name: _taken(name, self._columns[name], rows) for name in _COLUMNS}
        if self._starts[1]:
            # Rows of every index and its own: in order of day and name.
            order = np.lexsort((columns["security"], columns["effective"], owner))
            owner = owner[order]
            columns = {name: _taken(name, values, order) for name, values in columns.items()}
        leaves = np.where(leaves > end, OPEN, leaves)
        return _cut(owner, columns, len(codes), (start, end), leaves)

    def _rows(
        self, numbers: Sequence[int | None]
    ) -> tuple[slice | NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows of some indices, and how many each has."""
        starts, common = self._starts[1:], int(self._starts[1])
        own = [(0, 0) if at is None else (int(starts[at]), int(starts[at + 1])) for at in numbers]
        counts = np.array([end - begin + common for begin, end in own], np.int64)
        follows = all(one[1] == other[0] for one, other in pairwise(own))
        if own and follows and not common:
            return slice(own[0][0], own[-1][1]), counts
        pieces = [
            piece
            for begin, end in own
            for piece in (np.arange(common, dtype=np.int64), np.arange(begin, end))
        ]
        return np.concatenate([np.empty(0, np.int64), *pieces]), counts


_MOSTLY_EMPTY = ("interim", "weight", "replaces")
_COLUMNS = ("effective", "security", *_MOSTLY_EMPTY)


def _cut(
    owner: NDArray[np.int64],
    columns: dict[str, NDArray[Any]],
    indices: int,
    span: tuple[int, int],
    leaves: NDArray[np.int32],
) -> Rosters:
    """Cut rows by index, day and name into baskets, from the base basket of each index on."""
    effective, security = columns["effective"], columns["security"]
    start, end = span
    if (effective > end).any():
        known = effective <= end
        owner = owner[known]
        columns = {name: _taken(name, values, known) for name, values in columns.items()}
        effective, security = columns["effective"], columns["security"]
    again = (owner[1:] == owner[:-1]) & (effective[1:] == effective[:-1])
    starts = np.flatnonzero(np.concatenate([np.ones(min(len(owner), 1), np.bool_), ~again]))
    counts = np.diff(starts, append=len(owner))
    of_basket, day = owner[starts], effective[starts]
    last = np.diff(of_basket, append=indices) != 0
    following = np.append(day[1:], OPEN) if len(day) else day
    until = np.where(last, OPEN, following).astype(np.int32)
    based = (day <= start) & (until > start)
    whole = np.zeros(indices, np.bool_)
    whole[of_basket[based]] = True
    twice = again & (security[1:] == security[:-1])
    whole[owner[1:][twice]] = False
    interim = np.broadcast_to(columns["interim"], len(owner))
    some = np.add.reduceat(interim, starts, dtype=np.int64) if len(starts) else counts
    whole[of_basket[(some > 0) & (some < counts)]] = False
    kept = (based | (day > start)) & whole[of_basket]
    rows = slice(None) if kept.all() else np.repeat(kept, counts)
    found = Rosters(
        owner=of_basket[kept],
        effective=day[kept],
        until=until[kept],
        interim=(some > 0)[kept],
        staying=np.zeros(int(kept.sum()), np.bool_),
        loses=np.zeros(int(kept.sum()), np.bool_),
        starts=np.concatenate([[0], np.cumsum(counts[kept])]),
        security=security[rows],
        weight=np.broadcast_to(columns["weight"], len(owner))[rows],
        replaces=np.broadcast_to(columns["replaces"], len(owner))[rows],
        whole=whole,
    )
    if len(found.security):
        found = with_exits(found, leaves[found.security], start)
    return replace(found, effective=np.maximum(found.effective, start).astype(np.int32))


def _numbered(column: pl.Series) -> tuple[list[str], NDArray[np.int32]]:
    """Return the distinct codes in byte order, and the number of each row's; -1 for none."""
    if column.is_empty():
        return [], np.empty(0, np.int32)
    # Tables mostly stand by index: then few rows differ from the one before.
    begins = column.ne_missing(column.shift()).to_numpy().copy()
    begins[0] = True
    firsts = np.flatnonzero(begins)
    heads = column.gather(firsts)
    codes = heads.drop_nulls().unique().sort()
    number = heads.cast(pl.Enum(codes)).to_physical().cast(pl.Int32).fill_null(_OF_EVERY_INDEX)
    return codes.to_list(), np.repeat(number.to_numpy(), np.diff(firsts, append=len(column)))


def _or_one_value(column: pl.Series | NDArray[np.int32], empty: float) -> NDArray[Any]:
    """Return a column as an array; an empty one as a single value, which stands for every row."""
    if isinstance(column, pl.Series):
        column = column.fill_null(empty).to_numpy()
    values = column
    lacking = np.isnan(values) if values.dtype.kind == "f" else values == empty
    return np.asarray(values[:1]) if len(values) and lacking.all() else values


def _taken(name: str, values: NDArray[Any], rows: slice | NDArray[Any]) -> NDArray[Any]:
    return values if name in _MOSTLY_EMPTY and len(values) == 1 else values[rows]


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
    steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = np.repeat(rosters.starts[source], counts) + steps
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
        whole=np.ones_like(whole),
    )
    bad = ~whole[found.owner]
    if not bad.any():
        return replace(found, whole=whole)
    good = np.repeat(~bad, counts)
    return Rosters(
        owner=found.owner[~bad],
        effective=found.effective[~bad],
        until=found.until[~bad],
        interim=found.interim[~bad],
        staying=found.staying[~bad],
        loses=found.loses[~bad],
        starts=np.concatenate([[0], np.cumsum(counts[~bad])]),
        security=found.security[good],
        weight=found.weight[good],
        replaces=found.replaces[good],
        whole=whole,
    )
