"""What every benchmark needs: a release build, the market of the case, and a table at the end."""

from __future__ import annotations

import gc
import os
import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

import paasche

if TYPE_CHECKING:
    from collections.abc import Callable

DUELS = pytest.StashKey[list["Duel"]]()


@dataclass(kw_only=True)
class Duel:
    """Two sides of one piece of work, timed in turn; seconds.

    The ratio says how many times faster ours is than a peer, or how many times slower than a floor.
    """

    work: str
    asked: str
    floor: bool = False
    theirs: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)

    def row(self) -> str:
        """Return minima, medians, and their ratios as one line of the table."""
        low, middle = (min(self.theirs), min(self.ours)), (median(self.theirs), median(self.ours))
        ratios = [ours / theirs if self.floor else theirs / ours for theirs, ours in (low, middle)]
        return (
            f"{self.work:<44}{low[0]:8.3f} s{low[1] * 1e3:9.1f} ms{ratios[0]:8.2f} x"
            f"{middle[0]:10.3f} s{middle[1] * 1e3:9.1f} ms{ratios[1]:8.2f} x"
            f"  {self.asked}"
        )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[DUELS] = []


@pytest.fixture(scope="session", autouse=True)
def release_build() -> None:
    """Refuse to time a debug build."""
    if paasche.__build_profile__ != "release":
        pytest.exit(
            f"build profile = {paasche.__build_profile__}: benchmarks need a release build", 4
        )


def settle() -> None:
    """Take what lives now out of the collector's sight: a side pays for its own garbage only."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@pytest.fixture
def duel(request: pytest.FixtureRequest, benchmark: Any) -> Callable[..., tuple[Any, Any]]:
    """Time two sides in turn, one warm-up round first, and return what both gave at last."""

    def run(
        work: str,
        asked: str,
        theirs: Callable[[], Any],
        ours: Callable[[], Any],
        rounds: int,
        *,
        floor: bool = False,
    ) -> tuple[Any, Any]:
        if benchmark.disabled:
            return theirs(), benchmark(ours)
        entry = Duel(work=work, asked=asked, floor=floor)
        peer: list[Any] = []

        def peer_first() -> None:
            peer.clear()
            settle()
            began = time.perf_counter()
            peer.append(theirs())
            entry.theirs.append(time.perf_counter() - began)
            settle()

        result = benchmark.pedantic(ours, setup=peer_first, rounds=rounds, warmup_rounds=1)
        del entry.theirs[0]  # the warm-up round
        entry.ours = list(benchmark.stats.stats.data)
        benchmark.extra_info["peer_seconds"] = entry.theirs
        request.config.stash[DUELS].append(entry)
        return peer[0], result

    return run


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    duels = config.stash[DUELS]
    if not duels:
        return
    loads = " ".join(f"{load:.1f}" for load in os.getloadavg())
    terminalreporter.section("paasche beside its peers")
    terminalreporter.line(f"{os.cpu_count()} cores, load over 1, 5 and 15 minutes: {loads}")
    terminalreporter.line(
        f"{'':<44}{'theirs min':>10}{'ours min':>12}{'ratio':>10}"
        f"{'median':>12}{'median':>12}{'ratio':>10}  asked"
    )
    for entry in duels:
        terminalreporter.line(entry.row())
