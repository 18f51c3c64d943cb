"""A result in a few tables: last levels, largest constituents, divisor changes, timing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from paasche import Market, Result

__all__ = [
    "closing_weights",
    "constituent_sessions",
    "last_divisors",
    "last_levels",
    "speed",
    "top_constituents",
]

_NAMED = 3
"""How many securities of a list are named before it is cut."""


def last_levels(result: Result) -> Group:
    """Return the last level of every variant and currency, with the return since the base date."""
    index = result.methodology.index
    date = result.levels["date"].dt.max()
    table = _table("variant", "currency", "level>", "since base>")
    last = result.levels.filter(pl.col("date") == date)
    levels = {(row["variant"], row["currency"]): row["level"] for row in last.to_dicts()}
    for variant in index.variants:
        for currency in index.currencies:
            level = levels.get((variant, currency))
            if level is not None:
                since = level / index.base_level - 1
                words = variant.replace("_", " ")
                table.add_row(words, currency, f"{level:.4f}", f"{since:+.2%}")
    base = f"{index.base_level:.4f} on {index.base_date}"
    return _titled(f"{index.name} ({index.code}) on {date}, base {base}", table)


def top_constituents(result: Result, market: Market, *, count: int) -> Group:
    """Return the largest constituents by weight at the last close."""
    weights = closing_weights(result, market)
    table = _table("security", "name", "close>", "weight factor>", "weight>")
    for security, name, currency, close, factor, weight in weights.head(count).iter_rows():
        price = f"{close:.2f} {currency}"
        table.add_row(security, name, price, f"{factor:.4f}", f"{weight:.2%}")
    title = f"Top {table.row_count} of {len(weights)} constituents"
    return _titled(f"{title}, weights at the close of {result.state.date}", table)


def closing_weights(result: Result, market: Market) -> pl.DataFrame:
    """Return the weights of all constituents at the last close of a run.

    Parameters
    ----------
    result : Result
    market : Market
        What it was calculated from; gives names and quote currencies.

    Returns
    -------
    polars.DataFrame
        security, name, currency, close, weight_factor, weight; the largest first, ties by security.
        The weights sum to 1.
    """
    state = result.state
    rates = {currency: rate for currency, (rate, _) in state.rates.items()}
    held = pl.DataFrame(
        {name: [row[name] for row in state.members] for name in _HELD}, schema=_HELD
    )
    fx = pl.col("currency").replace_strict(rates, return_dtype=pl.Float64)
    value = pl.col("close") * fx * pl.col("units")
    return (
        held.join(market["securities"].select("security", "name", "currency"), on="security")
        .with_columns(weight=value / value.sum())
        .sort("weight", "security", descending=[True, False])
        .select("security", "name", "currency", "close", "weight_factor", "weight")
    )


_HELD = {
    "security": pl.String,
    "close": pl.Float64,
    "units": pl.Float64,
    "weight_factor": pl.Float64,
}
"""What of a member of the state makes its weight; units contain the weight factor."""


def last_divisors(result: Result, *, count: int) -> Group:
    """Return the last divisor changes with reason and detail."""
    table = _table("session", "change>", "reason", "detail")
    for row in result.divisors.tail(count).to_dicts():
        change = row["after"] / row["before"] - 1
        detail = _shortened(row["detail"] or "")
        table.add_row(str(row["session"]), f"{change:+.4%}", row["reason"], detail)
    return _titled(f"Last {table.row_count} of {len(result.divisors)} divisor changes", table)


def _shortened(detail: str) -> str:
    """Cut the lists in a detail such as ``left A, B, C, D; joined E`` to a few names each.

    Examples
    --------
    >>> _shortened("left A, B, C, D; joined E")
    'left A, B, C and 1 more; joined E'
    """
    lists = (part.split(", ") for part in detail.split("; "))
    return "; ".join(
        ", ".join(names[:_NAMED])
        + (f" and {more} more" if (more := len(names) - _NAMED) > 0 else "")
        for names in lists
    )


def constituent_sessions(result: Result) -> int:
    """Return how many (constituent, session) pairs a run valued.

    Parameters
    ----------
    result : Result
        From its base date on: a cut one does not tell who was in before.
    """
    sessions = result.levels.select(session="date").unique().sort("session").with_row_index("at")
    ends = pl.col("at").shift(-1).over("security").fill_null(len(sessions))
    spans = (
        result.constituents.join(sessions, on="session")
        .sort("session", maintain_order=True)
        .with_columns(pl.col("at").cast(pl.Int64))
        .with_columns(length=ends - pl.col("at"))
    )
    return int(spans.filter(pl.col("adjusted_shares") > 0)["length"].sum())


def speed(result: Result) -> str:
    """Return how fast the calculation of an uncut result was."""
    pairs = constituent_sessions(result)
    counted = f"{pairs:,} constituent-sessions"
    if result.seconds is None:
        return counted
    return f"{counted}, {pairs / result.seconds:,.0f} per second of calculation"


def _table(*headings: str) -> Table:
    """Return an empty table; a heading that ends in ``>`` stands over numbers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        justify: Literal["left", "right"] = "right" if heading.endswith(">") else "left"
        table.add_column(heading.removesuffix(">"), justify=justify, no_wrap=heading == "session")
    return table


def _titled(title: str, table: Table) -> Group:
    return Group(Text(title, style="bold"), table)
