"""What an index holds at a close and at the opening after it, as the core has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from datetime import date

    from paasche.calculation.result import Result
    from paasche.calculation.workings import Workings

__all__ = ["at_close", "at_opening", "renewed", "weights"]

_COUNTED = ("total", "inclusion_factor", "adjusted_shares", "weight_factor")
"""What of a holding makes its units."""


def at_close(result: Result, session: date) -> pl.DataFrame:
    """Return the holdings at a close.

    Parameters
    ----------
    result : Result
        A calculation from the base date or the anchor on.
    session : datetime.date
        Index session.

    Returns
    -------
    polars.DataFrame
        security, currency, close, fx, total, inclusion_factor, adjusted_shares, weight_factor,
        units, market_value (index currency), weight; by security. The market values add up to the
        value of the session.
    """
    at = _position(result, session)
    quoted = _quoted(result, at).select("security", "currency", "fx", close="price")
    held = _last(result, at).filter(pl.col("adjusted_shares") != 0).join(quoted, on="security")
    return _valued(held, "close")


def at_opening(closed: Result, opened: Result) -> pl.DataFrame:
    """Return the holdings at the opening after a close, once everything effective then is done.

    Parameters
    ----------
    closed : Result
        A calculation up to the close.
    opened : Result
        It goes on to the next session, which has no close yet.

    Returns
    -------
    polars.DataFrame
        Columns of :func:`at_close`, with ``close`` (of the session before), ``reference`` (opening
        reference price, dividend taken off) and ``opening`` (the price at which the price index
        opens, which a dividend does not change: R51). ``fx`` is that of the close before (R48).
    """
    at = _position(opened, opened.state.date)
    before = _quoted(opened, at - 1).select("security", "currency", "fx", close="price")
    changed = _last(opened, at).select("security", *_COUNTED, "units", opening="price")
    kept = _last(closed, _position(closed, closed.state.date)).join(
        changed, on="security", how="anti"
    )
    held = pl.concat([changed, kept.select("security", *_COUNTED, "units")], how="diagonal")
    held = (
        held.filter(pl.col("adjusted_shares") != 0)
        .join(before, on="security")
        .join(_quoted(opened, at).select("security", reference="price"), on="security")
        # A name to which nothing happens that morning opens at its close.
        .with_columns(pl.coalesce("opening", "close").alias("opening"))
    )
    return _valued(held, "opening")


def renewed(opened: Result) -> pl.DataFrame:
    """Return the holdings that a review sets on a session, at the closes before it.

    Columns of :func:`at_close`.
    """
    at = _position(opened, opened.state.date)
    before = _quoted(opened, at - 1).select("security", "currency", "fx", close="price")
    held = _last(opened, at).filter(pl.col("adjusted_shares") != 0).join(before, on="security")
    return _valued(held, "close")


def weights(held: pl.DataFrame) -> dict[str, float]:
    """Return the weights of holdings by security."""
    return dict(held.select("security", "weight").iter_rows())


def _last(result: Result, at: int) -> pl.DataFrame:
    """Return the last row of each holding that changed up to a session; leavers have no shares."""
    workings = _workings(result)
    rows = pl.DataFrame(workings.arrays.holdings.positions()).filter(pl.col("session") <= at)
    names = pl.Series(workings.panel.instruments, dtype=pl.String)
    return (
        rows.group_by("instrument", maintain_order=True)
        .last()
        .with_columns(
            security=pl.lit(names).gather(pl.col("instrument")),
            units=pl.col("adjusted_shares") * pl.col("weight_factor").fill_nan(1.0),
        )
        .with_columns(pl.col(_COUNTED).fill_nan(None))
        .select("security", "price", *_COUNTED, "units")
    )


def _quoted(result: Result, at: int) -> pl.DataFrame:
    """Return price and rate of every name on a session."""
    workings = _workings(result)
    panel = workings.panel
    return pl.DataFrame(
        {
            "security": panel.instruments,
            "currency": np.array(workings.rates.currencies)[panel.currency],
            "price": panel.prices[at],
            "fx": panel.fx[at][panel.currency],
        }
    )


def _valued(held: pl.DataFrame, price: str) -> pl.DataFrame:
    value = pl.col(price) * pl.col("fx") * pl.col("units")
    held = held.with_columns(market_value=value, weight=value / value.sum())
    return held.sort("security")


def _workings(result: Result) -> Workings:
    return cast("Workings", result.workings)  # a run of this process has them


def _position(result: Result, session: date) -> int:
    return int(np.searchsorted(_workings(result).sessions, np.datetime64(session, "D")))
