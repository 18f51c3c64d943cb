"""``paasche restate``: a stored run once more, on a corrected market."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import paasche as px
from paasche.cli.console import say, stdout
from paasche.cli.folders import require_free
from paasche.cli.options import Format, FormatOption, RunDirectory

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
_AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="TIMESTAMP",
        help="Use only what was known then. With its zone: 2024-06-14T18:00:00+08:00.",
    ),
]


def restate(
    run: RunDirectory,
    *,
    market: _Market,
    reason: _Reason,
    out: _Out,
    as_of: _AsOf = None,
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
    # Load polars, which help does not need.
    import polars as pl  # noqa: PLC0415

    from paasche.calculation.shown import Shown  # noqa: PLC0415

    table = result.restatement
    assert table is not None
    index, difference = result.methodology.index, pl.col("difference")
    largest = difference.abs().arg_max()
    rows = (
        table.group_by("variant", "currency", "hedge", maintain_order=True)
        .agg(
            sessions=(difference != 0).sum(),
            first=pl.col("date").filter(difference != 0).first(),
            largest=difference.get(largest),
            day=pl.col("date").get(largest),
            last=difference.last(),
        )
        .iter_rows()
    )
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
