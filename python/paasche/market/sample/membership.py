"""The membership of SAMPLE100: half-yearly reviews by size, and interim changes.

A plain stand-in for a review: it gives the table `constituents` from outside, as an index provider
does, and is no implementation of the review rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import InputError
from paasche.market.sample.sessions import HONG_KONG
from paasche.market.sample.shares import shares_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from paasche.market.sample.names import Names
    from paasche.market.sample.sessions import Sessions

__all__ = ["INDEX", "Standing", "draw_membership"]

INDEX = "SAMPLE100"
BASE = np.datetime64("2015-01-05")
MEMBERS, BUFFER = 100, 0.2  # incumbents stay up to rank 120, newcomers enter up to rank 80
CUTOFF_SESSIONS = 25  # the data of a review end so long before it takes effect
BASE_CUTOFF_SESSIONS, BASE_DAYS = 10, 40
SEASONED = 10  # sessions with a price before the cut-off
CALM = 10  # sessions between a random interim change and a review
SWAPS = 5
UNFILLED_EVERY = 4  # of the delisted members, every fourth one is not replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What membership looks at: closes and availability on (n_sessions, n_names), rates, shares."""

    sessions: Sessions
    names: Names
    closes: NDArray[np.float64]
    suspended: NDArray[np.bool_]
    rate: NDArray[np.float64]
    history: pl.DataFrame

    def ranked(self, session: int) -> NDArray[np.int64]:
        """Return the eligible names by falling free-float capitalization, ties by code."""
        _, free_float = shares_on(self.names, self.history, session)
        price = self.closes[session] * np.where(
            self.names.market == HONG_KONG, self.rate[session], 1.0
        )
        order = np.argsort(-(price * free_float), kind="stable")
        return order[(self.names.first <= max(session - SEASONED, 0))[order]]

    def available(self, name: NDArray[np.int64], first: int, last: int) -> NDArray[np.bool_]:
        """Tell which names are listed beyond ``last`` and not suspended from ``first`` to it."""
        free: NDArray[np.bool_] = ~np.any(self.suspended[first : last + 1], axis=0)
        return free[name] & (self.names.gone[name] > last) & (self.names.last[name] >= last)


def draw_membership(rng: np.random.Generator, standing: Standing) -> pl.DataFrame:
    """Lay out the table ``constituents``: base, reviews, replaced leavers and a few swaps.

    Raises
    ------
    InputError
        If the sample ends before the base date of the index.
    """
    sessions, names = standing.sessions, standing.names
    base = sessions.position(max(BASE, sessions.days[0] + BASE_DAYS))
    if base >= len(sessions):
        raise InputError(f"end = {sessions.days[-1]}: must be after {BASE}, the base of {INDEX}")
    reviews = sessions.review_closes() + 1
    reviews = reviews[reviews > base + CUTOFF_SESSIONS]
    count = min(MEMBERS, len(names) // 4)
    swaps = _swap_sessions(rng, sessions, base, reviews)

    ranked = standing.ranked(base - BASE_CUTOFF_SESSIONS)
    able = standing.available(ranked, base - BASE_CUTOFF_SESSIONS, base)
    members = ranked[able][:count]
    tables = [_rows(standing, base, members, "review", {})]
    events = sorted({*names.gone[names.gone < len(sessions)].tolist(), *reviews.tolist(), *swaps})
    left = 0
    for session in (event for event in events if event > base):
        gone = members[names.gone[members] == session]
        members = np.setdiff1d(members, gone, assume_unique=True)
        if session in reviews:
            ranked = standing.ranked(session - CUTOFF_SESSIONS)
            members = _reviewed(standing, ranked, members, session, count)
            tables.append(_rows(standing, session, members, "review", {}))
            continue
        leavers = list(_replaced(gone, left))
        left += len(gone)
        if session in swaps:
            stay = ranked[np.isin(ranked, members)]
            leavers.append(int(stay[-1]))
        if not leavers:
            continue
        outside = ranked[~np.isin(ranked, [*members, *gone])]
        joiners = outside[standing.available(outside, session - 3, session + CALM)][: len(leavers)]
        members = np.append(np.setdiff1d(members, leavers, assume_unique=True), joiners)
        pairs = dict(zip(joiners.tolist(), leavers, strict=True))
        tables.append(_rows(standing, session, members, "interim", pairs))
    return pl.concat(tables)


def _replaced(gone: NDArray[np.int64], left: int) -> Iterator[int]:
    """Yield the delisted members whose place is filled; the others just leave."""
    for place, name in enumerate(gone.tolist(), start=left + 1):
        if place % UNFILLED_EVERY:
            yield name


def _swap_sessions(
    rng: np.random.Generator, sessions: Sessions, base: int, reviews: NDArray[np.int64]
) -> set[int]:
    """Draw the sessions of random interim changes, away from reviews and ends."""
    if base + 2 * CALM >= len(sessions) - 2 * CALM:
        return set()
    drawn = rng.integers(base + 2 * CALM, len(sessions) - 2 * CALM, SWAPS)
    apart = np.abs(drawn[:, np.newaxis] - reviews).min(axis=1, initial=len(sessions)) > CALM
    return set(drawn[apart].tolist())


def _reviewed(
    standing: Standing,
    ranked: NDArray[np.int64],
    members: NDArray[np.int64],
    session: int,
    count: int,
) -> NDArray[np.int64]:
    """Renew the membership with a buffer for incumbents; newcomers must trade up to the review."""
    incumbent = np.isin(ranked, members)
    able = standing.available(ranked, session - CUTOFF_SESSIONS, session) | (
        incumbent & (standing.names.gone[ranked] > session)
    )
    ranked, incumbent = ranked[able], incumbent[able]
    rank = np.arange(len(ranked))
    # First the sure ones, then incumbents within the buffer, then the next in rank.
    sure = rank < count * (1 - BUFFER)
    kept = incumbent & (rank < count * (1 + BUFFER))
    order = np.lexsort((rank, np.where(sure, 0, np.where(kept, 1, 2))))
    return ranked[order[:count]]


def _rows(
    standing: Standing,
    session: int,
    members: NDArray[np.int64],
    kind: str,
    replaced: dict[int, int],
) -> pl.DataFrame:
    """Lay out the whole membership from one effective session on."""
    members = np.sort(members)
    codes = standing.names.codes
    leaver = [replaced.get(member) for member in members.tolist()]
    return pl.DataFrame(
        {"security": codes.gather(members), "leaver": pl.Series(leaver, dtype=pl.Int64)}
    ).select(
        index=pl.lit(INDEX),
        effective=pl.lit(standing.sessions.days[session].astype(object)),
        security="security",
        weight=pl.lit(None, pl.Float64),
        kind=pl.lit(kind),
        replaces=codes.gather(pl.Series(leaver, dtype=pl.Int64)),
    )
