"""Sessions of the sample market: weekdays less the holidays of two markets.

Synthetic on purpose, so that the sample depends on no calendar library and on no year's decree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import InputError

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    Days: TypeAlias = NDArray[np.datetime64]
    Ints: TypeAlias = NDArray[np.int64]

__all__ = ["CALENDARS", "HONG_KONG", "MAINLAND", "Sessions"]

MAINLAND, HONG_KONG = 0, 1

# The exchanges that keep each calendar; the first is the one a reader asks for.
CALENDARS = (("XSHG", "XSHE"), ("XHKG",))

# (month, first day, last day), every year.
FIXED_HOLIDAYS = (
    ((1, 1, 3), (4, 4, 5), (5, 1, 3), (10, 1, 7)),
    ((1, 1, 1), (5, 1, 1), (7, 1, 1), (10, 1, 1), (12, 25, 26)),
)

# Days around the lunar new year: from the eve for a week; the first three days.
NEW_YEAR_DAYS = ((-1, 5), (0, 2))

SATURDAY = 5
SHORTEST_DAYS = 200


def _lunar_new_year(years: Ints) -> Days:
    """Return a date between 21 January and 19 February that comes 11 days earlier every year."""
    first = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    shift = (20 + (29 - 11 * (years - 2015)) % 30).astype("timedelta64[D]")
    new_year: Days = first + shift
    return new_year


def _weekdays(days: Days) -> Ints:
    """Return 0 for a Monday to 6 for a Sunday; 1970-01-01 was a Thursday."""
    return (days.astype(np.int64) + 3) % 7


def _open_days(days: Days, market: int) -> Days:
    """Return those of consecutive ``days`` on which the market trades."""
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    closed = _weekdays(days) >= SATURDAY
    for at, first, last in FIXED_HOLIDAYS[market]:
        closed |= (month == at) & (day >= first) & (day <= last)
    since = (days - _lunar_new_year(years)).astype(np.int64)
    first, last = NEW_YEAR_DAYS[market]
    closed |= (since >= first) & (since <= last)
    if market == HONG_KONG:
        # Easter-like: the Friday before and the Monday after the first Sunday of April.
        april = (years - 1970).astype("datetime64[Y]").astype("datetime64[M]") + 3
        start = april.astype("datetime64[D]")
        sunday = start + ((6 - _weekdays(start)) % 7).astype("timedelta64[D]")
        closed |= np.isin((days - sunday).astype(np.int64), (-2, 1))
    return days[~closed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """The sessions on which at least one exchange is open, and which of them each market keeps.

    Attributes
    ----------
    days : datetime64[D] array of shape (n_sessions,)
        Union sessions from start to end of the sample.
    is_open : bool array of shape (2, n_sessions)
        Whether the mainland (row 0) and Hong Kong (row 1) trade.
    following : int64 array of shape (2, n_sessions + 1)
        Position of the market's first session at or after each position, else ``n_sessions``.
    preceding : int64 array of shape (2, n_sessions + 1)
        Position of the market's last session before each position; -1 before the first.
    calendar : polars.DataFrame
        The table ``calendar``: whole years, so that dates around the sample find theirs.
    """

    days: Days
    is_open: NDArray[np.bool_]
    following: Ints
    preceding: Ints
    calendar: pl.DataFrame

    @classmethod
    def between(cls, start: str, end: str) -> Sessions:
        """Lay out the sessions from ``start`` to ``end``, both inclusive ISO dates."""
        first, last = _day("start", start), _day("end", end)
        if (last - first).astype(np.int64) < SHORTEST_DAYS:
            raise InputError(
                f"end = {end}: must be at least {SHORTEST_DAYS} days after start = {start}"
            )
        opening = (first - 120).astype("datetime64[Y]").astype("datetime64[D]")
        closing = ((last + 31).astype("datetime64[Y]") + 1).astype("datetime64[D]")
        every_day = np.arange(opening, closing)
        kept = [_open_days(every_day, market) for market in (MAINLAND, HONG_KONG)]
        union = np.union1d(*kept)
        days = union[(union >= first) & (union <= last)]
        is_open = np.stack([np.isin(days, own) for own in kept])
        positions = [np.flatnonzero(mask) for mask in is_open]
        at = np.arange(len(days) + 1)
        return cls(
            days=days,
            is_open=is_open,
            following=np.stack(
                [np.append(own, len(days))[np.searchsorted(own, at)] for own in positions]
            ),
            preceding=np.stack([np.append(-1, own)[np.searchsorted(own, at)] for own in positions]),
            calendar=pl.concat(
                pl.DataFrame({"exchange": [exchange] * len(own), "date": own})
                for exchanges, own in zip(CALENDARS, kept, strict=True)
                for exchange in exchanges
            ).sort("exchange", "date"),
        )

    def __len__(self) -> int:
        return len(self.days)

    def position(self, day: np.datetime64) -> int:
        """Return the position of the first union session at or after ``day``."""
        return int(np.searchsorted(self.days, day))

    def is_session_day(self, days: Days, market: Ints) -> NDArray[np.bool_]:
        """Tell for each day whether it is a session of its market, inside the sample."""
        at = np.minimum(np.searchsorted(self.days, days), len(self) - 1)
        found: NDArray[np.bool_] = (self.days[at] == days) & self.is_open[market, at]
        return found

    def review_closes(self) -> Ints:
        """Return the adjustment closes: last sessions up to the second Friday of June, December."""
        months = np.arange(
            self.days[0].astype("datetime64[M]"), self.days[-1].astype("datetime64[M]") + 1
        )
        first = months[np.isin(months.astype(np.int64) % 12, (5, 11))].astype("datetime64[D]")
        friday = first + ((4 - _weekdays(first)) % 7 + 7).astype("timedelta64[D]")
        friday = friday[(friday >= self.days[0]) & (friday < self.days[-1])]
        closes: Ints = np.searchsorted(self.days, friday, side="right") - 1
        return closes


def _day(argument: str, text: str) -> np.datetime64:
    """Read an ISO date or say which argument is none."""
    try:
        return np.datetime64(text, "D")
    except ValueError as e:
        raise InputError(f"{argument} = {text!r}: must be an ISO date such as 2014-11-03") from e
