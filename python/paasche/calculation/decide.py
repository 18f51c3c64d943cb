"""Decide: the membership of an index becomes intents – who gets which units, when and why.

One row (effective session, instrument, verb, value); Hold resolves them with prices and shares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from paasche.calculation.arrays import (
    DECISION,
    DELETION,
    INTERIM,
    NONE,
    REVIEW,
    SPIN_OFF,
    Changes,
    Intents,
)
from paasche.calculation.decisions import require_constituents
from paasche.calculation.entries import Asked, as_arrays, joining, renewing, settling
from paasche.calculation.rules import caps_on
from paasche.errors import MissingDataError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from paasche.calculation.membership import Basket, Membership
    from paasche.calculation.sessions import Timeline
    from paasche.methodology import Methodology

__all__ = ["decide"]

_EXPLICIT = {"shares": "shares", "factor": "reweigh"}
"""Decisions that are intents (R34)."""


class _Change(NamedTuple):
    """One effective session."""

    session: int
    weighting_session: int
    caps: int
    inherit_real_close: bool
    keeps_level: bool
    causes: int


class _Decided(NamedTuple):
    """Explicit decisions that open one session; a price is read with the market's prices."""

    asked: list[Asked]
    securities: set[str]
    keeps_level: bool


def decide(
    methodology: Methodology,
    members: Membership,
    timeline: Timeline,
    first: int,
    *,
    resumed: bool = False,
) -> tuple[Changes, Intents]:
    """Return effective sessions and intents from the baskets of an index.

    Parameters
    ----------
    methodology : Methodology
        Scheme, caps and lag.
    members : Membership
        Baskets, and the events and decisions beside them.
    timeline : Timeline
        Index sessions.
    first : int
        Position of the base session, or of the session of a stored state.
    resumed : bool
        The basket of ``first`` is already held.

    Raises
    ------
    InputError
        Weights that do not sum to 1, or a joiner without the name it replaces where one is needed.
    MissingDataError
        A lag that reaches before the known sessions.
    """
    baskets = {
        timeline.position(one.effective, "constituents effective"): one for one in members.baskets
    }
    leaving = _on_sessions(timeline, first, members.exits, "session", "security")
    spun = _on_sessions(timeline, first, members.spin_offs, "session", "child")
    decisions = _decisions(members, timeline, first)
    walk = _Walk(methodology, members, timeline, first)
    if resumed:
        # The basket of the state is held already.
        walk.riding = members.riding(timeline.sessions[first].item())
        walk.held = set(baskets.pop(first).securities) | walk.riding
    for session in sorted({*baskets, *leaving, *spun, *decisions}):
        walk.open(session)
        walk.leave(leaving.get(session, set()))
        if session in baskets:
            walk.take(baskets[session])
        walk.spin_off(spun.get(session, set()))
        if session in decisions:
            walk.obey(decisions[session])
        walk.close()
    return _changes(walk.changes), as_arrays(walk.rows, members.securities)


class _Walk:
    """Who is held while the effective sessions go by, and what each of them asks.

    Parameters
    ----------
    methodology : Methodology
    members : Membership
    timeline : Timeline
    first : int
        Position of the base session.

    Attributes
    ----------
    held : set of str
        Constituents, and children held beside their parents.
    riding : set of str
        Those children (R26).
    """

    def __init__(
        self, methodology: Methodology, members: Membership, timeline: Timeline, first: int
    ) -> None:
        self._methodology, self._timeline, self._first = methodology, timeline, first
        self._spin_offs = list(members.spin_offs.iter_rows(named=True))
        self.held: set[str] = set()
        self.riding: set[str] = set()
        self.rows: list[Asked] = []
        self.changes: list[_Change] = []

    def open(self, session: int) -> None:
        """Begin an effective session: nothing has changed yet."""
        self._session = session
        self._day: date = self._timeline.sessions[session].item()
        self._rules = self._methodology.on(self._day)
        # A child that was given away twice, with a basket in between: the last gift counts.
        self._terms = {row["child"]: row for row in self._spin_offs if row["session"] <= self._day}
        self._before = set(self.held)
        self._asked: list[Asked] = []
        self._caps, self._weighting_session = NONE, session - 1
        self._causes, self._keeps_level = 0, True

    def leave(self, gone: set[str]) -> None:
        """Let names go by an event."""
        gone &= self.held
        if gone:
            self._causes |= DELETION
            self._asked.append(Asked(self._session, sorted(gone), "drop"))
            self.held -= gone
            self.riding -= gone

    def take(self, basket: Basket) -> None:
        """Take a basket: a review renews every name, an interim change lets some join."""
        session, names = self._session, set(basket.securities)
        self._asked.append(Asked(session, sorted(self.held - names), "drop"))
        children = self.riding & names
        unpriced = {name for name in children if not self._has_closed(name)}
        if session == self._first or basket.kind == "review":
            self._causes |= REVIEW
            self._weighting_session = _weighting_session(
                self._rules, self._timeline, session, self._first
            )
            self._caps = caps_on(self._methodology, self._day)
            self._asked.append(renewing(self._rules, basket, session, unpriced))
        else:
            self._causes |= INTERIM
            leavers = self._before - names
            self._asked.append(joining(self._rules, basket, session, self.held, leavers))
            self._asked += settling(self._rules, basket, session, children - unpriced)
        self.held, self.riding = names, unpriced

    def spin_off(self, children: set[str]) -> None:
        """Hold children beside their parents (R26)."""
        own = sorted(name for name in children if self._terms[name]["parent"] in self.held)
        if own:
            self._causes |= SPIN_OFF
            ratios = np.array([self._terms[name]["ratio"] for name in own], np.float64)
            parents = [self._terms[name]["parent"] for name in own]
            self._asked.append(Asked(self._session, own, "spin_off", ratios, parents))
            self.held |= set(own)
            self.riding |= set(own)

    def obey(self, decided: _Decided) -> None:
        """Carry out explicit decisions (R34); one on a name not held is of other indices."""
        if decided.securities & self.held or not decided.keeps_level:
            self._causes |= DECISION
            self._keeps_level = decided.keeps_level
            self._asked += [one for one in decided.asked if set(one.securities) <= self.held]

    def close(self) -> None:
        """Note the session, if anything changed."""
        if self._causes:
            self.rows += self._asked
            self.changes.append(
                _Change(
                    session=self._session,
                    weighting_session=self._weighting_session,
                    caps=self._caps,
                    inherit_real_close=self._rules.weighting.inherit != "deletion_price",
                    keeps_level=self._keeps_level,
                    causes=self._causes,
                )
            )

    def _has_closed(self, child: str) -> bool:
        """Tell whether a child has had a close by the one before the session."""
        first = self._terms[child]["first_price"]
        return first is not None and bool(first < self._day)


def _on_sessions(
    timeline: Timeline, first: int, table: pl.DataFrame, day: str, column: str
) -> dict[int, set[str]]:
    """Return a column's names by the session on or after the day of their rows."""
    found: dict[int, set[str]] = {}
    sessions = _positions(timeline, table[day])
    for session, name in zip(sessions, table[column], strict=True):
        if first < session < len(timeline.sessions):
            found.setdefault(session, set()).add(name)
    return found


def _positions(timeline: Timeline, days: pl.Series) -> list[int]:
    written = days.to_numpy().astype("datetime64[D]")
    positions: list[int] = np.searchsorted(timeline.sessions, written).tolist()
    return positions


def _decisions(members: Membership, timeline: Timeline, first: int) -> dict[int, _Decided]:
    """Return the explicit decisions by the session they open."""
    found: dict[int, _Decided] = {}
    table = members.decisions
    if table.is_empty():
        return found
    eves = np.searchsorted(
        timeline.sessions, table["date"].to_numpy().astype("datetime64[D]"), side="right"
    )
    known = (eves > first) & (eves < len(timeline.sessions))
    eves, table = eves[known], table.filter(pl.Series(known, dtype=pl.Boolean))
    opened = pl.Series("session", timeline.sessions[eves], dtype=pl.Date)
    require_constituents(table.with_columns(opened), members.spans)
    rows = table.select("security", "decision", "value").iter_rows()
    for session, (security, decision, value) in zip(eves.tolist(), rows, strict=True):
        asked, securities, keeps_level = found.get(session, _Decided([], set(), keeps_level=True))
        if decision in _EXPLICIT:
            asked = [*asked, Asked(session, [security], _EXPLICIT[decision], value)]
        found[session] = _Decided(
            asked,
            securities | ({security} - {None}),
            keeps_level=keeps_level and decision != "pass_through",
        )
    return found


def _weighting_session(
    methodology: Methodology, timeline: Timeline, session: int, first: int
) -> int:
    """Return the session whose closes set weights: the base itself, or ``lag`` sessions before."""
    if session == first:
        return session
    lag = methodology.weighting.lag or 1
    if session < lag:
        raise MissingDataError(
            f"weighting.lag = {lag}: must be at most {session} for the basket effective "
            f"{timeline.sessions[session]}; sessions are known from {timeline.sessions[0]} on"
        )
    return session - lag


def _changes(rows: Iterable[_Change]) -> Changes:
    columns = list(zip(*rows, strict=True)) or [()] * len(_Change._fields)
    session, weighting_session, caps, inherit_real_close, keeps_level, causes = columns
    return Changes(
        session=np.array(session, np.uint32),
        weighting_session=np.array(weighting_session, np.uint32),
        caps=np.array(caps, np.uint32),
        inherit_real_close=np.array(inherit_real_close, np.bool_),
        keeps_level=np.array(keeps_level, np.bool_),
        causes=np.array(causes, np.uint32),
    )
