"""What a basket asks of Hold: the intents of its names, by weighting scheme."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from paasche._arrays import numbered
from paasche.calculation.arrays import NONE, VERBS, Intents, positions_of
from paasche.errors import Defect, InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from paasche.calculation.membership import Basket
    from paasche.methodology import Methodology

__all__ = [
    "HEIRS_ONLY",
    "VERB_OF",
    "Asked",
    "as_arrays",
    "joining",
    "renewing",
    "settling",
    "values_of",
]

VERB_OF = {
    "free_float": "factor",
    "total": "factor",
    "equal": "weight",
    "given": "weight",
    "price": "units",
}
"""What a review asks for each name of a scheme."""

_SHOWN = 3
"""Names that a message lists."""

HEIRS_ONLY = ("equal", "given")
"""Schemes in which a joiner between reviews must inherit: its weight has no other source."""


class Asked(NamedTuple):
    """Intents of one session and verb; ``related`` are leavers to inherit from, or parents."""

    session: int
    securities: list[str]
    verb: str
    values: NDArray[np.float64] | Sequence[float] | float = np.nan
    related: Sequence[str | None] | None = None


def renewing(methodology: Methodology, basket: Basket, session: int, riding: set[str]) -> Asked:
    """Return the intents of a review: every name anew, but children that have not traded yet."""
    kept = np.array([name not in riding for name in basket.securities], np.bool_)
    names = [name for name in basket.securities if name not in riding]
    values = values_of(methodology, basket)[kept]
    return Asked(session, names, VERB_OF[methodology.weighting.scheme], values)


def joining(
    methodology: Methodology, basket: Basket, session: int, stayers: set[str], leavers: set[str]
) -> Asked:
    """Return the intents of an interim change: those of its joiners."""
    joiners = [
        (name, replaces)
        for name, replaces in zip(basket.securities, basket.replaces, strict=True)
        if name not in stayers
    ]
    names = [name for name, _ in joiners]
    scheme = methodology.weighting.scheme
    if methodology.weighting.capped or scheme in HEIRS_ONLY:
        _check_heirs(basket, joiners, leavers)
        return Asked(session, names, "inherit", related=[replaces for _, replaces in joiners])
    return Asked(session, names, VERB_OF[scheme], 1.0)


def settling(
    methodology: Methodology, basket: Basket, session: int, children: Collection[str]
) -> list[Asked]:
    """Return the intents of children that a basket makes constituents of their own (R26).

    A capped index gives a child the weight of the parent it replaces, else the weight it is held
    at; an index made of weights keeps its units.
    """
    replaced = dict(zip(basket.securities, basket.replaces, strict=True))
    names = sorted(children)
    if not names or methodology.weighting.scheme in HEIRS_ONLY:
        return []
    if methodology.weighting.capped:
        heirs = [replaced[name] or name for name in names]
        return [Asked(session, names, "inherit", related=heirs)]
    return [Asked(session, names, VERB_OF[methodology.weighting.scheme], 1.0)]


def _check_heirs(
    basket: Basket, joiners: Sequence[tuple[str, str | None]], leavers: set[str]
) -> None:
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


def values_of(methodology: Methodology, basket: Basket) -> NDArray[np.float64]:
    """Return units, factor or weight of every name at a review."""
    count = len(basket.securities)
    scheme = methodology.weighting.scheme
    if scheme == "equal":
        return np.full(count, 1.0 / count)
    if scheme != "given":
        return np.ones(count)
    weights = basket.weights
    tolerance = methodology.rules_on(basket.effective).given_weight_tolerance
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


def as_arrays(rows: Sequence[Asked], names: Sequence[str]) -> Intents:
    """Return intents as the columns Hold reads; ``names`` are the columns of the panel."""
    counts = [len(row.securities) for row in rows]
    related = np.full(sum(counts), NONE, np.uint32)
    if any(row.related for row in rows):
        names_of = [row.related or [None] * len(row.securities) for row in rows]
        related = positions_of(chain.from_iterable(names_of), names)
    return Intents(
        session=np.repeat([row.session for row in rows], counts).astype(np.uint32),
        instrument=positions_of(chain.from_iterable(row.securities for row in rows), names),
        verb=np.repeat(numbered([row.verb for row in rows], "verb", VERBS), counts),
        value=np.concatenate(
            [np.broadcast_to(row.values, len(row.securities)) for row in rows] or [np.empty(0)]
        ).astype(np.float64),
        related=related,
    )
