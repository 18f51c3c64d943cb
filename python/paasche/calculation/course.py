"""What happened to an index, as far as decisions of its committee may ask."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from datetime import date

    from paasche.methodology import Methodology
    from paasche.review.dates.days import Days
    from paasche.review.history import History
    from paasche.review.proposal import Proposal

__all__ = ["Course", "Verdict", "spans_of", "verdict_on"]


class Verdict(NamedTuple):
    """What a review made of a security.

    Attributes
    ----------
    constituent : bool
        Whether it was in before.
    outcome : str
        What became of it.
    screen : str or None
        The screen that held it back.
    told : str
        The reason, with the rule.
    """

    constituent: bool
    outcome: str
    screen: str | None
    told: str


def verdict_on(review: Proposal, security: str) -> Verdict | None:
    """Return what a review made of a security; None where it did not look at it."""
    columns = ("constituent", "outcome", "screen", "rule", "reason")
    rows = review.table.filter(security=security).select(columns)
    for constituent, outcome, screen, rule, reason in rows.iter_rows():
        by = f" ({rule})" if rule else ""
        return Verdict(constituent, outcome, screen, f"{reason}{by}")
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Sessions, membership and reviews of an index.

    Attributes
    ----------
    methodology : Methodology
    sessions : datetime64[D] array of shape (n_sessions,)
        Index sessions, up to the last one.
    spans : polars.DataFrame
        security, start (inclusive), end (exclusive; null is open): who is in when.
    history : History or None
        Reviews and changes; None where a table gives the membership.
    """

    methodology: Methodology
    sessions: Days
    spans: pl.DataFrame
    history: History | None

    @property
    def reviews(self) -> tuple[Proposal, ...]:
        """The reviews, the base basket first."""
        return () if self.history is None else self.history.proposals

    @property
    def last(self) -> date:
        """The last session."""
        last: date = self.sessions[-1].item()
        return last

    def opens(self, day: date) -> date | None:
        """Return the session whose opening a decision of a day changes; None after the last."""
        at = int(np.searchsorted(self.sessions, np.datetime64(day, "D"), side="right"))
        return self.sessions[at].item() if at < len(self.sessions) else None

    def holds(self, security: str, day: date) -> bool:
        """Tell whether a security is in on a day."""
        found = self.spans.filter(
            pl.col("security") == security,
            pl.col("start") <= day,
            pl.col("end").is_null() | (pl.col("end") > day),
        )
        return not found.is_empty()

    def review_of(self, day: date) -> Proposal | None:
        """Return the first review that is announced on or after a day."""
        return next((one for one in self.reviews if one.dates.announcement >= day), None)

    def takes_effect(self, session: date) -> Proposal | None:
        """Return the first review that takes effect on or after a session."""
        return next((one for one in self.reviews if one.dates.effective >= session), None)

    def may_bring(self, security: str, session: date | None) -> bool:
        """Tell whether a review announced before a session may bring a security in.

        Whoever waits on its reserve list may have been drawn before it takes effect.
        """
        review = None if session is None else self.takes_effect(session)
        if session is None or review is None or review.dates.announcement >= session:
            return False
        waiting = {name for names in review.reserves.values() for name in names}
        return security in review.constituents or security in waiting


def spans_of(history: History) -> pl.DataFrame:
    """Return who is in when, by the baskets of a history."""
    effective = history.constituents["effective"].unique().sort().to_list()
    until = dict(pairwise(effective))
    return history.constituents.select(
        "security",
        start="effective",
        end=pl.col("effective").replace_strict(until, default=None, return_dtype=pl.Date),
    )
