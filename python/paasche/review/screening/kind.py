"""What a screen is: whom it is for, who fails it, by which rule, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import polars as pl

    from paasche.methodology.universe import Measure

__all__ = ["Applies", "Place", "Screen"]

Applies: TypeAlias = Literal["all", "newcomers", "constituents"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place by a measure among the securities that pass the screens before for everyone.

    Attributes
    ----------
    measure : str
        The measure; the largest is first, ties go by code.
    share, constituent_share : float, optional
        Share of them, by count, that passes, and the share for constituents; rounded down.
    places : int, optional
        Instead: number of places that pass.
    among : polars.Expr, optional
        Whom of them alone it counts; the others have a place after these.
    """

    measure: Measure
    share: float | None = None
    constituent_share: float | None = None
    places: int | None = None
    among: pl.Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One reason to keep a security out.

    Attributes
    ----------
    name : str
        Name, as reviews show it.
    rule : str or None
        Rule; None where the index itself chooses.
    applies : {"all", "newcomers", "constituents"}
        Whom it is for.
    fails : polars.Expr
        Who does not pass; null passes.
    reason : polars.Expr
        Why, with the figures.
    admits : bool
        Whether a committee decision "admit" passes it (R5).
    place : Place, optional
        Adds ``place``, ``of`` and ``passing`` to the columns that the expressions may use.
    """

    name: str
    rule: str | None
    applies: Applies
    fails: pl.Expr
    reason: pl.Expr
    admits: bool = False
    place: Place | None = None
