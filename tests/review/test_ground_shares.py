"""Share counts in force, day by day. The second counting here goes name by name and day by day."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import paasche as px
from paasche.review.panels.ground import lay_ground
from review.review_markets import LAST, SESSIONS, frames, ground, methodology, rows

ONE = {"600001.SH": {}}
COLUMNS = "security effective announced total free_float basis"
DAY = date(2024, 1, 10)  # a Wednesday


def snapshot(effective, total, free_float=None, *, announced=None, basis=None):
    return ("600001.SH", effective, announced, total, free_float, basis)


def shares(*snapshots):
    schema = {
        "security": pl.String,
        "effective": pl.Date,
        "announced": pl.Date,
        "total": pl.Int64,
        "free_float": pl.Int64,
        "basis": pl.Date,
    }
    return pl.DataFrame(snapshots, schema=schema, orient="row")


def actions(*given_actions):
    return rows("security ex_date kind ratio", *(("600001.SH", *one) for one in given_actions))


def counted(panel, days, *snapshots, acts=None, **tables):
    if acts:
        tables["corporate_actions"] = actions(*acts)
    laid = ground(ONE, shares=shares(*snapshots), **tables)
    return [getattr(laid, panel)[laid.position(day), 0] for day in days]


BASE = snapshot(date(2023, 1, 2), 1000, 600)


def test_a_count_is_in_force_from_its_listing_date():
    later = snapshot(DAY, 1200, 900)
    days = (DAY - timedelta(days=1), DAY, LAST)
    assert counted("shares", days, BASE, later) == [1000, 1200, 1200]
    assert counted("free_float", days, BASE, later) == [600, 900, 900]


def test_before_the_first_count_there_is_none():
    first = snapshot(DAY, 1200, 900)
    assert np.isnan(counted("shares", (DAY - timedelta(days=1),), first)).all()
    assert np.isnan(counted("free_float", (DAY - timedelta(days=1),), first)).all()


@pytest.mark.rule("R57")
def test_a_listing_date_on_a_closed_day_moves_to_the_next_session():
    saturday = date(2024, 1, 13)
    days = (date(2024, 1, 12), date(2024, 1, 15))
    assert counted("shares", days, BASE, snapshot(saturday, 1200)) == [1000, 1200]


@pytest.mark.rule("R57")
def test_a_count_announced_late_is_in_force_from_the_session_after():
    friday = date(2024, 1, 12)
    late = snapshot(DAY, 1200, announced=friday)
    assert counted("shares", (friday, date(2024, 1, 15)), BASE, late) == [1000, 1200]
    early = snapshot(DAY, 1200, announced=DAY)
    assert counted("shares", (DAY,), BASE, early) == [1200]


def test_a_count_of_an_earlier_day_that_comes_later_is_passed_over():
    late = snapshot(DAY - timedelta(days=5), 1100, announced=DAY)
    assert counted("shares", (LAST,), BASE, snapshot(DAY, 1200), late) == [1200]


@pytest.mark.rule("R52")
def test_bonus_rights_and_split_scale_a_count_from_their_ex_date():
    # 1000 × (1 + 0.3 + 0.2) × 2 = 3000
    acts = [(DAY, "bonus", 0.3), (DAY, "rights", 0.2), (DAY, "split", 2.0)]
    acts_table = actions(*acts).with_columns(price=pl.when(pl.col("kind") == "rights").then(5.0))
    days = (DAY - timedelta(days=1), DAY, LAST)
    found = counted("shares", days, BASE, corporate_actions=acts_table)
    assert found == pytest.approx([1000, 3000, 3000], rel=1e-15)


def test_an_ex_date_on_a_closed_day_scales_from_the_next_session():
    days = (date(2024, 1, 12), date(2024, 1, 15))
    assert counted("shares", days, BASE, acts=[(date(2024, 1, 13), "split", 2.0)]) == [1000, 2000]


def test_a_count_that_contains_an_ex_date_is_not_scaled_by_it():
    split = [(DAY, "split", 2.0)]
    after = snapshot(DAY - timedelta(days=1), 2000, basis=DAY)
    assert counted("shares", (DAY,), BASE, after, acts=split) == [2000]
    # As stated after the split, the count of the day before it is half as large.
    assert counted("shares", (DAY - timedelta(days=1),), BASE, after, acts=split) == [1000]
    same_day = snapshot(DAY, 2000)
    assert counted("shares", (DAY,), BASE, same_day, acts=split) == [2000]


def test_an_ex_date_before_the_first_price_scales_too():
    split = [(date(2023, 2, 1), "split", 2.0)]
    assert counted("shares", (SESSIONS[0],), BASE, acts=split) == [2000]


@pytest.mark.rule("R46")
def test_a_count_without_a_free_float_keeps_the_share_that_floats():
    later = snapshot(DAY, 1500)
    assert counted("free_float", (LAST,), BASE, later) == [900]


@pytest.mark.rule("R46")
@pytest.mark.parametrize(("held", "floats"), [(5_000, 95_000), (4_999, 100_000)])
def test_holders_give_the_free_float_where_the_count_does_not(held, floats):
    holders = rows(
        "security date published holder class shares restricted",
        ("600001.SH", date(2022, 12, 31), date(2023, 1, 1), "founder", "insider", held, 0),
    )
    found = counted("free_float", (DAY,), snapshot(date(2023, 1, 2), 100_000), holders=holders)
    assert found == [floats]


@pytest.mark.rule("R61", "R46")
@pytest.mark.parametrize(("held", "floats"), [(500, 95_000), (499, 100_000)])
def test_holders_of_a_depositary_receipt_are_stated_in_underlying_shares(held, floats):
    # Ten receipts for one share: 500 shares are 5,000 of 100,000 receipts, exactly 5 %.
    holders = rows(
        "security date published holder class shares restricted",
        ("600001.SH", date(2022, 12, 31), date(2023, 1, 1), "founder", "insider", held, 0),
    )
    securities = frames(ONE)["securities"].with_columns(underlying_ratio=pl.lit(0.1))
    found = counted(
        "free_float",
        (DAY,),
        snapshot(date(2023, 1, 2), 100_000),
        holders=holders,
        securities=securities,
    )
    assert found == [floats]


@pytest.mark.rule("R46")
def test_holders_published_after_the_listing_date_are_not_known_on_it():
    holders = rows(
        "security date published holder class shares restricted",
        ("600001.SH", date(2022, 12, 31), date(2023, 1, 3), "founder", "insider", 5_000, 0),
    )
    found = counted("free_float", (DAY,), snapshot(date(2023, 1, 2), 100_000), holders=holders)
    assert np.isnan(found).all()


days_around = st.integers(0, 30).map(lambda number: DAY + timedelta(days=number - 15))
snapshots = st.lists(
    st.tuples(days_around, st.integers(0, 4), st.integers(100, 900), st.integers(-4, 4)),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one[0],
)
events = st.lists(
    st.tuples(days_around, st.sampled_from([("bonus", 0.5), ("split", 2.0), ("split", 0.5)])),
    max_size=4,
    unique_by=lambda one: (one[0], one[1][0]),
)


def session_on(day):
    return next(one for one in SESSIONS if one >= day)


def in_force(day, given_snapshots, acts):
    """Count the shares of one day as the contract says it, without panels."""
    best = None
    for effective, late, total, basis in given_snapshots:
        listing = session_on(effective + timedelta(days=late + 1 if late else 0))
        if listing <= day and (best is None or effective > best[0]):
            best = (effective, total, effective + timedelta(days=basis))
    if best is None:
        return None
    count = best[1]
    for ex_date, (kind, ratio) in acts:
        scale = 1 + ratio if kind == "bonus" else ratio
        moved = session_on(ex_date)
        count *= scale if best[2] < moved <= day else 1
        count /= scale if day < moved <= best[2] else 1
    return count


@pytest.mark.rule("R52", "R57")
@settings(max_examples=60, deadline=None)
@given(snapshots, events)
def test_the_panel_agrees_with_counting_day_by_day(given_snapshots, acts):
    table = shares(
        *(
            snapshot(
                effective,
                total,
                total // 2,
                announced=effective + timedelta(days=late) if late else None,
                basis=effective + timedelta(days=basis),
            )
            for effective, late, total, basis in given_snapshots
        )
    )
    tables = frames(ONE, shares=table, sessions=SESSIONS[180:240])
    tables["calendar"] = frames(ONE)["calendar"]
    if acts:
        tables["corporate_actions"] = actions(*((day, *act) for day, act in acts))
    laid = lay_ground(px.Market.from_frames(tables), methodology(), LAST)
    expected = [in_force(day, given_snapshots, acts) for day in laid.days.tolist()]
    found = laid.shares[:, 0]
    np.testing.assert_allclose(
        found, [np.nan if one is None else one for one in expected], rtol=1e-14
    )
