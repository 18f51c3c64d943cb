"""Mergers: what becomes of target and acquirer (R23, R24, R25)."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["MergerOutcome", "merge"]


class MergerOutcome(NamedTuple):
    """What a merger asks of an index.

    Attributes
    ----------
    acquirer : {"keeps", "leaves", "replaces", "fast_entry", "waits"}
        What becomes of the acquirer, the new entity: it keeps its membership or loses it, takes the
        target's place, enters fast, or waits for the review.
    rule : str
        Number of the rule.
    vacancies : int
        Places that are to be filled from the reserve list.
    """

    acquirer: Literal["keeps", "leaves", "replaces", "fast_entry", "waits"]
    rule: str
    vacancies: int


def merge(
    *,
    target_is_constituent: bool,
    acquirer_is_constituent: bool,
    eligible: bool,
    outranks_reserve: bool,
    enters_fast: bool,
) -> MergerOutcome:
    """Return what becomes of the companies of a merger (R23 to R25).

    Parameters
    ----------
    target_is_constituent, acquirer_is_constituent : bool
        Membership before.
    eligible : bool
        Whether the new entity passes the screens.
    outranks_reserve : bool
        Whether it ranks above the top name of the reserve list; True where there is no list.
    enters_fast : bool
        Whether it is large enough, the index has fast entry, and the review is far enough.

    Examples
    --------
    >>> merge(
    ...     target_is_constituent=True,
    ...     acquirer_is_constituent=False,
    ...     eligible=True,
    ...     outranks_reserve=True,
    ...     enters_fast=False,
    ... )
    MergerOutcome(acquirer='replaces', rule='R24', vacancies=0)
    """
    gone = int(target_is_constituent)
    if acquirer_is_constituent:
        if eligible:
            return MergerOutcome("keeps", "R23", gone)
        return MergerOutcome("leaves", "R23", gone + 1)
    if target_is_constituent:
        if eligible and outranks_reserve:
            return MergerOutcome("replaces", "R24", 0)
        return MergerOutcome("waits", "R24", 1)
    return MergerOutcome("fast_entry" if eligible and enters_fast else "waits", "R25", 0)
