"""An explanation as people read it: tables, totals, and what they look like in a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from paasche.calculation.shown import Overview, Shown
from paasche.levels import round_level

if TYPE_CHECKING:
    from datetime import date

__all__ = ["Explanation", "Totals"]

SHOWN = 10
"""Rows of each table that are shown; the tables have them all."""

LARGE = 1e5
"""Figures from here on are shown without decimals."""

MILLION = 1e6
"""Counts from here on are shown in millions."""


class Totals(NamedTuple):
    """Index points by source; they add up to the change.

    Attributes
    ----------
    price : float
        Moves of prices against their reference prices.
    fx : float
        Moves of rates.
    dividend : float
        Cash that went ex, as far as the variant loses it: all of it in the price index, none in the
        gross total return, the tax in the net total return.
    events : float
        What events moved past the divisor: 0 but for custom events (R34).
    change : float
        Change of the level, not rounded.
    """

    price: float
    fx: float
    dividend: float
    events: float
    change: float


@dataclass(frozen=True, kw_only=True, repr=False)
class Explanation:
    """Why a level moved.

    Attributes
    ----------
    index : str
        Code.
    variant, currency : str
        The version explained.
    base_currency : str
        Index currency: that of the value effects of events.
    sessions : polars.DataFrame
        One row a session: date, level_before, level, change (not rounded), and the index points of
        price, fx, dividend and events that add up to the change.
    constituents : polars.DataFrame
        One row a constituent, the largest contribution first: security, name, currency, sessions
        (on which it was held), traded (on the last session; null when no longer held),
        opening_weight and closing_weight (of the span; null when not held then), reference_price
        (full, on its first session), close (on its last), and the points price, fx, dividend,
        total.
    events : polars.DataFrame
        What happened to whom: session, security, name, event, rule, reason (why a name joined or
        left), measure (what before and after are), before, after, value_effect (in index currency),
        divisor_effect (the part of the divisor's change it caused) and divisor_change (the same as
        a fraction of the divisor). The events of a session add up to its divisor change.
    divisors : polars.DataFrame
        Divisor changes of the span: session, before, after, change (a fraction), reason.
    rates : polars.DataFrame
        Rates that moved: pair, before, after, change.
    """

    index: str
    variant: str
    currency: str
    base_currency: str
    sessions: pl.DataFrame
    constituents: pl.DataFrame
    events: pl.DataFrame
    divisors: pl.DataFrame
    rates: pl.DataFrame

    @property
    def start(self) -> date:
        """First session explained."""
        first: date = self.sessions["date"][0]
        return first

    @property
    def end(self) -> date:
        """Last session explained."""
        last: date = self.sessions["date"][-1]
        return last

    @property
    def level_before(self) -> float:
        """Level at the close before the span, not rounded."""
        return float(self.sessions["level_before"][0])

    @property
    def level(self) -> float:
        """Level at the close of the span, not rounded."""
        return float(self.sessions["level"][-1])

    @property
    def totals(self) -> Totals:
        """Index points by source, over the span."""
        sums = self.sessions.select(pl.col("price", "fx", "dividend", "events").sum())
        return Totals(**sums.row(0, named=True), change=self.level - self.level_before)

    def __repr__(self) -> str:
        return f"<Explanation of {self.title}>"

    @property
    def title(self) -> str:
        """What is explained, in one line: version, span, levels and change."""
        before, after = (float(one) for one in round_level([self.level_before, self.level]))
        days = str(self.end) if self.start == self.end else f"{self.start} to {self.end}"
        variant = self.variant.replace("_", " ")
        return (
            f"{self.index} {variant} {self.currency}, {days}: {before:.4f} → {after:.4f} "
            f"({self.totals.change:+.4f} points, {self.level / self.level_before - 1:+.2%})"
        )

    def __rich__(self) -> Overview:
        return self.shown()

    def _repr_html_(self) -> str:
        return self.shown()._repr_html_()

    def shown(self, rows: int = SHOWN) -> Overview:
        """Return the explanation as tables, for a terminal or a notebook.

        Parameters
        ----------
        rows : int
            Rows of each table; the rest is summed up in one.
        """
        tables = [
            Shown(
                title=self.title,
                headings=tuple(f"{name}>" for name in Totals._fields),
                rows=(tuple(_signed(points) for points in self.totals),),
            ),
            self._constituents(rows),
            self._rates(),
            self._events(rows),
            self._divisors(rows),
        ]
        count = len(self.constituents)
        footer = (
            f"{count} constituents, weights at the opening of {self.start}; price, fx and dividend "
            "are index points and add up to total"
        )
        return Overview(tuple(table for table in tables if table.rows), footer)

    def _constituents(self, count: int) -> Shown:
        points = ("price", "fx", "dividend", "total")
        top, rest = self.constituents.head(count), self.constituents.slice(count)
        rows = [
            (
                row["security"],
                row["name"],
                _share(row["opening_weight"]),
                *(_signed(row[name]) for name in points),
                "no trade" if row["traded"] is False else "",
            )
            for row in top.to_dicts()
        ]
        if not rest.is_empty():
            sums = rest.select(pl.col(points).sum()).row(0)
            weight = _share(float(rest["opening_weight"].sum()))
            rows.append(("", f"{len(rest)} more", weight, *map(_signed, sums), ""))
        return Shown(
            title="Constituents",
            headings=("security", "name", "weight>", *(f"{name}>" for name in points), ""),
            rows=tuple(rows),
        )

    def _rates(self) -> Shown:
        rows = (
            (pair, f"{before:.6g}", f"{after:.6g}", f"{change:+.4%}")
            for pair, before, after, change in self.rates.iter_rows()
        )
        return Shown(
            title="Rates", headings=("pair", "before>", "after>", "change>"), rows=tuple(rows)
        )

    def _events(self, count: int) -> Shown:
        rows: list[tuple[str, ...]] = [
            (
                str(row["session"]),
                row["security"] or "",
                row["event"].replace("_", " "),
                row["rule"],
                _counted(row["before"]),
                _counted(row["after"]),
                row["measure"],
                _change(row["divisor_change"]),
                row["reason"] or "",
            )
            for row in self.events.head(count).to_dicts()
        ]
        more = len(self.events) - count
        if more > 0:
            rows.append(("", "", f"{more} more", *[""] * 6))
        figures = ("before>", "after>", "of", "divisor>")
        headings: tuple[str, ...] = ("session", "security", "event", "rule", *figures, "why")
        alone = self.start == self.end
        shown = slice(int(alone), None if any(row[-1] for row in rows) else -1)
        return Shown(
            title=f"Events of {self.start}" if alone else "Events",
            headings=headings[shown],
            rows=tuple(row[shown] for row in rows),
        )

    def _divisors(self, count: int) -> Shown:
        rows = (
            (str(session), _figure(before), _figure(after), _change(change), reason)
            for session, before, after, change, reason in self.divisors.tail(count).iter_rows()
        )
        return Shown(
            title="Divisor",
            headings=("session", "before>", "after>", "change>", "reason"),
            rows=tuple(rows),
        )


def _signed(points: float) -> str:
    return f"{points:+.4f}" if points else "0"


def _share(weight: float | None) -> str:
    return "" if weight is None else f"{weight:.2%}"


def _change(fraction: float | None) -> str:
    return "" if fraction is None else f"{fraction:+.4%}"


def _figure(figure: float | None) -> str:
    if figure is None:
        return ""
    return f"{figure:,.0f}" if abs(figure) >= LARGE else f"{figure:,.6g}"


def _counted(figure: float | None) -> str:
    """Return a price, a factor or a count of shares; large counts in millions."""
    if figure is None or abs(figure) < MILLION:
        return _figure(figure)
    return f"{figure / MILLION:,.3f} m"
