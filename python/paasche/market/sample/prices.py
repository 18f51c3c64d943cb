"""Prices of the sample market: a random walk in layers that respects ex-dates (R62, R63)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.sample.names import SECTORS
from paasche.market.sample.sessions import HONG_KONG
from paasche.market.sample.status import WARNING_SESSIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = [
    "CENTS",
    "WARNED_LIMIT",
    "draw_closes",
    "draw_moves",
    "draw_prices",
    "paths_of",
    "trading",
]

CENTS = 100  # ticks to the currency unit
DAILY_LIMIT = 0.095  # log: less than the 10 % of the mainland's boards
WARNED_LIMIT = 0.028  # log: with the fall, less than the 5 % under a risk warning
REACH = 1.1  # log prices stay within this distance of the start, so that none decays to a few ticks
GIANT_REACH = 0.5
DRIFT = 0.0002
MOOD, MEMORY = 0.4, 20  # deviation of log volatility, and the sessions over which it fades
FALL, FALL_SESSIONS = 0.02, 20  # daily loss ahead of the suspension before a bad end

TURNOVER_SHARE = 0.004  # median share of the floating capitalization that trades in a session
BOARD_LOT = 100
PUBLISHED = 0.7  # of the ex-dates have a published reference price
NO_TRADE = 0.03  # of the Hong Kong ex-dates see no trade: the row has volume 0 and the old close


def draw_moves(rng: np.random.Generator, sessions: Sessions, names: Names) -> NDArray[np.float64]:
    """Draw the daily moves of log prices, as if there were no corporate actions.

    A common and a local market factor, a sector factor and an idiosyncratic part, each with heavy
    tails, in calm and wild times, within the daily limit.

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
    moves: NDArray[np.float64] = rng.standard_t(4, (length, count))
    moves *= spread
    moves += beta * (common + local)[:, names.market]
    moves += sector[:, names.sector]
    moves *= _mood(rng, length)[:, np.newaxis]
    np.clip(moves, -DAILY_LIMIT, DAILY_LIMIT, out=moves)
    warned = np.arange(length)[:, np.newaxis] >= names.last - WARNING_SESSIONS
    warned &= names.negative
    moves[warned] = np.clip(moves[warned], -WARNED_LIMIT, WARNED_LIMIT)
    moves[0] = 0.0
    return moves


def _mood(rng: np.random.Generator, length: int) -> NDArray[np.float64]:
    """Draw how wild each session is: calm and wild times follow one another."""
    fading = np.exp(-np.arange(4 * MEMORY) / MEMORY)
    noise = rng.standard_normal(length + len(fading) - 1)
    level = np.convolve(noise, fading / np.sqrt(np.sum(fading**2)), mode="valid")
    mood: NDArray[np.float64] = np.exp(MOOD * level - MOOD**2)
    return mood


def paths_of(
    moves: NDArray[np.float64], names: Names, still: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Add moves up to log prices relative to the first session.

    Parameters
    ----------
    moves : float64 array of shape (n_sessions, n_names)
    names : Names
    still : bool array of shape (n_sessions, n_names)
        Where nothing moves: suspensions, closed exchanges.
    """
    walked = np.where(still, 0.0, moves)
    reach = np.where(names.giant, GIANT_REACH, REACH)
    # Turned back at its reach, a path keeps the size of its moves.
    turned = np.mod(np.cumsum(walked, axis=0) + reach, 4 * reach) - 2 * reach
    paths: NDArray[np.float64] = reach - np.abs(turned)
    ended = np.flatnonzero(names.negative)
    ahead = names.last[ended] - np.arange(len(moves))[:, np.newaxis]
    falling = (ahead >= 0) & (ahead < FALL_SESSIONS) & ~still[:, ended]
    paths[:, ended] -= FALL * np.cumsum(falling, axis=0)
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


def trading(sessions: Sessions, names: Names, suspended: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell where a listed name trades: bool array of shape (n_sessions, n_names)."""
    at = np.arange(len(sessions))[:, np.newaxis]
    traded: NDArray[np.bool_] = (
        sessions.is_open[names.market].T & ~suspended & (at >= names.first) & (at <= names.last)
    )
    return traded


def draw_prices(
    rng: np.random.Generator,
    sessions: Sessions,
    names: Names,
    *,
    closes: NDArray[np.float64],
    drawn: NDArray[np.bool_],
    traded: NDArray[np.bool_],
    references: pl.DataFrame,
    stated: pl.DataFrame,
) -> pl.DataFrame:
    """Draw volume and lay out the table ``prices``: a row where a listed name trades.

    Parameters
    ----------
    rng : numpy.random.Generator
    sessions : Sessions
    names : Names
    closes : float64 array of shape (n_sessions, n_names)
    drawn, traded : bool arrays of shape (n_sessions, n_names)
        Where volume is drawn, and where of these a name trades.
    references : polars.DataFrame
        name, session, reference: the full reference price of every ex-date (R63).
    stated : polars.DataFrame
        name, session, reference: reference prices that are published in any case.
    """
    idle, published = _ex_rows(rng, sessions, names, traded, references)
    market, before = names.market[idle[1]], idle[0]
    stale = closes[sessions.preceding[market, before], idle[1]]

    noise = np.zeros(drawn.shape)
    noise[drawn] = rng.standard_normal(int(np.count_nonzero(drawn)))
    row, name = np.nonzero(traded)
    close, noise = closes[row, name], noise[row, name]
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
    reference[flat[stated["session"].to_numpy(), stated["name"].to_numpy()]] = stated["reference"]
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
