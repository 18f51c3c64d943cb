"""Which indices can be calculated together, and on what they have to agree for that.

Together go indices whose membership is the table ``constituents``, whose names leave at their last
close where they leave by an event, and to whose baskets nothing adds. By itself, as
:func:`paasche.calculate` does, goes an index

- whose membership follows rules,
- that ever holds a name which leaves at a price or for shares of another, spins off another, or
  moves to another exchange,
- that decisions of the committee are about,
- whose exchanges come and go with its baskets, where they make its sessions,
- and every index that something is to be refused of: the message is that of a calculation alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from paasche.calculation.idle import plain
from paasche.calculation.rules import longest_lag
from paasche.calculation.run import known_day, last_day_of
from paasche.errors import PaascheError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from paasche.calculation.many.asked import Asked
    from paasche.calculation.many.facts import Facts
    from paasche.calculation.many.rosters import Rosters
    from paasche.market import Market
    from paasche.methodology import Methodology

__all__ = ["Group", "groups"]

_SOME_SESSIONS = ("union", "intersection")
"""Calendars for which the exchanges of the constituents make the sessions."""

_EXCHANGES = 60
"""Exchanges that a set of bits holds."""


class Group(NamedTuple):
    """Indices that share what the market gives them.

    Attributes
    ----------
    key : hashable
        All on which they agree.
    methodologies : list of Methodology
    rosters : Rosters
        Their baskets, in the same order.
    start, last_day : datetime.date
        First and last day of the calculation.
    exchanges : int
        Where their constituents are listed: a bit for each number.
    """

    key: Hashable
    methodologies: list[Methodology]
    rosters: Rosters
    start: date
    last_day: date
    exchanges: int

    def only(self, kept: NDArray[np.bool_]) -> Group:
        """Return the group of some of its indices."""
        some = [one for one, own in zip(self.methodologies, kept, strict=True) if own]
        return self._replace(methodologies=some, rosters=self.rosters.only(kept))

    def halves(self) -> Iterator[Group]:
        """Yield the first half of the indices and the second; of a single one there is none."""
        count = len(self.methodologies)
        if count > 1:
            first = np.arange(count) < count // 2
            yield self.only(first)
            yield self.only(~first)


def groups(
    methodologies: Sequence[Methodology], market: Market, facts: Facts, asked: Asked
) -> list[Group]:
    """Return the indices that go together; those that go by themselves are in none of the groups.

    Parameters
    ----------
    methodologies : sequence of Methodology
        In the order of their codes.
    market : Market
    facts : Facts
        Of the market.
    asked : Asked
    """
    if facts.exchange.max(initial=0) >= _EXCHANGES:
        return []
    alike: dict[Hashable, list[Methodology]] = {}
    decided = _decided(market)
    for one in methodologies:
        if not (
            one.universe.by_rules
            or (asked.strict and one.assumptions)
            or decided is None
            or decided & {plain(one.index.code), plain(one.index.name)}
        ):
            alike.setdefault(_key(one), []).append(one)
    return [
        group
        for key, some in alike.items()
        for group in _by_exchanges(key, some, market, facts, asked)
    ]


def _decided(market: Market) -> set[str] | None:
    """Return the plain codes that decisions are about; None where one is about every index."""
    codes = market["decisions"]["index"]
    return None if codes.null_count() else {plain(code) for code in codes.unique().to_list()}


def _key(methodology: Methodology) -> Hashable:
    """Return all that the market is read by, and when it begins."""
    index = methodology.index
    return (
        index.calendar,
        index.base_date,
        known_day(methodology),
        index.currency,
        index.currencies,
        methodology.weighting.scheme,
        longest_lag(methodology),
        methodology.shares,
        methodology.prices,
        methodology.fx,
        methodology.net_total_return,
        methodology.change,
    )


def _by_exchanges(
    key: Hashable,
    methodologies: list[Methodology],
    market: Market,
    facts: Facts,
    asked: Asked,
) -> list[Group]:
    """Return groups of indices of one key, whose constituents are on the same exchanges."""
    start = known_day(methodologies[0])
    try:
        last_day = last_day_of(market, asked.end, start)
    except PaascheError:
        return []
    if asked.start is not None and asked.start > last_day:
        return []
    codes = [one.index.code for one in methodologies]
    first, last = (int(np.datetime64(day, "D").astype(np.int32)) for day in (start, last_day))
    rosters = facts.register.rosters(codes, first, last, facts.leaves)
    fits = rosters.whole & ~rosters.of_some(facts.apart)
    if not len(rosters.owner):
        return []
    bit = np.left_shift(1, facts.exchange)
    on = np.bitwise_or.reduceat(bit[rosters.security], rosters.starts[:-1])
    ever = np.zeros(len(codes), np.int64)
    np.bitwise_or.at(ever, rosters.owner, on)
    if methodologies[0].index.calendar in _SOME_SESSIONS:
        fits[rosters.owner[on != ever[rosters.owner]]] = False
        sets = np.unique(ever[fits]).tolist()
    else:
        ever[:] = np.bitwise_or.reduce(ever)
        sets = np.unique(ever).tolist()
    found = []
    for exchanges in sets:
        own = fits & (ever == exchanges)
        if own.any():
            some = [methodologies[at] for at in np.flatnonzero(own)]
            full = (key, last_day, exchanges)
            found.append(Group(full, some, rosters.only(own), start, last_day, exchanges))
    return found
