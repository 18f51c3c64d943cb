"""A result as people read it: the same tables in terminals, notebooks and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

import polars as pl
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from paasche.calculation.result import Result

__all__ = [
    "Overview",
    "Shown",
    "closing_weights",
    "counted",
    "last_divisors",
    "last_levels",
    "one_line",
    "overview",
    "shortened",
    "top_constituents",
]

_TOP, _CHANGES = 5, 3
"""Rows of the tables of an overview."""

_NAMED = 3
"""How many securities of a list are named before it is cut."""

_CELL = "text-align:{};padding:.2em .6em;white-space:nowrap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A table of text under a title, for terminals and notebooks alike.

    Attributes
    ----------
    title : str
    headings : tuple of str
        One for each column; a heading that ends in ``>`` stands over numbers.
    rows : tuple of tuple of str
        As they are printed. Cells are text, never markup.

    Examples
    --------
    >>> table = Shown(title="Levels", headings=("variant", "level>"), rows=(("price", "1000"),))
    >>> table._repr_html_().count("<tr>")
    2
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __rich__(self) -> Group:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for heading in self.headings:
            name = heading.removesuffix(">")
            # A number or a code cut in two is neither.
            whole = heading.endswith(">") or name in _NEVER_WRAPPED
            table.add_column(name, justify=_side(heading), no_wrap=whole)
        for row in self.rows:
            table.add_row(*(Text(cell) for cell in row))
        return Group(Text(self.title, style="bold"), table)

    def _repr_html_(self) -> str:
        sides = [_CELL.format(_side(heading)) for heading in self.headings]
        names = [heading.removesuffix(">") for heading in self.headings]
        head = _cells('th scope="col"', "th", names, sides)
        body = "".join(f"<tr>{_cells('td', 'td', row, sides)}</tr>" for row in self.rows)
        caption = '<caption style="text-align:left;font-weight:600;white-space:nowrap">'
        return (
            f"<table>{caption}{escape(self.title)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


_NEVER_WRAPPED = frozenset({"session", "security"})


def _side(heading: str) -> Literal["left", "right"]:
    return "right" if heading.endswith(">") else "left"


def _cells(opening: str, closing: str, texts: Iterable[str], styles: Iterable[str]) -> str:
    return "".join(
        f'<{opening} style="{style}">{escape(text)}</{closing}>'
        for text, style in zip(texts, styles, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Overview:
    """Tables one after another, and a line of text below them.

    Attributes
    ----------
    tables : tuple of Shown
    footer : str
    """

    tables: tuple[Shown, ...]
    footer: str

    def __rich__(self) -> Group:
        parts: list[RenderableType] = [*self.tables, Text(self.footer)]
        return Group(*parts)

    def _repr_html_(self) -> str:
        tables = "".join(table._repr_html_() for table in self.tables)
        return f"<div>{tables}<p>{escape(self.footer)}</p></div>"


def one_line(result: Result) -> str:
    """Return a result in one line: what it is, how far it goes, where it ends."""
    index, days = result.methodology.index, result.levels["date"].unique().sort()
    if days.is_empty():
        return f"<Result {index.code}: no session>"
    level = result.levels.filter(pl.col("date") == days[-1], pl.col("currency") == index.currency)
    first = next(variant for variant in index.variants)
    last = level.filter(pl.col("variant") == first)["level"][0]
    return (
        f"<Result {index.code}: {last:.4f} on {days[-1]}, {len(days)} sessions from {days[0]}, "
        f"{', '.join(index.variants)} in {', '.join(index.currencies)}>"
    )


def overview(result: Result) -> Overview:
    """Return a result as a reader first wants to see it."""
    notes = len(result.methodology.assumptions), len(result.warnings)
    sessions = result.levels["date"].n_unique()
    counts = {
        "session": sessions,
        "constituent": len(result.state.members),
        "divisor change": len(result.divisors),
        "event": len(result.events),
        "assumed number": notes[0],
        "warning": notes[1],
    }
    footer = ", ".join(counted(count, what) for what, count in counts.items())
    tables = [last_levels(result), top_constituents(result, count=_TOP)]
    if not result.divisors.is_empty():
        tables.append(last_divisors(result, count=_CHANGES))
    return Overview(tuple(tables), footer)


def counted(count: int, what: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> counted(1, "warning"), counted(1234, "session")
    ('1 warning', '1,234 sessions')
    """
    return f"{count:,} {what}{'s' * (count != 1)}"


def last_levels(result: Result) -> Shown:
    """Return the last level of every variant and currency, with the return since the base date."""
    index, date = result.methodology.index, result.state.date
    last = result.levels.filter(pl.col("date") == date)
    levels = {(row["variant"], row["currency"]): row["level"] for row in last.to_dicts()}
    rows = tuple(
        (
            variant.replace("_", " "),
            currency,
            f"{level:.4f}",
            f"{level / index.base_level - 1:+.2%}",
        )
        for variant in index.variants
        for currency in index.currencies
        if (level := levels.get((variant, currency))) is not None
    )
    base = f"{index.base_level:.4f} on {index.base_date}"
    return Shown(
        title=f"{index.name} ({index.code}) on {date}, base {base}",
        headings=("variant", "currency", "level>", "since base>"),
        rows=rows,
    )


def top_constituents(result: Result, *, count: int) -> Shown:
    """Return the largest constituents by weight at the last close."""
    weights = closing_weights(result)
    rows = tuple(
        (
            row["security"],
            row["name"],
            f"{row['close']:.2f} {row['currency']}",
            f"{row['weight_factor']:.4f}",
            f"{row['weight']:.2%}",
        )
        for row in weights.head(count).to_dicts()
    )
    title = f"Top {len(rows)} of {len(weights)} constituents"
    return Shown(
        title=f"{title}, weights at the close of {result.state.date}",
        headings=("security", "name", "close>", "weight factor>", "weight>"),
        rows=rows,
    )


def closing_weights(result: Result) -> pl.DataFrame:
    """Return the weights of all constituents at the last close of a run.

    Parameters
    ----------
    result : Result

    Returns
    -------
    polars.DataFrame
        security, name, exchange, currency, industry, close, weight_factor, weight; the largest
        first, ties by security. The weights sum to 1.

    Examples
    --------
    >>> import paasche as px
    >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2015-12-31"))
    >>> result = px.calculate(px.Methodology.load("sample-cross-border"), market)
    >>> closing_weights(result).height
    30
    """
    state = result.state
    rates = {currency: rate for currency, (rate, _) in state.rates.items()}
    held = pl.DataFrame(
        {name: [dict(row)[name] for row in state.members] for name in _HELD}, schema=_HELD
    )
    fx = pl.col("currency").replace_strict(rates, return_dtype=pl.Float64)
    value = pl.col("close") * fx * pl.col("units")
    return (
        held.join(result.securities, on="security")
        .with_columns(weight=value / value.sum())
        .sort("weight", "security", descending=[True, False])
        .select(*result.securities.columns, "close", "weight_factor", "weight")
    )


_HELD = {
    "security": pl.String,
    "close": pl.Float64,
    "units": pl.Float64,
    "weight_factor": pl.Float64,
}
"""What of a member of the state makes its weight; units contain the weight factor."""


def last_divisors(result: Result, *, count: int) -> Shown:
    """Return the last divisor changes with reason and detail."""
    rows = tuple(
        (
            str(row["session"]),
            f"{row['after'] / row['before'] - 1:+.4%}",
            row["reason"],
            shortened((row["detail"] or "").replace("_", " ")),
        )
        for row in result.divisors.tail(count).to_dicts()
    )
    return Shown(
        title=f"Last {len(rows)} of {len(result.divisors)} divisor changes",
        headings=("session", "change>", "reason", "detail"),
        rows=rows,
    )


def shortened(detail: str, more: str = "and {} more") -> str:
    """Cut the lists in a detail such as ``left A, B, C, D; joined E`` to a few names each.

    Examples
    --------
    >>> shortened("left A, B, C, D; joined E")
    'left A, B, C and 1 more; joined E'
    """
    lists = (part.split(", ") for part in detail.split("; "))
    return "; ".join(
        ", ".join(names[:_NAMED])
        + (f" {more.format(rest)}" if (rest := len(names) - _NAMED) > 0 else "")
        for names in lists
    )
