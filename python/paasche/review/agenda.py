"""What comes up on which day: reviews, monthly changes, events of companies, decisions."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from paasche.errors import InputError, MissingDataError
from paasche.market.decisions import decisions_of
from paasche.market.in_force import in_force
from paasche.review.dates.schedule import (
    ReviewDates,
    base_review,
    monthly_effective,
    review_dates,
    reviews_between,
)
from paasche.review.interim.departures import cancelled, departures_by_day, spin_offs_by_day
from paasche.review.interim.exits import acting
from paasche.review.interim.fast_entry import entry_session
from paasche.review.interim.newcomers import newcomers
from paasche.review.panels.first_known import decided_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paasche.market import Market
    from paasche.methodology import Methodology
    from paasche.review.dates.days import Days
    from paasche.review.panels.known import View

__all__ = ["Agenda", "Item", "universe_sessions"]

_ORDER = (
    "departure",
    "spin_off",
    "settle",
    "cancelled",
    "tender",
    "suspension",
    "monthly",
    "fast_entry",
    "decision",
)
"""Order in which the events of one opening are applied."""


class Item(NamedTuple):
    """One thing that comes up.

    Attributes
    ----------
    kind : str
        What it is; one of the order of an opening.
    what : object
        Its details.
    """

    kind: str
    what: Any


def universe_sessions(market: Market, methodology: Methodology) -> Days:
    """Return the index sessions of an index whose membership is not known yet.

    The known sessions of the universe's exchanges: of any of them, of all, or of one, as
    ``index.calendar`` says.
    """
    calendar = methodology.index.calendar
    exchanges = {
        name for _, version in methodology.versions for name in version.universe.exchanges or ()
    }
    if calendar not in ("union", "intersection"):
        exchanges = {calendar}
    known = [
        market.calendars.sessions(name, *market.calendars.span(name)) for name in sorted(exchanges)
    ]
    return reduce(np.intersect1d if calendar == "intersection" else np.union1d, known)


class Agenda:
    """The days of an index on which something comes up, up to an end.

    Attributes
    ----------
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, also beyond the end where they are known.
    base : ReviewDates
        Of the base basket.
    reviews : list of ReviewDates
        Those that take effect by the end, in order, and one that is coming.
    """

    def __init__(
        self,
        market: Market,
        methodology: Methodology,
        view: View,
        end: date,
        coming: ReviewDates | None = None,
    ) -> None:
        self._methodology, self._end = methodology, end
        self.sessions = universe_sessions(market, methodology)
        index = methodology.index
        start = index.base_date if index.anchor is None else index.anchor.date
        self._require(start, view.ground.days[0])
        self.base = base_review(self.sessions, methodology.on(start).review, start)
        self.start = start
        # The base basket is newer than a review that was announced by then.
        self.reviews = [one for one in self._reviews() if one.announcement > start]
        if coming is not None:
            self.reviews.append(coming)
        self._items: dict[date, list[Item]] = defaultdict(list)
        for kind, rows in (
            ("departure", departures_by_day(market)),
            ("spin_off", spin_offs_by_day(market)),
        ):
            for event in rows:
                self.add(event.effective, Item(kind, event))
        self._add_settlements(view)
        for row in cancelled(market, end).iter_rows(named=True):
            self.add(row["cancelled"], Item("cancelled", row))
        self._add_tenders(market)
        self._add_suspensions(market)
        self._add_monthly()
        self._add_newcomers(view)
        self._add_decisions(market)

    def _require(self, start: date, first_price: np.datetime64) -> None:
        """Refuse a base date that is no index session, or has no prices before it."""
        key = "base_date" if self._methodology.index.anchor is None else "anchor.date"
        day = np.datetime64(start, "D")
        first = max(self.sessions[0], first_price)
        if day <= first:
            raise MissingDataError(
                f"index.{key} = {start}: must be later than {first}, the first session with "
                "prices, as the base basket is chosen by what was known before; add earlier "
                "prices, or begin later, with an anchor: [index] anchor = "
                "{ date = …, level = … }, or --anchor DATE=LEVEL"
            )
        at = int(np.searchsorted(self.sessions, day))
        if at >= len(self.sessions) or self.sessions[at] != day:
            near = self.sessions[max(at - 1, 0) : at + 1]
            raise InputError(
                f"index.{key} = {start}: must be an index session of the universe's exchanges; "
                f"the nearest are {' and '.join(str(session) for session in near)}"
            )

    def add(self, day: date, item: Item) -> None:
        """Put an item on the first session on or after a day, between the start and the end."""
        at = int(np.searchsorted(self.sessions, np.datetime64(day, "D")))
        if at < len(self.sessions):
            session: date = self.sessions[at].item()
            if self.start < session <= self._end:
                self._items[session].append(item)

    def take(self, day: date) -> Iterator[Item]:
        """Yield what comes up on a day, in its order; an item added meanwhile comes last."""
        while self._items.get(day):
            items = self._items[day]
            items.sort(key=lambda item: _ORDER.index(item.kind))
            yield items.pop(0)

    def departing(self, day: date) -> set[str]:
        """Return who ends on a day by an event that is still to be taken."""
        return {item.what.security for item in self._items[day] if item.kind == "departure"}

    def days(self) -> Iterator[date]:
        """Yield the days on which something comes up, is announced or takes effect, in order."""
        done = self.start
        marked = {
            min(day, self._end) for one in self.reviews for day in (one.announcement, one.effective)
        }
        while True:
            ahead = [day for day, items in self._items.items() if items and day > done]
            ahead += [day for day in marked if day > done]
            if not ahead:
                return
            done = min(ahead)
            yield done

    def eve(self, day: date) -> date:
        """Return the session before a day."""
        at = int(np.searchsorted(self.sessions, np.datetime64(day, "D"))) - 1
        eve: date = self.sessions[at].item()
        return eve

    def next_review(self, day: date) -> ReviewDates:
        """Return the first review that takes effect after a day, also beyond the end.

        Raises
        ------
        MissingDataError
            The known sessions end before it.
        """
        known = next((one for one in self.reviews if one.effective > day), None)
        if known is not None:
            return known
        month = day.replace(day=1)
        for _ in range(24):
            review = self._methodology.on(month).review
            if month.month in review.months:
                dates = review_dates(self.sessions, review, month.year, month.month)
                if dates.effective > day:
                    return dates
            month = (month + timedelta(days=32)).replace(day=1)
        raise MissingDataError(f"review.months: must have a review within two years of {day}")

    def _reviews(self) -> Iterator[ReviewDates]:
        """Yield the reviews of each version of the rulebook (R58)."""
        versions = self._methodology.versions
        ends = [since - timedelta(days=1) for since, _ in versions[1:]]
        for (since, rules), until in zip(versions, [*ends, self._end], strict=True):
            first = max(self.start, since - timedelta(days=1))
            if first < min(until, self._end):
                yield from reviews_between(
                    self.sessions, rules.review, first, min(until, self._end)
                )

    def _add_settlements(self, view: View) -> None:
        """Put the end of each spin-off on the session after the last child's first close (R26)."""
        ground = view.ground
        columns = {name: at for at, name in enumerate(ground.securities)}
        last: dict[tuple[str, date], date | None] = {}
        for item in [item for items in self._items.values() for item in items]:
            if item.kind != "spin_off":
                continue
            event = item.what
            at = columns.get(event.related)
            traded = None if at is None else np.flatnonzero(ground.traded[:, at])
            first = None
            if traded is not None and traded.size:
                first = max(ground.days[traded[0]].item(), event.effective)
            key = (event.security, event.effective)
            before = last.get(key, event.effective)
            last[key] = None if first is None or before is None else max(first, before)
        for (parent, ex_date), first in sorted(last.items()):
            if first is not None:
                self.add(first + timedelta(days=1), Item("settle", (parent, ex_date)))

    def _add_tenders(self, market: Market) -> None:
        rows = acting(market, in_force(market["corporate_actions"]).filter(kind="tender"))
        for row in rows.sort("ex_date", "security").iter_rows(named=True):
            self.add(row["session"], Item("tender", row))

    def _add_suspensions(self, market: Market) -> None:
        """Put suspensions that a committee decides on where they begin (R27)."""
        rows = market["status"].filter(status="suspended", reason="material_negative_event")
        for row in rows.sort("start", "security").iter_rows(named=True):
            self.add(row["start"], Item("suspension", row["security"]))

    def _add_monthly(self) -> None:
        month = self.start.replace(day=1)
        while month <= self._end:
            rules = self._methodology.on(month)
            if rules.interim.monthly_removals:
                try:
                    change = monthly_effective(
                        self.sessions,
                        month.year,
                        month.month,
                        announcement_lead=rules.review.numbers.monthly_announcement_lead,
                        cutoff=rules.interim.monthly_cutoff,
                    )
                except MissingDataError:
                    return  # beyond the known sessions, and so beyond the end
                if change.cutoff >= self.start:
                    self.add(change.effective, Item("monthly", change))
            month = (month + timedelta(days=32)).replace(day=1)

    def _add_newcomers(self, view: View) -> None:
        if all(rules.interim.fast_entry is None for _, rules in self._methodology.versions):
            return
        for day, security in newcomers(view, self._methodology, self.start, self._end):
            entry = self._methodology.on(day).interim.fast_entry
            if entry is None:
                continue
            try:
                enters = entry_session(self.sessions, day, entry.after_sessions)
            except MissingDataError:
                continue  # beyond the known sessions, and so beyond the end
            self.add(enters, Item("fast_entry", (day, security)))

    def _add_decisions(self, market: Market) -> None:
        rows = decisions_of(market, self._methodology.index.code).filter(
            pl.col("decision").is_in(["add", "remove", "withdraw"])
        )
        rows = rows.with_columns(counts=decided_on(market, rows))
        # Removals first, so that what is added may take their places.
        rows = rows.sort("counts", "decision", "security", descending=[False, True, False])
        by_day: dict[date, list[dict[str, Any]]] = defaultdict(list)
        for row in rows.iter_rows(named=True):
            by_day[row["counts"]].append(row)
        for day, decided in by_day.items():
            self.add(day + timedelta(days=1), Item("decision", decided))
