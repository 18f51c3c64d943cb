"""Caps to weights, in fractions (R39, R40, part B).

The one tolerance of the rules, eps = 1e-12, is kept; everything else is exact.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from oracle.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    Values = Mapping[str, Fraction]
    Weights = dict[str, Fraction]

EPS = Fraction(1, 10**12)
TOP = 5


def cap(values: Values, limit: Fraction, total: Fraction = Fraction(1)) -> Weights:
    """Single cap X by the rounds of B.1: what exceeds is set to the cap, the rest is pro rata."""
    if not 0 < limit <= 1:
        raise Refusal("infeasible", f"cap {float(limit)} is not in (0, 1]")
    alive = {name for name, value in values.items() if value > 0}
    if len(alive) * limit < total - EPS:
        raise Refusal("infeasible", f"{len(alive)} names at {float(limit)} < {float(total)}")
    frozen: set[str] = set()
    while True:
        rest = total - limit * len(frozen)
        free = alive - frozen
        mass = sum((values[name] for name in free), Fraction(0))
        weights = dict.fromkeys(values, Fraction(0))
        weights |= dict.fromkeys(frozen, limit)
        weights |= {name: rest * values[name] / mass for name in free}
        over = {name for name in free if weights[name] > limit + EPS}
        if not over:
            return weights
        frozen |= over
        if frozen == alive:
            return weights | dict.fromkeys(alive, limit)


def cap_with_top_five(
    values: Values,
    limit: Fraction,
    top_limit: Fraction,
    *,
    top_test: str = "initial",
    infeasible: str = "error",
) -> Weights:
    """Single cap X and top-five cap Y (B.2), with its remedy `lift_fifth`."""
    if not 0 < top_limit <= 1:
        raise Refusal("infeasible", f"top-five cap {float(top_limit)} is not in (0, 1]")
    order = sorted(values, key=lambda name: (-values[name], name))
    top, others = order[:TOP], order[TOP:]
    if limit * TOP < top_limit:
        return cap(values, limit)
    tested = values if top_test == "initial" else cap(values, limit)
    if sum(tested[name] for name in top) / sum(tested.values()) <= top_limit + EPS:
        return cap(values, limit)
    top_values = {name: values[name] for name in top}
    other_values = {name: values[name] for name in others}
    top_weights = cap(top_values, limit, top_limit)
    fifth = min(top_weights.values())
    alive = sum(value > 0 for value in other_values.values())
    if alive * fifth < 1 - top_limit - EPS and infeasible == "lift_fifth":
        return _lift_fifth(values, top, others, limit, top_limit)
    return top_weights | cap(other_values, fifth, 1 - top_limit)


def _lift_fifth(
    values: Values, top: list[str], others: list[str], limit: Fraction, top_limit: Fraction
) -> Weights:
    """Every other name gets c* = (1 − Y)/(n₊ − K), the top five clamp(λ·m, c*, X) with sum Y."""
    alive = [name for name in others if values[name] > 0]
    if not alive:
        raise Refusal("infeasible", "no names besides the top five")
    floor = (1 - top_limit) / len(alive)
    if TOP * floor > top_limit:
        raise Refusal("infeasible", f"five names at {float(floor)} exceed {float(top_limit)}")
    weights = dict.fromkeys(others, Fraction(0)) | dict.fromkeys(alive, floor)
    return weights | _clamped(values, top, floor, limit, top_limit)


def _clamped(
    values: Values, names: list[str], low: Fraction, high: Fraction, total: Fraction
) -> Weights:
    """Solve Σ clamp(λ·m, low, high) = total.

    The sum grows with λ and is straight between the corners, where a name meets one of its bounds.
    """

    def weights_at(scale: Fraction) -> Weights:
        return {name: min(max(scale * values[name], low), high) for name in names}

    corners = sorted({bound / values[name] for name in names for bound in (low, high)})
    for left, right in pairwise(corners):
        below, above = (sum(weights_at(corner).values()) for corner in (left, right))
        if below <= total <= above:
            if above == below:
                return weights_at(left)
            return weights_at(left + (right - left) * (total - below) / (above - below))
    # One corner only, or the sum sits on the flat part outside the corners.
    for corner in (corners[0], corners[-1]):
        if sum(weights_at(corner).values()) == total:
            return weights_at(corner)
    raise Refusal("infeasible", "top five cannot be lifted")


def capped_weights(
    values: Values,
    single: Fraction | None,
    top_five: Fraction | None,
    *,
    top_test: str = "initial",
    infeasible: str = "error",
) -> Weights:
    """Weights under the caps given; `top_five_cap` without `single_cap` means X = 1 (D4)."""
    limit = Fraction(1) if single is None else single
    if top_five is None:
        return cap(values, limit)
    return cap_with_top_five(values, limit, top_five, top_test=top_test, infeasible=infeasible)


def weight_factors(values: Values, weights: Weights) -> Weights:
    """k ∝ weight / value, the largest 1 (R38)."""
    raw = {name: weights[name] / value for name, value in values.items() if value > 0}
    largest = max(raw.values())
    return {name: factor / largest for name, factor in raw.items()}
