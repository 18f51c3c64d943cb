"""Risk and delisting warnings of the sample market: most are lifted, some end in a delisting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.sample.pauses import cutoffs
from paasche.market.sample.prices import WARNED_LIMIT
from paasche.market.sample.sessions import MAINLAND

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.cast import Cast
    from paasche.market.sample.names import Names
    from paasche.market.sample.stage import Stage

__all__ = ["calmed", "draw_spells"]

WARNED = 0.04  # of the names are warned at some time
LARGE, OF_LARGE = 0.25, 0.4  # so many of them among the largest quarter
LENGTHS = (60, 300)  # sessions
# Days from the end of a warning to a cut-off: less than three months, more, and the bound (R19).
LIFTED = (30, 75, 91, 93, 110)
DELISTING = 0.5  # of the risk warnings grow into delisting warnings
OPEN_EVERY = 10  # of the warnings one goes on at the end of the sample
MARGIN = 40  # sessions before and after a spell within the life of its name


def draw_spells(rng: np.random.Generator, stage: Stage, cast: Cast) -> pl.DataFrame:
    """Draw warnings of mainland names that are there to the end, most lifted before a review.

    Returns
    -------
    polars.DataFrame
        name, status, start, end (positions of the first and last session; end null where it goes
        on), by name and start.
    """
    names, length = stage.names, len(stage.sessions)
    schema = {"name": pl.Int64, "status": pl.String, "start": pl.Int64, "end": pl.Int64}
    fits = stage.stays & (names.market == MAINLAND) & ~cast.taken & (names.first < length // 2)
    cutoff, _ = cutoffs(stage.sessions)
    if not cast.eventful or not len(cutoff):
        return pl.DataFrame(schema=schema)
    count = int(WARNED * len(names))
    large = stage.between(0.0, LARGE)
    chosen = [
        *rng.permutation(np.flatnonzero(fits & large))[: int(count * OF_LARGE)].tolist(),
        *rng.permutation(np.flatnonzero(fits & ~large))[: count - int(count * OF_LARGE)].tolist(),
    ]
    rows: list[tuple[int, str, int, int | None]] = []
    for place, name in enumerate(chosen):
        lifted = (
            stage.sessions.days[cutoff[rng.integers(len(cutoff))]] - LIFTED[place % len(LIFTED)]
        )
        end: int | None = int(
            stage.sessions.preceding[MAINLAND, stage.sessions.position(lifted) + 1]
        )
        start = (end or 0) - int(rng.integers(*LENGTHS))
        if place % OPEN_EVERY == 1:
            start, end = length - int(rng.integers(*LENGTHS)), None
        if start < names.first[name] + MARGIN:
            continue
        start = int(stage.sessions.following[MAINLAND, start])
        rows.append((name, "risk_warning", start, end))
        if rng.random() < DELISTING:
            middle = (start + (length if end is None else end)) // 2
            rows.append(
                (name, "delisting_warning", int(stage.sessions.following[MAINLAND, middle]), end)
            )
    return pl.DataFrame(rows, schema=schema, orient="row").sort("name", "start", "status")


def calmed(moves: NDArray[np.float64], names: Names, spells: pl.DataFrame) -> NDArray[np.float64]:
    """Keep the moves of warned names within the limit of 5 %."""
    moves = moves.copy()
    for name, start, end in spells.select("name", "start", "end").iter_rows():
        stop = int(names.gone[name]) if end is None else end + 1
        moves[start:stop, name] = np.clip(moves[start:stop, name], -WARNED_LIMIT, WARNED_LIMIT)
    return moves
