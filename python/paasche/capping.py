"""Capping: adjusted market values to target weights (R39, R40), weights to weight factors (R38)."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from paasche import _core
from paasche._arrays import counts, floats, number, ranks, vector
from paasche.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["cap_weights", "cap_weights_batch", "weight_factors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """Limits as the core reads them."""

    single: float | None
    top_five: float | None
    k: int
    top_test: str
    infeasible: str


def cap_weights(
    values: ArrayLike,
    single: float | None = None,
    top_five: float | None = None,
    *,
    k: int = 5,
    top_test: Literal["initial", "after_single_cap"] = "initial",
    infeasible: Literal["error", "lift_fifth"] = "error",
    codes: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Return the weights of a basket under a single cap X (R39) and a top-five cap Y (R40).

    Weights start proportional to the values. One above X becomes X, and the others share the rest
    in proportion, until none is above. With Y, the five largest share Y where their initial weights
    exceed it, and the others share 1 − Y with none above the fifth.

    Parameters
    ----------
    values : array_like of shape (n,)
        Adjusted market values in one currency, 0 or more. The last bits of the weights depend on
        the order of the values: pass them in a fixed one.
    single : float, optional
        X, a fraction in (0, 1]. None is the same as 1.
    top_five : float, optional
        Y, a fraction in (0, 1].
    k : int
        How many names are under ``top_five``.
    top_test : {"initial", "after_single_cap"}
        Whether initial weights or those after the single cap decide if ``top_five`` binds.
    infeasible : {"error", "lift_fifth"}
        What to do where the names below the fifth cannot take up 1 − Y: refuse, or lift the last of
        the five to the weight c* = (1 − Y) / (names below), which all names below get.
    codes : array_like of str of shape (n,), optional
        Decide ties for the fifth place, in byte order; without them, and between equal codes, the
        position does.

    Returns
    -------
    float64 array of shape (n,)
        Weights, which sum to 1. A capped name has exactly X, a name without value 0.

    Raises
    ------
    InputError
        If a value is negative, NaN or infinite (naming its position), none is positive, or an
        option is outside its domain.
    InfeasibleRuleError
        If no weights keep the caps; it names the smallest feasible cap.

    Examples
    --------
    >>> cap_weights([50, 20, 10, 5, 5, 2, 2, 2, 2, 1, 1], single=0.20).round(4).tolist()
    [0.2, 0.2, 0.2, 0.1, 0.1, 0.04, 0.04, 0.04, 0.04, 0.02, 0.02]
    """
    array = vector(floats(values, "values"), "values")
    limits = _limits(single, top_five, k, top_test, infeasible)
    return _core.cap_weights(array, ranks(codes, len(array)), limits)


def cap_weights_batch(
    values: ArrayLike,
    offsets: ArrayLike,
    single: float | None = None,
    top_five: float | None = None,
    *,
    k: int = 5,
    top_test: Literal["initial", "after_single_cap"] = "initial",
    infeasible: Literal["error", "lift_fifth"] = "error",
    codes: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Return the weights of many baskets under the same caps (R39, R40).

    The baskets run on all cores, and each has the bits that :func:`cap_weights` gives it.

    Parameters
    ----------
    values : array_like of shape (n,)
        Adjusted market values of all baskets, laid end to end.
    offsets : array_like of int of shape (baskets + 1,)
        Basket i is ``values[offsets[i]:offsets[i + 1]]``; from 0 to n, ascending.
    single, top_five, k, top_test, infeasible
        As for :func:`cap_weights`.
    codes : array_like of str of shape (n,), optional
        As for :func:`cap_weights`, laid end to end.

    Returns
    -------
    float64 array of shape (n,)
        Weights, which sum to 1 in each basket.

    Raises
    ------
    InputError
        As :func:`cap_weights`; a basket is named, and a position counts inside it. Also if
        ``offsets`` does not ascend from 0 to n.
    InfeasibleRuleError
        As :func:`cap_weights`, for the first basket that allows no weights.

    Examples
    --------
    >>> cap_weights_batch([3, 1, 6, 2, 1, 1], [0, 2, 6], single=0.5).round(4).tolist()
    [0.5, 0.5, 0.5, 0.25, 0.125, 0.125]
    """
    array = vector(floats(values, "values"), "values")
    bounds = vector(counts(offsets, "offsets"), "offsets")
    limits = _limits(single, top_five, k, top_test, infeasible)
    return _core.cap_weights_batch(array, bounds, ranks(codes, len(array)), limits)


def weight_factors(values: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Return the weight factors 權因子 k that turn values into weights (R38).

    ``values · k`` is proportional to ``weights`` and the largest k is exactly 1. Ratios of weight
    to value that differ by rounding only count as one, so a name that no cap touched has 1.

    Parameters
    ----------
    values : array_like of shape (n,)
        Adjusted market values in one currency.
    weights : array_like of shape (n,)
        Weights, in any unit. 0 where the value is 0, and only there.

    Returns
    -------
    float64 array of shape (n,)
        Factors in (0, 1]; 1 for a name without value.

    Raises
    ------
    InputError
        If the lengths differ, a number is negative, NaN or infinite, a value has no weight or a
        weight no value (naming the position), or no value is positive.

    Examples
    --------
    >>> values = [60, 20, 10, 10]
    >>> weight_factors(values, cap_weights(values, single=0.5)).round(4).tolist()
    [0.6667, 1.0, 1.0, 1.0]
    """
    return _core.weight_factors(
        vector(floats(values, "values"), "values"), vector(floats(weights, "weights"), "weights")
    )


def _limits(
    single: float | None, top_five: float | None, k: int, top_test: str, infeasible: str
) -> _Limits:
    try:
        names = operator.index(k)
    except TypeError:
        raise InputError(f"k = {k!r}: must be a whole number") from None
    if names < 1:
        raise InputError(f"k = {names}: must be at least 1")
    return _Limits(
        single=None if single is None else number(single, "single"),
        top_five=None if top_five is None else number(top_five, "top_five"),
        k=names,
        top_test=top_test,
        infeasible=infeasible,
    )
