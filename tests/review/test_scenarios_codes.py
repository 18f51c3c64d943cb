"""Scenario: a name changes its code, its exchange renumbers all names (N1)."""

from datetime import date

import polars as pl
import pytest

import paasche as px
from paasche.review.history import review_history
from review.small_review_markets import calculated, code, frames, methodology, sized

# 曙光数创: 872808 becomes 920808 on 9 October 2025, as all names of the Beijing exchange do.
OLD, NEW, SWITCH = "872808.BJ", "920808.BJ", date(2025, 10, 9)
SPAN = {"first": date(2025, 4, 1), "last": date(2026, 1, 30)}
RULES = methodology(
    index={"base_date": date(2025, 5, 6), "variants": ["price", "total_return"]},
    universe={"exchanges": ["XSHG", "BJSE"]},
    selection={"count": 3, "reserve_share": None},
    weighting={"single_cap": 0.5, "lag": 1},
)
NAMES = sized(3) | {
    NEW: {
        "total": 2_500_000,
        "close": 94.89,
        "closes": {date(2025, 10, 29): 106.33, date(2025, 11, 11): 90.0},
        "board": "bse",
    }
}
CODES = pl.DataFrame(
    {
        "security": [NEW, NEW],
        "code": [OLD, NEW],
        "start": [date(2020, 1, 2), SWITCH],
        "end": [date(2025, 10, 8), None],
    }
)
DIVIDEND = pl.DataFrame(
    {
        "security": [NEW],
        "ex_date": [date(2025, 10, 15)],
        "kind": ["cash_dividend"],
        "cash": [0.5],
    }
)


def market(prices=None, **others):
    made = frames(NAMES, **SPAN, corporate_actions=DIVIDEND, **others)
    if prices is not None:
        made["prices"] = prices(made["prices"])
    return px.Market.from_frames(made)


def quoted(security, when):
    """Write one code in place of the canonical one, where a condition holds."""

    def prices(rows):
        own = (pl.col("security") == NEW) & when
        return rows.with_columns(security=pl.when(own).then(pl.lit(security)).otherwise("security"))

    return prices


BEFORE = pl.col("date") < SWITCH
FEEDS = {
    "the code of the day": quoted(OLD, BEFORE),
    "the new code throughout": quoted(NEW, pl.lit(value=True)),
    "the old code throughout": quoted(OLD, pl.lit(value=True)),
}


def results(market):
    result = px.calculate(RULES, market)
    found = review_history(market, RULES, SPAN["last"])
    return (
        *(getattr(result, name) for name in ("levels", "constituents", "divisors", "events")),
        *(getattr(found, name) for name in ("constituents", "changes", "reserves", "flags")),
    )


@pytest.mark.rule("N1")
@pytest.mark.parametrize("feed", FEEDS)
def test_a_code_change_leaves_level_weights_divisor_total_return_and_history_as_they_are(feed):
    plain = results(market())
    assert set(plain[0]["variant"]) == {"price", "total_return"}
    switched = results(market(FEEDS[feed], codes=CODES))
    for one, other in zip(plain, switched, strict=True):
        assert one.equals(other)


@pytest.mark.rule("N1")
def test_the_old_code_resolves_to_the_security_in_every_table():
    made = frames(NAMES, **SPAN, codes=CODES, corporate_actions=DIVIDEND)
    for name in ("shares", "corporate_actions"):
        made[name] = made[name].with_columns(pl.col("security").replace({NEW: OLD}))
    found = px.Market.from_frames(made)
    for name in ("shares", "corporate_actions"):
        assert NEW in found[name]["security"].to_list()
        assert OLD not in found[name]["security"].to_list()


@pytest.mark.rule("N1")
def test_rows_under_both_codes_on_one_date_are_a_duplicate_and_never_a_double_weight():
    def both(rows):
        twice = rows.filter(pl.col("date") == SWITCH, pl.col("security") == NEW)
        return pl.concat([rows, twice.with_columns(security=pl.lit(OLD))])

    with pytest.raises(px.InputError, match=r"920808\.BJ") as caught:
        market(both, codes=CODES)
    assert "2025-10-09" in str(caught.value)


@pytest.mark.rule("N1")
def test_the_last_close_under_the_old_code_is_carried_over_the_switch():
    # No trade on the first day of the new code.
    gap = {NEW: NAMES[NEW] | {"gaps": [SWITCH]}}
    result = calculated(NAMES | gap, RULES, **SPAN, codes=CODES, corporate_actions=DIVIDEND)
    days = result.levels.filter(variant="price").select("date", "level_unrounded")
    levels = dict(days.iter_rows())
    assert levels[SWITCH] == levels[date(2025, 10, 8)]
    assert code(1) in result.securities["security"].to_list()
