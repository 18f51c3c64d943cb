"""The history of a membership: reviews and interim changes, day by day, from the rules alone.

The walk knows the baskets in force and those of a review on its way. On a day everything effective
is applied at the opening, interim changes before a review; what is announced is decided after the
close, from what was known by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from paasche.review.walk import Walk

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from paasche.market import Market
    from paasche.methodology import Methodology
    from paasche.review.proposal import Proposal

__all__ = ["History", "history_of", "review_history"]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Who was in an index when, and why.

    Attributes
    ----------
    constituents : polars.DataFrame
        Columns of the table ``constituents``: the whole membership of every effective session.
    changes : polars.DataFrame
        Every addition and deletion: ``index``, ``announced``, ``effective``, ``security``,
        ``change`` (added, deleted; kept: a spun-off child that becomes a constituent), ``cause``,
        ``rule``, ``reason``, ``replaces``.
    reserves : polars.DataFrame
        Every reserve list as it was published: ``index``, ``announced``, ``group``, ``place``,
        ``security`` (R9, R11).
    flags : polars.DataFrame
        Decisions of the committee that are due, and the default that was taken: ``index``,
        ``date``, ``security``, ``rule``, ``what`` (R13, R17, R18, R27).
    priced : polars.DataFrame
        Who leaves at a deletion price (R33): ``security``, ``session``, ``price``, ``announced``.
    proposals : tuple of Proposal
        The reviews, the base basket first.
    """

    constituents: pl.DataFrame
    changes: pl.DataFrame
    reserves: pl.DataFrame
    flags: pl.DataFrame
    priced: pl.DataFrame
    proposals: tuple[Proposal, ...]


def review_history(market: Market, methodology: Methodology, end: date) -> History:
    """Decide the membership of an index from its base date on (R1 to R34).

    Parameters
    ----------
    market : Market
        Securities, prices and shares; where there corporate actions, statuses, financials, holders,
        listings, decisions and rates.
    methodology : Methodology
        With rules in ``[universe]`` and ``[selection]``.
    end : datetime.date
        Last day: nothing after it is looked at.

    Returns
    -------
    History

    Raises
    ------
    MissingDataError
        The market lacks a table, a price or a session that a rule needs.
    InfeasibleRuleError
        Nobody passes the screens of a review.

    Examples
    --------
    >>> from datetime import date
    >>> import paasche as px
    >>> market = px.Market.from_frames(px.sample_market(securities=120, end="2016-12-30"))
    >>> history = review_history(market, px.Methodology.load("ah-cross-border"), date(2016, 12, 30))
    >>> history.changes["cause"][0]
    'base'
    """
    walk = Walk(market, methodology, end)
    walk.run()
    return history_of(walk)


def history_of(walk: Walk) -> History:
    """Return what a walk that was run left behind."""
    return History(
        constituents=walk.trail.baskets(),
        changes=walk.trail.changes(),
        reserves=walk.trail.reserves(),
        flags=walk.trail.flags(),
        priced=walk.trail.priced(),
        proposals=tuple(walk.proposals),
    )
