"""How time and memory grow: `python -m benches.growth` prints a table and a fit.

Each point calculates W1 in a process of its own, so that its peak is nobody else's. A
constituent-session is one constituent of one index on one session. Peaks are read from /proc, so it
runs on Linux.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from benches.backcalculation_arrays import arrays, levels
from benches.workloads.backcalculation import Backcalculation, backcalculation

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SESSIONS_OF_A_YEAR = 250
REVIEWS_OF_A_YEAR = 1
ROUNDS = 3
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
LEAST_PEAK = 1.0
FITTED = 3  # the start, a constituent-session, a price
ENGINES = ("ours", "numba")


class Point(NamedTuple):
    """The size of one workload."""

    indices: int
    years: int
    securities: int


BASE = Point(indices=100, years=10, securities=3000)
SERIES = {
    "indices": (1, 10, 100, 1_000, 10_000),
    "years": (1, 3, 10, 30),
    "securities": (500, 1_000, 3_000, 10_000, 20_000),
}
TINY = Point(indices=4, years=1, securities=100)
TINY_SERIES = {"indices": (1, 4), "years": (1, 2), "securities": (100, 200)}


class Figure(NamedTuple):
    """What a point costs: `work` in constituent-sessions, the peak above the data in megabytes."""

    point: Point
    work: int
    prices: int
    seconds: float
    peak: float


def drawn(point: Point) -> Backcalculation:
    """Return the workload of a point."""
    sessions = point.years * SESSIONS_OF_A_YEAR
    return backcalculation(
        point.indices, sessions, point.securities, max(point.years * REVIEWS_OF_A_YEAR, 1)
    )


def constituent_sessions(work: Backcalculation) -> int:
    """Return how many prices the values of all indices are made of."""
    ends = np.append(work.reviews[1:], len(work.days))
    sizes = np.diff(work.memberships.starts).reshape(work.indices, len(work.reviews))
    return int((sizes * (ends - work.reviews)).sum())


def job(engine: str, work: Backcalculation) -> Callable[[], object]:
    """Return what is timed."""
    if engine == "numba":
        peer = import_module("benches.peers.backcalculation_numba").levels
        return partial(peer, work, unrolled=True)
    return partial(levels, arrays(work))


def measured(engine: str, point: Point) -> Figure:
    """Calculate one point in this process: the best of a few rounds, after one that warms up."""
    job(engine, drawn(TINY))()  # what is compiled or loaded once is no growth
    work = drawn(point)
    calculate = job(engine, work)
    CLEAR.write_text("5", encoding="ascii")  # the largest size so far begins anew
    before = resident("VmRSS")
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        calculate()
        seconds.append(time.perf_counter() - began)
    peak = resident("VmHWM") - before
    return Figure(point, constituent_sessions(work), work.prices.size, min(seconds), peak)


def apart(engine: str, point: Point) -> Figure:
    """Calculate one point in a process of its own."""
    asked = [sys.executable, "-m", "benches.growth", "--of", engine, "--point", *map(str, point)]
    answer = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    work, prices, seconds, peak = answer
    return Figure(point, int(work), int(prices), float(seconds), float(peak))


def series(base: Point, lengths: dict[str, tuple[int, ...]]) -> dict[str, list[Point]]:
    """Return the points at which one size grows and the others are those of the base."""
    return {
        name: [base._replace(**{name: size}) for size in sizes] for name, sizes in lengths.items()
    }


def fit(figures: list[Figure], measured: list[float]) -> tuple[NDArray[np.float64], float]:
    """Return what each constituent-session, each price and the start cost, and R² in logarithms.

    Least squares of relative errors: the sizes span powers of ten, and an absolute fit would see
    the largest alone.
    """
    rows = np.array([(one.work, one.prices, 1.0) for one in figures])
    value = np.array(measured)
    scale = rows.max(axis=0)
    found, *_ = np.linalg.lstsq(rows / scale / value[:, None], np.ones(len(value)), rcond=None)
    costs = found / scale
    off = np.log(np.maximum(rows @ costs, np.finfo(float).tiny)) - np.log(value)
    spread = np.log(value) - np.log(value).mean()
    return costs, float(1.0 - (off**2).sum() / (spread**2).sum())


def report(found: dict[str, list[Figure]]) -> list[str]:
    """Return a table for each size that grows, and one fit over all, as Markdown."""
    lines: list[str] = []
    for name, figures in found.items():
        lines += [
            f"| {name} | constituent-sessions | prices | time | ns each | peak above the data |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {getattr(one.point, name):,} | {one.work:,} | {one.prices:,} "
            f"| {one.seconds * 1e3:,.1f} ms | {one.seconds / one.work * 1e9:.2f} "
            f"| {one.peak:,.0f} MB |"
            for one in figures
        ]
        lines.append("")
    every = [one for figures in found.values() for one in figures]
    (work, price, start), square = fit(every, [one.seconds for one in every])
    lines.append(
        f"Time: {start * 1e3:.1f} ms + {work * 1e9:.2f} ns a constituent-session "
        f"+ {price * 1e9:.2f} ns a price, R² = {square:.4f}"
    )
    large = [one for one in every if one.peak >= LEAST_PEAK]
    if len(large) <= FITTED:
        return [*lines, f"Peak: below {LEAST_PEAK} MB nearly everywhere"]
    (work, price, start), square = fit(large, [one.peak for one in large])
    lines.append(
        f"Peak: {start:.1f} MB + {work * 2**20:.2f} bytes a constituent-session "
        f"+ {price * 2**20:.2f} bytes a price, R² = {square:.4f}"
    )
    return lines


def resident(size: str) -> float:
    """Return ``VmRSS``, what is resident now, or ``VmHWM``, the most so far, in megabytes."""
    lines = STATUS.read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if line.startswith(f"{size}:"))
    return int(line.split()[1]) / 1024


def main(given: list[str] | None = None) -> None:
    """Measure every point and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benches.growth", description=__doc__)
    parser.add_argument("--of", choices=ENGINES, default="ours", help="who calculates")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes")
    parser.add_argument("--only", choices=SERIES, help="one size alone")
    parser.add_argument("--point", nargs=3, type=int, metavar=tuple(map(str.upper, Point._fields)))
    asked = parser.parse_args(given)
    if asked.point:
        figure = measured(asked.of, Point(*asked.point))
        print(*figure[1:])
        return
    base, lengths = (TINY, TINY_SERIES) if asked.smoke else (BASE, SERIES)
    points = series(base, lengths)
    chosen = [asked.only] if asked.only else list(points)
    found = {name: [apart(asked.of, point) for point in points[name]] for name in chosen}
    print("\n".join(report(found)))


if __name__ == "__main__":
    main()
