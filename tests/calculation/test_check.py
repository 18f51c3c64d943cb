"""A market with one thing wrong shows that one thing, and a sound market shows nothing."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from importlib.resources import files

import numpy as np
import polars as pl
import pytest

import paasche
from calculation import small_markets as small
from calculation.small_markets import actions
from paasche import errors
from paasche.calculation.desk.check import KINDS, unchecked
from paasche.calculation.desk.check.limits import Limits

MAIN, GROWTH, HONG_KONG = "600001.SH", "300001.SZ", "00001.HK"
NAMES = [MAIN, GROWTH, HONG_KONG]
DAYS = [
    day for number in range(40) if (day := date(2024, 1, 8) + timedelta(days=number)).weekday() < 5
]
OPEN = np.tile([10.0, 20.0, 30.0], (len(DAYS), 1))
# Two closes by turns, so that no price stands still.
CLOSES = OPEN * np.where(np.arange(len(DAYS)) % 2, 1.01, 1.0)[:, np.newaxis]


def tables(closes=CLOSES, **others):
    """Three names on three boards over 30 sessions, a tenth of weight apart, one HKD at 0.9 CNY."""
    count = len(DAYS)
    found = {
        "securities": pl.DataFrame(
            {
                "security": NAMES,
                "name": ["main", "growth", "hong kong"],
                "exchange": ["XSHG", "XSHE", "XHKG"],
                "currency": ["CNY", "CNY", "HKD"],
                "listed": [date(2000, 1, 4)] * 3,
            }
        ),
        "prices": pl.DataFrame(
            {
                "date": np.repeat(np.array(DAYS, "datetime64[D]"), 3),
                "security": NAMES * count,
                "close": closes.round(2).ravel(),
                "volume": [1000] * 3 * count,
            }
        ),
        "shares": pl.DataFrame(
            {
                "security": NAMES,
                "effective": [DAYS[0]] * 3,
                "total": [300_000_000, 150_000_000, 100_000_000],
            }
        ),
        "constituents": pl.DataFrame(
            {"index": ["THREE"] * 3, "effective": [DAYS[0]] * 3, "security": NAMES}
        ),
        "calendar": pl.DataFrame(
            {"exchange": ["XSHG"] * count + ["XHKG"] * count, "date": DAYS * 2}
        ),
        "fx": pl.DataFrame({"date": DAYS, "pair": "HKDCNY", "rate": 0.9}),
    }
    return found | others


def found_in(closes=CLOSES, *, options=None, **others):
    market = paasche.Market.from_frames(tables(closes, **others))
    return paasche.check(market, **(options or {}))


def moved(session, name, factor, end=None):
    """Return the closes with one name's multiplied by a factor over some sessions."""
    closes = CLOSES.copy()
    closes[session:end, NAMES.index(name)] *= factor
    return closes


def only(found):
    assert len(found) == 1, found
    return found.row(0, named=True)


def test_a_sound_market_shows_nothing():
    found = found_in()
    assert found.is_empty()
    assert found.columns == ["kind", "security", "date", "value", "expected", "hint"]


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


class TestShares:
    def counts(self, total, **fields):
        more = pl.DataFrame({"security": [MAIN], "effective": [DAYS[7]], "total": [total]} | fields)
        return pl.concat([tables()["shares"], more], how="diagonal")

    @pytest.mark.parametrize(("total", "told"), [(387_000_000, False), (393_000_000, True)])
    def test_a_change_of_thirty_percent_is_large(self, total, told):
        limits = _changed_limits("weight", "jump", 1.0)
        found = found_in(shares=self.counts(total), options={"limits": limits})
        assert (found["kind"].to_list() == ["share_change"]) is told

    def test_the_ratio_of_a_bonus_is_told_when_it_is_small(self):
        limits = _changed_limits("weight", "jump", 1.0)
        row = only(found_in(shares=self.counts(330_000_000), options={"limits": limits}))
        assert (row["value"], row["expected"]) == (330_000_000, 300_000_000)
        assert row["hint"] == "10.0 % without an event: a bonus of 0.1 missing?"

    def test_an_event_that_the_count_does_not_show(self):
        limits = _changed_limits("weight", "jump", 1.0)
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
    limits = _changed_limits("weight", "jump", 0.02)
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


class TestUnchecked:
    def left_out(self, *without, **others):
        complete = {
            "status": pl.DataFrame(
                {"security": [MAIN], "status": ["suspended"], "start": [date(2023, 1, 3)]}
            ).with_columns(end=pl.col("start")),
            "corporate_actions": actions((MAIN, DAYS[8], "cash_dividend", {"cash": 0.01})),
            "prices": tables()["prices"].with_columns(reference=pl.lit(None, pl.Float64)),
        }
        found = tables(**(complete | others))
        if "prices" not in others:
            found["prices"] = found["prices"].with_columns(reference="close")
        for name in without:
            del found[name]
        return unchecked(paasche.Market.from_frames(found))

    def test_a_whole_market_leaves_nothing_out(self):
        assert self.left_out() == ()

    @pytest.mark.parametrize(
        ("table", "lines"),
        [
            (
                "status",
                tuple(
                    f"{what}: not checked, the market has no table status"
                    for what in ("missing prices", "price limits under a risk warning")
                ),
            ),
            (
                "shares",
                (
                    "share counts: not checked, the market has no table shares",
                    "weights by shares: not checked, the market has no table shares",
                    "sizes: not checked, the market has no table shares",
                ),
            ),
            ("constituents", ("weights: not checked, the market has no table constituents",)),
            (
                "corporate_actions",
                tuple(
                    f"{what}: not checked, the market has no table corporate_actions"
                    for what in (
                        "opening references on ex-dates",
                        "terms of bonus and rights issues",
                    )
                ),
            ),
            (
                "fx",
                ("weights across CNY, HKD: not checked, the market has no rates in a table fx",),
            ),
        ],
    )
    def test_a_table_that_is_not_there(self, table, lines):
        assert self.left_out(table) == lines

    def test_a_table_without_rows(self):
        empty = tables()["constituents"].clear()
        assert self.left_out(constituents=empty) == (
            "weights: not checked, the market has no rows in the table constituents",
        )

    def test_columns_of_prices(self):
        prices = tables()["prices"].drop("volume")
        assert self.left_out(prices=prices) == (
            "published opening references: not checked, the table prices has no reference",
            "rows without a trade: not checked, the table prices has no volume",
        )

    def test_few_sessions(self):
        prices = tables()["prices"].filter(pl.col("date") <= DAYS[8])
        lines = self.left_out(prices=prices.with_columns(reference="close"))
        assert lines == ("stale prices: not checked, 9 sessions are fewer than 10",)

    def test_securities_that_other_tables_lack(self):
        prices = tables()["prices"].filter(pl.col("security") != GROWTH)
        lines = self.left_out(
            prices=prices.with_columns(reference="close"),
            shares=tables()["shares"].filter(pl.col("security") == MAIN),
        )
        assert lines == (
            f"securities without a price: not checked, 1 of 3: {GROWTH}",
            f"securities without shares: not checked, 2 of 3: {HONG_KONG}, {GROWTH}",
        )

    def test_what_the_limits_say_nothing_of(self):
        securities = tables()["securities"].with_columns(
            exchange=pl.Series(["XSHG", "XSHE", "XNYS"])
        )
        pair = pl.DataFrame({"date": [DAYS[0]], "pair": ["KRWCNY"], "rate": [0.0054]})
        lines = self.left_out(
            securities=securities,
            calendar=pl.concat(
                pl.DataFrame({"exchange": name, "date": DAYS}) for name in ("XSHG", "XSHE", "XNYS")
            ),
            fx=pl.concat([tables()["fx"], pair]),
        )
        assert lines == (
            "levels of rates: not checked, the limits have no range for KRWCNY",
            "moves on XNYS main: not checked, the limits have no entry for it",
        )

    def test_an_index_narrows_it(self):
        others = {
            "prices": tables()["prices"].filter(pl.col("security") != GROWTH),
            "constituents": tables()["constituents"].filter(pl.col("security") != GROWTH),
        }
        market = paasche.Market.from_frames(tables(**others))
        assert any("without a price" in line for line in unchecked(market))
        assert not any("without a price" in line for line in unchecked(market, index="THREE"))


class TestArguments:
    @pytest.mark.parametrize("call", [paasche.check, unchecked])
    def test_what_is_no_market_is_refused(self, call):
        with pytest.raises(errors.InputError) as caught:
            call("market")
        assert str(caught.value) == (
            "market = str: must be a Market; make one with Market.read or Market.from_frames"
        )

    def test_an_index_that_is_no_text_is_refused(self):
        with pytest.raises(errors.InputError, match="index = 5: must be an index of the table"):
            found_in(options={"index": 5})

    def test_limits_of_another_kind_are_refused(self):
        with pytest.raises(errors.InputError, match="limits = int: must be Limits or a path"):
            found_in(options={"limits": 5})


class TestScope:
    closes = moved(7, MAIN, 0.5)

    def test_days_and_index(self):
        assert found_in(self.closes, options={"start": DAYS[8]}).is_empty()
        assert found_in(self.closes, options={"end": str(DAYS[6])}).is_empty()
        assert len(found_in(self.closes, options={"index": "THREE"})) == 1
        two = tables()["constituents"].filter(pl.col("security") != MAIN)
        assert found_in(self.closes, constituents=two, options={"index": "THREE"}).is_empty()

    def test_names_without_a_price_show_nothing(self):
        prices = tables()["prices"].filter(pl.col("security") == HONG_KONG)
        two = tables()["constituents"].filter(pl.col("security") != HONG_KONG)
        others = {
            "constituents": two,
            "corporate_actions": actions((MAIN, DAYS[7], "split", {"ratio": 2.0})),
        }
        assert found_in(prices=prices, options={"index": "THREE"}, **others).is_empty()

    def test_an_index_without_constituents_is_refused(self):
        with pytest.raises(errors.InputError, match="there is THREE"):
            found_in(options={"index": "FOUR"})

    def test_days_in_the_wrong_order_are_refused(self):
        with pytest.raises(errors.InputError, match="must be on or before the end"):
            found_in(options={"start": DAYS[3], "end": DAYS[2]})

    def test_findings_come_by_kind_security_and_date(self):
        closes = moved(7, MAIN, 0.5)
        closes[9:, 2] *= 3
        found = found_in(closes, fx=tables()["fx"].clear())
        assert found["kind"].to_list() == ["move", "move", "missing_fx"]
        assert found["security"].to_list()[:2] == [HONG_KONG, MAIN]
        assert set(found["kind"]) <= set(KINDS)


class TestLimits:
    def test_a_file_of_ones_own(self, tmp_path):
        text = _own().replace("limit = 0.10", "limit = 0.60")
        (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
        assert found_in(moved(7, MAIN, 0.5), options={"limits": tmp_path / "mine.toml"}).is_empty()

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("jump =", "jmp =", r"weight\.jmp: must be a known key; the nearest is jump"),
            ("large = 0.30", 'large = "30%"', r'shares\.large = "30%": must be a number'),
            ("[[0.0, 0.01]]", "[[0.5, 0.01]]", "must be pairs of price and positive step"),
            ("[weight]", "[weight", "must be TOML"),
            ("[[0.0, 0.001]]", "[[0.0, 0.0]]", r"line_ticks\[0\]\.steps.*: must be pairs of price"),
            ("low = 7.7", "low = 7.95", r"low = 7\.95: must be below high, 7\.9"),
            ("value = 1e14", "value = 1e7", r"size\.low = .*: must be below high, 1"),
        ],
    )
    def test_a_wrong_file_is_refused_by_its_key(self, tmp_path, old, new, message):
        (tmp_path / "mine.toml").write_text(_own().replace(old, new), encoding="utf-8")
        with pytest.raises(errors.InputError, match=message):
            Limits.read(tmp_path / "mine.toml")

    def test_a_file_that_is_not_there_is_refused(self, tmp_path):
        with pytest.raises(errors.MissingDataError, match="must be a file that can be read"):
            Limits.read(tmp_path / "none.toml")

    def test_every_number_has_a_source_or_says_that_it_is_assumed(self):
        text = _own()
        for section in ("price_limits", "rate_levels", "line_ticks"):
            for one in tomllib.loads(text)[section]:
                assert one["source"]
        for section in ("actions", "stale", "weight", "size", "terms"):
            for name, value in tomllib.loads(text)[section].items():
                assert name in ("splits", "bonuses") or value["assumed"]


def _own():
    return (files("paasche.calculation.desk.check") / "limits.toml").read_text(encoding="utf-8")


def _changed_limits(section, name, value):
    limits = Limits.read()
    part = getattr(limits, section).model_copy(update={name: value})
    return limits.model_copy(update={section: part})


def test_the_sample_market_keeps_its_own_rules():
    """Its prices follow R63 and its tables fit together; its moves and pauses are drawn."""
    market = paasche.Market.from_frames(paasche.sample_market(securities=200, end="2017-12-29"))
    kinds = set(paasche.check(market)["kind"])
    assert kinds <= {"move", "stale_price"}


def test_the_sample_market_is_plausible():
    found = paasche.check(paasche.Market.from_frames(paasche.sample_market()))
    assert found.is_empty(), found
