"""Calculate a group of indices together: what they share once, then each in its turn."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from paasche.calculation.arrays import Changes, Deletions, Intents
from paasche.calculation.kernel import calculate_arrays
from paasche.calculation.many.checks import first_known, knows_prices, knows_rates, reads_alike
from paasche.calculation.many.deciding import decide_all, profiles_of
from paasche.calculation.many.level_rows import level_rows
from paasche.calculation.many.shared import members_of, share
from paasche.calculation.many.tables import as_of_many
from paasche.calculation.many.warned import spans_frame, spans_of_index, warned
from paasche.calculation.rates import used_rates
from paasche.calculation.reports import report
from paasche.calculation.run import base_rates_of, origin_of
from paasche.calculation.stored.tables import cut
from paasche.errors import PaascheError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import polars as pl
    from numpy.typing import NDArray

    from paasche.calculation.kernel import ArrayResult
    from paasche.calculation.many.asked import Asked
    from paasche.calculation.many.deciding import Decided, Profile
    from paasche.calculation.many.facts import Facts
    from paasche.calculation.many.groups import Group
    from paasche.calculation.many.rosters import Rosters
    from paasche.calculation.many.shared import Shared
    from paasche.errors import Defect
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["Piece", "calculate_together"]

_Table = TypeVar("_Table", Changes, Intents)


class Piece(NamedTuple):
    """One index of a group.

    Attributes
    ----------
    tables : mapping of str to polars.DataFrame
        Those that are kept, with the column ``index``.
    warnings : tuple of Defect
    """

    tables: Mapping[str, pl.DataFrame]
    warnings: tuple[Defect, ...]


def calculate_together(
    group: Group, market: Market, facts: Facts, asked: Asked, tell: Callable[[str], object]
) -> dict[str, Piece]:
    """Calculate the indices of a group.

    Parameters
    ----------
    group : Group
    market : Market
    facts : Facts
        Of the market.
    asked : Asked
    tell : callable
        Called with the code of each index that is done.

    Returns
    -------
    dict of str to Piece
        By code. An index of which anything has to be refused is left out: a calculation of it alone
        says why.
    """
    try:
        shared = _shared(group, market, facts)
    except PaascheError:
        # One of them is at fault: the others go on without it.
        return {
            code: piece
            for half in _halves(group)
            for code, piece in calculate_together(half, market, facts, asked, tell).items()
        }
    profiles, profile_of = profiles_of(group.methodologies, group.start)
    clear = (profile_of >= 0) & knows_prices(group.rosters, shared)
    clear &= knows_rates(group.rosters, group.methodologies, shared)
    back = first_known(group.rosters, shared)
    clear &= reads_alike(market, shared, back)
    notes, quiet = warned(market, group.rosters, shared)
    clear &= quiet
    if not clear.any():
        return {}
    group, back = _only(group, clear), back[clear]
    notes = [one for one, kept in zip(notes, clear, strict=True) if kept]
    decided = decide_all(group.rosters, profiles, profile_of[clear], shared, back)
    work = _Work(group, market, asked, shared, decided, profiles, profile_of[clear])
    tables = work.levels(tell) if asked.levels_alone else work.all_tables(tell)
    return {
        one.index.code: Piece(tables[at], notes[at])
        for at, one in enumerate(group.methodologies)
        if at in tables
    }


def _only(group: Group, kept: NDArray[np.bool_]) -> Group:
    some = [one for one, own in zip(group.methodologies, kept, strict=True) if own]
    return group._replace(methodologies=some, rosters=group.rosters.only(kept))


def _halves(group: Group) -> Iterator[Group]:
    count = len(group.methodologies)
    if count > 1:
        first = np.arange(count) < count // 2
        yield _only(group, first)
        yield _only(group, ~first)


def _shared(group: Group, market: Market, facts: Facts) -> Shared:
    """Return the shared work: that for everyone in the table, else for the group alone."""
    rosters, one = group.rosters, group.methodologies[0]
    held = np.zeros(len(market.ids), np.bool_)
    held[rosters.security] = True
    least = int(np.count_nonzero(held))
    found = facts.shared(
        group.key, market, one, group.exchanges, group.last_day, group.start, least
    )
    if found is not None:
        return found
    counts = np.diff(rosters.starts)
    spans = np.column_stack(
        [
            rosters.security,
            np.repeat(rosters.effective, counts),
            np.repeat(rosters.until, counts),
        ]
    )
    security, start, until = np.unique(spans, axis=0).T
    frame = spans_frame(market, security, start, until)
    return share(market, one, np.flatnonzero(held), frame, group.last_day)


class _Work:
    """The calculation of the indices of a group, one after another on shared arrays."""

    def __init__(
        self,
        group: Group,
        market: Market,
        asked: Asked,
        shared: Shared,
        decided: Decided,
        profiles: list[Profile],
        profile_of: NDArray[np.int64],
    ) -> None:
        self._group, self._market, self._asked = group, market, asked
        self._shared, self._decided = shared, decided
        self._profiles, self._profile_of = profiles, profile_of

    def levels(self, tell: Callable[[str], object]) -> dict[int, dict[str, pl.DataFrame]]:
        """Return the levels of each index that can be calculated, by its position."""
        shape = (len(self._group.methodologies), len(self._shared.axis.sessions))
        figures = {name: np.empty(shape) for name in _FIGURES}
        done, rates = [], []
        for at, methodology, arrays, base_rates in self._calculated():
            for name, figure in _FIGURES.items():
                figures[name][len(done)] = figure(arrays)
            done.append(at)
            rates.append(base_rates)
            tell(methodology.index.code)
        some = [self._group.methodologies[at] for at in done]
        tables = level_rows(some, self._shared, figures, rates, self._first_shown())
        return {at: {"levels": table} for at, table in zip(done, tables, strict=True)}

    def all_tables(self, tell: Callable[[str], object]) -> dict[int, dict[str, pl.DataFrame]]:
        """Return the tables of each index that can be calculated, by its position."""
        found = {}
        for at, methodology, arrays, base_rates in self._calculated():
            found[at] = self._tables(at, methodology, arrays, base_rates)
            tell(methodology.index.code)
        return found

    def _first_shown(self) -> int:
        """Return the first session of the output."""
        first, start = self._shared.first, self._asked.start
        if start is None:
            return first
        sessions = self._shared.axis.sessions
        return max(first, int(np.searchsorted(sessions, np.datetime64(start, "D"))))

    def _calculated(self) -> Iterator[tuple[int, Methodology, ArrayResult, dict[str, float]]]:
        """Yield the indices of which nothing is to be refused, and what they come to."""
        shared, decided = self._shared, self._decided
        for at in np.flatnonzero(decided.clear).tolist():
            methodology = self._group.methodologies[at]
            try:
                arrays = calculate_arrays(
                    shared.panel,
                    shared.actions,
                    shared.snapshots,
                    _rows(Changes, decided.changes, decided.change_starts, at),
                    _rows(Intents, decided.intents, decided.intent_starts, at),
                    self._profiles[self._profile_of[at]].rules,
                    origin_of(methodology, shared.first),
                    threads=self._asked.threads,
                )
                base_rates = base_rates_of(self._market, methodology, shared.found, shared.first)
            except PaascheError:
                continue
            yield at, methodology, arrays, base_rates

    def _tables(
        self,
        at: int,
        methodology: Methodology,
        arrays: ArrayResult,
        base_rates: dict[str, float],
    ) -> dict[str, pl.DataFrame]:
        shared, market = self._shared, self._market
        spans = spans_of_index(market, self._group.rosters, at)
        members = members_of(shared.members.securities, spans, self._group.start)
        tables = report(
            methodology,
            market,
            members,
            shared.axis,
            used_rates(market, methodology, members, shared.axis, shared.found),
            arrays,
            shared.first,
            base_rates,
            shared.differing,
            Deletions(),
        )
        own = tables["securities"]["security"].is_in(spans["security"].implode())
        tables["securities"] = tables["securities"].filter(own)
        if self._asked.start is not None:
            tables = cut(tables, self._asked.start)
        kept = {name: tables[name] for name in self._asked.tables}
        return as_of_many(methodology.index.code, kept)


_FIGURES: dict[str, Callable[[ArrayResult], NDArray[np.float64]]] = {
    "value": lambda arrays: arrays.values,
    "divisor": lambda arrays: arrays.divisors,
    "price": lambda arrays: arrays.price,
    "total_return": lambda arrays: arrays.total_return,
    "net_total_return": lambda arrays: arrays.net_total_return,
    "price_opening": lambda arrays: arrays.openings["price"],
    "total_return_opening": lambda arrays: arrays.openings["total_return"],
    "net_total_return_opening": lambda arrays: arrays.openings["net_total_return"],
}
"""What the table of levels is made of."""


def _rows(
    kind: type[_Table], table: _Table, starts: NDArray[np.int64], at: int
) -> _Table:
    """Return the rows of one index."""
    own = slice(starts[at], starts[at + 1])
    return kind(**{one.name: getattr(table, one.name)[own] for one in fields(kind)})
