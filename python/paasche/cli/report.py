"""``paasche report``: the factsheet of a run directory."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import paasche as px
from paasche.cli.console import stdout

__all__ = ["FACTSHEET", "Language", "report", "write_report"]

FACTSHEET = "factsheet.html"
"""Name of the page in a run directory."""


class Language(StrEnum):
    """Language of the labels."""

    en = "en"
    zh = "zh"


_Run = Annotated[
    Path, typer.Argument(metavar="RUN_DIR", help="Run directory to read.", show_default=False)
]
_Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE.html",
        help=f"Page to write. Without it: {FACTSHEET} in the run directory.",
        show_default=False,
    ),
]
_Lang = Annotated[Language, typer.Option("--lang", help="Language of the labels.")]


def report(run: _Run, *, out: _Out = None, lang: _Lang = Language.en) -> None:
    """Write the factsheet of a run: one HTML page that needs nothing beside itself."""
    page = write_report(px.Result.read(run), out or run / FACTSHEET, lang)
    stdout().print(f"factsheet written to {page}", soft_wrap=True)


def write_report(result: px.Result, page: Path, lang: Language = Language.en) -> Path:
    """Write the factsheet of a result.

    Parameters
    ----------
    result : Result
    page : Path
        File to write; only an earlier factsheet is replaced.
    lang : Language
    """
    # Loads polars and the template engine, which help and --version do not need.
    from paasche.report import write_factsheet  # noqa: PLC0415

    return write_factsheet(result, page, lang.value)
