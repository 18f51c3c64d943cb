"""The sample market has mergers, spin-offs, bankruptcies, tender offers and giants that list."""

from __future__ import annotations

import polars as pl
import pytest

from market import sample_tables

TICK = 0.01


@pytest.fixture(scope="module", name="market")
def _market():
    return sample_tables.tables()


def of_kind(market, kind):
    actions = market["corporate_actions"].filter(pl.col("kind") == kind)
    return actions.filter(pl.col("cancelled").is_null())


def closes(market, *, name="close"):
    return market["prices"].sort("date").select("security", "date", pl.col("close").alias(name))


def total_value(market):
    """Capitalization in CNY on every session with a price."""
    total = market["shares"].sort("effective").select("security", "effective", "total")
    rate = market["fx"].sort("date").select("date", "rate")
    in_cny = pl.when(pl.col("security").str.ends_with(".HK")).then("rate").otherwise(1.0)
    return (
        closes(market)
        .join_asof(
            total, left_on="date", right_on="effective", by="security", check_sortedness=False
        )
        .join_asof(rate, on="date", check_sortedness=False)
        .with_columns(value=pl.col("close") * pl.col("total") * in_cny)
    )


@pytest.mark.rule("R23")
def test_an_absorbed_name_has_no_price_after_its_ex_date_and_stops_trading_before(market):
    mergers = of_kind(market, "merger").join(market["securities"], on="security")
    assert mergers.height >= 3
    assert (mergers["ex_date"] == mergers["delisted"]).all()
    last = closes(market).group_by("security").agg(last=pl.col("date").max())
    halt = market["status"].filter(pl.col("status") == "suspended")
    halted = mergers.join(last, on="security").join(halt, on="security")
    halted = halted.filter((pl.col("start") > pl.col("last")) & (pl.col("end") < pl.col("ex_date")))
    assert halted.height == mergers.height


def standing(market, security, day):
    """The last total stated before a day, with the bonus, rights and splits since then."""
    shares = market["shares"].filter(pl.col("security") == security)
    last = shares.filter(pl.col("effective") < day).sort("effective").tail(1)
    basis = last.select(pl.coalesce("basis", "effective")).item()
    step = pl.when(pl.col("kind") == "split").then("ratio").otherwise(1 + pl.col("ratio"))
    since = sample_tables.ex_dates().filter(
        (pl.col("security") == security)
        & pl.col("kind").is_in(["bonus", "rights", "split"])
        & (pl.col("session") > basis)
        & (pl.col("session") < day)
    )
    return last["total"].item() * since.select(step.product()).item()


@pytest.mark.rule("R23")
def test_the_acquirer_issues_ratio_times_the_absorbed_total_on_the_ex_date(market):
    mergers = of_kind(market, "merger").select("security", "ex_date", "ratio", "related")
    for absorbed, ex_date, ratio, acquirer in mergers.iter_rows():
        now = market["shares"].filter(
            (pl.col("security") == acquirer) & (pl.col("effective") == ex_date)
        )
        before = standing(market, acquirer, ex_date)
        issued = ratio * standing(market, absorbed, ex_date)
        # Not every right is taken up.
        assert now["total"].item() == pytest.approx(before + issued, rel=0.02)
        assert issued > 0.05 * before


@pytest.mark.rule("R23")
def test_members_of_the_index_absorb_members_and_others(market):
    members = market["constituents"].select("effective", "security")
    found = set()
    for absorbed, ex_date, acquirer in (
        of_kind(market, "merger").select("security", "ex_date", "related").iter_rows()
    ):
        before = members.filter(pl.col("effective") < ex_date)
        basket = before.filter(pl.col("effective") == pl.col("effective").max())["security"]
        found.add((absorbed in basket, acquirer in basket))
    assert {(True, True), (False, True)} <= found


@pytest.mark.rule("N3")
def test_one_merger_is_called_off_and_both_names_go_on(market):
    mergers = market["corporate_actions"].filter(pl.col("kind") == "merger")
    called_off = mergers.filter(pl.col("cancelled").is_not_null())
    assert called_off.height == 1
    assert (called_off["cancelled"] < called_off["ex_date"]).all()
    end = market["prices"]["date"].max()
    names = {*called_off["security"], *called_off["related"]}
    last = closes(market).group_by("security").agg(last=pl.col("date").max())
    assert last.filter(pl.col("security").is_in(list(names)) & (pl.col("last") == end)).height == 2


@pytest.mark.rule("R26")
def test_a_child_is_listed_after_the_ex_date_with_shares_for_each_of_the_parent(market):
    spin_offs = of_kind(market, "spin_off").join(
        market["securities"].select(related="security", listed="listed"), on="related"
    )
    assert spin_offs.height == 3
    assert (spin_offs["listed"] > spin_offs["ex_date"]).all()
    first = closes(market).group_by("security").agg(first=pl.col("date").min())
    child = spin_offs.join(first, left_on="related", right_on="security")
    assert (child["first"] == child["listed"]).all()
    stated = market["shares"].join(child, left_on="security", right_on="related")
    assert (stated["effective"] >= stated["listed"]).all()
    assert set(stated.filter(pl.col("effective") == pl.col("listed"))["security"]) == set(
        child["related"]
    )


@pytest.mark.rule("R26")
def test_the_parent_opens_lower_by_what_the_child_is_worth(market):
    spin_offs = of_kind(market, "spin_off").sort("ex_date")
    own = market["prices"].select("security", "date", "reference", "close")
    row = spin_offs.join(own, left_on=["security", "ex_date"], right_on=["security", "date"])
    assert row.height == spin_offs.height
    assert row["reference"].null_count() == 0
    before = closes(market, name="before")
    row = row.join_asof(
        before,
        left_on="ex_date",
        right_on="date",
        by="security",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    child = (
        closes(market).group_by("security", maintain_order=True).agg(child=pl.col("close").first())
    )
    row = row.join(child, left_on="related", right_on="security")
    given = row["before"] - row["reference"]
    assert (given / row["before"]).is_between(0.09, 0.16).all()
    assert ((row["child"] * row["ratio"] - given).abs() < TICK).all()
    assert ((row["close"] / row["reference"] - 1).abs() < 0.1).all()


@pytest.mark.rule("R29", "R33")
def test_bankrupt_names_leave_without_a_delisting_beside(market):
    bankrupt = of_kind(market, "bankruptcy").join(market["securities"], on="security")
    assert bankrupt.height == 2
    # Both were suspended after a materially negative event (R33).
    assert set(bankrupt["price"]) == {0.00001}
    assert (bankrupt["ex_date"] == bankrupt["delisted"]).all()
    gone = market["corporate_actions"].filter(
        pl.col("kind").is_in(["delisting", "bankruptcy", "merger"]) & pl.col("cancelled").is_null()
    )
    assert gone["security"].is_unique().all()
    left = market["securities"].drop_nulls("delisted")
    assert set(left["security"]) == set(gone["security"])


@pytest.mark.rule("N4")
def test_tender_offers_leave_more_and_less_than_a_quarter_in_public_hands(market):
    offers = of_kind(market, "tender").drop_nulls("ratio")
    assert offers.height == 2
    assert offers["price"].null_count() == 0
    assert offers["ratio"].min() < 0.75 < offers["ratio"].max()


@pytest.mark.rule("R22")
def test_some_listings_are_among_the_ten_largest_one_of_them_just_before_a_review(market):
    listed = (
        closes(market)
        .group_by("security")
        .agg(first=pl.col("date").min())
        .filter(pl.col("first") > pl.date(2015, 1, 5))
    )
    value = total_value(market)
    days = listed["first"].unique().to_frame("date")
    # Suspended names have no price that day, so a rank here is never too low a bar by much.
    ranks = (
        value.join(days, on="date")
        .with_columns(rank=pl.col("value").rank("ordinal", descending=True).over("date"))
        .join(listed, left_on=["security", "date"], right_on=["security", "first"])
    )
    giants = ranks.filter(pl.col("rank") <= 10)
    assert giants.height >= 3
    sessions = market["prices"]["date"].unique().sort()
    reviews = market["constituents"].filter(pl.col("kind") == "review")["effective"].unique().sort()
    left = [
        sessions.filter((sessions >= day) & (sessions <= reviews.filter(reviews > day).min())).len()
        for day in giants["date"]
    ]
    assert min(left) < 20
    assert max(left) > 20
