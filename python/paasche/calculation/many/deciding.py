"""Decide for many indices at once: their baskets become changes and intents, index after index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from paasche.calculation.arrays import DELETION, INTERIM, NONE, REVIEW, VERBS, Changes, Intents
from paasche.calculation.entries import VERB_OF, values_of
from paasche.calculation.membership import Basket
from paasche.errors import PaascheError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from paasche.calculation.many.profiles import Profile
    from paasche.calculation.many.rosters import Rosters
    from paasche.calculation.many.shared import Shared

__all__ = ["Decided", "decide_all"]

_CELLS = 1 << 26
"""Baskets times instruments that are looked at in one go."""

_CELLS_OF_BUDGET = 16
"""As many where memory has a budget: one in so many of its bytes."""

_DROP, _INHERIT = VERBS.index("drop"), VERBS.index("inherit")


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


@dataclass(slots=True)
class _Rows:
    """Intents of some baskets, and owners whose heirs are not in order."""

    basket: NDArray[np.int64]
    instrument: NDArray[np.int64]
    verb: NDArray[np.uint8]
    value: NDArray[np.float64]
    related: NDArray[np.uint32]
    refused: NDArray[np.int64]


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
    session = np.searchsorted(sessions, rosters.effective)
    met = sessions[np.minimum(session, len(sessions) - 1)] == rosters.effective
    based = session == shared.first
    terms = _terms(rosters, profiles, profile_of, based)
    lag = np.where(based, 0, np.where(terms.review, terms.lag, 1))
    clear = np.ones(len(rosters.whole), np.bool_)
    reachable = based | ~terms.review | (session - back[rosters.owner] >= lag)
    clear[rosters.owner[~(met & reachable)]] = False
    values, bad = _given(rosters, profiles, profile_of, terms)
    clear[rosters.owner[bad]] = False
    pieces = list(_in_pieces(rosters, shared, terms, values))
    for piece in pieces:
        clear[piece.refused] = False
    basket = np.concatenate([one.basket for one in pieces])
    counts = np.bincount(rosters.owner[basket], minlength=len(clear))
    return Decided(
        changes=Changes(
            session=session.astype(np.uint32),
            weighting_session=(session - lag).clip(0).astype(np.uint32),
            caps=np.where(terms.review, terms.caps, NONE).astype(np.uint32),
            inherit_real_close=terms.real_close,
            keeps_level=np.ones(len(session), np.bool_),
            causes=_causes(rosters, terms),
        ),
        change_starts=_starts(np.bincount(rosters.owner, minlength=len(clear))),
        intents=Intents(
            session=session.astype(np.uint32)[basket],
            instrument=np.concatenate([one.instrument for one in pieces]).astype(np.uint32),
            verb=np.concatenate([one.verb for one in pieces]),
            value=np.concatenate([one.value for one in pieces]),
            related=np.concatenate([one.related for one in pieces]),
        ),
        intent_starts=_starts(counts),
        clear=clear,
    )


def _causes(rosters: Rosters, terms: _Terms) -> NDArray[np.uint32]:
    """Return why each basket is there."""
    of_table = np.where(terms.review, REVIEW, np.where(rosters.staying, 0, INTERIM))
    return (of_table | np.where(rosters.loses, DELETION, 0)).astype(np.uint32)


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


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


def _in_pieces(
    rosters: Rosters, shared: Shared, terms: _Terms, values: NDArray[np.float64] | None
) -> Iterator[_Rows]:
    """Yield the intents of some baskets after another, whole indices each."""
    width, owner = len(shared.panel.instruments), rosters.owner
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    cells = _CELLS if shared.mapped is None else shared.mapped.budget // _CELLS_OF_BUDGET
    most = max(cells // max(width, 1), 1)
    first = 0
    for begin, end in zip(begins, [*begins[1:], len(owner)], strict=True):
        if end - first > most and begin > first:
            yield _intents(rosters, shared, terms, values, slice(first, int(begin)))
            first = int(begin)
    yield _intents(rosters, shared, terms, values, slice(first, len(owner)))


def _intents(
    rosters: Rosters,
    shared: Shared,
    terms: _Terms,
    values: NDArray[np.float64] | None,
    own: slice,
) -> _Rows:
    """Return the intents of a range of baskets, by basket and instrument."""
    width = len(shared.panel.instruments)
    rows = slice(rosters.starts[own.start], rosters.starts[own.stop])
    counts = np.diff(rosters.starts[own.start : own.stop + 1])
    of_row = np.repeat(np.arange(len(counts)), counts)
    cell = of_row * width + shared.column[rosters.security[rows]]
    now = np.zeros((len(counts), width), np.bool_)
    now.ravel()[cell] = True
    before = np.zeros_like(now)
    before[1:] = now[:-1]
    before[np.flatnonzero(np.diff(rosters.owner[own], prepend=-1))] = False
    asked = now & (terms.review[own][:, None] | ~before)
    is_asked = asked.ravel()[cell]
    asked |= before & ~now
    at = np.flatnonzero(asked)
    basket = at // width
    held = now.ravel()[at]
    verb = np.where(held, terms.verb[own][basket], _DROP).astype(np.uint8)
    value = np.where(held, terms.value[own][basket], np.nan)
    if values is not None:
        given = values[rows][is_asked]
        value[held] = np.where(verb[held] == _INHERIT, np.nan, given)
    related = np.full(len(at), NONE, np.uint32)
    refused = np.empty(0, np.int64)
    if (verb == _INHERIT).any():
        heirs = is_asked & (terms.verb[own][of_row] == _INHERIT)
        replaces = rosters.replaces[rows][heirs]
        leaver = np.where(replaces < 0, -1, shared.column[replaces])
        place = of_row[heirs] * width + leaver
        leaves = (leaver >= 0) & before.ravel()[place.clip(0)] & ~now.ravel()[place.clip(0)]
        _, first_of, times = np.unique(place, return_index=True, return_counts=True)
        twice = np.zeros(len(place), np.bool_)
        twice[first_of] = times > 1
        refused = rosters.owner[own][of_row[heirs][~leaves | twice]]
        related[verb == _INHERIT] = np.where(leaver < 0, NONE, leaver)
    return _Rows(
        basket=basket + own.start,
        instrument=at % width,
        verb=verb,
        value=value,
        related=related,
        refused=refused,
    )
