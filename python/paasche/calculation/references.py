"""Published opening reference prices beside those of the rule (R63)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche._arrays import ACTION_KINDS
from paasche.reference import reference_price

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.calculation.arrays import Actions
    from paasche.calculation.sessions import Timeline

__all__ = ["differing_references"]

_PER_SHARE = ("cash", "bonus", "rights")


def differing_references(
    actions: Actions, timeline: Timeline, closes: NDArray[np.float64], tick: float
) -> pl.DataFrame:
    """Return the published references more than a tick from the rule's own price.

    Parameters
    ----------
    actions : Actions
        With the published references as rows of their own.
    timeline : Timeline
        Its ``days`` are the rows of ``closes``.
    closes : float64 array of shape (n_days, n_instruments)
        Carried closes.
    tick : float
        Price step within which the two agree.

    Returns
    -------
    polars.DataFrame
        ``day``, ``instrument``, ``before`` (the rule's price) and ``after`` (the published one).
    """
    if ACTION_KINDS.index("published") not in actions.kind:
        columns = {"day": pl.Int32, "instrument": pl.UInt32, "before": pl.Float64}
        return pl.DataFrame(schema={**columns, "after": pl.Float64})
    rows = pl.DataFrame(
        {
            "instrument": actions.instrument,
            "day": actions.day,
            "kind": np.take(ACTION_KINDS, actions.kind),
            "amount": actions.amount,
            "price": actions.price,
        }
    )
    amount, kind = pl.col("amount"), pl.col("kind")
    combined = (
        rows.group_by("day", "instrument")
        .agg(
            *(amount.filter(kind == name).sum().alias(name) for name in _PER_SHARE),
            paid=(amount * pl.col("price")).filter(kind == "rights").sum(),
            split=amount.filter(kind == "split").product(),
            published=amount.filter(kind == "published").first(),
        )
        .drop_nulls("published")
        .sort("day", "instrument")
    )
    days = timeline.days.astype(np.int32)
    row = np.searchsorted(days, combined["day"].to_numpy()) - 1
    combined = combined.with_columns(
        close=np.where(
            row >= 0, closes[np.maximum(row, 0), combined["instrument"].to_numpy()], np.nan
        ),
        # Money paid in per old share over new shares per old share.
        rights_price=pl.when(pl.col("rights") > 0)
        .then(pl.col("paid") / pl.col("rights"))
        .otherwise(0.0),
    ).filter(pl.col("close").is_not_nan(), pl.col("close") > pl.col("cash"))
    inputs = ("close", *_PER_SHARE, "rights_price", "split")
    rule = reference_price(*(combined[name].to_numpy() for name in inputs))
    return (
        combined.select("day", "instrument", before=pl.Series(rule), after="published")
        # A tick apart in decimals may be a rounding error more in doubles.
        .filter(
            (pl.col("before") - pl.col("after")).abs() > tick * (1.0 + np.finfo(float).eps * 1e3)
        )
    )
