"""A security that ends: it leaves every book that it is in (R23 to R25, R28, R29)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paasche.review.interim.absorb import absorb

if TYPE_CHECKING:
    from paasche.review.interim.event import Event
    from paasche.review.interim.opening import Opening

__all__ = ["depart"]


def depart(opening: Opening, event: Event) -> None:
    """Apply a delisting, bankruptcy or merger (R23 to R25, R28, R29)."""
    if opening.walk.riding.pop(event.security, None) is not None:
        opening.note(event, "deleted")
    opening.walk.ended.add(event.security)
    if event.cause == "merger" and event.related is not None:
        absorb(opening, event)
        return
    for book in opening.books:
        if event.security in book.constituents or opening.ends_with(book, event.security):
            # Bankruptcy is filled whatever the methodology says (R29).
            opening.leave(book, event, always=event.cause == "bankruptcy")
