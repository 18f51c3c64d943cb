"""Decide: the membership of an index becomes intents – who gets which units, when and why.

One row (effective session, instrument, verb, value); Hold resolves them with prices and shares.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from paasche.calculation.arrays import (
    DELETION,
    INTERIM,
    REVIEW,
    Caps,
    Changes,
    Intents,
    Rules,
    positions_of,
)
from paasche.errors import Defect, InputError, MissingDataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from paasche.calculation.membership import Basket, Membership
    from paasche.calculation.sessions import Timeline
    from paasche.methodology import Methodology

__all__ = ["decide", "rules_of"]


class _Intents(NamedTuple):
    """Intents of one session and verb; ``related`` are the leavers whose weight is inherited."""

    session: int
    securities: list[str]
    verb: str
    values: NDArray[np.float64] | float = np.nan
    related: list[str | None] | None = None


class _Change(NamedTuple):
    """One effective session."""

    session: int
    weighting_session: int
    capped: bool
    causes: int


_VERBS = {
    "free_float": "factor",
    "total": "factor",
    "equal": "weight",
    "given": "weight",
    "price": "units",
}
"""What a review asks for each name of a scheme."""

_SHOWN = 3
"""Names that a message lists."""

_HEIRS_ONLY = ("equal", "given")
"""Schemes in which a joiner between reviews must inherit: its weight has no other source."""


def rules_of(methodology: Methodology, base: date) -> Rules:
    """Return the scheme's share response."""
    weighting = methodology.weighting
    caps = weighting.caps
    bands = weighting.free_float_bands
    dated: list[tuple[date, date]] = []
    if isinstance(bands, str):
        dated = [(base, base)]
    elif bands is not None:
        dated = [(row.since, max(row.since, base)) for row in bands]
    rules = methodology.shares.rules_on(base)
    return Rules(
        of_shares=weighting.uses_shares,
        scales=weighting.scales,
        inherit_real_close=weighting.inherit != "deletion_price",
        base_value=methodology.index.base_level,
        change_threshold=float(rules.change_threshold),
        bands=[(_number(since), weighting.bands_on(on)) for since, on in dated],
        caps=None
        if caps is None
        else Caps(
            single=caps.single,
            top_five=caps.top_five,
            top_test=caps.top_test,
            infeasible=caps.infeasible,
        ),
    )


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int32))


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
        Baskets and delistings.
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
    names = members.securities
    held: set[str] = set()
    baskets = {
        timeline.position(one.effective, "constituents effective"): one for one in members.baskets
    }
    leaving = _leaving(members, timeline, first)
    rows: list[_Intents] = []
    changes: list[_Change] = []
    if resumed:
        # The basket of the state is held already.
        held = set(baskets.pop(first).securities)
    for session in sorted({*baskets, *leaving}):
        basket, gone = baskets.get(session), leaving.get(session, set()) & held
        if basket is None and not gone:
            continue
        causes = DELETION if gone else 0
        capped, weighting_session = False, session - 1
        intents = [_Intents(session, sorted(gone), "drop")]
        before, held = held, held - gone
        if basket is not None:
            renews = session == first or basket.kind == "review"
            causes |= REVIEW if renews else INTERIM
            capped = renews and methodology.weighting.capped
            if renews:
                weighting_session = _weighting_session(methodology, timeline, session, first)
            names_now = set(basket.securities)
            intents.append(_Intents(session, sorted(held - names_now), "drop"))
            entries = _entries(
                methodology,
                basket,
                session,
                renews=renews,
                stayers=held,
                leavers=before - names_now,
            )
            intents.append(entries)
            held = names_now
        rows += intents
        changes.append(_Change(session, weighting_session, capped, causes))
    return _changes(changes), _intents(rows, names)


def _leaving(members: Membership, timeline: Timeline, first: int) -> dict[int, set[str]]:
    """Return who is delisted on which session."""
    leaving: dict[int, set[str]] = {}
    days = members.delistings["session"].to_numpy().astype("datetime64[D]")
    sessions = np.searchsorted(timeline.sessions, days)
    for session, security in zip(sessions.tolist(), members.delistings["security"], strict=True):
        if first < session < len(timeline.sessions):
            leaving.setdefault(session, set()).add(security)
    return leaving


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


def _entries(
    methodology: Methodology,
    basket: Basket,
    session: int,
    *,
    renews: bool,
    stayers: set[str],
    leavers: set[str],
) -> _Intents:
    """Return the intents of a basket: every name at a review, the joiners at an interim change."""
    scheme = methodology.weighting.scheme
    if renews:
        return _Intents(session, basket.securities, _VERBS[scheme], _values(methodology, basket))
    joiners = [
        (name, replaces)
        for name, replaces in zip(basket.securities, basket.replaces, strict=True)
        if name not in stayers
    ]
    names = [name for name, _ in joiners]
    if methodology.weighting.capped or scheme in _HEIRS_ONLY:
        _check_heirs(basket, joiners, leavers)
        related = [replaces for _, replaces in joiners]
        return _Intents(session, names, "inherit", related=related)
    return _Intents(session, names, _VERBS[scheme], 1.0)


def _check_heirs(basket: Basket, joiners: list[tuple[str, str | None]], leavers: set[str]) -> None:
    """Refuse joiners that do not each replace a leaver of their own (R32)."""
    defects = []
    heirs: set[str] = set()
    for name, replaces in joiners:
        if replaces is None:
            expected = 'must name the leaver whose closing weight is inherited, or be kind "review"'
        elif replaces not in leavers:
            expected = "must be a constituent that leaves on that session"
        elif replaces in heirs:
            expected = "must be replaced once, as a weight is inherited once (R32)"
        else:
            heirs.add(replaces)
            continue
        value = f"{replaces or 'null'} for {name} effective {basket.effective}"
        defects.append(
            Defect(place="constituents", column="replaces", value=value, expected=expected)
        )
    if defects:
        raise InputError("constituents: joiners must each replace a leaver (R32)", defects)


def _values(methodology: Methodology, basket: Basket) -> NDArray[np.float64]:
    """Return units, factor or weight of every name at a review."""
    count = len(basket.securities)
    scheme = methodology.weighting.scheme
    if scheme == "equal":
        return np.full(count, 1.0 / count)
    if scheme != "given":
        return np.ones(count)
    weights = basket.weights
    tolerance = methodology.shares.rules_on(basket.effective).given_weight_tolerance
    absent = [basket.securities[at] for at in np.flatnonzero(np.isnan(weights))]
    if absent:
        raise InputError(
            f"constituents weight = null for {', '.join(absent[:_SHOWN])}"
            f"{' …' if len(absent) > _SHOWN else ''} effective {basket.effective}: must be given "
            'for every name with scheme = "given"; add it, or take another scheme'
        )
    # A bound is tested on the decimals as they are written.
    total = sum((Decimal(repr(weight)) for weight in weights.tolist()), Decimal(0))
    if abs(total - 1) > tolerance:
        raise InputError(
            f"constituents weight = {total} in sum, effective {basket.effective}: must sum to 1 "
            f"within {tolerance:.1%}; correct the weights, fractions as 0.01 for one percent"
        )
    return weights / float(total)


def _changes(rows: Sequence[_Change]) -> Changes:
    return Changes(
        session=np.array([row.session for row in rows], np.uint32),
        weighting_session=np.array([row.weighting_session for row in rows], np.uint32),
        capped=np.array([row.capped for row in rows], np.bool_),
        keeps_level=np.ones(len(rows), np.bool_),
        causes=np.array([row.causes for row in rows], np.uint32),
    )


def _intents(rows: Sequence[_Intents], names: list[str]) -> Intents:
    counts = [len(row.securities) for row in rows]
    leavers = [row.related or [None] * len(row.securities) for row in rows]
    return Intents(
        session=np.repeat([row.session for row in rows], counts).astype(np.uint32),
        instrument=positions_of(list(chain.from_iterable(row.securities for row in rows)), names),
        verb=list(chain.from_iterable([row.verb] * len(row.securities) for row in rows)),
        value=np.concatenate(
            [np.broadcast_to(row.values, len(row.securities)) for row in rows] or [np.empty(0)]
        ),
        related=positions_of(list(chain.from_iterable(leavers)), names),
    )
