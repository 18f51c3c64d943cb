"""Ten years of the sample market under four methodologies, as an independent checker has them."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

import paasche as px
from paasche.methodology import Methodology
from review.checked_run import Run
from review.checker import CHECKS, findings
from review.histories import written
from review.raw_values import Raw

RULES = {
    "theme-15-60": {},
    "csi-300-style": {"selection": {"count": 150}},
    "ces-300": {},
    "ah-cross-border": {},
}
"""Bundled methodologies, with a count that the sample market can fill."""


@pytest.fixture(scope="module", name="tables")
def _tables():
    return px.sample_market()


@pytest.fixture(scope="module", name="raw")
def _raw(tables):
    return Raw(tables, "CNY")


def calculated(tables, raw, rules):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", px.errors.AssumptionWarning)
        result = px.calculate(Methodology.from_dict(rules), px.Market.from_frames(tables))
    return Run(tables, raw, rules, result)


@pytest.fixture(scope="module", name="runs")
def _runs(tables, raw):
    """Return the run of a methodology, each once."""
    kept = {}

    def run(name):
        if name not in kept:
            kept[name] = calculated(tables, raw, written(name, **RULES[name]))
        return kept[name]

    return run


@pytest.mark.rule("R7", "R8", "R10", "R30", "R31", "R39", "R40", "R50", "R55")
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", RULES)
def test_a_whole_history_is_as_the_rules_have_it(runs, name, check):
    assert list(check(runs(name))) == []


@pytest.mark.parametrize("name", RULES)
def test_the_histories_are_long_and_eventful(runs, name):
    history = runs(name).history
    assert len(history.proposals) == 21
    reviews = history.changes.filter(cause="review")
    assert reviews.height > 30
    assert runs(name).result.levels["date"].max() == date(2024, 12, 31)


def test_together_they_meet_every_cause(runs):
    causes = pl.concat([runs(name).history.changes["cause"] for name in RULES]).unique()
    assert set(causes) == {
        "base",
        "review",
        "delisting",
        "bankruptcy",
        "merger",
        "spin_off",
        "sell_only",
        "risk_warning",
        "fast_entry",
    }


def with_actions(tables, *rows):
    """Return the tables with further corporate actions."""
    schema = tables["corporate_actions"].schema
    more = pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)
    return tables | {"corporate_actions": pl.concat([tables["corporate_actions"], more])}


@pytest.mark.rule("R10", "R28")
def test_a_delisting_between_announcement_and_effective_session_changes_both_baskets(
    tables, raw, runs
):
    # Announced on 2022-05-30, effective on 2022-06-13.
    name, day = "ces-300", date(2022, 6, 6)
    before = next(
        one for one in runs(name).history.proposals if one.dates.announcement == date(2022, 5, 30)
    )
    outcome = dict(before.table.select("security", "outcome").iter_rows())
    gone = next(one for one in before.constituents if outcome[one] == "kept")
    delisted = {"security": gone, "ex_date": day, "kind": "delisting"}
    run = calculated(with_actions(tables, delisted), raw, written(name))
    without_prices = {"values_that_do_not_add_up"}  # the name goes on trading in the prices
    assert [one for one in findings(run) if one.split(":")[0] not in without_prices] == []
    changes = run.history.changes.filter(
        pl.col("effective").is_between(day, before.dates.effective), cause="delisting"
    )
    # One name of the old reserve list for the week left, one of the new list with the review.
    assert changes.filter(change="deleted").select("effective", "security").rows() == [(day, gone)]
    group = before.constituents[gone]
    waiting = run.history.reserves.filter(group=group, announced=before.dates.announcement)
    entered = dict(changes.filter(change="added").select("effective", "security").iter_rows())
    assert set(entered) == {day, before.dates.effective}
    assert entered[before.dates.effective] in waiting["security"]


def less(table, **row):
    """Return a table without one row."""
    return table.filter(~pl.all_horizontal(*(pl.col(key) == one for key, one in row.items())))


def tampered(run, **tables):
    """Return a run with other tables of its history."""
    return replace(run, result=replace(run.result, history=replace(run.history, **tables)))


def test_the_checker_finds_a_change_without_a_row(runs):
    run = runs("theme-15-60")
    last = run.history.changes.row(-1, named=True)
    changes = less(run.history.changes, security=last["security"], effective=last["effective"])
    found = findings(tampered(run, changes=changes))
    assert any(one.startswith("changes_without_a_reason") for one in found)


def test_the_checker_finds_a_basket_with_a_name_too_many(runs):
    run = runs("theme-15-60")
    basket = run.history.constituents.filter(pl.col("effective") == pl.col("effective").max())
    more = basket.head(1).with_columns(security=pl.lit("000001.SZ"))
    found = findings(tampered(run, constituents=pl.concat([run.history.constituents, more])))
    checks = {one.split(":")[0] for one in found}
    assert {"counts_without_a_reason", "changes_without_a_reason"} <= checks


def test_the_checker_finds_a_draw_out_of_order(runs):
    run = runs("csi-300-style")
    turned = pl.col("place").max().over("announced", "group") + 1 - pl.col("place")
    found = findings(tampered(run, reserves=run.history.reserves.with_columns(place=turned)))
    assert {one.split(":")[0] for one in found} == {"draws_out_of_order"}


@pytest.mark.parametrize(
    ("check", "table", "column"),
    [
        ("broken_continuity", "divisors", "after"),
        ("levels_that_do_not_follow", "levels", "level_unrounded"),
        ("values_that_do_not_add_up", "levels", "value"),
    ],
)
def test_the_checker_finds_a_number_that_is_off_by_a_millionth(runs, check, table, column):
    run = runs("theme-15-60")
    off = getattr(run.result, table).with_columns(pl.col(column) * (1 + 1e-6))
    found = findings(replace(run, result=replace(run.result, **{table: off})))
    assert check in {one.split(":")[0] for one in found}


def test_the_checker_finds_a_weight_off_its_cap(runs):
    run = runs("theme-15-60")
    bent = pl.when(pl.col("weight_factor") < 1).then(pl.col("weight_factor") * 1.001)
    held = run.result.constituents.with_columns(weight_factor=bent.otherwise("weight_factor"))
    found = findings(replace(run, result=replace(run.result, constituents=held)))
    assert "weights_off_the_caps" in {one.split(":")[0] for one in found}


@pytest.mark.parametrize(
    ("section", "key", "check"),
    [
        ("selection", "constituent_buffer", "reviews_that_choose_otherwise"),
        ("selection", "turnover_limit", "reviews_that_choose_otherwise"),
        ("selection", "count", "counts_without_a_reason"),
    ],
)
def test_the_checker_finds_a_run_by_other_rules(runs, section, key, check):
    run = runs("csi-300-style")
    other = {"constituent_buffer": 0.0, "turnover_limit": 0.01, "count": 149}[key]
    rules = run.rules | {section: run.rules[section] | {key: other}}
    found = findings(replace(run, rules=rules))
    assert check in {one.split(":")[0] for one in found}


def test_the_checker_finds_a_removal_that_the_statuses_do_not_tell(runs):
    run = runs("csi-300-style")
    calm = run.tables["status"].filter(pl.col("status") == "connect")
    found = findings(replace(run, tables=run.tables | {"status": calm}))
    assert {one.split(":")[0] for one in found} == {"wrong_monthly_removals"}


def test_the_checker_finds_a_name_that_is_gone(runs):
    run = runs("theme-15-60")
    held = run.history.constituents["security"][0]
    gone = {"security": held, "ex_date": date(2015, 2, 2), "kind": "bankruptcy"}
    found = findings(replace(run, tables=with_actions(run.tables, gone)))
    assert {one.split(":")[0] for one in found} == {"members_that_are_gone"}
