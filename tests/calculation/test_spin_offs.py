"""Spin-offs in the calculation: parent and child together are worth what the parent was (R26)."""

from datetime import date

import polars as pl
import pytest

import paasche as px
from review.small_review_markets import (
    actions,
    calculated,
    code,
    frames,
    level,
    methodology,
    session,
    sized,
)

EX = date(2026, 3, 10)
EVE = session(EX, -1)
FIRST_CLOSE = session(EX, 2)
SETTLED = session(FIRST_CLOSE, 1)
PARENT, CHILD = code(1), code(99)
END = session(EX, 6)
RULES = methodology(index={"variants": ["price", "total_return"]})


def names(left=7.0, child=6.0, ratio=0.5):
    """Name 1 gives half a share of a child: 10 becomes 7, the child is worth 6 until it trades."""
    found = sized(8)
    found[PARENT] |= {"closes": {EX: left}}
    found[CHILD] = {"total": int(8_000_000 * ratio), "listed": FIRST_CLOSE, "close": child}
    return found


def reference(made, value=7.0):
    own = (pl.col("security") == PARENT) & (pl.col("date") == EX)
    made["prices"] = made["prices"].with_columns(
        reference=pl.when(own).then(pl.lit(value)).otherwise(None)
    )
    return made


def spun(*, price=None, published=7.0, rules=RULES, ratio=0.5, constituents=None, **varied):
    gives = {"ratio": ratio, "related": CHILD} | ({} if price is None else {"price": price})
    made = frames(
        names(ratio=ratio, **varied),
        corporate_actions=actions((PARENT, EX, "spin_off", gives)),
        last=END,
    )
    if constituents is not None:
        made["constituents"] = constituents
    if published is not None:
        made = reference(made, published)
    return px.calculate(rules, px.Market.from_frames(made))


def levels(result, variant="price"):
    rows = result.levels.filter(variant=variant).select("date", "level_unrounded")
    return dict(rows.iter_rows())


def held(result, security, day):
    rows = result.constituents.filter(pl.col("session") <= day, security=security)
    return rows["adjusted_shares"].to_list()[-1]


@pytest.mark.rule("R26", "R50")
@pytest.mark.parametrize("how", [{"published": 7.0}, {"price": 6.0, "published": None}])
@pytest.mark.parametrize("variant", ["price", "total_return"])
def test_from_the_ex_date_on_parent_and_child_are_worth_what_the_parent_was(how, variant):
    result = spun(**how)
    found = levels(result, variant)
    assert found[EX] == pytest.approx(found[EVE], rel=1e-12)
    assert found[session(EX, 1)] == pytest.approx(found[EVE], rel=1e-12)
    # The divisor does not move: 8 × 10 = 8 × 7 + 4 × 6.
    divisors = result.levels.filter(pl.col("date") < SETTLED, variant="price")["divisor"]
    assert divisors.n_unique() == 1
    assert held(result, CHILD, EX) == 4_000_000


@pytest.mark.rule("R26")
def test_without_the_child_the_level_would_fall_by_what_is_given_away():
    # The same closes without the event: 8 million shares lose 3 of 10, of 260 million in all.
    plain = calculated(names(), RULES, last=END)
    assert level(plain, EX) == pytest.approx(1000 * (260 - 24) / 260, rel=1e-12)


@pytest.mark.rule("R26")
def test_the_close_of_the_parent_on_the_ex_date_moves_the_index_and_the_child_does_not_yet():
    result = spun(left=7.35)
    assert level(result, EX) == pytest.approx(1000 * (260 + 8 * 0.35) / 260, rel=1e-12)


@pytest.mark.rule("R26")
@pytest.mark.parametrize(("child", "gain"), [(6.0, 0.0), (9.0, 12.0), (3.0, -12.0)])
def test_the_first_close_of_the_child_counts_in_full(child, gain):
    result = spun(child=child)
    assert level(result, FIRST_CLOSE) == pytest.approx(1000 * (260 + gain) / 260, rel=1e-12)
    # On the session after it the tree of R26 decides, without moving the level.
    assert level(result, SETTLED) == pytest.approx(level(result, FIRST_CLOSE), rel=1e-12)


@pytest.mark.rule("R26", "R55")
def test_a_child_that_does_not_qualify_leaves_after_its_first_close_with_one_correction():
    result = spun()
    left = result.events.filter(event="left").select("session", "security", "rule").rows()
    assert left == [(SETTLED, CHILD, "R26")]
    assert result.divisors.select("session", "reason").rows() == [
        (EX, "ex-rights + spin-off"),
        (SETTLED, "interim change"),
    ]
    beginning, correction = result.divisors.rows(named=True)
    assert beginning["value_before"] == pytest.approx(beginning["value_after"], rel=1e-15)
    assert correction["value_before"] - correction["value_after"] == pytest.approx(24e6)


@pytest.mark.rule("R26")
def test_a_child_that_qualifies_stays_with_its_own_shares():
    # 4 million children at 15 are 60 million, above the 50 of name 4.
    result = spun(child=15.0)
    assert result.events.filter(event="left").is_empty()
    assert held(result, CHILD, END) == 4_000_000
    assert level(result, END) == pytest.approx(1000 * (260 + 36) / 260, rel=1e-12)


@pytest.mark.rule("R26")
def test_without_a_reference_or_a_price_the_child_cannot_be_valued():
    with pytest.raises(px.MissingDataError, match=r"spin_off of 600001\.SH on 2026-03-10"):
        spun(published=None)


@pytest.mark.rule("R26")
def test_an_index_of_a_table_holds_the_child_until_the_next_basket():
    base, basket = date(2026, 1, 5), session(FIRST_CLOSE, 2)
    baskets = pl.DataFrame(
        {
            "effective": [base] * 2 + [basket] * 2,
            "security": [PARENT, code(2)] * 2,
        }
    )
    rules = methodology(universe={"exchanges": None, "constituents": "table"}, selection=None)
    result = spun(child=9.0, rules=rules, constituents=baskets)
    assert level(result, EX) == pytest.approx(1000.0, rel=1e-12)
    # 8 × 7 + 4 × 9 + 7 × 10 of 150 million, until the basket without it.
    assert level(result, FIRST_CLOSE) == pytest.approx(1000 * 162 / 150, rel=1e-12)
    assert result.events.filter(event="left").select("session", "security").rows() == [
        (basket, CHILD)
    ]


@pytest.mark.rule("R26")
@pytest.mark.parametrize("end", [EX, session(EX, 1), FIRST_CLOSE, SETTLED])
def test_a_run_that_ends_in_between_goes_on_to_the_same_levels(end):
    made = reference(
        frames(
            names(child=9.0),
            corporate_actions=actions((PARENT, EX, "spin_off", {"ratio": 0.5, "related": CHILD})),
            last=END,
        )
    )
    found = px.Market.from_frames(made)
    whole = px.calculate(RULES, found)
    part = px.calculate(RULES, found, end=end)
    assert part.levels.equals(whole.levels.filter(pl.col("date") <= end))
    rest = whole.levels.filter(pl.col("date") > end)
    continued = px.calculate(RULES, found, continue_from=part.state).levels
    assert continued["level_unrounded"].equals(rest["level_unrounded"])


@pytest.mark.rule("R26", "N3")
def test_a_cancelled_spin_off_is_a_price_move_and_nothing_else():
    gives = {"ratio": 0.5, "related": CHILD, "cancelled": EX}
    found = calculated(
        names(), RULES, corporate_actions=actions((PARENT, EX, "spin_off", gives)), last=END
    )
    plain = calculated(names(), RULES, last=END)
    assert found.levels.equals(plain.levels)
    assert found.events.filter(event="spun_off").is_empty()
