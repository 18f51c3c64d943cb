"""Cases the rules must refuse: one thing taken away from a good case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from oracle.case import Action, Status
from oracle.effects import EXITS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from random import Random

    from oracle.case import Case
    from oracle.recipe import Recipe


def make_refused(recipe: Recipe, case: Case) -> Case:
    """Break the case in the way the recipe asks for; some cases cannot be broken in some ways."""
    if recipe.refusal is None:
        return case
    return BREAKING[recipe.refusal](case, recipe.random("refusal"))


def _base_effective(case: Case) -> date:
    days = {row.effective for row in case.constituents}
    return max(day for day in days if day <= case.method.base_date)


def _base_rows(case: Case) -> list[str]:
    start = _base_effective(case)
    return [row.security for row in case.constituents if row.effective == start]


def _low_cap(case: Case, random: Random) -> Case:
    if not case.method.holds_shares:
        return case
    most = Decimal(random.choice((95, 50, 99))) / 100 / len(_base_rows(case))
    single = most.quantize(Decimal("0.0001"))
    method = replace(case.method, single_cap=single, top_five_cap=None, infeasible="error")
    reviews = tuple(row for row in case.constituents if row.kind == "review")
    return replace(case, method=method, constituents=reviews)


def _no_price(case: Case, random: Random) -> Case:
    """A name of some basket is listed only after the session that needs its price."""
    row = random.choice(
        [row for row in case.constituents if row.effective >= _base_effective(case)]
    )
    late = row.effective + timedelta(days=random.choice((0, 1)))
    kept = [p for p in case.prices if p.security != row.security or p.date > late]
    return replace(case, prices=tuple(kept), status=())


def _fx_gap(case: Case, random: Random) -> Case:
    days = sorted({row.date for row in case.fx if case.method.base_date < row.date <= case.end})
    start = random.randrange(max(1, len(days) - 9))
    gap = set(days[start : start + 9])
    return replace(case, fx=tuple(row for row in case.fx if row.date not in gap))


def _fx_late(case: Case, random: Random) -> Case:
    start = case.method.base_date
    return replace(case, fx=tuple(row for row in case.fx if row.date > start))


def _no_snapshot(case: Case, random: Random) -> Case:
    name = random.choice(_base_rows(case))
    kept = [
        row for row in case.shares if row.security != name or row.effective > case.method.base_date
    ]
    return replace(case, shares=tuple(kept))


def _no_free_float(case: Case, random: Random) -> Case:
    name = random.choice(_base_rows(case))
    rows = [replace(row, free_float=None) if row.security == name else row for row in case.shares]
    return replace(case, shares=tuple(rows))


def _not_representable(case: Case, random: Random) -> Case:
    """A name gives shares of another; both are in the index from the base to the end."""
    baskets: dict[date, set[str]] = {}
    for row in case.constituents:
        baskets.setdefault(row.effective, set()).add(row.security)
    start = _base_effective(case)
    steady = set.intersection(*(names for day, names in baskets.items() if day >= start))
    steady -= {action.security for action in case.actions if action.kind in EXITS}
    if len(steady) < 2:
        return case
    first, second = random.sample(sorted(steady), 2)
    days = [row.date for row in case.fx if case.method.base_date < row.date <= case.end]
    ratio = Decimal("0.5")
    action = Action(first, random.choice(days), "spin_off", ratio=ratio, related=second)
    return replace(case, actions=(*case.actions, action))


def _no_replaces(case: Case, random: Random) -> Case:
    rows = [
        replace(row, replaces=None) if row.kind == "interim" else row for row in case.constituents
    ]
    return replace(case, constituents=tuple(rows))


def _wrong_replaces(case: Case, random: Random) -> Case:
    """The name replaced stays in the basket."""
    rows = []
    for row in case.constituents:
        stays = [
            other.security
            for other in case.constituents
            if other.effective == row.effective and other.replaces is None
        ]
        if row.replaces is not None and stays:
            rows.append(replace(row, replaces=random.choice(stays)))
        else:
            rows.append(row)
    return replace(case, constituents=tuple(rows))


def _weights_off(case: Case, random: Random) -> Case:
    if case.method.scheme != "given":
        return case
    off = random.choice((Decimal("0.0101"), Decimal("-0.0101")))
    start = _base_effective(case)
    number = next(n for n, row in enumerate(case.constituents) if row.effective == start)
    rows = list(case.constituents)
    rows[number] = replace(rows[number], weight=rows[number].weight + off)
    return replace(case, constituents=tuple(rows))


def _effective_on_a_holiday(case: Case, random: Random) -> Case:
    later = sorted({row.effective for row in case.constituents} - {case.method.base_date})
    later = [day for day in later if day > case.method.base_date]
    if not later:
        return case
    day = random.choice(later)
    saturday = day + timedelta(days=(5 - day.weekday()) % 7)
    rows = [
        replace(row, effective=saturday) if row.effective == day else row
        for row in case.constituents
    ]
    if saturday > case.end or saturday in later:
        return case
    return replace(case, constituents=tuple(rows))


def _base_on_a_holiday(case: Case, random: Random) -> Case:
    day = case.method.base_date
    saturday = day + timedelta(days=(5 - day.weekday()) % 7)
    return replace(case, method=replace(case.method, base_date=saturday))


def _unannounced_gap(case: Case, random: Random) -> Case:
    """A `status` table that does not know of one suspension."""
    name = random.choice(_base_rows(case))
    gaps = tuple(row for row in case.status if row.security != name)
    warning = Status(name, "risk_warning", case.method.base_date)
    method = replace(case.method, missing="error")
    return replace(case, method=method, status=(*gaps, warning))


BREAKING: dict[str, Callable[[Case, Random], Case]] = {
    "low cap": _low_cap,
    "no price": _no_price,
    "fx gap": _fx_gap,
    "fx begins late": _fx_late,
    "no snapshot": _no_snapshot,
    "no free float": _no_free_float,
    "not representable": _not_representable,
    "no replaces": _no_replaces,
    "wrong replaces": _wrong_replaces,
    "weights off": _weights_off,
    "effective on a holiday": _effective_on_a_holiday,
    "base on a holiday": _base_on_a_holiday,
    "unannounced gap": _unannounced_gap,
}
