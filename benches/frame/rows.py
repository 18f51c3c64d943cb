"""What is timed: a row has the seconds of every round, ours alone or beside another side."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from statistics import median
from typing import Any

PEER, FLOOR, WORK = "peer", "floor", "work"
FEWEST_ROUNDS = 5

BAR = re.compile(r"(<=|>=) ([0-9.]+) x")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One piece of work, timed.

    Beside a peer the ratio says how many times faster ours is, above a floor how many times slower.

    Attributes
    ----------
    work : str
        What is done.
    kind : str
        ``peer``, ``floor``, or ``work`` where nobody else does it.
    asked : str
        The bar, such as ``>= 2.0 x``, or what else is asked; may be empty.
    theirs, ours : list of float
        Seconds of each round, in the order of the rounds; theirs is empty for ``work``.
    parts : dict of str to float
        Where the seconds of one of our rounds went, where that is known.
    """

    work: str
    kind: str
    asked: str = ""
    theirs: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)

    def ratio(self, figure: Any = median) -> float | None:
        """Return the ratio of the minima or medians of both sides."""
        if not self.theirs:
            return None
        theirs, ours = figure(self.theirs), figure(self.ours)
        return ours / theirs if self.kind == FLOOR else theirs / ours

    def holds(self) -> bool | None:
        """Return whether the ratio of the medians is as asked; None where no ratio is asked."""
        bar, ratio = BAR.fullmatch(self.asked), self.ratio()
        if bar is None or ratio is None:
            return None
        asked = float(bar[2])
        return ratio <= asked if bar[1] == "<=" else ratio >= asked

    def figures(self) -> dict[str, Any]:
        """Return the row as it is written."""
        sides = {"theirs": self.theirs, "ours": self.ours}
        return {
            "work": self.work,
            "kind": self.kind,
            "asked": self.asked,
            "holds": self.holds(),
            "rounds": len(self.ours),
            "ratio": {"min": self.ratio(min), "median": self.ratio()},
            **{
                side: {"min": min(seconds), "median": median(seconds), "seconds": seconds}
                for side, seconds in sides.items()
                if seconds
            },
            "parts": self.parts,
        }


def checked_rounds(rounds: int) -> int:
    """Return the number of rounds, refusing too few for a median."""
    if rounds < FEWEST_ROUNDS:
        raise ValueError(f"rounds = {rounds}: must be at least {FEWEST_ROUNDS}")
    return rounds
