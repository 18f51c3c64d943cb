"""What companies have reported by a day: profit, opinion, and reports that came late (R20, R21)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from paasche.market import Market
    from paasche.methodology.tables.review_rules import ReportDeadline

__all__ = ["due_report", "latest_opinions", "latest_profits", "reports_in_time"]


def latest_profits(market: Market, day: dt.date) -> pl.LazyFrame:
    """Return the net profit of each company's latest period published by a day (R20).

    Parameters
    ----------
    market : Market
        Table ``financials``.
    day : datetime.date

    Returns
    -------
    polars.LazyFrame
        By code: security, profit_period, net_profit in the currency of the report. Of a period
        published more than once, the latest figure.
    """
    return (
        market["financials"]
        .lazy()
        .filter(pl.col("published") <= day)
        .pipe(_latest)
        .select("security", profit_period="period", net_profit="net_profit")
    )


def latest_opinions(
    market: Market, day: dt.date, deadlines: Iterable[ReportDeadline]
) -> pl.LazyFrame:
    """Return the auditor's opinion on the latest annual report published by a day (R21).

    Parameters
    ----------
    market : Market
        Table ``financials``.
    day : datetime.date
    deadlines : iterable of ReportDeadline
        The period that ends last in the year is that of the annual report.

    Returns
    -------
    polars.LazyFrame
        By code: security, opinion_period, opinion (null where it is not stated).
    """
    month, last_day = max(one["period"] for one in deadlines).split("-")
    period = pl.col("period").dt
    return (
        market["financials"]
        .lazy()
        .filter(pl.col("published") <= day)
        .filter(period.month() == int(month), period.day() == int(last_day))
        .pipe(_latest)
        .select("security", opinion_period="period", opinion="opinion")
    )


def _latest(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return each company's row of its latest period, by code; of one period the last published."""
    last = rows.sort("period", "published").unique("security", keep="last", maintain_order=True)
    return last.sort("security")


def due_report(deadlines: Sequence[ReportDeadline], day: dt.date) -> tuple[dt.date, dt.date] | None:
    """Return period and deadline of the report that fell due last, on or before a day (R21).

    Parameters
    ----------
    deadlines : sequence of ReportDeadline
    day : datetime.date

    Examples
    --------
    >>> import datetime as dt
    >>> half_year = {"period": "06-30", "month": 8, "day": 31, "years": 0}
    >>> print(*due_report([half_year], dt.date(2024, 8, 30)))
    2023-06-30 2023-08-31
    >>> print(*due_report([half_year], dt.date(2024, 8, 31)))
    2024-06-30 2024-08-31
    """
    found = [
        (due, dt.date.fromisoformat(f"{year}-{one['period']}"))
        for one in deadlines
        for year in range(day.year - one["years"] - 1, day.year + 1)
        if (due := dt.date(year + one["years"], one["month"], one["day"])) <= day
    ]
    if not found:
        return None
    due, period = max(found)
    return period, due


def reports_in_time(
    market: Market, day: dt.date, deadlines: Sequence[ReportDeadline]
) -> pl.LazyFrame:
    """Return who published the report that fell due last, by its deadline (R21).

    Parameters
    ----------
    market : Market
        Table ``financials``.
    day : datetime.date
    deadlines : sequence of ReportDeadline

    Returns
    -------
    polars.LazyFrame
        By code: security, in_time (always true).
    """
    due = due_report(deadlines, day)
    period, deadline = due or (day, day)
    return (
        market["financials"]
        .lazy()
        .filter(pl.lit(due is not None), pl.col("period") == period)
        .filter(pl.col("published") <= deadline)
        .select(pl.col("security").unique().sort(), in_time=pl.lit(value=True))
    )
