"""``paasche explain``: why a level of a stored run moved."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import paasche as px
from paasche.cli.console import stdout
from paasche.cli.options import RunDirectory, day
from paasche.errors import InputError

__all__ = ["explain"]


class _Variant(StrEnum):
    price = "price"
    total_return = "total_return"
    net_total_return = "net_total_return"


def _variant(text: str) -> _Variant:
    """Return the variant of its name, written with underscores or, as tables print it, blanks."""
    name = text.strip().lower().replace(" ", "_").replace("-", "_")
    try:
        return _Variant(name)
    except ValueError as e:
        raise typer.BadParameter(f"{text}: must be one of {', '.join(_Variant)}") from e


class _Table(StrEnum):
    constituents = "constituents"
    divisors = "divisors"
    events = "events"
    rates = "rates"
    sessions = "sessions"


_Day = Annotated[
    dt.date | None,
    typer.Option("--date", metavar="DATE", parser=day, help="Session to explain."),
]
_Start = Annotated[
    dt.date | None,
    typer.Option(metavar="DATE", parser=day, help="First session of a span."),
]
_End = Annotated[
    dt.date | None,
    typer.Option(metavar="DATE", parser=day, help="Last session of a span."),
]
_Market = Annotated[
    Path | None,
    typer.Option(
        "--market", metavar="DIR", help="Market folder. Without it: the one the run names."
    ),
]
_Currency = Annotated[str | None, typer.Option(help="Version in this currency.")]
_Index = Annotated[str | None, typer.Option(metavar="CODE", help="Index of the run.")]
_Which = Annotated[
    _Variant | None,
    typer.Option(metavar="VARIANT", parser=_variant, help=f"Which level: {', '.join(_Variant)}."),
]
_Rows = Annotated[int, typer.Option(min=1, help="Rows of each table.")]
_Csv = Annotated[_Table | None, typer.Option(help="Print this table whole, as CSV.")]


def explain(
    run: RunDirectory,
    *,
    date: _Day = None,
    start: _Start = None,
    end: _End = None,
    index: _Index = None,
    variant: _Which = None,
    currency: _Currency = None,
    market: _Market = None,
    rows: _Rows = 10,
    csv: _Csv = None,
) -> None:
    """Explain why a level moved: constituents by price, fx and dividend, and events.

    The points add up to the change. The run is calculated once more for it, and its levels must
    come out the same.
    """
    first, last = _span(date, start, end)
    result = px.Result.read(run)
    code = result.methodology.index.code
    if index is not None and index != code:
        raise InputError(f"index = {index}: must be {code}, the index of {run}")
    explanation = result.explain(
        first,
        last,
        variant=variant,
        currency=currency,
        market=None if market is None else px.Market.read(market),
    )
    if csv is None:
        stdout().print(explanation.shown(rows))
    else:
        typer.echo(getattr(explanation, csv.value).write_csv(), nl=False)


def _span(
    date: dt.date | None, start: dt.date | None, end: dt.date | None
) -> tuple[dt.date, dt.date | None]:
    """Return first and last day of a span; of one date no last day."""
    if date is not None and start is None and end is None:
        return date, None
    if date is None and start is not None and end is not None:
        return start, end
    raise InputError("--date: must be given, or --start and --end in its place")
