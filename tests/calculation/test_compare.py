"""Two runs side by side: the first session that differs, which input, how many points."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest
from rich.console import Console

import paasche
from calculation import small_markets as small

DAYS = small.SESSIONS
ONE, TWO = small.NAMES


def tables(**others):
    """A mainland and a Hong Kong name at 10 CNY and 20 HKD, one HKD worth 0.5 CNY."""
    found = small.tables()
    found["securities"] = found["securities"].with_columns(
        currency=pl.Series(["CNY", "HKD"]), exchange=pl.Series(["XSHG", "XSHG"])
    )
    found["fx"] = pl.DataFrame(
        {"date": DAYS, "pair": ["HKDCNY"] * len(DAYS), "rate": [0.5] * len(DAYS)}
    )
    found["corporate_actions"] = small.actions(
        (TWO, DAYS[6], "cash_dividend", {"cash": 1.0}),
    )
    return found | others


def run(rules=None, **others):
    market = paasche.Market.from_frames(tables(**others))
    return paasche.calculate(rules or small.methodology(), market), market


def with_value(table, column, value, **where):
    rows = pl.all_horizontal(pl.col(name) == one for name, one in where.items())
    return tables()[table].with_columns(
        pl.when(rows).then(pl.lit(value)).otherwise(column).alias(column)
    )


def compared(rules=None, **others):
    (a, market_a), (b, market_b) = run(), run(rules, **others)
    return paasche.compare(a, b, market_a=market_a, market_b=market_b)


def only(frame):
    assert len(frame) == 1
    return frame.row(0, named=True)


def price(frame):
    return frame.filter(pl.col("variant") == "price")


def test_a_close_that_is_a_cent_off(tmp_path):
    found = compared(prices=with_value("prices", "close", 10.01, date=DAYS[4], security=ONE))
    assert not found.same
    assert only(found.inputs) == {
        "date": DAYS[4],
        "table": "prices",
        "key": ONE,
        "column": "close",
        "value_a": "10.0",
        "value_b": "10.01",
    }
    # Each name is worth ten millions: a cent of ten is half a thousandth of the index.
    first = only(price(found.first))
    assert (first["first"], first["first_published"]) == (DAYS[4], DAYS[4])
    assert first["effect"] == pytest.approx(0.5)
    assert (first["largest"], first["largest_on"], first["last"]) == (0.5, DAYS[4], 0.0)
    series = price(found.levels)
    assert series["difference"].to_list() == [0.0] * 4 + [0.5] + [0.0] * 5
    assert series["effect"].round(9).to_list() == [0.0] * 4 + [0.5, -0.5] + [0.0] * 4
    assert found.constituents.is_empty()
    assert found.divisors.is_empty()


def test_a_share_count():
    more = pl.DataFrame(
        {
            "security": [ONE],
            "effective": [DAYS[2]],
            "total": [1_200_000],
            "free_float": [1_200_000],
        }
    )
    prices = with_value("prices", "close", 11.0, date=DAYS[8], security=ONE)
    (a, market_a) = run(prices=prices)
    (b, market_b) = run(prices=prices, shares=pl.concat([tables()["shares"], more]))
    found = paasche.compare(a, b, market_a=market_a, market_b=market_b)
    assert found.inputs.select("date", "table", "column", "value_a", "value_b").rows() == [
        (DAYS[2], "shares", "free_float", None, "1200000"),
        (DAYS[2], "shares", "total", None, "1200000"),
    ]
    # Used two sessions later (R57), seen with the next move of the price.
    assert only(found.divisors)["session"] == DAYS[4]
    assert found.constituents.select("run", "session", "security", "total").rows() == [
        ("B", DAYS[4], ONE, 1_200_000.0)
    ]
    assert set(found.events["event"]) == {"share_change_triggered"}
    assert only(price(found.first))["first"] == DAYS[8]


def test_a_dividend():
    more = small.actions((TWO, DAYS[6], "cash_dividend", {"cash": 2.0}))
    found = compared(corporate_actions=more)
    row = only(found.inputs)
    assert (row["date"], row["table"], row["column"]) == (DAYS[6], "corporate_actions", "cash")
    assert (row["value_a"], row["value_b"]) == ("1.0", "2.0")
    assert only(found.first)["variant"] == "total_return"
    assert only(found.first)["first"] == DAYS[6]


def test_a_rate():
    found = compared(fx=with_value("fx", "rate", 0.51, date=DAYS[7]))
    row = only(found.inputs)
    assert row["date"] == DAYS[7]
    assert (row["key"], row["value_a"], row["value_b"]) == ("HKDCNY", "0.5", "0.51")
    # The Hong Kong name is half of the index, and worth 2 % more on that day.
    assert only(price(found.first))["effect"] == pytest.approx(10.0)


def test_a_cap_of_the_methodology():
    (a, market), (b, _) = (
        run(small.methodology(weighting={"scheme": "free_float", "single_cap": cap}))
        for cap in (0.5, 0.6)
    )
    found = paasche.compare(a, b, market_a=market, market_b=market)
    row = only(found.methodology)
    assert (row["name"], row["a"], row["b"]) == ("weighting.single_cap", "0.5", "0.6")
    assert found.inputs.is_empty()


def test_runs_that_are_the_same():
    found = compared()
    assert found.same
    assert found.first.is_empty()
    assert repr(found) == "<Comparison: A and B have the same content>"
    assert found.methodology.is_empty()


def test_a_market_of_other_volumes_is_the_same_run():
    found = compared(prices=tables()["prices"].with_columns(volume=pl.lit(7)))
    assert found.same
    assert found.tables.filter(~pl.col("same"))["name"].to_list() == ["prices"]
    assert found.inputs.is_empty()


def test_runs_of_different_length_differ_nowhere_else():
    result, market = run()
    short = paasche.calculate(small.methodology(), market, end=DAYS[5])
    found = paasche.compare(result, short)
    assert not found.same
    assert found.first.is_empty()
    assert found.notes == (f"A: from {DAYS[0]} to {DAYS[-1]}", f"B: from {DAYS[0]} to {DAYS[5]}")


class TestSessionsThatOneRunLacks:
    """B has the sixth session, which a corrected calendar gave it."""

    def compared(self, close=10.0):
        missing = {
            name: tables()[name].filter(pl.col("date") != DAYS[5])
            for name in ("prices", "calendar", "fx")
        }
        rows = (pl.col("date") >= DAYS[2]) & (pl.col("security") == ONE)
        price = pl.when(rows).then(close).otherwise("close").alias("close")
        missing["prices"] = missing["prices"].with_columns(price)
        (a, market_a), (b, market_b) = run(**missing), run()
        return paasche.compare(a, b, market_a=market_a, market_b=market_b)

    def test_a_difference_that_stays_is_an_effect_once(self):
        # Each name is worth ten millions: a yuan of ten is fifty points.
        series = price(self.compared(11.0).levels)
        assert series["difference"].to_list() == [0.0] * 2 + [-50.0] * 3 + [None] + [-50.0] * 4
        assert series["effect"].round(9).to_list() == [0, 0, -50, 0, 0, None, 0, 0, 0, 0]

    def test_the_session_is_named(self):
        found = self.compared()
        assert found.first.is_empty()
        assert not found.same
        note = f"B: 1 session that the other run does not have: {DAYS[5]}"
        assert found.notes == (note,)
        assert note in found._repr_html_()


@pytest.mark.parametrize("side", ["start", "end"])
def test_a_run_that_is_cut_differs_in_no_row_of_the_common_span(side):
    more = pl.DataFrame(
        {
            "security": [ONE, TWO],
            "effective": [DAYS[2], DAYS[6]],
            "total": [1_400_000] * 2,
            "free_float": [1_400_000] * 2,
        }
    )
    market = paasche.Market.from_frames(tables(shares=pl.concat([tables()["shares"], more])))
    whole = paasche.calculate(small.methodology(), market)
    cut = paasche.calculate(small.methodology(), market, **{side: DAYS[5]})
    # The whole run has changes on both sides of the cut.
    assert whole.divisors["session"].to_list() == [DAYS[4], DAYS[8]]
    for found in (paasche.compare(whole, cut), paasche.compare(cut, whole)):
        assert found.constituents.is_empty()
        assert found.divisors.is_empty()
        assert found.events.is_empty()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"market_a": "market"}, "market_a = str: must be a Market; make one with Market.read"),
        ({"market_b": 5}, "market_b = int: must be a Market"),
        ({"a": 5}, "a = int: must be a Result, or the path of a run directory"),
        ({"b": None}, "b = NoneType: must be a Result"),
    ],
)
def test_arguments_of_another_kind_are_refused(arguments, message):
    result, _ = run()
    with pytest.raises(paasche.InputError, match=message):
        paasche.compare(**({"a": result, "b": result} | arguments))


class TestStored:
    """Runs and their markets on disk."""

    @pytest.fixture(name="places")
    def _places(self, tmp_path):
        others = {"prices": with_value("prices", "close", 10.01, date=DAYS[4], security=ONE)}
        places = []
        for name, changed in (("a", {}), ("b", others)):
            folder = tmp_path / f"market-{name}"
            paasche.Market.from_frames(tables(**changed)).write(folder)
            market = paasche.Market.read(folder)
            places.append(paasche.calculate(small.methodology(), market).write(tmp_path / name))
        return places

    def test_the_folders_that_the_runs_name_are_read(self, places):
        found = paasche.compare(*places)
        assert only(found.inputs)["value_b"] == "10.01"
        assert (found.a, found.b) == tuple(str(place) for place in places)

    def test_a_folder_that_has_changed_is_named(self, places, tmp_path):
        prices = tmp_path / "market-b" / "prices.parquet"
        pl.read_parquet(prices).with_columns(pl.col("close") * 2).write_parquet(prices)
        found = paasche.compare(*places)
        assert found.inputs.is_empty()
        assert only(price(found.first))["first"] == DAYS[4]
        (note,) = found.notes
        assert note.startswith(f"{places[1]}: prices of {tmp_path / 'market-b'} changed after")

    def test_a_market_that_is_gone_may_be_given(self, places, tmp_path):
        (tmp_path / "market-b").rename(tmp_path / "moved")
        (note,) = paasche.compare(*places).notes
        assert "is no folder here; give it to see the rows" in note
        market = paasche.Market.read(tmp_path / "moved")
        assert len(paasche.compare(*places, market_b=market).inputs) == 1

    def test_a_table_that_somebody_changed_is_named(self, places):
        levels = pl.read_parquet(places[0] / "levels.parquet")
        levels.with_columns(pl.col("level") + 1).write_parquet(places[0] / "levels.parquet")
        with pytest.raises(paasche.errors.InputError) as refused:
            paasche.compare(*places)
        assert str(refused.value).startswith(f"{places[0]}: levels.parquet must be as run.json")

    def test_programs_that_differ_are_told(self, places):
        file = places[0] / "run.json"
        record = json.loads(file.read_text(encoding="utf-8"))
        record["versions"]["polars"] = "1.0.0"
        file.write_text(json.dumps(record), encoding="utf-8")
        row = only(paasche.compare(*places).versions)
        assert (row["name"], row["a"]) == ("polars", "1.0.0")


def test_people_read_it_in_a_terminal_and_in_a_notebook():
    found = compared(prices=with_value("prices", "close", 10.01, date=DAYS[4], security=ONE))
    console = Console(width=160, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(found)
    text = captured.get()
    for part in ("Where levels part", "+0.5000", "10.01", "A and B differ in levels; of the"):
        assert part in text
        assert part in found._repr_html_()
    assert "Divisor changes" not in text


class TestShareSnapshots:
    """A count is dated by the day from which it counts, in the market where it does first."""

    def shares(self, total, announced, effective=DAYS[5]):
        more = {
            "security": [ONE],
            "effective": [effective],
            "total": [total],
            "free_float": [1_000_000],
            "announced": [announced],
        }
        before = tables()["shares"].with_columns(announced=pl.col("effective"))
        return pl.concat([before, pl.DataFrame(more)])

    def inputs(self, shares_a, shares_b, end):
        markets = [paasche.Market.from_frames(tables(shares=one)) for one in (shares_a, shares_b)]
        a, b = (paasche.calculate(small.methodology(), one, end=end) for one in markets)
        found = paasche.compare(a, b, market_a=markets[0], market_b=markets[1])
        return found.inputs.select("date", "column", "value_a", "value_b").rows()

    @pytest.mark.parametrize("end", [DAYS[5], DAYS[-1]])
    def test_announced_on_the_day_it_takes_effect(self, end):
        shares = (self.shares(total, DAYS[5]) for total in (2_000_000, 2_500_000))
        assert self.inputs(*shares, end) == [(DAYS[5], "total", "2000000", "2500000")]

    def test_announced_later(self):
        shares = (self.shares(total, DAYS[5], DAYS[2]) for total in (2_000_000, 2_500_000))
        # It counts from the session after the announcement; that is a Monday's Tuesday.
        day = DAYS[6]
        assert self.inputs(*shares, DAYS[-1]) == [(day, "total", "2000000", "2500000")]

    def test_an_announcement_corrected_from_after_the_run(self):
        late = date(2024, 2, 9)
        shares = (self.shares(2_000_000, day, DAYS[2]) for day in (late, DAYS[2]))
        assert self.inputs(*shares, DAYS[-1]) == [
            (DAYS[2], "announced", "2024-02-09", str(DAYS[2]))
        ]


def test_an_announcement_written_out_is_no_difference():
    written = tables()["shares"].with_columns(announced=pl.col("effective"))
    more = with_value("prices", "close", 10.01, date=DAYS[4], security=ONE)
    found = compared(shares=written, prices=more)
    assert only(found.inputs)["table"] == "prices"


def test_a_constituent_without_a_weight_is_a_row_that_is_there_or_not():
    found = tables()
    one = found["constituents"].filter(pl.col("security") == ONE)
    row = only(compared(constituents=one).inputs)
    assert (row["table"], row["key"], row["column"]) == ("constituents", TWO, "row")
    assert (row["value_a"], row["value_b"]) == ("there", None)
