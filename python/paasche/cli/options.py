"""Options that several commands share."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from paasche.errors import InputError

__all__ = [
    "SEED",
    "Anchor",
    "AsOf",
    "Format",
    "FormatOption",
    "ManyRules",
    "MarketFolder",
    "Rules",
    "RunDirectory",
    "SeedOption",
    "Strict",
    "anchor_of",
    "day",
]

SEED = 2023
"""The seed of the sample market where none is given."""


class Format(StrEnum):
    """File format of tables."""

    parquet = "parquet"
    csv = "csv"


def day(text: str) -> date:
    """Return the date of ISO text, for options that name a day."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  (a day has no zone)
    except ValueError as e:
        raise typer.BadParameter(f"{text}: must be a date, the year first: 2024-06-28") from e


def anchor_of(text: str) -> tuple[date, float]:
    """Return day and level of the text DATE=LEVEL."""
    written, _, level = text.partition("=")
    try:
        return date.fromisoformat(written), float(level)
    except ValueError as e:
        raise InputError(
            f"anchor = {text}: must be a session and the level at its close: 2015-01-05=3533.70"
        ) from e


Rules = Annotated[
    str,
    typer.Argument(
        metavar="METHODOLOGY",
        help="A file, or the name of a bundled methodology.",
        show_default=False,
    ),
]
ManyRules = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="METHODOLOGY",
        help="Files, or names of bundled methodologies. Several make a run of many indices.",
        show_default=False,
    ),
]
MarketFolder = Annotated[
    Path,
    typer.Option("--market", metavar="DIR", help="Market folder to read.", show_default=False),
]
Anchor = Annotated[
    str | None,
    typer.Option(
        metavar="DATE=LEVEL",
        help="Begin on this session, at this level, instead of on the base date.",
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="File format of the tables.")]
SeedOption = Annotated[
    int, typer.Option(min=0, help="The same seed gives the same market, row by row.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse assumed numbers.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="TIMESTAMP",
        help="Use only what was known then. With its zone: 2024-06-14T18:00:00+08:00.",
    ),
]
RunDirectory = Annotated[
    Path,
    typer.Argument(metavar="RUN_DIR", help="Run directory that paasche wrote.", show_default=False),
]
