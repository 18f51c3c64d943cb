"""How large and how liquid securities are: the measures of screens and ranks (R3, R4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from paasche.errors import InputError

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from paasche.methodology import Methodology
    from paasche.methodology.universe import Measure
    from paasche.review.panels.ground import Ground

__all__ = ["Window", "measure", "measured", "open_window", "too_new"]

_COUNTS = {
    "average_market_value": "shares",
    "average_free_float_market_value": "free_float",
    "market_value": "shares",
    "free_float_market_value": "free_float",
}
"""The panel of share counts that each market value takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days of a data window that count for each security (R4).

    Attributes
    ----------
    rows : slice
        Positions of the window's days in the ground.
    last : int
        Position of its last day, which stands before the window where that holds no session.
    counts : bool array of shape (n_window_days, n_securities)
        Whether a day counts: the security's exchange is open and, where the security was listed
        inside the window, its first trading days are over.
    trading_days : int64 array of shape (n_securities,)
        Days traded in the window.
    newly_listed : bool array of shape (n_securities,)
        Whether the security was listed inside the window.
    """

    rows: slice
    last: int
    counts: NDArray[np.bool_]
    trading_days: NDArray[np.int64]
    newly_listed: NDArray[np.bool_]


def open_window(
    ground: Ground,
    methodology: Methodology,
    first: date,
    cutoff: date,
) -> Window:
    """Return which days of a data window count for which security (R3, R4).

    Parameters
    ----------
    ground : Ground
    methodology : Methodology
        Its review rules say from which trading day on a newcomer's data counts.
    first, cutoff : datetime.date
        First and last day of the window, both included.

    Raises
    ------
    InputError
        The window ends before it begins.
    MissingDataError
        The days of the ground begin after the cut-off.
    """
    begin, end = np.datetime64(first, "D"), np.datetime64(cutoff, "D")
    if begin > end:
        raise InputError(f"first = {begin}: must be on or before the cut-off {end}")
    last = ground.position(cutoff)
    rows = slice(int(np.searchsorted(ground.days, begin)), last + 1)
    traded, counts = ground.traded[rows], ground.is_open[rows].copy()
    newly_listed = (ground.listed >= begin) & (ground.listed <= end)
    from_day = methodology.review.numbers.first_counted_session
    new = np.flatnonzero(newly_listed)
    counts[:, new] &= np.cumsum(traded[:, new], axis=0, dtype=np.int32) >= from_day
    return Window(
        rows=rows,
        last=last,
        counts=counts,
        trading_days=traded.sum(axis=0, dtype=np.int64),
        newly_listed=newly_listed,
    )


def too_new(window: Window, methodology: Methodology) -> NDArray[np.bool_]:
    """Tell who was listed inside the window and has too few trading days for data (R4)."""
    needed = methodology.review.numbers.first_counted_session
    return window.newly_listed & (window.trading_days < needed)


def measure(
    name: Measure,
    ground: Ground,
    methodology: Methodology,
    first: date,
    cutoff: date,
) -> NDArray[np.float64]:
    """Return a measure of every security over a data window (R3, R4).

    Averages divide by the days that count: market value by the exchange days with a carried price
    and a share count, turnover by the days traded (``suspended_days = "zero"``: by the exchange
    days). A security listed inside the window counts from its 4th trading day on.

    Parameters
    ----------
    name : {"average_market_value", "average_free_float_market_value", "average_turnover", \
"market_value", "free_float_market_value"}
        The latter two are those of the last close of the window.
    ground : Ground
    methodology : Methodology
    first, cutoff : datetime.date
        First and last day of the window, both included.

    Returns
    -------
    float64 array of shape (n_securities,)
        Index currency; NaN without data.

    Raises
    ------
    InputError
        The window ends before it begins.
    MissingDataError
        The days of the ground begin after the cut-off.

    Examples
    --------
    >>> from datetime import date
    >>> import paasche as px
    >>> from paasche.market.sample import sample_market
    >>> from paasche.review.panels.ground import lay_ground
    >>> market = px.Market.from_frames(
    ...     sample_market(securities=100, start="2023-01-02", end="2023-12-29")
    ... )
    >>> methodology = px.Methodology.load("sample-cross-border")
    >>> ground = lay_ground(market, methodology, date(2023, 10, 31))
    >>> values = measure(
    ...     "average_market_value", ground, methodology, date(2023, 5, 1), date(2023, 10, 31)
    ... )
    >>> values.shape, bool(values[0] > 0)
    ((100,), True)
    """
    return measured(name, ground, methodology, open_window(ground, methodology, first, cutoff))


def measured(
    name: Measure, ground: Ground, methodology: Methodology, window: Window
) -> NDArray[np.float64]:
    """Return a measure over a window that is open, as :func:`measure` does."""
    if name == "average_turnover":
        selection = methodology.selection
        excluded = selection is None or selection.suspended_days == "exclude"
        return _average_turnover(ground, window, traded_only=excluded)
    counts: NDArray[np.float64] = getattr(ground, _COUNTS[name])
    if name.startswith("average"):
        rows = window.rows
        values = ground.close[rows] * counts[rows]
        return _average(values, ground.rate[rows], window.counts & ~np.isnan(values))
    at = window.last
    value = (ground.close[at] * counts[at]) * ground.rate[at]
    return np.where(too_new(window, methodology), np.nan, value)


def _average_turnover(ground: Ground, window: Window, *, traded_only: bool) -> NDArray[np.float64]:
    rows = window.rows
    counts = window.counts & ~np.isnan(ground.close[rows])
    if traded_only:
        counts &= ground.traded[rows]
    return _average(ground.turnover[rows], ground.rate[rows], counts)


def _average(
    values: NDArray[np.float64], rate: NDArray[np.float64], counts: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the mean over the days that count, NaN where none does or a rate is not known."""
    if not len(values):
        return np.full(values.shape[1], np.nan)
    # Day by day in every column, whatever other columns there are; a plain sum may take another
    # order where there is only one.
    total: NDArray[np.float64] = reduce(np.add, np.where(counts, values * rate, 0.0))
    days = counts.sum(axis=0)
    mean = np.full(len(days), np.nan)
    np.divide(total, days, out=mean, where=days > 0)
    return mean
