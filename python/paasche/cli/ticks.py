"""``paasche ticks``: a simulated day of trades as a file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

import paasche as px
from paasche._files import new_file
from paasche.cli.console import stdout
from paasche.cli.options import day
from paasche.cli.steps import Steps
from paasche.errors import InputError

__all__ = ["ticks"]

_Folder = Annotated[
    Path, typer.Argument(metavar="MARKET", help="Market folder to read.", show_default=False)
]
_Date = Annotated[
    dt.date,
    typer.Option(
        "--date",
        metavar="DATE",
        parser=day,
        help="Session with prices; trades end at its closes.",
        show_default=False,
    ),
]
_Out = Annotated[
    Path,
    typer.Option(
        "--out", metavar="FILE", help="File to write: .parquet or .csv.", show_default=False
    ),
]
_Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same ticks, row by row.")]
_Ticks = Annotated[int, typer.Option("--ticks", min=1, help="How many ticks.")]
_Securities = Annotated[
    str | None,
    typer.Option(metavar="CODES", help="Only these, with commas between. Without it: all."),
]


def ticks(
    market: _Folder,
    *,
    date: _Date,
    out: _Out,
    seed: _Seed = 0,
    count: _Ticks = 1_000_000,
    securities: _Securities = None,
) -> None:
    """Simulate a day of trades from the daily prices of a market.

    The file has the columns of the table ticks, in order of time: timestamp, security, price,
    volume. The last trade of a security is at its close. Quotes before the opening have volume 0,
    and a few prices are 0, as in real feeds.
    """
    form = out.suffix.removeprefix(".")
    if form not in {"parquet", "csv"}:
        raise InputError(f"out = {out}: must end in .parquet or .csv")
    only = None if securities is None else [code.strip() for code in securities.split(",")]
    with Steps(3) as steps:
        with steps.step("reading the market"):
            found = px.Market.read(market)
        with steps.step("drawing"):
            drawn = px.simulate_ticks(found, date, ticks=count, seed=seed, securities=only)
        with steps.step("writing"), new_file("out", out) as draft:
            if form == "parquet":
                drawn.write_parquet(draft)
            else:
                drawn.write_csv(draft, datetime_format="%Y-%m-%dT%H:%M:%S%.6f+00:00")
    names = drawn["security"].n_unique()
    stdout().print(
        f"{len(drawn):,} ticks of {names:,} securities on {date}, written to {out}", soft_wrap=True
    )
