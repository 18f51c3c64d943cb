"""Prices that stand still, and sessions without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.calculation.desk.check.findings import findings
from paasche.calculation.desk.check.ticks import with_ticks
from paasche.market.in_force import in_force

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from paasche.calculation.desk.check.limits import Limits
    from paasche.calculation.desk.check.quotes import Quotes
    from paasche.market import Market

__all__ = ["missing_prices", "stale_prices"]

_ENDS = ("delisting", "merger")
"""Corporate actions from whose ex-date on a security has no price."""

_OPEN_END = np.datetime64("9999-12-31", "D").astype(np.int64)


def stale_prices(market: Market, found: Quotes, limits: Limits) -> pl.DataFrame:
    """Return runs of the same close while a name was not suspended, each on its last session."""
    kept = np.flatnonzero(~_suspended(market, found))
    if not len(kept):
        return findings()
    close, security = found.close[kept], found.security[kept]
    begins = np.ones(len(kept), np.bool_)
    begins[1:] = (np.diff(close) != 0) | (np.diff(security) != 0)
    first = np.flatnonzero(begins)
    end = np.append(first[1:], len(kept))
    long = end - first >= limits.stale.sessions
    first, end = first[long], end[long]
    idle = np.cumsum(np.append(0, found.volume[kept] == 0))
    since = found.table(kept[first])["date"]
    table = found.table(kept[end - 1]).with_columns(
        count=pl.Series(end - first), idle=pl.Series(idle[end] - idle[first]), since=since
    )
    table = with_ticks(market, table, limits)
    dear = pl.col("close") >= limits.stale.steps * pl.col("tick")
    return table.filter(dear | (pl.col("idle") > 0)).select(
        kind=pl.lit("stale_price"),
        security="security",
        date="date",
        value="close",
        expected=pl.lit(None, pl.Float64),
        hint=pl.concat_str(
            pl.format("the same close on {} sessions since {}", "count", "since"),
            pl.when(pl.col("idle") > 0)
            .then(pl.format(", {} of them with volume 0: suspended?", "idle"))
            .otherwise(pl.lit("")),
        ),
    )


def _suspended(market: Market, found: Quotes) -> NDArray[np.bool_]:
    """Return which rows lie in a suspension."""
    rows = market["status"].filter(
        pl.col("status") == "suspended", pl.col("security").is_in(found.ids.implode())
    )
    who = found.positions(rows["security"])
    start = rows["start"].to_physical().to_numpy().astype(np.int64)
    end = rows["end"].to_physical().cast(pl.Int64).fill_null(int(_OPEN_END)).to_numpy()
    steps = np.zeros(len(found.close) + 1, np.int64)
    np.add.at(steps, found.places(who, start), 1)
    np.add.at(steps, found.places(who, end, "right"), -1)
    suspended: NDArray[np.bool_] = np.cumsum(steps)[:-1] > 0
    return suspended


def missing_prices(market: Market, names: pl.Series, start: dt.date, end: dt.date) -> pl.DataFrame:
    """Return open sessions without a price and without a suspension, run by run.

    From a delisting or merger on no price is due, whether or not the security's row says so. Only
    the table status can tell a gap from a suspension; without it there is none.
    """
    first = (
        market["prices"]
        .lazy()
        .filter(pl.col("security").is_in(names.implode()))
        .group_by("security")
        .agg(first=pl.col("date").min())
        .sort("security")
        .collect()
    )
    gone = (
        in_force(market["corporate_actions"])
        .filter(pl.col("kind").is_in(_ENDS))
        .group_by("security")
        .agg(last=pl.col("ex_date").min().dt.offset_by("-1d"))
    )
    spans = (
        first.join(gone, on="security", how="left", maintain_order="left")
        .with_columns(
            first=pl.max_horizontal("first", pl.lit(start)),
            last=pl.min_horizontal("last", pl.lit(end)),
        )
        .filter(pl.col("first") <= pl.col("last"))
    )
    gaps = market.price_gaps(spans["security"], spans["first"], spans["last"])
    if gaps.is_empty():
        return findings()
    priced = market["prices"].select("security", "date", priced="date").sort("date")
    # Gaps with the same last price belong to one run.
    runs = (
        gaps.sort("date")
        .join_asof(priced, on="date", by="security", check_sortedness=False)
        .group_by("security", "priced")
        .agg(pl.len(), since=pl.col("date").min(), date=pl.col("date").max())
    )
    return runs.select(
        kind=pl.lit("missing_price"),
        security="security",
        date="date",
        value=pl.col("len").cast(pl.Float64),
        expected=pl.lit(0.0),
        hint=pl.format("open sessions without a price since {}; suspended?", "since"),
    )
