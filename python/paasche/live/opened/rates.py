"""Rates of the day: from quoted pairs to what the core converts with (R49)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["LiveRates"]

_LETTERS = 3
"""Letters of a currency code (ISO 4217; CNH apart)."""


@dataclass(slots=True)
class LiveRates:
    """Rates into each currency that indices are calculated in.

    Attributes
    ----------
    into : list of str
        Currencies that indices are calculated in.
    currencies : list of str
        Currencies of constituents and of levels.
    table : float64 array of shape (n_into, n_currencies)
        What one unit is worth; NaN where no index needs it.
    """

    into: list[str]
    currencies: list[str]
    table: NDArray[np.float64]
    _opening: NDArray[np.float64] = field(init=False)
    _direct: NDArray[np.bool_] = field(init=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._opening = self.table
        self._direct = np.zeros(self.table.shape, np.bool_)

    def is_told(self, pair: str) -> bool:
        """Tell whether a rate that the day needs is another than the one it opened with.

        Parameters
        ----------
        pair : str
            As ``HKDCNY``.
        """
        one, other = pair[:_LETTERS], pair[_LETTERS:]
        place = self.into.index(other), self.currencies.index(one)
        return bool(self._direct[place] or self.table[place] != self._opening[place])

    def quote(
        self,
        pairs: Sequence[str],
        rates: NDArray[np.float64],
        take: Callable[[NDArray[np.float64]], None],
    ) -> None:
        """Take quotes over, once ``take`` has the table after them.

        A direct pair stands before the inverse.
        """
        with self._lock:
            table, direct = self._quoted(pairs, rates)
            take(table)
            self.table, self._direct = table, direct

    def _quoted(
        self, pairs: Sequence[str], rates: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        if rates.shape != (len(pairs),):
            raise InputError(
                f"rates = array of shape {rates.shape}: must have {len(pairs)}, as pairs"
            )
        table, direct = self.table.copy(), self._direct.copy()
        for pair, rate in zip(pairs, rates.tolist(), strict=True):
            if len(pair) != 2 * _LETTERS:
                raise InputError(f"pairs = {pair!r}: must be two currency codes, such as HKDCNY")
            # The inverse must be one, too.
            if not (0.0 < rate < np.inf and 1.0 / rate < np.inf):
                raise InputError(f"rates = {rate} of {pair}: must be positive and finite")
            self._quote(table, direct, pair, rate)
        return table, direct

    def _quote(
        self, table: NDArray[np.float64], direct: NDArray[np.bool_], pair: str, rate: float
    ) -> None:
        one, other = pair[:_LETTERS], pair[_LETTERS:]
        if other in self.into and one in self.currencies:
            place = self.into.index(other), self.currencies.index(one)
            table[place], direct[place] = rate, True
        if one in self.into and other in self.currencies:
            place = self.into.index(one), self.currencies.index(other)
            if not direct[place]:
                table[place] = 1.0 / rate

    @property
    def size(self) -> int:
        """Number of bytes of a state."""
        return self.table.nbytes + self._direct.nbytes

    def state(self) -> bytes:
        """Return the rates as bytes."""
        return self.table.tobytes() + self._direct.tobytes()

    def restore(self, state: bytes, take: Callable[[], None]) -> None:
        """Go on from such bytes, once ``take`` has gone on from the rest of the state.

        Raises
        ------
        InputError
            A rate is not positive and finite; nothing is changed then.
        """
        shape = self.table.shape
        table = np.frombuffer(state[: self.table.nbytes], np.float64).reshape(shape)
        direct = np.frombuffer(state[self.table.nbytes :], np.bool_).reshape(shape)
        # What no index needs has no rate until one is told.
        odd = ~((table > 0) & (table < np.inf) | np.isnan(table) & np.isnan(self.table))
        if odd.any():
            raise InputError(f"state: rates must be positive and finite; one is {table[odd][0]}")
        take()
        self.table, self._direct = table.copy(), direct.copy()
