"""Orders as they can be kept: checked when they are told, not when their turn comes."""

from __future__ import annotations

import math
from typing import Any

from paasche._arrays import floats, vector
from paasche.errors import InputError
from paasche.live.kept.journal import Order

__all__ = ["checked_order"]


def checked_order(verb: str, arguments: dict[str, Any]) -> Order:
    """Return an order whose arguments are texts and lists.

    Parameters
    ----------
    verb : {"update_fx", "freeze", "resume"}
    arguments : dict

    Raises
    ------
    InputError
        There is no such verb, or its arguments are others.

    Examples
    --------
    >>> import numpy as np
    >>> checked_order("update_fx", {"pairs": ["HKDCNY"], "rates": np.array([0.92])}).arguments
    {'pairs': ['HKDCNY'], 'rates': [0.92]}
    """
    order = Order(verb, arguments)
    return Order(verb, _rates(arguments) if order.verb == "update_fx" else _halted(arguments))


def _rates(arguments: dict[str, Any]) -> dict[str, Any]:
    if set(arguments) != {"pairs", "rates"}:
        raise InputError(f"update_fx = {_names(arguments)}: must have pairs and rates")
    given = arguments["pairs"]
    pairs = [] if isinstance(given, str) else [*given]
    if isinstance(given, str) or not all(isinstance(pair, str) for pair in pairs):
        raise InputError(f"pairs = {given!r}: must be a list of texts, such as HKDCNY")
    rates = vector(floats(arguments["rates"], "rates"), "rates").tolist()
    if len(rates) != len(pairs):
        raise InputError(f"rates = {rates}: must have {len(pairs)}, as pairs")
    for pair, rate in zip(pairs, rates, strict=True):
        if not 0.0 < rate < math.inf:
            raise InputError(f"rates = {rate} of {pair}: must be positive and finite")
    return {"pairs": [str(pair) for pair in pairs], "rates": rates}


def _halted(arguments: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in arguments.items() if value is not None}
    if len(given) != 1 or not given.keys() <= {"security", "exchange"}:
        raise InputError(f"{_names(given)}: must be one of security, exchange")
    ((name, value),) = given.items()
    if not isinstance(value, str):
        raise InputError(f"{name} = {value!r}: must be a text")
    return {name: str(value)}


def _names(arguments: dict[str, Any]) -> str:
    return ", ".join(arguments) or "no argument"
