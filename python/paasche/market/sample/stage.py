"""The sample market as it is before parts are given out: sizes, ranks, and who has nothing on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.sample.capital import ACTION_KINDS
from paasche.market.sample.sessions import HONG_KONG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Ints, Sessions

__all__ = ["Stage"]

QUIET = 12  # sessions around a merger or spin-off without another event of the name
FEWEST = 0.9  # total shares / those at first, so that what holders have stays below the total


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What parts are given out by: the market as it is without them.

    Attributes
    ----------
    value : float64 array of shape (n_sessions, n_names)
        Capitalization in CNY, as it would be without corporate actions.
    rank : int64 array of shape (n_names,)
        Place by size at the start, from 0.
    busy : bool array of shape (n_sessions, n_names)
        Where a name has an event or is suspended.
    plain, steady : bool arrays of shape (n_names,)
        Whether a name never has a bonus, rights issue or split; and, of these, never many shares
        fewer than at first.
    """

    sessions: Sessions
    names: Names
    value: NDArray[np.float64]
    rank: Ints
    busy: NDArray[np.bool_]
    plain: NDArray[np.bool_]
    steady: NDArray[np.bool_]

    @classmethod
    def lay(
        cls,
        sessions: Sessions,
        names: Names,
        paths: NDArray[np.float64],
        *,
        rate: NDArray[np.float64],
        events: pl.DataFrame,
        suspended: NDArray[np.bool_],
    ) -> Stage:
        """Lay out the stage from the drawn paths, events and suspensions."""
        in_cny = np.where(names.market == HONG_KONG, rate[0], 1.0)
        size = names.total * names.price * in_cny
        busy = suspended.copy()
        busy[events["session"].to_numpy(), events["name"].to_numpy()] = True
        plain = np.ones(len(names), dtype=np.bool_)
        plain[events.filter(pl.col("kind").is_in(ACTION_KINDS))["name"].to_numpy()] = False
        fewest = events.filter(pl.col("factor").cum_prod().over("name") < FEWEST)
        steady = plain.copy()
        steady[fewest["name"].to_numpy()] = False
        return cls(
            sessions=sessions,
            names=names,
            value=size * np.exp(paths),
            rank=np.argsort(np.argsort(-size, kind="stable"), kind="stable"),
            busy=busy,
            plain=plain,
            steady=steady,
        )

    @property
    def stays(self) -> NDArray[np.bool_]:
        """Which names are there to the end."""
        stays: NDArray[np.bool_] = self.names.gone == len(self.sessions)
        return stays

    def quiet(self, first: int, last: int) -> NDArray[np.bool_]:
        """Tell which names have no event from `QUIET` sessions before to as many after."""
        quiet: NDArray[np.bool_] = ~np.any(
            self.busy[max(first - QUIET, 0) : last + QUIET + 1], axis=0
        )
        return quiet

    def between(self, low: float, high: float) -> NDArray[np.bool_]:
        """Tell which names lie between two shares of all names by size."""
        count = len(self.names)
        inside: NDArray[np.bool_] = (self.rank >= low * count) & (self.rank < high * count)
        return inside
