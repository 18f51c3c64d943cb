"""Opening reference prices 開盤參考價 from corporate actions (R62, R63)."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

from paasche import _core
from paasche._arrays import floats, number, shaped, together

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["reference_price"]


@overload
def reference_price(
    close: float,
    cash: float = ...,
    bonus: float = ...,
    rights: float = ...,
    rights_price: float = ...,
    split: float = ...,
    *,
    tick: float | None = ...,
) -> float: ...
@overload
def reference_price(
    close: ArrayLike,
    cash: ArrayLike = ...,
    bonus: ArrayLike = ...,
    rights: ArrayLike = ...,
    rights_price: ArrayLike = ...,
    split: ArrayLike = ...,
    *,
    tick: float | None = ...,
) -> NDArray[np.float64]: ...
def reference_price(
    close: ArrayLike,
    cash: ArrayLike = 0,
    bonus: ArrayLike = 0,
    rights: ArrayLike = 0,
    rights_price: ArrayLike = 0,
    split: ArrayLike = 1,
    *,
    tick: float | None = None,
) -> NDArray[np.float64] | float:
    """Return the reference prices of shares on their ex-dates (R62, R63).

    ``(close − cash + rights · rights_price) / ((1 + bonus + rights) · split)``, all per share held
    before. For a price index, which lets the dividend drop it, leave ``cash`` at 0. A rights price
    above the close raises the price.

    Parameters
    ----------
    close : array_like of shape (n,)
        Close of the session before, in quote currency. All arguments broadcast to any common shape.
    cash : array_like of shape (n,)
        Dividend before tax, in quote currency.
    bonus : array_like of shape (n,)
        New shares for nothing, per old share.
    rights : array_like of shape (n,)
        New shares offered, per old share.
    rights_price : array_like of shape (n,)
        Subscription price of one of them, in quote currency.
    split : array_like of shape (n,)
        Shares after per share before; 0.1 consolidates ten into one. It comes last.
    tick : float, optional
        Price step to round to, half up in decimals. Next to a tie the price is worked out exactly,
        from the inputs at 15 significant digits.

    Returns
    -------
    float64 array of shape (n,)
        Prices, not rounded without ``tick``; a float if all inputs are scalars.

    Raises
    ------
    InputError
        If ``close`` or ``split`` is not positive, another input is negative, one is NaN or
        infinite, ``cash`` is not below ``close``, or a price rounds to 0; it names the element in C
        order.

    Examples
    --------
    >>> reference_price(20, cash=0.5, bonus=0.3, rights=0.2, rights_price=12)
    14.6
    >>> reference_price([20, 19], rights=0.2, rights_price=12, tick=0.01)
    array([18.67, 17.83])
    """
    inputs = {
        "close": close,
        "cash": cash,
        "bonus": bonus,
        "rights": rights,
        "rights_price": rights_price,
        "split": split,
    }
    shape, columns = together({name: floats(value, name) for name, value in inputs.items()})
    step = None if tick is None else number(tick, "tick")
    prices = _core.reference_prices(int(np.prod(shape)), columns, step)
    return shaped(prices, shape)
