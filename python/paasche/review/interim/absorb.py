"""A merger at an opening: who keeps a place, takes one, loses one or waits (R23 to R25)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paasche.review.agenda import Item
from paasche.review.interim.enter import await_entry, is_large_enough
from paasche.review.interim.exits import exits
from paasche.review.interim.mergers import merge

if TYPE_CHECKING:
    from datetime import date

    from paasche.review.interim.event import Event
    from paasche.review.interim.opening import Opening
    from paasche.review.membership import Book

__all__ = ["absorb"]


def absorb(opening: Opening, event: Event) -> None:
    """Apply a merger, once the acquirer's new shares count where both are constituents."""
    both = {event.security, str(event.related)}
    if event.effective == opening.day and any(
        both <= set(one.constituents) for one in opening.books
    ):
        later = _conversion(opening, event)
        if later > opening.day:
            item = Item("departure", replace(event, effective=later))
            opening.walk.agenda.add(later, item)
            return
    for book in opening.books:
        _merge(opening, book, event)


def _merge(opening: Opening, book: Book, event: Event) -> None:
    target, acquirer = event.security, str(event.related)
    inside = target in book.constituents, acquirer in book.constituents
    issued = _issued(opening, event)
    outcome = merge(
        target_is_constituent=inside[0],
        acquirer_is_constituent=inside[1],
        eligible=_may_follow(opening, book, target, acquirer),
        outranks_reserve=any(inside) and _outranks(opening, book, event, issued),
        enters_fast=not any(inside) and is_large_enough(opening, acquirer, issued),
    )
    if outcome.acquirer == "fast_entry" and book is opening.books[0]:
        await_entry(opening, acquirer, issued)
    ruled = replace(event, rule=outcome.rule)
    if outcome.acquirer == "replaces":
        group = opening.delete(book, ruled)
        reason = f"absorbs {target} and ranks above the reserve list"
        opening.join(book, opening.event(acquirer, "merger", "R24", reason), group, target)
        return
    if inside[0] or opening.ends_with(book, target):
        opening.leave(book, ruled)
    if outcome.acquirer == "leaves":
        reason = f"not eligible after it absorbs {target}"
        opening.leave(book, opening.event(acquirer, "merger", "R23", reason))


def _may_follow(opening: Opening, book: Book, target: str, acquirer: str) -> bool:
    """Tell whether an acquirer passes the screens, and belongs to the group of the target."""
    if acquirer in opening.unfit([acquirer], book.constituents):
        return False
    if acquirer in book.constituents or target not in book.constituents:
        return True
    return opening.group(acquirer) == book.constituents[target]


def _outranks(opening: Opening, book: Book, event: Event, issued: float) -> bool:
    """Tell whether the new entity of a merger is larger than the top of the reserve list.

    An acquirer that waits on the list itself is compared with the others on it.
    """
    acquirer = str(event.related)
    group = book.constituents.get(event.security)
    waiting = None if group is None else opening.first_waiting(book, group, but=[acquirer])
    if waiting is None:
        return True
    values = opening.values()
    return values.get(acquirer, 0.0) + issued > values.get(waiting, 0.0)


def _issued(opening: Opening, event: Event) -> float:
    """Return the value of the shares that a merger issues, at the acquirer's close."""
    ground = opening.view.ground
    if event.security not in ground.securities or event.related not in ground.securities:
        return 0.0
    at = ground.position(opening.eve)
    target = ground.securities.index(event.security)
    acquirer = ground.securities.index(str(event.related))
    issued = ground.shares[at, target] * event.ratio
    value = issued * ground.close[at, acquirer] * ground.rate[at, acquirer]
    return 0.0 if np.isnan(value) else float(value)


def _conversion(opening: Opening, event: Event) -> date:
    """Return the session on which target and acquirer become one (R25)."""
    agenda = opening.walk.agenda
    rows = pl.DataFrame({"security": [event.security]})
    spans = pl.DataFrame(
        {
            "security": [event.security, str(event.related)],
            "start": [agenda.start, agenda.start],
            "end": pl.Series([None, None], dtype=pl.Date),
        }
    )
    renewals = [one.effective for one in agenda.reviews]
    rules = opening.walk.methodology.rules_on(opening.day)
    counted = rules if opening.rules.weighting.uses_shares else None
    found = exits(
        opening.view.market,
        rows,
        lambda: spans,
        counted,
        renewals,
        known=opening.day,
        as_heard=True,
    )
    session: date = found["session"][0]
    return session
