"""The selection: who is in after a review (R7, R8, R9, R12 and quotas).

Names are taken in one order of preference until the places are full: first those in the top zone
by rank, newcomers and constituents alike; then the constituents in the buffer zone; then everyone
else. That is R8: newcomers up to (1 − buffer) × count and constituents up to (1 + buffer) × count
are chosen, the worst ranked constituents leave where they are too many, and the best ranked others
fill up where they are too few. A quota passes a name over where its like are enough already, so
that it counts names in the same order: a constituent in the buffer zone comes before a newcomer
below the top zone, and after any name of the top zone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.errors import InputError
from paasche.review.choice.exact import as_written, whole_part
from paasche.review.choice.places import Alike, Places
from paasche.review.choice.reserve import reserve_size
from paasche.review.choice.verdicts import Figures, judge

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from collections.abc import Set as AbstractSet
    from decimal import Decimal

    from paasche.review.choice.verdicts import Verdict

__all__ = ["Alike", "Selected", "select", "select_share", "share_count"]

_TABLE = {
    "security": pl.String,
    "rank": pl.Int64,
    "zone": pl.String,
    "outcome": pl.String,
    "reserve": pl.Int64,
    "rule": pl.String,
    "reason": pl.String,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """The outcome of a review (R7, R8, R9).

    Attributes
    ----------
    constituents : tuple of str
        Who is in, by rank.
    added, kept : tuple of str
        Newcomers, and constituents that stay, by rank.
    deleted : tuple of str
        Constituents that leave, by rank, those that are not eligible last, by code.
    reserve : tuple of str
        The reserve list, by rank.
    enter, stay : int
        Last ranks of the top zone and of the buffer zone.
    verdicts : dict of str to Verdict
        Rank, zone, outcome, rule and reason of every eligible security and every constituent; in
        the order of the ranks, those that are not eligible last.
    """

    constituents: tuple[str, ...]
    added: tuple[str, ...]
    kept: tuple[str, ...]
    deleted: tuple[str, ...]
    reserve: tuple[str, ...]
    enter: int
    stay: int
    verdicts: dict[str, Verdict]

    def table(self) -> pl.DataFrame:
        """Return the verdicts as a table: security, rank, zone, outcome, reserve, rule, reason."""
        rows = [(security, *verdict) for security, verdict in self.verdicts.items()]
        return pl.DataFrame(rows, schema=_TABLE, orient="row")


def select(
    ranked: Sequence[str],
    constituents: Collection[str],
    count: int,
    *,
    taken: int = 0,
    newcomer_buffer: float | Decimal = 0.0,
    constituent_buffer: float | Decimal = 0.0,
    turnover_limit: float | Decimal | None = None,
    reserve: int = 0,
    priority: Collection[str] = (),
    forced: Collection[str] = (),
    quotas: Sequence[Alike] = (),
) -> Selected:
    """Choose the constituents from ranked names, with buffers and a turnover limit (R7, R8, R12).

    Parameters
    ----------
    ranked : sequence of str
        Eligible securities, the best ranked first.
    constituents : collection of str
        Constituents before the review. One that is not in ``ranked`` leaves, whatever the limit.
    count : int
        Number of constituents.
    taken : int
        Places that are not to be given: names that are in without a rank.
    newcomer_buffer, constituent_buffer : float or decimal.Decimal
        Newcomers enter up to rank (1 − the first) × count, constituents stay up to rank
        (1 + the second) × count; fractions taken as they are written, ranks rounded down.
    turnover_limit : float or decimal.Decimal, optional
        Largest share of ``count`` that may be added.
    reserve : int
        Names on the reserve list (R9).
    priority : collection of str
        Constituents suspended for long (R12). Where the limit lets some stay that would leave by
        rank, these stay last; none of them is on the reserve list (R15).
    forced : collection of str
        Names that are not eligible although they are in ``ranked``.
    quotas : sequence of Alike
        Limits to constituents alike.

    Returns
    -------
    selected : Selected
        ``count`` constituents, or all that are eligible and pass the quotas where these are fewer.

    Raises
    ------
    InputError
        A name is ranked twice, ``count`` is below 1, or a fraction is out of its range.

    Notes
    -----
    The rules say how many may be replaced, not what happens where more places are empty: forced
    deletions, and places left open since the last review, are filled even beyond the limit, and
    then nobody leaves by rank. Within the limit they count first. Where a quota keeps a constituent
    from staying, its place is filled beyond the limit as well. A reserve list takes no account of
    quotas; a draw does (R10).

    Examples
    --------
    >>> chosen = select("ABCDEF", "ABDF", 4, newcomer_buffer=0.25, constituent_buffer=0.5)
    >>> chosen.constituents, chosen.added, chosen.deleted
    (('A', 'B', 'C', 'D'), ('C',), ('F',))
    """
    _check(ranked, count, newcomer_buffer, constituent_buffer)
    out = set(forced)
    names = [name for name in ranked if name not in out]
    old = set(constituents)
    enter = whole_part(1 - as_written(newcomer_buffer), count)
    stay = whole_part(1 + as_written(constituent_buffer), count)

    long_suspended = set(priority)
    places = Places(max(count - taken, 0), quotas)
    places.fill(names[:enter], "top")
    places.fill((name for name in names[enter:stay] if name in old), "buffer")
    places.fill((name for name in names[enter:] if name not in places.taken), "open")
    wanted = set(places.taken)
    allowed = count
    if turnover_limit is not None:
        empty = count - taken - sum(name in old for name in names)
        allowed = max(whole_part(turnover_limit, count), empty)
        places = _limit(names, old, places, allowed, long_suspended)

    chosen = tuple(name for name in names if name in places.taken)
    others = [name for name in names if name not in places.taken]
    waiting = [name for name in others if name not in long_suspended][:reserve]
    return Selected(
        constituents=chosen,
        added=tuple(name for name in chosen if name not in old),
        kept=tuple(name for name in chosen if name in old),
        deleted=(*(name for name in others if name in old), *sorted(old - set(names))),
        reserve=tuple(waiting),
        enter=enter,
        stay=stay,
        verdicts=judge(
            names,
            old,
            places,
            wanted=wanted,
            suspended=long_suspended,
            reserve=waiting,
            figures=Figures(places=count, enter=enter, stay=stay, allowed=allowed),
        ),
    )


def select_share(
    ranked: Sequence[str],
    values: Sequence[float],
    constituents: Collection[str],
    share: float | Decimal,
    *,
    newcomer_buffer: float | Decimal = 0.0,
    constituent_buffer: float | Decimal = 0.0,
    turnover_limit: float | Decimal | None = None,
    reserve_share: float | Decimal = 0,
    priority: Collection[str] = (),
    forced: Collection[str] = (),
    quotas: Sequence[Alike] = (),
) -> Selected:
    """Choose the best ranked names up to a share of the universe's value (R7, R8).

    The count is that of :func:`share_count`, and everything else as in :func:`select`: buffers,
    turnover limit and reserve list count from it.

    Parameters
    ----------
    ranked : sequence of str
        Eligible securities, the best ranked first.
    values : sequence of float
        Market value of each, in the same order, index currency.
    constituents : collection of str
        Constituents before the review.
    share : float or decimal.Decimal
        Share of the sum of ``values`` that the best ranked must reach.
    reserve_share : float or decimal.Decimal
        Names on the reserve list, as a share of the count (R9).
    newcomer_buffer, constituent_buffer, turnover_limit, priority, forced, quotas
        As in :func:`select`.

    Examples
    --------
    >>> select_share("ABCD", [50.0, 30.0, 15.0, 5.0], "", 0.8).constituents
    ('A', 'B')
    """
    count = share_count(values, share)
    return select(
        ranked,
        constituents,
        count,
        newcomer_buffer=newcomer_buffer,
        constituent_buffer=constituent_buffer,
        turnover_limit=turnover_limit,
        reserve=reserve_size(reserve_share, count),
        priority=priority,
        forced=forced,
        quotas=quotas,
    )


def share_count(values: Sequence[float], share: float | Decimal) -> int:
    """Return how many of the best ranked reach a share of the whole value.

    Parameters
    ----------
    values : sequence of float
        Market value of each eligible security, the best ranked first, index currency.
    share : float or decimal.Decimal
        Share of their sum that must be reached; a fraction above 0, at most 1.

    Raises
    ------
    InputError
        There are no values, one is negative or not finite, all are 0, or the share is out of its
        range.

    Examples
    --------
    >>> share_count([50.0, 30.0, 15.0, 5.0], 0.8), share_count([50.0, 30.0, 15.0, 5.0], 0.81)
    (2, 3)
    """
    if not 0 < share <= 1:
        raise InputError(f"share = {share}: must be above 0 and at most 1")
    sums = np.cumsum(np.asarray(values, dtype=np.float64))
    if sums.size == 0 or not (np.diff(sums, prepend=0.0) >= 0).all() or not 0 < sums[-1] < np.inf:
        raise InputError("values: must be finite and not negative, and not all 0")
    return int(np.searchsorted(sums, float(share) * sums[-1])) + 1


def _limit(
    names: Sequence[str],
    old: AbstractSet[str],
    places: Places,
    allowed: int,
    priority: AbstractSet[str],
) -> Places:
    """Keep the best newcomers that are allowed, and let constituents stay in their place (R7)."""
    added = [name for name in names if name in places.taken and name not in old]
    if len(added) <= allowed:
        return places
    beyond = set(added[allowed:])
    limited = places.without(beyond)
    leaving = [name for name in names if name in old and name not in places.taken]
    # The sort keeps the order of the ranks: the long suspended stay last (R12).
    limited.fill(sorted(leaving, key=priority.__contains__), "restored")
    limited.fill((name for name in names if name not in limited.taken), "open")
    return limited


def _check(
    ranked: Sequence[str],
    count: int,
    newcomer_buffer: float | Decimal,
    constituent_buffer: float | Decimal,
) -> None:
    if count < 1:
        raise InputError(f"count = {count}: must be at least 1")
    if not 0 <= newcomer_buffer <= 1:
        raise InputError(f"newcomer_buffer = {newcomer_buffer}: must be from 0 to 1")
    if not constituent_buffer >= 0:
        raise InputError(f"constituent_buffer = {constituent_buffer}: must be at least 0")
    twice = [name for name, times in Counter(ranked).items() if times > 1]
    if twice:
        raise InputError(f"ranked: must name {min(twice)} once")
