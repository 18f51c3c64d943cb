"""Levels: rounding for publication (R35), divisor correction (R50), total return (R48)."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, overload

from paasche import _core
from paasche._arrays import elementwise, floats, shaped
from paasche.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["adjust_divisor", "round_level", "total_return"]


@overload
def round_level(level: float, *, decimals: int = ...) -> float: ...
@overload
def round_level(level: ArrayLike, *, decimals: int = ...) -> NDArray[np.float64]: ...
def round_level(level: ArrayLike, *, decimals: int = 4) -> NDArray[np.float64] | float:
    """Round levels half up, ties away from zero, as they are published (R35).

    What is rounded is the shortest decimal that reads back as the same float64, not the binary
    number behind it: 1000.00005 becomes 1000.0001 although its float64 lies below the tie. Round on
    output only; a rounded level must not enter a calculation again.

    Parameters
    ----------
    level : array_like of shape (n,)
        Levels, of any shape and either sign.
    decimals : int
        Decimals kept, 0 to 15.

    Returns
    -------
    float64 array of shape (n,)
        The float64 nearest to each rounded decimal; a float for a scalar. Zero has no sign.

    Raises
    ------
    InputError
        If a level is NaN or infinite (naming its position in C order), or ``decimals`` is out of
        range.

    Examples
    --------
    >>> round_level(1000.00005)
    1000.0001
    >>> round_level([44.285714285714, -0.5], decimals=0)
    array([44., -1.])
    """
    array = floats(level, "level")
    try:
        digits = operator.index(decimals)
    except TypeError:
        raise InputError(f"decimals = {decimals!r}: must be a whole number") from None
    if digits < 0:
        raise InputError(f"decimals = {digits}: must be 0 or more")
    return shaped(_core.round_levels(array.reshape(-1), digits), array.shape)


@overload
def adjust_divisor(divisor: float, value_before: float, value_after: float) -> float: ...
@overload
def adjust_divisor(
    divisor: ArrayLike, value_before: ArrayLike, value_after: ArrayLike
) -> NDArray[np.float64]: ...
def adjust_divisor(
    divisor: ArrayLike, value_before: ArrayLike, value_after: ArrayLike
) -> NDArray[np.float64] | float:
    """Return the divisor after a change of the basket (除數修正法, R50).

    ``divisor · value_after / value_before``: with the new divisor, the new basket has the level of
    the old one. The ratio is taken first: where the value stays, so does every bit of the divisor.

    Parameters
    ----------
    divisor : array_like of shape (n,)
        Divisors before. All arguments broadcast to any common shape.
    value_before, value_after : array_like of shape (n,)
        Values of the old and the new basket, at the same closes and rates.

    Returns
    -------
    float64 array of shape (n,)
        Divisors after; a float if all inputs are scalars.

    Raises
    ------
    InputError
        If a number is not positive and finite, naming the element in C order.

    Examples
    --------
    >>> round(adjust_divisor(350_000, 365_500, 375_100), 6)
    359192.886457
    """
    inputs = {"divisor": divisor, "value_before": value_before, "value_after": value_after}
    return elementwise(_core.adjust_divisors, inputs)


@overload
def total_return(previous: float, value: float, opening_value: float) -> float: ...
@overload
def total_return(
    previous: ArrayLike, value: ArrayLike, opening_value: ArrayLike
) -> NDArray[np.float64]: ...
def total_return(
    previous: ArrayLike, value: ArrayLike, opening_value: ArrayLike
) -> NDArray[np.float64] | float:
    """Return total-return levels 全收益 one session on (R48).

    ``previous · value / opening_value``, dividends reinvested on the ex-date. The ratio is taken
    first: where nothing moves, the level keeps every bit.

    Parameters
    ----------
    previous : array_like of shape (n,)
        Levels of the session before, not rounded. All arguments broadcast to any common shape.
    value : array_like of shape (n,)
        Values of today's holdings at today's prices and rates.
    opening_value : array_like of shape (n,)
        Values of today's holdings at their opening reference prices, dividends taken off, and the
        rates of the session before.

    Returns
    -------
    float64 array of shape (n,)
        Levels, not rounded; a float if all inputs are scalars.

    Raises
    ------
    InputError
        If a number is not positive and finite, naming the element in C order.

    Examples
    --------
    >>> round_level(total_return(1044.285714285714, 374_400, 372_600))
    1049.3306
    """
    inputs = {"previous": previous, "value": value, "opening_value": opening_value}
    return elementwise(_core.total_returns, inputs)
