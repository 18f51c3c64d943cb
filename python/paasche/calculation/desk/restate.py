"""Restate: a run once more on a corrected market, with the difference it makes."""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from paasche.calculation.arguments import check_market, run_folder
from paasche.calculation.desk.difference import VERSION, difference
from paasche.calculation.result import Result
from paasche.calculation.run import calculate
from paasche.calculation.stored.directory import RESTATEMENT
from paasche.errors import AssumptionWarning, InputError

if TYPE_CHECKING:
    from datetime import date, datetime
    from os import PathLike

    from paasche.market import Market

__all__ = ["restate"]


def restate(run: str | PathLike[str], market: Market, *, reason: str) -> Result:
    """Calculate a stored run once more on a corrected market.

    Methodology and span are those of the run, which stays as it is.

    Parameters
    ----------
    run : str or path
        Run directory.
    market : Market
        The corrected market: the same one as of a later moment, or another.
    reason : str
        Why, for whoever reads the new run.

    Returns
    -------
    Result
        With ``restatement``, the levels before and after of every session, and ``restates``, which
        names the run it replaces: path, content fingerprints, moments of knowledge, reason.

    Raises
    ------
    InputError
        There is no reason, an argument is of another kind, or the run is not as it was written.

    Examples
    --------
    A share count is corrected by a row that is known later.

    >>> import tempfile, paasche as px
    >>> from paasche.calculation.desk.restate import restate
    >>> tables = px.sample_market(securities=120, end="2015-12-31")
    >>> rules = px.Methodology.load("sample-cross-border")
    >>> market = px.Market.from_frames(tables)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run = px.calculate(rules, market).write(folder + "/run")
    ...     restate(run, market, reason="nothing is corrected").restatement["difference"].max()
    0.0
    """
    check_market(market)
    said = reason.strip() if isinstance(reason, str) else ""
    if not said:
        shown = "(empty)" if isinstance(reason, str) else type(reason).__name__
        raise InputError(f"reason = {shown}: must say why the run is restated")
    before = Result.read(run_folder(run))
    first: date | None = before.levels.select(pl.col("date").min()).item()
    with warnings.catch_warnings():
        # The run has said what it assumes.
        warnings.simplefilter("ignore", AssumptionWarning)
        after = calculate(
            before.methodology,
            market,
            start=first,
            end=before.state.date,
        )
    restates: dict[str, Any] = {
        "path": os.fspath(run),
        "content": before.record["content"],
        "known_at_before": _text(before.known_at),
        "known_at_after": _text(after.known_at),
        "reason": said,
    }
    return replace(after, restatement=_effect(before.levels, after.levels), restates=restates)


def _effect(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return the levels of both runs side by side, and their difference in points."""
    key = ["index", "date", *VERSION]
    return (
        before.select(*key, level_before="level")
        .join(after.select(*key, level_after="level"), on=key, how="full", coalesce=True)
        .with_columns(difference=difference("level_before", "level_after"))
        .sort("index", *VERSION, "date")
        .select(*RESTATEMENT)
    )


def _text(known_at: datetime | None) -> str | None:
    return None if known_at is None else known_at.isoformat()
