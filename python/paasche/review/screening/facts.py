"""What is known of every security at a review: one row each, for the screens to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from paasche.errors import MissingDataError
from paasche.market.vocabulary import STATUSES
from paasche.review.screening.measures import measured, open_window, too_new
from paasche.review.screening.reports import latest_opinions, latest_profits, reports_in_time
from paasche.review.screening.standing import departures, lifted, listed_as, months_later, statuses
from paasche.review.screening.suspensions import resumed, suspended_sessions

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from paasche.market import Market
    from paasche.methodology import Methodology
    from paasche.methodology.universe import Measure
    from paasche.review.dates.schedule import ReviewDates
    from paasche.review.panels.ground import Ground

__all__ = ["WARNINGS", "facts", "needed_measures", "needs_free_float"]

WARNINGS = ("risk_warning", "delisting_warning")
"""Statuses of A shares that warn (R19, R31, R61)."""


def needed_measures(rules: Methodology) -> list[Measure]:
    """Return the measures that screens and ranks use, in the order of the methodology."""
    names = [screen.measure for screen in rules.universe.screens]
    if rules.selection is not None:
        names += [rank.measure for rank in rules.selection.rank_by]
    if rules.universe.listing_age is not None:
        names.append("average_market_value")
    return list(dict.fromkeys(names))


def needs_free_float(rules: Methodology) -> bool:
    """Tell whether weights or measures rest on the free float (R46)."""
    measures = needed_measures(rules)
    return rules.weighting.scheme == "free_float" or any("free_float" in one for one in measures)


def facts(
    market: Market,
    ground: Ground,
    rules: Methodology,
    dates: ReviewDates,
    *,
    constituents: Collection[str],
    admitted: Collection[str],
    excluded: Collection[str],
) -> pl.DataFrame:
    """Return one row for every security of the ground, by code.

    Parameters
    ----------
    market : Market
    ground : Ground
    rules : Methodology
        The rulebook of the review.
    dates : ReviewDates
    constituents, admitted, excluded : collection of str

    Returns
    -------
    polars.DataFrame
        What the expressions of :mod:`paasche.review.screening` name.

    Raises
    ------
    MissingDataError
        A measure needs a column that the market does not have.
    """
    if "average_turnover" in needed_measures(rules):
        _require_turnover(market)
    figures = _panel_figures(ground, rules, dates)
    found = pl.LazyFrame({"security": ground.securities, **figures}, nan_to_null=True)
    judged = min(dates.last, dates.announcement)
    numbers, known = rules.review.numbers, pl.col("security")
    warned = [one for one in WARNINGS if one in rules.universe.excluded_status]
    for table in (
        listed_as(market, dates.cutoff),
        statuses(market, dates.cutoff),
        lifted(market, dates.cutoff, warned),
        departures(market, dates.announcement, dates.effective),
        latest_profits(market, judged),
        latest_opinions(market, judged, numbers.report_deadlines),
        reports_in_time(market, judged, numbers.report_deadlines),
    ):
        found = found.join(table, on="security", how="left", maintain_order="left")
    joined = found.with_columns(
        *(pl.col(status).fill_null(value=False) for status in STATUSES),
        pl.col("in_time").fill_null(value=False),
        constituent=known.is_in(sorted(constituents)),
        admitted=known.is_in(sorted(admitted)),
        excluded=known.is_in(sorted(excluded)),
        listing_months=_listing_months(rules),
    ).collect()
    # One chunk: formatting text fails on a frame whose first chunk a filter has emptied.
    joined = joined.rechunk()
    return joined.with_columns(
        warning_free=_later(joined["lifted"], numbers.warning_lifted_months),
        trusted=_later(joined["resumed"], numbers.resumption_months),
        of_age=_later(joined["listed"], joined["listing_months"]),
    )


def _panel_figures(
    ground: Ground, rules: Methodology, dates: ReviewDates
) -> dict[str, NDArray[Any]]:
    first, cutoff = dates.first, dates.cutoff
    window = open_window(ground, rules, first, cutoff)
    limit = rules.review.numbers.suspension_limit_sessions
    # A listing date taken from a first price that is still to come is not known.
    known = ground.listed <= np.datetime64(cutoff, "D")
    gaps = np.isnan(ground.rate[window.rows]) & ~np.isnan(ground.close[window.rows])
    return {
        "listed": np.where(known, ground.listed, np.datetime64("NaT", "D")),
        "close": ground.close[window.last],
        "shares": ground.shares[window.last],
        "free_float": ground.free_float[window.last],
        "rates_missing": gaps.any(axis=0) | np.isnan(ground.rate[window.last]),
        "trading_days": window.trading_days,
        "too_new": too_new(window, rules),
        "suspended_sessions": suspended_sessions(ground, cutoff),
        "resumed": resumed(ground, first, cutoff, limit),
        **{name: measured(name, ground, rules, window) for name in needed_measures(rules)},
    }


def _listing_months(rules: Methodology) -> pl.Expr:
    age = rules.universe.listing_age
    if age is None:
        return pl.lit(0)
    return pl.col("board").replace_strict(age.boards, default=age.months, return_dtype=pl.Int64)


def _later(days: pl.Series, months: int | pl.Series) -> pl.Series:
    count = months if isinstance(months, int) else months.to_numpy()
    return pl.Series(months_later(days.to_numpy(), count))


def _require_turnover(market: Market) -> None:
    prices = market["prices"]
    if prices["turnover"].null_count() == len(prices):
        raise MissingDataError(
            "prices turnover: must be there, as [universe] or [selection] measures "
            "average_turnover; add the column, in quote currency, or measure something else"
        )
