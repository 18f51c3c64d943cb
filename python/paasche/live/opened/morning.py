"""The morning of a live run: the engine of a day, when it begins and ends, its closing rates."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import InputError
from paasche.live.engine import LiveEngine
from paasche.live.opened.sessions import SECOND, date_of, trading_day, union
from paasche.live.opened.standing import standing_rates
from paasche.market.library import library_hours
from paasche.market.vocabulary import EXCHANGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from paasche.calculation.result import Result
    from paasche.live.opened.sessions import ExchangeDay
    from paasche.market import Market

__all__ = ["Morning", "open_morning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """What a live run of a day begins with.

    Attributes
    ----------
    engine : LiveEngine
    opening, close : int
        When the first of its exchanges opens, and when all have closed (R43, R45); microseconds
        since 1970-01-01 UTC.
    closing_rates : dict of str to float
        By pair, those the market has for the day (R49); empty on the day itself.
    standing : dict of str to datetime.date
        By pair, the date of the rate at which levels stand, the close too, unless the run is told
        another: what the day needs and the market has no rate of the day for.
    zone : datetime.tzinfo
        Of its exchanges: how people read its moments.
    """

    engine: LiveEngine
    opening: int
    close: int
    closing_rates: dict[str, float]
    standing: dict[str, dt.date]
    zone: dt.tzinfo


def open_morning(
    runs: Result | str | Path | Sequence[Result | str | Path],
    date: dt.date | str,
    market: Market,
) -> Morning:
    """Open a day for one or many indices.

    Parameters
    ----------
    runs : Result, run directory, or sequence of them
    date : date or ISO text
        A session of each index.
    market : Market

    Raises
    ------
    InputError
        The day is no session of an index, or two indices open or close at different times.
    MissingDataError
        What the day needs is not there, or the hours of an exchange are not known.

    Examples
    --------
    >>> import paasche as px
    >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2015-12-31"))
    >>> run = px.calculate(px.Methodology.load("sample-cross-border"), market, end="2015-12-30")
    >>> morning = open_morning(run, "2015-12-31", market)
    >>> (morning.close - morning.opening) // 1_000_000, morning.closing_rates
    (20460, {'HKDCNY': ...})
    """
    when = date_of(date)
    listed = {*market["securities"]["exchange"], *market["listings"]["exchange"]}
    days = trading_day(market.calendars, listed & EXCHANGES.keys(), when)
    engine = LiveEngine.open(runs, when, market, sessions=days)
    zone = library_hours(EXCHANGES[engine.exchanges[0]].sessions_of, when).zone
    opening, close = _session(engine, days, zone)
    rates: dict[str, float] = {}
    if "fx" in market:
        rows = market["fx"].filter(pl.col("date") == when)
        rates = dict(zip(rows["pair"], rows["rate"].cast(pl.Float64), strict=True))
    return Morning(
        engine=engine,
        opening=opening,
        close=close,
        closing_rates=rates,
        standing=standing_rates(engine, market),
        zone=zone,
    )


def _session(
    engine: LiveEngine, days: Mapping[str, ExchangeDay], zone: dt.tzinfo
) -> tuple[int, int]:
    """Return the session of all indices; each closes when its own exchanges have (R43, R45)."""
    day = engine.day
    found = {}
    for index, start, stop in zip(engine.indices, day.starts[:-1], day.starts[1:], strict=True):
        places = np.unique(day.exchange[day.securities[start:stop]])
        exchanges = [engine.exchanges[at] for at in places]
        found[index] = union({name: days[name] for name in exchanges})
    (one, session), *others = found.items()
    for other, its in others:
        if its != session:
            raise InputError(
                f"run: must be of indices with one session; on {engine.date} {one} has "
                f"{_hours(session, zone)} and {other} {_hours(its, zone)}: run them in live runs "
                "of their own"
            )
    return session


def _hours(session: tuple[int, int], zone: dt.tzinfo) -> str:
    first, last = (dt.datetime.fromtimestamp(at // SECOND, zone) for at in session)
    return f"{first:%H:%M:%S} to {last:%H:%M:%S}"
