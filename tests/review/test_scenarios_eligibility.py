"""Scenarios of who may enter: Beijing and Stock Connect, losses, a suspension (N5, N8, N10)."""

from datetime import date

import polars as pl
import pytest

import paasche as px
from paasche.review.panels.ground import lay_ground
from paasche.review.screening.suspensions import suspended_sessions
from review.small_review_markets import (
    DRAGON_BOAT,
    actions,
    changes,
    code,
    even_rates,
    flags,
    frames,
    history,
    level,
    members,
    methodology,
    sized,
    status,
    table,
    weekdays,
)

DAWNING = "920808.BJ"
# 曙光数创 on 11 November 2025: the only company of Beijing on its exchange above 10 billion.
BEIJING = {DAWNING: {"total": 200_000_001, "close": 50.01, "board": "bse"}}
BASE = date(2026, 1, 5)


@pytest.mark.rule("N5", "R30")
def test_a_beijing_listing_is_in_no_universe_of_stock_connect():
    assert BEIJING[DAWNING]["total"] * 50.01 > 1e10
    names = sized(4) | BEIJING | {"00700.HK": {"total": 90_000_000, "class": "H"}}
    everyone = ["XSHG", "BJSE", "XHKG"]
    in_connect = status(*((name, "connect", date(2024, 1, 2)) for name in (*sized(4), "00700.HK")))

    def basket(**universe):
        rules = methodology(universe=universe)
        return members(history(names, rules, status=in_connect, fx=even_rates()), BASE)

    assert DAWNING not in basket(exchanges=everyone, connect_exchanges=everyone)
    assert DAWNING in basket(exchanges=everyone, connect_exchanges=["XSHG", "XHKG"])
    assert DAWNING not in basket(exchanges=["XSHG", "XHKG"])
    assert DAWNING in basket(exchanges=["XSHG", "BJSE"])


PROFITS = {
    "security": pl.String,
    "period": pl.Date,
    "published": pl.Date,
    "net_profit": pl.Float64,
    "opinion": pl.String,
}


def earning(profit, *, board, name="688999.SH", published=date(2025, 10, 30)):
    """Return whether a candidate, the largest of the market, enters with a result like this."""
    third_quarter = date(2025, 9, 30)
    found = history(
        sized(4) | {name: {"total": 50_000_000, "board": board}},
        methodology(universe={"exchanges": ["XSHG", "BJSE"], "reports": "not_required"}),
        financials=table(
            PROFITS,
            {
                "security": name,
                "period": third_quarter,
                "published": published,
                "net_profit": profit,
            },
        ),
    )
    return name in members(found, BASE)


@pytest.mark.rule("N8", "R20")
def test_a_candidate_with_a_loss_is_not_added_unless_it_is_listed_on_the_star_market():
    # 曙光数创: −0.70 hundred million in the first three quarters of 2025.
    assert not earning(-70_000_000.0, board="bse", name=DAWNING)
    assert not earning(-70_000_000.0, board="main")
    assert earning(-70_000_000.0, board="star")
    # Nothing lost is no loss, and a loss published later is not known yet.
    assert earning(0.0, board="main")
    assert not earning(-1.0, board="main")
    assert earning(-70_000_000.0, board="main", published=date(2026, 1, 30))


@pytest.mark.rule("N8", "R20")
def test_a_constituent_with_a_loss_stays():
    loss = table(
        PROFITS,
        {
            "security": code(2),
            "period": date(2025, 12, 31),
            "published": date(2026, 3, 31),
            "net_profit": -70_000_000.0,
        },
    )
    rules = methodology(universe={"reports": "not_required"})
    assert changes(history(sized(8), rules, financials=loss)) == []


# N10: 中科曙光 in 2025: announced, amended, suspended from 26 May to 10 June, resumed, called off.
SUGON, HYGON = "603019.SH", "688041.SH"
ANNOUNCED, AMENDED, CANCELLED = date(2025, 5, 26), date(2025, 9, 10), date(2025, 12, 9)
IDLE = weekdays(date(2025, 5, 26), date(2025, 6, 9))
STREAM_SPAN = {"first": date(2025, 3, 3), "last": date(2026, 1, 30)}
STREAM_RULES = methodology(
    index={"base_date": date(2025, 4, 7), "variants": ["price", "total_return"]},
    interim={"merger_carry": "last_close"},
    review={"months": [6, 12]},
)
STREAM_NAMES = sized(8) | {
    SUGON: {"total": 20_000_000, "close": 61.9, "gaps": IDLE, "closes": {date(2025, 6, 10): 68.09}},
    HYGON: {"total": 30_000_000, "close": 136.13, "board": "star"},
}


def stream():
    """Return the market: what was known of the merger changes with known_at."""
    terms = {"security": SUGON, "kind": "merger", "related": HYGON, "announced": ANNOUNCED}
    ex_date = date(2026, 3, 31)
    known = [
        ({"ratio": 0.54}, ANNOUNCED),
        ({"ratio": 0.5525}, AMENDED),
        ({"ratio": 0.5525, "cancelled": CANCELLED}, CANCELLED),
    ]
    rows = actions()
    rows = pl.concat(
        [rows] + [actions((SUGON, ex_date, "merger", terms | fields)) for fields, _ in known],
    ).with_columns(known_at=pl.Series([day for _, day in known]).cast(pl.Datetime("us", "UTC")))
    made = frames(
        STREAM_NAMES,
        **STREAM_SPAN,
        corporate_actions=rows,
        status=status((SUGON, "suspended", IDLE[0], IDLE[-1], "ordinary")),
    )
    return px.Market.from_frames(made)


@pytest.mark.rule("N10", "R12")
def test_a_suspension_of_26_may_to_9_june_is_ten_sessions_and_no_long_one():
    # 11 weekdays less the Dragon Boat Festival.
    assert DRAGON_BOAT.strftime("%A") == "Monday"
    ground = lay_ground(stream(), STREAM_RULES, STREAM_SPAN["last"])

    def counted(day):
        return int(suspended_sessions(ground, day)[ground.securities.index(SUGON)])

    assert counted(date(2025, 5, 23)) == 0
    assert counted(date(2025, 6, 9)) == 10
    # A single session with a trade starts the count anew.
    assert counted(date(2025, 6, 10)) == 0
    assert STREAM_RULES.review.numbers.suspension_limit_sessions == 25


@pytest.mark.rule("N10", "R12")
def test_the_ten_suspended_sessions_are_counted_up_to_the_last_of_them():
    # A review with its cut-off inside the suspension sees what has passed of it.
    rules = methodology(
        index={"base_date": date(2025, 4, 7)},
        review={"months": [6], "cutoff_months": 1, "adjustment_close": "month-end"},
    )
    found = history(STREAM_NAMES, rules, **STREAM_SPAN)
    proposal = found.proposals[1]
    assert proposal.dates.cutoff == date(2025, 5, 30)
    counted = proposal.table.filter(security=SUGON)["suspended_sessions"].item()
    assert counted == 5
    assert flags(found, "R13") == []


@pytest.mark.rule("N10", "R42", "N3")
def test_through_announcement_suspension_resumption_and_cancellation_the_index_is_continuous():
    found = stream()
    result = px.calculate(STREAM_RULES, found)
    # Carried at its last close while it is suspended.
    before = level(result, date(2025, 5, 23))
    assert {level(result, day) for day in IDLE} == {before}
    # On 10 June the resumption moves it, by price only: 61.90 to 68.09.
    value = 20_000_000 * 61.9 + 30_000_000 * 136.13 + 15_000_000 * 10
    moved = 1 + 20_000_000 * (68.09 - 61.9) / value
    assert level(result, date(2025, 6, 10)) == pytest.approx(before * moved, rel=1e-12)
    # No step of the divisor beyond the reviews, and nobody has left.
    assert result.divisors["reason"].unique().to_list() == ["review"]
    assert result.events.filter(event="left").is_empty()
    assert SUGON in members(result.history, date(2026, 1, 30))
    assert flags(result.history, "R25") == [(CANCELLED, SUGON)]


@pytest.mark.rule("N10", "R5")
def test_the_stream_seen_before_its_end_knows_the_merger_and_not_its_end():
    seen = stream().as_of("2025-10-01T20:00:00+08:00")
    merger = seen["corporate_actions"].row(0, named=True)
    assert (merger["ratio"], merger["cancelled"]) == (0.5525, None)
    early = stream().as_of("2025-06-30T20:00:00+08:00")["corporate_actions"]
    assert early["ratio"].to_list() == [0.54]


@pytest.mark.rule("N10", "R16")
def test_eleven_days_of_rest_do_not_keep_a_name_out_of_the_december_review():
    found = history(STREAM_NAMES, STREAM_RULES, **STREAM_SPAN)
    last = found.proposals[-1].table.filter(security=SUGON).row(0, named=True)
    assert (last["outcome"], last["screen"]) == ("kept", None)
