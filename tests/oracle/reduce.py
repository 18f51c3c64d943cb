"""Cut a failing case down: leave out whatever the failure does not need.

    python -m oracle.reduce "Recipe(seed=…, …)"

prints the smallest case found and what still differs.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from oracle.case import Case

TABLES = ("constituents", "actions", "shares", "status", "securities", "prices", "fx")


def reduce_case(case: Case, fails: Callable[[Case], bool]) -> Case:
    """Return a smaller case that still fails; greedy, until no single cut is left."""
    shrinking = True
    while shrinking:
        shrinking = False
        for table in TABLES:
            smaller = _cut(case, table, fails)
            shrinking |= smaller is not case
            case = smaller
        for simpler in _simpler(case):
            if fails(simpler):
                case, shrinking = simpler, True
    return case


def _cut(case: Case, table: str, fails: Callable[[Case], bool]) -> Case:
    """Leave out halves, quarters … of a table, then single rows."""
    size = len(getattr(case, table)) // 2
    while size >= 1:
        start = 0
        while start < len(getattr(case, table)):
            rows = getattr(case, table)
            shorter = replace(case, **{table: rows[:start] + rows[start + size :]})
            if fails(shorter):
                case = shorter
            else:
                start += size
        size //= 2
    return case


def _simpler(case: Case) -> Iterator[Case]:
    method = case.method
    plain = (
        {"variants": ("price",)},
        {"currencies": (method.currency,)},
        {"top_five_cap": None},
        {"single_cap": None},
        {"missing": "warn"},
    )
    for change in plain:
        if any(getattr(method, key) != value for key, value in change.items()):
            yield replace(case, method=replace(method, **change))
    days = sorted({row.date for row in case.prices})
    if len(days) > 2 and days[-2] >= method.base_date and days[-2] < case.end:
        yield replace(case, end=days[-2])
    plain_rows = {
        "shares": {"announced": None, "basis": None, "free_float": None},
        "actions": {"cancelled": None, "currency": None},
        "prices": {"reference": None, "volume": None},
    }
    for table, blanks in plain_rows.items():
        rows = getattr(case, table)
        for key in blanks:
            if any(getattr(row, key) is not None for row in rows):
                yield replace(case, **{table: tuple(replace(row, **{key: None}) for row in rows)})


def show(case: Case) -> str:
    """Return a case as text, without the sessions all weekdays would give."""
    lines = [str(case.method), f"end {case.end}"]
    for exchange, days in case.sessions.items():
        lines.append(f"{exchange} " + " ".join(day.strftime("%m-%d") for day in days))
    for table in ("securities", "constituents", "actions", "shares", "status", "prices"):
        lines += [f"  {row}" for row in getattr(case, table)]
    return "\n".join(lines)


def main(text: str) -> None:
    from oracle.adapter import compare
    from oracle.making_case import make_case
    from oracle.recipe import Recipe

    case = make_case(eval(text, {"Recipe": Recipe}))  # our own repr

    def kind(candidate: Case) -> tuple[str | None, bool] | None:
        """Return who refuses; None where nothing differs."""
        comparison = compare(candidate)
        if not comparison.differences:
            return None
        return comparison.refused, comparison.differences[0].startswith("refused")

    sought = kind(case)
    if sought is None:
        sys.stdout.write("no difference\n")
        return

    def fails(candidate: Case) -> bool:
        try:
            return kind(candidate) == sought
        except Exception:  # noqa: BLE001 - a crash is not the difference we look for
            return False

    small = reduce_case(case, fails)
    sys.stdout.write(f"{show(small)}\n{compare(small).explain(small)}\n")


if __name__ == "__main__":
    main(sys.argv[1])
