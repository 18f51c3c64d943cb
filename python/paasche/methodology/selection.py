"""The section ``[selection]``: how the constituents are chosen (R7 to R11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from paasche.methodology.section import Assumable, Many, Mic, Problem, Section, Text
from paasche.methodology.universe import Board, Measure, ShareClass  # noqa: TC001  (pydantic)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Group", "Quota", "RankBy", "Selection"]


class RankBy(Section):
    """One measure of a rank."""

    measure: Measure
    """What is measured; the largest value ranks first."""

    weight: Annotated[float, Assumable()] = Field(default=1.0, gt=0)
    """Weight of this measure's rank in the combined rank."""


class Group(Section):
    """A part of the index with a count of its own, such as 80 mainland and 40 Hong Kong names."""

    name: Text
    """Name of the group, as reviews show it."""

    count: Annotated[int, Assumable()] = Field(ge=1)
    """Number of constituents of the group."""

    exchanges: Many[Mic] | None = None
    """Exchanges of the group; default all."""

    boards: Many[Board] | None = None
    """Boards of the group; default all."""

    classes: Many[ShareClass] | None = None
    """Share classes of the group; default all."""

    industries: Many[Text] | None = None
    """Industries of the group; default all."""

    reserve: Annotated[int | None, Assumable()] = Field(default=None, ge=0)
    """Names on the reserve list of the group; default by ``reserve_share``."""


class Quota(Section):
    """A limit to how many constituents may be alike."""

    by: Literal["industry", "company", "exchange", "board"]
    """What they have in common; a security without it is not limited."""

    count: Annotated[int, Assumable()] = Field(ge=1)
    """Largest number of constituents alike; those ranked lower are passed over."""


class Selection(Section):
    """How constituents are chosen from the ranked universe."""

    count: Annotated[int | None, Assumable()] = Field(default=None, ge=1)
    """Number of constituents."""

    market_value_share: Annotated[float | None, Assumable()] = Field(default=None, gt=0, le=1)
    """Instead of a count: the best ranked until this share of the universe's market value, as a
    fraction."""

    groups: tuple[Group, ...] = Field(default=(), strict=False)
    """Instead of a count: groups, each chosen by itself. A security is in the first that fits."""

    rank_by: Many[RankBy] = Field(default=(RankBy(measure="average_market_value"),))
    """Measures of the rank; several are combined by their weighted ranks. Ties go by the first
    measure, then by code (R8)."""

    lines: Literal["all", "largest"] = "all"
    """Lines of one company: all may be in, or only the one with the largest first measure."""

    company_rank: bool = False
    """Whether a line is ranked by the sum of its company's lines in the universe."""

    newcomer_buffer: Annotated[float, Assumable()] = Field(default=0.0, ge=0, lt=1)
    """Newcomers enter up to rank (1 − this) × count (R8); a fraction."""

    constituent_buffer: Annotated[float, Assumable()] = Field(default=0.0, ge=0, le=1)
    """Constituents stay up to rank (1 + this) × count (R8); a fraction."""

    turnover_limit: Annotated[float | None, Assumable()] = Field(default=None, gt=0, le=1)
    """Largest share of the constituents replaced at a review, as a fraction (R7)."""

    reserve_share: Annotated[float | None, Assumable()] = Field(default=None, ge=0, le=1)
    """Names on the reserve list, as a fraction of the count (R9); rounded down."""

    refill: Literal["strict", "inclusive"] = "strict"
    """When fewer than half of the reserve list are left a new one is drawn up (R11); "inclusive":
    at half already."""

    quotas: tuple[Quota, ...] = Field(default=(), strict=False)
    """Limits to constituents alike."""

    suspended_days: Literal["exclude", "zero"] = "exclude"
    """How suspended days count in an average turnover (R4)."""

    resumption_test: Literal["cutoff", "effective"] = "cutoff"
    """Day by which a long suspension must be over for long enough (R16)."""

    def problems(self) -> Iterator[Problem]:
        """Yield the rules across keys that this section breaks."""
        ways = {
            "count": self.count,
            "market_value_share": self.market_value_share,
            "groups": self.groups or None,
        }
        given = [key for key, value in ways.items() if value is not None]
        if not given:
            expected = "must be given, or market_value_share or groups instead"
            yield Problem(("count",), None, expected)
        for key in given[1:]:
            yield Problem((key,), ways[key], f"must be left out, or stand instead of {given[0]}")
        alike = (("groups", "name"), ("rank_by", "measure"), ("quotas", "by"))
        for key, mark in alike:
            marks = [getattr(row, mark) for row in getattr(self, key)]
            for place, value in enumerate(marks):
                if value in marks[:place]:
                    expected = "must differ from the entries before; remove one"
                    yield Problem((key, place, mark), value, expected)
