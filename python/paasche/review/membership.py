"""The membership of an index while the days go by: who is in, who waits, who replaced whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paasche.review.choice.reserve import ReserveList
from paasche.review.proposal import Wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from paasche.review.interim.event import Cause

__all__ = ["Book", "Move"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One addition or deletion, with its reason.

    Attributes
    ----------
    announced, effective : datetime.date
        Day of the announcement, and first session of the changed basket.
    security : str
        Who.
    change : {"added", "deleted"}
        What.
    cause : str
        Why, in one word.
    rule : str or None
        Number of the rule; None where the index's own choice decides.
    reason : str
        Why, in words.
    replaces : str or None
        For an addition between reviews: the constituent whose place it takes (R32).
    """

    announced: date
    effective: date
    security: str
    change: str
    cause: Cause
    rule: str | None
    reason: str
    replaces: str | None = None


@dataclass(slots=True, kw_only=True)
class Book:
    """Constituents and reserve lists: those in force, or those of a review on its way.

    Attributes
    ----------
    constituents : dict of str to str
        Who is in, with the group.
    reserves : dict of str to ReserveList
        Reserve list of each group (R9).
    moves : dict of str to Move
        The last addition or deletion of each security that the book has seen.
    open : dict of str to int
        Places of each group that nobody was left to fill.
    announced : datetime.date or None
        Day on which its review was announced.
    wishes : Wishes
        What the committee decided for that review.
    """

    constituents: dict[str, str]
    reserves: dict[str, ReserveList]
    moves: dict[str, Move] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)
    announced: date | None = None
    wishes: Wishes = field(default_factory=Wishes)

    @classmethod
    def of(
        cls,
        constituents: Mapping[str, str],
        reserves: Mapping[str, tuple[str, ...]],
        announced: date | None = None,
        wishes: Wishes | None = None,
    ) -> Book:
        """Return the book that a review makes."""
        return cls(
            constituents=dict(constituents),
            reserves={group: ReserveList.publish(names) for group, names in reserves.items()},
            announced=announced,
            wishes=wishes or Wishes(),
        )

    def delete(self, move: Move) -> str:
        """Take a constituent out; return its group."""
        self.moves[move.security] = move
        return self.constituents.pop(move.security)

    def add(self, move: Move, group: str) -> None:
        """Put a security in; whoever waits on the reserve list waits no longer."""
        self.moves[move.security] = move
        self.constituents[move.security] = group
        waiting = self.reserves.get(group)
        if waiting is not None and move.security in waiting.names:
            left = tuple(name for name in waiting.names if name != move.security)
            self.reserves[group] = ReserveList(left, waiting.original)

    def draw(self, group: str, is_eligible: Callable[[str], bool]) -> tuple[str | None, str]:
        """Take the best name of a reserve list that may still enter (R10); return it, and how."""
        waiting = self.reserves.get(group)
        if waiting is None:
            self.open[group] = self.open.get(group, 0) + 1
            return None, "there is no reserve list"
        drawn = waiting.draw(is_eligible)
        self.reserves[group] = drawn.left
        passed = f", passed over {', '.join(drawn.skipped)}" if drawn.skipped else ""
        if drawn.name is None:
            self.open[group] = self.open.get(group, 0) + 1
            return None, f"the reserve list has no eligible name{passed}"
        place = waiting.original - len(drawn.left.names)
        return drawn.name, f"place {place} of {waiting.original} on the reserve list{passed}"
