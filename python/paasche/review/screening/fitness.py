"""Who may enter between two reviews: screens without a data window (R10, R15, R23 to R26)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.vocabulary import STATUSES
from paasche.review.dates.schedule import ReviewDates
from paasche.review.screening.screen import screens_of
from paasche.review.screening.standing import departures, listed_as, statuses

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from paasche.methodology import Methodology
    from paasche.review.panels.ground import Ground
    from paasche.review.panels.known import View

__all__ = ["unfit"]

_NOT_BETWEEN = (
    "average_free_float_market_value",
    "average_market_value",
    "average_turnover",
    "excluded",
    "free_float_market_value",
    "listing_age",
    "market_value",
    "resumed",
    "trading_days",
    "warning_lifted",
)
"""Screens of a review alone: of its data window, its size and its candidates."""


def unfit(
    view: View,
    methodology: Methodology,
    day: date,
    effective: date,
    names: Collection[str],
    constituents: Collection[str] = (),
) -> dict[str, str]:
    """Return who of some securities may not enter, or stay, on a session, with the reason.

    Parameters
    ----------
    view : View
        The market as it was known on the day.
    methodology : Methodology
        Its rulebook of the effective session counts (R58).
    day : datetime.date
        Day after whose close it is judged.
    effective : datetime.date
        Session on which they would enter.
    names : collection of str
        The securities.
    constituents : collection of str
        Who of them is in: what is asked of newcomers only, as trading (R15), is not asked of these.

    Returns
    -------
    dict of str to str
        The first reason of each that may not; who is not there may.
    """
    rules = methodology.on(effective)
    dates = ReviewDates(
        month=day,
        first=day,
        last=day,
        cutoff=day,
        announcement=day,
        adjustment_close=day,
        effective=effective,
    )
    if not names:
        return {}
    facts = _facts(view, day, effective, sorted(set(names)))
    screens = [
        screen
        for screen in screens_of(rules, dates, reported=False)
        if screen.name not in _NOT_BETWEEN
    ]
    newcomer = ~pl.col("security").is_in(sorted(constituents))
    first = pl.coalesce(
        pl.when(
            screen.fails & (newcomer if screen.applies == "newcomers" else pl.lit(value=True))
        ).then(screen.reason)
        for screen in screens
    )
    reasons = facts.select("security", reason=first).drop_nulls("reason").collect()
    return dict(reasons.iter_rows())


def _facts(view: View, day: date, effective: date, names: list[str]) -> pl.LazyFrame:
    """Return what those screens read, of some securities."""
    ground = view.ground
    at = ground.position(day)
    columns = np.searchsorted(np.array(ground.securities), np.array(names, dtype=np.str_))
    columns = np.minimum(columns, len(ground.securities) - 1)
    here = np.array(ground.securities)[columns] == np.array(names, dtype=np.str_)

    def figure(panel: np.ndarray) -> np.ndarray:
        return np.where(here, panel[at, columns], np.nan)

    listed = ground.listed[columns]
    seen = here & (listed <= np.datetime64(day, "D"))
    facts = pl.LazyFrame(
        {
            "security": pl.Series(names, dtype=pl.String),
            "listed": np.where(seen, listed, np.datetime64("NaT", "D")),
            "close": figure(ground.close),
            "shares": figure(ground.shares),
            "free_float": figure(ground.free_float),
            "suspended_sessions": np.where(here, _idle(ground, at, columns), 0),
        },
        nan_to_null=True,
    )
    for table in (
        listed_as(view.market, day, names),
        statuses(view.market, day, names),
        departures(view.market, day, effective, names),
    ):
        facts = facts.join(table, on="security", how="left", maintain_order="left")
    return facts.with_columns(pl.col(STATUSES).fill_null(value=False))


def _idle(ground: Ground, at: int, columns: np.ndarray) -> np.ndarray:
    """Return 1 where a security did not trade on the last session of its exchange, else 0."""
    idle = np.zeros(len(columns), np.int64)
    for place, column in enumerate(columns.tolist()):
        opened = np.flatnonzero(ground.is_open[: at + 1, column])
        idle[place] = int(opened.size > 0 and not ground.traded[opened[-1], column])
    return idle
