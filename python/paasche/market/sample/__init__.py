"""The sample market: a synthetic market folder with everything that can happen to an index.

Drawn, not observed: codes are in the canonical style, but names, prices and events are invented.
Like the readers, it only produces tables; docs/market-folder.md says what they mean.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from paasche.errors import InputError
from paasche.market.sample.actions import (
    combine,
    corporate_actions,
    price_events,
    reference_prices,
)
from paasche.market.sample.capital import draw_capital
from paasche.market.sample.cast import Cast
from paasche.market.sample.connect import draw_connect
from paasche.market.sample.decisions import draw_decisions
from paasche.market.sample.dividends import draw_dividends
from paasche.market.sample.financials import draw_financials
from paasche.market.sample.fx import draw_fx
from paasche.market.sample.holders import state_holders, without_free_float
from paasche.market.sample.membership import Standing, draw_membership
from paasche.market.sample.names import Names
from paasche.market.sample.pauses import with_pauses
from paasche.market.sample.places import change_of_code, listings_over_time, placed
from paasche.market.sample.prices import (
    draw_closes,
    draw_moves,
    draw_prices,
    paths_of,
    trading,
)
from paasche.market.sample.restructuring import halted, restructure, spun_off
from paasche.market.sample.sessions import Sessions
from paasche.market.sample.shares import share_history, share_snapshots
from paasche.market.sample.spells import calmed, draw_spells
from paasche.market.sample.stage import Stage
from paasche.market.sample.status import status_table
from paasche.market.sample.suspensions import draw_suspended

__all__ = ["sample_market"]

FEWEST, MOST = 100, 5_000


def sample_market(
    seed: int = 2023,
    *,
    securities: int = 800,
    start: str = "2014-11-03",
    end: str = "2024-12-31",
) -> dict[str, pl.DataFrame]:
    """Draw a synthetic market: three exchanges of the mainland and Hong Kong, ten years of events.

    Every kind of corporate action and share change of the data contract occurs (R46, R52–R57, R62,
    R63), with suspensions over ex-dates, deletion prices (R33), holidays that differ between the
    markets, and missing exchange rates. A few giants make the caps 0.10 and 0.40 bind in the
    index SAMPLE100, whose membership is in ``constituents``.

    Reviews by rules find what they must judge, among large names too: mergers, spin-offs and
    bankruptcies (R23–R29), giants that list (R22), long suspensions at a cut-off (R12–R17),
    warnings (R19, R31), spells in Connect (R30), reports (R20, R21) and decisions (R5, R34).

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
        The tables securities, listings, codes, prices, shares, holders, corporate_actions, status,
        financials, constituents, decisions, fx and calendar, but for those without a row. Money in
        the quote currency (CNY, HKD), shares in single shares. In fewer than 500 sessions, about
        two years, no one merges, splits off or is warned, and the tables listings, codes, holders
        and decisions are left out.

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
    streams = np.random.SeedSequence(seed).spawn(17)
    rngs = [np.random.Generator(np.random.PCG64(stream)) for stream in streams]
    names = Names.draw(rngs[0], sessions, securities)
    moves = draw_moves(rngs[1], sessions, names)
    closed = ~sessions.is_open[names.market].T
    paths = paths_of(moves, names, closed)
    capital = draw_capital(rngs[2], sessions, names, names.price * np.exp(paths))
    cash = draw_dividends(rngs[3], sessions, names, capital)
    ex_dates = combine(cash, capital)
    suspended = draw_suspended(rngs[5], sessions, names, ex_dates)
    fx, rate = draw_fx(rngs[4], sessions)
    drawn = trading(sessions, names, suspended)

    # Then the parts: who merges, lists, is suspended or warned, where the draws above leave room.
    events = pl.concat([cash, capital], how="diagonal")
    stage = Stage.lay(sessions, names, paths, rate=rate, events=events, suspended=suspended)
    cast = Cast.draw(rngs[10], stage)
    names = placed(names, cast)
    spells = draw_spells(rngs[12], stage, cast)
    suspended = with_pauses(rngs[13], stage, cast, suspended)
    names, suspended = halted(sessions, names, suspended, cast)
    paths = paths_of(calmed(moves, names, spells), names, suspended | closed)
    ex_dates = spun_off(ex_dates, cast)
    restructured = restructure(
        rngs[11],
        sessions,
        names,
        closes=draw_closes(paths, names, ex_dates),
        rate=rate,
        history=share_history(names, capital),
        capital=capital,
        cast=cast,
    )
    names, capital = restructured.names, restructured.capital
    closes = draw_closes(paths, names, ex_dates)

    priced = price_events(
        sessions, names, closes=closes, known_rate=rate, cash=cash, capital=capital
    )
    history = share_history(names, capital)
    standing = Standing(
        sessions=sessions,
        names=names,
        closes=closes,
        suspended=suspended,
        rate=rate,
        history=history,
    )
    shares = share_snapshots(rngs[7], sessions, names, history)
    tables = {
        "securities": names.securities,
        "listings": listings_over_time(sessions, names, cast),
        "codes": change_of_code(sessions, names, cast),
        "prices": draw_prices(
            rngs[6],
            sessions,
            names,
            closes=closes,
            drawn=drawn,
            traded=trading(sessions, names, suspended),
            references=reference_prices(sessions, names, closes, priced),
            stated=restructured.references,
        ),
        "shares": without_free_float(shares, names, cast),
        "holders": state_holders(sessions, names, cast, shares),
        "corporate_actions": corporate_actions(
            rngs[8], sessions, names, priced, restructured.actions
        ),
        "status": status_table(
            sessions, names, suspended, spells, draw_connect(rngs[14], sessions, names, cast)
        ),
        "financials": draw_financials(rngs[15], sessions, names),
        "constituents": draw_membership(rngs[9], standing),
        "decisions": draw_decisions(rngs[16], stage, cast, closes, names.total),
        "fx": fx,
        "calendar": sessions.calendar,
    }
    return {name: table for name, table in tables.items() if table.height}
