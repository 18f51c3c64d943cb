"""Prices of the sample market: a random walk in layers that respects ex-dates (R62, R63)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.sample.names import SECTORS
from paasche.market.sample.sessions import HONG_KONG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = ["CENTS", "draw_closes", "draw_paths", "draw_prices"]

CENTS = 100  # ticks to the currency unit
DAILY_LIMIT = 0.10
REACH = 1.4  # log prices stay within this distance of the start, so that none decays to a few ticks
GIANT_REACH = 0.5
DRIFT = 0.0002
FALL, FALL_SESSIONS = 0.02, 20  # daily loss ahead of the suspension before a bad end

TURNOVER_SHARE = 0.004  # median share of the floating capitalization that trades in a session
BOARD_LOT = 100
PUBLISHED = 0.7  # of the ex-dates have a published reference price
NO_TRADE = 0.03  # of the Hong Kong ex-dates see no trade: the row has volume 0 and the old close


def draw_paths(rng: np.random.Generator, sessions: Sessions, names: Names) -> NDArray[np.float64]:
    """Draw log prices relative to the first session, as if there were no corporate actions.

    A common and a local market factor, a sector factor and an idiosyncratic part, each with heavy
    tails. Positions on which the own exchange is closed move too: the next session shows the sum.

    Returns
    -------
    float64 array of shape (n_sessions, n_names)
    """
    length, count = len(sessions), len(names)
    common = 0.008 * rng.standard_t(4, (length, 1))
    local = 0.004 * rng.standard_t(4, (length, 2))
    sector = 0.004 * rng.standard_t(4, (length, len(SECTORS))) + DRIFT
    beta = rng.uniform(0.6, 1.4, count)
    spread = np.where(names.giant, 0.006, rng.uniform(0.008, 0.017, count))
    moves = rng.standard_t(4, (length, count))
    moves *= spread
    moves += beta * (common + local)[:, names.market]
    moves += sector[:, names.sector]
    np.clip(moves, -DAILY_LIMIT, DAILY_LIMIT, out=moves)
    moves[0] = 0.0
    reach = np.where(names.giant, GIANT_REACH, REACH)
    paths: NDArray[np.float64] = reach * np.tanh(np.cumsum(moves, axis=0) / reach)
    ended = np.flatnonzero(names.negative)
    since = np.arange(length)[:, np.newaxis] - (names.last[ended] - FALL_SESSIONS)
    paths[:, ended] -= FALL * np.clip(since, 0, FALL_SESSIONS)
    return paths


def draw_closes(
    paths: NDArray[np.float64], names: Names, ex_dates: pl.DataFrame
) -> NDArray[np.float64]:
    """Turn paths into closes in ticks of 0.01: each ex-date lowers all prices from there on (R63).

    Parameters
    ----------
    paths : float64 array of shape (n_sessions, n_names)
    names : Names
    ex_dates : polars.DataFrame
        As `actions.combine` returns it.

    Returns
    -------
    float64 array of shape (n_sessions, n_names)
    """
    drop = ex_dates.select(
        "session",
        "name",
        step=(
            (1 - pl.col("portion") + pl.col("discount") * pl.col("rights"))
            / ((1 + pl.col("bonus") + pl.col("rights")) * pl.col("split"))
        ).log(),
    )
    steps = np.zeros_like(paths)
    steps[drop["session"].to_numpy(), drop["name"].to_numpy()] = drop["step"].to_numpy()
    np.cumsum(steps, axis=0, out=steps)
    steps += paths
    closes: NDArray[np.float64] = np.exp(steps, out=steps)
    closes *= names.price * CENTS
    np.rint(closes, out=closes)
    np.maximum(closes, 1, out=closes)
    closes /= CENTS
    return closes


def draw_prices(
    rng: np.random.Generator,
    sessions: Sessions,
    names: Names,
    *,
    closes: NDArray[np.float64],
    suspended: NDArray[np.bool_],
    references: pl.DataFrame,
) -> pl.DataFrame:
    """Draw volume and lay out the table ``prices``: a row where a listed name is not suspended.

    Parameters
    ----------
    rng : numpy.random.Generator
    sessions : Sessions
    names : Names
    closes : float64 array of shape (n_sessions, n_names)
    suspended : bool array of shape (n_sessions, n_names)
    references : polars.DataFrame
        name, session, reference: the full reference price of every ex-date (R63).
    """
    at = np.arange(len(sessions))[:, np.newaxis]
    traded = (
        sessions.is_open[names.market].T & ~suspended & (at >= names.first) & (at <= names.last)
    )
    idle, published = _ex_rows(rng, sessions, names, traded, references)
    market, before = names.market[idle[1]], idle[0]
    stale = closes[sessions.preceding[market, before], idle[1]]

    row, name = np.nonzero(traded)
    close = closes[row, name]
    noise = rng.standard_normal(len(row))
    floating = names.free_float * names.price
    lots = floating[name] * TURNOVER_SHARE * np.exp(0.5 * noise) / close / BOARD_LOT
    volume = (np.maximum(np.rint(lots), 1) * BOARD_LOT).astype(np.int64)
    turnover = np.rint(volume * close * (1 + 0.002 * noise))
    reference = np.full(len(row), np.nan)

    # Where in the flat rows a cell of the grid went.
    flat = np.cumsum(traded, axis=None).reshape(traded.shape) - 1
    quiet = flat[idle]
    close[quiet], volume[quiet], turnover[quiet] = stale, 0, 0.0
    reference[flat[published[0], published[1]]] = published[2]
    return pl.DataFrame(
        {
            "date": pl.Series(sessions.days).gather(row),
            "security": names.codes.gather(name),
            "close": close,
            "reference": pl.Series(reference).fill_nan(None),
            "volume": volume,
            "turnover": turnover,
        }
    )


def _ex_rows(
    rng: np.random.Generator,
    sessions: Sessions,
    names: Names,
    traded: NDArray[np.bool_],
    references: pl.DataFrame,
) -> tuple[
    tuple[NDArray[np.int64], NDArray[np.int64]],
    tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
]:
    """Choose the ex-dates without a trade and those with a published reference price.

    Only where the session before has a trade too: the reference then starts from a close.
    """
    name, session = references["name"].to_numpy(), references["session"].to_numpy()
    full = references["reference"].to_numpy()
    market = names.market[name]
    before = sessions.preceding[market, session]
    both = traded[session, name] & traded[before, name]
    idle = both & (market == HONG_KONG) & (rng.random(len(name)) < NO_TRADE)
    shown = both & ~idle & (rng.random(len(name)) < PUBLISHED)
    # A name that did not trade on an ex-date has no close to start from on the next session.
    quiet = np.zeros_like(traded)
    quiet[session[idle], name[idle]] = True
    shown &= ~quiet[before, name]
    # The mainland rounds to the nearest tick, Hong Kong cuts off here: both stay within one tick.
    half = np.where(market == HONG_KONG, 0.0, 0.5)
    ticks = np.maximum(np.floor(full * CENTS + half), 1) / CENTS
    return (session[idle], name[idle]), (session[shown], name[shown], ticks[shown])
