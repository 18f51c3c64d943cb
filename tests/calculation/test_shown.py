"""A result as terminals and notebooks show it."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import polars as pl
import pytest
from rich.console import Console

import paasche as px
from paasche.calculation.shown import Shown, closing_weights, shortened


@pytest.fixture(scope="module", name="market")
def _market():
    return px.Market.from_frames(px.sample_market(securities=120, end="2015-12-31"))


@pytest.fixture(scope="module", name="calculate")
def _calculate(market):
    def calculate(**options):
        with pytest.warns(px.errors.AssumptionWarning):
            return px.calculate(px.Methodology.load("sample-cross-border"), market, **options)

    return calculate


@pytest.fixture(scope="module", name="result")
def _result(calculate):
    return calculate()


def printed(shown):
    console = Console(width=120, color_system=None, file=None, record=True)
    with console.capture() as capture:
        console.print(shown)
    return capture.get()


class Cells(HTMLParser):
    """The texts of a page of HTML, and its tags."""

    def __init__(self, text):
        super().__init__()
        self.texts, self.tags = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):  # noqa: ARG002  (the parser calls it so)
        self.tags.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


def test_a_result_says_in_one_line_where_it_ends(result):
    price = result.levels.filter(variant="price", currency="CNY").sort("date")
    assert repr(result) == (
        f"<Result SAMPLE100: {price['level'][-1]:.4f} on 2015-12-31, {len(price)} sessions from "
        "2015-01-05, price, total_return, net_total_return in CNY, HKD>"
    )


def test_a_result_without_a_session_says_so(calculate):
    empty = calculate(start="2015-12-26", end="2015-12-27")
    assert repr(empty) == "<Result SAMPLE100: no session>"
    assert "variant" in printed(empty)


def test_terminal_and_notebook_show_the_same_cells(result):
    terminal, notebook = printed(result), Cells(result._repr_html_())
    for text in notebook.texts:
        for word in text.split():
            assert word in terminal
    assert notebook.tags.count("table") == 3
    for level in result.levels.filter(pl.col("date") == result.state.date)["level"]:
        assert f"{level:.4f}" in notebook.texts
    largest = closing_weights(result).row(0, named=True)
    assert {largest["security"], largest["name"], f"{largest['weight']:.2%}"} <= set(notebook.texts)


def test_names_are_text_in_both(result):
    name = "[red]A & <b>B</b>[/red]"
    odd = replace(result, securities=result.securities.with_columns(name=pl.lit(name)))
    assert name in printed(odd)
    notebook = Cells(odd._repr_html_())
    assert "b" not in notebook.tags
    assert "[red]A & <b>B</b>[/red]" in notebook.texts


def test_a_result_that_was_read_looks_like_the_fresh_one(result, tmp_path):
    again = px.Result.read(result.write(tmp_path / "run"))
    assert (repr(again), again._repr_html_()) == (repr(result), result._repr_html_())


def test_numbers_stand_under_each_other():
    table = Shown(title="T", headings=("a", "b>"), rows=(("x", "1"), ("y", "100")))
    lines = [line.rstrip() for line in printed(table).splitlines()]
    assert [line.index("1") + len(line) - line.index("1") for line in lines if "1" in line] == [
        len(line) for line in lines if "100" in line
    ] * 2
    assert table._repr_html_().count("text-align:right") == 3


def test_closing_weights_add_up_to_the_last_value(result):
    weights = closing_weights(result)
    assert weights["weight"].sum() == pytest.approx(1.0, rel=1e-12)
    assert weights["weight"].is_sorted(descending=True)
    held = {row["security"]: row["units"] for row in result.state.members}
    value = result.levels.drop_nulls("value")["value"][-1]
    fx = {currency: rate for currency, (rate, _) in result.state.rates.items()}
    for row in weights.to_dicts():
        term = row["close"] * fx[row["currency"]] * held[row["security"]]
        assert row["weight"] == pytest.approx(term / value, rel=1e-12)


def test_a_long_list_of_names_is_cut():
    detail = "left A, B, C, D, E; joined F"
    assert shortened(detail) == "left A, B, C and 2 more; joined F"
