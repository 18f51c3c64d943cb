"""A rule-driven run beside the raw tables and the rules it was written from; for the checker."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl

from review.raw_values import SAME_SESSIONS

EXITS = ("delisting", "bankruptcy", "merger")


@dataclass(frozen=True)
class Run:
    """What a run and the rules it was written from say."""

    tables: dict
    raw: object
    rules: dict
    result: object

    @property
    def history(self):
        return self.result.history

    def baskets(self):
        """Return (effective, kind, members) of each basket, in order."""
        rows = self.history.constituents
        return [
            (effective, part["kind"][0], set(part["security"]))
            for (effective,), part in rows.group_by("effective", maintain_order=True)
        ]

    def constituents(self, day):
        """Return who is in after a session; a child beside its parent is held, but is not in."""
        members = [one for begin, _, one in self.baskets() if begin <= day][-1]
        moves = self.history.changes.filter(pl.col("effective") <= day, cause="spin_off")
        last = moves.group_by("security", maintain_order=True).last()
        return members - set(last.filter(change="added")["security"])

    def sessions(self):
        """Return the sessions of any exchange of the universe."""
        listed = self.rules["universe"]["exchanges"]
        exchanges = sorted({SAME_SESSIONS.get(one, one) for one in listed})
        return np.unique(np.concatenate([self.raw.sessions[one] for one in exchanges]))

    def groups(self):
        """Return the count of each group; one of all names where there is none."""
        selection = self.rules["selection"]
        if "groups" in selection:
            return {one["name"]: one["count"] for one in selection["groups"]}
        return {"": self.number("selection", "count")}

    def number(self, section, key):
        """Return a number of the rules, whether assumed or not; None where there is none."""
        written = self.rules.get(section, {}).get(key)
        return written["value"] if isinstance(written, dict) else written


def whole(share, count):
    """Return a share of a count, rounded down; the share as it is written."""
    return int(Fraction(str(share)) * count)
