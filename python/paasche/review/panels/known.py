"""What was known on a day: the market as it stood then, and what reviews measure on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.review.panels.ground import lay_ground
from paasche.review.panels.spells import Spells

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from paasche.market import Market
    from paasche.methodology import Methodology
    from paasche.review.panels.ground import Ground

__all__ = ["Known", "View"]

_EXCHANGE_TIME = timezone(timedelta(hours=8))
"""Clock of the exchanges in the mainland and Hong Kong."""


class View:
    """A market as it was known after the close of a day.

    Attributes
    ----------
    market : Market
    ground : Ground
        Laid out on first use.
    spells : Spells
        Statuses.
    """

    def __init__(self, market: Market, methodology: Methodology, end: date) -> None:
        self.market = market
        self._methodology = methodology
        self._end = end
        self._listed: dict[frozenset[str], NDArray[np.bool_]] = {}

    @cached_property
    def ground(self) -> Ground:
        """Panels of prices, shares and rates up to the last day looked at."""
        return lay_ground(self.market, self._methodology, self._end)

    def listed_on(self, exchanges: Collection[str]) -> NDArray[np.bool_]:
        """Return which securities of the ground are on some exchanges; shape (n_securities,)."""
        asked = frozenset(exchanges)
        if asked not in self._listed:
            listed = dict(self.market["securities"].select("security", "exchange").iter_rows())
            inside = [listed[name] in asked for name in self.ground.securities]
            self._listed[asked] = np.array(inside, np.bool_)
        return self._listed[asked]

    @cached_property
    def spells(self) -> Spells:
        """Statuses of securities."""
        return Spells(self.market)


class Known:
    """Views of a market, day by day.

    A market without ``known_at`` has one view: its rows carry dates of their own, and nothing looks
    at those after the day. Otherwise each day sees the rows that were known by its end.

    Parameters
    ----------
    market : Market
    methodology : Methodology
    end : datetime.date
        Last day looked at.
    """

    def __init__(self, market: Market, methodology: Methodology, end: date) -> None:
        self._market, self._methodology, self._end = market, methodology, end
        stamps = [market[name]["known_at"].drop_nulls() for name in market.tables]
        self._stamps = pl.concat(stamps).unique().sort() if stamps else pl.Series(dtype=pl.Int8)
        self._views: dict[int, View] = {}

    def on(self, day: date) -> View:
        """Return the market as it was known after the close of a day."""
        moment = datetime.combine(day, time.max, tzinfo=_EXCHANGE_TIME).astimezone(UTC)
        known = len(self._stamps.filter(self._stamps <= moment)) if len(self._stamps) else 0
        if known not in self._views:
            whole = known == len(self._stamps)
            market = self._market if whole else self._market.as_of(moment)
            self._views[known] = View(market, self._methodology, self._end)
        return self._views[known]
