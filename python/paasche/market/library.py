"""Sessions of the calendar library, with the overlay of what it does not know laid over them."""

from __future__ import annotations

import functools
import importlib
import tomllib
import warnings
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

__all__ = ["Hours", "library_days", "library_hours", "library_sessions", "with_overlay"]

# Renminbi equity indices begin after this day; the library is asked for nothing earlier.
_FIRST_DAY = np.datetime64("1999-01-01", "D")


@functools.cache
def _overlay() -> dict[str, Any]:
    text = resources.files("paasche.market").joinpath("calendar_overlay.toml").read_text("utf-8")
    return tomllib.loads(text)


def library_days(exchange: str) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and last day about which it is known whether the exchange is open.

    Parameters
    ----------
    exchange : str
        An exchange of the overlay: XSHG or XHKG.
    """
    return _FIRST_DAY, np.datetime64(_overlay()[exchange]["known_until"], "D")


@functools.cache
def library_sessions(exchange: str) -> NDArray[np.datetime64]:
    """Return all known sessions of an exchange, once for the process.

    Parameters
    ----------
    exchange : str
        An exchange of the overlay: XSHG or XHKG.

    Returns
    -------
    datetime64[D] array, ascending, read-only
    """
    with warnings.catch_warnings():
        # What the library still writes the old way is its matter with pandas, not the user's.
        warnings.simplefilter("ignore")
        return with_overlay(exchange, _overlay()[exchange])


def with_overlay(exchange: str, overlay: Mapping[str, Any]) -> NDArray[np.datetime64]:
    """Return the library's sessions with an overlay laid over them.

    Parameters
    ----------
    exchange : str
        Market identifier code.
    overlay : mapping
        ``known_until``, ``removed`` and ``added``, as ``calendar_overlay.toml`` explains them.

    Returns
    -------
    datetime64[D] array, ascending, read-only
    """
    known_until = np.datetime64(overlay["known_until"], "D")
    sessions, end = _from_library(exchange, known_until)
    beyond = np.arange(end + 1, known_until + 1)
    weekdays = beyond[np.is_busday(beyond)]
    added = np.array(overlay["added"], dtype="M8[D]")
    removed = np.array(overlay["removed"], dtype="M8[D]")
    sessions = np.setdiff1d(np.concatenate([sessions, weekdays, added]), removed)
    sessions.flags.writeable = False  # shared by every market of the process
    return sessions


def _from_library(
    exchange: str, known_until: np.datetime64
) -> tuple[NDArray[np.datetime64], np.datetime64]:
    """Return the sessions of the calendar library up to a day, and the last day it knows of these.

    Asked are the holidays alone: a whole calendar comes with the opening times of every session,
    which take five times as long.
    """
    calendar = _calendar(exchange)
    bound = calendar.bound_max()
    end = known_until if bound is None else min(known_until, np.datetime64(bound, "D"))
    days = np.arange(_FIRST_DAY, end + 1)
    holidays = [np.asarray(calendar.adhoc_holidays, dtype="M8[D]")]
    if calendar.regular_holidays is not None:
        by_rule = calendar.regular_holidays.holidays(str(_FIRST_DAY), str(end))
        holidays.append(by_rule.to_numpy().astype("M8[D]"))
    closed = np.concatenate(holidays)
    return days[np.is_busday(days, weekmask=calendar.weekmask, holidays=closed)], end


class Hours(NamedTuple):
    """Hours of continuous trading of an exchange on a session, in its own time.

    Attributes
    ----------
    zone : datetime.tzinfo
        Time zone of the exchange.
    opens, closes : datetime.time
        Begin and end of continuous trading; half days close early.
    lunch : pair of datetime.time or None
        Begin and end of the break.
    """

    zone: dt.tzinfo
    opens: dt.time
    closes: dt.time
    lunch: tuple[dt.time, dt.time] | None


@functools.cache
def library_hours(exchange: str, day: dt.date) -> Hours:
    """Return the hours of an exchange on a day that is a session; half days are those by its rules.

    Parameters
    ----------
    exchange : str
        An exchange of the overlay: XSHG or XHKG.
    day : datetime.date

    Examples
    --------
    >>> import datetime as dt
    >>> hours = library_hours("XSHG", dt.date(2024, 6, 14))
    >>> hours.opens.isoformat(), hours.lunch[0].isoformat(), hours.closes.isoformat()
    ('09:30:00', '11:30:00', '15:00:00')
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calendar = _calendar(exchange)
        opens = _special(calendar.special_opens, calendar.special_opens_adhoc, day)
        closes = _special(calendar.special_closes, calendar.special_closes_adhoc, day)
    breaks = (calendar.break_start_times, calendar.break_end_times)
    lunch = None if None in breaks else tuple(_in_force(times, day) for times in breaks)
    return Hours(
        calendar.tz,
        opens or _in_force(calendar.open_times, day),
        closes or _in_force(calendar.close_times, day),
        lunch,  # type: ignore[arg-type]
    )


def _in_force(times: Iterable[tuple[Any, dt.time]], day: dt.date) -> dt.time:
    """Return the time that holds on a day, of those in the order of the days they hold from."""
    return [time for since, time in times if since is None or since.date() <= day][-1]


def _special(
    by_rule: Iterable[tuple[dt.time, Any]], by_day: Iterable[tuple[dt.time, Any]], day: dt.date
) -> dt.time | None:
    """Return the time of a day that has one of its own."""
    days = [(time, rule.holidays(str(day), str(day))) for time, rule in by_rule]
    found = [time for time, special in [*days, *by_day] if str(day) in special]
    return found[-1] if found else None


def _calendar(exchange: str) -> Any:  # noqa: ANN401  (the library is not typed)
    """Return the rules of an exchange, without the sessions that a calendar lays out."""
    # Loading the library takes a third of a second, most of it pandas; only a first use pays that.
    module = importlib.import_module(f"exchange_calendars.exchange_calendar_{exchange.lower()}")
    kind = getattr(module, f"{exchange}ExchangeCalendar")
    return kind.__new__(kind)
