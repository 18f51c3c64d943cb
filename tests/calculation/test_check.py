"""A market with one thing wrong shows that one thing, and a sound market shows nothing."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files

import polars as pl
import pytest

import paasche
from calculation.check_markets import (
    DAYS,
    GROWTH,
    HONG_KONG,
    MAIN,
    found_in,
    moved,
    tables,
)
from calculation.small_markets import actions
from paasche import errors
from paasche.calculation.desk.check import KINDS, unchecked
from paasche.calculation.desk.check.limits import Limits


def test_a_sound_market_shows_nothing():
    found = found_in()
    assert found.is_empty()
    assert found.columns == ["kind", "security", "date", "value", "expected", "hint"]


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


def test_the_sample_market_keeps_its_own_rules():
    """Its prices follow R63 and its tables fit together; its moves and pauses are drawn."""
    market = paasche.Market.from_frames(paasche.sample_market(securities=200, end="2017-12-29"))
    kinds = set(paasche.check(market)["kind"])
    assert kinds <= {"move", "stale_price"}


def test_the_sample_market_is_plausible():
    found = paasche.check(paasche.Market.from_frames(paasche.sample_market()))
    assert found.is_empty(), found
