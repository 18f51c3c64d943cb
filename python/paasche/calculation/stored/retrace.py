"""Retrace a stored run: calculate it once more, and make sure that it is the same."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl

from paasche.calculation.run import calculate
from paasche.errors import AssumptionWarning, InconsistentError, InputError
from paasche.market import Market

if TYPE_CHECKING:
    from datetime import date

    from paasche.calculation.result import Result
    from paasche.calculation.workings import Workings

__all__ = ["retrace"]


def retrace(result: Result, market: Market | None, end: date) -> Workings:
    """Return the workings of a run that was read, up to a session.

    Parameters
    ----------
    result : Result
        As :meth:`paasche.Result.read` returns it.
    market : Market, optional
        What it was calculated from; None: the folder that the run names.
    end : date
        Last session wanted.

    Raises
    ------
    InputError
        The market cannot be found.
    InconsistentError
        The levels come out different: the market has changed since.
    """
    found = market or _market_of(result)
    if result.known_at is not None and found.known_at is None:
        found = found.as_of(result.known_at)
    later = result.levels["date"].filter(result.levels["date"] >= end)
    last = cast("date", later.min()) if len(later) else result.state.date
    with warnings.catch_warnings():
        # The run has said what it assumes.
        warnings.simplefilter("ignore", AssumptionWarning)
        again = calculate(result.methodology, found, end=last)
    _check(result, again, found)
    return cast("Workings", again.workings)


def _market_of(result: Result) -> Market:
    folder = Path(result.source)
    if not folder.is_dir():
        raise InputError(
            f"market: {result.methodology.index.code} was calculated from {result.source}, which "
            "is not a folder here; give the market (--market DIR)"
        )
    return Market.read(folder)


def _check(result: Result, again: Result, market: Market) -> None:
    """Refuse another market than that of the run, naming the tables that differ."""
    key = ["date", "variant", "currency", "hedge"]
    # A run may be cut at its start, and goes on after the session wanted.
    same_span = pl.col("date").is_between(result.levels["date"].min(), again.state.date)
    both = result.levels.filter(same_span).join(
        again.levels.filter(same_span), on=key, how="full", coalesce=True, suffix="_again"
    )
    odd = both.filter(pl.col("level_unrounded").ne_missing(pl.col("level_unrounded_again"))).sort(
        key
    )
    if odd.is_empty():
        return
    day, variant, currency, said, found = odd.select(
        "date", "variant", "currency", "level_unrounded", "level_unrounded_again"
    ).row(0)
    stored, now = result.market_fingerprints(), market.fingerprints()
    names = [name for name in sorted({*stored, *now}) if stored.get(name) != now.get(name)]
    where = (
        f"tables {', '.join(names)} have changed since" if names else "the run was made otherwise"
    )
    raise InconsistentError(
        f"{result.methodology.index.code} {variant} {currency} on {day}: the run has "
        f"{_level(said)}, the market gives {_level(found)}; {where}; give the market the run was "
        "calculated from (--market DIR)"
    )


def _level(level: float | None) -> str:
    return "no session" if level is None else f"{level:.10g}"
