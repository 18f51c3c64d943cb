"""The two axes of a ground: securities, and the sessions of their exchanges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import MissingDataError
from paasche.market.venues import Venues

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from numpy.typing import NDArray

    from paasche.market import Market
    from paasche.review.dates.days import Days

__all__ = ["Axis", "by_listing", "lay_axis", "rolled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Days and securities of every panel.

    Attributes
    ----------
    securities : list of str
        Every security that is ever listed on one of the exchanges, in byte order.
    columns : int32 array of shape (n_ids,)
        Column of each of ``market.ids``; −1 for a security that is not in the panels.
    days : datetime64[D] array of shape (n_days,)
        Days on which any exchange of these securities is open.
    exchanges : list of str
        Exchanges by number.
    is_open : bool array of shape (n_days, n_exchanges)
        Which of them are open.
    sessions : mapping of str to datetime64[D] array
        All known sessions of each exchange, before the first and past the last day too.
    venues : Venues
        Exchanges of the securities over time.
    """

    securities: list[str]
    columns: NDArray[np.int32]
    days: Days
    exchanges: list[str]
    is_open: NDArray[np.bool_]
    sessions: Mapping[str, Days]
    venues: Venues

    @property
    def shape(self) -> tuple[int, int]:
        """Number of days and of securities."""
        return len(self.days), len(self.securities)

    @property
    def numbers(self) -> NDArray[np.int32]:
        """The days as days since 1970-01-01, as the core counts them."""
        return self.days.astype(np.int32)


def lay_axis(market: Market, exchanges: Collection[str] | None, end: date) -> Axis:
    """Lay out days and securities.

    Parameters
    ----------
    market : Market
        Securities, listings, prices and calendars.
    exchanges : collection of str, optional
        Exchanges of the universe; None for all.
    end : datetime.date
        Last day looked at.

    Raises
    ------
    MissingDataError
        There is no price of any of these securities by then, or the sessions of an exchange end
        before the last price.
    """
    venues = Venues(market.ids, market["securities"], market["listings"])
    wanted = [
        number
        for number, name in enumerate(venues.exchanges)
        if exchanges is None or name in exchanges
    ]
    chosen = np.zeros(len(market.ids), np.bool_)
    for number in wanted:
        chosen |= venues.ever_on(number)
    columns = np.where(chosen, np.cumsum(chosen) - 1, -1).astype(np.int32)
    first, last = _priced(market, chosen, end, exchanges)
    met = [number for number in range(len(venues.exchanges)) if _meets(venues, number, chosen)]
    names = [venues.exchanges[number] for number in met]
    sessions = {name: _known(market, name) for name in names}
    opened = [
        np.union1d(
            _history(market, venues, number, sessions[name][0], last),
            market.calendars.sessions(name, max(first, sessions[name][0]), last),
        )
        for number, name in zip(met, names, strict=True)
    ]
    days = reduce(np.union1d, opened)
    days = days[(days >= first) & (days <= last)]
    return Axis(
        securities=market.ids.filter(pl.Series(chosen)).to_list(),
        columns=columns,
        days=days,
        exchanges=names,
        is_open=np.stack([np.isin(days, own) for own in opened], axis=1),
        sessions=sessions,
        venues=venues,
    )


def _priced(
    market: Market, chosen: NDArray[np.bool_], end: date, exchanges: Collection[str] | None
) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and last day with a price of these securities, up to the end."""
    dates = market["prices"]["date"].to_physical().to_numpy()
    seen = dates <= np.datetime64(end, "D").astype(np.int32)
    if not chosen.all():
        seen &= chosen[market.positions("prices")]
    found = dates[seen]
    if not found.size:
        where = f" of securities on {', '.join(sorted(exchanges))}" if exchanges else ""
        raise MissingDataError(
            f"prices: must have closes{where} on or before {end}, on which reviews measure; add "
            "them, or name other exchanges in [universe]"
        )
    return np.datetime64(int(found.min()), "D"), np.datetime64(int(found.max()), "D")


def _meets(venues: Venues, number: int, chosen: NDArray[np.bool_]) -> bool:
    return bool((venues.ever_on(number) & chosen).any())


def _known(market: Market, exchange: str) -> Days:
    return market.calendars.sessions(exchange, *market.calendars.span(exchange))


def _history(
    market: Market, venues: Venues, number: int, known: np.datetime64, last: np.datetime64
) -> Days:
    """Return the days with prices before the first known session of an exchange."""
    prices = market["prices"]
    dates = prices["date"].to_physical().to_numpy()
    early = np.flatnonzero(dates < min(known, last + 1).astype(np.int32))
    if not early.size:
        return np.empty(0, "datetime64[D]")
    on = venues.at(market.positions("prices")[early], prices["date"].gather(early)) == number
    return np.unique(dates[early[on]]).astype("datetime64[D]")


def by_listing(market: Market, axis: Axis, what: str) -> tuple[list[str], NDArray[np.intp]]:
    """Return exchange or currency of each security by number, day by day where any of them moves.

    Parameters
    ----------
    market : Market
        Tables ``securities`` and ``listings``.
    axis : Axis
    what : {"exchange", "currency"}

    Returns
    -------
    names : list of str
        Ascending; numbers are positions in it.
    numbers : int array of shape (n_securities,) or (n_days, n_securities)
        The second where a listing says otherwise than the table ``securities``.
    """
    master = (
        market["securities"]
        .filter(pl.col("security").is_in(axis.securities))
        .sort("security")
        .select("security", what)
    )
    moves = (
        market["listings"]
        .select("security", what, "start", "end")
        .join(master.rename({what: "home"}), on="security")
        .filter(pl.col(what) != pl.col("home"))
    )
    names = pl.concat([master[what], moves[what], moves["home"]]).unique().sort()
    number = {name: at for at, name in enumerate(names)}
    home = master[what].replace_strict(number, return_dtype=pl.Int64).to_numpy()
    if moves.is_empty():
        return names.to_list(), home.astype(np.intp)
    # Each span adds its difference to the home number where it begins, and takes it off after it.
    change = np.zeros((len(axis.days) + 1, len(home)), np.int64)
    column = np.searchsorted(axis.securities, moves["security"].to_list())
    there = moves[what].replace_strict(number, return_dtype=pl.Int64).to_numpy() - home[column]
    start = moves["start"].to_numpy().astype("datetime64[D]")
    end = moves["end"].to_numpy().astype("datetime64[D]")
    begin = np.searchsorted(axis.days, start)
    after = np.where(np.isnat(end), len(axis.days), np.searchsorted(axis.days, end, side="right"))
    np.add.at(change, (begin, column), there)
    np.add.at(change, (after, column), -there)
    return names.to_list(), home + np.cumsum(change, axis=0)[:-1]


def rolled(axis: Axis, market: Market, rows: pl.DataFrame, day: str) -> NDArray[np.int32]:
    """Return for each row the session of its security's exchange on or after its day.

    Days before the first known session stay as they are, those past the last one as well.

    Parameters
    ----------
    axis : Axis
    market : Market
    rows : polars.DataFrame
        ``security`` and the column ``day`` names.
    day : str
        Column of dates.

    Returns
    -------
    int32 array of shape (n_rows,)
        Days since 1970-01-01.
    """
    numbers = rows["security"].cast(pl.Enum(market.ids)).to_physical().cast(pl.Int32).to_numpy()
    exchange = axis.venues.at(numbers, rows[day])
    days = rows[day].to_numpy().astype("datetime64[D]")
    result = days.copy()
    for name in axis.exchanges:
        sessions = axis.sessions[name]
        own = (exchange == axis.venues.exchanges.index(name)) & (days >= sessions[0])
        own &= days <= sessions[-1]
        result[own] = sessions[np.searchsorted(sessions, days[own])]
    return result.astype(np.int32)
