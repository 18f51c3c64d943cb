"""Decide for many indices at once: their baskets become changes and intents, index after index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from paasche import _core
from paasche.calculation.arrays import DELETION, INTERIM, NONE, REVIEW, VERBS, Changes, Intents
from paasche.calculation.entries import VERB_OF, values_of
from paasche.calculation.membership import Basket
from paasche.errors import PaascheError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from paasche.calculation.many.profiles import Profile
    from paasche.calculation.many.rosters import Rosters
    from paasche.calculation.many.shared import Shared

__all__ = ["Decided", "decide_all"]

_INHERIT = VERBS.index("inherit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What is asked of some indices; rows from ``starts[k]`` to ``starts[k + 1]`` are of index k.

    Attributes
    ----------
    changes : Changes
    change_starts : int64 array of shape (n_indices + 1,)
    intents : Intents
        By session and instrument.
    intent_starts : int64 array of shape (n_indices + 1,)
    clear : bool array of shape (n_indices,)
        Whether nothing is asked of the index that :func:`paasche.calculate` would refuse.
    """

    changes: Changes
    change_starts: NDArray[np.int64]
    intents: Intents
    intent_starts: NDArray[np.int64]
    clear: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Baskets and what they ask, as the core reads them.

    Attributes
    ----------
    owner, session, review, verb, value : arrays of shape (n_baskets,)
        Index, effective session, and the terms.
    starts : int64 array of shape (n_baskets + 1,)
        Where the rows of each basket begin.
    security, values, replaces : arrays of shape (n_rows,)
        As in the rosters; figures and heirs only where some basket has its own.
    """

    owner: NDArray[np.int64]
    session: NDArray[np.uint32]
    review: NDArray[np.bool_]
    verb: NDArray[np.uint8]
    value: NDArray[np.float64]
    starts: NDArray[np.int64]
    security: NDArray[np.int32]
    values: NDArray[np.float64] | None
    replaces: NDArray[np.int32] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """What each basket asks by its kind and the rules of its day. All arrays: one a basket."""

    review: NDArray[np.bool_]
    lag: NDArray[np.int64]
    caps: NDArray[np.uint32]
    real_close: NDArray[np.bool_]
    verb: NDArray[np.uint8]
    value: NDArray[np.float64]


def decide_all(
    rosters: Rosters,
    profiles: Sequence[Profile],
    profile_of: NDArray[np.int64],
    shared: Shared,
    back: NDArray[np.int64],
) -> Decided:
    """Return changes and intents of some indices, as `decide` does for each of them alone.

    Parameters
    ----------
    rosters : Rosters
        Baskets of at least one index.
    profiles : sequence of Profile
    profile_of : int64 array of shape (n_indices,)
    shared : Shared
        Sessions and columns.
    back : int64 array of shape (n_indices,)
        First session that a calculation of the index alone would know.
    """
    sessions = shared.axis.sessions.astype(np.int32)
    session = np.searchsorted(sessions, rosters.effective).astype(np.uint32)
    met = sessions[np.minimum(session, len(sessions) - 1)] == rosters.effective
    based = session == shared.first
    terms = _terms(rosters, profiles, profile_of, based)
    lag = np.where(based, 0, np.where(terms.review, terms.lag, 1))
    clear = np.ones(len(rosters.whole), np.bool_)
    reachable = based | ~terms.review | (session - back[rosters.owner] >= lag)
    clear[rosters.owner[~(met & reachable)]] = False
    values, bad = _given(rosters, profiles, profile_of, terms)
    clear[rosters.owner[bad]] = False
    asked = _Asked(
        owner=rosters.owner,
        session=session,
        review=terms.review,
        verb=terms.verb,
        value=terms.value,
        starts=rosters.starts,
        security=rosters.security,
        values=values,
        replaces=np.ascontiguousarray(rosters.replaces) if _INHERIT in terms.verb else None,
    )
    rows = _core.basket_intents(asked, shared.column)
    clear[rosters.owner[rows.pop("refused")]] = False
    change_starts = np.searchsorted(rosters.owner, np.arange(len(clear) + 1))
    return Decided(
        changes=Changes(
            session=session,
            weighting_session=(session - lag).clip(0).astype(np.uint32),
            caps=np.where(terms.review, terms.caps, NONE).astype(np.uint32),
            inherit_real_close=terms.real_close,
            keeps_level=np.ones(len(session), np.bool_),
            causes=_causes(rosters, terms),
        ),
        change_starts=change_starts,
        intent_starts=rows.pop("starts")[change_starts],
        intents=Intents(**rows),
        clear=clear,
    )


def _causes(rosters: Rosters, terms: _Terms) -> NDArray[np.uint32]:
    """Return why each basket is there."""
    of_table = np.where(terms.review, REVIEW, np.where(rosters.staying, 0, INTERIM))
    return (of_table | np.where(rosters.loses, DELETION, 0)).astype(np.uint32)


def _terms(
    rosters: Rosters,
    profiles: Sequence[Profile],
    profile_of: NDArray[np.int64],
    based: NDArray[np.bool_],
) -> _Terms:
    """Return what each basket asks."""
    count = len(rosters.owner)
    lag = np.zeros(count, np.int64)
    caps = np.zeros(count, np.uint32)
    real_close, needs_heirs = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    verb = np.zeros(count, np.uint8)
    value = np.ones(count)
    review = based | ~rosters.interim
    which = profile_of[rosters.owner]
    names = np.diff(rosters.starts)
    for number, profile in enumerate(profiles):
        own = np.flatnonzero(which == number)
        version = profile.version(rosters.effective[own])
        lag[own], caps[own] = profile.lag[version], profile.caps[version]
        real_close[own] = profile.real_close[version]
        needs_heirs[own] = profile.needs_heirs[version]
        verb[own] = VERBS.index(VERB_OF[profile.scheme])
        if profile.scheme == "equal":
            value[own] = 1.0 / names[own]
    heirs = ~review & needs_heirs
    verb[heirs], value[heirs] = _INHERIT, np.nan
    return _Terms(review=review, lag=lag, caps=caps, real_close=real_close, verb=verb, value=value)


def _given(
    rosters: Rosters,
    profiles: Sequence[Profile],
    profile_of: NDArray[np.int64],
    terms: _Terms,
) -> tuple[NDArray[np.float64] | None, list[int]]:
    """Return the weight of each row where they are given, and the baskets that are refused."""
    number = [at for at, one in enumerate(profiles) if one.scheme == "given"]
    given = np.isin(profile_of[rosters.owner], number) & terms.review
    if not given.any():
        return None, []
    values = np.repeat(terms.value, np.diff(rosters.starts))
    bad = []
    for at in np.flatnonzero(given).tolist():
        own = slice(rosters.starts[at], rosters.starts[at + 1])
        basket = Basket(
            effective=rosters.effective[at].astype("datetime64[D]").item(),
            kind="review",
            securities=[""] * (own.stop - own.start),
            weights=rosters.weight[own],
            replaces=[],
        )
        try:
            values[own] = values_of(profiles[profile_of[rosters.owner[at]]].methodology, basket)
        except PaascheError:
            bad.append(at)
    return values, bad
