"""``paasche advance``: a stored run goes on, in its place."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import paasche as px
from paasche.cli.console import say, stdout
from paasche.cli.options import AsOf, RunDirectory, day

if TYPE_CHECKING:
    from paasche import Result
    from paasche.calculation.shown import Shown

__all__ = ["advance"]

CONTRIBUTORS = 5
"""Rows of each table of what moved the level."""

_Market = Annotated[
    Path,
    typer.Option(
        "--market", metavar="DIR", help="Market folder with the new sessions.", show_default=False
    ),
]
_Date = Annotated[
    dt.date,
    typer.Option(
        metavar="DATE",
        parser=day,
        help="Session to go to; those between come along.",
        show_default=False,
    ),
]


def advance(run: RunDirectory, *, market: _Market, date: _Date, as_of: AsOf = None) -> None:
    """Take a stored run on to a session, in its place.

    The content is that of one run up to that session. A market whose past has changed is refused:
    `paasche restate` shows what the change does.
    """
    before = px.Result.read(run)
    after = px.advance(run, px.Market.read(market, as_of=as_of), date)
    for defect in after.warnings:
        if defect not in before.warnings:
            say("warning", str(defect))
    console = stdout()
    console.print(_levels(before, after))
    added = after.levels["date"].filter(after.levels["date"] > before.state.date)
    console.print(after.explain(added.sort()[0], after.state.date).shown(CONTRIBUTORS))
    count = after.levels["date"].n_unique() - before.levels["date"].n_unique()
    sessions = "1 session" if count == 1 else f"{count} sessions"
    console.print(f"{run}: {sessions} added, up to {after.state.date}", soft_wrap=True)


def _levels(before: Result, after: Result) -> Shown:
    """Return the last levels of both, and the change."""
    # Loads polars, which help does not need.
    from paasche.calculation.shown import Shown  # noqa: PLC0415

    version = ["variant", "currency", "hedge"]
    old, new = (
        one.levels.filter(one.levels["date"] == one.state.date).select(*version, "level")
        for one in (before, after)
    )
    rows = old.join(new, on=version, suffix="_new", maintain_order="left").iter_rows()
    index = after.methodology.index
    return Shown(
        title=f"{index.name} ({index.code}), {before.state.date} to {after.state.date}",
        headings=("variant", "currency", "before>", "after>", "change>", "points>"),
        rows=tuple(
            (
                variant.replace("_", " "),
                currency,
                f"{was:.4f}",
                f"{now:.4f}",
                f"{now / was - 1:+.2%}",
                f"{now - was:+.4f}",
            )
            for variant, currency, _, was, now in rows
        ),
    )
