"""Rules across the sections of a methodology."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from paasche.methodology.changes import change_problems
from paasche.methodology.section import Problem
from paasche.methodology.versions import covers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paasche.methodology.methodology import Methodology
    from paasche.methodology.section import Keys
    from paasche.methodology.selection import Selection

__all__ = ["across_sections"]

_Check: TypeAlias = "Callable[[Methodology], Iterator[Problem]]"

_FOR_RULES = ("selection", "review", "interim")
"""Sections without a meaning where a table gives the constituents."""

_BASIS_POINTS = 10_000

_OF_A_GROUP = ("exchanges", "boards", "classes", "industries")
"""Keys of a group that choose among the same key of the universe."""


def across_sections(methodology: Methodology) -> Iterator[Problem]:
    """Yield the rules across sections that a methodology breaks."""
    by_rules = methodology.universe.by_rules
    checks = (_net, _tables, *(_OF_RULES if by_rules else (_of_a_table,)), _changes)
    for check in checks:
        yield from check(methodology)


def _net(methodology: Methodology) -> Iterator[Problem]:
    net, variants = "net_total_return", methodology.index.variants
    given = methodology.net_total_return is not None
    if net in variants and not given:
        expected = f'must be given with the variant "{net}"; write withholding_tax in [{net}]'
        yield Problem((net,), None, expected)
    if net not in variants and given:
        yield Problem((net,), None, f'must be left out, or come with the variant "{net}"')


def _tables(methodology: Methodology) -> Iterator[Problem]:
    base = methodology.index.base_date
    bands, rules = methodology.weighting.free_float_bands, methodology.shares.rules
    yield from covers(("weighting", "free_float_bands"), bands, base)
    yield from covers(("shares", "rules"), rules, base)


def _changes(methodology: Methodology) -> Iterator[Problem]:
    yield from change_problems(methodology.change, methodology.index.base_date)


def _of_a_table(methodology: Methodology) -> Iterator[Problem]:
    for key in _FOR_RULES:
        if key in methodology.model_fields_set and getattr(methodology, key) is not None:
            expected = 'must be left out with [universe] constituents = "table"'
            yield Problem((key,), None, expected)


def _chosen(methodology: Methodology) -> Iterator[Problem]:
    if methodology.selection is None:
        expected = "must be given with rules in [universe]; add a section [selection] with count"
        yield Problem(("selection",), None, expected)


def _weighted(methodology: Methodology) -> Iterator[Problem]:
    weighting, selection = methodology.weighting, methodology.selection
    if weighting.scheme == "given":
        expected = 'must come with [universe] constituents = "table", which gives the weights'
        yield Problem(("weighting", "scheme"), "given", expected)
    count = 0 if selection is None else _count(selection)
    cap = weighting.single_cap
    lifted = weighting.infeasible == "lift_fifth"
    if count and cap is not None and not lifted and Fraction(str(cap)) * count < 1:
        expected = (
            f"must be at least 1 / {count} with {count} constituents: {_enough(count)} is enough"
        )
        yield Problem(("weighting", "single_cap"), cap, expected)


def _enough(count: int) -> float:
    """Return the smallest cap of whole basis points that so many constituents can meet."""
    return -(-_BASIS_POINTS // count) / _BASIS_POINTS


def _ranked_fast(methodology: Methodology) -> Iterator[Problem]:
    entry, known = methodology.interim.fast_entry, methodology.universe.exchanges
    if entry is None or entry.exchanges is None or known is None:
        return
    if not set(entry.exchanges) <= set(known):
        expected = "must be among the exchanges of [universe]; default all of them"
        yield Problem(("interim", "fast_entry", "exchanges"), entry.exchanges, expected)


def _count(selection: Selection) -> int:
    """Return the number of constituents; 0 where it is not fixed."""
    return selection.count or sum(group.count for group in selection.groups)


def _grouped(methodology: Methodology) -> Iterator[Problem]:
    groups = () if methodology.selection is None else methodology.selection.groups
    for place, group in enumerate(groups):
        for key in _OF_A_GROUP:
            values, known = getattr(group, key), getattr(methodology.universe, key)
            if values is not None and known is not None and not set(values) <= set(known):
                expected = f"must be among the {key} of [universe]"
                yield Problem(("selection", "groups", place, key), values, expected)


def _reserved(methodology: Methodology) -> Iterator[Problem]:
    selection = methodology.selection
    if selection is None:
        return
    reserves: dict[Keys, float | None] = {("selection", "reserve_share"): selection.reserve_share}
    for place, group in enumerate(selection.groups):
        reserves["selection", "groups", place, "reserve"] = group.reserve
    given = {keys: value for keys, value in reserves.items() if value}
    if selection.refill != "strict" and not given:
        expected = "must be left out, or come with reserve_share"
        yield Problem(("selection", "refill"), selection.refill, expected)


def _removed(methodology: Methodology) -> Iterator[Problem]:
    removals = methodology.interim.monthly_removals
    if "sell_only" in removals and methodology.universe.connect_exchanges is None:
        expected = 'must be without "sell_only", or [universe] with connect_exchanges'
        yield Problem(("interim", "monthly_removals"), removals, expected)


_OF_RULES: tuple[_Check, ...] = (
    *(_chosen, _weighted, _grouped, _reserved, _removed),
    _ranked_fast,
)
