"""Rates that a day begins without: those of the sessions before stand until they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from paasche.live.engine import LiveEngine
    from paasche.market import Market

__all__ = ["left_standing", "standing_rates", "standing_text"]


def standing_rates(engine: LiveEngine, market: Market) -> dict[str, dt.date]:
    """Return the pairs a day needs that the market has no rate of the day for.

    Parameters
    ----------
    engine : LiveEngine
    market : Market

    Returns
    -------
    dict of str to datetime.date
        By pair, ``HKDCNY``, the date of the rate at which levels stand.
    """
    if "fx" not in market:
        return {}
    known = market["fx"].filter(pl.col("date") <= engine.date)
    latest = dict(known.group_by("pair").agg(pl.col("date").max()).iter_rows())
    found = {}
    for currency, into in sorted(_needed(engine)):
        dates = [latest[pair] for pair in (currency + into, into + currency) if pair in latest]
        if dates and max(dates) < engine.date:
            found[currency + into] = max(dates)
    return found


def left_standing(engine: LiveEngine, standing: Mapping[str, dt.date]) -> dict[str, dt.date]:
    """Return those of such rates that the engine has not been told since.

    Parameters
    ----------
    engine : LiveEngine
    standing : mapping of str to datetime.date
        As `standing_rates` returns it.
    """
    return {pair: date for pair, date in standing.items() if not engine.rates.is_told(pair)}


def standing_text(standing: Mapping[str, dt.date]) -> str:
    """Return such rates as people read them.

    Examples
    --------
    >>> import datetime as dt
    >>> standing_text({"HKDCNY": dt.date(2015, 12, 30), "USDCNY": dt.date(2015, 12, 29)})
    'HKDCNY stands at the rate of 2015-12-30, USDCNY stands at the rate of 2015-12-29'
    """
    return ", ".join(f"{pair} stands at the rate of {date}" for pair, date in standing.items())


def _needed(engine: LiveEngine) -> set[tuple[str, str]]:
    """Return from which currency into which the day converts: of constituents and of versions."""
    day, rates = engine.day, engine.rates

    def pairs(currencies: Iterable[int], index: int) -> set[tuple[str, str]]:
        into = rates.into[day.index_currency[index]]
        return {(rates.currencies[at], into) for at in currencies if rates.currencies[at] != into}

    found = set()
    for index, (start, stop) in enumerate(zip(day.starts[:-1], day.starts[1:], strict=True)):
        found |= pairs(np.unique(day.currency[day.securities[start:stop]]), index)
        found |= pairs(np.unique(day.version[day.level_index == index]), index)
    return found
