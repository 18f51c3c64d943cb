"""``paasche review``: who would be in, why, and the files of the trade."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path
from typing import Annotated

import typer

import paasche as px
from paasche.cli.console import say, stdout
from paasche.cli.folders import require_free
from paasche.cli.options import (
    Anchor,
    AsOf,
    Format,
    FormatOption,
    MarketFolder,
    Rules,
    Strict,
    anchor_of,
    day,
)
from paasche.cli.report import Language
from paasche.cli.steps import Steps
from paasche.errors import AssumptionWarning

__all__ = ["review"]

_Date = Annotated[
    dt.date,
    typer.Option(
        "--date",
        metavar="DATE",
        parser=day,
        help="Day of knowledge: nothing later counts. Any day from the base date on.",
        show_default=False,
    ),
]
_Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Write the files of the trade and a page, review.html, to this new folder.",
        show_default=False,
    ),
]
_Lang = Annotated[Language, typer.Option("--lang", help="Language of the page.")]


def review(
    methodology: Rules,
    *,
    market: MarketFolder,
    date: _Date,
    out: _Out = None,
    format: FormatOption = Format.csv,  # noqa: A002
    lang: _Lang = Language.en,
    anchor: Anchor = None,
    as_of: AsOf = None,
    strict: Strict = False,
) -> None:
    """Review an index with what was known on a day: in, out, reserve list, reasons.

    The methodology must have rules that choose constituents. The review is the latest one whose
    data cut-off is past. Before its announcement it is a proposal. The files of the trade are the
    closing and opening basket, the pro-forma basket of the review, corporate actions of the next
    five sessions, and the record of announcements.
    """
    if out is not None:
        require_free(out, "out")
    rules = px.Methodology.load(methodology)
    if anchor is not None:
        rules = rules.anchored(*anchor_of(anchor))
    with Steps(2 if out is None else 3) as steps:
        with steps.step("reading the market"):
            found = px.Market.read(market, as_of=as_of)
        with steps.step("reviewing"), warnings.catch_warnings():
            # It holds all assumptions in one line; here each has its own.
            warnings.simplefilter("ignore", AssumptionWarning)
            result = px.review(rules, found, date, strict=strict)
        if out is not None:
            with steps.step("writing"):
                # Loads the template engine, which help does not need.
                from paasche.report import write_review_files  # noqa: PLC0415

                write_review_files(result, out, format.value, lang.value)
    for one in rules.assumptions:
        say("warning", f"{rules.index.code} assumes {one.path} = {one.value}: {one.reason}")
    for defect in result.warnings:
        say("warning", str(defect))
    stdout().print(result)
    stdout().print(f"{steps}" + ("" if out is None else f"\nwritten to {out}"), soft_wrap=True)
