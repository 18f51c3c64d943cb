"""The table of growth: what is counted, the fit, and one tiny table; untimed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benches.growth import Figure, Point, constituent_sessions, fit, main, series
from benches.workloads.backcalculation import backcalculation

POINT = Point(indices=1, years=1, securities=100)


def test_every_constituent_of_every_session_counts_once():
    work = backcalculation(indices=3, sessions=10, securities=20, reviews=2, actions=20)
    held = [
        work.basket(index, review) for index in range(3) for review in (0, 1)
    ]  # each review holds for five sessions
    assert constituent_sessions(work) == 5 * sum(one.stop - one.start for one in held)


def test_the_fit_finds_what_each_part_costs():
    sizes = [(1_000, 50), (20_000, 50), (300_000, 700), (4_000_000, 700), (4_000, 9_000)]
    figures = [Figure(POINT, work, prices, 0.0, 0.0) for work, prices in sizes]
    costs, square = fit(figures, [3.0 + 2e-3 * work + 5e-2 * prices for work, prices in sizes])
    np.testing.assert_allclose(costs, [2e-3, 5e-2, 3.0], rtol=1e-9)
    assert square == pytest.approx(1.0)


def test_growth_that_is_not_linear_shows_in_the_fit():
    sizes = [10, 100, 1_000, 10_000, 100_000]
    figures = [Figure(POINT, work, 1, 0.0, 0.0) for work in sizes]
    _, square = fit(figures, [float(work) ** 2 for work in sizes])
    assert square < 0.9


def test_one_size_grows_at_a_time():
    found = series(POINT, {"years": (1, 3)})
    assert found == {"years": [POINT, Point(indices=1, years=3, securities=100)]}


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks are read from /proc")
def test_a_tiny_table_is_printed(capfd):
    main(["--smoke", "--only", "indices"])
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("| indices | constituent-sessions |")
    assert [line.split()[1] for line in lines[2:4]] == ["1", "4"]
    assert any(line.startswith("Time: ") for line in lines)
