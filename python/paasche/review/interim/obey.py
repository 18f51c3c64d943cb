"""Decisions of the committee at an opening: who is removed, added or withdrawn (R17, R34)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paasche.errors import InputError

if TYPE_CHECKING:
    from paasche.review.interim.opening import Opening

__all__ = ["obey"]

_NO_PLACE: tuple[str | None, str | None] = (None, None)
_DECIDED = ("remove", "add", "withdraw")
"""Decisions on membership between reviews."""


def obey(opening: Opening, rows: list[dict[str, Any]]) -> None:
    """Apply additions and removals that the committee decides (R17, R34)."""
    names = {word: [row for row in rows if row["decision"] == word] for word in _DECIDED}
    free: list[tuple[str, str]] = []
    for row in names["remove"]:
        reason = f"{row['who']}: {row['why']}"
        event = opening.event(row["security"], "decision", "R34", reason)
        paired = len(free) < len(names["add"])
        for book in opening.books:
            if row["security"] not in book.constituents:
                continue
            if not paired:
                opening.leave(book, event)
                continue
            group = opening.delete(book, event)
            if book is opening.books[0]:
                free.append((row["security"], group))
    for place, row in enumerate(names["add"]):
        _add(opening, row, *(free[place] if place < len(free) else _NO_PLACE))
    for row in names["withdraw"]:
        _withdraw(opening, row)


def _add(opening: Opening, row: dict[str, Any], replaced: str | None, of: str | None) -> None:
    """Add a security, in the place of one that a decision of the day removes."""
    name = row["security"]
    event = opening.event(name, "decision", "R34", f"{row['who']}: {row['why']}")
    group = of or opening.group(name)
    if group is None or name in opening.books[0].constituents:
        raise InputError(
            f"decisions add of {name} on {row['date']}: must be a security of the universe "
            "that is not a constituent"
        )
    capped = opening.rules.weighting.capped
    if replaced is None and capped and opening.books[0] is opening.walk.book:
        raise InputError(
            f"decisions add of {name} on {row['date']}: must come with a remove on the same "
            "date, whose closing weight it takes over: the index is capped (R32)"
        )
    for book in opening.books:
        if name not in book.constituents:
            opening.join(book, event, group, replaced)


def _withdraw(opening: Opening, row: dict[str, Any]) -> None:
    """Take back an addition of the review on its way (R17)."""
    name, coming = row["security"], opening.walk.coming
    newcomer = name not in opening.walk.book.constituents
    if coming is not None and newcomer and name in coming.constituents:
        reason = f"{row['who']}: {row['why']}"
        opening.leave(coming, opening.event(name, "decision", "R17", reason))
