"""Fast entry at an opening: large newcomers, and companies merged of two others (R22, R25)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paasche.errors import MissingDataError
from paasche.review.agenda import Item
from paasche.review.interim.fast_entry import Entrant, entry_session, sessions_to_review
from paasche.review.interim.newcomers import market_values, size_rank
from paasche.review.screening.measures import measure

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from paasche.review.interim.opening import Opening
    from paasche.review.membership import Book

__all__ = ["await_entry", "enter", "is_large_enough"]


def enter(opening: Opening, what: tuple[date, str, int | None]) -> None:
    """Let a large newcomer enter after its first sessions (R22)."""
    entrant = Entrant(*what)
    entry = opening.rules.interim.fast_entry
    name, walk = entrant.security, opening.walk
    if entry is None or name in walk.book.constituents or name in walk.riding:
        return
    ranked, bound, day = entrant.rank, opening.rules.review.numbers.merger_rank, "the merger"
    if ranked is None:
        ranked, bound, day = _rank(opening, entrant.listed, name), entry.rank, "its first day"
    if ranked is None or ranked > bound or name in opening.unfit([name]):
        return
    if not _is_far_from_review(opening, entrant.listed):
        what_now = f"rank {ranked} by size, but the review is too near: it waits for that"
        walk.trail.flag(opening.eve, name, "R22", what_now)
        return
    group = opening.group(name)
    if group is None:
        return
    reason = f"rank {ranked} by total market value on {entrant.listed}, {day}"
    event = opening.event(name, "fast_entry", "R22", reason)
    for book in opening.books:
        smallest = None if name in book.constituents else _smallest(opening, book, group)
        if smallest is not None:
            gone = f"smallest constituent by average market value: {name} enters fast"
            opening.delete(book, opening.event(smallest, "fast_entry", "R22", gone))
            opening.join(book, event, group, smallest)
    if entrant.rank is not None:
        walk.merged[name] = entrant.listed


def is_large_enough(opening: Opening, acquirer: str, issued: float) -> bool:
    """Tell whether a company merged of two others may enter fast (R25).

    Parameters
    ----------
    opening : Opening
        Of the first session of the merged company.
    acquirer : str
    issued : float
        Value of the shares that the merger issues, index currency.
    """
    if opening.rules.interim.fast_entry is None:
        return False
    ranked = _rank(opening, opening.eve, acquirer, more=issued)
    largest = opening.rules.review.numbers.merger_rank
    return ranked is not None and ranked <= largest and _is_far_from_review(opening, opening.day)


def await_entry(opening: Opening, acquirer: str, issued: float) -> None:
    """Put the fast entry of a merged company on its session (R25).

    It keeps the rank of the merger: the shares that this issues may be listed later.
    """
    entry = opening.rules.interim.fast_entry
    ranked = _rank(opening, opening.eve, acquirer, more=issued)
    if entry is None or ranked is None:
        return
    agenda = opening.walk.agenda
    try:
        enters = entry_session(agenda.sessions, opening.day, entry.after_sessions)
    except MissingDataError:
        return  # beyond the known sessions, and so beyond the end
    agenda.add(enters, Item("fast_entry", Entrant(opening.day, acquirer, ranked)))


def _is_far_from_review(opening: Opening, listed: date) -> bool:
    """Tell whether the next review leaves a newcomer the time; a review that has come wins."""
    agenda = opening.walk.agenda
    effective = agenda.next_review(listed).effective
    least = opening.rules.review.numbers.fast_entry_sessions
    return (
        opening.day < effective and sessions_to_review(agenda.sessions, listed, effective) >= least
    )


def _rank(opening: Opening, day: date, name: str, more: float = 0.0) -> int | None:
    """Return the rank by total market value at a close, among the securities of exchanges."""
    entry, ground = opening.rules.interim.fast_entry, opening.view.ground
    if entry is None or name not in ground.securities:
        return None
    exchanges: Collection[str] = entry.exchanges or opening.rules.universe.exchanges or ()
    column = ground.securities.index(name)
    values = market_values(ground, day)
    values[column] += more
    if np.isnan(values[column]):
        return None
    return size_rank(values, column, opening.view.listed_on(exchanges))


def _smallest(opening: Opening, book: Book, group: str) -> str | None:
    """Return the constituent of a group with the smallest average market value (R22)."""
    ground = opening.view.ground
    first = np.datetime64(opening.eve, "M") - opening.rules.review.window_months
    values = measure(
        "average_market_value",
        ground,
        opening.rules,
        first.astype("datetime64[D]").item(),
        opening.eve,
    )
    # A name without data yet entered fast itself.
    values = np.where(np.isnan(values), np.inf, values)
    by_name = dict(zip(ground.securities, values.tolist(), strict=True))
    own = [name for name, of in book.constituents.items() if of == group]
    return min(own, key=lambda name: (by_name.get(name, 0.0), name), default=None)
