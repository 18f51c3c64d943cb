"""The folder of a live run: ``live.json`` says what it is, and who goes on with it must agree."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import paasche
from paasche._files import new_folder
from paasche.errors import InputError
from paasche.live.kept.log import write
from paasche.live.kept.published import begin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from paasche.live.protocol import Engine, Marked
    from paasche.live.publication import Board
    from paasche.live.running.clock import Grid

__all__ = [
    "LIVE_JSON",
    "PUBLISHED",
    "TICKS",
    "describe",
    "make",
    "require_same",
    "require_same_source",
]

_LAYOUT = 2
"""Of the files of a live run; one of another is not gone on with."""

LIVE_JSON, TICKS, PUBLISHED = "live.json", "ticks.log", "published.log"


def describe(
    engine: Engine, grid: Grid, clock: str, stale_after: float, closing_rates: Mapping[str, float]
) -> dict[str, Any]:
    """Return what a live run is: all that its publications depend on beside ticks and orders.

    The levels of the morning are among it: they tell a run or a market that was changed since.

    Parameters
    ----------
    engine : Engine
        As it stands before the first tick of the day.
    grid : Grid
    clock : str
    stale_after : float
    closing_rates : mapping of str to float
    """
    day = getattr(engine, "day", None)
    rules = [getattr(day, "sessions", None), getattr(day, "collar", None)]
    told = json.dumps([*rules, {pair: float(rate) for pair, rate in closing_rates.items()}])
    names = "\n".join(engine.securities).encode()
    rows = engine.rows.select("index", "variant", "currency").write_csv().encode()
    return {
        "layout": _LAYOUT,
        "date": engine.date.isoformat(),
        "clock": clock,
        "opening": grid.opening,
        "close": grid.close,
        "calculate_every": grid.calculate,
        "publish_every": grid.publish,
        "stale_after": stale_after,
        "indices": list(engine.indices),
        "levels": hashlib.sha256(rows).hexdigest(),
        "morning": hashlib.sha256(engine.levels().tobytes()).hexdigest(),
        "securities": hashlib.sha256(names).hexdigest(),
        "rules": hashlib.sha256(told.encode()).hexdigest(),
    }


def make(place: Path, about: dict[str, Any], board: Board, ready: Callable[[], None]) -> None:
    """Make the folder of a run that has not begun; whole or not at all.

    Parameters
    ----------
    place : Path
        New or empty.
    about : dict
        As `describe` returns it.
    board : Board
    ready : callable
        Called once the place is known to be free; where it raises, no folder is left.

    Raises
    ------
    InputError
        The place holds something, or cannot be written.
    """
    if (place / LIVE_JSON).exists():
        raise InputError(
            f"out = {place}: must be new or empty, and holds a live run: go on with it (--resume, "
            "or resume=True), or give another"
        )
    with new_folder("out", place) as draft:
        ready()
        written = {"paasche": paasche.__version__, **about}
        (draft / LIVE_JSON).write_text(
            json.dumps(written, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        write(draft / TICKS, json.dumps({"date": about["date"]}).encode())
        begin(draft / PUBLISHED, board)


def require_same(place: Path, about: dict[str, Any]) -> None:
    """Refuse to go on with a run that is another.

    Parameters
    ----------
    place : Path
    about : dict
        What goes on.

    Raises
    ------
    InputError
        There is no live run, or one of another day, clock, session or content.
    """
    file = place / LIVE_JSON
    try:
        written = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise InputError(
            f"out = {place}: must be the folder of a live run, to resume it; {LIVE_JSON} cannot be "
            "read: give another"
        ) from e
    for key, value in about.items():
        if written.get(key) != value:
            raise InputError(
                f"{file}: {key} must be {_short(written.get(key))}, to resume it; it is "
                f"{_short(value)}: give the run directory, day and options it began with"
            )


def require_same_source(place: Path, source: Marked) -> None:
    """Refuse to read another source on from where the run stands in its own.

    Parameters
    ----------
    place : Path
    source : Marked

    Raises
    ------
    InputError
        It is another.
    """
    written = json.loads((place / LIVE_JSON).read_text(encoding="utf-8")).get("source")
    if written is not None and not source.is_marked(written):
        raise InputError(
            f"{place / LIVE_JSON}: source must be {json.dumps(written)}, to resume it; it is "
            f"{json.dumps(source.mark())}: give the ticks it began with"
        )


def _short(value: object, longest: int = 60) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= longest else f"{text[:longest]}…"
