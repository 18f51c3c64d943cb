"""Rule tables: the numbers of the rulebooks as data."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from paasche.methodology.tables import (
    band_tables,
    review_rules,
    share_rules,
    withholding_tables,
)


@pytest.mark.rule("R47")
def test_the_ces_bands_raise_ratios_up_to_15_percent_to_the_next_whole_percent():
    table = band_tables()["ces-2023"]
    assert (table.first, table.first_upper) == ("ceil", 15)
    assert table.uppers == (20, 30, 40, 50, 60, 70, 80, 100)
    assert table.percents == (20, 30, 40, 50, 60, 70, 80, 100)
    assert table.valid_from == date(2023, 8, 1)


@pytest.mark.rule("R47")
def test_the_older_csi_bands_take_ratios_up_to_10_percent_as_they_are():
    table = band_tables()["csi-2010"]
    assert (table.first, table.first_upper) == ("exact", 10)
    assert table.uppers == (20, 30, 40, 50, 60, 70, 80, 100)
    assert table.percents == table.uppers


@pytest.mark.parametrize("table", band_tables().values(), ids=band_tables())
def test_every_band_table_ascends_to_100_percent(table):
    assert table.first in {"ceil", "exact"}
    assert all(a < b for a, b in pairwise((table.first_upper, *table.uppers)))
    assert all(a < b for a, b in pairwise(table.percents))
    assert len(table.uppers) == len(table.percents)
    assert table.uppers[-1] == table.percents[-1] == 100
    assert table.source


@pytest.mark.rule("R53", "R57", "R33", "R46", "R14")
def test_the_share_rules_keep_their_decimals_exact():
    rules = share_rules()["ces-2023"]
    assert rules.change_threshold.as_integer_ratio() == (1, 20)
    assert rules.holder_threshold.as_integer_ratio() == (1, 20)
    assert rules.change_lag_sessions == 2
    assert rules.deletion_price == Decimal("0.00001")
    assert rules.given_weight_tolerance == Decimal("0.005")


def test_the_numbers_of_reviews_are_those_of_the_rules():
    rules = review_rules()["ces-2023"]
    assert rules.first_counted_session == 4
    assert (rules.suspension_limit_sessions, rules.near_limit_sessions) == (25, 20)
    assert (rules.resumption_months, rules.warning_lifted_months) == (3, 3)
    assert (rules.fast_entry_sessions, rules.merger_rank) == (20, 10)
    assert rules.monthly_announcement_lead == 2
    assert rules.refill_share == Decimal("0.5")
    assert rules.public_float == Decimal("0.25")


@pytest.mark.rule("R21")
def test_reports_are_due_in_august_and_in_april_of_the_year_after():
    assert review_rules()["ces-2023"].report_deadlines == (
        {"period": "06-30", "month": 8, "day": 31, "years": 0},
        {"period": "12-31", "month": 4, "day": 30, "years": 1},
    )


@pytest.mark.rule("R58")
@pytest.mark.parametrize("tables", [band_tables, review_rules, share_rules, withholding_tables])
def test_every_table_states_its_name_its_day_and_its_source(tables):
    for name, table in tables().items():
        assert table.name == name
        assert isinstance(table.valid_from, date)
        assert table.source


def test_every_withholding_rate_of_the_bundled_tables_carries_its_reason():
    for table in withholding_tables().values():
        assert all(entry.assumed for entry in table.entries)
        assert table.valid_from <= max(entry.valid_from for entry in table.entries)


def test_tables_cannot_be_changed():
    with pytest.raises(TypeError):
        band_tables()["mine"] = None
    with pytest.raises(AttributeError):
        band_tables()["ces-2023"].first = "exact"


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("paasche.methodology.tables", ("pydantic", "polars", "numpy.testing")),
        ("paasche.methodology.methodology", ("polars", "paasche.market", "paasche._core")),
        ("paasche.methodology.withholding", ("paasche.market", "paasche._core", "pydantic")),
        (
            "paasche.review.dates.schedule",
            ("paasche.market", "paasche._core", "pydantic", "polars"),
        ),
    ],
)
def test_a_module_loads_without(module, absent):
    # The package's own __init__ is not under test: a bare package in its place imports nothing.
    code = f"""
import importlib.util, sys, types
package = types.ModuleType("paasche")
package.__path__ = list(importlib.util.find_spec("paasche").submodule_search_locations)
for name in [name for name in sys.modules if name.split(".")[0] in {{"paasche", "numpy"}}]:
    del sys.modules[name]
sys.modules["paasche"] = package
import {module}
loaded = [name for name in {absent!r} if name in sys.modules]
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", code], check=True)
