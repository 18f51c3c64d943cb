"""An index up to the last close and the opening after it, by what was known then."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from datetime import date

    from paasche.calculation.result import Result
    from paasche.calculation.trade.later import Later
    from paasche.calculation.workings import Workings
    from paasche.review.history import History
    from paasche.review.walk import Walk

__all__ = ["Walked"]


class Walked(NamedTuple):
    """A walk to the next opening, and the calculations that go with it.

    Attributes
    ----------
    walk : Walk
        To the opening, with the review that is coming.
    history : History
        What it left behind.
    closed : Result
        The index up to the last close.
    opened : Result
        It goes on to the next opening, which has no close yet.
    later : Later
        What is announced for after that opening.
    """

    walk: Walk
    history: History
    closed: Result
    opened: Result
    later: Later

    @property
    def close(self) -> date:
        """The last session that has closed."""
        return self.closed.state.date

    @property
    def opening(self) -> date:
        """The next session."""
        return self.opened.state.date

    @property
    def workings(self) -> Workings:
        """Prices and holdings up to the last close."""
        return cast("Workings", self.closed.workings)
