"""Open sessions on which a security has neither a price nor a row that says it is suspended."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import Defect, InputError
from paasche.market.in_force import in_force
from paasche.market.venues import Venues
from paasche.market.vocabulary import EXITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from paasche.market.calendars import Calendars
    from paasche.market.market import Market

__all__ = ["NO_GAPS", "asked_spans", "find_gaps", "report_gaps"]

NO_GAPS = pl.DataFrame(schema={"security": pl.String, "date": pl.Date})
"""Of a market without a table `status`, or of no days."""

_OPEN_END = dt.date(9999, 12, 31)

_WORKING = 8
"""Eight bytes so many times are in hand for each security and day that is looked at."""


def asked_spans(
    securities: Iterable[str],
    start: dt.date | Iterable[dt.date],
    end: dt.date | Iterable[dt.date],
) -> pl.DataFrame:
    """Return one row (security, start, end) for each security asked about.

    Parameters
    ----------
    securities : iterable of str, n of them
    start, end : date, or iterable of n dates

    Raises
    ------
    InputError
        If there are neither one date nor as many as securities.
    """
    names = list(securities)
    columns = {"security": pl.Series(names, dtype=pl.String)}
    for name, value in (("start", start), ("end", end)):
        dates = [value] * len(names) if isinstance(value, dt.date) else list(value)
        if len(dates) != len(names):
            expected = f"must be one date, or {len(names)} of them as there are securities"
            raise InputError(f"{name}: {expected}")
        columns[name] = pl.Series(dates, dtype=pl.Date)
    return pl.DataFrame(columns)


def report_gaps(gaps: pl.DataFrame, missing: str, source: str) -> tuple[Defect, ...]:
    """Refuse gaps, or return them one for each security, as `Market.report_gaps` says.

    Parameters
    ----------
    gaps : pl.DataFrame
        Columns security and date.
    missing : {"error", "warn"}
    source : str
        What an error calls the market.

    Raises
    ------
    InputError
        If `missing` is ``error`` and there is a gap.
    """
    if missing not in {"error", "warn"}:
        raise InputError(f"missing = {missing}: must be error or warn")
    first = gaps.group_by("security", maintain_order=True).agg(pl.col("date").min(), pl.len())
    defects = tuple(
        Defect(
            place="prices",
            column="date",
            value=f"{date} of {security}",
            expected="must have a price, as the exchange was open; add it, or a row suspended to "
            "the table status",
            count=count,
        )
        for security, date, count in first.iter_rows()
    )
    if defects and missing == "error":
        raise InputError(
            f"{source}: {gaps.height} prices are missing; with [prices] missing = "
            '"warn" the last close is carried',
            defects,
        )
    return defects


def find_gaps(market: Market, spans: pl.DataFrame, status: pl.DataFrame) -> pl.DataFrame:
    """Return the sessions on which securities lack a price without being suspended.

    Parameters
    ----------
    market : Market
    spans : pl.DataFrame
        Columns security, start, end: the days to look at, both included.
    status : pl.DataFrame
        The table that knows suspensions; it may be empty.

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
    ids = market.ids
    unknown = spans.filter(~pl.col("security").is_in(ids.implode()))
    if not unknown.is_empty():
        security = unknown["security"][0]
        raise InputError(f"securities = {security}: must be a security of the table securities")
    spans = _listed(spans, market)
    if spans.is_empty() or _is_complete(market, spans):
        return NO_GAPS
    if market.streamed is None:
        return _gaps(market, spans, status)
    # As many days at a time as fit into the budget.
    step = market.streamed.step(len(ids), _WORKING)
    first, last = int(_days(spans["start"]).min()), int(_days(spans["end"]).max())
    parts = [
        _gaps(market, part, status)
        for begin in range(first, last + 1, step)
        if not (part := _cut(spans, begin, begin + step - 1)).is_empty()
    ]
    return pl.concat(parts).sort("security", "date")


def _cut(spans: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    """Return what of spans lies in ``first..last``, days since 1970-01-01."""
    begin, end = (pl.lit(day, pl.Int32).cast(pl.Date) for day in (first, last))
    return spans.with_columns(
        start=pl.max_horizontal("start", begin), end=pl.min_horizontal("end", end)
    ).filter(pl.col("start") <= pl.col("end"))


def _gaps(market: Market, spans: pl.DataFrame, status: pl.DataFrame) -> pl.DataFrame:
    """Return the gaps of spans in which everyone is listed."""
    ids = market.ids

    first, last = int(_days(spans["start"]).min()), int(_days(spans["end"]).max())
    due = np.zeros((len(ids), last - first + 1), dtype=np.bool_)
    given = "listings" in market  # an absent table is an empty one
    venues = Venues(ids, market["securities"], market["listings"] if given else None)
    who = _positions(spans["security"], ids)
    for number, exchange in enumerate(venues.exchanges):
        here = venues.ever_on(number)[who]
        if here.any():
            sessions = _sessions(market.calendars, exchange, spans.filter(here))
            owners, days = _pairs(who[here], spans.filter(here), sessions)
            dates = pl.Series(days.astype(np.int32)).cast(pl.Date)
            on_it = venues.at(owners, dates) == number
            due[owners[on_it], days[on_it] - first] = True
    _strike_prices(due, first, market)
    _strike_suspensions(due, first, status, ids)
    rows, days = np.nonzero(due)
    dates = pl.Series((days + first).astype(np.int32)).cast(pl.Date)
    return pl.DataFrame({"security": ids.gather(rows), "date": dates})


def _positions(securities: pl.Series, ids: pl.Series) -> NDArray[np.int64]:
    return np.asarray(securities.cast(pl.Enum(ids)).to_physical().to_numpy(), dtype=np.int64)


def _days(dates: pl.Series) -> NDArray[np.int64]:
    """Return dates without null as days since 1970-01-01."""
    return np.asarray(dates.to_physical().to_numpy(), dtype=np.int64)


def _listed(spans: pl.DataFrame, market: Market) -> pl.DataFrame:
    """Cut the spans to the time in which their securities are listed; leave empty ones out."""
    listed = market["securities"].select("security", "listed", "delisted")
    ends = in_force(market["corporate_actions"]).filter(pl.col("kind").is_in(EXITS))
    ends = ends.group_by("security").agg(ended=pl.col("ex_date").min())
    return (
        spans.join(listed, on="security", how="left", maintain_order="left")
        .join(ends, on="security", how="left", maintain_order="left")
        .with_columns(
            start=pl.max_horizontal("start", "listed"),
            # The day of delisting is the first without the name. An index may hold it longer: until
            # its end is announced, or the acquirer's new shares count.
            end=pl.min_horizontal(
                "end", pl.min_horizontal("delisted", "ended").dt.offset_by("-1d")
            ),
        )
        .filter(pl.col("start") <= pl.col("end"))
    )


def _sessions(calendars: Calendars, exchange: str, spans: pl.DataFrame) -> NDArray[np.int64]:
    first, last = int(_days(spans["start"]).min()), int(_days(spans["end"]).max())
    days = calendars.sessions(exchange, np.datetime64(first, "D"), np.datetime64(last, "D"))
    return days.astype(np.int64)


def _pairs(
    who: NDArray[np.int64], spans: pl.DataFrame, sessions: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every security with every session of its span."""
    begin = np.searchsorted(sessions, _days(spans["start"]))
    counts = np.searchsorted(sessions, _days(spans["end"]), "right") - begin
    steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(who, counts), sessions[np.repeat(begin, counts) + steps]


def _is_complete(market: Market, spans: pl.DataFrame) -> bool:
    """Tell by counting whether every security has a price on every session of its span.

    Prices stand on sessions of the security's exchange only, and once on each.
    """
    length = (pl.col("end") - pl.col("start")).dt.total_days() + 1
    whole = spans.group_by("security").agg(
        pl.col("start").min(), pl.col("end").max(), days=length.sum()
    )
    # Names that moved, or that were out for a while, take a closer look.
    if "listings" in market or whole.filter(pl.col("days") != length).height:
        return False
    exchange = market["securities"].select("security", "exchange")
    due = 0
    parts = whole.join(exchange, on="security").partition_by("exchange", as_dict=True)
    for (name,), own in parts.items():
        sessions = _sessions(market.calendars, str(name), own)
        last = np.searchsorted(sessions, _days(own["end"]), "right")
        due += int((last - np.searchsorted(sessions, _days(own["start"]))).sum())
    first = np.full(len(market.ids), np.iinfo(np.int32).max, np.int32)
    last = np.full(len(market.ids), -1, np.int32)
    who = _positions(whole["security"], market.ids)
    first[who], last[who] = _days(whole["start"]), _days(whole["end"])
    if market.streamed is not None:
        who, found = market.streamed.own, 0
        for span in market.streamed.spans([]):
            asked = (span.days[:, None] >= first[who]) & (span.days[:, None] <= last[who])
            found += int(np.count_nonzero(asked & span.rows))
        return due == found
    days, owner = market["prices"]["date"].to_physical().to_numpy(), market.positions("prices")
    there = (days >= first[owner]) & (days <= last[owner])
    return due == int(np.count_nonzero(there))


def _strike_prices(due: NDArray[np.bool_], first: int, market: Market) -> None:
    if market.streamed is not None:
        stop = first + due.shape[1]
        begin, end = np.searchsorted(market.streamed.days, [first, stop]).tolist()
        for span in market.streamed.spans([], begin, end):
            inside = (span.days >= first) & (span.days < first + due.shape[1])
            place = np.ix_(market.streamed.own, span.days[inside] - first)
            due[place] &= ~span.rows[inside].T
        return
    owners = market.positions("prices")
    # An index looks at few of the securities of a large market.
    asked = np.flatnonzero(np.asarray(due.any(axis=1))[owners])
    days = market["prices"]["date"].to_physical().to_numpy()[asked] - first
    inside = (days >= 0) & (days < due.shape[1])
    due[owners[asked[inside]], days[inside]] = False


def _strike_suspensions(
    due: NDArray[np.bool_], first: int, status: pl.DataFrame, ids: pl.Series
) -> None:
    """Clear the days of suspensions; both ends of a row are included, no end is open."""
    rows = status.filter(pl.col("status") == "suspended")
    names = _positions(rows["security"], ids)
    starts = np.maximum(_days(rows["start"]) - first, 0)
    ends = _days(rows["end"].fill_null(_OPEN_END)) - first
    for name, start, end in zip(names, starts, ends, strict=True):
        due[name, start : max(end + 1, 0)] = False
