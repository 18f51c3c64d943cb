"""The table `decisions`: what a committee decided near the reviews of the sample market."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.sample.pauses import cutoffs
from paasche.market.sample.sessions import MAINLAND

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.cast import Cast
    from paasche.market.sample.stage import Stage

__all__ = ["RULED", "draw_decisions"]

RULED = "SAMPLE300"  # the index of the decisions on a name in it; the others are for every index
COMMITTEE = "index committee"

# Before a review, for every index: sessions from the cut-off, decision, reason.
AT_REVIEW = (
    (2, "exclude", "an investigation is under way"),
    (3, "admit", "the loss comes from one write-off"),
    (2, "delete_first", "suspended for close to 25 sessions without an end in sight"),
    (25, "withdraw", "suspended since the announcement"),
    (18, "keep", "the warning is about to be lifted"),
)
# At any time, for one index: session as a share of the sample, decision, value, reason. A value is
# a share of the close, of the total shares, or a factor.
AT_ANY_TIME = (
    (0.31, "remove", None, "its accounts cannot be relied on"),
    (0.32, "add", None, "its accounts are restated and confirmed"),
    (0.50, "price", 0.9, "the last trade was an error"),
    (0.60, "shares", 1.01, "a buyback the register does not show yet"),
    (0.70, "factor", 0.5, "the cap was worked out on a wrong price"),
    (0.80, "pass_through", None, "the loss of a name is borne by the index"),
)
LARGE = 0.2

SCHEMA = {
    "date": pl.Date,
    "index": pl.String,
    "name": pl.Int64,
    "decision": pl.String,
    "value": pl.Float64,
    "who": pl.String,
    "why": pl.String,
}


def draw_decisions(
    rng: np.random.Generator,
    stage: Stage,
    cast: Cast,
    closes: NDArray[np.float64],
    totals: NDArray[np.int64],
) -> pl.DataFrame:
    """Draw one decision of each kind, on large names of the mainland without another part."""
    names, days = stage.names, stage.sessions.days
    fits = stage.stays & (names.first == 0) & (names.market == MAINLAND) & ~cast.taken
    large = rng.permutation(np.flatnonzero(fits & stage.between(0.0, LARGE))).tolist()
    cutoff, _ = cutoffs(stage.sessions)
    if not cast.eventful or not large:
        return pl.DataFrame()
    chosen = itertools.cycle(large)
    rows: list[tuple[int, str | None, int | None, str, float | None, str]] = []
    spread = np.linspace(0, len(cutoff) - 1, len(AT_REVIEW)).astype(np.int64)
    for (lag, decision, why), review in zip(AT_REVIEW, spread, strict=True):
        at = min(int(cutoff[review]) + lag, len(days) - 1)
        rows.append((at, None, next(chosen), decision, None, why))
    name = next(chosen)
    for share, decision, value, why in AT_ANY_TIME:
        # The name that was removed comes back.
        name = name if decision == "add" else next(chosen)
        at = int(share * len(days))
        base = {"price": closes[at, name], "shares": totals[name]}.get(decision, 1.0)
        figure = None if value is None else round(value * float(base), 2)
        rows.append(
            (at, RULED, None if decision == "pass_through" else name, decision, figure, why)
        )
    drawn = pl.DataFrame(
        [(days[at].astype(object), *others, COMMITTEE, why) for at, *others, why in rows],
        schema=SCHEMA,
        orient="row",
    )
    return drawn.select(
        *("date", "index"),
        names.codes.gather(drawn["name"]).alias("security"),
        *("decision", "value", "who", "why"),
    ).sort("date", "decision")
