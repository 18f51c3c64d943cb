"""Figures of index levels: returns, volatility, drawdowns. Numbers only; nothing is drawn here.

All of them come from unrounded levels. A figure whose span the levels do not cover is None, never a
guess.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import MissingDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.calculation import Result

__all__ = [
    "PERIODS",
    "WINDOWS",
    "Drawdown",
    "Series",
    "YearReturn",
    "annualized",
    "calendar_years",
    "deepest",
    "drawdowns",
    "month_ends",
    "period_return",
    "series_of",
    "volatility",
]

PERIODS = {"1M": 1, "3M": 3, "6M": 6, "YTD": None, "1Y": 12, "3Y": 36, "5Y": 60}
"""Periods of returns and their months; None: since the last session of the year before."""

WINDOWS = {"1Y": 12, "3Y": 36, "5Y": 60, "all": None}
"""Spans of volatility and their months; None: all sessions of the run."""

SESSIONS_PER_YEAR = 252
"""By convention: volatility is the daily one times the square root of this."""

FEWEST_RETURNS = 20
"""Daily returns below which no volatility is stated."""

_MONTHS_PER_YEAR = 12
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """The levels of one variant in one currency.

    Attributes
    ----------
    variant, currency : str
    dates : datetime64[D] array of shape (n_sessions,)
        Ascending; at least one.
    levels : float64 array of shape (n_sessions,)
        Index points, not rounded.
    """

    variant: str
    currency: str
    dates: NDArray[np.datetime64]
    levels: NDArray[np.float64]

    @property
    def first(self) -> date:
        """First session."""
        day: date = self.dates[0].item()
        return day

    @property
    def last(self) -> date:
        """Last session, the as-of date of every figure."""
        day: date = self.dates[-1].item()
        return day

    def at_or_before(self, day: date) -> int | None:
        """Return the position of the last session on or before a day; None: there is none."""
        position = int(np.searchsorted(self.dates, np.datetime64(day, "D"), side="right")) - 1
        return None if position < 0 else position


def series_of(result: Result) -> list[Series]:
    """Return the unhedged level series: index currency first, variants as the methodology has them.

    Raises
    ------
    MissingDataError
        The result has no session: ``start`` cut all of them off.
    """
    index = result.methodology.index
    if result.levels.is_empty():
        raise MissingDataError(
            f"levels of {index.code} = no rows: must hold at least one session; calculate with an "
            "earlier start"
        )
    currencies = [index.currency, *(one for one in index.currencies if one != index.currency)]
    found = []
    for currency in currencies:
        for variant in index.variants:
            rows = result.levels.filter(
                pl.col("variant") == variant,
                pl.col("currency") == currency,
                pl.col("hedge") == "none",
            ).sort("date")
            found.append(
                Series(
                    variant=variant,
                    currency=currency,
                    dates=rows["date"].to_numpy().astype("datetime64[D]"),
                    levels=rows["level_unrounded"].to_numpy(),
                )
            )
    return found


def months_before(day: date, months: int) -> date:
    """Return the same day of an earlier month, or the last day of that month where it has none.

    Examples
    --------
    >>> months_before(date(2024, 3, 31), 1)
    datetime.date(2024, 2, 29)
    """
    year, month = divmod(day.year * _MONTHS_PER_YEAR + day.month - 1 - months, _MONTHS_PER_YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def period_start(series: Series, months: int | None) -> int | None:
    """Return the session a period begins with: its close is where the return counts from.

    Parameters
    ----------
    series : Series
    months : int, optional
        Length; None: the calendar year so far.

    Returns
    -------
    int or None
        Position of the last session on or before the day ``months`` before the last session; None
        where the series begins later.
    """
    last = series.last
    if months is None:
        return series.at_or_before(date(last.year, 1, 1) - timedelta(days=1))
    return series.at_or_before(months_before(last, months))


def period_return(series: Series, months: int | None) -> float | None:
    """Return the return over the last months, per year where they are more than twelve.

    Parameters
    ----------
    series : Series
    months : int, optional
        Length; None: the calendar year so far.

    Returns
    -------
    float or None
        Fraction; None where the series begins later.

    Examples
    --------
    >>> days = np.array(["2021-12-31", "2024-12-31"], "datetime64[D]")
    >>> series = Series(variant="price", currency="CNY", dates=days, levels=np.array([100, 133.1]))
    >>> round(period_return(series, 36), 12)
    0.1
    """
    start = period_start(series, months)
    if start is None:
        return None
    growth = float(series.levels[-1] / series.levels[start])
    if months is None or months <= _MONTHS_PER_YEAR:
        return growth - 1
    return float(growth ** (_MONTHS_PER_YEAR / months)) - 1


def annualized(growth: float, start: date, end: date) -> float | None:
    """Return growth between two days as a return per year of 365.25 days; None below one year."""
    days = (end - start).days
    if days < int(_DAYS_PER_YEAR):
        return None
    return float(growth ** (_DAYS_PER_YEAR / days)) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class YearReturn:
    """The return of a calendar year.

    Attributes
    ----------
    year : int
    change : float
        Last level of the year over that of the year before, less one.
    since : datetime.date, optional
        Where the series begins within the year: its first session, which the return counts from.
    """

    year: int
    change: float
    since: date | None


def calendar_years(series: Series) -> list[YearReturn]:
    """Return the returns of the calendar years; a first year of a single session has none."""
    years = series.dates.astype("datetime64[Y]").astype(np.int64) + 1970
    ends = np.append(np.flatnonzero(np.diff(years)), len(years) - 1)
    starts = np.concatenate(([0], ends[:-1]))
    changes = series.levels[ends] / series.levels[starts] - 1
    return [
        YearReturn(
            year=int(years[end]),
            change=float(change),
            since=series.first if row == 0 else None,
        )
        for row, (start, end, change) in enumerate(zip(starts, ends, changes, strict=True))
        if end > start
    ]


def volatility(series: Series, months: int | None) -> float | None:
    """Return the annualized volatility of daily returns.

    The sample standard deviation (n − 1) of the simple daily returns of the span, times √252.

    Parameters
    ----------
    series : Series
    months : int, optional
        Length of the span; None: the whole series.

    Returns
    -------
    float or None
        Fraction; None where the series begins later or has fewer than 20 returns.
    """
    start = 0 if months is None else period_start(series, months)
    if start is None:
        return None
    levels = series.levels[start:]
    if len(levels) <= FEWEST_RETURNS:
        return None
    returns = levels[1:] / levels[:-1] - 1
    return float(np.std(returns, ddof=1) * np.sqrt(SESSIONS_PER_YEAR))


def drawdowns(series: Series) -> NDArray[np.float64]:
    """Return how far each level is below the highest so far, as fractions of 0 and less."""
    highest: NDArray[np.float64] = np.maximum.accumulate(series.levels)
    return series.levels / highest - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """The deepest fall of a series.

    Attributes
    ----------
    depth : float
        Fraction below the peak, negative.
    peak, trough : datetime.date
        The last session at the peak, the first at the trough.
    recovered : datetime.date, optional
        First session at or above the peak again; None: not yet.
    """

    depth: float
    peak: date
    trough: date
    recovered: date | None


def deepest(series: Series) -> Drawdown | None:
    """Return the deepest drawdown; None for a series that never fell."""
    falls = drawdowns(series)
    trough = int(np.argmin(falls))
    if falls[trough] == 0:
        return None
    levels = series.levels
    before = levels[: trough + 1]
    peak = int(np.flatnonzero(before == before.max())[-1])
    again = np.flatnonzero(levels[trough:] >= levels[peak])
    return Drawdown(
        depth=float(falls[trough]),
        peak=series.dates[peak].item(),
        trough=series.dates[trough].item(),
        recovered=series.dates[trough + again[0]].item() if len(again) else None,
    )


def month_ends(series: Series) -> NDArray[np.int64]:
    """Return the positions of the last session of each month, the first session in front."""
    months = series.dates.astype("datetime64[M]").astype(np.int64)
    ends = np.append(np.flatnonzero(np.diff(months)), len(months) - 1)
    return np.unique(np.concatenate(([0], ends)))
