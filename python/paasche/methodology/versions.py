"""Which version of a rule table a methodology uses: one by name, or several from dates on (R58)."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from paasche.errors import MissingDataError
from paasche.methodology.section import Day, Many, Problem, Section
from paasche.methodology.tables import band_tables, review_rules, share_rules, withholding_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

__all__ = [
    "BandVersions",
    "Dated",
    "DatedBands",
    "DatedRules",
    "ReviewRulesName",
    "RuleVersions",
    "WithholdingName",
    "ascending",
    "covers",
    "in_force",
    "name_or_list",
]


def _known(kind: str, tables: Callable[[], Mapping[str, object]]) -> AfterValidator:
    def check(name: str) -> str:
        names = sorted(tables())
        if name in names:
            return name
        close = get_close_matches(name, names, n=1)
        hint = f"the nearest is {close[0]}" if close else f"there are {', '.join(names)}"
        raise PydanticCustomError(
            "expected", "must be a {kind}; {hint}", {"kind": kind, "hint": hint}
        )

    return AfterValidator(check)


def name_or_list(row: str) -> Discriminator:
    """Return the discriminator of a value that is a table's name or a list of ``row``."""

    def form(value: object) -> str | None:
        if isinstance(value, str):
            return "<name>"
        return "<list>" if isinstance(value, list | tuple) else None

    return Discriminator(
        form,
        custom_error_type="expected",
        custom_error_message=f"must be the name of a rule table or a list of {row}",
    )


BandName: TypeAlias = Annotated[str, _known("free-float band table", band_tables)]
RulesName: TypeAlias = Annotated[str, _known("table of share rules", share_rules)]
ReviewRulesName: TypeAlias = Annotated[str, _known("table of review rules", review_rules)]
WithholdingName: TypeAlias = Annotated[str, _known("withholding tax table", withholding_tables)]

_ROW = "{ from = date, table = name }"


class Dated(Section):
    """A rule table and the day from which the index uses it."""

    since: Day = Field(alias="from")
    """First session on which the index uses the table."""

    table: str
    """Name of the rule table."""


class DatedBands(Dated):
    """A free-float band table and the day from which the index uses it."""

    table: BandName
    """Name of the free-float band table."""


class DatedRules(Dated):
    """A table of share rules and the day from which the index uses it."""

    table: RulesName
    """Name of the table of share rules."""


BandVersions: TypeAlias = Annotated[
    Annotated[BandName, Tag("<name>")] | Annotated[Many[DatedBands], Tag("<list>")],
    name_or_list(_ROW),
]
RuleVersions: TypeAlias = Annotated[
    Annotated[RulesName, Tag("<name>")] | Annotated[Many[DatedRules], Tag("<list>")],
    name_or_list(_ROW),
]
_Versions: TypeAlias = str | tuple[Dated, ...]


def ascending(key: str, versions: _Versions | None) -> Iterator[Problem]:
    """Yield a problem for each version that does not begin after the one before it."""
    if versions is None or isinstance(versions, str):
        return
    for place, (before, version) in enumerate(pairwise(versions), start=1):
        if version.since <= before.since:
            expected = f"must be later than {before.since}, the entry before; put them in order"
            yield Problem((key, place, "from"), version.since, expected)


def covers(keys: tuple[str, str], versions: _Versions | None, base: date) -> Iterator[Problem]:
    """Yield a problem where the first version begins after the base date."""
    if versions is None or isinstance(versions, str) or versions[0].since <= base:
        return
    expected = f"must be on or before the base date {base}; add the table used before"
    yield Problem((*keys, 0, "from"), versions[0].since, expected)


def in_force(keys: str, versions: _Versions, day: date) -> str:
    """Return the name of the table in force on a day.

    Raises
    ------
    MissingDataError
        The list begins after that day.
    """
    if isinstance(versions, str):
        return versions
    names = [version.table for version in versions if version.since <= day]
    if not names:
        raise MissingDataError(
            f"{keys} = from {versions[0].since}: must have a table for {day}; add the one before"
        )
    return names[-1]
