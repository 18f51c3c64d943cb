"""Share counts, weights, terms of corporate actions, sizes."""

from __future__ import annotations

import polars as pl
import pytest

import paasche
from calculation.check_markets import (
    CLOSES,
    DAYS,
    HONG_KONG,
    MAIN,
    NAMES,
    changed_limits,
    found_in,
    moved,
    only,
    tables,
)
from calculation.small_markets import actions
from paasche.calculation.desk.check import unchecked


class TestShares:
    def counts(self, total, **fields):
        more = pl.DataFrame({"security": [MAIN], "effective": [DAYS[7]], "total": [total]} | fields)
        return pl.concat([tables()["shares"], more], how="diagonal")

    @pytest.mark.parametrize(("total", "told"), [(387_000_000, False), (393_000_000, True)])
    def test_a_change_of_thirty_percent_is_large(self, total, told):
        limits = changed_limits("weight", "jump", 1.0)
        found = found_in(shares=self.counts(total), options={"limits": limits})
        assert (found["kind"].to_list() == ["share_change"]) is told

    def test_the_ratio_of_a_bonus_is_told_when_it_is_small(self):
        limits = changed_limits("weight", "jump", 1.0)
        row = only(found_in(shares=self.counts(330_000_000), options={"limits": limits}))
        assert (row["value"], row["expected"]) == (330_000_000, 300_000_000)
        assert row["hint"] == "10.0 % without an event: a bonus of 0.1 missing?"

    def test_an_event_that_the_count_does_not_show(self):
        limits = changed_limits("weight", "jump", 1.0)
        table = actions((MAIN, DAYS[7], "bonus", {"ratio": 0.05}))
        # The count states the day before: the bonus comes on top of it.
        early = self.counts(300_000_000, basis=[DAYS[6]])
        none = found_in(shares=early, corporate_actions=table, options={"limits": limits})
        assert none.is_empty()
        table = actions((MAIN, DAYS[7], "bonus", {"ratio": 0.1}))
        shares = self.counts(300_000_000)
        found = found_in(
            moved(7, MAIN, 1 / 1.1),
            shares=shares,
            corporate_actions=table,
            options={"limits": limits},
        )
        row = only(found)
        assert row["expected"] == pytest.approx(330_000_000)
        assert row["hint"].endswith(
            "is an event counted that the total does not contain? See its basis"
        )

    def test_a_change_that_shifts_a_weight(self):
        # 3.0 of 8.7 billions, then 3.3 of 9.0: the Hong Kong name counts at 0.9.
        row = only(found_in(shares=self.counts(330_010_000)).filter(pl.col("kind") == "weight"))
        before = 30 * 1.01 / (30 + 30 + 27) / 1.01
        after = before * 1.1000333 / (1 + before * 0.1000333)
        assert row["expected"] == pytest.approx(before)
        assert row["value"] == pytest.approx(after, rel=1e-6)
        assert row["hint"] == "weight in THREE: the share count changes by 10.0 %"

    def test_a_change_that_shifts_a_weight_of_baskets_without_an_index(self):
        baskets = tables()["constituents"].drop("index")
        found = found_in(shares=self.counts(330_010_000), constituents=baskets)
        row = only(found.filter(pl.col("kind") == "weight"))
        assert row["security"] == MAIN
        assert row["hint"] == "weight in every index: the share count changes by 10.0 %"


def test_given_weights_follow_prices():
    weights = pl.DataFrame(
        {
            "index": ["GIVEN"] * 6,
            "effective": [DAYS[1]] * 3 + [DAYS[11]] * 3,
            "security": NAMES * 2,
            # The first name doubles over a split's price: its weight of 1/3 becomes 1/2.
            "weight": [1 / 3] * 3 + [0.5, 0.25, 0.25],
        }
    )
    limits = changed_limits("weight", "jump", 0.02)
    closes = CLOSES.copy()
    closes[3:, 0] *= 1.1
    closes[4:, 0] *= 2 / 1.1
    others = {"constituents": weights, "options": {"limits": limits}}
    assert found_in(closes, **others).filter(pl.col("kind") == "weight").is_empty()
    rows = found_in(CLOSES, **others).filter(pl.col("kind") == "weight")
    assert rows["security"].to_list() == sorted(NAMES)
    assert rows["expected"].to_list() == pytest.approx([1 / 3] * 3)
    assert set(rows["hint"]) == {
        "weight in GIVEN: given 0.3333 for the basket before, and prices explain the rest"
    }


class TestTerms:
    @pytest.mark.parametrize(
        ("kind", "ratio", "told"),
        [
            ("bonus", 2.9, False),
            ("bonus", 3.0, True),
            ("rights", 1.4, False),
            ("rights", 1.5, True),
        ],
    )
    def test_a_ratio_per_ten(self, kind, ratio, told):
        fields = {"ratio": ratio} if kind == "bonus" else {"ratio": ratio, "price": 10.0}
        table = actions((MAIN, DAYS[8], kind, fields))
        found = found_in(corporate_actions=table).filter(pl.col("kind") == "terms")
        assert len(found) == told
        if told:
            row = only(found)
            assert (row["security"], row["date"], row["value"]) == (MAIN, DAYS[8], ratio)
            assert row["hint"] == (
                f"new shares for one old share, by {kind}: is the ratio one per ten?"
            )

    def test_a_table_in_parts(self):
        # Files of several row groups give frames of several chunks.
        early, late = (
            actions((MAIN, DAYS[at], "bonus", {"ratio": ratio}))
            for at, ratio in ((4, 0.1), (8, 3.0))
        )
        table = pl.concat([early, late], rechunk=False)
        assert table.n_chunks() == 2
        row = only(found_in(corporate_actions=table).filter(pl.col("kind") == "terms"))
        assert row["date"] == DAYS[8]

    def test_a_subscription_price_far_above_the_close(self):
        table = actions((MAIN, DAYS[8], "rights", {"ratio": 0.3, "price": 80.8}))
        row = only(found_in(corporate_actions=table).filter(pl.col("kind") == "terms"))
        assert (row["value"], row["expected"]) == (80.8, 10.1)
        assert row["hint"] == (
            "subscription price / close before = 8.0: is it the price of one share?"
        )

    def test_a_subscription_price_in_another_currency(self):
        # 45 CNY are 50 HKD, for a name at 30.3.
        table = actions((HONG_KONG, DAYS[8], "rights", {"ratio": 0.01, "price": 45.0}))
        found = found_in(corporate_actions=table.with_columns(currency=pl.lit("CNY")))
        row = only(found.filter(pl.col("kind") == "terms"))
        assert (row["value"], row["expected"]) == (pytest.approx(50.0), 30.3)


class TestSizes:
    def sized(self, total, **others):
        shares = tables()["shares"].with_columns(
            total=pl.when(pl.col("security") == HONG_KONG).then(total).otherwise("total")
        )
        return found_in(shares=shares, **others).filter(pl.col("kind") == "size")

    def test_total_shares_in_units_of_ten_thousand(self):
        row = only(self.sized(10_000))
        assert (row["security"], row["date"]) == (HONG_KONG, DAYS[-1])
        # 10,000 × 30.3 HKD at 0.9.
        assert (row["value"], row["expected"]) == (pytest.approx(272_700.0), 3e7)
        assert row["hint"].endswith("are total shares in units of 10,000 (万股)?")

    def test_total_shares_that_are_too_many(self):
        row = only(self.sized(10_000_000_000_000))
        assert (row["value"], row["expected"]) == (pytest.approx(2.727e14), 1e14)

    def test_without_a_rate_a_plausible_one_stands_in(self):
        row = only(self.sized(10_000, fx=tables()["fx"].clear()))
        # Between 0.70 and 0.98.
        assert 10_000 * 30.3 * 0.7 < row["value"] < 10_000 * 30.3 * 0.98

    def test_a_currency_nobody_knows_has_no_size(self):
        securities = tables()["securities"].with_columns(currency=pl.Series(["CNY", "CNY", "KRW"]))
        market = paasche.Market.from_frames(tables(securities=securities))
        assert "size" not in paasche.check(market)["kind"]
        assert "sizes: not checked, no rate of KRW into CNY" in unchecked(market)
