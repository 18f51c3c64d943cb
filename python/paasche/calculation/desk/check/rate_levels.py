"""Rates of well-known pairs that lie where they never were: a pair the other way round, or 100."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from datetime import date

    from paasche.calculation.desk.check.limits import Limits
    from paasche.market import Market

__all__ = ["off_levels", "ranges"]

_UNITS = 100.0
"""Units of a currency for which rates are often given."""


def ranges(limits: Limits) -> pl.DataFrame:
    """Return where rates lie, for each pair and the one the other way round.

    Returns
    -------
    polars.DataFrame
        pair, date (from which on), low, high; by date.
    """
    given = pl.DataFrame(
        [
            {"pair": one.pair, "date": one.valid_from, "low": one.low, "high": one.high}
            for one in limits.rate_levels
        ],
        schema={"pair": pl.String, "date": pl.Date, "low": pl.Float64, "high": pl.Float64},
    )
    pair = pl.col("pair")
    other = given.select(
        pair.str.slice(3) + pair.str.slice(0, 3),
        "date",
        low=1 / pl.col("high"),
        high=1 / pl.col("low"),
    )
    return pl.concat([given, other]).sort("date", maintain_order=True)


def off_levels(market: Market, limits: Limits, start: date, end: date) -> pl.DataFrame:
    """Return stretches of rates outside the range of their pair, each on its last day."""
    rate, low, high = pl.col("rate"), pl.col("low"), pl.col("high")
    return (
        market["fx"]
        .filter(pl.col("date").is_between(start, end))
        .sort("date")
        .join_asof(ranges(limits), on="date", by="pair", check_sortedness=False)
        .sort("pair", "date")
        .with_columns(off=(~rate.is_between(low, high)).fill_null(value=False))
        .with_columns(stretch=pl.col("off").rle_id().over("pair"))
        .filter("off")
        .group_by("pair", "stretch", maintain_order=True)
        .agg(pl.len(), pl.col("date", "rate", "low", "high").last(), since=pl.col("date").first())
        .select(
            kind=pl.lit("rate_level"),
            security="pair",
            date="date",
            value="rate",
            expected=pl.when(rate < low).then(low).otherwise(high),
            hint=pl.concat_str(
                pl.format(
                    "outside {} to {} on {} days since {}",
                    low.round_sig_figs(3),
                    high.round_sig_figs(3),
                    "len",
                    "since",
                ),
                pl.when((1 / rate).is_between(low, high))
                .then(pl.lit(": the rate of the pair the other way round?"))
                .when((rate / _UNITS).is_between(low, high))
                .then(pl.lit(": the rate of 100 units?"))
                .otherwise(pl.lit("")),
            ),
        )
    )
