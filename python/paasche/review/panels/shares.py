"""Share counts in force, day by day (R46, R52, R57)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.review.panels.axis import rolled
from paasche.review.panels.floats import with_free_float

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market import Market
    from paasche.review.panels.actions import Actions
    from paasche.review.panels.axis import Axis

__all__ = ["lay_shares"]


def lay_shares(
    market: Market, axis: Axis, acts: Actions, rules: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return total and free-float shares in force; both (n_days, n_securities).

    Of the snapshots listed by a day the one with the latest ``effective`` is in force, brought from
    the day it is stated for over bonus, rights and split. Where it does not state the free float,
    the share of the newest earlier one that does stays.

    Parameters
    ----------
    market : Market
        Tables ``shares`` and ``holders``.
    axis : Axis
    acts : Actions
    rules : str
        Table of share rules, which states the threshold of R46.
    """
    counts = _in_force(market, axis, rules)
    if counts.is_empty():
        return np.full(axis.shape, np.nan), np.full(axis.shape, np.nan)
    at = _latest(axis.shape, counts)
    scales = _scales(acts)
    stated = _scale_on(scales, counts)
    # Equal scales divide to 1, so that an untouched count stays the whole number it is.
    scale = _scale_panel(axis, scales) / stated[at]
    scale[at < 0] = np.nan
    total, free_float = (counts[name].to_numpy()[at] * scale for name in ("total", "free_float"))
    return total, free_float


def _in_force(market: Market, axis: Axis, rules: str) -> pl.DataFrame:
    """Return the snapshots that ever come into force, by column and then by day (``row``)."""
    columns = np.take(axis.columns, market.positions("shares"))
    rows = market["shares"].with_columns(column=pl.Series(columns, dtype=pl.Int32))
    rows = rows.filter(pl.col("column") >= 0, pl.col("effective") <= axis.days[-1])
    rows = rows.with_columns(free_float=with_free_float(market, rows, rules).cast(pl.Float64))
    late = pl.col("announced") > pl.col("effective")
    # Announced after it took effect: the session after the announcement counts as the listing.
    counted = pl.when(late).then(pl.col("announced").dt.offset_by("1d")).otherwise("effective")
    rows = rows.with_columns(counted=counted)
    listing = rolled(axis, market, rows, "counted")
    known = listing <= axis.numbers[-1]
    rows = (
        rows.with_columns(row=pl.Series(np.searchsorted(axis.numbers, listing)), listing=listing)
        .filter(pl.Series(known))
        .sort("column", "listing", "effective")
        .filter(pl.col("effective") == pl.col("effective").cum_max().over("column"))
        .unique(["column", "row"], keep="last", maintain_order=True)
    )
    stated_total = pl.when(pl.col("free_float").is_not_null()).then("total")
    return rows.select(
        "column",
        "row",
        pl.col("total").cast(pl.Float64),
        basis=pl.col("basis").fill_null(pl.col("effective")),
        free_float=pl.col("free_float").forward_fill().over("column")
        * (pl.col("total") / stated_total.forward_fill().over("column")),
    )


def _latest(shape: tuple[int, int], entries: pl.DataFrame) -> NDArray[np.int32]:
    """Return for each cell the number of the last entry on or before it in its column, or −1.

    Entries stand by ``column`` and then by ``row``, so that the largest number is the latest.
    """
    at = np.full(shape, -1, np.int32)
    at[entries["row"].to_numpy(), entries["column"].to_numpy()] = np.arange(len(entries))
    return np.maximum.accumulate(at, axis=0)


def _scales(acts: Actions) -> pl.DataFrame:
    """Return the product of all scalings up to each ex-date: column, day, scale (R52)."""
    ratio, kind = pl.col("ratio"), pl.col("kind")
    added = pl.when(kind.is_in(["bonus", "rights"])).then(ratio).otherwise(0.0)
    split = pl.when(kind == "split").then(ratio).otherwise(1.0)
    return (
        acts.rows.filter(kind.is_in(["bonus", "rights", "split"]))
        .group_by("column", "day", maintain_order=True)
        .agg(scale=(1.0 + added.sum()) * split.product())
        .sort("column", "day")
        .with_columns(pl.col("scale").cum_prod().over("column"))
    )


def _scale_on(scales: pl.DataFrame, counts: pl.DataFrame) -> NDArray[np.float64]:
    """Return the product of the scalings that each count contains: ex-dates up to its basis."""
    days = counts.select("column", day=pl.col("basis").to_physical()).with_row_index("at")
    found = days.sort("day").join_asof(
        scales.sort("day"),
        on="day",
        by="column",
        check_sortedness=False,  # by day, which polars cannot check beside `by`
    )
    return found.sort("at")["scale"].fill_null(1.0).to_numpy()


def _scale_panel(axis: Axis, scales: pl.DataFrame) -> NDArray[np.float64]:
    """Return the product of the scalings up to each day, shape (n_days, n_securities)."""
    day = scales["day"].to_numpy()
    met = scales.with_columns(row=pl.Series(np.searchsorted(axis.numbers, day), dtype=pl.Int64))
    met = met.filter(pl.col("row") < len(axis.days))
    if met.is_empty():
        return np.ones(axis.shape)
    met = met.unique(["column", "row"], keep="last", maintain_order=True)
    # Position −1, before the first scaling of a column, finds the 1 at the end.
    return np.append(met["scale"].to_numpy(), 1.0)[_latest(axis.shape, met)]
