"""Newcomers large enough for fast entry: by listing, or by inclusion in Stock Connect (R22)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from numpy.typing import NDArray

    from paasche.methodology import Methodology
    from paasche.review.panels.ground import Ground
    from paasche.review.panels.known import View

__all__ = ["market_values", "newcomers", "size_rank"]


def newcomers(
    view: View, methodology: Methodology, start: date, end: date
) -> Iterator[tuple[date, str]]:
    """Yield the days on which securities of the universe become available, with the security.

    The first session with a trade, or the first day in Stock Connect where the universe asks for it
    and the security was listed before; by day and code.

    Parameters
    ----------
    view : View
    methodology : Methodology
    start, end : datetime.date
        Days after the first and up to the second.
    """
    ground = view.ground
    traded: NDArray[np.bool_] = np.any(ground.traded, axis=0)
    first = ground.days[np.argmax(ground.traded, axis=0)]
    days = {
        name: day.item()
        for name, day, known in zip(ground.securities, first, traded, strict=True)
        if known
    }
    exchanges = methodology.universe.connect_exchanges
    if exchanges is not None:
        listed = dict(view.market["securities"].select("security", "exchange").iter_rows())
        included = dict(
            view.market["status"]
            .filter(status="connect")
            .group_by("security")
            .agg(pl.col("start").min())
            .iter_rows()
        )
        for name in list(days):
            if listed[name] in exchanges:
                if name not in included:
                    del days[name]
                else:
                    days[name] = max(days[name], included[name])
    for day, name in sorted((day, name) for name, day in days.items()):
        if start < day <= end:
            yield day, name


def market_values(ground: Ground, day: date) -> NDArray[np.float64]:
    """Return the total market value of every security at the close of a day, index currency.

    Returns
    -------
    float64 array of shape (n_securities,)
        NaN where a price, a share count or a rate is missing.
    """
    at = ground.position(day)
    values: NDArray[np.float64] = ground.close[at] * ground.shares[at] * ground.rate[at]
    return values


def size_rank(values: NDArray[np.float64], column: int, among: NDArray[np.bool_]) -> int:
    """Return the rank of a security by market value among others; ties go by code.

    Parameters
    ----------
    values : float64 array of shape (n_securities,)
        In byte order of the codes.
    column : int
        The security.
    among : bool array of shape (n_securities,)
        Who is ranked beside it.
    """
    ahead = values > values[column]
    ahead |= (values == values[column]) & (np.arange(len(values)) < column)
    return int((ahead & among).sum()) + 1
