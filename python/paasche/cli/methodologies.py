"""``paasche methodologies``: the bundled methodologies, as a table or one of them as its file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from paasche import methodology
from paasche._files import new_file
from paasche.cli.console import stdout
from paasche.errors import InputError
from paasche.methodology.bundle import bundled_file

if TYPE_CHECKING:
    from paasche import Methodology

__all__ = ["methodologies"]

_COLUMNS: dict[str, Literal["left", "right"]] = {
    "name": "left",
    "code": "left",
    "title": "left",
    "base date": "left",
    "currency": "left",
    "scheme": "left",
    "count": "right",
    "caps": "right",
    "assumed": "right",
}
"""Headings and their sides. Only a title is wrapped: half a name or a number is none."""

_Name = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help="Bundled methodology to print as its file. Without it: a table of all.",
        show_default=False,
    ),
]
_Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE.toml",
        help="New file to write NAME to, in the place of printing it.",
        show_default=False,
    ),
]


def methodologies(name: _Name = None, *, out: _Out = None) -> None:
    """List the bundled methodologies, or copy one to begin your own with.

    In the table, caps are those of one constituent and of the five largest together, and assumed is
    the count of numbers without a public source; the file says why each is as it is.
    """
    if name is None:
        if out is not None:
            raise InputError(
                f"--out = {out}: must come with NAME; the methodologies are "
                f"{', '.join(methodology.bundled())}"
            )
        stdout().print(_table())
    elif out is None:
        typer.echo(_text(name), nl=False)
    else:
        _write(_text(name), out)
        stdout().print(f"{name} written to {out}", soft_wrap=True)


def _table() -> Table:
    # The gap between columns is narrower than elsewhere, to leave room for the titles.
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading, side in _COLUMNS.items():
        table.add_column(heading, justify=side, no_wrap=heading != "title")
    for name in methodology.bundled():
        table.add_row(*(Text(cell) for cell in _row(name)))
    return table


def _text(name: str) -> str:
    return bundled_file(name).read_text(encoding="utf-8")


def _write(text: str, out: Path) -> None:
    if out.exists():
        raise InputError(f"--out = {out}: must be a new file; give another, or remove it")
    with new_file("--out", out) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")


def _row(name: str) -> tuple[str, ...]:
    rules = methodology.Methodology.load(name)
    return (
        name,
        rules.index.code,
        rules.index.name,
        f"{rules.index.base_date}",
        rules.index.currency,
        rules.weighting.scheme,
        _count(rules),
        _caps(rules),
        f"{len(rules.assumptions)}",
    )


def _count(rules: Methodology) -> str:
    """Return how many constituents the rules choose: of each group, or up to which share."""
    chosen = rules.selection
    if chosen is None:
        return "table"
    if chosen.market_value_share is not None:
        return f"{chosen.market_value_share:.0%} of value"
    if chosen.groups:
        return "+".join(f"{group.count}" for group in chosen.groups)
    return f"{chosen.count}"


def _caps(rules: Methodology) -> str:
    """Return the largest weight of one constituent and that of the five largest, in percent."""
    caps = rules.weighting.caps
    if caps is None:
        return "–"
    limits = (caps.single, caps.top_five)
    return " / ".join("–" if limit is None else f"{100 * limit:g}%" for limit in limits)
