"""What mergers, spin-offs, bankruptcies and tender offers do to names, prices and shares."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.market.sample.actions import COLUMNS, DELETION_PRICE
from paasche.market.sample.names import LOT
from paasche.market.sample.sessions import HONG_KONG
from paasche.market.sample.shares import SWAP, shares_on

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from paasche.market.sample.cast import Cast, Merger, SpinOff
    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = ["Restructured", "halted", "restructure", "spun_off"]

RATIOS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # child shares for one of the parent
PREMIUM = (1.02, 1.10)  # what a swap or a tender pays over the last close
ANNOUNCED = 90  # days from the announcement to the ex-date
FREE_AT_LISTING = (8, 15)  # percent of a new giant that may be traded
NOTICE = 14  # days from the end of a merger to the day it would have been, and to a bankruptcy
ROW = {
    column: COLUMNS[column]
    for column in (
        "security",
        "ex_date",
        "kind",
        "announced",
        "cancelled",
        "ratio",
        "price",
        "currency",
        "related",
    )
}
REFERENCE = {"name": pl.Int64, "session": pl.Int64, "reference": pl.Float64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Restructured:
    """Names and capital events with what the parts of the cast change, and rows for tables.

    The names have new prices: closes are to be drawn anew.

    Attributes
    ----------
    names : Names
    capital : polars.DataFrame
        As `capital.draw_capital` returns it, with the issues for swaps.
    actions : polars.DataFrame
        Rows of the table ``corporate_actions``.
    references : polars.DataFrame
        name, session, reference: reference prices published on the ex-dates of spin-offs.
    """

    names: Names
    capital: pl.DataFrame
    actions: pl.DataFrame
    references: pl.DataFrame


def halted(
    sessions: Sessions, names: Names, suspended: NDArray[np.bool_], cast: Cast
) -> tuple[Names, NDArray[np.bool_]]:
    """Suspend the absorbed names up to their ex-date; return names and suspensions anew."""
    last, suspended = names.last.copy(), suspended.copy()
    for merger in cast.mergers:
        suspended[merger.halt : merger.ex, merger.absorbed] = True
        last[merger.absorbed] = sessions.preceding[names.market[merger.absorbed], merger.halt]
    return dataclasses.replace(names, last=last), suspended


def spun_off(ex_dates: pl.DataFrame, cast: Cast) -> pl.DataFrame:
    """Add the spin-offs to the combined ex-dates: their part goes as a dividend does."""
    given = pl.DataFrame(
        {
            "name": [event.parent for event in cast.spin_offs],
            "session": [event.ex for event in cast.spin_offs],
            "portion": [event.portion for event in cast.spin_offs],
        },
        schema={column: ex_dates.schema[column] for column in ("name", "session", "portion")},
    ).with_columns(bonus=0.0, rights=0.0, discount=0.0, split=1.0)
    return pl.concat([ex_dates, given.select(ex_dates.columns)]).sort("session", "name")


def restructure(
    rng: np.random.Generator,
    sessions: Sessions,
    names: Names,
    *,
    closes: NDArray[np.float64],
    rate: NDArray[np.float64],
    history: pl.DataFrame,
    capital: pl.DataFrame,
    cast: Cast,
) -> Restructured:
    """Work out the terms from the closes, and what they do to shares.

    Parameters
    ----------
    rng : numpy.random.Generator
    sessions : Sessions
    names : Names
    closes : float64 array of shape (n_sessions, n_names)
    rate : float64 array of shape (n_sessions,)
        CNY for one HKD.
    history : polars.DataFrame
        True share counts, as `shares.share_history` chains them.
    capital : polars.DataFrame
        The drawn events that change shares.
    cast : Cast
    """
    work = _Work(rng, sessions, names, closes=closes, rate=rate, history=history)
    for merger in (*cast.mergers, *cast.called_off):
        work.swap(merger, called_off=merger in cast.called_off)
    for event in cast.spin_offs:
        work.spin_off(event)
    for name in cast.bankrupt:
        gone = int(names.gone[name])
        fields = {"announced": work.day(gone, -NOTICE), "price": DELETION_PRICE}
        work.row(name, gone, "bankruptcy", **fields)
    for name, session, offered in cast.tenders:
        paid = round(float(closes[session, name] * rng.uniform(*PREMIUM)), 2)
        work.row(name, session, "tender", ratio=offered, price=paid, currency="CNY")
    for name in cast.newcomers:
        work.list_giant(name)
    issued = {column: capital.schema[column] for column in ("name", "session", "kind", "factor")}
    swaps = pl.DataFrame(work.issues, schema=issued, orient="row")
    return Restructured(
        names=dataclasses.replace(
            names, total=work.total, free_float=work.free_float, price=work.price
        ),
        capital=pl.concat([capital, swaps], how="diagonal").sort("name", "session"),
        actions=pl.DataFrame(work.rows, schema=ROW),
        references=pl.DataFrame(work.references, schema=REFERENCE, orient="row"),
    )


class _Work:
    """Names, closes and rows in the making."""

    def __init__(
        self,
        rng: np.random.Generator,
        sessions: Sessions,
        names: Names,
        *,
        closes: NDArray[np.float64],
        rate: NDArray[np.float64],
        history: pl.DataFrame,
    ) -> None:
        self.rng, self.sessions, self.names, self.history = rng, sessions, names, history
        self.in_cny = np.where(names.market == HONG_KONG, rate[0], 1.0)
        self.closes = closes
        self.total, self.free_float = names.total.copy(), names.free_float.copy()
        self.price = names.price.copy()
        self.rows: list[dict[str, object]] = []
        self.issues: list[tuple[int, int, str, float]] = []
        self.references: list[tuple[int, int, float]] = []

    def day(self, session: int, later: int = 0) -> dt.date:
        day: dt.date = (self.sessions.days[session] + later).astype(object)
        return day

    def row(self, name: int, session: int, kind: str, **fields: object) -> None:
        """Add a row of ``corporate_actions``."""
        given = {"security": self.names.codes[name], "ex_date": self.day(session), "kind": kind}
        self.rows.append({**given, "announced": self.day(session, -ANNOUNCED), **fields})

    def close_before(self, session: int, *names: int) -> list[float]:
        """Return the last closes before a session; the names are of one market."""
        before = self.sessions.preceding[self.names.market[names[0]], session]
        return [float(self.closes[before, name]) for name in names]

    def swap(self, merger: Merger, *, called_off: bool) -> None:
        """Set the ratio of a merger; one that comes about adds to the shares of the acquirer."""
        absorbed, acquirer = self.close_before(merger.halt, merger.absorbed, merger.acquirer)
        ratio = round(absorbed / acquirer * self.rng.uniform(*PREMIUM), 4)
        fields: dict[str, object] = {"ratio": ratio, "related": self.names.codes[merger.acquirer]}
        if called_off:
            fields["announced"] = self.day(merger.halt)
            fields["cancelled"] = self.day(merger.ex, -NOTICE)
        else:
            stood, _ = shares_on(self.names, self.history, merger.ex)
            growth = 1 + ratio * float(stood[merger.absorbed]) / float(stood[merger.acquirer])
            self.issues.append((merger.acquirer, merger.ex, SWAP, growth))
        self.row(merger.absorbed, merger.ex, "merger", **fields)

    def spin_off(self, event: SpinOff) -> None:
        """Publish the reference price of the parent; fit price and shares of the child to it."""
        (close,) = self.close_before(event.ex, event.parent)
        given = round(close * event.portion, 2)
        self.references.append((event.parent, event.ex, round(close - given, 2)))
        first = float(self.closes[event.listing, event.child])
        # The ratio that leaves the child near its drawn price, so that its ticks stay small.
        ratio = min(RATIOS, key=lambda ratio: abs(np.log(given / ratio / first)))
        scale = given / ratio / first
        self.price[event.child] *= scale
        stood, _ = shares_on(self.names, self.history, event.ex)
        share = self.free_float[event.child] / self.total[event.child]
        self.total[event.child] = round(ratio * float(stood[event.parent]))
        self.free_float[event.child] = round(share * float(self.total[event.child]))
        child = self.names.codes[event.child]
        self.row(event.parent, event.ex, "spin_off", ratio=ratio, related=child)

    def list_giant(self, name: int) -> None:
        """Size a newcomer so that it is among the ten largest on its first day."""
        first = int(self.names.first[name])
        stood, _ = shares_on(self.names, self.history, first)
        there = (self.names.first < first) & (self.names.gone > first)
        value = np.where(there, stood * self.closes[first] * self.in_cny, 0.0)
        sixth, tenth = np.sort(value)[[-6, -10]]
        price = self.closes[first, name] * self.in_cny[name]
        self.total[name] = max(round(float(np.sqrt(sixth * tenth) / price) / LOT), 1) * LOT
        percent = int(self.rng.integers(*FREE_AT_LISTING))
        self.free_float[name] = self.total[name] * percent // 100
