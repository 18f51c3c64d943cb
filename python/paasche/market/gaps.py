"""Open sessions on which a security has neither a price nor a row that says it is suspended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import InputError
from paasche.market.venues import Venues

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from paasche.market.calendars import Calendars

__all__ = ["find_gaps"]


def find_gaps(
    tables: dict[str, pl.DataFrame], spans: pl.DataFrame, calendars: Calendars
) -> pl.DataFrame:
    """Return the sessions on which securities lack a price without being suspended.

    Parameters
    ----------
    tables : dict of str to pl.DataFrame
        `securities`, `prices`, `status` and `listings`, with canonical columns.
    spans : pl.DataFrame
        Columns security, start, end: the days to look at, both included.
    calendars : Calendars

    Returns
    -------
    pl.DataFrame
        Columns security and date, each pair once, in that order.

    Raises
    ------
    InputError
        If a security is not listed in `securities`.
    MissingDataError
        If a span leaves the known sessions of its exchange.
    """
    ids = tables["securities"]["security"].unique().sort()
    unknown = spans.filter(~pl.col("security").is_in(ids.implode()))
    if not unknown.is_empty():
        raise InputError(f"securities = {unknown['security'][0]}: a security of securities")
    asked = _asked(tables, ids, spans, calendars)
    if not len(asked):
        return pl.DataFrame(schema={"security": pl.String, "date": pl.Date})

    number = pl.Enum(ids)
    held = _pairs(tables["prices"].select("security", "date"), number)
    missing = np.setdiff1d(asked, held)
    who, when = missing // _DAYS, (missing % _DAYS).astype("M8[D]")
    missing = missing[~_suspended(tables["status"], number, who, when)]
    return pl.DataFrame(
        {
            "security": ids.gather(missing // _DAYS),
            "date": (missing % _DAYS).astype("M8[D]"),
        }
    )


# A pair of security and day is one number: position among the identifiers times this, plus the day.
_DAYS = 1 << 20


def _pairs(frame: pl.DataFrame, number: pl.Enum) -> NDArray[np.int64]:
    who = frame["security"].cast(number).to_physical().cast(pl.Int64).to_numpy()
    return np.asarray(who * _DAYS + frame["date"].to_physical().to_numpy())


def _asked(
    tables: dict[str, pl.DataFrame], ids: pl.Series, spans: pl.DataFrame, calendars: Calendars
) -> NDArray[np.int64]:
    """Return the pairs on which a price is due: sessions of the exchange while the name is listed."""
    securities = tables["securities"]
    venues = Venues(ids, securities, tables.get("listings"))
    rows = spans.join(
        securities.select("security", "listed", "delisted"), on="security", how="left"
    )
    rows = rows.with_columns(
        start=pl.max_horizontal("start", "listed"),
        # The day of delisting is the first without the name.
        end=pl.min_horizontal("end", pl.col("delisted").dt.offset_by("-1d")),
    ).filter(pl.col("start") <= pl.col("end"))
    if rows.is_empty():
        return np.empty(0, dtype=np.int64)
    who = rows["security"].cast(pl.Enum(ids)).to_physical().cast(pl.Int64).to_numpy()
    start = rows["start"].to_numpy().astype("M8[D]")
    end = rows["end"].to_numpy().astype("M8[D]")
    found = []
    for number, exchange in enumerate(venues.exchanges):
        sessions = calendars.sessions(exchange, start.min(), end.max())
        first = np.searchsorted(sessions, start)
        counts = np.searchsorted(sessions, end, "right") - first
        owner = np.repeat(who, counts)
        step = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        day = sessions[np.repeat(first, counts) + step]
        on_it = venues.at(owner, pl.Series(day)) == number
        found.append(owner[on_it] * _DAYS + day[on_it].astype(np.int64))
    return np.unique(np.concatenate(found))


def _suspended(
    status: pl.DataFrame, number: pl.Enum, who: NDArray[np.int64], when: NDArray[np.datetime64]
) -> NDArray[np.bool_]:
    """Tell for each pair whether a row of `status` covers it; both ends of a row are included."""
    rows = status.filter(pl.col("status") == "suspended")
    covered = np.zeros(len(who), dtype=np.bool_)
    names = rows["security"].cast(number).to_physical().cast(pl.Int64).to_numpy()
    starts = rows["start"].to_numpy().astype("M8[D]")
    ends = rows["end"].to_numpy().astype("M8[D]")

    # The pairs are sorted by security, so each row of status touches one slice of them.
    for name, start, end in zip(names, starts, ends, strict=True):
        low, high = np.searchsorted(who, [name, name + 1])
        days = when[low:high]
        covered[low:high] |= (days >= start) & (np.isnat(end) | (days <= end))
    return covered
