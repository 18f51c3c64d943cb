"""Moves beyond the limits of the boards, price steps, published references."""

from __future__ import annotations

import polars as pl
import pytest

import paasche
from calculation.check_markets import (
    DAYS,
    GROWTH,
    HONG_KONG,
    MAIN,
    NAMES,
    OPEN,
    found_in,
    moved,
    only,
    tables,
)
from calculation.small_markets import actions
from paasche.calculation.desk.check.limits import Limits


class TestMoves:
    def test_a_split_that_is_missing_is_named(self):
        row = only(found_in(moved(7, MAIN, 0.5)))
        assert (row["kind"], row["security"], row["date"]) == ("move", MAIN, DAYS[7])
        assert (row["value"], row["expected"]) == (5.05, 10.0)
        assert row["hint"] == "close/reference = 0.505: a split of 2 or bonus of 1 missing?"

    @pytest.mark.parametrize(
        ("kind", "fields"), [("split", {"ratio": 2.0}), ("bonus", {"ratio": 1.0})]
    )
    def test_a_split_that_is_there_explains_the_move(self, kind, fields):
        table = actions((MAIN, DAYS[7], kind, fields))
        shares = tables()["shares"].with_columns(basis=pl.lit(DAYS[0]))
        assert found_in(moved(7, MAIN, 0.5), corporate_actions=table, shares=shares).is_empty()

    def test_a_split_on_the_wrong_day_shows_on_both(self):
        table = actions((MAIN, DAYS[9], "split", {"ratio": 2.0}))
        first, second = found_in(moved(7, MAIN, 0.5), corporate_actions=table).to_dicts()
        assert (first["date"], second["date"]) == (DAYS[7], DAYS[9])
        assert "a split of 2 or bonus of 1 missing?" in first["hint"]
        assert "close/close before = 1.0" in second["hint"]
        assert "is the event of this ex-date wrong, or of another day?" in second["hint"]

    def test_a_close_that_slipped_is_one_that_comes_back(self):
        first, second = found_in(moved(7, MAIN, 10.0, 8)).to_dicts()
        assert first["hint"] == (
            "close/reference = 10.1, and back on the next session: a wrong close?"
        )
        assert second["date"] == DAYS[8]
        assert second["hint"] == f"close/reference = 0.099: back from the close of {DAYS[7]}"

    def test_the_way_back_from_a_close_is_no_missing_bonus(self):
        # 10.1 × 1.2 = 12.12 and back: 0.825 is near the price of a bonus of 0.2.
        _, second = found_in(moved(7, MAIN, 1.2, 8)).to_dicts()
        assert second["hint"].endswith(f": back from the close of {DAYS[7]}")

    @pytest.mark.parametrize(
        ("name", "day", "close", "told"),
        [
            (MAIN, DAYS[7], 11.01, False),  # 10 % and a step
            (MAIN, DAYS[7], 11.02, True),
            (GROWTH, DAYS[7], 24.01, False),  # 20 %
            (GROWTH, DAYS[7], 24.02, True),
            (HONG_KONG, DAYS[7], 39.0, False),  # 30 %, and a step of 0.05
            (HONG_KONG, DAYS[7], 39.06, True),
        ],
    )
    def test_the_limit_of_the_board(self, name, day, close, told):
        closes = OPEN.copy()
        closes[::2] *= 1.001
        closes[DAYS.index(day) - 1] = OPEN[0]
        closes[DAYS.index(day) :, NAMES.index(name)] = close
        closes[DAYS.index(day) :: 2] *= 1.001
        closes[DAYS.index(day), NAMES.index(name)] = close
        found = found_in(closes).filter(pl.col("kind") == "move")
        assert (found["date"].to_list() == [day]) is told

    def test_a_risk_warning_halves_the_limit(self):
        status = pl.DataFrame(
            {
                "security": [MAIN, MAIN],
                "status": ["risk_warning"] * 2,
                "start": [DAYS[5], DAYS[20]],
                "end": [DAYS[10], None],
            }
        )
        closes = moved(7, MAIN, 1.07)
        assert only(found_in(closes, status=status))["date"] == DAYS[7]
        closes = moved(15, MAIN, 1.07)
        assert found_in(closes, status=status).is_empty()

    def test_the_first_sessions_of_a_listing_are_free(self):
        securities = tables()["securities"].with_columns(
            listed=pl.when(pl.col("security") == GROWTH).then(DAYS[10]).otherwise("listed")
        )
        prices = tables(moved(14, GROWTH, 1.5))["prices"]
        late = prices.filter((pl.col("security") != GROWTH) | (pl.col("date") >= DAYS[10]))
        assert found_in(prices=late, securities=securities).is_empty()
        prices = tables(moved(15, GROWTH, 1.5))["prices"]
        late = prices.filter((pl.col("security") != GROWTH) | (pl.col("date") >= DAYS[10]))
        assert only(found_in(prices=late, securities=securities))["date"] == DAYS[15]

    def test_a_price_carried_over_two_ex_dates_opens_at_its_reference(self):
        # (10 − 1) / 1.5, then halved by the split: 3 (R63).
        table = actions(
            (MAIN, DAYS[8], "cash_dividend", {"cash": 1.0}),
            (MAIN, DAYS[8], "bonus", {"ratio": 0.5}),
            (MAIN, DAYS[9], "split", {"ratio": 2.0}),
        )
        prices = tables(moved(10, MAIN, 0.36))["prices"]
        gone = (pl.col("security") == MAIN) & pl.col("date").is_between(DAYS[7], DAYS[9])
        row = only(
            found_in(prices=prices.filter(~gone), corporate_actions=table).filter(
                pl.col("kind") == "move"
            )
        )
        assert (row["value"], row["expected"]) == (3.6, 3.0)
        assert row["hint"].endswith(f" (the first price since {DAYS[6]})")

    def test_a_row_without_a_trade_on_an_ex_date_is_none(self):
        table = actions((MAIN, DAYS[7], "split", {"ratio": 2.0}))
        prices = tables(moved(8, MAIN, 0.5))["prices"].with_columns(
            volume=pl.when((pl.col("security") == MAIN) & (pl.col("date") == DAYS[7]))
            .then(0)
            .otherwise("volume")
        )
        assert found_in(prices=prices, corporate_actions=table).is_empty()

    def test_a_dividend_in_another_currency_is_converted(self):
        # 9 CNY are 10 HKD: 30.3 − 10 on the day after a close of 30.3.
        table = actions((HONG_KONG, DAYS[8], "cash_dividend", {"cash": 9.0})).with_columns(
            currency=pl.lit("CNY")
        )
        row = only(found_in(corporate_actions=table))
        assert (row["date"], row["expected"]) == (DAYS[8], pytest.approx(20.3))

    def test_a_spin_off_has_no_reference(self):
        table = actions((MAIN, DAYS[7], "spin_off", {"ratio": 1.0})).with_columns(
            related=pl.lit(GROWTH)
        )
        assert found_in(moved(7, MAIN, 0.5), corporate_actions=table).is_empty()


class TestPriceSteps:
    """A limit price is rounded to a step: 0.001 USD for B shares in Shanghai, else 0.01."""

    def found(self, name, exchange, currency, closes, **options):
        found = {
            "securities": pl.DataFrame(
                {"security": [name], "name": ["b"], "exchange": [exchange], "currency": [currency]}
            ),
            "prices": pl.DataFrame(
                {"date": DAYS[: len(closes)], "security": [name] * len(closes), "close": closes}
            ),
        }
        market = paasche.Market.from_frames(found)
        return paasche.check(market, **options).filter(pl.col("kind") == "move")["value"].to_list()

    @pytest.mark.parametrize(
        ("name", "exchange", "currency", "told"),
        [
            ("900901.SH", "XSHG", "USD", [0.069]),
            ("200002.SZ", "XSHE", "HKD", []),
            ("600001.SH", "XSHG", "CNY", []),
        ],
    )
    def test_a_move_of_fifteen_percent_within_a_fen(self, name, exchange, currency, told):
        assert self.found(name, exchange, currency, [0.060, 0.069, 0.069]) == told

    def test_a_file_of_limits_without_lines_in_a_currency_is_read(self):
        limits = Limits.read().model_copy(update={"line_ticks": ()})
        assert self.found("900901.SH", "XSHG", "USD", [0.060, 0.069], limits=limits) == []


class TestReferences:
    def published(self, price, **others):
        rows = (pl.col("security") == MAIN) & (pl.col("date") == DAYS[8])
        prices = tables()["prices"].with_columns(reference=pl.when(rows).then(pl.lit(price)))
        return found_in(prices=prices, **others)

    def test_one_within_a_step_of_the_rule_is_none(self):
        table = actions((MAIN, DAYS[8], "cash_dividend", {"cash": 0.105}))
        # 10.1 − 0.105 = 9.995
        assert self.published(10.0, corporate_actions=table).is_empty()

    def test_one_off_the_rule(self):
        table = actions((MAIN, DAYS[8], "cash_dividend", {"cash": 0.1}))
        row = only(self.published(9.9, corporate_actions=table))
        assert (row["kind"], row["value"]) == ("reference", 9.9)
        assert row["expected"] == pytest.approx(10.0)
        assert row["hint"] == "published against R63 = 0.99"

    def test_one_that_knows_a_bonus_the_tables_do_not(self):
        row = only(self.published(5.05))
        assert row["hint"] == (
            "published, though no ex-date is known, against the close before = 0.5: a split of 2 "
            "or bonus of 1 missing?"
        )

    def test_a_dividend_that_eats_the_price(self):
        table = actions((MAIN, DAYS[8], "cash_dividend", {"cash": 11.0}))
        row = only(found_in(corporate_actions=table))
        assert row["hint"] == "the dividend is not below the close before"


@pytest.mark.rule("R26")
def test_the_reference_of_a_spin_off_says_what_the_child_is_worth():
    at = (pl.col("date") == DAYS[7]) & (pl.col("security") == MAIN)
    closes = moved(7, MAIN, 0.8)
    prices = tables(closes)["prices"].with_columns(reference=pl.when(at).then(8.0))
    spun = actions((MAIN, DAYS[7], "spin_off", {"ratio": 0.5})).with_columns(related=pl.lit(GROWTH))
    assert found_in(closes, prices=prices, corporate_actions=spun).is_empty()
    # Without the row it is a reference that nothing explains, and a move.
    assert set(found_in(closes, prices=prices)["kind"]) == {"move", "reference"}
