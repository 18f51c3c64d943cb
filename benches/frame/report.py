"""The table at the end of a run, and the same figures as JSON."""

from __future__ import annotations

import json
from statistics import median
from typing import TYPE_CHECKING

from benches.frame.machine import machine, now, versions
from benches.frame.rows import FLOOR, PEER, WORK, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HEADINGS = {
    PEER: ("beside a peer", "times faster"),
    FLOOR: ("above a floor", "times slower"),
    WORK: ("by itself", ""),
}
ANSWERS = {True: "holds", False: "short", None: ""}
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def table(rows: list[Row], *, smoke: bool) -> Iterator[str]:
    """Yield the lines of the table."""
    if smoke:
        yield "smoke: the work is tiny and runs once, the figures say nothing"
    for name, facts in (("machine", machine()), ("versions", versions())):
        yield f"{name}: " + ", ".join(f"{key} {value}" for key, value in facts.items())
    width = max(len(row.work) for row in rows)
    for kind, (heading, meaning) in HEADINGS.items():
        found = [row for row in rows if row.kind == kind]
        if not found:
            continue
        yield ""
        yield (
            f"{heading:<{width}}{'rounds':>8}{'theirs min':>12}{'ours min':>12}{'ratio':>11}"
            f"{'median':>12}{'median':>12}{'ratio':>11}   asked  {meaning}".rstrip()
        )
        for row in found:
            yield _line(row, width).rstrip()
            if row.parts:
                parts = ", ".join(f"{part} {_time(spent)}" for part, spent in row.parts.items())
                yield f"    {parts}"


def figures(rows: list[Row], *, smoke: bool) -> dict[str, object]:
    """Return the run as it is written: schema version 1."""
    return {
        "schema_version": 1,
        "at": now(),
        "smoke": smoke,
        "machine": machine(),
        "versions": versions(),
        "rows": [row.figures() for row in rows],
    }


def write(rows: list[Row], path: Path, *, smoke: bool) -> None:
    """Write the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures(rows, smoke=smoke), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _line(row: Row, width: int) -> str:
    cells = [f"{row.work:<{width}}{len(row.ours):>8}"]
    for figure in (min, median):
        theirs = _time(figure(row.theirs)) if row.theirs else ""
        cells.append(f"{theirs:>12}{_time(figure(row.ours)):>12}{_times(row, figure):>11}")
    return f"{''.join(cells)}   {row.asked:<14}{ANSWERS[row.holds()]}"


def _times(row: Row, figure: Callable[[list[float]], float]) -> str:
    ratio = row.ratio(figure)
    return "" if ratio is None else f"{ratio:.2f} x"


def _time(seconds: float) -> str:
    """Write seconds in the largest unit that shows a whole number."""
    for unit, name in UNITS[:-1]:
        if seconds >= unit:
            return f"{seconds / unit:.3g} {name}" if seconds < 1000 * unit else f"{seconds:.0f} s"
    unit, name = UNITS[-1]
    return f"{seconds / unit:.0f} {name}"
