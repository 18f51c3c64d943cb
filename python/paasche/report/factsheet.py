"""The factsheet: one HTML page of a run that needs nothing beside itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from paasche._files import new_file
from paasche.errors import InputError
from paasche.report.figures import PERIODS, WINDOWS
from paasche.report.page import content
from paasche.report.templates import render
from paasche.report.words import Words

if TYPE_CHECKING:
    from os import PathLike

    from paasche.calculation import Result

__all__ = ["factsheet", "write_factsheet"]

TERMS = (
    "level",
    "variants",
    "returns",
    "volatility",
    "drawdown",
    "weight",
    "turnover",
    "divisor",
)
"""What the page defines, in its order."""

_MARK = '<meta name="generator" content="paasche'
"""By which an earlier factsheet is known."""


def factsheet(result: Result, lang: str = "en") -> str:
    """Return the factsheet of a run as one HTML page, without scripts and outside resources.

    The same run gives the same text, calculated or read.

    Parameters
    ----------
    result : Result
        With at least one session.
    lang : {"en", "zh"}
        Language of the labels; names stay as the market has them.

    Returns
    -------
    str

    Raises
    ------
    MissingDataError
        The result has no session.
    InputError
        No such language.

    Examples
    --------
    >>> import paasche as px
    >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2015-12-31"))
    >>> result = px.calculate(px.Methodology.load("sample-cross-border"), market)
    >>> factsheet(result).startswith("<!doctype html>")
    True
    """
    say = Words(lang)
    return render(
        "factsheet.html",
        content(result, say),
        periods=[*PERIODS, "base", "base_pa"],
        windows=list(WINDOWS),
        terms=TERMS,
    )


def write_factsheet(result: Result, path: str | PathLike[str], lang: str = "en") -> Path:
    """Write the factsheet of a run; whole or not at all.

    Parameters
    ----------
    result : Result
        With at least one session.
    path : str or path
        File to make. An earlier factsheet is replaced, any other file is not.
    lang : {"en", "zh"}
        Language of the labels.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        There is something else in this place, it cannot be written, or no such language.
    """
    file = Path(path)
    _require_own(file)
    text = factsheet(result, lang)
    with new_file("out", file) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")
    return file


def _require_own(file: Path) -> None:
    if not file.exists():
        return
    head = b""
    if file.is_file():
        with file.open("rb") as opened:
            head = opened.read(1000)
    if _MARK.encode() not in head:
        raise InputError(
            f"out = {file}: must be new, or an earlier factsheet by paasche; give another"
        )
