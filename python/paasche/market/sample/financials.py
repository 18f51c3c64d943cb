"""The table `financials`: reports of mainland companies by the half-year (R20, R21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.sample.sessions import HONG_KONG, MAINLAND

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = ["draw_financials"]

SOONEST = 20
LATE, MISSING = 0.004, 0.002
LONGEST_DELAY = 70  # days
MARGIN, SPREAD = 0.05, 0.03  # yearly profit / capitalization at the start
LOSS_MAKERS, LOSS_YEARS = 0.12, 0.35  # names that may lose money, and how often
# Opinions on annual reports; a half-year is not audited.
OPINIONS = ("unqualified", "emphasis", "qualified", "disclaimer", "adverse")
ODDS = (0.97, 0.015, 0.008, 0.005, 0.002)
BAD_END_DAYS = 540  # before a bad end reports show losses


def draw_financials(rng: np.random.Generator, sessions: Sessions, names: Names) -> pl.DataFrame:
    """Draw reports of every mainland name, published before the deadline but for a few.

    Returns
    -------
    polars.DataFrame
        The table ``financials``, by publication, security and period; nothing is published after
        the last session.
    """
    ends, deadline, annual = _periods(sessions)
    shape = (len(ends), len(names))
    span = (deadline - ends).astype(np.int64)
    wait = SOONEST + rng.random(shape) * (span - SOONEST)[:, np.newaxis]
    late = rng.random(shape) < LATE
    wait = np.where(late, span[:, np.newaxis] + rng.integers(1, LONGEST_DELAY, shape), wait)
    published = ends[:, np.newaxis] + wait.astype(np.int64)
    gone = np.append(sessions.days, sessions.days[-1] + 1)[names.gone]
    ailing = names.negative & (ends[:, np.newaxis] > gone - BAD_END_DAYS)
    profit = _profits(rng, names, annual, ailing)
    opinion = np.searchsorted(np.cumsum(ODDS)[:-1], rng.random(shape), side="right")
    opinion = np.where(ailing & (rng.random(shape) < 1 / 2), OPINIONS.index("disclaimer"), opinion)
    listed = names.securities["listed"].to_numpy().astype("datetime64[D]")
    kept = (names.market == MAINLAND) & (rng.random(shape) >= MISSING)
    kept &= (deadline[:, np.newaxis] > listed) & (published < gone)
    kept &= published <= sessions.days[-1]
    row, name = np.nonzero(kept)
    audited = pl.Series(annual[row])
    return (
        pl.DataFrame(
            {
                "security": names.codes.gather(name),
                "period": ends[row],
                "published": published[row, name],
                "net_profit": profit[row, name],
                "opinion": np.array(OPINIONS)[opinion[row, name]],
            }
        )
        .with_columns(opinion=pl.when(audited).then("opinion"))
        .sort("published", "security", "period")
    )


def _periods(
    sessions: Sessions,
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64], NDArray[np.bool_]]:
    """Return the ends of half-years, the deadlines of their reports, and which end a year."""
    months = np.arange(
        sessions.days[0].astype("datetime64[M]") - 18, sessions.days[-1].astype("datetime64[M]") + 1
    )
    number = months.astype(np.int64) % 12 + 1
    months, number = months[number % 6 == 0], number[number % 6 == 0]
    ends = (months + 1).astype("datetime64[D]") - 1
    # Of the last day of a month: 30 April and 31 August.
    due = (months + np.where(number == 12, 5, 3)).astype("datetime64[D]") - 1  # noqa: PLR2004
    return ends, due, number == 12  # noqa: PLR2004


def _profits(
    rng: np.random.Generator,
    names: Names,
    annual: NDArray[np.bool_],
    ailing: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Draw net profits in CNY, half as much for a half-year; losses of some, most before a bad end.

    Returns
    -------
    float64 array of shape (n_periods, n_names)
    """
    shape = ailing.shape
    capital = names.total * names.price * np.where(names.market == HONG_KONG, 0.8, 1.0)
    margin = np.abs(MARGIN + SPREAD * rng.standard_normal(shape)) + 0.002
    weak = (rng.random(shape[1]) < LOSS_MAKERS) & ~names.giant
    losing = (weak & (rng.random(shape) < LOSS_YEARS)) | ailing
    part = np.where(annual, 1.0, 0.5)[:, np.newaxis]
    return np.rint(np.where(losing, -1.0, 1.0) * margin * part * capital)
