"""The entries ``[[change]]``: rules that change on a day (R58)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from paasche.methodology.net_total_return import NetTotalReturn  # noqa: TC001  (pydantic)
from paasche.methodology.parts import Part  # noqa: TC001  (pydantic)
from paasche.methodology.review import Interim, Review  # noqa: TC001  (pydantic)
from paasche.methodology.section import Day, Problem, Section
from paasche.methodology.sections import Fx, Prices, Shares  # noqa: TC001  (pydantic)
from paasche.methodology.selection import Selection  # noqa: TC001  (pydantic)
from paasche.methodology.universe import Universe  # noqa: TC001  (pydantic)
from paasche.methodology.weighting import Weighting  # noqa: TC001  (pydantic)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

__all__ = ["Change", "DatedUniverse", "Grandfather", "change_problems"]

Grandfather: TypeAlias = Literal["constituents", "listed"]


class DatedUniverse(NamedTuple):
    """The rules of ``[universe]`` from a day on, and who is spared them.

    Attributes
    ----------
    valid_from : datetime.date
        First session of these rules; of the first ones the base date.
    grandfather : {"constituents", "listed"} or None
        Whom the rules before still hold for: "constituents" of the session before ``valid_from``,
        for as long as they stay, or securities "listed" before ``valid_from``; None: nobody.
    universe : Universe
        The rules.
    """

    valid_from: date
    grandfather: Grandfather | None
    universe: Universe


class Change(Section):
    """Rules that change on a day: only the keys that change, section by section (R58)."""

    valid_from: Day
    """First session on which the changed rules hold."""

    grandfather: Grandfather | None = None
    """Whom the former [universe] rules still hold for: "constituents" of the session before, for as
    long as they stay, or securities "listed" before; default nobody."""

    universe: Part[Universe] | None = None
    """Keys of [universe] that change."""

    selection: Part[Selection] | None = None
    """Keys of [selection] that change."""

    review: Part[Review] | None = None
    """Keys of [review] that change."""

    interim: Part[Interim] | None = None
    """Keys of [interim] that change."""

    weighting: Part[Weighting] | None = None
    """Keys of [weighting] that change; the scheme cannot."""

    shares: Part[Shares] | None = None
    """Keys of [shares] that change."""

    prices: Part[Prices] | None = None
    """Keys of [prices] that change."""

    fx: Part[Fx] | None = None
    """Keys of [fx] that change."""

    net_total_return: Part[NetTotalReturn] | None = None
    """Keys of [net_total_return] that change."""

    def problems(self) -> Iterator[Problem]:
        """Yield the rules across keys that this entry breaks."""
        if not self.model_fields_set - {"valid_from", "grandfather"}:
            expected = "must change a key of a section; add it, or remove the entry"
            yield Problem((), None, expected)
        if self.grandfather is not None and self.universe is None:
            expected = "must be left out, or come with keys of universe"
            yield Problem(("grandfather",), self.grandfather, expected)


def change_problems(changes: Sequence[Change], base: date) -> Iterator[Problem]:
    """Yield a problem for each entry out of order, and for each table dated before its entry."""
    if changes and changes[0].valid_from <= base:
        expected = f"must be later than the base date {base}; write the rules of that day outside"
        yield Problem(("change", 0, "valid_from"), changes[0].valid_from, expected)
    for place, (before, change) in enumerate(pairwise(changes), start=1):
        if change.valid_from <= before.valid_from:
            expected = (
                f"must be later than {before.valid_from}, the entry before; put them in order"
            )
            yield Problem(("change", place, "valid_from"), change.valid_from, expected)
    for place, change in enumerate(changes):
        for section, key in (("weighting", "free_float_bands"), ("shares", "rules")):
            versions = getattr(getattr(change, section), key, None)
            if versions is None or isinstance(versions, str):
                continue
            first = versions[0].since
            if first < change.valid_from:
                expected = f"must be on or after valid_from {change.valid_from} of its entry"
                yield Problem(("change", place, section, key, 0, "from"), first, expected)
