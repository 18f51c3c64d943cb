"""The short sections: ``[shares]``, ``[prices]`` and ``[fx]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from paasche.methodology.section import Assumable, Problem, Section
from paasche.methodology.tables import share_rules
from paasche.methodology.versions import RuleVersions, ascending, in_force

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from paasche.methodology.tables import ShareRules

__all__ = ["Fx", "Prices", "Shares"]


class Shares(Section):
    """How share counts are maintained (R53-R57)."""

    rules: RuleVersions = "ces-2023"
    """Table of share rules, or a dated list of tables."""

    def rules_on(self, day: date) -> ShareRules:
        """Return the share rules in force on a day (R58).

        Raises
        ------
        MissingDataError
            The dated list of tables begins after that day.

        Examples
        --------
        >>> from datetime import date
        >>> Shares().rules_on(date(2024, 6, 17)).change_lag_sessions
        2
        """
        return share_rules()[in_force("shares.rules", self.rules, day)]

    def problems(self) -> Iterator[Problem]:
        """Yield the rules across keys that this section breaks."""
        yield from ascending("rules", self.rules)


class Prices(Section):
    """What to do about prices (R42, R63)."""

    missing: Literal["error", "warn"] = "error"
    """An open session without a price and without a suspension: "error" or "warn"."""

    reference_tolerance: Annotated[float, Assumable()] = Field(default=0.01, gt=0)
    """A published reference price further than this from the rule's own is flagged: one tick."""

    tick: Annotated[float | None, Assumable()] = Field(default=None, gt=0)
    """Tick of calculated reference prices, half up; without it they are not rounded (R63)."""


class Fx(Section):
    """What to do about exchange rates (R49)."""

    max_stale_sessions: Annotated[int, Assumable()] = Field(default=5, ge=0)
    """Sessions for which a missing rate keeps the last one."""
