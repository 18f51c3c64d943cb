"""The sample market: a synthetic market folder with everything that can happen to an index.

Drawn, not observed: codes are in the canonical style, but names, prices and events are invented.
Like the readers, it only produces tables; docs/market-folder.md says what they mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paasche.errors import InputError
from paasche.market.sample.actions import (
    combine,
    corporate_actions,
    price_events,
    reference_prices,
)
from paasche.market.sample.capital import draw_capital
from paasche.market.sample.dividends import draw_dividends
from paasche.market.sample.fx import draw_fx
from paasche.market.sample.membership import Standing, draw_membership
from paasche.market.sample.names import Names
from paasche.market.sample.prices import draw_closes, draw_moves, draw_prices, paths_of
from paasche.market.sample.sessions import Sessions
from paasche.market.sample.shares import share_history, share_snapshots
from paasche.market.sample.status import status_table
from paasche.market.sample.suspensions import draw_suspended

if TYPE_CHECKING:
    import polars as pl

__all__ = ["sample_market"]

FEWEST, MOST = 100, 5_000


def sample_market(
    seed: int = 2023,
    *,
    securities: int = 800,
    start: str = "2014-11-03",
    end: str = "2024-12-31",
) -> dict[str, pl.DataFrame]:
    """Draw a synthetic market: two exchanges of the mainland and Hong Kong, ten years of events.

    Every kind of corporate action and share change of the data contract occurs (R46, R52–R57, R62,
    R63), with suspensions over ex-dates, deletion prices (R33), holidays that differ between the
    markets, and missing exchange rates. A few giants make the caps 0.10 and 0.40 bind in the
    index SAMPLE100, whose membership is in ``constituents``.

    Parameters
    ----------
    seed : int
        The same seed gives the same tables, row by row.
    securities : int
        Number of securities, 100 to 5,000; with fewer than 400, SAMPLE100 has a quarter of them.
    start, end : str
        First and last day with prices, as ISO dates at least 200 days apart. The base date of
        SAMPLE100 is the first session from 2015-01-05 and 40 days after ``start`` on.

    Returns
    -------
    dict of str to polars.DataFrame
        The tables securities, prices, shares, corporate_actions, status, constituents, fx and
        calendar. Money in the quote currency (CNY, HKD), shares in single shares.

    Raises
    ------
    InputError
        If ``securities``, ``start`` or ``end`` is out of bounds.

    Examples
    --------
    >>> from paasche.market.sample import sample_market
    >>> tables = sample_market(securities=100, start="2023-01-02", end="2023-12-29")
    >>> tables["constituents"]["index"].unique().to_list()
    ['SAMPLE100']
    """
    if not FEWEST <= securities <= MOST:
        raise InputError(f"securities = {securities}: must be from {FEWEST} to {MOST}")
    sessions = Sessions.between(start, end)
    # One stream per part, so that a change in one leaves the draws of the others alone.
    streams = np.random.SeedSequence(seed).spawn(10)
    rngs = [np.random.Generator(np.random.PCG64(stream)) for stream in streams]
    names = Names.draw(rngs[0], sessions, securities)
    moves = draw_moves(rngs[1], sessions, names)
    closed = ~sessions.is_open[names.market].T
    paths = paths_of(moves, names, closed)
    capital = draw_capital(rngs[2], sessions, names, names.price * np.exp(paths))
    cash = draw_dividends(rngs[3], sessions, names, capital)
    ex_dates = combine(cash, capital)
    suspended = draw_suspended(rngs[5], sessions, names, ex_dates)
    closes = draw_closes(paths_of(moves, names, suspended | closed), names, ex_dates)
    fx, rate = draw_fx(rngs[4], sessions)
    priced = price_events(
        sessions, names, closes=closes, known_rate=rate, cash=cash, capital=capital
    )
    references = reference_prices(sessions, names, closes, priced)
    history = share_history(names, capital)
    standing = Standing(
        sessions=sessions,
        names=names,
        closes=closes,
        suspended=suspended,
        rate=rate,
        history=history,
    )
    return {
        "securities": names.securities,
        "prices": draw_prices(
            rngs[6], sessions, names, closes=closes, suspended=suspended, references=references
        ),
        "shares": share_snapshots(rngs[7], sessions, names, history),
        "corporate_actions": corporate_actions(rngs[8], sessions, names, priced),
        "status": status_table(sessions, names, suspended),
        "constituents": draw_membership(rngs[9], standing),
        "fx": fx,
        "calendar": sessions.calendar,
    }
