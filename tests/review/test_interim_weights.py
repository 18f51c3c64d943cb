"""What a leaver hands on, and at which price it goes (R32, R33)."""

from datetime import date

import polars as pl
import pytest

from review.small_review_markets import (
    actions,
    calculated,
    code,
    history,
    level,
    methodology,
    session,
    sized,
    status,
)

DAY = date(2026, 3, 10)
EVE = session(DAY, -1)
B, C, E = code(2), code(3), code(5)
# Two names at 50 % each: 4,000 B at 19 need the factor 0.8 beside 6,080 C at 10.
CAPPED = methodology(
    selection={"count": 2, "reserve_share": 0.5}, weighting={"single_cap": 0.5, "lag": 1}
)
GONE = actions((B, DAY, "delisting"))


def inherited(close_of_e, rules=CAPPED, **others):
    names = {
        B: {"total": 4_000, "close": 19.0},
        C: {"total": 6_080, "close": 10.0},
        E: {"total": 9_000, "close": 1.0, "closes": {EVE: close_of_e}},
    }
    return calculated(names, rules, corporate_actions=GONE, last=session(DAY, 5), **others)


def factor(result, security, day=DAY):
    rows = result.constituents.filter(pl.col("session") <= day, security=security)
    return rows["weight_factor"].to_list()[-1]


@pytest.mark.rule("R32")
def test_a_replacement_inherits_the_closing_weight_of_the_leaver():
    # SPEC: 19 × 4,000 × 0.8 = 60,800 for 25 × 9,000 makes 0.270222….
    result = inherited(25.0)
    assert factor(result, B, EVE) == pytest.approx(0.8, rel=1e-12)
    assert factor(result, E) == pytest.approx(60_800 / 225_000, rel=1e-12)
    assert round(factor(result, E), 6) == 0.270222
    assert factor(result, C) == 1.0
    joined = result.constituents.filter(security=E, session=DAY)
    assert joined["weight"].item() == pytest.approx(0.5, rel=1e-12)
    # Value and divisor stay.
    divisors = result.levels.filter(variant="price")["divisor"].to_numpy()
    assert divisors == pytest.approx(divisors[0], rel=1e-15)
    assert level(result, DAY) == pytest.approx(1000.0, rel=1e-12)


@pytest.mark.rule("R32")
def test_the_weight_is_that_of_the_last_close_and_not_of_the_base():
    names = {
        B: {"total": 4_000, "close": 19.0, "closes": {EVE: 38.0}},
        C: {"total": 6_080, "close": 10.0},
        E: {"total": 9_000, "close": 1.0, "closes": {EVE: 25.0}},
    }
    result = calculated(names, CAPPED, corporate_actions=GONE, last=DAY)
    assert factor(result, E) == pytest.approx(121_600 / 225_000, rel=1e-12)
    assert result.constituents.filter(security=E)["weight"].item() == pytest.approx(2 / 3)


@pytest.mark.rule("R32", "R38")
def test_a_factor_above_1_rescales_all_factors_and_the_divisor():
    # 60,800 for 5 × 9,000: 1.351111…, by which every factor and the divisor are divided.
    result = inherited(5.0)
    assert factor(result, E) == pytest.approx(1.0, rel=1e-12)
    assert factor(result, C) == pytest.approx(45_000 / 60_800, rel=1e-12)
    divisor = dict(result.levels.filter(variant="price").select("date", "divisor").iter_rows())
    assert divisor[DAY] == pytest.approx(divisor[EVE] * 45_000 / 60_800, rel=1e-12)
    assert level(result, DAY) == pytest.approx(1000.0, rel=1e-12)
    rescaled = result.events.filter(event="factors_rescaled")
    assert rescaled["session"].to_list() == [DAY]
    # At exactly 1 nothing is rescaled.
    assert inherited(60_800 / 9_000).events.filter(event="factors_rescaled").is_empty()


@pytest.mark.rule("R32")
def test_an_index_without_caps_gives_a_newcomer_the_factor_1():
    plain = methodology(selection={"count": 2, "reserve_share": 0.5})
    result = inherited(25.0, plain)
    assert factor(result, E) == 1.0
    joined = result.constituents.filter(security=E, session=DAY)
    assert joined["weight"].item() == pytest.approx(225_000 / (225_000 + 60_800), rel=1e-12)
    assert level(result, DAY) == pytest.approx(1000.0, rel=1e-12)


@pytest.mark.rule("R32")
def test_where_a_vacancy_is_left_open_nobody_inherits():
    names = {
        B: {"total": 4_000, "close": 19.0},
        C: {"total": 6_080, "close": 10.0},
    }
    rules = methodology(
        selection={"count": 2, "reserve_share": None},
        weighting={"single_cap": 0.5, "lag": 1},
        interim={"fill": "leave"},
    )
    result = calculated(names, rules, corporate_actions=GONE, last=DAY)
    assert factor(result, C) == 1.0
    assert result.events.filter(event="weight_inherited").is_empty()


@pytest.mark.rule("R32", "R33")
def test_after_a_deletion_price_the_weight_of_the_last_real_close_is_inherited_by_default():
    gaps = [EVE]
    bad = status((B, "suspended", EVE, None, "material_negative_event"))

    def with_policy(**policy):
        names = {
            B: {"total": 4_000, "close": 19.0, "gaps": gaps, "until": EVE},
            C: {"total": 6_080, "close": 10.0},
            E: {"total": 9_000, "close": 1.0, "closes": {EVE: 25.0}},
        }
        rules = methodology(
            selection={"count": 2, "reserve_share": 0.5},
            weighting={"single_cap": 0.5, "lag": 1} | policy,
        )
        return calculated(names, rules, corporate_actions=GONE, last=DAY, status=bad)

    assert factor(with_policy(), E) == pytest.approx(60_800 / 225_000, rel=1e-12)
    at_deletion_price = with_policy(inherit="deletion_price")
    assert factor(at_deletion_price, E) == pytest.approx(0.00001 * 4_000 * 0.8 / 225_000, rel=1e-12)


SUSPENDED = [session(DAY, back) for back in range(-5, 0)]


def deleted(gaps, end=None, reason="material_negative_event", **others):
    """Return what becomes of name 2, 70 of 260 million, delisted after a suspension."""
    names = sized(8, n2={"gaps": gaps, "until": EVE})
    bad = status((code(2), "suspended", SUSPENDED[0], end, reason))
    tables = {"corporate_actions": actions((code(2), DAY, "delisting", others)), "status": bad}
    return history(names, **tables), calculated(names, **tables)


@pytest.mark.rule("R33", "R14")
def test_a_name_suspended_after_a_materially_negative_event_goes_at_a_hundred_thousandth():
    found, result = deleted(SUSPENDED)
    assert found.priced.select("security", "session", "price").rows() == [(code(2), DAY, 0.00001)]
    # The index takes the whole loss on the last session with the name, none on the next.
    assert level(result, session(EVE, -1)) == 1000.0
    loss = (190e6 + 7e6 * 0.00001) / 260e6
    assert level(result, EVE) == pytest.approx(1000 * loss, rel=1e-12)
    assert level(result, DAY) == pytest.approx(1000 * loss, rel=1e-12)
    event = result.events.filter(event="deletion_price").row(0, named=True)
    assert (event["session"], event["before"], event["after"]) == (EVE, 10.0, 0.00001)


@pytest.mark.rule("R33")
def test_a_name_that_trades_again_on_the_session_before_goes_at_its_last_close():
    found, result = deleted(SUSPENDED[:-1], SUSPENDED[-2])
    assert found.priced.is_empty()
    assert level(result, EVE) == level(result, DAY) == 1000.0
    assert result.events.filter(event="deletion_price").is_empty()


@pytest.mark.rule("R33")
def test_any_other_suspension_leaves_the_last_close():
    found, result = deleted(SUSPENDED, reason="ordinary")
    assert found.priced.is_empty()
    assert level(result, EVE) == level(result, DAY) == 1000.0


@pytest.mark.rule("R33", "R28")
def test_a_deletion_price_that_is_stated_counts_instead():
    found, result = deleted(SUSPENDED, price=1.5)
    assert found.priced.is_empty()
    assert level(result, EVE) == pytest.approx(1000 * (190 + 7 * 1.5) / 260, rel=1e-12)
