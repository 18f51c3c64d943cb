"""The columns that Hold, Value and Chain read.

Sessions and instruments are positions in a :class:`Panel`; dates are days since 1970-01-01
(``numpy.datetime64[D]`` as ``int32``). :func:`paasche.calculate` fills them from a market; a batch
job may fill them itself and call :func:`paasche.calculate_arrays`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from paasche._arrays import ACTION_KINDS, numbered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from paasche.methodology.tables import BandTable

__all__ = [
    "Actions",
    "Caps",
    "Changes",
    "Deletions",
    "Intents",
    "Origin",
    "Panel",
    "Rules",
    "Snapshots",
]

NONE = 0xFFFF_FFFF
"""No instrument."""

REVIEW, INTERIM, DELETION, EX_RIGHTS, SHARE_CHANGE, PRICE_WEIGHTED = 1, 2, 4, 8, 16, 32
SPIN_OFF, DECISION = 64, 128
"""Causes of a divisor change; a change may have several."""


VERBS = ("units", "factor", "weight", "inherit", "spin_off", "shares", "reweigh", "drop")
"""What an intent may ask, by number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Prices and rates of consecutive sessions.

    Attributes
    ----------
    days : int32 array of shape (n_sessions,)
        Session dates as days since 1970-01-01, ascending.
    instruments : list of str
        Ids in ascending byte order: the order of every sum.
    prices : float64 array of shape (n_sessions, n_instruments)
        Closes in quote currency. On the way into ``carry_prices`` NaN is no trade; afterwards it is
        the time before the first price.
    fx : float64 array of shape (n_sessions, n_currencies)
        Units of index currency for one unit of each currency.
    currency : uint32 array of shape (n_instruments,)
        Column of ``fx`` for each instrument.
    """

    days: NDArray[np.int32]
    instruments: list[str]
    prices: NDArray[np.float64]
    fx: NDArray[np.float64]
    currency: NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """Corporate actions, one row each, in any order (R62, R63).

    Attributes
    ----------
    instrument : uint32 array of shape (n,)
        Column of the panel.
    day : int32 array of shape (n,)
        Ex-date, moved to a session of the instrument's exchange.
    kind : uint8 array of shape (n,), or list of str
        Positions in ``ACTION_KINDS``, or the words themselves: ``cash``, ``bonus``, ``rights``,
        ``split``, ``spin_off``, or ``published`` (an opening reference price).
    amount : float64 array of shape (n,)
        Cash per share, ratio, value given away by a spin-off, or published price.
    price : float64 array of shape (n,)
        Subscription price of rights; 0 elsewhere.
    tax : float64 array of shape (n,)
        Withholding tax on cash, a fraction; 0 elsewhere.
    tick : float, optional
        Tick to which reference prices that are not published are rounded, half up (R63).
    """

    instrument: NDArray[np.uint32]
    day: NDArray[np.int32]
    kind: NDArray[np.uint8]
    amount: NDArray[np.float64]
    price: NDArray[np.float64]
    tax: NDArray[np.float64]
    tick: float | None = None

    def __post_init__(self) -> None:
        """Turn kinds that are given as words into their numbers."""
        object.__setattr__(self, "kind", numbered(self.kind, "kind", ACTION_KINDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshots:
    """Share snapshots, in any order (R53 to R57). All arrays have shape (n,).

    Attributes
    ----------
    instrument : uint32 array
        Column of the panel.
    effective, listing, due, basis : int32 arrays
        Listing date as written, listing session L, the session L + 2 of the exchange, and the day
        up to which ex-dates are contained.
    total, free_float : int64 arrays
        Shares of the listed class, and those that float freely; −1 where not stated.
    """

    instrument: NDArray[np.uint32]
    effective: NDArray[np.int32]
    listing: NDArray[np.int32]
    due: NDArray[np.int32]
    basis: NDArray[np.int32]
    total: NDArray[np.int64]
    free_float: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Effective sessions, ascending; the first is the base. All arrays have shape (n,).

    Attributes
    ----------
    session : uint32 array
        First session of the new holdings.
    weighting_session : uint32 array
        Session whose closes give capping values or weights.
    caps : uint32 array
        Position in ``Rules.caps`` of those that apply to the names with a ``factor`` intent;
        ``NONE`` where none do.
    inherit_real_close : bool array
        An heir takes the weight at the last real close, not at a deletion price (R32).
    keeps_level : bool array
        Whether the divisor keeps the level (R50); else the gap passes through (R34).
    causes : uint32 array
        Set of the causes ``REVIEW``, ``INTERIM``, ``DELETION``, ``SPIN_OFF``, ``DECISION``.
    """

    session: NDArray[np.uint32]
    weighting_session: NDArray[np.uint32]
    caps: NDArray[np.uint32]
    inherit_real_close: NDArray[np.bool_]
    keeps_level: NDArray[np.bool_]
    causes: NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intents:
    """What Decide asks for, in any order. All columns have length n.

    Attributes
    ----------
    session, instrument : uint32 arrays
        Effective session and column of the panel.
    verb : uint8 array, or list of str
        Positions in ``VERBS``, or the words themselves: ``units``, ``factor``, ``weight``,
        ``inherit``, ``spin_off``, ``shares``, ``reweigh`` or ``drop``.
    value : float64 array
        Units, factor, weight, shares of a child per share of its parent, or shares; NaN elsewhere.
    related : uint32 array
        The leaver whose weight is inherited (R32), or the parent of a spin-off; ``NONE`` elsewhere.
    """

    session: NDArray[np.uint32]
    instrument: NDArray[np.uint32]
    verb: NDArray[np.uint8]
    value: NDArray[np.float64]
    related: NDArray[np.uint32]

    def __post_init__(self) -> None:
        """Turn verbs that are given as words into their numbers."""
        object.__setattr__(self, "verb", numbered(self.verb, "verb", VERBS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletions:
    """Names that leave at a deletion price (R33), which the panel holds on the session before.

    Attributes
    ----------
    session, instrument : uint32 arrays of shape (n,)
        First session without the name, and its column of the panel.
    close, price : float64 arrays of shape (n,)
        The real close, and the deletion price that replaced it.
    """

    session: NDArray[np.uint32] = field(default_factory=lambda: np.empty(0, np.uint32))
    instrument: NDArray[np.uint32] = field(default_factory=lambda: np.empty(0, np.uint32))
    close: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    price: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Weight limits as fractions (R39, R40); see :func:`paasche.cap_weights`."""

    single: float | None = None
    top_five: float | None = None
    k: int = 5
    top_test: str = "initial"
    infeasible: str = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the weighting scheme responds to shares and events.

    Attributes
    ----------
    of_shares : bool
        Units are adjusted shares × weight factor; else they come from weights or by themselves.
    scales : bool
        Bonus, rights and split scale the units; else the divisor absorbs them (the Dow).
    base_value : float
        Value of the first basket of an index made of weights.
    change_thresholds : list of (int, float)
        Accumulated change of total shares that triggers an interim change (R53), and the day from
        which each is in force.
    bands : list of (int, BandTable)
        Free-float tables and the day from which each is in force; empty where float plays no part.
    caps : list of Caps
        Caps of a capped index, in the versions that its changes refer to.
    """

    of_shares: bool
    scales: bool
    base_value: float
    change_thresholds: list[tuple[int, float]]
    bands: list[tuple[int, BandTable]]
    caps: list[Caps] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a calculation starts.

    Attributes
    ----------
    session : int
        Position of the base session, or of the session of a stored state.
    base_level : float
        Level at which value and divisor are equal.
    price, total_return, net_total_return : float
        Levels on that session, unrounded.
    state : object, optional
        A stored state (``divisor`` and ``members``); then ``price`` follows from it.
    """

    session: int
    base_level: float
    price: float
    total_return: float
    net_total_return: float
    state: Any = None

    @property
    def divisor_per_value(self) -> float:
        """Divisor for one unit of value at the start: 1 at the base date."""
        return 1.0 if self.price == self.base_level else self.base_level / self.price


def positions_of(ids: Iterable[str | None], instruments: Sequence[str]) -> NDArray[np.uint32]:
    """Return the column of each id; ids that are not there are ``NONE``."""
    columns: dict[str | None, int] = {name: at for at, name in enumerate(instruments)}
    return np.array([columns.get(one, NONE) for one in ids], np.uint32)
