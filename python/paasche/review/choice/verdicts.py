"""What a selection says about each security: its zone, what becomes of it, the rule and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from paasche.review.choice.places import Places

__all__ = ["Figures", "Outcome", "Verdict", "Zone", "judge"]

Outcome: TypeAlias = Literal["added", "kept", "deleted", "not_chosen"]
Zone: TypeAlias = Literal["top", "buffer", "out"]
"""Where a rank lies (R8): newcomers enter up to the end of the top, constituents stay up to the end
of the buffer."""


class Verdict(NamedTuple):
    """What becomes of one security at a review.

    Attributes
    ----------
    rank : int or None
        Rank among the eligible securities, from 1; None where it is not eligible.
    zone : {"top", "buffer", "out"} or None
        Zone of the rank (R8).
    outcome : {"added", "kept", "deleted", "not_chosen"}
        What becomes of it.
    reserve : int or None
        Place on the reserve list, from 1 (R9).
    rule : str or None
        Rule that decides; None where another does: a screen, or a quota of the index's own.
    reason : str
        Why, with the figures.
    """

    rank: int | None
    zone: Zone | None
    outcome: Outcome
    reserve: int | None
    rule: str | None
    reason: str


class Figures(NamedTuple):
    """The figures of a selection that reasons state.

    Attributes
    ----------
    places : int
        Number of constituents.
    enter, stay : int
        Last ranks of the top zone and of the buffer zone.
    allowed : int
        How many may be added.
    """

    places: int
    enter: int
    stay: int
    allowed: int

    def zone(self, rank: int) -> Zone:
        """Return the zone of a rank (R8)."""
        if rank <= self.enter:
            return "top"
        return "buffer" if rank <= self.stay else "out"


class _Reason(NamedTuple):
    """A reason a selection may give: the outcome, its rule and its text with places for figures."""

    outcome: Outcome
    rule: str | None
    text: str


_REASONS = {
    "enters": _Reason("added", "R8", "rank {rank}: newcomers enter up to rank {enter}"),
    "enters_open": _Reason("added", "R8", "rank {rank}: fills a place that is left open"),
    "top": _Reason("kept", "R8", "rank {rank}: within the first {enter}"),
    "stays": _Reason("kept", "R8", "rank {rank}: constituents stay up to rank {stay}"),
    "stays_open": _Reason("kept", "R8", "rank {rank}: fills a place that is left open"),
    "restored": _Reason("kept", "R7", "rank {rank}: stays, at most {allowed} may be added"),
    "ineligible": _Reason("deleted", None, "not eligible"),
    "suspended": _Reason("deleted", "R12", "rank {rank}: suspended for long, leaves before others"),
    "falls_out": _Reason("deleted", "R8", "rank {rank}: constituents stay up to rank {stay}"),
    "crowded_out": _Reason("deleted", "R8", "rank {rank}: better names take all {places} places"),
    "quota_out": _Reason("deleted", None, "rank {rank}: the quota of {quota} is full"),
    "low": _Reason("not_chosen", "R8", "rank {rank}: newcomers enter up to rank {enter}"),
    "limited": _Reason("not_chosen", "R7", "rank {rank}: at most {allowed} may be added"),
    "quota": _Reason("not_chosen", None, "rank {rank}: the quota of {quota} is full"),
}

# The reason of a place: by the step that gave it, and whether the name was a constituent.
_TAKEN = {
    ("top", False): "enters",
    ("open", False): "enters_open",
    ("top", True): "top",
    ("buffer", True): "stays",
    ("open", True): "stays_open",
    ("restored", True): "restored",
}


def judge(
    names: Sequence[str],
    old: AbstractSet[str],
    places: Places,
    *,
    wanted: AbstractSet[str],
    suspended: AbstractSet[str],
    reserve: Sequence[str],
    figures: Figures,
) -> dict[str, Verdict]:
    """Return what becomes of each name, and why.

    Parameters
    ----------
    names : sequence of str
        Eligible securities, by rank.
    old : set of str
        Constituents before the review.
    places : Places
        Who has a place.
    wanted : set of str
        Who would have one without the turnover limit.
    suspended : set of str
        Constituents suspended for long (R12).
    reserve : sequence of str
        The reserve list.
    figures : Figures
        Figures of the selection.
    """
    waiting = {name: place for place, name in enumerate(reserve, 1)}
    verdicts = {}
    for rank, name in enumerate(names, 1):
        if name in places.taken:
            key = _TAKEN[places.taken[name], name in old]
        elif name in old:
            key = _leaves(name, rank, places, suspended, figures.stay)
        elif name in places.passed:
            key = "quota"
        else:
            key = "limited" if name in wanted else "low"
        outcome, rule, text = _REASONS[key]
        reason = text.format(rank=rank, quota=places.passed.get(name), **figures._asdict())
        zone = figures.zone(rank)
        verdicts[name] = Verdict(rank, zone, outcome, waiting.get(name), rule, reason)
    outcome, rule, text = _REASONS["ineligible"]
    for name in sorted(old - set(names)):
        verdicts[name] = Verdict(None, None, outcome, None, rule, text)
    return verdicts


def _leaves(name: str, rank: int, places: Places, suspended: AbstractSet[str], stay: int) -> str:
    if name in suspended:
        return "suspended"
    if name in places.passed:
        return "quota_out"
    return "crowded_out" if rank <= stay else "falls_out"
