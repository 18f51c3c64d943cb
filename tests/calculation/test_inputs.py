"""Tables that feed a calculation beside prices: holders, references, listings, taxes."""

from datetime import timedelta

import polars as pl
import pytest

import paasche as px
from calculation.small_markets import NAMES, SESSIONS, actions, calculated, methodology, tables
from paasche.errors import (
    InconsistentError,
    InputError,
    MissingDataError,
    NotRepresentableError,
)

TOTAL = {"scheme": "total", "free_float_bands": None}


@pytest.mark.rule("R46")
def test_free_float_comes_from_the_holders_where_the_snapshot_does_not_state_it():
    shares = tables()["shares"].with_columns(
        free_float=pl.Series([None, 1_000_000], dtype=pl.Int64)
    )
    holders = pl.DataFrame(
        {
            "security": [NAMES[0]] * 3,
            "date": [SESSIONS[0]] * 3,
            "published": [SESSIONS[0]] * 3,
            "holder": ["founder", "state fund", "fund"],
            "class": ["insider", "state", "other"],
            # Six and four percent in two of the four classes; the fund's shares always float.
            "shares": [60_000, 40_000, 300_000],
            "restricted": [0, 0, 0],
        }
    )
    first = calculated(shares=shares, holders=holders).constituents.filter(
        pl.col("security") == NAMES[0]
    )
    # 94 % floats, so all of it counts; with 60 % restricted besides, 34 % floats and 40 % counts.
    assert first["inclusion_factor"].to_list() == [1.0]
    locked = holders.with_columns(
        restricted=pl.when(pl.col("holder") == "fund").then(300_000).otherwise(0),
        shares=pl.when(pl.col("holder") == "fund").then(600_000).otherwise("shares"),
    ).with_columns(
        restricted=pl.when(pl.col("holder") == "fund").then(600_000).otherwise("restricted")
    )
    second = calculated(shares=shares, holders=locked).constituents.filter(
        pl.col("security") == NAMES[0]
    )
    assert second["inclusion_factor"].to_list() == [0.4]


def test_a_joiner_without_any_free_float_is_named():
    stated = pl.when(pl.col("security") != NAMES[0]).then("free_float")
    shares = tables()["shares"].with_columns(free_float=stated)
    with pytest.raises(
        MissingDataError, match=r"SMALL: shares free_float of 600001\.SH: must be stated"
    ):
        calculated(shares=shares)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        (
            tables()["shares"].rename({"free_float": "float"}),
            (
                "shares free_float: must be there, as weighting.scheme = .free_float. weights by "
                "it; the table shares has no column free_float with a value: add it "
                "under this name, or"
            ),
        ),
        (
            None,
            (
                "shares: must be there, as weighting.scheme = .free_float. weights by share "
                "counts; the market has no table shares: add it"
            ),
        ),
    ],
)
def test_a_market_without_shares_or_any_free_float_is_told_so(shares, message):
    market = {**tables(), "shares": shares}
    given = {name: frame for name, frame in market.items() if frame is not None}
    with pytest.raises(MissingDataError, match=message):
        px.calculate(methodology(), px.Market.from_frames(given))


def test_a_scheme_without_free_float_does_not_ask_for_it():
    total = calculated(methodology(weighting=TOTAL), shares=tables()["shares"].drop("free_float"))
    assert total.levels.height > 0


@pytest.mark.rule("R63")
def test_a_published_reference_off_the_rule_is_flagged():
    bonus = actions((NAMES[0], SESSIONS[3], "bonus", {"ratio": 0.3}))
    quoted = tables()["prices"].with_columns(
        close=pl.when((pl.col("security") == NAMES[0]) & (pl.col("date") >= SESSIONS[3]))
        .then(7.7)
        .otherwise("close"),
    )
    for reference, flagged in ((7.69, 0), (7.70, 0), (7.71, 1)):
        prices = quoted.with_columns(
            reference=pl.when((pl.col("security") == NAMES[0]) & (pl.col("date") == SESSIONS[3]))
            .then(reference)
            .otherwise(None)
        )
        events = calculated(prices=prices, corporate_actions=bonus).events
        found = events.filter(pl.col("event") == "reference_differs")
        assert len(found) == flagged, reference
    assert found.select("security", "after").row(0) == (NAMES[0], 7.71)
    assert found["before"][0] == pytest.approx(10 / 1.3, abs=1e-12)


@pytest.mark.rule("R63")
def test_reference_prices_may_be_rounded_to_a_tick():
    bonus = actions((NAMES[0], SESSIONS[3], "bonus", {"ratio": 0.3}))
    result = calculated(methodology(prices={"tick": 0.01}), corporate_actions=bonus)
    divisors = result.divisors
    # 10 / 1.3 = 7.6923 rounds to 7.69: a little value goes, and the divisor keeps the level.
    assert divisors["session"].to_list() == [SESSIONS[3]]
    value_after = 7.69 * 1_300_000 + 20_000_000
    assert divisors["value_after"][0] == pytest.approx(value_after, rel=1e-12)


@pytest.mark.rule("R52")
def test_a_bonus_alone_moves_no_divisor():
    bonus = actions((NAMES[0], SESSIONS[3], "bonus", {"ratio": 0.3}))
    assert calculated(corporate_actions=bonus).divisors.is_empty()


def test_a_base_date_that_is_no_session_is_refused_with_the_nearest():
    weekend = SESSIONS[4] + timedelta(days=1)
    with pytest.raises(InputError, match="base_date = 2024-01-13: must be an index session"):
        calculated(methodology(index={"base_date": weekend}))


def test_no_basket_before_the_base_date_is_refused():
    late = tables()["constituents"].with_columns(effective=pl.lit(SESSIONS[2]))
    with pytest.raises(
        MissingDataError, match="must have a basket effective on or before 2024-01-08"
    ):
        calculated(constituents=late)


def test_an_end_past_the_prices_is_refused_without_the_table_status():
    prices = tables()["prices"].filter(pl.col("date") < SESSIONS[-1])
    message = "end = 2024-01-19: must be at most 2024-01-18, the last day with prices"
    with pytest.raises(MissingDataError, match=message):
        calculated(prices=prices, options={"end": SESSIONS[-1]})


def test_a_spin_off_of_a_constituent_is_refused_by_name():
    spin_off = actions((NAMES[0], SESSIONS[3], "spin_off", {"ratio": 0.5})).with_columns(
        related=pl.lit(NAMES[1])
    )
    with pytest.raises(NotRepresentableError, match=r"spin_off of 600001\.SH on 2024-01-11"):
        calculated(corporate_actions=spin_off)


def test_given_weights_off_one_are_refused_with_their_sum():
    weighted = tables()["constituents"].with_columns(weight=pl.Series([0.5, 0.49]))
    rules = methodology(weighting={"scheme": "given", "free_float_bands": None})
    with pytest.raises(InputError, match=r"weight = 0\.99 in sum.*: must sum to 1 within 0\.5%"):
        calculated(rules, constituents=weighted)


def test_assumed_numbers_warn_once_and_strict_runs_refuse_them():
    rules = methodology(prices={"tick": {"value": 0.01, "assumed": "as most boards have it"}})
    with pytest.warns(UserWarning, match=r"prices\.tick = 0\.01: as most boards have it"):
        calculated(rules)
    with pytest.raises(InputError, match="a strict run refuses that"):
        calculated(rules, options={"strict": True})


def test_a_moment_means_nothing_where_no_row_is_dated():
    market = px.Market.from_frames(tables(), as_of="2024-01-09T18:00:00+08:00")
    (note,) = px.calculate(methodology(), market).warnings
    assert str(note) == (
        "as_of = 2024-01-09T10:00:00+00:00: no table has known_at, so every row counts as known "
        "by then"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({}, None), "methodology = dict: must be a Methodology"),
        ((methodology(), {}), "market = dict: must be a Market"),
    ],
)
def test_arguments_of_another_type_are_named(arguments, message):
    with pytest.raises(InputError, match=message):
        px.calculate(*arguments)


def test_an_end_that_is_no_date_is_named():
    with pytest.raises(InputError, match="end = 04/01/2024: must be a date, such as 2024-01-04"):
        calculated(options={"end": "04/01/2024"})


@pytest.mark.parametrize("written", ["2024/01/05", "2024.1.5", "2024-1-5"])
def test_a_day_of_another_style_is_told_how_it_is_written(written):
    with pytest.raises(InputError, match=f"end = {written}: must be a date.*; write 2024-01-05"):
        calculated(options={"end": written})


def test_a_name_twice_in_a_basket_with_and_without_the_index_is_refused():
    basket = tables()["constituents"].with_columns(index=pl.lit(None, pl.String))
    again = basket.head(1).with_columns(index=pl.lit("SMALL"))
    with pytest.raises(InputError, match=r"600001\.SH: must stand once in the basket"):
        calculated(constituents=pl.concat([basket, again]))


def moved_to_shenzhen():
    """The first name moves to Shenzhen on the fourth session; Shenzhen rests on the fifth."""
    calendar = tables()["calendar"]
    shenzhen = calendar.with_columns(exchange=pl.lit("XSHE")).filter(pl.col("date") != SESSIONS[4])
    return {
        "calendar": pl.concat([calendar, shenzhen]),
        "prices": tables()["prices"].filter(
            (pl.col("security") != NAMES[0]) | (pl.col("date") != SESSIONS[4])
        ),
        "listings": pl.DataFrame(
            {
                "security": [NAMES[0]] * 2,
                "exchange": ["XSHG", "XSHE"],
                "board": ["main"] * 2,
                "currency": ["CNY"] * 2,
                "start": [SESSIONS[0], SESSIONS[3]],
                "end": [SESSIONS[2], None],
            }
        ),
    }


def test_an_ex_date_moves_on_the_exchange_of_that_day():
    bonus = actions((NAMES[0], SESSIONS[4], "bonus", {"ratio": 0.3}))
    result = calculated(**moved_to_shenzhen(), corporate_actions=bonus)
    ex_dates = result.events.filter(pl.col("event") == "ex_rights")
    assert ex_dates["session"].to_list() == [SESSIONS[5]]
    assert result.levels["date"].n_unique() == len(SESSIONS)


def test_a_listing_in_another_currency_is_refused_by_name():
    market = moved_to_shenzhen()
    market["listings"] = market["listings"].with_columns(currency=pl.Series(["CNY", "HKD"]))
    with pytest.raises(NotRepresentableError, match=r"listings currency = HKD of 600001\.SH"):
        calculated(**market)


def test_a_contained_ex_date_long_after_the_end_counts():
    late = SESSIONS[0] + timedelta(days=200)
    bonus = actions((NAMES[0], late, "bonus", {"ratio": 1.0}))
    shares = tables()["shares"].with_columns(
        total=pl.Series([2_000_000, 1_000_000]),
        free_float=pl.Series([2_000_000, 1_000_000]),
        basis=pl.Series([late, SESSIONS[0]]),
    )
    first = calculated(corporate_actions=bonus, shares=shares).constituents
    assert first.filter(pl.col("security") == NAMES[0])["total"].to_list() == [1_000_000.0]


def test_an_index_that_loses_its_last_name_is_refused():
    gone = actions(*((name, SESSIONS[4], "delisting", {}) for name in NAMES))
    with pytest.raises(InputError, match="SMALL: must have a constituent on 2024-01-12"):
        calculated(corporate_actions=gone)


def test_cash_that_is_not_below_the_close_is_named():
    much = actions((NAMES[0], SESSIONS[3], "cash_dividend", {"cash": 10.0}))
    with pytest.raises(InputError, match=r"SMALL: 600001\.SH 2024-01-11: cash = 10"):
        calculated(corporate_actions=much)


def test_a_close_revised_since_a_state_in_memory_is_refused():
    first = calculated(options={"end": SESSIONS[4]})
    revised = tables()["prices"].with_columns(
        close=pl.when((pl.col("security") == NAMES[0]) & (pl.col("date") == SESSIONS[4]))
        .then(10.5)
        .otherwise("close")
    )
    expected = r"prices close = 10\.5 of 600001\.SH on 2024-01-12: must be 10\.0, .*; recalculate"
    with pytest.raises(InconsistentError, match=expected):
        calculated(prices=revised, options={"continue_from": first.state})


def test_a_constituent_that_never_had_a_price_is_refused_by_its_name():
    prices = tables()["prices"].filter(pl.col("security") == NAMES[0])
    with pytest.raises(MissingDataError, match=r"prices of 600002\.SH: must have a close .*; add"):
        calculated(prices=prices)


NET = {"variants": ["price", "net_total_return"]}
TAXED = {
    "withholding_tax": [
        {
            "country": "CN",
            "exchange": "XSHG",
            "kind": "cash_dividend",
            "rate": 0.1,
            "from": SESSIONS[2],
        }
    ]
}


@pytest.mark.parametrize(("day", "refused"), [(SESSIONS[0], False), (SESSIONS[1], True)])
def test_only_a_dividend_the_index_meets_needs_a_tax_rate(day, refused):
    rules = methodology(index=NET, net_total_return=TAXED)
    paid = actions((NAMES[0], day, "cash_dividend", {"cash": 0.1}))
    if refused:
        with pytest.raises(MissingDataError, match="ex_date = 2024-01-09: must have a rate"):
            calculated(rules, corporate_actions=paid)
    else:
        assert len(calculated(rules, corporate_actions=paid).levels) > 0


def test_an_interim_change_sets_no_weights_and_needs_no_lag():
    third = "600003.SH"
    securities = tables()["securities"]
    added = securities.head(1).with_columns(security=pl.lit(third))
    more = tables()["prices"].filter(security=NAMES[0]).with_columns(security=pl.lit(third))
    baskets = pl.DataFrame(
        {
            "effective": [SESSIONS[0]] * 2 + [SESSIONS[3]] * 2,
            "security": [*NAMES, NAMES[0], third],
            "kind": ["review"] * 2 + ["interim"] * 2,
            "replaces": [None, None, None, NAMES[1]],
        }
    )
    result = calculated(
        methodology(weighting={"scheme": "equal", "free_float_bands": None, "lag": 5}),
        securities=pl.concat([securities, added]),
        prices=pl.concat([tables()["prices"], more]),
        constituents=baskets,
    )
    assert result.levels["level"].unique().to_list() == [1000.0]
