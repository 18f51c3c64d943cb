"""The table ``constituents`` of a market: from text to the baskets of many indices at once."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from paasche import _core
from paasche.calculation.many.rosters import OPEN, Rosters, with_exits
from paasche.market.numbering import numbered_runs, occurring

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    import polars as pl
    from numpy.typing import NDArray

    from paasche.market import Market

__all__ = ["Register"]

_MOSTLY_EMPTY = ("interim", "weight", "replaces")
"""Columns that are one value where nobody fills them."""

_COLUMNS = ("effective", "security", *_MOSTLY_EMPTY)


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
        self._codes, owner = numbered_runs(table["index"])
        effective = table["effective"].to_physical().to_numpy()
        security = market.positions("constituents")
        columns = {
            "owner": owner,
            "effective": effective,
            "security": security,
            "interim": _or_one_value(table["kind"], _is_interim, empty=False),
            "weight": _or_one_value(table["weight"], _or_nan, empty=np.nan),
            "replaces": _or_one_value(
                table["replaces"],
                lambda _: market.positions("constituents", "replaces"),
                empty=np.int32(-1),
            ),
        }
        if not _core.rows_ascend([owner, effective, security]):
            first, last = int(effective.min(initial=OPEN)), int(effective.max(initial=0))
            key = owner.astype(np.int64) * (last - first + 1) + (effective - first)
            order = np.argsort(key * len(market.ids) + security, kind="stable")
            columns = {name: _taken(name, values, order) for name, values in columns.items()}
        self._columns = columns
        self.securities = occurring(security, len(market.ids))
        # Rows of every index stand first, as those of number -1.
        numbers = np.arange(-1, len(self._codes) + 1, dtype=np.int32)
        self._starts = np.searchsorted(columns["owner"], numbers)

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
    if len(found.security) and (leaves != OPEN).any():
        found = with_exits(found, leaves[found.security], start)
    return replace(found, effective=np.maximum(found.effective, start).astype(np.int32))


def _is_interim(kind: pl.Series) -> NDArray[np.bool_]:
    return (kind == "interim").fill_null(value=False).to_numpy()


def _or_nan(figures: pl.Series) -> NDArray[np.float64]:
    return figures.fill_null(np.nan).to_numpy()


def _or_one_value(
    column: pl.Series, read: Callable[[pl.Series], NDArray[Any]], *, empty: float | np.int32
) -> NDArray[Any]:
    """Return a column as an array; an empty one as a single value, which stands for every row."""
    if column.null_count() == len(column):
        return np.array([empty])
    values = read(column)
    lacking = np.isnan(values) if values.dtype.kind == "f" else values == empty
    return values[:1] if lacking.all() else values


def _taken(name: str, values: NDArray[Any], rows: slice | NDArray[Any]) -> NDArray[Any]:
    return values if name in _MOSTLY_EMPTY and len(values) == 1 else values[rows]
