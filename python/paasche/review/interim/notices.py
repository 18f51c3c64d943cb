"""What an opening only flags: events that change nothing by themselves (R5, R27, N3, N4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paasche.review.interim.opening import Opening

if TYPE_CHECKING:
    from paasche.review.agenda import Item

__all__ = ["Notices"]

_CANCELLED = {
    "bankruptcy": "R29",
    "delisting": "R28",
    "merger": "R25",
    "spin_off": "R26",
    "tender": "R46",
}
"""Rules of the events that may be announced and called off."""


class Notices(Opening):
    """Flags of one opening."""

    def tell(self, item: Item) -> None:
        """Flag what an item of the agenda says."""
        getattr(self, f"_{item.kind}")(item.what)

    def _cancelled(self, row: dict[str, Any]) -> None:
        """Flag an announced event of a constituent that is called off (N3)."""
        concerned = {row["security"], row["related"]} & set(self.walk.book.constituents)
        if concerned:
            event = row["kind"].replace("_", "-")
            other = f" with {row['related']}" if row["related"] else ""
            since = f"announced on {row['announced']}, " if row["announced"] else ""
            what = f"{event}{other}: {since}cancelled on {row['cancelled']}; nothing changes by it"
            self.walk.trail.flag(self.day, row["security"], _CANCELLED[row["kind"]], what)

    def _tender(self, row: dict[str, Any]) -> None:
        """Flag a tender offer that puts the listing at risk; nothing else changes (N4)."""
        name, share = row["security"], row["ratio"]
        if name not in self.walk.book.constituents or share is None:
            return
        ground = self.view.ground
        at, column = ground.position(self.eve), ground.securities.index(name)
        left = ground.free_float[at, column] / ground.shares[at, column] - share
        least = float(self.rules.review.numbers.public_float)
        if left < least:
            what = (
                f"tender offer for {share:.2%}: {max(left, 0.0):.2%} would float, below "
                f"{least:.0%}: its listing is at risk; nothing changes before the review"
            )
            self.walk.trail.flag(self.day, name, "R46", what)

    def _suspension(self, name: str) -> None:
        if name in self.walk.book.constituents:
            what = "suspended after a materially negative event: kept, at its reference price"
            self.walk.trail.flag(self.day, name, "R27", what)
