"""Levels as a plot."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import paasche as px


@pytest.fixture(autouse=True, name="pyplot")
def _pyplot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    yield plt
    plt.close("all")


def test_every_variant_of_the_index_currency_is_a_line(result):
    axes = result.plot()
    lines = axes.get_lines()
    assert [line.get_label() for line in lines] == ["price", "total return", "net total return"]
    assert len({line.get_linestyle() for line in lines}) == 3
    price = result.levels.filter(variant="price", currency="CNY").sort("date")
    assert np.array_equal(lines[0].get_ydata(), price["level_unrounded"].to_numpy())
    assert axes.get_ylabel() == "index points, CNY"


def test_a_variant_and_a_currency_are_chosen_and_drawn_where_asked(result, pyplot):
    axes = pyplot.subplots()[1]
    assert result.plot(variants="total_return", currency="HKD", ax=axes) is axes
    (line,) = axes.get_lines()
    hkd = result.levels.filter(variant="total_return", currency="HKD").sort("date")
    assert line.get_ydata()[-1] == hkd["level_unrounded"][-1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variants": ["price", "net"]}, "variants = net: must be among price, total_return, "),
        ({"variants": []}, r"variants = \(\): must be among"),
        ({"currency": "USD"}, "currency = USD: must be among CNY, HKD"),
    ],
)
def test_what_the_run_does_not_have_is_refused_by_name(result, options, message):
    with pytest.raises(px.InputError, match=message):
        result.plot(**options)


def test_without_matplotlib_the_message_says_how_to_install_it(result, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        px.PaascheError, match=r"plots need matplotlib: pip install 'paasche\[report\]'"
    ):
        result.plot()
