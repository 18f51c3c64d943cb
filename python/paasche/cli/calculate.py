"""``paasche calculate``: methodologies and a market folder to a run directory."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

import paasche as px
from paasche.cli.aloud import calculate_aloud
from paasche.cli.by import Address, By, ExecutorName, Workers
from paasche.cli.console import stdout
from paasche.cli.folders import require_free
from paasche.cli.many import calculate_many, methodologies_of, refuse_alone, refuse_many
from paasche.cli.options import (
    Anchor,
    AsOf,
    Format,
    FormatOption,
    ManyRules,
    MarketFolder,
    Strict,
    anchor_of,
    day,
)
from paasche.cli.steps import Steps

__all__ = ["calculate"]

_Out = Annotated[
    Path,
    typer.Option("--out", metavar="DIR", help="Run directory to make.", show_default=False),
]
_Start = Annotated[
    date | None, typer.Option(metavar="DATE", parser=day, help="First day of the output.")
]
_End = Annotated[
    date | None,
    typer.Option(metavar="DATE", parser=day, help="Last day. Without it: the last with prices."),
]
_All = Annotated[
    Path | None,
    typer.Option("--all", metavar="DIR", help="Calculate every methodology of this folder."),
]
_Continue = Annotated[
    Path | None,
    typer.Option(
        "--continue",
        metavar="RUN_DIR",
        help="Continue an earlier run. The content is that of one run over both spans.",
    ),
]
_Tables = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES",
        help="Tables to keep of many indices, such as levels,divisors. Without it: all.",
    ),
]
_Memory = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Never hold the prices whole: 512MB, 2GB. For levels of many indices.",
    ),
]
_Threads = Annotated[
    int | None, typer.Option(min=1, help="Threads. The result does not depend on it.")
]


def calculate(
    methodology: ManyRules = None,
    *,
    market: MarketFolder,
    out: _Out,
    every: _All = None,
    start: _Start = None,
    end: _End = None,
    format: FormatOption = Format.parquet,  # noqa: A002
    continue_from: _Continue = None,
    as_of: AsOf = None,
    anchor: Anchor = None,
    threads: _Threads = None,
    workers: Workers = None,
    executor: ExecutorName = None,
    address: Address = None,
    tables: _Tables = None,
    memory: _Memory = None,
    strict: Strict = False,
) -> None:
    """Calculate indices from their base dates on and write the run directory.

    Of several indices one that fails is named, and the others are calculated: exit code 1. Run
    again, such a run goes on where it stopped.
    """
    names = methodologies_of(methodology or [], every)
    by = By(executor, address, workers)
    if every is not None or len(names) > 1:
        refuse_alone(format=format, continue_from=continue_from, anchor=anchor)
        kept = None if tables is None else tables.split(",")
        options = {"start": start, "end": end, "threads": threads, "strict": strict, "tables": kept}
        calculate_many(names, market, out, {"as_of": as_of, "memory": memory}, options, by)
        return
    by.refuse_alone()
    refuse_many(tables, memory)
    require_free(out, "out")
    rules = px.Methodology.load(names[0])
    if anchor is not None:
        rules = rules.anchored(*anchor_of(anchor))
    state = px.State.of(continue_from, rules)
    if state is not None:
        _print(f"{state.index} continues from {state.date}, the last session of {continue_from}")
    with Steps(3) as steps:
        with steps.step("reading the market"):
            found = px.Market.read(market, as_of=as_of)
        with steps.step("calculating"):
            result = calculate_aloud(
                rules,
                found,
                start=start,
                end=end,
                continue_from=continue_from,
                threads=threads,
                strict=strict,
            )
        with steps.step("writing"):
            result.write(out, format.value)
    # Loads polars, which a command that is refused early does not need.
    from paasche.calculation.shown import last_levels  # noqa: PLC0415

    stdout().print(last_levels(result))
    if state is not None and result.state.date == state.date:
        _print(f"nothing new: {market} and {continue_from} both end on {state.date}")
    _print(f"{steps}\nwritten to {out}")


def _print(text: str) -> None:
    stdout().print(text, soft_wrap=True)
