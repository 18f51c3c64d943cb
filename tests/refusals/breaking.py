"""The ways in which a case breaks the good folder, and the case itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from refusals.good_folder import CALCULATE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    Breaks = Callable[[Path], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One bad input.

    Attributes
    ----------
    breaks : callable
        Breaks the good folder it is given, which is also the working directory.
    names : str
        What the message must name however it is worded: the place, and the value found there.
    mend : str
        What it must say to do about it.
    command : tuple of str
        The command line.
    during : callable, optional
        What the system does while the command runs.
    exit_code : int
        2 for what is refused, 130 for what is interrupted.
    """

    breaks: Breaks
    names: str
    mend: str
    command: tuple[str, ...] = CALCULATE
    during: Callable[[pytest.MonkeyPatch], object] | None = None
    exit_code: int = 2


def nothing(_: Path) -> None:
    """Leave the folder as it is: the command line is what is wrong."""


def replaced(name: str, old: str, new: str) -> Breaks:
    """Replace a text of a file, wherever it stands there."""

    def breaks(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return breaks


def prices(old: str, new: str) -> Breaks:
    """Replace a text of the table of prices."""
    return replaced("market/prices.csv", old, new)


def rules(old: str, new: str) -> Breaks:
    """Replace a text of the methodology."""
    return replaced("rules.toml", old, new)


def added(name: str, *lines: str) -> Breaks:
    """Add lines to the end of a file."""

    def breaks(folder: Path) -> None:
        with (folder / name).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    return breaks


def written(name: str, content: str | bytes) -> Breaks:
    """Write a file anew."""

    def breaks(folder: Path) -> None:
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)

    return breaks


def removed(name: str) -> Breaks:
    """Remove a file."""
    return lambda folder: (folder / name).unlink()


def without(name: str, *starts: str) -> Breaks:
    """Remove the lines of a file that begin with one of the texts."""

    def breaks(folder: Path) -> None:
        path = folder / name
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(starts)]
        assert len(kept) < len(lines), f"{name} has no line that begins with {starts}"
        path.write_text("".join(kept), encoding="utf-8")

    return breaks


def as_parquet(table: str, *columns: pl.Expr | pl.Series) -> Breaks:
    """Write a table of the folder as Parquet in the place of CSV, with columns changed."""

    def breaks(folder: Path) -> None:
        path = folder / "market" / f"{table}.csv"
        frame = pl.read_csv(path, try_parse_dates=True).with_columns(*columns)
        frame.write_parquet(path.with_suffix(".parquet"))
        path.unlink()

    return breaks


def both(*breaks: Breaks) -> Breaks:
    """Break the folder in several places."""

    def every(folder: Path) -> None:
        for one in breaks:
            one(folder)

    return every
