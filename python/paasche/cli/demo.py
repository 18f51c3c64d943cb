"""``paasche demo``: from the sample market to levels and a factsheet, in one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import paasche as px
from paasche.cli.aloud import calculate_aloud
from paasche.cli.console import stdout
from paasche.cli.folders import replace_run, require_replaceable
from paasche.cli.options import SEED, SeedOption
from paasche.cli.report import FACTSHEET, write_report
from paasche.cli.steps import Steps

__all__ = ["demo"]

_METHODOLOGY = "sample-cross-border"

_Out = Annotated[
    Path,
    typer.Option(
        metavar="DIR", help="Run directory to make. An earlier run of the demo is replaced."
    ),
]


def demo(*, out: _Out = Path("demo"), seed: SeedOption = SEED) -> None:
    """Calculate a capped cross-border index on an invented market.

    Price, gross and net total return, in CNY and HKD, over ten years, with a factsheet to open in
    a browser. Nothing is downloaded.
    """
    rules = px.Methodology.load(_METHODOLOGY)
    place = require_replaceable(out, "out", rules.index.code)
    with Steps(5) as steps:
        with steps.step("drawing the sample market"):
            tables = px.sample_market(seed)
        with steps.step("checking the tables"):
            market = px.Market.from_frames(tables)
        with steps.step("calculating"):
            result = calculate_aloud(rules, market)
        with steps.step("writing"):
            replace_run(result, place)
        with steps.step("drawing the factsheet"):
            write_report(result, place / FACTSHEET)
    # Load polars, which help and --version do not need.
    from paasche.calculation import shown  # noqa: PLC0415
    from paasche.cli import summary  # noqa: PLC0415

    console = stdout()
    console.print(shown.last_levels(result))
    console.print(shown.top_constituents(result, count=10))
    console.print(shown.last_divisors(result, count=5))
    console.print(f"{summary.speed(result)}\n{steps}\nwritten to {out}", soft_wrap=True)
    console.print(f"factsheet: open {out / FACTSHEET} in a browser", soft_wrap=True)
