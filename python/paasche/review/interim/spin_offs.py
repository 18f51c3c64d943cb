"""Spin-offs: which of the companies a constituent splits into are constituents (R26)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Company", "SpinOffOutcome", "split_up"]


class Company(NamedTuple):
    """A company after a spin-off: the parent that goes on, or a child.

    Attributes
    ----------
    security : str
        Its code.
    eligible : bool
        Whether it passes the screens.
    value : float
        Total market value at the child's first close, index currency.
    """

    security: str
    eligible: bool
    value: float


class SpinOffOutcome(NamedTuple):
    """Who takes the parent's place.

    Attributes
    ----------
    constituents : tuple of str
        Companies that are constituents, the largest first.
    from_reserve : bool
        Whether the top name of the reserve list takes the place instead.
    branch : {"lowest", "reserve", "none"}
        Which part of the rule decides: companies above the lowest constituent, the best above the
        top of the reserve list, or neither.
    """

    constituents: tuple[str, ...]
    from_reserve: bool
    branch: Literal["lowest", "reserve", "none"]


def split_up(companies: Sequence[Company], lowest: float, reserve: float | None) -> SpinOffOutcome:
    """Return which companies of a spin-off are constituents (R26).

    Eligible companies larger than the smallest other constituent all are. Where there is none, the
    largest company is if it is eligible and an eligible one is larger than the top name of the
    reserve list; else that name takes the place, or the place stays open.

    Parameters
    ----------
    companies : sequence of Company
        The parent, if it goes on, and the children.
    lowest : float
        Total market value of the smallest constituent besides the parent.
    reserve : float or None
        That of the top name of the reserve list; None where there is none.

    Notes
    -----
    The text says "eligible or ranked above the lowest": a rank without eligibility contradicts the
    end of its second branch, so both are asked for. Equal values go by code.

    Examples
    --------
    >>> split_up([Company("A", True, 9.0), Company("B", True, 3.0)], lowest=5.0, reserve=4.0)
    SpinOffOutcome(constituents=('A',), from_reserve=False, branch='lowest')
    """
    ranked = sorted(companies, key=lambda one: (-one.value, one.security))
    above = tuple(one.security for one in ranked if one.eligible and one.value > lowest)
    if above:
        return SpinOffOutcome(above, from_reserve=False, branch="lowest")
    if reserve is not None and any(one.eligible and one.value > reserve for one in ranked):
        best = ranked[0]
        if best.eligible:
            return SpinOffOutcome((best.security,), from_reserve=False, branch="reserve")
        return SpinOffOutcome((), from_reserve=True, branch="reserve")
    return SpinOffOutcome((), from_reserve=reserve is not None, branch="none")
