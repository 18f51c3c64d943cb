"""Explanations: contributions add up to the change of a level, events to that of the divisor."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given

import paasche as px
from calculation.small_markets import NAMES, SESSIONS, actions, calculated, methodology, tables
from oracle import adapter
from oracle.making_case import make_case
from oracle.profiles import examples
from oracle.strategies import recipes
from paasche.errors import InconsistentError, InputError, PaascheError

POINTS = 1e-9


def versions(result):
    index = result.methodology.index
    return [(variant, currency) for variant in index.variants for currency in index.currencies]


def assert_adds_up(result, variant, currency):
    """The points of every session are its change; so are those of the whole span."""
    levels = result.levels.filter(variant=variant, currency=currency).sort("date")
    if len(levels) == 1:
        return
    days = levels["date"]
    why = result.explain(days[1], days[-1], variant=variant, currency=currency)
    assert why.sessions["date"].to_list() == days[1:].to_list()
    unrounded = levels["level_unrounded"]
    change = why.sessions.select(pl.sum_horizontal("price", "fx", "dividend", "events")).to_series()
    assert (change - unrounded.diff().drop_nulls()).abs().max() <= POINTS
    over_the_span = unrounded[-1] - unrounded[0]
    assert sum(why.totals[:4]) == pytest.approx(over_the_span, abs=POINTS)
    by_constituent = why.constituents.select(pl.col("price", "fx", "dividend", "total").sum())
    price, fx, dividend, total = by_constituent.row(0)
    assert (price, fx, dividend) == pytest.approx(why.totals[:3], abs=POINTS)
    assert total == pytest.approx(over_the_span, abs=POINTS)
    for weight in ("opening_weight", "closing_weight"):
        assert why.constituents[weight].sum() == pytest.approx(1.0, abs=1e-12)


def assert_events_make_the_divisor(result):
    """The value effects of a session are what its correction takes out of the level."""
    effects = result.events.group_by("session").agg(pl.col("value_effect").sum())
    rows = result.divisors.join(effects, on="session", how="left")
    expected = (rows["value_after"] - rows["value_before"]) / rows["value_before"]
    # A change that leaves every unit as it was is a correction without an effect.
    found = rows["value_effect"].fill_null(0.0) / rows["value_before"]
    assert ((found - expected).abs() <= 1e-12).all()
    corrected = set(result.divisors["session"])
    moved = result.events.filter(pl.col("value_effect").is_not_null())
    assert set(moved["session"]) <= corrected


@pytest.mark.rule("R41", "R50")
@examples(60)
@given(recipes())
def test_contributions_add_up_on_every_market_of_the_oracle(recipe):
    case = make_case(recipe)
    try:
        result = adapter.run(case)
    except PaascheError:
        return
    for variant, currency in versions(result):
        assert_adds_up(result, variant, currency)
    assert_events_make_the_divisor(result)


@pytest.mark.slow
@examples(0, many=1500)
@given(recipes())
def test_contributions_add_up_on_many_markets_of_the_oracle(recipe):
    case = make_case(recipe)
    try:
        result = adapter.run(case)
    except PaascheError:
        return
    for variant, currency in versions(result):
        assert_adds_up(result, variant, currency)
    assert_events_make_the_divisor(result)


def contribution(why, security):
    (row,) = why.constituents.filter(security=security).to_dicts()
    return row


@pytest.mark.rule("R48", "R51", "R56")
def test_a_dividend_leaves_the_price_index_and_stays_in_the_total_return():
    # 1,000,000 shares each at 10 and 20; the second pays 2: value 30,000,000 at 1000 points.
    paid = actions((NAMES[1], SESSIONS[3], "cash_dividend", {"cash": 2.0}))
    after = tables()["prices"].with_columns(
        close=pl.when((pl.col("date") >= SESSIONS[3]) & (pl.col("security") == NAMES[1]))
        .then(18.3)
        .otherwise("close")
    )
    result = calculated(corporate_actions=paid, prices=after)
    price = contribution(result.explain(SESSIONS[3]), NAMES[1])
    assert price["reference_price"] == 18.0
    assert price["price"] == pytest.approx(0.3 * 1_000_000 / 30_000)
    assert price["dividend"] == pytest.approx(-2.0 * 1_000_000 / 30_000)
    whole = contribution(result.explain(SESSIONS[3], variant="total_return"), NAMES[1])
    assert whole["price"] == pytest.approx(0.3 * 1_000_000 / 28_000)
    assert whole["dividend"] == 0.0


@pytest.mark.rule("R41", "R52", "R56")
def test_events_say_what_they_did_to_the_divisor():
    rights = actions((NAMES[0], SESSIONS[2], "rights", {"ratio": 0.5, "price": 4.0}))
    why = calculated(corporate_actions=rights).explain(SESSIONS[2])
    (event,) = why.events.to_dicts()
    assert (event["event"], event["rule"]) == ("ex_rights", "R52")
    assert event["value_effect"] == pytest.approx(0.5 * 4.0 * 1_000_000)
    (divisor,) = why.divisors.to_dicts()
    assert event["divisor_effect"] == pytest.approx(divisor["after"] - divisor["before"])
    assert event["divisor_change"] == pytest.approx(2 / 30)


def test_a_name_without_a_trade_contributes_nothing_and_says_so():
    gone = (pl.col("date") == SESSIONS[2]) & (pl.col("security") == NAMES[0])
    result = calculated(prices=tables()["prices"].filter(~gone))
    assert contribution(result.explain(SESSIONS[2]), NAMES[0])["traded"] is False
    assert contribution(result.explain(SESSIONS[2]), NAMES[1])["traded"] is True
    assert contribution(result.explain(SESSIONS[2]), NAMES[0])["total"] == 0.0


def test_a_span_counts_from_the_close_before_it():
    prices = tables()["prices"].with_columns(
        close=pl.col("close") * (1 + pl.col("date").rank("dense") / 100)
    )
    result = calculated(prices=prices)
    why = result.explain(SESSIONS[2], SESSIONS[5])
    levels = dict(
        result.levels.filter(variant="price").select("date", "level_unrounded").iter_rows()
    )
    assert why.level_before == levels[SESSIONS[1]]
    assert why.level == levels[SESSIONS[5]]
    days = [result.explain(day).totals.change for day in SESSIONS[2:6]]
    assert why.totals.change == pytest.approx(sum(days), abs=POINTS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2024-01-13",), "date = 2024-01-13: must be a session of SMALL; the nearest are "),
        (("2024-01-08",), "date = 2024-01-08: must lie within 2024-01-09 to 2024-01-19"),
        (("2024-01-10", "2024-02-10"), "end = 2024-02-10: must lie within"),
        (("2024-01-12", "2024-01-10"), "end = 2024-01-10: must be on or after start = 2024-01-12"),
        (("soon",), "date = soon: must be a date, such as 2024-01-04"),
    ],
)
def test_days_that_cannot_be_explained_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        calculated().explain(*arguments)


def test_versions_the_index_does_not_have_are_refused():
    result = calculated()
    with pytest.raises(
        InputError, match="variant = net_total_return: must be one of price, total_"
    ):
        result.explain(SESSIONS[1], variant="net_total_return")
    with pytest.raises(InputError, match="currency = USD: must be one of CNY"):
        result.explain(SESSIONS[1], currency="USD")


def test_the_first_session_alone_has_no_change():
    with pytest.raises(InputError, match="SMALL has one session, 2024-01-08, and no change yet"):
        calculated(options={"end": SESSIONS[0]}).explain(SESSIONS[0])


@pytest.fixture(name="stored")
def _stored(tmp_path):
    """A run written and read again, and the folder it came from."""
    folder = tmp_path / "market"
    prices = tables()["prices"].with_columns(
        close=pl.col("close") * (1 + pl.col("date").rank("dense") / 100)
    )
    px.Market.from_frames(tables(prices=prices)).write(folder)
    fresh = px.calculate(methodology(), px.Market.read(folder))
    return fresh, px.Result.read(fresh.write(tmp_path / "run")), folder


def test_a_stored_run_explains_itself_from_the_folder_it_names(stored):
    fresh, read, _ = stored
    for table in ("sessions", "constituents", "events", "divisors", "rates"):
        one, other = (getattr(run.explain(SESSIONS[4]), table) for run in (fresh, read))
        assert one.equals(other), table


def test_a_market_that_has_changed_since_is_refused_by_its_table(stored):
    _, read, folder = stored
    prices = pl.read_parquet(folder / "prices.parquet")
    changed = pl.when(pl.col("date") == SESSIONS[3]).then(pl.col("close") + 0.01)
    prices.with_columns(close=changed.otherwise("close")).write_parquet(folder / "prices.parquet")
    with pytest.raises(
        InconsistentError, match=r"on 2024-01-11: .* tables prices have changed since"
    ):
        read.explain(SESSIONS[4])
    assert read.explain(SESSIONS[2]).totals.change > 0


def test_a_run_whose_market_is_elsewhere_asks_for_it(stored, tmp_path):
    _, read, folder = stored
    folder.rename(tmp_path / "moved")
    with pytest.raises(InputError, match="which is not a folder here; give the market"):
        read.explain(SESSIONS[4])
    assert read.explain(SESSIONS[4], market=px.Market.read(tmp_path / "moved")).totals.price > 0


def test_what_is_no_market_is_refused(stored):
    fresh, read, _ = stored
    for result in (fresh, read):
        with pytest.raises(InputError, match="market = str: must be a Market; make one"):
            result.explain(SESSIONS[4], market="market/")


def test_a_continued_run_explains_its_own_sessions(stored, tmp_path):
    fresh, _, folder = stored
    market = px.Market.read(folder)
    half = px.calculate(methodology(), market, end=SESSIONS[4]).write(tmp_path / "half")
    later = px.calculate(methodology(), market, continue_from=half)
    assert later.explain(SESSIONS[6]).totals == pytest.approx(fresh.explain(SESSIONS[6]).totals)
    with pytest.raises(InputError, match="must lie within 2024-01-15"):
        later.explain(SESSIONS[3])


def test_a_result_cut_at_its_start_explains_every_session_calculated():
    result = calculated(options={"start": SESSIONS[5]})
    assert result.levels["date"].min() == SESSIONS[5]
    assert result.explain(SESSIONS[2]).start == SESSIONS[2]


def test_the_title_says_what_moved():
    why = calculated().explain(SESSIONS[1])
    change = "1000.0000 → 1000.0000 (+0.0000 points, +0.00%)"
    assert repr(why) == f"<Explanation of SMALL price CNY, 2024-01-09: {change}>"
    assert (why.start, why.end) == (SESSIONS[1], SESSIONS[1])
    assert timedelta(0) == why.end - date(2024, 1, 9)


def test_a_session_the_run_does_not_know_is_refused(tmp_path):
    folder, missing = tmp_path / "market", SESSIONS[5]
    whole = tables()
    without = {
        name: table.filter(pl.col("date") != missing) if "date" in table.columns else table
        for name, table in whole.items()
    }
    px.Market.from_frames(without).write(folder)
    run = px.calculate(methodology(), px.Market.read(folder)).write(tmp_path / "run")
    market = px.Market.from_frames(whole)
    with pytest.raises(
        InconsistentError, match=f"on {missing}: the run has no session, the market"
    ):
        px.Result.read(run).explain(SESSIONS[6], market=market)


@pytest.mark.rule("R33")
def test_a_deletion_price_is_an_event_of_the_session_it_values():
    gone = actions((NAMES[0], SESSIONS[4], "delisting", {"price": 2.0}))
    result = calculated(corporate_actions=gone)
    (event,) = result.explain(SESSIONS[3]).events.to_dicts()
    assert (event["event"], event["rule"], event["security"]) == ("deletion_price", "R33", NAMES[0])
    assert (event["before"], event["after"]) == (10.0, 2.0)
    assert contribution(result.explain(SESSIONS[3]), NAMES[0])["price"] == pytest.approx(
        -8.0 * 1_000_000 / 30_000
    )


@pytest.mark.rule("R38", "R54")
def test_a_review_says_apart_what_shares_and_what_factors_did():
    # The second name's count rises from 1,000,000 to 1,040,000: less than 5 %, so at the review.
    shares = pl.concat(
        [
            tables()["shares"],
            pl.DataFrame(
                {
                    "security": [NAMES[1]],
                    "effective": [SESSIONS[1]],
                    "total": [1_040_000],
                    "free_float": [1_040_000],
                }
            ),
        ]
    )
    baskets = pl.DataFrame(
        {"effective": [SESSIONS[0]] * 2 + [SESSIONS[6]] * 2, "security": NAMES * 2}
    )
    moved = tables()["prices"].with_columns(
        close=pl.when((pl.col("date") > SESSIONS[0]) & (pl.col("security") == NAMES[1]))
        .then(25.0)
        .otherwise("close")
    )
    rules = methodology(weighting={"single_cap": 0.6, "lag": 1})
    result = calculated(rules, shares=shares, constituents=baskets, prices=moved)
    events = {row["event"]: row for row in result.explain(SESSIONS[6]).events.to_dicts()}
    # Capped at 0.6: 0.4 / 0.6 · 10 / 20 at the base, then the same at 25 and 1.04 times the shares.
    first, second = 1.5 * 10 / 20, 1.5 * 10 / (25 * 1.04)
    assert events["renewed"]["measure"] == "adjusted shares"
    assert (events["renewed"]["before"], events["renewed"]["after"]) == (1_000_000, 1_040_000)
    assert events["renewed"]["value_effect"] == pytest.approx(40_000 * first * 25)
    assert events["reweighted"]["measure"] == "weight factor"
    figures = (events["reweighted"]["before"], events["reweighted"]["after"])
    assert figures == pytest.approx((first, second))
    assert events["reweighted"]["value_effect"] == pytest.approx(1_040_000 * (second - first) * 25)
