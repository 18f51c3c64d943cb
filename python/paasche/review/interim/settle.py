"""Spin-offs at an opening: children held beside their parents, and who stays of them (R26)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from paasche.review.agenda import Item
from paasche.review.interim.spin_offs import Company, split_up
from paasche.review.membership import Move

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from paasche.review.interim.event import Event
    from paasche.review.interim.opening import Opening
    from paasche.review.membership import Book

__all__ = ["settle", "spin_off"]


def spin_off(opening: Opening, event: Event) -> None:
    """Hold a constituent's child beside it from the ex-date on (R26)."""
    if event.late:
        _catch_up(opening, event)
        return
    child, walk = str(event.related), opening.walk
    if event.security in opening.books[0].constituents and child not in walk.riding:
        walk.riding[child] = event.security
        move = Move(
            announced=opening.eve,
            effective=opening.day,
            security=child,
            change="added",
            cause="spin_off",
            rule="R26",
            reason=f"spun off {event.security}: held beside it until its first close",
        )
        # The calculation holds it from the ex-date on; no basket is needed for it.
        walk.trail.move(move)


def settle(opening: Opening, what: tuple[str, date]) -> None:
    """Settle a spin-off whose children have closed for the first time: who stays (R26)."""
    parent, _ = what
    riding = opening.walk.riding
    children = sorted(name for name, of in riding.items() if of == parent)
    if not children:
        return
    for name in children:
        del riding[name]
    for book in opening.books:
        stays: tuple[str, ...] = ()
        reason = f"spun off {parent}, which is no constituent any more"
        if parent in book.constituents:
            stays = _split(opening, book, parent, children)
            reason = f"spun off {parent}: does not qualify"
        for name in (one for one in children if one not in {*stays, *book.constituents}):
            event = opening.event(name, "spin_off", "R26", reason)
            if book is opening.books[0]:
                opening.note(event, "deleted")
            else:
                # Should the basket in force keep it, it leaves with the review.
                book.moves[name] = opening.move(event, "deleted")


def _catch_up(opening: Opening, event: Event) -> None:
    """Settle a spin-off that became known after its ex-date, once the child has closed.

    The child was not held beside its parent, so that it joins as others do.
    """
    child, ground = str(event.related), opening.view.ground
    until = ground.position(opening.eve) + 1
    closed = child in ground.securities and bool(
        ground.traded[:until, ground.securities.index(child)].any()
    )
    if not closed:
        opening.walk.agenda.add(opening.day + timedelta(days=1), Item("spin_off", event))
        return
    for book in opening.books:
        if event.security in book.constituents and child not in book.constituents:
            _split(opening, book, event.security, [child], held=False)


def _split(
    opening: Opening, book: Book, parent: str, children: list[str], *, held: bool = True
) -> tuple[str, ...]:
    """Apply the tree of R26 to a book; return the children that are in it afterwards."""
    values = opening.values()
    names = [parent, *children]
    children = [name for name in children if name not in book.constituents]
    group = book.constituents[parent]
    # A place is of a group: a child of another one waits for the review.
    strangers = {name for name in children if opening.group(name) != group}
    bad = opening.unfit(names, book.constituents).keys() | strangers
    others = [
        values.get(name, np.nan)
        for name, of in book.constituents.items()
        if of == group and name != parent
    ]
    waiting = opening.first_waiting(book, group, but=children)
    outcome = split_up(
        [Company(name, name not in bad, values.get(name, 0.0)) for name in names],
        float(np.nanmin(others)) if others else 0.0,
        None if waiting is None else values.get(waiting, 0.0),
    )
    leaves = parent not in outcome.constituents
    stays = tuple(name for name in outcome.constituents if name != parent)
    if not held and opening.rules.weighting.capped:
        # Who joins a capped index takes over the weight of a leaver (R32): here the parent's.
        stays = stays[:leaves]
    # A review on its way may have chosen a child itself.
    joining = [name for name in stays if name not in book.constituents]
    count = len(book.constituents)
    if leaves:
        reason = f"replaced after spinning off {', '.join(children)}"
        opening.delete(book, opening.event(parent, "spin_off", "R26", reason))
    for place, name in enumerate(joining):
        event = opening.event(name, "spin_off", "R26", f"spun off {parent}: qualifies")
        replaced = parent if leaves and place == 0 else None
        # A review on its way has held nothing yet.
        kept = held and book is opening.books[0]
        opening.join(book, event, group, replaced, "kept" if kept else "added")
    if leaves and not joining:
        event = opening.event(parent, "spin_off", "R26", f"{parent} was split up")
        opening.fill(book, event, group)
    if opening.rules.interim.spin_off_drops_lowest:
        extra = len(book.constituents) - count
        _drop_lowest(opening, book, extra, keep=names, values=values)
    return stays


def _drop_lowest(
    opening: Opening, book: Book, extra: int, keep: Collection[str], values: dict[str, float]
) -> None:
    """Take out the smallest constituents beyond the count (R26)."""
    ranked = sorted(
        (name for name in book.constituents if name not in keep),
        key=lambda name: (values.get(name, 0.0), name),
    )
    for name in ranked[: max(extra, 0)]:
        event = opening.event(name, "spin_off", "R26", "smallest constituent beyond the count")
        opening.delete(book, event)
