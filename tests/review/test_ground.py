"""What reviews measure on: axes, carried prices and rates. Expected figures are counted by hand."""

from datetime import date

import numpy as np
import polars as pl
import pytest

import paasche as px
from paasche.errors import MissingDataError
from paasche.review.panels.ground import lay_ground
from review.review_markets import LAST, SESSIONS, frames, ground, market, methodology, rows

ONE = {"600001.SH": {}}
DAY = date(2024, 1, 10)
EVE = date(2024, 1, 9)


def on(laid, panel, day, security="600001.SH"):
    return getattr(laid, panel)[laid.position(day), laid.securities.index(security)]


def action(kind, day=DAY, security="600001.SH", **fields):
    return {"security": security, "ex_date": day, "kind": kind} | fields


def actions(*given):
    return pl.DataFrame(given, infer_schema_length=None)


def test_securities_stand_in_byte_order_and_belong_to_the_exchanges_of_the_universe():
    names = {code: {} for code in ("920808.BJ", "00700.HK", "600001.SH", "000001.SZ")}
    laid = ground(names, fx=rows("date pair rate", (SESSIONS[0], "HKDCNY", 0.9)))
    assert laid.securities == ["000001.SZ", "00700.HK", "600001.SH"]


def test_a_security_that_once_moved_to_an_exchange_of_the_universe_belongs_to_it():
    moves = rows(
        "security exchange board currency start end",
        ("920808.BJ", "XSHG", "main", "CNY", DAY, None),
    )
    laid = ground({"600001.SH": {}, "920808.BJ": {}}, listings=moves)
    assert laid.securities == ["600001.SH", "920808.BJ"]


def test_exchanges_of_later_rules_are_looked_at_too():
    rules = methodology(
        universe={"exchanges": ["XSHG"]},
        change=[{"valid_from": "2024-01-01", "universe": {"exchanges": ["XSHG", "BJSE"]}}],
    )
    names = {code: {} for code in ("920808.BJ", "00700.HK", "600001.SH", "000001.SZ")}
    assert ground(names, rules).securities == ["600001.SH", "920808.BJ"]


def test_days_are_the_sessions_of_any_exchange_and_each_name_is_open_with_its_own():
    closed = date(2024, 2, 12)
    tables = frames({"00700.HK": {}, "600001.SH": {}}, gaps={"600001.SH": {closed}})
    tables["calendar"] = tables["calendar"].filter(
        (pl.col("exchange") == "XHKG") | (pl.col("date") != closed)
    )
    tables["fx"] = rows("date pair rate", (SESSIONS[0], "HKDCNY", 0.9))
    laid = lay_ground(px.Market.from_frames(tables), methodology(), LAST)
    assert laid.days[laid.position(closed)] == np.datetime64(closed)
    assert [on(laid, "is_open", closed, one) for one in laid.securities] == [True, False]
    assert [on(laid, "is_open", DAY, one) for one in laid.securities] == [True, True]


def test_a_listing_on_another_exchange_is_open_with_that_one_from_its_first_day():
    closed = [date(2024, 1, 9), date(2024, 1, 10)]
    moves = rows(
        "security exchange board currency start end", ("00700.HK", "XSHG", "main", "HKD", DAY, None)
    )
    tables = frames({"00700.HK": {}}, gaps={"00700.HK": set(closed)}, listings=moves)
    tables["calendar"] = tables["calendar"].filter(
        (pl.col("exchange") != "XHKG") | ~pl.col("date").is_in(closed)
    )
    laid = lay_ground(px.Market.from_frames(tables), methodology(), LAST)
    assert [bool(on(laid, "is_open", day, "00700.HK")) for day in closed] == [False, True]


def test_days_end_with_the_last_price_or_the_end():
    assert ground(ONE).days[-1] == np.datetime64(LAST)
    assert ground(ONE, end=DAY).days[-1] == np.datetime64(DAY)
    laid = ground(ONE, sessions=SESSIONS[:5])
    assert (laid.days == np.array(SESSIONS[:5], "M8[D]")).all()


def test_a_position_is_that_of_the_last_day_on_or_before():
    laid = ground(ONE)
    saturday = date(2024, 1, 13)
    assert laid.days[laid.position(saturday)] == np.datetime64("2024-01-12")
    with pytest.raises(
        MissingDataError, match=r"prices on 2023-04-02: must reach back.*2023-04-03"
    ):
        laid.position(date(2023, 4, 2))


def test_a_market_without_a_price_by_the_end_is_refused():
    with pytest.raises(MissingDataError, match=r"prices: must have closes of securities on XHKG"):
        ground(ONE, end=date(2023, 4, 2))


@pytest.mark.rule("R42", "R63")
def test_a_suspended_name_opens_at_the_reference_price_of_its_ex_date():
    # SPEC R63: P0 = 20, d = 0.5, s = 0.3, r = 0.2 at 12 gives 14.6.
    laid = ground(
        {"600001.SH": {"close": 20.0}},
        gaps={"600001.SH": {DAY, date(2024, 1, 11)}},
        corporate_actions=actions(
            action("cash_dividend", cash=0.5),
            action("bonus", ratio=0.3),
            action("rights", ratio=0.2, price=12.0),
        ),
    )
    assert [on(laid, "close", day) for day in (EVE, DAY, date(2024, 1, 11))] == pytest.approx(
        [20.0, 14.6, 14.6]
    )
    assert on(laid, "close", date(2024, 1, 12)) == 20.0
    assert [bool(on(laid, "traded", day)) for day in (EVE, DAY)] == [True, False]


@pytest.mark.rule("R42")
def test_a_row_without_volume_is_no_trade_and_no_close_on_an_ex_date():
    tables = frames(ONE, corporate_actions=actions(action("cash_dividend", cash=1.0)))
    idle = pl.col("date").is_in([EVE, DAY])
    tables["prices"] = tables["prices"].with_columns(
        volume=pl.when(idle).then(0).otherwise("volume")
    )
    laid = lay_ground(px.Market.from_frames(tables), methodology(), LAST)
    assert [bool(on(laid, "traded", day)) for day in (EVE, DAY)] == [False, False]
    assert [on(laid, "close", day) for day in (EVE, DAY)] == [10.0, 9.0]


def test_a_row_without_a_stated_volume_is_a_trade():
    tables = frames(ONE)
    for frame in (
        tables["prices"].drop("volume"),
        tables["prices"].with_columns(volume=pl.lit(None, pl.Int64)),
    ):
        laid = lay_ground(px.Market.from_frames(tables | {"prices": frame}), methodology(), LAST)
        assert laid.traded.all()


def test_a_published_reference_counts_on_an_ex_date_only():
    tables = frames(
        ONE,
        gaps={"600001.SH": {date(2024, 1, 11)}},
        corporate_actions=actions(action("spin_off", ratio=0.5, related="600002.SH")),
    )
    tables["securities"] = frames({"600001.SH": {}, "600002.SH": {}})["securities"]
    published = pl.when(pl.col("date").is_in([EVE, DAY])).then(8.0)
    idle = pl.when(pl.col("date") == DAY).then(0).otherwise("volume")
    tables["prices"] = tables["prices"].with_columns(reference=published, volume=idle)
    laid = lay_ground(px.Market.from_frames(tables), methodology(), LAST)
    assert [on(laid, "close", day) for day in (EVE, DAY, date(2024, 1, 11))] == [10.0, 8.0, 8.0]


def test_an_action_cancelled_by_its_ex_date_does_nothing():
    for cancelled, close in ((DAY, 10.0), (date(2024, 1, 11), 9.0)):
        acts = actions(action("cash_dividend", cash=1.0, cancelled=cancelled))
        laid = ground(ONE, gaps={"600001.SH": {DAY}}, corporate_actions=acts)
        assert on(laid, "close", DAY) == close


def test_cash_in_another_currency_comes_off_at_the_rate_of_the_day_before():
    acts = actions(action("cash_dividend", cash=1.0, currency="HKD"))
    fx = rows("date pair rate", (EVE, "HKDCNY", 0.9), (DAY, "HKDCNY", 0.5))
    laid = ground(ONE, gaps={"600001.SH": {DAY}}, corporate_actions=acts, fx=fx)
    assert on(laid, "close", DAY) == pytest.approx(9.1)


def test_cash_without_a_rate_is_refused_where_a_price_is_carried_over_it():
    acts = actions(action("cash_dividend", cash=1.0, currency="HKD"))
    fx = rows("date pair rate", (DAY, "HKDCNY", 0.9))
    with pytest.raises(MissingDataError, match=r"currency = HKD in the cash_dividend of 600001.SH"):
        ground(ONE, gaps={"600001.SH": {DAY}}, corporate_actions=acts, fx=fx)
    laid = ground(ONE, corporate_actions=acts, fx=fx)
    assert on(laid, "close", DAY) == 10.0


def test_turnover_is_zero_where_there_is_no_row_and_no_figure():
    laid = ground(ONE, gaps={"600001.SH": {DAY}})
    assert [on(laid, "turnover", day) for day in (EVE, DAY)] == [1000.0, 0.0]
    tables = frames(ONE)
    tables["prices"] = tables["prices"].drop("turnover")
    assert not lay_ground(px.Market.from_frames(tables), methodology(), LAST).turnover.any()


def test_a_listing_date_that_is_not_stated_is_the_day_of_the_first_price():
    laid = ground(
        {"600001.SH": {"listed": None}, "600002.SH": {"listed": date(2024, 3, 1)}},
        gaps={"600001.SH": set(SESSIONS[:7])},
    )
    assert laid.listed.tolist() == [SESSIONS[7], date(2024, 3, 1)]


HK = {"00700.HK": {}}


@pytest.mark.rule("R49")
@pytest.mark.parametrize(
    ("quotes", "rate"),
    [
        ([("HKDCNY", 0.9)], 0.9),
        ([("CNYHKD", 1.25)], 0.8),
        ([("HKDCNY", 0.9), ("CNYHKD", 1.25)], 0.9),
        ([("HKDUSD", 0.125), ("USDCNY", 7.2)], 0.9),
        ([("USDHKD", 8.0), ("USDCNY", 7.2)], 0.9),
        ([("USDHKD", 8.0), ("USDCNY", 7.2), ("HKDCNY", 0.88)], 0.88),
    ],
)
def test_a_rate_is_taken_directly_or_inverted_or_through_another_currency(quotes, rate):
    fx = rows("date pair rate", *((DAY, pair, value) for pair, value in quotes))
    laid = ground(HK, fx=fx)
    assert on(laid, "rate", DAY, "00700.HK") == pytest.approx(rate, rel=1e-15)


@pytest.mark.rule("R49")
def test_the_last_known_rate_is_carried_and_before_the_first_there_is_none():
    fx = rows("date pair rate", (DAY, "HKDCNY", 0.9), (date(2024, 1, 15), "HKDCNY", 0.8))
    laid = ground(HK, fx=fx)
    days = (EVE, DAY, date(2024, 1, 12), date(2024, 1, 15), LAST)
    assert [on(laid, "rate", day, "00700.HK") for day in days] == pytest.approx(
        [np.nan, 0.9, 0.9, 0.8, 0.8], nan_ok=True
    )


def test_a_name_in_index_currency_needs_no_rate():
    assert (ground(ONE).rate == 1.0).all()


def test_the_order_of_rows_does_not_matter():
    names = {code: {} for code in ("00700.HK", "600001.SH", "000001.SZ")}
    tables = frames(
        names,
        gaps={"600001.SH": {DAY}},
        corporate_actions=actions(
            action("bonus", ratio=0.3),
            action("rights", ratio=0.2, price=8.0),
            action("split", ratio=2.0, security="00700.HK"),
        ),
        fx=rows(
            "date pair rate", *((day, "HKDCNY", 0.9 + 0.001 * n) for n, day in enumerate(SESSIONS))
        ),
    )
    shuffled = {
        name: frame.sample(fraction=1.0, shuffle=True, seed=7) for name, frame in tables.items()
    }
    first, second = (
        lay_ground(px.Market.from_frames(one), methodology(), LAST) for one in (tables, shuffled)
    )
    assert first.securities == second.securities
    for panel in (
        "days",
        "listed",
        "is_open",
        "close",
        "traded",
        "turnover",
        "shares",
        "free_float",
        "rate",
    ):
        assert getattr(first, panel).tobytes() == getattr(second, panel).tobytes(), panel


def test_a_ground_laid_to_a_day_is_the_beginning_of_one_laid_further():
    from paasche.market.sample import sample_market

    sample = px.Market.from_frames(
        sample_market(securities=100, start="2020-01-02", end="2021-12-31")
    )
    rules = px.Methodology.load("sample-cross-border")
    end = date(2021, 3, 31)
    whole, part = (lay_ground(sample, rules, day) for day in (date(2021, 12, 31), end))
    for panel in ("days", "is_open", "close", "traded", "turnover", "shares", "free_float", "rate"):
        np.testing.assert_array_equal(
            getattr(whole, panel)[: whole.position(end) + 1], getattr(part, panel), err_msg=panel
        )


def test_a_market_without_shares_is_refused():
    tables = frames(ONE)
    del tables["shares"]
    with pytest.raises(MissingDataError, match="the table shares is not there"):
        lay_ground(px.Market.from_frames(tables), methodology(), LAST)


def test_the_market_is_not_changed():
    found = market(ONE)
    before = found.fingerprints()
    lay_ground(found, methodology(), LAST)
    assert (
        px.Market.from_frames({name: found[name] for name in found.tables}).fingerprints() == before
    )
