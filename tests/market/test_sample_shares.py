"""The share snapshots of the sample market chain, and meet the rules at their bounds."""

from __future__ import annotations

import polars as pl
import pytest

from market import sample_tables


@pytest.fixture(scope="module", name="market")
def _market():
    return sample_tables.tables()


@pytest.fixture(scope="module", name="ex_dates")
def _ex_dates():
    return sample_tables.ex_dates()


def test_every_name_begins_with_a_snapshot_that_has_free_float(market):
    first = (
        sample_tables.shares().sort("effective").group_by("security", maintain_order=True).first()
    ).join(market["prices"].group_by("security").agg(first=pl.col("date").min()), on="security")
    assert first.height == 800
    assert (first["effective"] <= first["first"]).all()
    assert first["free_float"].null_count() == 0


def test_free_float_lies_within_the_total():
    shares = sample_tables.shares().drop_nulls("free_float")
    assert shares["free_float"].min() > 0
    assert (shares["free_float"] <= shares["total"]).all()


def changes(market, ex_dates):
    """Each snapshot with the one before, scaled by the actions between their bases."""
    steps = ex_dates.filter(pl.col("kind").is_in(["bonus", "rights", "split"])).select(
        "security",
        date="session",
        step=pl.when(pl.col("kind") == "split").then("ratio").otherwise(1 + pl.col("ratio")).log(),
    )
    scale = steps.sort("date").with_columns(scale=pl.col("step").cum_sum().over("security"))
    shares = market["shares"].with_columns(date=pl.coalesce("basis", "effective"))
    return (
        shares.sort("date")
        .join_asof(scale, on="date", by="security", check_sortedness=False)
        .with_columns(pl.col("scale").fill_null(0.0))
        .sort("security", "effective")
        .with_columns(
            change=pl.col("total")
            / (
                pl.col("total").shift().over("security")
                * (pl.col("scale") - pl.col("scale").shift().over("security")).exp()
            )
            - 1
        )
    )


@pytest.mark.rule("R54")
def test_totals_chain_with_bonus_rights_and_splits(market, ex_dates):
    change = changes(market, ex_dates)["change"].drop_nulls()
    assert change.abs().max() < 0.32
    assert (change.abs() < 1e-6).mean() > 0.1


@pytest.mark.rule("R53")
def test_changes_lie_below_on_and_above_five_percent(market):
    shares = market["shares"].sort("security", "effective")
    pair = shares.with_columns(base=pl.col("total").shift().over("security")).drop_nulls("base")
    gap = ((pl.col("total") - pl.col("base")).abs() * 20 - pl.col("base")).alias("gap")
    exact = pair.filter(gap == 0)
    assert exact.height >= 8
    rows = market["constituents"]
    member_before = exact.join(rows, on="security").filter(
        pl.col("effective_right") <= pl.col("effective")
    )
    assert member_before["security"].n_unique() >= 3
    signs = pair.select(gap)["gap"]
    assert (signs < 0).sum() > 500
    assert (signs > 0).sum() > 200


def test_some_snapshots_only_renew_the_free_float(market):
    shares = market["shares"].sort("security", "effective")
    last = shares.with_columns(base=pl.col("total").shift().over("security"))
    assert last.filter((pl.col("total") == pl.col("base")) & pl.col("basis").is_null()).height > 100


@pytest.mark.rule("R57")
def test_some_changes_are_announced_late(market):
    late = market["shares"].filter(pl.col("announced") > pl.col("effective"))
    assert late.height > 100


def test_snapshots_state_a_basis_before_on_and_after_the_ex_date(market, ex_dates):
    given = market["shares"].filter(pl.col("basis").is_not_null())
    capital = ex_dates.filter(pl.col("kind").is_in(["bonus", "rights", "split"]))
    near = given.join(capital, on="security").filter(
        (pl.col("basis") - pl.col("session")).dt.total_days().abs() <= 1
    )
    contained = near.filter(pl.col("basis") >= pl.col("session"))
    assert contained.filter(pl.col("effective") > pl.col("session")).height > 10
    assert contained.filter(pl.col("effective") < pl.col("session")).height > 5
    assert near.filter(pl.col("basis") < pl.col("session")).height > 5
