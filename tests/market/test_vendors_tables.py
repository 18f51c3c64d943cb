"""The vendors' tables are data: complete, sourced, and about columns that the market has."""

from __future__ import annotations

import inspect
import re

import pytest

from market import vendor_frames
from paasche import market
from paasche.market.columns import Kind, Need
from paasche.market.vendors.describe import TARGETS, read_table, units, vendor

VENDORS = ["tushare", "akshare", "baostock", "wind", "csmar"]
ENDPOINTS = [(name, endpoint, what) for name in VENDORS for endpoint, what in vendor(name).items()]
ROWS = [(f"{name}.{endpoint}", rows) for name, endpoint, what in ENDPOINTS for rows in what.rows]


@pytest.mark.parametrize(("name", "endpoint", "what"), ENDPOINTS)
def test_every_endpoint_says_where_its_columns_are_described(name, endpoint, what):
    assert len(what.source) > 10
    assert set(read_table(name)[endpoint]) <= {"source", "rows", "keyed", "only"}


@pytest.mark.parametrize(("place", "rows"), ROWS)
def test_rows_fill_every_column_that_the_market_needs(place, rows):
    filled = {cell.target for cell in rows.cells}
    table = TARGETS[rows.table]
    assert filled <= set(table.schema), place
    if rows.table != "market_values":
        needed = {column.name for column in table.columns if column.need is Need.ALWAYS}
        assert needed <= filled, place
    assert {*rows.needs, *rows.positive, *rows.changes} <= filled


@pytest.mark.parametrize(("place", "rows"), ROWS)
def test_every_figure_states_its_unit_and_no_word_does(place, rows):
    for cell in rows.cells:
        figure = cell.kind in {Kind.NUMBER, Kind.COUNT}
        assert (cell.unit is not None) == figure, (place, cell.target)
        assert bool(cell.reads) != bool(cell.value), (place, cell.target)


@pytest.mark.parametrize(
    ("word", "name", "power"),
    [
        ("手", "lot", 2),
        ("万股", "ten_thousand_shares", 4),
        ("千元", "thousand_yuan", 3),
        ("万元", "ten_thousand_yuan", 4),
        ("每10股", "per_10_shares", -1),
        ("%", "percent", -2),
    ],
)
def test_units_have_their_names_in_both_languages(word, name, power):
    assert units()[word] is units()[name]
    assert units()[name].power == power


@pytest.mark.parametrize("name", VENDORS)
def test_the_docstring_names_every_endpoint(name):
    text = inspect.getdoc(getattr(market, f"from_{name}"))
    parameters = text.split("**endpoints")[1].split("Returns")[0]
    assert set(re.findall(r"``([a-z_0-9]+)``", parameters)) == set(vendor(name))


@pytest.mark.parametrize(("name", "endpoint", "what"), ENDPOINTS)
def test_the_fixtures_have_the_columns_that_are_read(name, endpoint, what):
    given = getattr(vendor_frames, name.upper())[endpoint]
    keyed = isinstance(next(iter(given.values())), dict)
    for frame in given.values() if keyed else [given]:
        required = {column for rows in what.rows for column in rows.required}
        assert required - {what.keyed} <= set(frame)
