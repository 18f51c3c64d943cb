"""Mergers in the calculation: when the absorbed name goes, and what it is worth till then (R25)."""

from datetime import date

import polars as pl
import pytest

import paasche as px
from review.small_review_markets import (
    actions,
    calculated,
    even_rates,
    frames,
    level,
    market,
    methodology,
    session,
    sized,
)

TARGET, ACQUIRER = "600901.SH", "600902.SH"
EX = date(2026, 3, 10)
COUNTS = session(EX, 2)
LAST_TRADE = date(2026, 2, 27)
ANNOUNCED = date(2026, 3, 3)
RISE = date(2026, 3, 4)
# 10 million at 40 are absorbed for half a share each of 50 million at 80, which rise to 90.
TERMS = {"ratio": 0.5, "related": ACQUIRER, "announced": ANNOUNCED}
BY_SWAP = methodology(interim={"merger_carry": "swap_implied"})
END = session(EX, 4)


def names(**target):
    return sized(4) | {
        TARGET: {"total": 10_000_000, "close": 38.0, "until": LAST_TRADE} | target,
        ACQUIRER: {"total": 50_000_000, "close": 80.0, "closes": {RISE: 90.0}},
    }


def tables(total=55_000_000, **terms):
    return {
        "corporate_actions": actions((TARGET, EX, "merger", TERMS | terms)),
        "issues": [(ACQUIRER, EX, None, total, total)],
        "last": END,
    }


def price(result, day, security=TARGET):
    """Return the price at which a name stands in the value of a session."""
    workings = result.workings.panel
    row = (pl.Series(workings.days).cast(pl.Date) == day).arg_max()
    return workings.prices[row, workings.instruments.index(security)]


@pytest.mark.rule("R25", "R42")
def test_an_absorbed_name_that_no_longer_trades_keeps_its_last_close_by_default():
    result = calculated(names(), **tables())
    assert {price(result, day) for day in (LAST_TRADE, ANNOUNCED, RISE, session(COUNTS, -1))} == {
        38.0
    }


@pytest.mark.rule("R25", "N2")
def test_carried_by_the_swap_it_moves_with_the_acquirer_from_the_announcement_until_it_goes():
    result = calculated(names(), BY_SWAP, **tables())
    assert price(result, LAST_TRADE) == 38.0
    assert price(result, session(ANNOUNCED, -1)) == 38.0
    assert price(result, ANNOUNCED) == 40.0
    assert price(result, RISE) == 45.0
    assert price(result, session(COUNTS, -1)) == 45.0
    # 380 + 4,000 million and the two largest others at 40 and 30.
    base = 380e6 + 4000e6 + 40e6 + 30e6
    assert level(result, ANNOUNCED) == pytest.approx(1000 * (base + 20e6) / base, rel=1e-12)
    assert level(result, RISE) == pytest.approx(1000 * (base + 570e6) / base, rel=1e-12)


@pytest.mark.rule("R25", "R50", "R53")
def test_both_changes_are_one_correction_that_loses_no_weight_in_between():
    result = calculated(names(), BY_SWAP, **tables())
    assert result.divisors["session"].to_list() == [COUNTS]
    after = result.constituents.filter(security=ACQUIRER, session=COUNTS).row(0, named=True)
    # 5 million new shares at 90 are worth what the 10 million absorbed at 45 were: value stays but
    # for the name that is drawn, 20 million.
    assert after["total"] == 55_000_000
    correction = result.divisors.row(0, named=True)
    assert correction["value_after"] - correction["value_before"] == pytest.approx(20e6)
    assert level(result, COUNTS) == pytest.approx(level(result, RISE), rel=1e-12)


@pytest.mark.rule("R25")
def test_a_merger_without_a_day_of_announcement_is_carried_by_the_swap_from_its_ex_date():
    result = calculated(names(), BY_SWAP, **tables(announced=None))
    assert price(result, session(EX, -1)) == 38.0
    assert price(result, EX) == 45.0


@pytest.mark.rule("R25")
def test_while_the_absorbed_name_trades_its_own_close_counts():
    gaps = [session(RISE, 1)]
    result = calculated(names(until=session(RISE, 2), gaps=gaps), BY_SWAP, **tables())
    assert price(result, RISE) == 38.0
    assert price(result, session(RISE, 1)) == 45.0
    assert price(result, session(RISE, 2)) == 38.0
    assert price(result, session(RISE, 3)) == 45.0


@pytest.mark.rule("R25")
def test_cash_that_comes_with_the_shares_is_added():
    result = calculated(names(), BY_SWAP, **tables(cash=1.5))
    assert price(result, RISE) == 46.5


@pytest.mark.rule("R25", "R49")
def test_an_acquirer_in_another_currency_counts_at_the_rate_of_the_session():
    hong_kong = "00902.HK"
    rules = methodology(
        universe={"exchanges": ["XSHG", "XHKG"]}, interim={"merger_carry": "swap_implied"}
    )
    abroad = {name: fields for name, fields in names().items() if name != ACQUIRER}
    abroad[hong_kong] = {"total": 50_000_000, "close": 80.0, "class": "H"}
    found = calculated(
        abroad,
        rules,
        corporate_actions=actions((TARGET, EX, "merger", TERMS | {"related": hong_kong})),
        issues=[(hong_kong, EX, None, 55_000_000, 55_000_000)],
        fx=even_rates(0.9),
        last=END,
    )
    assert price(found, RISE) == pytest.approx(36.0, rel=1e-15)


@pytest.mark.rule("R25")
def test_absorbed_by_an_outsider_it_keeps_its_last_close():
    rules = methodology(
        selection={"count": 1, "reserve_share": None},
        interim={"merger_carry": "swap_implied", "fill": "leave"},
    )
    small = names() | {ACQUIRER: {"total": 100_000, "close": 80.0}}
    # The index has one name, the target; its acquirer is far too small, and enters in its place.
    result = calculated(small, rules, **tables(total=5_100_000))
    assert price(result, RISE) == 38.0
    assert result.constituents.filter(security=TARGET)["session"].to_list()[-1] == EX


@pytest.mark.rule("R25", "R58")
def test_a_change_of_the_rulebook_changes_the_carry_from_its_day_on():
    later = session(RISE, 2)
    rules = methodology().model_dump(mode="json", exclude_none=True)
    rules["change"] = [{"valid_from": later, "interim": {"merger_carry": "swap_implied"}}]
    result = calculated(names(), px.Methodology.from_dict(rules), **tables())
    assert price(result, session(later, -1)) == 38.0
    assert price(result, later) == 45.0


@pytest.mark.rule("R25")
@pytest.mark.parametrize("end", [ANNOUNCED, RISE, session(EX, -1), EX, COUNTS])
def test_a_run_that_ends_in_between_has_the_same_levels_and_goes_on_to_the_same(end):
    found = market(names(), **tables())
    whole = px.calculate(BY_SWAP, found)
    part = px.calculate(BY_SWAP, found, end=end)
    assert part.levels.equals(whole.levels.filter(pl.col("date") <= end))
    continued = px.calculate(BY_SWAP, found, continue_from=part.state)
    rest = whole.levels.filter(pl.col("date") > end)
    assert continued.levels["level_unrounded"].equals(rest["level_unrounded"])


@pytest.mark.rule("R23", "R25")
def test_with_less_than_5_percent_of_new_shares_the_absorbed_name_goes_on_the_ex_date():
    # 0.05 shares for each of 10 million are 0.5 of 50 million: 1 %, which waits for the review.
    result = calculated(names(), **tables(total=50_500_000, ratio=0.05))
    assert result.events.filter(security=TARGET, event="left")["session"].to_list() == [EX]


def from_table(total=55_000_000, **terms):
    """Return the run of an index whose membership a table gives; nobody names the leaver."""
    made = frames(names(), **tables(total, **terms))
    made["constituents"] = pl.DataFrame(
        {"effective": date(2026, 1, 5), "security": [TARGET, ACQUIRER, "600001.SH"]}
    )
    rules = methodology(universe={"exchanges": None, "constituents": "table"}, selection=None)
    return px.calculate(rules, px.Market.from_frames(made))


@pytest.mark.rule("R23", "R25", "R57")
def test_an_index_of_a_table_lets_the_absorbed_name_go_with_the_new_shares_too():
    result = from_table()
    assert result.events.filter(event="left").select("session", "security", "rule").rows() == [
        (COUNTS, TARGET, "R23")
    ]
    assert result.divisors["session"].to_list() == [COUNTS]
    assert price(result, RISE) == 38.0


@pytest.mark.rule("N3", "R23")
def test_an_index_of_a_table_keeps_both_names_of_a_cancelled_merger():
    result = from_table(cancelled=EX)
    assert result.events.filter(event="left").is_empty()
    assert from_table(cancelled=session(EX, 1)).events.filter(event="left").height == 1


@pytest.mark.rule("R25")
def test_an_index_of_a_table_has_no_section_for_the_carry():
    with pytest.raises(px.InputError, match="interim"):
        methodology(
            universe={"exchanges": None, "constituents": "table"},
            selection=None,
            interim={"merger_carry": "swap_implied"},
        )
