"""The rulebooks that follow from the changes: each the one before with the keys that change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from paasche.methodology.defects import findings
from paasche.methodology.section import Problem, Section

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

__all__ = ["rulebooks"]

M = TypeVar("M", bound=Section)

_INSTEAD = {"selection": ("count", "market_value_share", "groups")}
"""Keys of which a section has one: a change that writes one of them takes the others back."""

_DATED = {"weighting": "free_float_bands", "shares": "rules"}
"""Rule tables that are dated themselves: the new ones continue the list of those before."""

_OWN = ("valid_from", "grandfather")


def rulebooks(
    model: type[M], base: date, written: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]
) -> tuple[list[tuple[date, M]], list[Problem]]:
    """Return the rulebook from each change on, and what is wrong with them.

    Parameters
    ----------
    model : type of Section
        The methodology.
    base : datetime.date
        Day from which the first rulebook holds.
    written : mapping of str
        The first rulebook, as ``model_dump`` gives it, without changes and sources.
    changes : sequence of mapping
        The changes, as ``model_dump`` gives them, in ascending order.

    Returns
    -------
    later : list of (datetime.date, methodology)
        First session and rulebook of each change, as far as they are right.
    problems : list of Problem
        What is wrong with each as a whole, with its place; told once.
    """
    later: list[tuple[date, M]] = []
    problems: list[Problem] = []
    told = set()
    in_force: dict[str, Any] = dict(written)
    for place, change in enumerate(changes):
        since: date = change["valid_from"]
        for section, keys in change.items():
            if section not in _OWN:
                before = in_force.get(section, {})
                in_force[section] = _section(section, before, keys, base, since)
        try:
            later.append((since, model.model_validate(in_force)))
        except ValidationError as e:
            for found in findings(model, e):
                # A later change that does not mend it is not told the same again.
                if (mark := (found.keys, repr(found.value), found.expected)) not in told:
                    told.add(mark)
                    problems.append(found._replace(keys=("change", place, *found.keys)))
    return later, problems


def _section(
    name: str, before: Mapping[str, Any], keys: Mapping[str, Any], base: date, since: date
) -> dict[str, Any]:
    instead = _INSTEAD.get(name, ())
    if any(key in keys for key in instead):
        before = {key: value for key, value in before.items() if key not in instead}
    dated = _DATED.get(name)
    if dated is not None and dated in keys and dated in before:
        keys = {**keys, dated: _continued(before[dated], keys[dated], base, since)}
    return _merged(before, keys)


def _merged(before: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with keys changed; a table within it merges alike, a list is replaced."""
    both = dict(before)
    for key, value in keys.items():
        held = both.get(key)
        if isinstance(value, Mapping) and isinstance(held, Mapping):
            both[key] = _merged(held, value)
        else:
            both[key] = value
    return both


def _continued(before: Any, written: Any, base: date, since: date) -> list[Any]:  # noqa: ANN401
    """Return the dated list of a rule table: the entries before, up to the first new one."""
    old: list[Any] = [{"from": base, "table": before}] if isinstance(before, str) else before
    new: list[Any] = [{"from": since, "table": written}] if isinstance(written, str) else written
    return [*(row for row in old if row["from"] < new[0]["from"]), *new]
