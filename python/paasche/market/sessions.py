"""Prices must stand on sessions of their exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.numbering import distinct_days

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from paasche.market.calendars import Calendars
    from paasche.market.report import Report
    from paasche.market.source import Source

__all__ = ["check_sessions", "open_days"]

_WEEKEND = {5, 6}

# Closed days that a message names.
_SHOWN = 5


def open_days(
    calendars: Calendars, exchange: str, first: int, last: int
) -> NDArray[np.bool_] | None:
    """Return which days of ``first..last`` may carry a price of the exchange.

    Days outside the calendar's span may: before it lies history, and what comes after is not known,
    but that it is closed on a Saturday and Sunday as it always was.

    Parameters
    ----------
    calendars : Calendars
    exchange : str
    first, last : int
        Days since 1970-01-01.

    Returns
    -------
    bool array of shape (n_days,) or None
        None where the calendar says nothing about the days.
    """
    if not calendars.knows(exchange):
        return None
    known = calendars.span(exchange)
    begin, end = (int(day.astype(np.int64)) for day in known)
    days = np.ones(last - first + 1, dtype=np.bool_)
    if last > end:
        beyond = np.arange(max(first, end + 1), last + 1)
        days[beyond[_rests(calendars, exchange, beyond)] - first] = False
    begin, end = max(first, begin), min(last, end)
    if begin <= end:
        days[begin - first : end - first + 1] = False
        sessions = calendars.sessions(exchange, np.datetime64(begin, "D"), np.datetime64(end, "D"))
        days[sessions.astype(np.int64) - first] = True
    return days


def _rests(calendars: Calendars, exchange: str, days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which days are a Saturday or Sunday of an exchange that never opened on one."""
    opened = _weekday(calendars.sessions(exchange, *calendars.span(exchange)).astype(np.int64))
    rest = sorted(_WEEKEND - set(np.unique(opened).tolist()))
    return np.isin(_weekday(days), rest)


def _weekday(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the day of the week, Monday 0, of days since Thursday 1970-01-01."""
    return np.asarray((days + 3) % 7)


def check_sessions(
    source: Source,
    dates: pl.Series,
    exchanges: Sequence[str],
    exchange_of: Callable[[NDArray[np.intp]], NDArray[np.int16]],
    *,
    calendars: Calendars,
    report: Report,
) -> None:
    """Note every row dated on a day on which its exchange is closed.

    Parameters
    ----------
    source : Source
        Where the rows came from.
    dates : pl.Series of date, shape (n_rows,)
        Null is a defect already and passes.
    exchanges : sequence of str
        Exchanges by number.
    exchange_of : callable
        Positions of rows to the numbers of their exchanges; -1 for none.
    calendars : Calendars
    report : Report
        Takes the defects, one for each exchange.
    """
    if dates.null_count() == len(dates):
        return
    days = dates.to_physical()
    first, last = int(days.min()), int(days.max())  # type: ignore[arg-type]
    # The row of no exchange, number -1, is the last one of the table: all its days are open.
    table = np.ones((len(exchanges) + 1, last - first + 1), dtype=np.bool_)
    for number, name in enumerate(exchanges):
        known = open_days(calendars, name, first, last)
        if known is not None:
            table[number] = known

    # Only rows on days on which some exchange is closed are looked at one by one.
    doubtful = np.asarray(~table.all(axis=0))
    if not doubtful[distinct_days(dates) - first].any():
        return
    since = days.fill_null(first).to_numpy().astype(np.intp)
    since -= first
    rows = np.flatnonzero(doubtful[since])
    numbers = exchange_of(rows)
    closed = ~table[numbers, since[rows]] & dates.is_not_null().to_numpy()[rows]
    for number in np.unique(numbers[closed]).tolist():
        bad = np.zeros(len(dates), dtype=np.bool_)
        bad[rows[closed & (numbers == number)]] = True
        name = exchanges[number]
        closed_days = dates.filter(pl.Series(bad)).unique().sort()
        expected = f"must be a session of {name}; {_named(closed_days)}{_mend(calendars, name)}"
        report.rows(source, pl.Series(bad), expected, column="date", values=dates)


def _named(days: pl.Series) -> str:
    """Return the days where there are several, the first few by name."""
    if len(days) == 1:
        return ""
    shown = ", ".join(day.isoformat() for day in days.head(_SHOWN))
    more = f" and {len(days) - _SHOWN} days more" if len(days) > _SHOWN else ""
    return f"it was closed on {shown}{more}: "


def _mend(calendars: Calendars, exchange: str) -> str:
    if calendars.own(exchange):
        return "leave the row out, or add the day to the table calendar"
    return "leave the row out, or give the sessions of the exchange in a table calendar"
