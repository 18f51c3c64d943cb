"""What a ratio of two prices looks like: a split or bonus that is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from paasche.calculation.desk.check.limits import Actions

__all__ = ["likely_event"]

_TEN = 10.0


def likely_event(ratio: pl.Series, actions: Actions, tolerance: float) -> pl.Series:
    """Return which event would explain each ratio of a price after to one before.

    Parameters
    ----------
    ratio : polars.Series
        Price after / price before; of share counts, count before / count after.
    actions : Actions
        Ratios of splits and bonuses.
    tolerance : float
        How far a ratio may be off, as a fraction.

    Returns
    -------
    polars.Series
        ``: a split of 2 or bonus of 1 missing?``; empty where none comes near.

    Examples
    --------
    >>> from paasche.calculation.desk.check.limits import Limits
    >>> actions = Limits.read().actions
    >>> likely_event(pl.Series([0.5003, 0.97]), actions, 0.06).to_list()
    [': a split of 2 or bonus of 1 missing?', '']
    """
    factors: dict[float, list[str]] = {}
    for split in actions.splits:
        factors.setdefault(round(split, 9), []).append(f"split of {split:g}")
    for bonus in actions.bonuses:
        factors.setdefault(round(1.0 + bonus, 9), []).append(f"bonus of {bonus:g}")
    known = sorted(factors)
    words = [_sentence(factor, factors[factor]) for factor in known]
    with np.errstate(divide="ignore", invalid="ignore"):
        asked = -np.log(ratio.cast(pl.Float64).fill_null(np.nan).to_numpy())
    distance = np.abs(asked[:, np.newaxis] - np.log(known))
    nearest = np.argmin(np.nan_to_num(distance, nan=np.inf), axis=1)
    near = np.take_along_axis(distance, nearest[:, np.newaxis], axis=1)[:, 0] <= tolerance
    return pl.Series("event", words, dtype=pl.String).gather(nearest).set(pl.Series(~near), "")


def _sentence(factor: float, names: list[str]) -> str:
    power = round(float(np.log10(factor)))
    slip = " or a decimal point out of place" if power and np.isclose(factor, _TEN**power) else ""
    return f": a {' or '.join(names)} missing{slip}?"
