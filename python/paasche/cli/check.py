"""``paasche check``: what in a market is not plausible."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import paasche as px
from paasche._files import new_file
from paasche.cli.console import stderr, stdout
from paasche.cli.options import day
from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from paasche.calculation.shown import Shown

__all__ = ["check"]

FOUND = 1
"""Exit code of a market with findings."""


class _Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"


_Folder = Annotated[
    Path, typer.Argument(metavar="MARKET", help="Market folder to read.", show_default=False)
]
_From = Annotated[
    dt.date | None,
    typer.Option("--from", metavar="DATE", parser=day, help="First day of findings."),
]
_To = Annotated[
    dt.date | None,
    typer.Option("--to", metavar="DATE", parser=day, help="Last day of findings."),
]
_Index = Annotated[str | None, typer.Option(metavar="CODE", help="Only names ever in this index.")]
_Limits = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Limits to go by, as TOML. Without it: those of paasche."),
]
_Out = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write all findings to this file: .csv or .json."),
]
_Rows = Annotated[int, typer.Option(min=1, help="Rows of each kind in the table.")]


def check(
    market: _Folder,
    *,
    start: _From = None,
    end: _To = None,
    index: _Index = None,
    limits: _Limits = None,
    format: Annotated[_Format, typer.Option(help="How to print.")] = _Format.table,  # noqa: A002
    out: _Out = None,
    rows: _Rows = 20,
) -> None:
    """Check whether a market is plausible: moves, references, share counts, gaps, rates, weights.

    What could not be checked is said too. A folder that cannot be read is refused before. Exit code
    0: nothing found; 1: findings; 2: refused.
    """
    # Loads polars, which help does not need.
    from paasche.calculation.desk.check import unchecked  # noqa: PLC0415

    suffix = None if out is None else out.suffix.removeprefix(".")
    if suffix not in (None, "csv", "json"):
        raise InputError(f"out = {out}: must end in .csv or .json")
    tables = px.Market.read(market)
    found = px.check(tables, start=start, end=end, index=index, limits=limits)
    left_out = unchecked(tables, index=index, limits=limits)
    if out is not None and suffix is not None:
        _write(_text(found, suffix), out)
    if format is _Format.table:
        console = stdout()
        for table in _shown(found, rows):
            console.print(table)
        console.print(_count(len(found)))
    else:
        # Programs read the findings from stdout.
        console = stderr()
        typer.echo(_text(found, format.value), nl=False)
    for line in left_out:
        console.print(line, soft_wrap=True, markup=False, highlight=False, emoji=False)
    if not found.is_empty():
        raise typer.Exit(FOUND)


def _count(findings: int) -> str:
    if findings:
        return f"{findings:,} finding{'s' if findings > 1 else ''}"
    return "nothing found"


def _text(found: pl.DataFrame, form: str) -> str:
    return found.write_csv() if form == "csv" else found.write_json() + "\n"


def _write(text: str, place: Path) -> None:
    with new_file("out", place) as draft:
        draft.write_text(text, encoding="utf-8")


def _shown(found: pl.DataFrame, rows: int) -> Iterator[Shown]:
    """Yield the findings as tables, one for each kind."""
    # Loads polars, which help does not need.
    from paasche.calculation.desk.check import KINDS  # noqa: PLC0415
    from paasche.calculation.shown import Shown  # noqa: PLC0415

    for (kind,), part in found.group_by("kind", maintain_order=True):
        more = f", the first {rows}" if len(part) > rows else ""
        yield Shown(
            title=f"{kind}: {KINDS[str(kind)]} ({len(part):,}{more})",
            headings=("kind", "security", "date>", "value>", "expected>", "hint"),
            rows=tuple(
                (name, security, str(day), _number(value), _number(expected), hint)
                for name, security, day, value, expected, hint in part.head(rows).iter_rows()
            ),
        )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.10g}"
