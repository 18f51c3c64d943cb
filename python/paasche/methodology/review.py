"""The sections ``[review]`` and ``[interim]``: when membership changes (R1 to R4, R22 to R34)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Field, StringConstraints

from paasche.methodology.section import (
    DAY_OF_MONTH,
    Assumable,
    Many,
    Mic,
    Problem,
    Section,
    repeats,
)
from paasche.methodology.tables import review_rules
from paasche.methodology.universe import Status  # noqa: TC001  (pydantic)
from paasche.methodology.versions import ReviewRulesName  # noqa: TC001  (pydantic)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paasche.methodology.tables import ReviewRules

__all__ = ["FastEntry", "Interim", "Review"]


class Review(Section):
    """When reviews are held, and on which data (R1 to R4)."""

    rules: ReviewRulesName = "ces-2023"
    """Table of the numbers of reviews and interim changes."""

    months: Many[Annotated[int, Ge(1), Le(12)]] = (6, 12)
    """Months in which a review takes effect (R2)."""

    adjustment_close: Annotated[str, StringConstraints(pattern=DAY_OF_MONTH)] = "second-friday"
    """Last day of the old basket, in that month: such as "second-friday" (R2), "last-friday" or
    "month-end"; the last session on or before it counts."""

    cutoff_months: Annotated[int, Assumable()] = Field(default=2, ge=1, le=12)
    """The data window ends with the last day of the month this many months before (R3)."""

    window_months: Annotated[int, Assumable()] = Field(default=12, ge=1)
    """Length of the data window (R3)."""

    announcement_lead: Annotated[int, Assumable()] = Field(default=10, ge=1)
    """Sessions from the announcement to the effective session (R59)."""

    @property
    def numbers(self) -> ReviewRules:
        """The numbers of the rules for reviews and interim changes."""
        return review_rules()[self.rules]

    def problems(self) -> Iterator[Problem]:
        """Yield the rules across keys that this section breaks."""
        yield from repeats("months", self.months)


class FastEntry(Section):
    """When a large newcomer enters between reviews (R22)."""

    rank: Annotated[int, Assumable()] = Field(ge=1)
    """Largest rank by total market value that enters."""

    after_sessions: Annotated[int, Assumable()] = Field(ge=1)
    """It enters after the close of this session, counted from its first."""

    exchanges: Many[Mic] | None = None
    """Exchanges whose securities are ranked; default those of the universe."""


class Interim(Section):
    """What changes between reviews (R22 to R34)."""

    fill: Literal["reserve", "leave"] = "reserve"
    """A vacancy: filled from the reserve list (R10), or left open."""

    fast_entry: FastEntry | None = None
    """Fast entry of large newcomers; without it they wait for the review (R22)."""

    monthly_removals: tuple[Status, ...] = Field(
        default=("risk_warning", "delisting_warning"), strict=False
    )
    """Statuses removed on the monthly date (R30, R31); "sell_only" also stands for a removal from
    Stock Connect, and goes with connect_exchanges."""

    monthly_cutoff: Literal["announcement_eve", "previous_month"] = "announcement_eve"
    """Day whose statuses the monthly removals count (R31)."""

    spin_off_drops_lowest: bool = False
    """Whether the lowest ranked constituents leave where a spin-off adds several (R26)."""

    merger_carry: Literal["last_close", "swap_implied"] = "last_close"
    """Price of an absorbed name that no longer trades (R25): its last close, or the close of the
    acquirer times the ratio of the swap."""

    def problems(self) -> Iterator[Problem]:
        """Yield the rules across keys that this section breaks."""
        yield from repeats("monthly_removals", self.monthly_removals)
