"""Reviews of the sample market against what its history turned out to be."""

from __future__ import annotations

import warnings
from datetime import date, timedelta

import polars as pl
import pytest

import paasche as px
from paasche.calculation.shown import closing_weights
from paasche.calculation.trade.schema import FILES
from paasche.errors import AssumptionWarning
from review.histories import DATED, ENDING

RULES = px.Methodology.load("ah-cross-border")
LAST = date(2018, 12, 31)
DAYS = [
    date(2016, 5, 20),  # a proposal
    date(2016, 12, 9),  # the eve of a review
    date(2017, 1, 12),  # a monthly removal is announced
    date(2017, 4, 4),  # a holiday before a delisting
    date(2018, 6, 4),  # a review is announced
    date(2018, 9, 2),  # a Sunday
]


@pytest.fixture(scope="module", name="tables")
def _tables():
    return px.sample_market(end=LAST.isoformat())


@pytest.fixture(scope="module", name="market")
def _market(tables):
    return px.Market.from_frames(tables)


def quietly(function, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AssumptionWarning)
        return function(*arguments, **options)


@pytest.fixture(scope="module", name="whole")
def _whole(market):
    return quietly(px.calculate, RULES, market)


@pytest.fixture(scope="module", name="on")
def _on(market):
    kept = {}

    def review(day):
        if day not in kept:
            kept[day] = quietly(px.review, RULES, market, day)
        return kept[day]

    return review


def known_by(tables, day):
    """Return the tables of a folder that ends on a day."""
    since = DATED | {"shares": None, "corporate_actions": "announced"}
    cut = {}
    for name, table in tables.items():
        column = since.get(name)
        first = pl.coalesce("announced", "effective") if name == "shares" else None
        first = pl.col(column) if column is not None else first
        rows = table if first is None else table.filter((first <= day).fill_null(value=True))
        end = ENDING.get(name)
        if end is not None:
            rows = rows.with_columns(pl.when(pl.col(end) <= day).then(pl.col(end)).alias(end))
        cut[name] = rows
    return cut


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_nothing_after_the_day_counts(tables, on, day):
    alone = quietly(px.review, RULES, px.Market.from_frames(known_by(tables, day)), day)
    full = on(day)
    assert (alone.standing, alone.dates, alone.notes) == (full.standing, full.dates, full.notes)
    for name in FILES:
        assert getattr(alone, name).equals(getattr(full, name)), name


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_closing_basket_is_that_of_a_calculation_up_to_the_day(market, on, day):
    found = on(day)
    result = quietly(px.calculate, RULES, market, end=found.close)
    expected = closing_weights(result).sort("security")
    assert found.closing["security"].equals(expected["security"])
    assert found.closing["weight"].to_list() == pytest.approx(expected["weight"].to_list())
    value = result.levels.filter(variant="price", currency="CNY", date=found.close)["value"].item()
    assert found.closing["market_value"].sum() == pytest.approx(value, rel=1e-12)


@pytest.mark.rule("R50")
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_opening_basket_is_the_one_the_next_session_began_with(whole, on, day):
    found = on(day)
    levels = whole.levels.filter(variant="price", currency="CNY", date=found.next_session)
    opened = levels["opening_value"].item()
    assert found.opening["market_value"].sum() == pytest.approx(opened, rel=1e-12)
    held = whole.constituents.filter(session=found.next_session).sort("security")
    shown = found.opening.join(held, on="security", how="semi")
    assert shown["weight"].to_list() == pytest.approx(
        held.filter(pl.col("adjusted_shares") > 0)["weight"].to_list(), rel=1e-12
    )


@pytest.mark.rule("R59")
def test_an_announced_review_is_the_one_that_the_history_has(whole, on):
    found = on(date(2018, 6, 4))
    decided = next(
        one for one in whole.history.proposals if one.dates.effective == found.dates.effective
    )
    names = decided.table.filter(outcome="added")["security"].sort()
    assert found.proposal.filter(outcome="added")["security"].sort().equals(names)
    assert not names.is_empty()


@pytest.mark.rule("R38", "R39")
def test_on_the_capping_session_the_pro_forma_factors_are_those_of_the_review(whole, on):
    # Five sessions before the review of 12 December 2016, the lag of the methodology.
    found = on(date(2016, 12, 5))
    assert RULES.weighting.lag == 5
    held = whole.constituents.filter(
        pl.col("session") == found.dates.effective, pl.col("adjusted_shares") > 0
    ).sort("security")
    assert found.pro_forma["security"].equals(held["security"])
    factors = found.pro_forma["weight_factor"]
    assert factors.to_list() == pytest.approx(held["weight_factor"].to_list(), rel=1e-12)
    assert factors.min() < 1 == factors.max()
    assert found.pro_forma["weight"].max() == pytest.approx(RULES.weighting.single_cap)


def test_what_goes_ex_next_morning_has_the_reference_of_the_opening(on, whole):
    seen = 0
    for day in DAYS:
        found = on(day)
        ex = found.corporate_actions.filter(
            pl.col("offset") == 1,
            pl.col("role") == "constituent",
            pl.col("reference").is_not_null(),
        ).unique("security")
        both = ex.join(found.opening, on="security", suffix="_opening")
        assert both["reference"].to_list() == pytest.approx(both["reference_opening"].to_list())
        seen += len(both)
    assert seen


def test_the_day_before_a_review_takes_effect_its_basket_opens(on):
    found = on(date(2016, 12, 9))
    assert found.next_session == found.dates.effective
    assert found.opening["security"].equals(found.pro_forma["security"])
    assert found.dates.adjustment_close == found.close
    assert found.close + timedelta(days=3) == found.next_session
