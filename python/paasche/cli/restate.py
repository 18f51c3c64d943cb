"""``paasche restate``: a stored run once more, on a corrected market."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import paasche as px
from paasche.cli.console import say, stdout
from paasche.cli.folders import require_free
from paasche.cli.options import AsOf, Format, FormatOption, RunDirectory

if TYPE_CHECKING:
    from paasche import Result
    from paasche.calculation.shown import Shown

__all__ = ["restate"]

_Market = Annotated[
    Path,
    typer.Option("--market", metavar="DIR", help="Corrected market folder.", show_default=False),
]
_Reason = Annotated[
    str, typer.Option(metavar="TEXT", help="Why. It is kept in run.json.", show_default=False)
]
_Out = Annotated[
    Path,
    typer.Option("--out", metavar="DIR", help="Run directory to make.", show_default=False),
]


def restate(
    run: RunDirectory,
    *,
    market: _Market,
    reason: _Reason,
    out: _Out,
    as_of: AsOf = None,
    format: FormatOption = Format.parquet,  # noqa: A002
) -> None:
    """Calculate a stored run once more on a corrected market, and show the difference.

    Methodology and span are those of the run, which stays as it is. The new run directory names it.
    """
    require_free(out, "out")
    result = px.restate(run, px.Market.read(market, as_of=as_of), reason=reason)
    result.write(out, format.value)
    for defect in result.warnings:
        say("warning", str(defect))
    console = stdout()
    console.print(_effect(result))
    console.print(f"written to {out}", soft_wrap=True)


def _effect(result: Result) -> Shown:
    """Return for each version where levels differ, and by how much."""
    # These load polars, which help does not need.
    from paasche.calculation.desk.difference import parting  # noqa: PLC0415
    from paasche.calculation.shown import Shown  # noqa: PLC0415

    table = result.restatement
    assert table is not None
    index, rows = result.methodology.index, parting(table).iter_rows()
    return Shown(
        title=f"{index.name} ({index.code}): difference in points, after less before",
        headings=("variant", "currency", "sessions>", "first>", "largest>", "on>", "last>"),
        rows=tuple(
            (variant.replace("_", " "), currency, "0", "", "", "", "")
            if first is None
            else (
                variant.replace("_", " "),
                currency,
                str(sessions),
                str(first),
                f"{most:+.4f}",
                str(day),
                "" if last is None else f"{last:+.4f}",
            )
            for variant, currency, _, sessions, first, most, day, last in rows
        ),
    )
