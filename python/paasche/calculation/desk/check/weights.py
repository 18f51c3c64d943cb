"""Weights that jump by more than prices explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.desk.check.findings import findings
from paasche.calculation.desk.check.rates import worth

if TYPE_CHECKING:
    from paasche.calculation.desk.check.limits import Limits
    from paasche.calculation.desk.check.quotes import Quotes
    from paasche.market import Market

__all__ = ["jumping_weights", "shifting_weights"]


def shifting_weights(
    market: Market, steps: pl.DataFrame, found: Quotes, limits: Limits, index: str | None
) -> pl.DataFrame:
    """Return share changes that shift the weight of a constituent, at unchanged prices.

    Weights are those of total shares × close × rate within the basket in force.

    Parameters
    ----------
    steps : polars.DataFrame
        As `shares.share_steps` returns them.
    """
    baskets = _baskets(market, index).select("index", "effective", "security")
    # Rows without an index have a group of their own: an as-of join matches no nulls.
    group = pl.col("index").rank("dense").fill_null(0)
    effective = baskets.select("index", "effective", group=group).unique().sort("effective")
    # A change that moves no weight by so much is not looked at again.
    large = steps.filter((pl.col("factor") - 1.0).abs() > limits.weight.jump)
    changes = (
        large.join(effective.select("group").unique(), how="cross")
        .sort("date")
        .join_asof(
            effective.with_columns(date="effective"),
            on="date",
            by="group",
            check_sortedness=False,
        )
        .drop_nulls("effective")
        .join(baskets, on=["index", "effective", "security"], how="semi", nulls_equal=True)
        .with_row_index("change")
    )
    if changes.is_empty():
        return findings()
    members = changes.select("change", "index", "effective", "date", changed="security").join(
        baskets, on=["index", "effective"], nulls_equal=True
    )
    value = _values(market, found, members)
    own = pl.col("security") == pl.col("changed")
    weight = (
        value.group_by("change")
        .agg(before=pl.col("value").filter(own).sum() / pl.col("value").sum())
        .join(changes, on="change")
        .with_columns(
            after=pl.col("before")
            * pl.col("factor")
            / (1.0 + pl.col("before") * (pl.col("factor") - 1.0))
        )
        .filter((pl.col("after") - pl.col("before")).abs() > limits.weight.jump)
    )
    change = pl.format("the share count changes by {} %", ((pl.col("factor") - 1.0) * 100).round(2))
    return weight.select(
        kind=pl.lit("weight"),
        security="security",
        date="date",
        value="after",
        expected="before",
        hint=pl.concat_str(
            pl.format("weight in {}: ", pl.col("index").fill_null("every index")), change
        ),
    )


def jumping_weights(
    market: Market, found: Quotes, limits: Limits, index: str | None
) -> pl.DataFrame:
    """Return given weights that differ from those of the basket before, moved by prices."""
    rows = _baskets(market, index).drop_nulls("weight")
    effective = rows.select("index", "effective").unique().sort("index", "effective")
    before = pl.col("effective").shift(1).over("index")
    pairs = effective.with_columns(earlier=before).drop_nulls("earlier")
    if pairs.is_empty():
        return findings()
    both = (
        rows.select("index", "effective", "security", "weight")
        .join(pairs, on=["index", "effective"], nulls_equal=True)
        .join(
            rows.select("index", "security", earlier="effective", was="weight"),
            on=["index", "earlier", "security"],
            nulls_equal=True,
        )
    )
    growth = _growth(market, found)
    for day, name in (("earlier", "at_first"), ("effective", "at_last")):
        both = _before(both, growth, day, name)
    key = ["index", "effective"]
    moved = pl.col("was") * (pl.col("at_last") - pl.col("at_first")).exp()
    # Who stays shares out what the stayers now have together.
    return (
        both.drop_nulls(["at_first", "at_last"])
        .with_columns(expected=moved / moved.sum().over(key) * pl.col("weight").sum().over(key))
        .filter((pl.col("weight") - pl.col("expected")).abs() > limits.weight.jump)
        .select(
            kind=pl.lit("weight"),
            security="security",
            date="effective",
            value="weight",
            expected="expected",
            hint=pl.format(
                "weight in {}: given {} for the basket before, and prices explain the rest",
                pl.col("index").fill_null("every index"),
                pl.col("was").round(4),
            ),
        )
    )


def _baskets(market: Market, index: str | None) -> pl.DataFrame:
    rows = market["constituents"]
    if index is None:
        return rows
    return rows.filter(pl.col("index").is_null() | (pl.col("index") == index))


def _growth(market: Market, found: Quotes) -> pl.DataFrame:
    """Return the log of each security's return since its first close, in one currency."""
    ratio = found.close / found.reference
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.nan_to_num(np.log(ratio), nan=0.0, posinf=0.0, neginf=0.0)
    total = np.cumsum(step)
    table = found.table(np.arange(len(total))).select("security", "date")
    table = table.with_columns(growth=pl.Series(total))
    # A sum over all securities: only its differences within one are of use.
    rate = _rate(market, table, that_day=True)
    return table.with_columns(pl.col("growth") + rate.log()).sort("date")


def _rate(market: Market, table: pl.DataFrame, *, that_day: bool = False) -> pl.Series:
    """Return the worth of each row's quote currency in that of most securities."""
    master = market["securities"].select("security", "currency")
    base = (
        master["currency"]
        .value_counts(sort=True)
        .sort("count", "currency", descending=[True, False])
    )
    quote = base["currency"][0]
    money = table.join(master, on="security", how="left", maintain_order="left").select(
        "currency", quote=pl.lit(quote), day="date"
    )
    distinct = money.unique().sort("currency", "day")
    known = distinct.with_columns(rate=worth(market, distinct, that_day=that_day))
    return money.join(known, on=["currency", "quote", "day"], how="left", maintain_order="left")[
        "rate"
    ]


def _before(rows: pl.DataFrame, growth: pl.DataFrame, day: str, name: str) -> pl.DataFrame:
    """Join the last growth before a day."""
    return rows.sort(day).join_asof(
        growth.select("security", "growth", pl.col("date").alias(day)).rename({"growth": name}),
        on=day,
        by="security",
        allow_exact_matches=False,
        check_sortedness=False,
    )


def _values(market: Market, found: Quotes, members: pl.DataFrame) -> pl.DataFrame:
    """Return total shares × close × rate of every member before the day of a change."""
    closes = (
        found.table(np.arange(len(found.close))).select("security", "date", "close").sort("date")
    )
    shares = market["shares"].select("security", "total", date="effective").sort("date")
    table = members.sort("date")
    for side in (closes, shares):
        table = table.join_asof(
            side, on="date", by="security", allow_exact_matches=False, check_sortedness=False
        )
    rate = _rate(market, table.select("security", "date"))
    return table.with_columns(value=pl.col("total") * pl.col("close") * rate).drop_nulls("value")
