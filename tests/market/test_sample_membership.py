"""The membership of SAMPLE100 is one that an index can be calculated for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from market import sample_tables
from market.sample_tables import baskets


@pytest.fixture(scope="module", name="market")
def _market():
    return sample_tables.tables()


@pytest.fixture(scope="module", name="sessions")
def _sessions():
    return sample_tables.sessions()


def test_the_index_begins_on_its_base_date_with_a_hundred_names(market):
    first = baskets(market["constituents"])[0]
    assert first["effective"][0].isoformat() == "2015-01-05"
    assert first.height == 100


@pytest.mark.rule("R2")
def test_reviews_take_effect_after_the_second_friday_of_june_and_december(market):
    days = market["prices"]["date"].unique().sort()
    reviews = market["constituents"].filter(pl.col("kind") == "review")["effective"].unique().sort()
    # Second Fridays as the rules list them (R2).
    known = ["2022-06-10", "2022-12-09", "2023-06-09", "2023-12-08", "2024-06-14", "2024-12-13"]
    for friday in known:
        after = days.filter(days > pl.Series([friday]).str.to_date()[0]).min()
        assert after in reviews
    assert len(reviews) == 21


def test_reviews_give_a_hundred_names_with_moderate_turnover(market):
    reviews = baskets(market["constituents"].filter(pl.col("kind") == "review"))
    members = [set(basket["security"]) for basket in reviews]
    assert {len(names) for names in members} == {100}
    turnover = [len(new - old) for old, new in pairwise(members)]
    assert min(turnover) >= 3
    assert max(turnover) <= 25


def test_an_interim_joiner_names_the_member_it_replaces(market):
    rows = baskets(market["constituents"])
    interim = 0
    for old, new in pairwise(rows):
        joined = new.filter(~pl.col("security").is_in(old["security"].implode()))
        left = set(old["security"]) - set(new["security"])
        if new["kind"].unique().to_list() == ["interim"]:
            interim += 1
            replaced = joined["replaces"].to_list()
            assert None not in replaced
            assert set(replaced) <= left
            assert len(set(replaced)) == len(replaced)
            assert new["replaces"].count() == len(replaced)
        else:
            assert new["kind"].unique().to_list() == ["review"]
            assert new["replaces"].count() == 0
    assert interim >= 8


def test_members_that_leave_the_market_leave_on_their_ex_date(market):
    rows = baskets(market["constituents"])
    effective = [basket["effective"][0] for basket in rows]
    ends = pl.col("kind").is_in(["delisting", "bankruptcy", "merger"])
    delistings = market["corporate_actions"].filter(ends & pl.col("cancelled").is_null())
    replaced = alone = bad = 0
    for security, ex_date, price in delistings.select("security", "ex_date", "price").rows():
        at = int(np.searchsorted(np.array(effective), ex_date))
        assert all(security not in set(basket["security"]) for basket in rows[at:])
        if at and security in set(rows[at - 1]["security"]):
            on_day = at < len(rows) and effective[at] == ex_date
            replaced, alone = replaced + on_day, alone + (not on_day)
            bad += price is not None
    assert replaced >= 4
    assert alone >= 1
    assert bad >= 2


def test_a_joiner_trades_and_has_shares_around_its_first_session(market, sessions):
    days = sessions["date"].unique().sort().to_list()
    rows = baskets(market["constituents"])
    prices, shares = market["prices"], sample_tables.shares().drop_nulls("free_float")
    known: set[str] = set()
    for basket in rows:
        joined = basket.filter(~pl.col("security").is_in(list(known)))
        known = set(basket["security"])
        effective = basket["effective"][0]
        # A review looks at the close five sessions before, an interim change at the last one.
        back = 5 if basket["kind"][0] == "review" else 1
        day = days[days.index(effective) - back]
        near = prices.filter(
            pl.col("date").is_between(days[days.index(effective) - back - 6], day)
        ).join(joined, on="security", how="semi")
        assert near["security"].n_unique() == joined.height
        with_float = shares.filter(pl.col("effective") <= day).join(
            joined, on="security", how="semi"
        )
        assert with_float["security"].n_unique() == joined.height


@pytest.mark.rule("R40")
def test_both_caps_bind_at_every_review(market):
    prices, fx = market["prices"], market["fx"]
    shares = sample_tables.shares().sort("effective")
    for basket in baskets(market["constituents"].filter(pl.col("kind") == "review")):
        effective = basket["effective"][0]
        close = (
            prices.filter(pl.col("date") < effective)
            .group_by("security")
            .agg(pl.col("close").last())
        )
        stated = (
            shares.filter(pl.col("effective") <= effective)
            .group_by("security")
            .agg(
                total=pl.col("total").last(),
                ratio=(pl.col("free_float") / pl.col("total")).drop_nulls().last(),
            )
        )
        rate = fx.filter(pl.col("date") < effective)["rate"][-1]
        in_cny = pl.when(pl.col("security").str.ends_with(".HK")).then(rate).otherwise(1.0)
        value = (
            basket.join(close, on="security")
            .join(stated, on="security")
            .select((pl.col("close") * pl.col("total") * pl.col("ratio") * in_cny).alias("value"))
        )["value"].sort(descending=True)
        weight = value.to_numpy() / value.sum()
        assert weight[0] > 0.10, effective
        assert weight[:5].sum() > 0.40, effective
        # Feasible: the fifth weight, when the top five share 0.40, times 95 exceeds the other 0.60.
        assert weight[4] / weight[:5].sum() * 0.40 * 95 > 0.60
