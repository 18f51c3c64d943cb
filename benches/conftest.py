"""What every benchmark needs: a release build, rounds in turn, and a table at the end."""

from __future__ import annotations

import gc
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from benches.frame import processors
from benches.frame.report import table, write
from benches.frame.rows import FLOOR, PEER, WORK, Row, checked_rounds

import paasche

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = pytest.StashKey[list[Row]]()
LAST_RUN = Path(__file__).parent / "last_run.json"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("paasche", "the benchmarks of paasche")
    group.addoption("--smoke", action="store_true", help="tiny work, one round: does all run?")
    group.addoption("--figures", type=Path, help="where the figures go; benches/last_run.json")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = []
    # The tests of the package skip benchmarks; whoever names this folder wants them, in one table.
    config.option.benchmark_skip = False
    config.option.benchmark_quiet = True
    # Sides that do not agree are an error before any clock runs; it need not be told twice.
    config.addinivalue_line("filterwarnings", "ignore:Benchmark fixture was not used")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is not timed comes first: the peers agree before anyone races them."""
    items.sort(key=lambda item: "benchmark" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session", autouse=True)
def release_build() -> None:
    """Refuse to time a debug build."""
    if paasche.__build_profile__ != "release":
        pytest.exit(
            f"build profile = {paasche.__build_profile__}: benchmarks need a release build", 4
        )


@pytest.fixture(scope="session")
def smoke(pytestconfig: pytest.Config) -> bool:
    """Whether the work must be tiny."""
    return bool(pytestconfig.getoption("--smoke"))


def settle() -> None:
    """Take what lives now out of the collector's sight: a side pays for its own garbage only."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@pytest.fixture
def duel(
    request: pytest.FixtureRequest, benchmark: Any, smoke: bool
) -> Callable[..., tuple[Any, Any]]:
    """Time two sides in turn and return what both gave at last.

    A first round is not timed: `agree` gets what both gave and raises where they differ, before
    any clock runs. Work of one thread stays on one processor. A smoke run has one round, and
    compares what that gave.
    """

    def run(
        work: str,
        asked: str,
        theirs: Callable[[], Any],
        ours: Callable[[], Any],
        rounds: int,
        *,
        floor: bool = False,
        one_thread: bool = False,
        agree: Callable[[Any, Any], None] | None = None,
    ) -> tuple[Any, Any]:
        checked_rounds(rounds)
        if not smoke:
            first = theirs(), ours()
            if agree is not None:
                agree(*first)
            del first
        seconds: list[float] = []
        peer: list[Any] = []
        own: list[Any] = []

        # Each side lets go of what it gave last just before its clock runs: both find memory alike.
        # Where one side's had been free for longer, its medians were twice its minima.
        def peer_first() -> None:
            settle()
            peer.clear()
            began = time.perf_counter()
            peer.append(theirs())
            seconds.append(time.perf_counter() - began)
            settle()
            own.clear()

        with processors.on_one() if one_thread else nullcontext():
            benchmark.pedantic(
                lambda: own.append(ours()), setup=peer_first, rounds=1 if smoke else rounds
            )
        if not benchmark.disabled:
            timed = list(benchmark.stats.stats.data)
            kind = FLOOR if floor else PEER
            # Tiny work says nothing about a bar.
            bar = "" if smoke else asked
            row = Row(work=work, kind=kind, asked=bar, theirs=seconds, ours=timed)
            request.config.stash[ROWS].append(row)
        if smoke and agree is not None:
            agree(peer[0], own[0])
        return peer[0], own[0]

    return run


@pytest.fixture
def alone(request: pytest.FixtureRequest, benchmark: Any, smoke: bool) -> Callable[..., Any]:
    """Time what nobody else does, after a round that is not timed, and return what it gave at last.

    `parts` is asked after the last round where its seconds went.
    """

    def run(
        work: str,
        ours: Callable[[], Any],
        rounds: int,
        *,
        parts: Callable[[], dict[str, float]] = dict,
    ) -> Any:
        checked_rounds(rounds)
        result = benchmark.pedantic(
            ours, setup=settle, rounds=1 if smoke else rounds, warmup_rounds=0 if smoke else 1
        )
        if not benchmark.disabled:
            timed = list(benchmark.stats.stats.data)
            spent = parts()
            if spent:
                spent["the rest"] = timed[-1] - sum(spent.values())
            request.config.stash[ROWS].append(Row(work=work, kind=WORK, ours=timed, parts=spent))
        return result

    return run


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    rows, smoke = config.stash[ROWS], config.getoption("--smoke")
    if not rows:
        return
    terminalreporter.section("paasche beside its peers")
    for line in table(rows, smoke=smoke):
        terminalreporter.line(line)
    # A smoke run leaves the figures of the last run alone.
    path = config.getoption("--figures") or (None if smoke else LAST_RUN)
    if path is not None:
        write(rows, path, smoke=smoke)
        terminalreporter.line(f"\nwritten to {path}")
