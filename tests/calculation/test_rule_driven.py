"""Indices whose membership follows from rules: runs in parts, and at the desk."""

from __future__ import annotations

import json
import warnings
from datetime import date

import polars as pl
import pytest

import paasche as px
from paasche.calculation.stored.directory import content_fingerprint
from paasche.calculation.stored.tables import TABLES
from paasche.errors import AssumptionWarning
from review import small_review_markets as small
from review.histories import bundled

BASE, LAST = date(2018, 12, 28), date(2019, 10, 31)
CHANGES = {
    "a review on its way": date(2019, 6, 5),
    "the eve of a review": date(2019, 6, 14),
    "a child beside its parent": date(2019, 9, 6),
}
"""Sessions of the sample market on which a run may stop, with what is under way then."""


@pytest.fixture(scope="module", name="sample")
def _sample():
    return px.sample_market(end="2024-12-31")


@pytest.fixture(scope="module", name="market")
def _market(sample):
    return px.Market.from_frames(sample)


def calculated(market, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AssumptionWarning)
        rules = bundled("csi-300-style", base=BASE, selection={"count": 150})
        return px.calculate(rules, market, **({"end": LAST} | options))


@pytest.fixture(scope="module", name="whole")
def _whole(market):
    return calculated(market)


def fingerprints(result):
    return {name: content_fingerprint(getattr(result, name)) for name in TABLES}


def test_what_is_under_way_when_a_run_stops(whole):
    review = whole.history.proposals[1].dates
    assert (review.announcement, review.effective) == (date(2019, 6, 3), date(2019, 6, 17))
    ride = whole.history.changes.filter(cause="spin_off").sort("effective")
    child = ride.filter(effective=date(2019, 9, 5))["security"].item()
    settled = ride.filter(pl.col("security") == child, pl.col("effective") > date(2019, 9, 6))
    assert settled["change"].to_list() == ["kept"]


@pytest.mark.parametrize("under_way", CHANGES)
def test_a_run_in_two_parts_has_the_bytes_of_one(market, whole, tmp_path, under_way):
    first = calculated(market, end=CHANGES[under_way])
    assert first.state.date == CHANGES[under_way]
    run = first.write(tmp_path / "run")
    second = calculated(market, continue_from=run)
    assert fingerprints(second) == fingerprints(whole)
    assert second.state == whole.state


def test_the_number_of_threads_does_not_matter(market, whole):
    assert fingerprints(calculated(market, threads=1)) == fingerprints(whole)
    assert fingerprints(calculated(market, threads=2)) == fingerprints(whole)


@pytest.mark.rule("R2", "R26")
@pytest.mark.parametrize(
    ("since", "until"),
    [(date(2019, 6, 13), date(2019, 6, 18)), (date(2019, 9, 4), date(2019, 9, 10))],
    ids=["over a review", "over a spin-off"],
)
def test_a_run_advances_session_by_session(market, whole, tmp_path, since, until):
    run = calculated(market, end=since).write(tmp_path / "run")
    once = calculated(market, end=until).write(tmp_path / "once")
    days = whole.levels["date"].unique().sort()
    for day in days.filter((days > since) & (days <= until)):
        px.advance(run, market, day)
    records = [json.loads((one / "run.json").read_text(encoding="utf-8")) for one in (run, once)]
    assert records[0]["content"] == records[1]["content"]
    assert records[0]["market"] == records[1]["market"]
    assert (run / "state.json").read_bytes() == (once / "state.json").read_bytes()


@pytest.mark.rule("R31")
def test_a_restated_run_removes_whom_a_corrected_status_warns_of(sample, market, whole, tmp_path):
    name = whole.history.changes.filter(cause="base")["security"][0]
    row = {"security": name, "status": "risk_warning", "start": date(2019, 3, 1)}
    schema = sample["status"].schema
    more = pl.DataFrame([dict.fromkeys(schema) | row], schema=schema)
    corrected = px.Market.from_frames(sample | {"status": pl.concat([sample["status"], more])})
    run = whole.write(tmp_path / "run")
    result = px.restate(run, corrected, reason="the exchange corrected the warning")
    gone = result.history.changes.filter(security=name, change="deleted")
    # The session after the second Friday of March 2019, the 8th.
    assert gone.select("effective", "rule").rows() == [(date(2019, 3, 11), "R31")]
    moved = (
        result.restatement.filter(variant="price").sort("date").filter(pl.col("difference") != 0)
    )
    # The first close with another basket is that of the effective session.
    assert moved["date"].min() == date(2019, 3, 11)
    assert result.restatement["date"].max() == LAST


# A spin-off on the day of another change (R26)

ONE, TWO, THREE, FOUR, FIVE = (small.code(number) for number in range(1, 6))


def baskets(history):
    """Return who is in from when on."""
    rows = history.constituents.group_by("effective", maintain_order=True).agg("security")
    return {day: sorted(names) for day, names in rows.iter_rows()}


@pytest.mark.rule("R26", "R50")
@pytest.mark.parametrize("same_day", ["an interim change", "a review"])
def test_a_spin_off_may_go_with_another_change_of_its_day(same_day):
    child, ex_date = "600099.SH", small.REVIEW if same_day == "a review" else date(2026, 4, 15)
    first = small.session(ex_date, 3)
    names = small.sized(6, n1={"closes": {ex_date: 8.0}})
    names[child] = {"total": 60_000_000, "close": 2.0, "listed": first}
    spun = {"ratio": 1.0, "related": child, "price": 2.0}
    actions = small.actions(
        (FOUR, ex_date, "delisting"),
        (ONE, ex_date, "spin_off", spun),
    )
    result = small.calculated(names, small.methodology(), corporate_actions=actions)
    # Prices but that of the parent never move, and the parent gives away what it falls by.
    levels = result.levels.filter(variant="price")
    assert levels["level"].unique().to_list() == [1000.0]
    held = baskets(result.history)
    assert held[ex_date] == [ONE, TWO, THREE, FIVE]
    assert child in held[small.session(first, 1)]
