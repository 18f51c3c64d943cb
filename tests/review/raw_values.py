"""Closes, share counts and market values from raw tables, one security at a time.

A second reading of the data contract beside the one of the package: it never imports paasche.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from functools import cache

import numpy as np

SAME_SESSIONS = {"XSHE": "XSHG", "BJSE": "XSHG"}
CASH = ("cash_dividend", "special_dividend")
SHAPES = ("bonus", "rights", "split")
FIRST_COUNTED = 4  # trading day from which a newcomer's data counts (R4)


class Raw:
    """A market read row by row; days are ``datetime64[D]``."""

    def __init__(self, tables, currency):
        self.currency = currency
        self.sessions = self._by(tables["calendar"], "exchange", "date")
        self.rates = {
            pair[:3]: (days, rates)
            for pair, (days, rates) in self._by(tables["fx"], "pair", "date", "rate").items()
            if pair[3:] == currency
        }
        self.security = {row["security"]: row for row in tables["securities"].iter_rows(named=True)}
        columns = ("date", "close", "reference", "volume")
        self.prices = self._by(tables["prices"], "security", *columns)
        self.snapshots = defaultdict(list)
        for row in tables["shares"].sort("security", "effective").iter_rows(named=True):
            self.snapshots[row["security"]].append(row)
        self.actions = defaultdict(list)
        for row in tables["corporate_actions"].sort("security", "ex_date").iter_rows(named=True):
            if row["cancelled"] is None or row["cancelled"] > row["ex_date"]:
                self.actions[row["security"]].append(row)
        self.closes, self.factors, self.totals = map(
            cache, (self._closes, self._factors, self._totals)
        )

    def _by(self, table, key, *columns):
        parts = table.sort(key, columns[0]).partition_by(key, as_dict=True)
        found = {}
        for (name,), part in parts.items():
            arrays = [part[column].to_numpy() for column in columns]
            arrays[0] = arrays[0].astype("datetime64[D]")
            found[name] = arrays if len(arrays) > 1 else arrays[0]
        return found

    def own_sessions(self, security):
        exchange = self.security[security]["exchange"]
        return self.sessions[SAME_SESSIONS.get(exchange, exchange)]

    def rate(self, security, days):
        """Index currency for one unit of the quote currency, the last known one carried."""
        quote = self.security[security]["currency"]
        return self._rate(quote, days)

    def _rate(self, currency, days):
        if currency == self.currency:
            return np.ones(np.shape(days))
        known, rates = self.rates[currency]
        return rates[np.searchsorted(known, days, side="right") - 1]

    def _effects(self, security):
        """Return the rows of each ex-date, by its place among the security's sessions."""
        sessions, found = self.own_sessions(security), defaultdict(list)
        for row in self.actions[security]:
            if row["kind"] in (*CASH, *SHAPES):
                at = int(np.searchsorted(sessions, np.datetime64(row["ex_date"], "D")))
                found[at].append(row)
        return dict(sorted(found.items()))

    @staticmethod
    def _grown(rows):
        """Shares after an ex-date for one before it: (1 + bonus + rights) · split (R63)."""
        more = sum(row["ratio"] for row in rows if row["kind"] in ("bonus", "rights"))
        split = np.prod([row["ratio"] for row in rows if row["kind"] == "split"])
        return (1 + more) * split

    def _factors(self, security):
        """Return, on each session, the shares that one share of the beginning has become."""
        found = np.ones(len(self.own_sessions(security)))
        for at, rows in self._effects(security).items():
            found[at:] *= self._grown(rows)
        return found

    def _closes(self, security):
        """Return (closes carried over the security's sessions, traded), NaN before the first."""
        sessions = self.own_sessions(security)
        days, close, reference, volume = self.prices[security]
        at = np.searchsorted(sessions, days)
        closes, stated = np.full((2, len(sessions)), np.nan)
        closes[at], stated[at] = close, reference.astype(float)
        traded = np.zeros(len(sessions), bool)
        traded[at] = volume != 0
        effects = self._effects(security)
        split_off = [row for row in self.actions[security] if row["kind"] == "spin_off"]
        ex_days = {
            int(np.searchsorted(sessions, np.datetime64(one["ex_date"]))) for one in split_off
        }
        ex_days = sorted(ex_days | effects.keys())
        for place in ex_days:
            if place < len(sessions) and not traded[place]:
                closes[place] = np.nan
        carried = self._carried(closes)
        for place in ex_days:
            if (
                place >= len(sessions)
                or traded[place]
                or place == 0
                or np.isnan(carried[place - 1])
            ):
                continue
            own = stated[place]
            if np.isnan(own):
                own = self._reference(security, place, carried[place - 1], effects.get(place, []))
            after = np.flatnonzero(~np.isnan(closes[place + 1 :]))
            end = place + 1 + after[0] if after.size else len(closes)
            carried[place:end] = own
        return carried, traded

    @staticmethod
    def _carried(closes):
        known = np.where(np.isnan(closes), -1, np.arange(len(closes)))
        last = np.maximum.accumulate(known)
        return np.where(last >= 0, closes[last], np.nan)

    def _reference(self, security, place, close, rows):
        """P_ex = (P0 − d + p_r·r) / ((1 + s + r)·m) (R63)."""
        quote = self.security[security]["currency"]
        eve = self.own_sessions(security)[place - 1]

        def here(amount, currency):
            into = self._rate(currency or quote, eve) / self._rate(quote, eve)
            return amount * into

        cash = sum(here(row["cash"], row["currency"]) for row in rows if row["kind"] in CASH)
        paid = sum(
            here(row["ratio"] * row["price"], row["currency"])
            for row in rows
            if row["kind"] == "rights"
        )
        return (close - cash + paid) / self._grown(rows)

    def _totals(self, security):
        """Return the total shares in force on each session: the latest listed by then."""
        sessions, factors = self.own_sessions(security), self.factors(security)
        found = np.full(len(sessions), np.nan)
        for row in self.snapshots[security]:
            effective = np.datetime64(row["effective"], "D")
            said = np.datetime64(row["announced"] or row["effective"], "D")
            listed = np.searchsorted(sessions, effective)
            if said > effective:
                listed = np.searchsorted(sessions, said, side="right")
            basis = np.datetime64(row["basis"], "D") if row["basis"] else effective
            at = int(np.searchsorted(sessions, basis, side="right")) - 1
            before = factors[at] if at >= 0 else 1.0
            found[listed:] = row["total"] * factors[listed:] / before
        return found

    def close(self, security, day):
        """Return the close of a day, carried where there is no trade."""
        at = bisect_right(self.own_sessions(security), np.datetime64(day, "D")) - 1
        return self.closes(security)[0][at]

    def grown(self, security, since, until):
        """Return how bonus, rights and splits multiply a share between two closes."""
        sessions, factors = self.own_sessions(security), self.factors(security)
        first, last = np.searchsorted(sessions, np.array([since, until], "M8[D]"), side="right") - 1
        return factors[last] / factors[first]

    def average_market_value(self, security, first, last):
        """Return the mean of close · total · rate over the days that count (R3, R4); NaN: none."""
        if security not in self.prices:
            return np.nan
        sessions = self.own_sessions(security)
        begin, end = np.datetime64(first, "D"), np.datetime64(last, "D")
        own = slice(*np.searchsorted(sessions, [begin, end + 1]))
        closes, traded = (array[own] for array in self.closes(security))
        counts = ~np.isnan(closes) & ~np.isnan(self.totals(security)[own])
        listed = self.security[security]["listed"]
        if listed is not None and begin <= np.datetime64(listed, "D") <= end:
            counts &= np.cumsum(traded) >= FIRST_COUNTED
        if not counts.any():
            return np.nan
        values = closes * self.totals(security)[own] * self.rate(security, sessions[own])
        return values[counts].mean()
