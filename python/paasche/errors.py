"""Typed errors: each says where, which value, what was expected and, where there is one, the rule.

Every error of the package is a :class:`PaascheError`; where users expect a builtin parent, it has
one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AssumptionWarning",
    "Defect",
    "InconsistentError",
    "InfeasibleRuleError",
    "InputError",
    "MissingDataError",
    "NotRepresentableError",
    "PaascheError",
    "SourceWarning",
]


class PaascheError(Exception):
    """The root of every error paasche raises on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One thing wrong with an input, and where it is.

    Attributes
    ----------
    place : str
        File, table or argument.
    expected : str
        What the contract asks for, in words.
    row : int, optional
        Row number as a person counts: in a CSV the line of the file (the header is line 1),
        elsewhere the data row, from 1.
    column : str, optional
        Column or key.
    value : str, optional
        The value found, as text.
    count : int
        How many rows share this defect; ``row`` and ``value`` are the first of them.
    """

    place: str
    expected: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    count: int = 1

    def __str__(self) -> str:
        where = self.place if self.row is None else f"{self.place}:{self.row}"
        what = "" if self.column is None else f" {self.column}"
        if self.value is not None:
            what += f" = {self.value}"
        more = "" if self.count == 1 else f" ({self.count} rows like this)"
        return f"{where}{what}: {self.expected}{more}"


class InputError(PaascheError, ValueError):
    """An argument, file or methodology breaks a stated precondition.

    Parameters
    ----------
    message : str
        The whole message, or the headline when ``defects`` are given.
    defects : iterable of Defect, optional
        Every defect found; they are listed below the headline.
    """

    def __init__(self, message: str, defects: Iterable[Defect] = ()) -> None:
        self.defects = tuple(defects)
        lines = [message, *(f"  {defect}" for defect in self.defects)]
        super().__init__("\n".join(lines))


class MissingDataError(PaascheError, LookupError):
    """A price, share count, rate or session the rules need is absent."""


class InfeasibleRuleError(PaascheError, ValueError):
    """A rule has no solution, as cap × count < 1; it names the smallest feasible cap."""


class NotRepresentableError(PaascheError):
    """A corporate action that the weighting scheme cannot represent; it is never ignored."""


class InconsistentError(PaascheError):
    """Two figures that must agree do not: a divisor change would move the level."""


class AssumptionWarning(UserWarning):
    """A methodology rests on numbers that no public source gives; the run lists them."""


class SourceWarning(UserWarning):
    """A source of ticks is there, and has none of those that were asked for."""
