"""Estimate the free float of A shares, which no file of real data states.

Holders of five percent and more, whose shares do not float (R46), are not in the files. Two
estimates take capital events alone; the other two also take the published weights of some dates.
Each returns the table ``shares``: security, effective, total, free_float, basis. A count contains
the bonus issues up to its day; those of Shanghai are dated one session after the ex-date.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
from csi300_market import LAST, Data, count_history, in_span

REFORMED = date(2007, 1, 1)
"""By then nearly all companies had made their non-tradable shares tradable, after a lock-up."""

PLACED_WITHIN = timedelta(days=330)
"""Of an initial offering, lots placed with institutions are locked up for three months and the
shares of those who held before it for a year or three."""

BANDS = np.array([*range(1, 16), 20, 30, 40, 50, 60, 70, 80, 100]) / 100
"""Inclusion factors that a published weight can imply."""

COARSE = 0.15
"""Above this the bands are wide enough to tell the scale of units by them."""

COLUMNS = ("security", "effective", "total", "free_float", "basis")


def tradable(data: Data) -> pl.DataFrame:
    """Take all tradable A shares as free float: holders of five percent float as well."""
    counts = in_span(count_history(data))
    return counts.with_columns(free_float="tradable", basis="effective").select(COLUMNS)


def tradable_less_freed(data: Data) -> pl.DataFrame:
    """Take the shares that came out of a lock-up as held by those who held them before it.

    Those are the shares locked up at the end of 2006, or at a later listing: mostly of the state,
    of parents and founders. Shares freed by then, or within a year of the listing, float, and so
    does what is freed beyond those. Where nothing would be left, all tradable shares float.
    """
    history = count_history(data).filter(pl.col("tradable") > 0)
    day, later = pl.col("effective"), pl.col("later")
    locked = (pl.col("total") - pl.col("tradable")) * later
    of_old = history.group_by("security").agg(
        of_old=pl.coalesce(locked.filter(day < REFORMED).last(), locked.first())
    )
    counts = history.join(of_old, on="security").join(data.structure, on="security")
    by_holders = (day >= REFORMED) & (day > pl.col("listed").fill_null(date.min) + PLACED_WITHIN)
    freed = pl.when(by_holders).then(pl.col("freed") * later).otherwise(0.0)
    counts = counts.with_columns(freed=freed.cum_sum().over("security"))
    left = pl.col("tradable") - (pl.min_horizontal("freed", "of_old") / later).round()
    floating = pl.when(left > 0).then(left).otherwise("tradable").cast(pl.Int64)
    return in_span(counts).with_columns(free_float=floating, basis="effective").select(COLUMNS)


def first_weight(data: Data, base: date) -> pl.DataFrame:
    """Take the band that the first published weight of a name implies, and hold it for ever.

    It counts before that weight as well, from the day the name joins.
    """
    weights = _with_ratios(data).filter(pl.col("date") >= base)
    bands = implied_bands(weights, weights.group_by("security").agg(pl.col("date").min()))
    counts = in_span(count_history(data)).join(bands, on="security")
    return _banded(counts.with_columns(basis="effective"))


def review_weights(data: Data, base: date) -> pl.DataFrame:
    """Take the band that the first published weight after each review implies."""
    weights = _with_ratios(data).filter(pl.col("date") >= base)
    sessions = data.published["date"]
    reviews = data.changes.filter(kind="review")["effective"].unique().sort()
    reviews = reviews.filter((reviews > base) & (reviews <= LAST))
    eves = sessions.gather(sessions.search_sorted(reviews) - 1)
    periods = zip([base, *eves], [base, *reviews], [*reviews, date.max], strict=True)
    bands = pl.concat(
        implied_bands(
            weights,
            weights.filter(pl.col("date") >= start, pl.col("date") < end)
            .group_by("security")
            .agg(pl.col("date").min()),
        ).with_columns(effective=pl.lit(eve))
        for eve, start, end in periods
    ).sort("effective")
    counts = in_span(count_history(data)).with_columns(basis="effective").sort("effective")
    # A count is repeated on the eve of a review, for the band from then on.
    repeated = bands.join_asof(
        counts.drop("basis").with_columns(basis="effective"),
        on="effective",
        by="security",
        check_sortedness=False,
    ).drop_nulls("total")
    own = counts.join_asof(bands, on="effective", by="security", check_sortedness=False)
    own = own.join(repeated, on=["security", "effective"], how="anti")
    return _banded(pl.concat([repeated, own.drop_nulls("band")], how="diagonal"))


def implied_bands(weights: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """Return the bands that weights of some dates imply.

    One scale a date turns weight / (price · A shares) into an inclusion factor: that which puts
    most names on a band.

    Parameters
    ----------
    weights : polars.DataFrame
        ``security``, ``date``, ``ratio``: all names of every date.
    taken : polars.DataFrame
        ``security``, ``date``: for whom the band is wanted.

    Returns
    -------
    polars.DataFrame
        ``security``, ``band``.
    """
    found = []
    whole = weights.join(taken, on="date", how="semi")
    for _, names in whole.group_by("date", maintain_order=True):
        ratio = np.log(names["ratio"].to_numpy())
        wide = np.log(BANDS[BANDS > COARSE])
        scales = np.linspace(-1.6, 0.2, 800) - np.quantile(ratio, 0.98)
        factors = ratio + scales[:, None]
        off = np.abs(factors[:, :, None] - wide).min(axis=2)
        on_band = (off < 0.01) & (factors > np.log(COARSE))
        best = factors[on_band.sum(axis=1).argmax()]
        nearest = np.abs(best[:, None] - np.log(BANDS)).argmin(axis=1)
        found.append(names.select("security", "date", band=pl.Series(BANDS[nearest])))
    return pl.concat(found).join(taken, on=["security", "date"]).select("security", "band")


def _with_ratios(data: Data) -> pl.DataFrame:
    """Return weight / (price · A shares) of all names with a price: security, date, ratio."""
    prices = data.prices.select("security", "date", "close").sort("date")
    counts = count_history(data).sort("effective")
    return (
        data.weights.sort("date")
        .join_asof(prices, on="date", by="security", check_sortedness=False)
        .join_asof(
            counts, left_on="date", right_on="effective", by="security", check_sortedness=False
        )
        .drop_nulls(["close", "total"])
        .select("security", "date", ratio=pl.col("weight") / (pl.col("close") * pl.col("total")))
    )


def _banded(counts: pl.DataFrame) -> pl.DataFrame:
    """Return the free float that R47 brings to the band: at most the band's edge."""
    percent = (pl.col("band") * 100).round().cast(pl.Int64)
    return counts.with_columns(free_float=percent * pl.col("total") // 100).select(COLUMNS)
