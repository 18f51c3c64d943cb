"""Calculate a group of indices together: what they share once, then each in its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from paasche.calculation.arrays import Deletions
from paasche.calculation.batch import Plans, calculate_batch
from paasche.calculation.many.checks import first_known, knows_prices, knows_rates, reads_alike
from paasche.calculation.many.deciding import decide_all
from paasche.calculation.many.figures import FIGURES, arrays_of
from paasche.calculation.many.level_rows import level_rows
from paasche.calculation.many.profiles import profiles_of
from paasche.calculation.many.shared import members_of, share
from paasche.calculation.many.tables import as_of_many
from paasche.calculation.many.warned import spans_frame, spans_of_index, warned
from paasche.calculation.rates import used_rates
from paasche.calculation.reports import report
from paasche.calculation.run import base_rates_of, origin_of
from paasche.calculation.stored.tables import cut
from paasche.errors import PaascheError
from paasche.market.numbering import occurring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import polars as pl
    from numpy.typing import NDArray

    from paasche.calculation.arrays import Origin
    from paasche.calculation.kernel import ArrayResult
    from paasche.calculation.many.asked import Asked
    from paasche.calculation.many.deciding import Decided
    from paasche.calculation.many.facts import Facts
    from paasche.calculation.many.groups import Group
    from paasche.calculation.many.profiles import Profile
    from paasche.calculation.many.shared import Shared
    from paasche.errors import Defect
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["Piece", "calculate_together"]


_Found = list[tuple[list[str], dict[str, "pl.DataFrame"]]]
"""Codes and their tables."""


class Piece(NamedTuple):
    """Some indices that were calculated.

    Attributes
    ----------
    tables : mapping of str to polars.DataFrame
        Those that are kept, with the column ``index``; of several indices levels alone, as many
        rows of each.
    warnings : mapping of str to tuple of Defect
        Of each index, by code; in the order of the rows.
    """

    tables: Mapping[str, pl.DataFrame]
    warnings: Mapping[str, tuple[Defect, ...]]

    def apart(self) -> Iterator[tuple[str, Mapping[str, pl.DataFrame]]]:
        """Yield the code and the tables of each index."""
        for at, code in enumerate(self.warnings):
            if len(self.warnings) == 1:
                yield code, self.tables
            else:
                height = len(self.tables["levels"]) // len(self.warnings)
                yield code, {"levels": self.tables["levels"].slice(at * height, height)}


def calculate_together(
    group: Group, market: Market, facts: Facts, asked: Asked, tell: Callable[[str], object]
) -> list[Piece]:
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
    list of Piece
        An index of which anything has to be refused is left out: a calculation of it alone says
        why.
    """
    try:
        shared = _shared(group, market, facts)
    except PaascheError:
        # One of them is at fault: the others go on without it.
        return [
            piece
            for half in group.halves()
            for piece in calculate_together(half, market, facts, asked, tell)
        ]
    profiles, profile_of = profiles_of(group.methodologies, group.start)
    clear = (profile_of >= 0) & knows_prices(group.rosters, shared)
    clear &= knows_rates(group.rosters, group.methodologies, shared)
    back = first_known(group.rosters, shared)
    clear &= reads_alike(market, shared, back)
    said, quiet = warned(market, group.rosters, shared)
    clear &= quiet
    notes = dict(zip((one.index.code for one in group.methodologies), said, strict=True))
    if not clear.any():
        return []
    profile_of, back = profile_of[clear], back[clear]
    group = group.only(clear)
    decided = decide_all(group.rosters, profiles, profile_of, shared, back)
    if not decided.clear.all():
        clear = decided.clear
        if not clear.any():
            return []
        group, profile_of, back = group.only(clear), profile_of[clear], back[clear]
        decided = decide_all(group.rosters, profiles, profile_of, shared, back)
    origins = [origin_of(one, shared.first) for one in group.methodologies]
    plans = _plans(decided, profiles, profile_of, origins)
    work = _Work(group, market, facts, asked, shared, plans, origins)
    found = work.levels(tell) if asked.levels_alone else work.all_tables(tell)
    return [Piece(tables, {code: notes[code] for code in codes}) for codes, tables in found]


def _shared(group: Group, market: Market, facts: Facts) -> Shared:
    """Return the shared work: that for everyone in the table, else for the group alone."""
    rosters, one = group.rosters, group.methodologies[0]
    held = occurring(rosters.security, len(market.ids))
    least = int(np.count_nonzero(held))
    found = facts.shared(group, market, least)
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
    """The calculation of the indices of a group on shared arrays."""

    def __init__(
        self,
        group: Group,
        market: Market,
        facts: Facts,
        asked: Asked,
        shared: Shared,
        plans: Plans,
        origins: list[Origin],
    ) -> None:
        self._group, self._market, self._asked, self._facts = group, market, asked, facts
        self._shared, self._plans, self._origins = shared, plans, origins

    def levels(self, tell: Callable[[str], object]) -> _Found:
        """Return the levels of the indices that can be calculated."""
        shared, rules = self._shared, self._group.methodologies
        threads = self._asked.threads
        found = calculate_batch(
            shared.panel,
            shared.actions,
            shared.snapshots,
            self._plans,
            columns=FIGURES,
            threads=threads,
            slabs=None if shared.mapped is None else shared.mapped.slabs(threads),
        )
        rates = {
            at: rate
            for at, one in enumerate(rules)
            if at not in found.failures and (rate := self._base_rates(one)) is not None
        }
        if not rates:
            return []
        done = list(rates)
        for at in done:
            tell(rules[at].index.code)
        columns = found.columns
        if len(done) < len(rules):
            columns = {name: values[done] for name, values in columns.items()}
        tables = level_rows(
            [rules[at] for at in done],
            shared,
            columns,
            list(rates.values()),
            self._first_shown(),
        )
        return [
            ([rules[done[at]].index.code for at in own], {"levels": table}) for own, table in tables
        ]

    def all_tables(self, tell: Callable[[str], object]) -> _Found:
        """Return the tables of each index that can be calculated."""
        shared = self._shared
        found: _Found = []
        for at, methodology in enumerate(self._group.methodologies):
            base_rates = self._base_rates(methodology)
            if base_rates is None:
                continue
            try:
                arrays = arrays_of(
                    shared.panel,
                    shared.actions,
                    shared.snapshots,
                    self._plans,
                    at,
                    self._origins[at],
                    threads=self._asked.threads,
                )
            except PaascheError:
                continue
            tables = self._tables(at, methodology, arrays, base_rates)
            found.append(([methodology.index.code], tables))
            tell(methodology.index.code)
        return found

    def _first_shown(self) -> int:
        """Return the first session of the output."""
        first, start = self._shared.first, self._asked.start
        if start is None:
            return first
        sessions = self._shared.axis.sessions
        return max(first, int(np.searchsorted(sessions, np.datetime64(start, "D"))))

    def _base_rates(self, methodology: Methodology) -> dict[str, float] | None:
        """Return the rates that versions start from; None where one is not known."""
        try:
            return base_rates_of(self._market, methodology, self._shared.found, self._shared.first)
        except PaascheError:
            return None

    def _tables(
        self,
        at: int,
        methodology: Methodology,
        arrays: ArrayResult,
        base_rates: dict[str, float],
    ) -> dict[str, pl.DataFrame]:
        """Return the tables of one index."""
        shared, market = self._shared, self._market
        spans = spans_of_index(market, self._group.rosters, at)
        members = members_of(shared.members.securities, spans, self._group.start, self._facts.exits)
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


def _plans(
    decided: Decided,
    profiles: list[Profile],
    profile_of: NDArray[np.int64],
    origins: list[Origin],
) -> Plans:
    """Return what Decide asks of every index as the core reads it."""
    count = len(origins)
    return Plans(
        changes=decided.changes,
        change_starts=decided.change_starts,
        intents=decided.intents,
        intent_starts=decided.intent_starts,
        deletions=Deletions(),
        deletion_starts=np.zeros(count + 1, np.int64),
        rules=[one.rules for one in profiles],
        rules_of=profile_of.astype(np.uint32),
        session=np.array([one.session for one in origins], np.uint32),
        divisor_per_value=np.array([one.divisor_per_value for one in origins]),
        base_level=np.array([one.base_level for one in origins]),
        total_return=np.array([one.total_return for one in origins]),
        net_total_return=np.array([one.net_total_return for one in origins]),
    )
