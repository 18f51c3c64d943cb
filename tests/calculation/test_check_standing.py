"""Prices that stand still or are missing, and rates."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

import paasche
from calculation import small_markets as small
from calculation.check_markets import (
    DAYS,
    GROWTH,
    MAIN,
    found_in,
    only,
    tables,
)
from calculation.small_markets import actions
from paasche import errors


class TestStanding:
    def still(self, count, volume):
        prices = tables()["prices"]
        rows = (pl.col("security") == MAIN) & pl.col("date").is_between(DAYS[3], DAYS[2 + count])
        return prices.with_columns(
            close=pl.when(rows).then(10.05).otherwise("close"),
            volume=pl.when(rows).then(volume).otherwise("volume"),
        )

    def test_ten_sessions_with_the_same_close_are_told(self):
        assert found_in(prices=self.still(9, 100)).is_empty()
        row = only(found_in(prices=self.still(10, 100)))
        assert (row["kind"], row["date"], row["value"]) == ("stale_price", DAYS[12], 10.05)
        assert row["hint"] == f"the same close on 10 sessions since {DAYS[3]}"

    def test_volume_0_makes_it_look_suspended(self):
        row = only(found_in(prices=self.still(12, 0)))
        assert row["hint"].endswith("12 of them with volume 0: suspended?")

    def test_a_suspension_explains_it(self):
        status = pl.DataFrame(
            {"security": [MAIN], "status": ["suspended"], "start": [DAYS[4]], "end": [DAYS[20]]}
        )
        assert found_in(prices=self.still(14, 0), status=status).is_empty()

    def test_a_gap_without_a_suspension_is_told_run_by_run(self):
        status = pl.DataFrame(
            {"security": [MAIN], "status": ["suspended"], "start": [DAYS[4]], "end": [DAYS[5]]}
        )
        gone = (pl.col("security") == MAIN) & pl.col("date").is_in(
            [DAYS[4], *DAYS[10:12], DAYS[20]]
        )
        prices = tables()["prices"].filter(~gone)
        found = found_in(prices=prices, status=status)
        assert found.select("kind", "date", "value").rows() == [
            ("missing_price", DAYS[11], 2.0),
            ("missing_price", DAYS[20], 1.0),
        ]

    @pytest.mark.parametrize(
        ("kind", "fields", "cancelled", "due"),
        [
            ("delisting", {}, None, 0),
            ("merger", {"cash": 9.0}, None, 0),
            ("delisting", {}, DAYS[9], 20),
            ("delisting", {}, DAYS[12], 0),
        ],
    )
    def test_nothing_is_due_from_a_delisting_or_merger_on(self, kind, fields, cancelled, due):
        status = pl.DataFrame(
            {"security": [GROWTH], "status": ["suspended"], "start": [DAYS[0]], "end": [DAYS[0]]}
        )
        end = actions((MAIN, DAYS[10], kind, fields)).with_columns(
            announced=pl.lit(DAYS[3]), cancelled=pl.lit(cancelled, pl.Date)
        )
        gone = (pl.col("security") == MAIN) & (pl.col("date") >= DAYS[10])
        prices = tables()["prices"].filter(~gone)
        found = found_in(prices=prices, status=status, corporate_actions=end)
        missing = found.filter(pl.col("kind") == "missing_price")
        assert missing["value"].to_list() == [len(DAYS) - 10] * bool(due)


class TestRates:
    def test_a_rate_may_be_kept_for_five_sessions(self):
        fx = tables()["fx"]
        five = fx.filter(~pl.col("date").is_in(DAYS[3:8]))
        assert found_in(fx=five).is_empty()
        row = only(found_in(fx=fx.filter(~pl.col("date").is_in(DAYS[3:9]))))
        assert (row["kind"], row["security"], row["date"]) == ("missing_fx", "HKDCNY", DAYS[8])
        assert row["hint"] == f"sessions since the last rate of HKDCNY, of {DAYS[2]}"
        assert row["value"] == 6.0

    def test_a_first_rate_that_comes_late(self):
        row = only(found_in(fx=tables()["fx"].filter(pl.col("date") >= DAYS[2])))
        assert (row["kind"], row["date"], row["value"]) == ("missing_fx", DAYS[1], 2.0)
        assert row["hint"] == "no rate of HKDCNY yet; add it to the table fx"

    def test_a_pair_the_other_way_round_will_do(self):
        fx = tables()["fx"].with_columns(pair=pl.lit("CNYHKD"), rate=1 / pl.col("rate"))
        assert found_in(fx=fx).is_empty()

    def test_a_currency_without_any_rate(self):
        row = only(found_in(fx=tables()["fx"].clear()))
        assert row["hint"] == "no rate of HKDCNY yet; add it to the table fx"

    def test_an_inverted_rate(self):
        rows = pl.col("date") >= DAYS[9]
        fx = tables()["fx"].with_columns(rate=pl.when(rows).then(1 / 0.9).otherwise("rate"))
        step, level = found_in(fx=fx).to_dicts()
        assert (step["kind"], step["date"], step["expected"]) == ("fx_move", DAYS[9], 0.9)
        assert step["hint"] == "the rate of the pair the other way round?"
        assert (level["kind"], level["date"], level["expected"]) == ("rate_level", DAYS[-1], 0.98)
        assert level["hint"] == (
            f"outside 0.7 to 0.98 on {len(DAYS) - 9} days since {DAYS[9]}: the rate of the pair "
            "the other way round?"
        )

    def test_a_rate_under_the_name_of_the_pair_the_other_way_round(self):
        fx = tables()["fx"].with_columns(pair=pl.lit("CNYHKD"))
        row = only(found_in(fx=fx))
        assert (row["kind"], row["security"], row["value"]) == ("rate_level", "CNYHKD", 0.9)
        assert row["expected"] == pytest.approx(1 / 0.98)
        assert row["hint"].endswith(": the rate of the pair the other way round?")

    def test_a_rate_of_a_hundred_units(self):
        # 100 JPY were 4.9 CNY in early 2024.
        yen = pl.DataFrame({"date": DAYS, "pair": "JPYCNY", "rate": 4.9})
        row = only(found_in(fx=pl.concat([tables()["fx"], yen])))
        assert (row["kind"], row["expected"]) == ("rate_level", 0.12)
        assert row["hint"].endswith(": the rate of 100 units?")

    def test_before_2008_one_hkd_was_worth_more_than_one_cny(self):
        # The pegs of the time, 7.8 and 8.28, make 1.061.
        fx = pl.DataFrame({"date": [date(2004, 6, 1)], "pair": ["HKDCNY"], "rate": [1.061]})
        found = found_in(fx=pl.concat([tables()["fx"], fx]), options={"start": date(2004, 1, 1)})
        assert "rate_level" not in found["kind"]

    @pytest.mark.parametrize(
        ("kind", "fields"),
        [
            ("cash_dividend", {"cash": 0.01}),
            ("special_dividend", {"cash": 0.01}),
            ("rights", {"ratio": 0.01, "price": 1.4}),
        ],
    )
    def test_money_in_a_currency_without_a_rate(self, kind, fields):
        table = actions((MAIN, DAYS[8], kind, fields)).with_columns(currency=pl.lit("USD"))
        row = only(found_in(corporate_actions=table))
        assert (row["kind"], row["security"], row["date"]) == ("missing_fx", "USDCNY", DAYS[7])
        assert row["hint"] == (
            f"no rate of USDCNY yet; add it to the table fx, for the {kind} of {MAIN} with the "
            f"ex-date {DAYS[8]}"
        )

    def test_a_rate_on_the_session_before_the_ex_date_will_do(self):
        table = actions((MAIN, DAYS[8], "cash_dividend", {"cash": 0.01}))
        table = table.with_columns(currency=pl.lit("USD"))

        def given(session):
            dollar = pl.DataFrame({"date": [DAYS[session]], "pair": "USDCNY", "rate": 7.1})
            return found_in(fx=pl.concat([tables()["fx"], dollar]), corporate_actions=table)

        assert given(7).is_empty()
        assert given(2).is_empty()
        # Six sessions old, and one of the ex-date itself, which comes too late.
        assert only(given(1))["value"] == 6.0
        assert only(given(8))["kind"] == "missing_fx"

    def test_calculate_refuses_the_same_dividend(self):
        table = small.actions((small.NAMES[0], small.SESSIONS[3], "cash_dividend", {"cash": 0.1}))
        market = paasche.Market.from_frames(
            small.tables(corporate_actions=table.with_columns(currency=pl.lit("USD")))
        )
        assert "missing_fx" in paasche.check(market)["kind"]
        with pytest.raises(errors.MissingDataError, match="currency = USD in the cash_dividend"):
            paasche.calculate(small.methodology(), market)
