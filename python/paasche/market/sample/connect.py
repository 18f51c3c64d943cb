"""Who trades through Stock Connect when, and who may only be sold there after that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.cast import Cast
    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = ["draw_connect"]

CONNECT_RANK = 0.6  # share of the names, by size, that trade through Connect
REMOVED, BACK, LATE = 0.08, 0.5, 0.10
WAIT = (20, 120)  # sessions from a listing to Connect
FAST_WAIT = 5  # the same for a new giant
AWAY = (120, 400)  # sessions until a removed name is back
MARGIN = 60


def draw_connect(
    rng: np.random.Generator, sessions: Sessions, names: Names, cast: Cast
) -> pl.DataFrame:
    """Draw the spells ``connect`` and, after a removal, ``sell_only``.

    Most of the larger names are in from the start; listings follow after some weeks, a part of the
    smaller names later. Some are removed, half of which come back. Beijing has no Connect (N5).

    Returns
    -------
    polars.DataFrame
        name, status, start, end (positions of the first and last session; end null where it goes
        on), by name and start.
    """
    size = names.total * names.price
    count, length = len(names), len(sessions)
    larger = size >= np.quantile(size, 1 - CONNECT_RANK)
    joins = larger | (rng.random(count) < LATE)
    joins[[*cast.beijing, *cast.movers]] = False
    wait = np.where(names.first > 0, rng.integers(*WAIT, count), 0)
    wait[list(cast.newcomers)] = FAST_WAIT
    late = rng.integers(MARGIN, length - MARGIN, count)
    joined = names.first + np.where(larger, wait, late)
    left = joined + MARGIN + rng.integers(0, length, count)
    back = left + rng.integers(*AWAY, count)
    removed = (rng.random(count) < REMOVED) & (left < names.last - MARGIN) & ~names.giant
    removed[list(cast.newcomers)] = False
    returns = removed & (rng.random(count) < BACK) & (back < names.last - MARGIN)
    name = np.flatnonzero(joins & (joined < names.last))
    spans = [
        _spans(name, "connect", joined, np.where(removed, left, names.gone)),
        _spans(name[removed[name]], "sell_only", left, np.where(returns, back, names.gone)),
        _spans(name[returns[name]], "connect", back, names.gone),
    ]
    return _on_sessions(sessions, names, pl.concat(spans))


def _spans(
    name: NDArray[np.int64],
    status: str,
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
) -> pl.DataFrame:
    """Lay out spans of a status from `start` to before `stop`."""
    return pl.DataFrame({"name": name, "start": start[name], "stop": stop[name]}).with_columns(
        status=pl.lit(status)
    )


def _on_sessions(sessions: Sessions, names: Names, spans: pl.DataFrame) -> pl.DataFrame:
    """Move the ends of spans to sessions of their market; what lasts to the end stays open."""
    market = names.market[spans["name"].to_numpy()]
    stop = spans["stop"].to_numpy()
    return spans.select(
        "name",
        "status",
        start=pl.Series(sessions.following[market, spans["start"].to_numpy()]),
        end=pl.when(pl.Series(stop < len(sessions))).then(
            pl.Series(sessions.preceding[market, sessions.following[market, stop]])
        ),
    ).sort("name", "start")
