"""Price steps of the exchanges: a simulated trade stands on one."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from paasche.errors import MissingDataError

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

__all__ = ["TickSizes", "tick_sizes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TickSizes:
    """Price steps of an exchange, by price.

    Attributes
    ----------
    uppers : tuple of float
        Where each step ends and the next begins.
    steps : tuple of decimal.Decimal
        One more than there are ends.
    """

    uppers: tuple[float, ...]
    steps: tuple[Decimal, ...]

    def bid_or_ask(
        self, prices: NDArray[np.float64], ask: NDArray[np.integer]
    ) -> NDArray[np.float64]:
        """Return the prices moved to a step: the one below, or the one above it.

        Parameters
        ----------
        prices : float64 array of shape (n,)
            Positive.
        ask : int array of shape (n,)
            0 for the step below, 1 for the one above.

        Returns
        -------
        float64 array of shape (n,)
            Multiples of the step as decimals are written; at least one step.

        Examples
        --------
        >>> import datetime as dt
        >>> sizes = tick_sizes("XHKG", "HKD", dt.date(2024, 6, 14))
        >>> sizes.bid_or_ask(np.array([0.2534, 12.345, 381.27]), np.array([0, 1, 1]))
        array([2.500e-01, 1.236e+01, 3.814e+02])
        """
        ratios = np.array([step.as_integer_ratio() for step in self.steps], dtype=np.float64)
        band: Any = np.searchsorted(self.uppers, prices, side="right") if self.uppers else 0
        numerator, denominator = ratios[band].T
        steps = np.floor(prices * denominator / numerator) + ask
        # Whole numbers divided once: the double next to the decimal.
        return np.asarray(np.maximum(steps, 1.0) * numerator / denominator)


def tick_sizes(exchange: str, currency: str, date: dt.date) -> TickSizes:
    """Return the price steps of an exchange for a quote currency on a date.

    Raises
    ------
    MissingDataError
        If none are known.

    Examples
    --------
    >>> import datetime as dt
    >>> tick_sizes("XSHG", "CNY", dt.date(2024, 6, 14)).steps
    (Decimal('0.01'),)
    """
    counting = [
        entry
        for entry in _entries()
        if exchange in entry["exchange"] and currency in entry["currency"] and entry["from"] <= date
    ]
    if not counting:
        raise MissingDataError(
            f"{exchange}: no price steps are known for prices in {currency} on {date}; "
            "leave such securities out"
        )
    return TickSizes(
        uppers=tuple(float(upper) for upper in counting[-1]["uppers"]),
        steps=tuple(counting[-1]["steps"]),
    )


@functools.cache
def _entries() -> list[dict[str, Any]]:
    text = (files("paasche.live.simulated") / "tick_sizes.toml").read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = tomllib.loads(text, parse_float=Decimal)["entries"]
    return entries
