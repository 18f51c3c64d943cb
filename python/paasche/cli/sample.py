"""``paasche sample``: the sample market as a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import paasche as px
from paasche.cli.console import stdout
from paasche.cli.folders import require_free
from paasche.cli.options import SEED, Format, FormatOption, SeedOption
from paasche.cli.steps import Steps

__all__ = ["sample"]

_Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="Folder to make; new or empty.", show_default=False)
]
_Securities = Annotated[int, typer.Option(help="Number of securities, 100 to 5,000.")]


def sample(
    folder: _Folder,
    *,
    seed: SeedOption = SEED,
    securities: _Securities = 800,
    format: FormatOption = Format.parquet,  # noqa: A002
) -> None:
    """Write the sample market: ten years of invented prices, shares and corporate actions."""
    require_free(folder, "DIR")
    with Steps(3) as steps:
        with steps.step("drawing"):
            tables = px.sample_market(seed, securities=securities)
        with steps.step("checking"):
            market = px.Market.from_frames(tables)
        with steps.step("writing"):
            market.write(folder, format.value)
    dates = market["prices"]["date"]
    span = f"{dates.dt.min()} to {dates.dt.max()}"
    stdout().print(f"{securities} securities, {span}, written to {folder}", soft_wrap=True)
