"""What an earlier run on the same directory leaves to do, and why."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from paasche.calculation.many.inputs import changes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from paasche.calculation.many.record import PartRecord

__all__ = ["Todo", "listed", "said", "to_do"]

_SHOWN = 5
"""Codes that a message lists."""


class Todo(NamedTuple):
    """What has to be done for a part.

    Attributes
    ----------
    kept : tuple of str
        Codes whose stored rows stay, in order.
    again : str
        Why an earlier part is not kept whole; empty where there was none, or it is.
    """

    kept: tuple[str, ...]
    again: str = ""


def to_do(stored: PartRecord | None, to_all: Mapping[str, Any], to_each: Mapping[str, str]) -> Todo:
    """Compare a stored part with what it has to be.

    Parameters
    ----------
    stored : PartRecord, optional
        None: there is no whole part of this number.
    to_all : mapping
        What every index is calculated from.
    to_each : mapping of str to str
        Hash of the methodology of each index that the part has to hold, by code.
    """
    if stored is None:
        return Todo(())
    if different := changes(stored.given, to_all):
        return Todo((), f"{' and '.join(different)} changed")
    same = [code for code, rules in to_each.items() if stored.rules.get(code) == rules]
    kept = tuple(code for code in same if code not in stored.failures)
    reasons = {
        "the methodology of {} changed": [
            code for code in to_each if code in stored.rules and code not in same
        ],
        "{} joined": [code for code in to_each if code not in stored.rules],
        "{} left": [code for code in stored.rules if code not in to_each],
        "{} failed": [code for code in same if code in stored.failures],
    }
    return Todo(
        kept, ", ".join(text.format(listed(codes)) for text, codes in reasons.items() if codes)
    )


def listed(codes: Sequence[str]) -> str:
    """Return the first codes in words, and how many more there are."""
    shown = ", ".join(codes[:_SHOWN])
    more = len(codes) - _SHOWN
    return shown if more <= 0 else f"{shown} and {more} more"


def said(todo: Mapping[int, Todo]) -> tuple[str, ...]:
    """Return why earlier parts are not kept, a line for parts in a row that have the same reason.

    Examples
    --------
    >>> said({0: Todo((), "fx of the market changed"), 1: Todo((), "fx of the market changed")})
    ('parts 0 to 1 are calculated again: fx of the market changed',)
    """
    lines = []
    for reason, group in groupby(sorted(todo), key=lambda number: todo[number].again):
        numbers = list(group)
        if reason:
            which = (
                f"part {numbers[0]} is"
                if len(numbers) == 1
                else f"parts {numbers[0]} to {numbers[-1]} are"
            )
            lines.append(f"{which} calculated again: {reason}")
    return tuple(lines)
