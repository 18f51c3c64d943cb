"""``paasche compare``: where two runs part, by how much, and over which input."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import paasche as px
from paasche.cli.console import stdout

__all__ = ["compare"]

DIFFERENT = 1
"""Exit code of two runs that do not have the same content."""

_Run = Annotated[Path, typer.Argument(help="Run directory.", show_default=False)]
_Rows = Annotated[int, typer.Option(min=1, help="Rows of each table.")]
_Market = "Market folder of {}. Without it: the one the run names."
_MarketA = Annotated[Path | None, typer.Option(metavar="DIR", help=_Market.format("RUN_A"))]
_MarketB = Annotated[Path | None, typer.Option(metavar="DIR", help=_Market.format("RUN_B"))]


def compare(
    run_a: _Run,
    run_b: _Run,
    *,
    market_a: _MarketA = None,
    market_b: _MarketB = None,
    rows: _Rows = 10,
) -> None:
    """Compare two stored runs: first session that differs, input, effect in points.

    Exit code 0: the same content; 1: another; 2: refused.
    """
    comparison = px.compare(
        run_a,
        run_b,
        market_a=None if market_a is None else px.Market.read(market_a),
        market_b=None if market_b is None else px.Market.read(market_b),
    )
    console, shown = stdout(), comparison.shown(rows)
    for table in shown.tables:
        console.print(table)
    console.print(shown.footer, soft_wrap=True)
    if not comparison.same:
        raise typer.Exit(DIFFERENT)
