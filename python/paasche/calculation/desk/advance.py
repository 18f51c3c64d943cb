"""Advance: a stored run goes on, in its place, to a session that its market now has."""

from __future__ import annotations

import datetime as dt
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from paasche.calculation.arguments import check_market, run_folder
from paasche.calculation.days import day
from paasche.calculation.membership import membership
from paasche.calculation.result import Result
from paasche.calculation.run import calculate
from paasche.calculation.stored.directory import replace_run
from paasche.errors import AssumptionWarning, InputError, MissingDataError
from paasche.market.listings import by_exchange
from paasche.market.status import in_status
from paasche.review.interim.exits import exits_of

if TYPE_CHECKING:
    from os import PathLike

    from paasche.market import Market

__all__ = ["advance"]


def advance(run: str | PathLike[str], market: Market, date: dt.date | str) -> Result:
    """Take a run directory on to a session, in its place.

    The content is that of one run up to that session. The directory is replaced whole: whoever
    reads it finds the run before or the run after.

    Parameters
    ----------
    run : str or path
        Run directory.
    market : Market
        What the run was calculated from, and the sessions since.
    date : date or ISO text
        A session after the last one of the run; those between come along.

    Returns
    -------
    Result

    Raises
    ------
    InputError
        The day is no session of the index, or not after the run; or an argument is of another kind.
    MissingDataError
        An exchange was open, and none of its constituents has a price.
    InconsistentError
        The market is another one up to the last session of the run: see `paasche.restate`.

    Examples
    --------
    >>> import tempfile, paasche as px
    >>> from paasche.calculation.desk.advance import advance
    >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2015-12-31"))
    >>> rules = px.Methodology.load("sample-cross-border")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run = px.calculate(rules, market, end="2015-12-29").write(folder + "/run")
    ...     advance(run, market, "2015-12-30").state.date
    datetime.date(2015, 12, 30)
    """
    check_market(market)
    folder, last = run_folder(run), day("date", date)
    earlier = Result.read(folder)
    code, since = earlier.methodology.index.code, earlier.state.date
    if last <= since:
        raise InputError(f"date = {last}: must be after {since}, the last session of {folder}")
    _require_prices(earlier, market, last)
    with warnings.catch_warnings():
        # The run has said what it assumes.
        warnings.simplefilter("ignore", AssumptionWarning)
        later = calculate(earlier.methodology, market, end=last, continue_from=folder)
    if later.state.date != last:
        raise InputError(
            f"date = {last}: must be a session of {code}; the last one before it is "
            f"{later.state.date}"
        )
    noted = dict.fromkeys([*earlier.warnings, *later.warnings])
    result = replace(later, warnings=tuple(noted))
    replace_run(result, folder, earlier.record["format"])
    return result


def _require_prices(earlier: Result, market: Market, last: dt.date) -> None:
    """Refuse an open exchange without a price: its closes have not arrived yet.

    Single gaps are the methodology's business (``[prices] missing``).
    """
    code, since = earlier.methodology.index.code, earlier.state.date
    first = since + dt.timedelta(days=1)
    spans = by_exchange(market, _spans(earlier, market, last))
    for (exchange,), held in spans.group_by("exchange", maintain_order=True):
        sessions = pl.Series(market.calendars.sessions(str(exchange), first, last)).cast(pl.Date)
        due = (
            held.join(pl.DataFrame({"date": sessions}), how="cross")
            .filter(
                pl.col("start") <= pl.col("date"),
                pl.col("end").is_null() | (pl.col("date") < pl.col("end")),
            )
            .select("security", "date")
        )
        due = due.join(in_status(market, due, "suspended"), on=["security", "date"], how="anti")
        priced = (
            market["prices"]
            .lazy()
            .filter(pl.col("date").is_between(first, last))
            .select("security", "date")
            .collect()
        )
        there = due.join(priced, on=["security", "date"], how="semi")
        without = due.join(there, on="date", how="anti").sort("date")
        if not without.is_empty():
            missing = without["date"][0]
            count = without.filter(pl.col("date") == missing).height
            raise MissingDataError(
                f"{market.source}: prices of {missing}: must be there, as {exchange} was open; "
                f"none of its {count} constituents of {code} has one. Add them, or name the "
                "suspended ones in the table status"
            )


def _spans(earlier: Result, market: Market, last: dt.date) -> pl.DataFrame:
    """Return who is in when: by the table; of reviews to come nothing is known but who is held."""
    rules, since = earlier.methodology, earlier.state.date
    if not rules.universe.by_rules:
        return membership(market, rules, market["constituents"], since, last).spans
    held = [one["security"] for one in earlier.state.members]
    names = pl.Series(held, dtype=pl.String)
    gone = exits_of(market, names, as_heard=True).select("security", end="session")
    return (
        pl.DataFrame({"security": held})
        .select("security", start=pl.lit(since))
        .join(gone, on="security", how="left", maintain_order="left")
    )
