"""Line charts as geometry: scales, ticks, points and label positions in pixels.

The template writes them as SVG. Nothing here knows languages, colors or HTML.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["NARROW", "WIDE", "Chart", "Curve", "Line", "Size", "Tick", "draw", "shallow", "thinned"]

_LABEL_GAP = 30.0
"""Pixels between the middles of two labels at the ends of lines."""

_DATE_ROOM = 84
"""Pixels of a date beside the plot."""

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
_MANY_MONTHS = 24
_FEW_MONTHS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A drawing and its margins in pixels, and how many ticks there is room for."""

    name: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    x_ticks: int
    y_ticks: int

    @property
    def plot_right(self) -> int:
        """Right edge of the plot."""
        return self.width - self.right

    @property
    def plot_bottom(self) -> int:
        """Lower edge of the plot."""
        return self.height - self.bottom


WIDE = Size(
    name="wide", width=720, height=270, left=48, right=124, top=12, bottom=26, x_ticks=11, y_ticks=5
)
NARROW = Size(
    name="narrow", width=350, height=230, left=40, right=66, top=12, bottom=26, x_ticks=5, y_ticks=5
)
"""For screens and paper, and for telephones: letters stay as large as the text around them."""


def shallow(size: Size, height: int) -> Size:
    """Return a size of another height, with room for a date on the right."""
    return replace(size, height=height, right=max(size.right, _DATE_ROOM), y_ticks=4)


class Curve(NamedTuple):
    """What to draw: a name, days and values."""

    name: str
    dates: NDArray[np.datetime64]
    values: NDArray[np.float64]


class Tick(NamedTuple):
    """A place on an axis and what stands there."""

    at: float
    text: str


class Line(NamedTuple):
    """A drawn curve: its points as SVG has them, its end, its lowest point, its label's middle."""

    name: str
    points: str
    end: tuple[float, float]
    lowest: tuple[float, float]
    label: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing in pixels, y downwards."""

    size: Size
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]


def draw(
    curves: Sequence[Curve],
    size: Size,
    text: Callable[[float, float], str],
    *,
    highest: float | None = None,
) -> Chart:
    """Lay out curves over the same axes.

    Parameters
    ----------
    curves : sequence of Curve
        At least one, each with at least one day.
    size : Size
    text : callable
        What a tick of the y axis says, from its value and the step between ticks.
    highest : float, optional
        Upper end of the y axis; None: a round number above all values.
    """
    start = min(curve.dates[0] for curve in curves)
    end = max(curve.dates[-1] for curve in curves)
    low = min(float(curve.values.min()) for curve in curves)
    high = max(float(curve.values.max()) for curve in curves) if highest is None else highest
    levels = _round_numbers(low, high, size.y_ticks)
    step = levels[1] - levels[0]

    def across(days: NDArray[np.datetime64]) -> NDArray[np.float64]:
        whole = (end - start).astype(np.int64)
        share = (days - start).astype(np.int64) / whole if whole else np.full(len(days), 0.5)
        found: NDArray[np.float64] = size.left + share * (size.plot_right - size.left)
        return found

    def down(values: NDArray[np.float64]) -> NDArray[np.float64]:
        share = (values - levels[0]) / (levels[-1] - levels[0])
        return size.plot_bottom - share * (size.plot_bottom - size.top)

    placed = [(across(curve.dates), down(curve.values)) for curve in curves]
    labels = _apart([float(y[-1]) for _, y in placed], size.top + 10, size.plot_bottom - 10)
    return Chart(
        size=size,
        lines=[
            Line(
                name=curve.name,
                points=_points(x, y, size.plot_right - size.left),
                end=(float(x[-1]), float(y[-1])),
                lowest=(float(x[np.argmax(y)]), float(y.max())),
                label=label,
            )
            for curve, (x, y), label in zip(curves, placed, labels, strict=True)
        ],
        x_ticks=[
            Tick(float(across(np.array([day], "datetime64[D]"))[0]), said)
            for day, said in _days(start.item(), end.item(), size.x_ticks)
        ],
        y_ticks=[
            Tick(float(y), text(level, step))
            for level, y in zip(levels, down(np.array(levels)), strict=True)
        ],
    )


def thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the points that draw the same picture: of each pixel column first, last, low and high.

    Parameters
    ----------
    x, y : float64 arrays of shape (n,)
        Pixels; x ascending.

    Returns
    -------
    int64 array
        Positions, ascending.

    Examples
    --------
    >>> thinned(np.array([0.0, 0.1, 0.2, 0.3, 0.4]), np.array([3.0, 9.0, 5.0, 1.0, 4.0])).tolist()
    [0, 1, 3, 4]
    """
    columns = pl.DataFrame({"column": np.floor(x), "y": y}).with_row_index("at")
    kept = (
        columns.group_by("column", maintain_order=True)
        .agg(
            first=pl.col("at").first(),
            last=pl.col("at").last(),
            low=pl.col("at").get(pl.col("y").arg_min()),
            high=pl.col("at").get(pl.col("y").arg_max()),
        )
        .select("first", "last", "low", "high")
        .to_numpy()
    )
    return np.unique(kept).astype(np.int64)


def _points(x: NDArray[np.float64], y: NDArray[np.float64], columns: int) -> str:
    if len(x) > columns:
        kept = thinned(x, y)
        x, y = x[kept], y[kept]
    return " ".join(f"{one:.1f},{other:.1f}" for one, other in zip(x, y, strict=True))


def _round_numbers(low: float, high: float, count: int) -> list[float]:
    """Return about ``count`` round numbers, evenly spaced, that enclose all values."""
    if high == low:
        room = abs(high) / 10 or 1.0
        low, high = low - room, high + room
    rough = (high - low) / count
    unit = 10.0 ** math.floor(math.log10(rough))
    step = unit * next(one for one in _STEPS if one * unit >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [at * step for at in range(first, last + 1)]


def _days(start: date, end: date, count: int) -> list[tuple[date, str]]:
    """Return the days of the x axis: beginnings of years or months, else first and last day."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months < _FEW_MONTHS:
        return [(day, day.isoformat()) for day in dict.fromkeys((start, end))]
    step = next((one for one in _MONTH_STEPS if months / one < count), _MONTH_STEPS[-1])
    if months > _MANY_MONTHS:
        step = max(step, 12)
    found = []
    for month in range(start.year * 12 + start.month - 1, end.year * 12 + end.month):
        day = date(month // 12, month % 12 + 1, 1)
        if month % step == 0 and start <= day <= end:
            found.append((day, str(day.year) if step >= 12 else f"{day:%Y-%m}"))  # noqa: PLR2004
    return found


def _apart(wanted: Sequence[float], top: float, bottom: float) -> list[float]:
    """Move the middles of labels apart, as little as it takes, within the plot."""
    gap = min(_LABEL_GAP, (bottom - top) / max(len(wanted) - 1, 1))
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    placed = [min(max(wanted[at], top), bottom) for at in order]
    for at in range(1, len(placed)):
        placed[at] = max(placed[at], placed[at - 1] + gap)
    overrun = max(placed[-1] - bottom, 0.0)
    placed[-1] -= overrun
    for at in range(len(placed) - 2, -1, -1):
        placed[at] = min(placed[at], placed[at + 1] - gap)
    return [placed[order.index(at)] for at in range(len(placed))]
