"""The reserve list (備選名單): who fills a vacancy between reviews (R9 to R11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from paasche.errors import InputError
from paasche.review.choice.exact import as_written, whole_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

__all__ = ["Drawn", "ReserveList", "reserve_size"]


def reserve_size(share: float | Decimal, count: int) -> int:
    """Return how many names the reserve list of an index holds, rounded down (R9).

    Parameters
    ----------
    share : float or decimal.Decimal
        Names on the list as a share of the count; a fraction, taken as it is written.
    count : int
        Number of constituents the index should have.

    Examples
    --------
    >>> reserve_size(0.05, 300)
    15
    """
    return whole_part(share, count)


class Drawn(NamedTuple):
    """What a draw gives (R10).

    Attributes
    ----------
    name : str or None
        The security that fills the vacancy; None where nobody is left, and the vacancy stays open.
    skipped : tuple of str
        Securities before it that are not eligible any more; they are off the list now.
    left : ReserveList
        The list after the draw.
    """

    name: str | None
    skipped: tuple[str, ...]
    left: ReserveList


@dataclass(frozen=True, slots=True)
class ReserveList:
    """A reserve list as it stands (R9 to R11).

    Attributes
    ----------
    names : tuple of str
        Securities that are still on it, the best ranked first.
    original : int
        How many were on it when it was published.

    Examples
    --------
    >>> listed = ReserveList.publish(["A", "B", "C"])
    >>> drawn = listed.draw(lambda security: security != "A")
    >>> drawn.name, drawn.skipped, drawn.left.names
    ('B', ('A',), ('C',))
    """

    names: tuple[str, ...]
    original: int

    def __post_init__(self) -> None:
        if len(set(self.names)) < len(self.names):
            raise InputError("names: must not name a security twice on the reserve list")
        if self.original < len(self.names):
            raise InputError(
                f"original = {self.original}: must be at least the {len(self.names)} names left on "
                "the reserve list"
            )

    @classmethod
    def publish(cls, names: Iterable[str]) -> ReserveList:
        """Return a new list: all its names are left.

        Where fewer are eligible than the index plans for, these are the original count (R11).
        """
        names = tuple(names)
        return cls(names, len(names))

    def draw(self, is_eligible: Callable[[str], bool]) -> Drawn:
        """Take the best ranked name that is still eligible (R10).

        Parameters
        ----------
        is_eligible : callable
            Whether a security may enter at the time of the vacancy.

        Notes
        -----
        The rules do not say what becomes of names that are not eligible any more: they are skipped
        and leave the list.
        """
        for place, name in enumerate(self.names):
            if is_eligible(name):
                left = ReserveList(self.names[place + 1 :], self.original)
                return Drawn(name, self.names[:place], left)
        return Drawn(None, self.names, ReserveList((), self.original))

    def needs_refill(self, share: float | Decimal, *, inclusive: bool = False) -> bool:
        """Return whether so few names are left that a new list is drawn up (R11).

        Parameters
        ----------
        share : float or decimal.Decimal
            Share of the original names below which a new list is due: ``refill_share`` of the
            review rules, a half in the CES rules; taken as it is written.
        inclusive : bool
            Whether a new list is due at that share already.

        Returns
        -------
        due : bool
            False for a list that was published without names.

        Examples
        --------
        >>> from decimal import Decimal
        >>> names = tuple("ABCDEFG")
        >>> ReserveList(names, 15).needs_refill(Decimal("0.5"))
        True
        >>> ReserveList((*names, "H"), 15).needs_refill(Decimal("0.5"))
        False
        """
        bound = as_written(share) * self.original
        left = len(self.names)
        return left < bound or (inclusive and 0 < bound == left)
