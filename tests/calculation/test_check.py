"""A market with one thing wrong shows that one thing, and a sound market shows nothing."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from importlib.resources import files

import numpy as np
import polars as pl
import pytest

import paasche
from calculation.small_markets import actions
from paasche import errors
from paasche.calculation.check import KINDS
from paasche.calculation.check.limits import Limits

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
                "total": [3_000_000, 1_500_000, 1_000_000],
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

    @pytest.mark.parametrize(("total", "told"), [(3_870_000, False), (3_930_000, True)])
    def test_a_change_of_thirty_percent_is_large(self, total, told):
        limits = _changed_limits("weight", "jump", 1.0)
        found = found_in(shares=self.counts(total), options={"limits": limits})
        assert (found["kind"].to_list() == ["share_change"]) is told

    def test_the_ratio_of_a_bonus_is_told_when_it_is_small(self):
        limits = _changed_limits("weight", "jump", 1.0)
        row = only(found_in(shares=self.counts(3_300_000), options={"limits": limits}))
        assert (row["value"], row["expected"]) == (3_300_000, 3_000_000)
        assert row["hint"] == "10.0 % without an event: a bonus of 0.1 missing?"

    def test_an_event_that_the_count_does_not_show(self):
        limits = _changed_limits("weight", "jump", 1.0)
        table = actions((MAIN, DAYS[7], "bonus", {"ratio": 0.05}))
        # The count states the day before: the bonus comes on top of it.
        early = self.counts(3_000_000, basis=[DAYS[6]])
        none = found_in(shares=early, corporate_actions=table, options={"limits": limits})
        assert none.is_empty()
        table = actions((MAIN, DAYS[7], "bonus", {"ratio": 0.1}))
        shares = self.counts(3_000_000)
        found = found_in(
            moved(7, MAIN, 1 / 1.1),
            shares=shares,
            corporate_actions=table,
            options={"limits": limits},
        )
        row = only(found)
        assert row["expected"] == pytest.approx(3_300_000)
        assert row["hint"].endswith(
            "is an event counted that the total does not contain? See its basis"
        )

    def test_a_change_that_shifts_a_weight(self):
        # 30 of 87 millions, then 33 of 90: the Hong Kong name counts at 0.9.
        row = only(found_in(shares=self.counts(3_300_100)).filter(pl.col("kind") == "weight"))
        before = 30 * 1.01 / (30 + 30 + 27) / 1.01
        after = before * 1.1000333 / (1 + before * 0.1000333)
        assert row["expected"] == pytest.approx(before)
        assert row["value"] == pytest.approx(after, rel=1e-6)
        assert row["hint"] == "weight in THREE: the share count changes by 10.0 %"


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


class TestRates:
    def test_a_rate_may_be_kept_for_five_sessions(self):
        fx = tables()["fx"]
        five = fx.filter(~pl.col("date").is_in(DAYS[3:8]))
        assert found_in(fx=five).is_empty()
        row = only(found_in(fx=fx.filter(~pl.col("date").is_in(DAYS[3:9]))))
        assert (row["kind"], row["security"], row["date"]) == ("missing_fx", "HKDCNY", DAYS[8])
        assert row["hint"] == f"sessions since the last rate of HKDCNY, of {DAYS[2]}"
        assert row["value"] == 6.0

    def test_a_pair_the_other_way_round_will_do(self):
        fx = tables()["fx"].with_columns(pair=pl.lit("CNYHKD"), rate=1 / pl.col("rate"))
        assert found_in(fx=fx).is_empty()

    def test_a_currency_without_any_rate(self):
        row = only(found_in(fx=tables()["fx"].clear()))
        assert row["hint"] == "no rate of HKDCNY yet; add it to the table fx"

    def test_an_inverted_rate(self):
        rows = pl.col("date") >= DAYS[9]
        fx = tables()["fx"].with_columns(rate=pl.when(rows).then(1 / 0.9).otherwise("rate"))
        row = only(found_in(fx=fx))
        assert (row["kind"], row["date"], row["expected"]) == ("fx_move", DAYS[9], 0.9)
        assert row["hint"] == "the rate of the pair the other way round?"


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
        for one in tomllib.loads(text)["price_limits"]:
            assert one["source"]
        for section in ("actions", "stale", "weight"):
            for name, value in tomllib.loads(text)[section].items():
                assert name in ("splits", "bonuses") or value["assumed"]


def _own():
    return (files("paasche.calculation.check") / "limits.toml").read_text(encoding="utf-8")


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
