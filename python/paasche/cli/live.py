"""``paasche live``: a day of ticks to levels each second, published every five."""

from __future__ import annotations

import datetime as dt
import math
import signal
import tempfile
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import paasche as px
from paasche.cli.aloud import calculate_aloud
from paasche.cli.console import say, stderr, stdout
from paasche.cli.live_end import rejected, warn, warn_of_silence, warn_of_strangers
from paasche.cli.live_line import LiveLine
from paasche.cli.options import SEED, day
from paasche.cli.steps import Steps
from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paasche.live.opened.morning import Morning
    from paasche.live.running.run import LiveRun

__all__ = ["live"]

BEHIND = 1
"""Exit code of a run whose levels are published, where a sink does not have them all."""

_STREAM = "nats://"
_DEMO = "sample-cross-border"
_DEMO_DAY, _DEMO_EVE = "2015-12-30", "2015-12-29"
_DEMO_TICKS = 200_000


class Clock(StrEnum):
    """Whose time counts."""

    ticks = "ticks"
    wall = "wall"


_Runs = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="RUN_DIR",
        help="Run directories up to the session before, one for each index.",
        show_default=False,
    ),
]
_Date = Annotated[
    dt.date | None, typer.Option(metavar="DATE", parser=day, help="The session to run.")
]
_Market = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Market folder to read. Without it: the one of the first run."
    ),
]
_Ticks = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE",
        help="A .parquet or .csv file, a market folder, or nats://host:port/STREAM?subject=…",
    ),
]
_Publish = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SINK",
        help="parquet:DIR, csv:FILE, jsonl:FILE, ws://host:port or nats://…; may come again. "
        "A file - is stdout.",
    ),
]
_Orders = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="JSON lines: rates and freezes at their times. By the wall it may grow meanwhile.",
    ),
]
_Speed = Annotated[
    str,
    typer.Option(
        metavar="max|N", help="Of a replay: seconds of the ticks in one of the wall, such as 60."
    ),
]
_Clock = Annotated[
    Clock | None,
    typer.Option(help="Whose time counts. Without it: the wall for nats://, else the ticks."),
]
_Out = Annotated[
    Path | None,
    typer.Option(metavar="LIVE_DIR", help="Folder of the live run. Without it: live-DATE."),
]
_Resume = Annotated[
    bool,
    typer.Option(
        "--resume", help="Go on with the live run in the folder; begin it where there is none."
    ),
]
_Demo = Annotated[
    bool, typer.Option("--demo", help="Replay a simulated day of an invented market.")
]


def live(
    runs: _Runs = None,
    *,
    date: _Date = None,
    market: _Market = None,
    ticks: _Ticks = None,
    publish: _Publish = None,
    orders: _Orders = None,
    speed: _Speed = "max",
    clock: _Clock = None,
    out: _Out = None,
    resume: _Resume = False,
    demo: _Demo = False,
) -> None:
    """Calculate a day from its ticks each second, and publish it every five.

    Live or as a replay; the closing level is that of the batch. Everything is kept in LIVE_DIR, and
    a run that was stopped or killed goes on with --resume: none is missing, none comes twice.
    """
    pace = _pace(speed)
    if demo:
        _refuse_beside_demo(
            runs, date=date, market=market, ticks=ticks, orders=orders, resume=resume
        )
        _run_demo(list(publish or []), pace, out)
        return
    folders, when, source = _required(runs, date, ticks)
    by_wall = clock == Clock.wall or (clock is None and source.startswith(_STREAM))
    if by_wall and speed != "max":
        raise InputError(
            f"--speed = {speed}: must be left out with --clock wall, whose time cannot be hurried"
        )
    # Load polars, which help and --version do not need.
    from paasche.live.opened.morning import open_morning  # noqa: PLC0415
    from paasche.live.opened.standing import standing_text  # noqa: PLC0415
    from paasche.live.sources import open_source  # noqa: PLC0415

    feed = open_source(source)
    with Steps(2) as steps:
        with steps.step("reading the market"):
            found = px.Market.read(market or _market_of(folders[0]))
        with steps.step("opening the day"):
            morning = open_morning(folders, when, found)
    if morning.standing:
        text = standing_text(morning.standing)
        until = "until --orders tells another" if orders else "the closing level too; see --orders"
        say("warning", f"the market has no rate of {when}: {text}, {until}")
    options: dict[str, Any] = {
        "clock": "wall" if by_wall else "ticks",
        "orders": orders,
        "resume": resume,
    }
    place = out or Path(f"live-{when}")
    _run(morning, feed, list(publish or []), place, pace, options)


def _pace(speed: str) -> float:
    if speed == "max":
        return math.inf
    try:
        found = float(speed)
    except ValueError:
        found = math.nan
    if not 0 < found < math.inf:
        raise InputError(f"--speed = {speed}: must be max, or a positive number such as 60")
    return found


def _required(
    runs: list[Path] | None, date: dt.date | None, ticks: str | None
) -> tuple[list[Path], dt.date, str]:
    if not runs:
        raise InputError("RUN_DIR: must be given, one for each index; or --demo")
    if date is None:
        raise InputError("--date: must be given, the session to run; or --demo")
    if ticks is None:
        raise InputError("--ticks: must be given, a file or a stream; or --demo")
    return runs, date, ticks


def _market_of(run: Path) -> str:
    source = px.Result.read(run).source
    if not Path(source).exists():
        raise InputError(
            f"--market: must be given; {run} was calculated from {source}, which is no folder"
        )
    return source


def _refuse_beside_demo(runs: list[Path] | None, **given: object) -> None:
    beside = {"RUN_DIR": runs, **{f"--{name}": value for name, value in given.items()}}
    for name, value in beside.items():
        if value:
            raise InputError(f"{name}: must be left out with --demo, which brings its own")


def _run_demo(publish: list[str], speed: float, out: Path | None) -> None:
    """Draw a market, calculate it up to the eve, simulate trades of the day, and replay them."""
    from paasche.live.opened.morning import open_morning  # noqa: PLC0415
    from paasche.live.sources import open_source  # noqa: PLC0415

    with Steps(4) as steps:
        with steps.step("drawing the sample market"):
            market = px.Market.from_frames(px.sample_market(SEED, end=_DEMO_DAY))
        with steps.step("calculating"):
            run = calculate_aloud(px.Methodology.load(_DEMO), market, end=_DEMO_EVE)
        with steps.step("opening the day"):
            morning = open_morning(run, _DEMO_DAY, market)
        with steps.step("simulating the day"):
            names = morning.engine.securities
            drawn = px.simulate_ticks(market, _DEMO_DAY, ticks=_DEMO_TICKS, securities=names)
    with tempfile.TemporaryDirectory(prefix="paasche-live-") as scratch:
        place = out or Path(scratch) / "live"
        feed, is_kept = open_source(drawn), out is not None
        _run(morning, feed, publish, place, speed, {}, is_kept=is_kept, with_course=True)


def _run(
    morning: Morning,
    feed: Any,  # noqa: ANN401  (a source, whose type loads polars)
    publish: list[str],
    place: Path,
    speed: float,
    options: dict[str, Any],
    *,
    is_kept: bool = True,
    with_course: bool = False,
) -> None:
    """Run, and say how it ended."""
    from paasche.live.kept.folder import PUBLISHED  # noqa: PLC0415
    from paasche.live.kept.published import Publications  # noqa: PLC0415
    from paasche.live.opened.standing import left_standing, standing_text  # noqa: PLC0415
    from paasche.live.running.run import LiveRun  # noqa: PLC0415
    from paasche.live.running.shown import clock_time, closing_levels, course  # noqa: PLC0415
    from paasche.live.sinks import open_sink  # noqa: PLC0415

    run = LiveRun(
        morning.engine,
        feed,
        [open_sink(text) for text in publish],
        place=place,
        opening=morning.opening,
        close=morning.close,
        closing_rates=morning.closing_rates,
        speed=speed,
        **options,
    )
    with _stopped_by_signals(run), LiveLine(run, morning.zone):
        status = run.run()
    warn(status, is_kept=is_kept)
    warn_of_strangers(status, feed)
    if not status.closed:
        when = clock_time(status.calculated, morning.zone) if status.calculated else "the opening"
        kept = f"; all is kept in {place}: go on with --resume" if is_kept else ""
        raise KeyboardInterrupt(f"stopped at {when}, publication {status.sequence}{kept}")
    is_complete = all(sink.complete for sink in status.sinks)
    warn_of_silence(status, morning.engine.indices)
    # Where stdout has the levels themselves, it has nothing else.
    console = stderr() if any(text.endswith(":-") for text in publish) else stdout()
    log = Publications(place / PUBLISHED)
    if with_course:
        console.print(course(log, morning.zone))
    if status.last is not None:
        console.print(closing_levels(log.board, status.last, morning.zone))
    if standing := left_standing(morning.engine, morning.standing):
        console.print(standing_text(standing), soft_wrap=True)
    console.print(
        f"{status.ticks:,} ticks, {rejected(status)}, {status.sequence:,} publications",
        soft_wrap=True,
    )
    if is_kept:
        console.print(f"kept in {place}", soft_wrap=True)
    if status.stopped and not is_complete:
        raise KeyboardInterrupt("stopped while sinks caught up; the levels are published")
    if not is_complete:
        raise typer.Exit(BEHIND)


@contextmanager
def _stopped_by_signals(run: LiveRun) -> Iterator[None]:
    """Let an interrupt stop the run in order; a second one does not wait for that."""

    def stop(number: int, frame: object) -> None:  # noqa: ARG001
        run.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
