"""What every group of indices asks of a market, worked out once while a calculation lasts."""

from __future__ import annotations

from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl

from paasche.calculation.many.register import Register
from paasche.calculation.many.rosters import OPEN
from paasche.calculation.many.shared import share
from paasche.errors import PaascheError
from paasche.market.in_force import in_force
from paasche.market.vocabulary import EXITS
from paasche.review.interim.exits import exits_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from paasche.calculation.many.groups import Group
    from paasche.calculation.many.shared import Shared
    from paasche.market import Market

__all__ = ["Facts", "facts_of", "forget"]

_KEPT = 4
"""Groups of different settings whose shared work is kept."""


class Facts:
    """A market as arrays by position among its identifiers, and what groups have shared before.

    Parameters
    ----------
    market : Market

    Attributes
    ----------
    register : Register
        The table ``constituents``.
    exits : polars.DataFrame
        How securities end, each once.
    leaves : int32 array of shape (n_ids,)
        First day without each security; ``OPEN`` where it stays.
    """

    def __init__(self, market: Market) -> None:
        self._tables = {
            name: market[name] for name in ("securities", "corporate_actions", "listings")
        }
        self._ids = market.ids
        self._shared: dict[Hashable, Shared | None] = {}
        self._lock = RLock()
        self.register = Register(market)
        self._rolled = True
        try:
            self.exits = exits_of(market, self._ids)
        except PaascheError:
            # An exchange without a calendar: whoever holds such a name is told by itself.
            self._rolled, self.exits = False, exits_of(market, self._ids.clear())
        self.leaves = np.full(len(self._ids), OPEN, np.int32)
        gone = self.exits["security"].cast(pl.Enum(self._ids)).to_physical().to_numpy()
        self.leaves[gone] = self.exits["session"].to_physical().to_numpy()

    @cached_property
    def apart(self) -> NDArray[np.bool_]:
        """Securities that no group holds.

        They end at a price or for shares of another, spin off another, or change exchange.
        """
        of_one = pl.col("price").is_not_null() | (
            (pl.col("kind") == "merger") & (pl.col("ratio") > 0) & pl.col("related").is_not_null()
        )
        of_one |= pl.lit(value=not self._rolled)
        own_way = (pl.col("kind").is_in(EXITS) & of_one) | (pl.col("kind") == "spin_off")
        rows = in_force(self._tables["corporate_actions"]).filter(own_way)
        moved = self._tables["listings"]["security"]
        return self._ids.is_in(pl.concat([rows["security"], moved]).unique().implode()).to_numpy()

    @cached_property
    def exchange(self) -> NDArray[np.int64]:
        """Number of each security's exchange."""
        by_id = self._tables["securities"].sort("security")["exchange"]
        number = by_id.cast(pl.Enum(by_id.unique().sort())).to_physical()
        return np.asarray(number.cast(pl.Int64).to_numpy())

    def shared(self, group: Group, market: Market, least: int) -> Shared | None:
        """Return the shared work for everyone in the table of constituents.

        Parameters
        ----------
        group : Group
        market : Market
        least : int
            How many securities the group itself has.

        Returns
        -------
        Shared or None
            None where it would be for more than twice as many securities, or is refused for some of
            them: then those of the group alone are asked.
        """
        listed = (group.exchanges >> self.exchange) & 1 == 1
        known = self.register.securities & ~self.apart & listed
        securities = np.flatnonzero(known)
        if len(securities) > 2 * least:
            return None
        with self._lock:
            if group.key not in self._shared:
                spans = pl.DataFrame({"security": self._ids.gather(securities)}).with_columns(
                    start=pl.lit(group.start, pl.Date), end=pl.lit(None, pl.Date)
                )
                try:
                    one = group.methodologies[0]
                    found = share(market, one, securities, spans, group.last_day)
                except PaascheError:
                    found = None
                while len(self._shared) >= _KEPT:
                    self._shared.pop(next(iter(self._shared)))
                self._shared[group.key] = found
            return self._shared[group.key]


_FACTS: WeakKeyDictionary[Market, Facts] = WeakKeyDictionary()
_LOCK = RLock()


def facts_of(market: Market) -> Facts:
    """Return the facts of a market; parts that run side by side get the same ones."""
    with _LOCK:
        if market not in _FACTS:
            _FACTS[market] = Facts(market)
        return _FACTS[market]


def forget(market: Market) -> None:
    """Let the facts of a market go."""
    with _LOCK:
        _FACTS.pop(market, None)
