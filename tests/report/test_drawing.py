"""Charts as geometry: what thinning keeps, where ticks and labels stand."""

from __future__ import annotations

import numpy as np
import pytest

from paasche.report.drawing import NARROW, WIDE, Curve, draw, thinned
from paasche.report.formats import tick


def curve(count, seed=3, start="2004-12-31", name="price"):
    steps = np.random.default_rng(seed).normal(0, 0.02, count)
    days = np.datetime64(start) + np.arange(count)
    return Curve(name, days, 1000 * np.exp(np.cumsum(steps)))


def points(line):
    return np.array([pair.split(",") for pair in line.points.split()], float)


def test_a_thinned_line_has_first_last_lowest_and_highest_of_every_pixel_column():
    x = np.linspace(48, 596, 8000)
    y = curve(8000).values
    kept = thinned(x, y)
    column = np.floor(x)
    for one in np.unique(column):
        every, left = y[column == one], y[kept][column[kept] == one]
        assert (left.min(), left.max()) == (every.min(), every.max())
        assert (left[0], left[-1]) == (every[0], every[-1])
        assert len(left) <= 4


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=lambda size: size.name)
def test_a_long_line_keeps_its_extremes_and_loses_most_points(size):
    one = curve(8000)
    (line,) = draw([one], size, tick).lines
    assert len(points(line)) <= 4 * (size.plot_right - size.left + 1)
    y = points(line)[:, 1]
    assert line.lowest[1] == pytest.approx(y.max(), abs=0.05)


def test_thinning_keeps_the_first_and_the_last_point():
    x = np.linspace(0, 10, 1000)
    kept = thinned(x, np.sin(x))
    assert (kept[0], kept[-1]) == (0, 999)
    assert np.all(np.diff(kept) > 0)


def test_a_short_line_is_drawn_whole():
    (line,) = draw([curve(200)], WIDE, tick).lines
    assert len(points(line)) == 200


def test_ticks_enclose_the_values_in_even_steps():
    chart = draw([curve(500)], WIDE, tick)
    said = [float(one.text.replace(",", "")) for one in chart.y_ticks]
    assert len(set(np.round(np.diff(said), 9))) == 1
    (line,) = chart.lines
    ys = points(line)[:, 1]
    assert chart.y_ticks[-1].at - 0.1 <= ys.min()
    assert ys.max() <= chart.y_ticks[0].at + 0.1


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (3000, ["2006", "2007", "2008", "2009", "2010", "2011", "2012", "2013"]),
        (400, ["2005-01", "2005-03", "2005-05", "2005-07", "2005-09", "2005-11", "2006-01"]),
        (20, ["2004-12-31", "2005-01-19"]),
        (1, ["2004-12-31"]),
    ],
)
def test_the_time_axis_has_years_months_or_days(days, said):
    found = [one.text for one in draw([curve(days)], WIDE, tick).x_ticks]
    assert set(said) <= set(found)
    assert len(found) <= WIDE.x_ticks + 1


def test_labels_keep_apart_and_inside():
    day = np.array(["2024-01-02"], "datetime64[D]")
    flat = [Curve(name, day, np.array([1000.0])) for name in ("a", "b", "c")]
    chart = draw(flat, NARROW, tick)
    labels = sorted(line.label for line in chart.lines)
    assert np.diff(labels).min() >= 29.9
    assert NARROW.top <= labels[0]
    assert labels[-1] <= NARROW.plot_bottom


def test_a_level_that_never_moves_is_drawn():
    day = np.array(["2024-01-02", "2024-01-03"], "datetime64[D]")
    (line,) = draw([Curve("price", day, np.array([1000.0, 1000.0]))], WIDE, tick).lines
    assert np.isfinite(points(line)).all()
