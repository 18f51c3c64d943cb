"""The interim changes of one opening, each applied to the books it concerns (R22 to R34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paasche.review.interim.depart import depart
from paasche.review.interim.enter import enter
from paasche.review.interim.notices import Notices
from paasche.review.interim.obey import obey
from paasche.review.interim.removals import removals
from paasche.review.interim.settle import settle, spin_off

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from paasche.review.agenda import Item
    from paasche.review.dates.schedule import MonthlyChange
    from paasche.review.interim.opening import Opening

__all__ = ["Changes"]


class Changes(Notices):
    """The interim changes of one opening."""

    def apply(self, item: Item) -> None:
        """Apply one item of the agenda."""
        if item.kind in _CHANGES:
            _CHANGES[item.kind](self, item.what)
        else:
            self.tell(item)

    def check_review(self) -> None:
        """Look at a review that takes effect: additions and deletions that are suspended.

        Additions are flagged and kept, unless the committee has withdrawn them (R17); deletions
        may have a deletion price (R14, R33).
        """
        coming, dates = self.walk.coming, self.walk.coming_dates
        if coming is None or dates is None:
            return
        added = sorted(set(coming.constituents) - set(self.walk.book.constituents))
        for name in sorted(set(self.walk.book.constituents) - set(coming.constituents)):
            self.price(self.event(name, "review", "R14", "leaves with the review"))
        ground = self.view.ground
        at = ground.position(self.eve)
        columns = {name: column for column, name in enumerate(ground.securities)}
        for name in added:
            column = columns.get(name)
            if column is None or not ground.is_open[at, column] or ground.traded[at, column]:
                continue
            what = "suspended before it is added: kept, at its last close"
            self.walk.trail.flag(self.eve, name, "R17", what)


def _remove_monthly(opening: Opening, change: MonthlyChange) -> None:
    """Take out risk warnings and sell-only names on the monthly date (R30, R31)."""
    walk, announced = opening.walk, change.announced
    kept = opening.decided("keep", since=walk.last_monthly, until=announced)
    walk.last_monthly = change.effective
    view = walk.known.on(change.cutoff)
    for book in opening.books:
        inside = sorted(book.constituents)
        for event in removals(view, walk.methodology, change, inside):
            if event.security in kept:
                what = f"{event.reason}: kept by a decision ({kept[event.security]})"
                walk.trail.flag(announced, event.security, event.rule, what)
            else:
                opening.leave(book, event)


_CHANGES: dict[str, Callable[[Opening, Any], None]] = {
    "departure": depart,
    "spin_off": spin_off,
    "settle": settle,
    "monthly": _remove_monthly,
    "fast_entry": enter,
    "decision": obey,
}
"""What applies each kind of item that changes who is in."""
