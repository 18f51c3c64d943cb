"""A run whose constituents reviews decide goes on as one run would."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

import paasche as px
from paasche.calculation.desk.advance import advance
from paasche.calculation.stored.tables import TABLES

# The review of June 2017 is effective on the 12th.
BEFORE, AFTER = "2017-06-07", "2017-06-15"

pytestmark = pytest.mark.filterwarnings("ignore::paasche.errors.AssumptionWarning")


@pytest.fixture(scope="module")
def rules():
    return px.Methodology.load("ah-cross-border")


@pytest.fixture(scope="module")
def tables():
    return px.sample_market(securities=300, end="2017-06-30")


@pytest.fixture
def run(rules, tables, tmp_path):
    market = px.Market.from_frames(tables)
    return px.calculate(rules, market, end=BEFORE).write(tmp_path / "run")


@pytest.mark.rule("R2")
def test_over_a_review_it_has_the_tables_of_one_run(rules, tables, run):
    market = px.Market.from_frames(tables)
    advanced = advance(run, market, AFTER)
    whole = px.calculate(rules, market, end=AFTER)
    assert all(getattr(advanced, name).equals(getattr(whole, name)) for name in TABLES)
    assert px.Result.read(run).levels.equals(whole.levels)
    assert date(2017, 6, 12) in advanced.events.filter(event="joined")["session"]


def test_closes_that_have_not_arrived_are_told_by_their_exchange(tables, run):
    day = pl.lit(AFTER).str.to_date()
    late = (pl.col("date") == day) & pl.col("security").str.ends_with(".HK")
    prices = tables["prices"].filter(~late)
    with pytest.raises(px.MissingDataError) as caught:
        advance(run, px.Market.from_frames({**tables, "prices": prices}), AFTER)
    assert f"prices of {AFTER}: must be there, as XHKG was open" in str(caught.value)
