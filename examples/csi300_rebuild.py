"""Rebuild the CSI 300 from shares, bands and corporate actions; print its errors month by month.

Membership is the real one; shares come from capital events. What no file states is the free
float, so the index is calculated with four estimates of it (``csi300_free_float.py``). Two use no
published weight; one uses a single weight of each name, one those of each review. Names that the
files lack are left out: about 2 % of the index in 2012 and 0.2 % in 2016.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl
from csi300_free_float import first_weight, review_weights, tradable, tradable_less_freed
from csi300_market import Data, constituents, count_history, market, read

import paasche as px

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = date(2011, 10, 31)
"""The first date with published weights and prices."""

METHODOLOGY = """
schema_version = 1

[index]
code = "CSI300"
name = "CSI 300, rebuilt"
currency = "CNY"
base_date = 2011-10-31
base_level = 2695.31   # the published close

[universe]
constituents = "table"

[weighting]
scheme = "free_float"
# The ratio changed with version 6.0 of the CSI rules, March 2015: from the next review.
free_float_bands = [
    { from = 2011-10-31, table = "csi-2010" },
    { from = 2015-06-15, table = "ces-2023" },
]
"""

ESTIMATES: dict[str, Callable[[Data], pl.DataFrame]] = {
    "tradable": tradable,
    "less freed": tradable_less_freed,
    "first weight": lambda data: first_weight(data, BASE),
    "each review": lambda data: review_weights(data, BASE),
}
"""Free float: all tradable shares; those less what came out of lock-ups; the band that the first
published weight of a name implies, held for ever; the bands that weights after each review imply.
The first two use no published weight, the others some."""


class Rebuilt(NamedTuple):
    """The index under one estimate of the free float, beside the published one."""

    months: pl.DataFrame  # month, error_bp (of the month's return), level_bp (of its last close)
    weights: pl.DataFrame  # date, missing, misplaced, largest, security: of each weight date


def rebuild(data: Data, shares: pl.DataFrame) -> Rebuilt:
    """Calculate the index with a table of shares, and its errors."""
    baskets = constituents(data, count_history(data), BASE)
    result = px.calculate(px.Methodology.from_toml(METHODOLOGY), market(data, shares, baskets))
    return Rebuilt(months=month_errors(data, result), weights=weight_errors(data, result))


def month_errors(data: Data, result: px.Result) -> pl.DataFrame:
    """Return what each month adds to the error of the level, and its error then: basis points.

    The month of the base date is left out.
    """
    ratio = result.levels.join(data.published, on="date").select(
        "date", ratio=pl.col("level") / pl.col("close")
    )
    last = ratio.sort("date").group_by(month=pl.col("date").dt.truncate("1mo"), maintain_order=True)
    ends = last.agg(pl.col("ratio").last())
    error = (pl.col("ratio") / pl.col("ratio").shift() - 1) * 1e4
    return ends.select("month", error_bp=error, level_bp=(pl.col("ratio") - 1) * 1e4).slice(1)


def weight_errors(data: Data, result: px.Result) -> pl.DataFrame:
    """Compare closing weights with the published ones of every weight date.

    ``missing`` is the published weight of names that the files lack; ``misplaced`` half the sum of
    all differences, so the part of the index that is in other names; ``largest`` the largest.
    """
    levels = result.levels["date"].unique().sort()
    days = data.weights.filter(pl.col("date").is_in(levels[1:].implode()))["date"].unique().sort()
    both = pl.concat(
        result.explain(day)
        .constituents.select("security", rebuilt="closing_weight")
        .drop_nulls()
        .join(data.weights.filter(date=day).drop("date"), on="security", how="full", coalesce=True)
        .with_columns(date=pl.lit(day))
        for day in days
    )
    difference = pl.col("rebuilt").fill_null(0) - pl.col("weight").fill_null(0)
    size = difference.abs()
    return both.group_by("date", maintain_order=True).agg(
        missing=pl.col("weight").filter(pl.col("rebuilt").is_null()).sum(),
        misplaced=size.sum() / 2,
        largest=difference.sort_by(size).last(),
        security=pl.col("security").sort_by(size).last(),
    )


def summary(rebuilt: dict[str, Rebuilt]) -> pl.DataFrame:
    """Return a row for each estimate: basis points, and weights in percent."""
    size = pl.col("error_bp").abs()
    return pl.concat(
        one.months.select(
            pl.lit(name).alias("free float"),
            size.mean().alias("mean |month| bp"),
            size.median().alias("median"),
            size.max().alias("largest"),
            pl.col("month").sort_by(size).last().dt.strftime("%Y-%m").alias("in"),
            pl.col("level_bp").last().alias("level at end bp"),
        ).hstack(
            one.weights.select(
                (pl.col("misplaced").mean() * 100).alias("misplaced %"),
                (pl.col("missing").mean() * 100).alias("of it missing %"),
            )
        )
        for name, one in rebuilt.items()
    )


def by_month(rebuilt: dict[str, Rebuilt]) -> pl.DataFrame:
    """Return a row for each month: its error and the misplaced weight under each estimate."""
    columns: list[pl.DataFrame] = []
    for name, one in rebuilt.items():
        month = pl.col("date").dt.truncate("1mo").alias("month")
        weights = one.weights.group_by(month).agg(pl.col("misplaced").mean() * 100)
        rows = one.months.join(weights, on="month", how="left", maintain_order="left")
        columns.append(
            rows.select(
                pl.col("error_bp").alias(f"{name} bp"), pl.col("misplaced").alias(f"{name} %")
            )
        )
    months = next(iter(rebuilt.values())).months
    return pl.concat(
        [months.select(pl.col("month").dt.strftime("%Y-%m")), *columns], how="horizontal"
    )


def largest_differences(rebuilt: Rebuilt) -> pl.DataFrame:
    """Return the name whose weight is furthest off at the last weight date of each year."""
    last = rebuilt.weights.group_by(pl.col("date").dt.year().alias("year"), maintain_order=True)
    return last.last().select("date", "security", (pl.col("largest") * 100).alias("difference %"))


def main() -> None:
    """Print the errors under each estimate."""
    parser = argparse.ArgumentParser(description="Rebuild the CSI 300 and print its errors.")
    parser.add_argument("data", type=Path, help="folder with the source files")
    data = read(parser.parse_args().data)
    rebuilt = {name: rebuild(data, estimate(data)) for name, estimate in ESTIMATES.items()}
    pl.Config.set_tbl_rows(-1).set_tbl_cols(-1).set_tbl_width_chars(160).set_float_precision(2)
    pl.Config.set_tbl_formatting("NOTHING").set_tbl_hide_column_data_types(active=True)
    pl.Config.set_tbl_hide_dataframe_shape(active=True)
    print("Error of a month's return and of weights, by estimate of the free float")
    print(summary(rebuilt))
    print("\nBy month: error of the return, basis points; weight in other names, percent")
    print(by_month(rebuilt))
    for name, one in rebuilt.items():
        print(f"\nFurthest off at the last weight date of each year: {name}")
        print(largest_differences(one))


if __name__ == "__main__":
    main()
