"""Every kind of corporate action through every weighting scheme: applied by the rule, or refused.

Two constituents at 10 and 20, the first of which has an action on the sixth session. What the level
and the total return make of it is worked out here from units, prices and one divisor.
"""

from dataclasses import dataclass, field

import polars as pl
import pytest

import paasche as px
from calculation.small_markets import NAMES, SESSIONS, methodology, tables
from paasche.market.vocabulary import ACTION_KINDS

FIRST, SECOND = NAMES
CHILD = "600003.SH"
EX, TRADES = SESSIONS[5], SESSIONS[7]
CHILD_CLOSE = 2.2
BANDS = {"free_float_bands": "ces-2023"}


@dataclass(frozen=True)
class Kind:
    """An action, and what it does to one share of the first name.

    `close` is the close from the ex-date on; `opening` the price at which the price index opens,
    `full` that of total returns; `factor` shares after for one before; `child` children for one
    share, with a price before they trade.
    """

    close: float = 10.0
    opening: float = 10.0
    full: float = 10.0
    factor: float = 1.0
    child: float = 0.0
    child_price: float = 0.0
    leaves_at: float | None = None
    event: str = "ex_rights"
    fields: dict = field(default_factory=dict)


KINDS = {
    "cash_dividend": Kind(9.8, 10.0, 9.5, event="ex_dividend", fields={"cash": 0.5}),
    "special_dividend": Kind(9.2, 10.0, 9.0, event="ex_dividend", fields={"cash": 1.0}),
    "bonus": Kind(8.4, 8.0, 8.0, factor=1.25, fields={"ratio": 0.25}),
    # (10 + 0.2 · 5.8) / 1.2
    "rights": Kind(9.6, 9.3, 9.3, factor=1.2, fields={"ratio": 0.2, "price": 5.8}),
    "split": Kind(5.5, 5.0, 5.0, factor=2.0, fields={"ratio": 2.0}),
    "spin_off": Kind(
        *(9.4, 9.0, 9.0),
        child=0.5,
        child_price=2.0,
        event="spun_off",
        fields={"ratio": 0.5, "price": 2.0, "related": CHILD},
    ),
    "merger": Kind(leaves_at=10.0, event="left", fields={"cash": 12.0}),
    "tender": Kind(10.7, event="tender_offer", fields={"cash": 12.0, "ratio": 0.3}),
    "delisting": Kind(leaves_at=10.0, event="left"),
    "bankruptcy": Kind(leaves_at=4.0, event="left", fields={"price": 4.0}),
}


@dataclass(frozen=True)
class Scheme:
    """Units of the two names, worked out by hand for base closes of 10 and 20 and level 1000.

    The first has 1,000,000 shares, 400,000 of them free; the second 1,000,000, all free.
    """

    units: tuple[float, float]
    keys: dict
    scales: bool = True
    weights: tuple[float, float] | None = None


SCHEMES = {
    "free_float": Scheme((400_000, 1_000_000), {"scheme": "free_float", **BANDS}),
    # Values 4m and 20m; weights 0.4 and 0.6; factors 1e-7 and 3e-8, the largest made 1.
    "capped": Scheme((400_000, 300_000), {"scheme": "free_float", "single_cap": 0.6, **BANDS}),
    "total": Scheme((1_000_000, 1_000_000), {"scheme": "total"}),
    "equal": Scheme((50, 25), {"scheme": "equal"}),
    "price": Scheme((1, 1), {"scheme": "price"}, scales=False),
    "given": Scheme((25, 37.5), {"scheme": "given"}, weights=(0.25, 0.75)),
}


def rules(scheme):
    keys = SCHEMES[scheme].keys
    written = methodology().model_dump(mode="json", exclude_unset=True)
    return px.Methodology.from_dict({**written, "weighting": keys})


def acts(*rows):
    """Rows (security, ex_date, kind, fields) as a table."""
    text = dict.fromkeys(("security", "kind", "id", "related", "currency"), pl.String)
    numbers = dict.fromkeys(("cash", "ratio", "price"), pl.Float64)
    return pl.DataFrame(
        [
            {"security": security, "ex_date": day, "kind": kind, **fields}
            for security, day, kind, fields in rows
        ],
        schema={**text, "ex_date": pl.Date, **numbers},
    )


def market(*rows, close=10.0, child=CHILD_CLOSE, scheme="free_float", **others):
    """The two names and a child; the first closes at `close` from the ex-date on, the second at 22.

    The child first trades two sessions after the ex-date, or never where `child` is None.
    """
    found = tables(corporate_actions=acts(*rows))
    found["securities"] = pl.concat(
        [
            found["securities"],
            pl.DataFrame(
                {
                    "security": [CHILD],
                    "name": ["three"],
                    "exchange": ["XSHG"],
                    "currency": ["CNY"],
                    "country": ["CN"],
                }
            ),
        ]
    )
    later = pl.col("date") >= EX
    first = pl.col("security") == FIRST
    prices = found["prices"].with_columns(
        pl.when(later & first)
        .then(pl.lit(close))
        .when(later)
        .then(pl.lit(22.0))
        .otherwise("close")
        .alias("close")
    )
    days = [day for day in SESSIONS if day >= TRADES and child is not None]
    own = pl.DataFrame(
        {"date": days, "security": [CHILD] * len(days), "close": [child] * len(days)},
        schema=prices.schema,
    )
    found["prices"] = pl.concat([prices, own])
    found["shares"] = found["shares"].with_columns(
        free_float=pl.when(first).then(400_000).otherwise("free_float")
    )
    weights = SCHEMES[scheme].weights or (None, None)
    found["constituents"] = found["constituents"].with_columns(
        weight=pl.Series(weights, dtype=pl.Float64)
    )
    return px.Market.from_frames(found | others)


def levels(result, variant):
    rows = result.levels.filter(variant=variant).sort("date")
    return dict(rows.select("date", "level_unrounded").iter_rows())


def test_every_kind_is_walked():
    assert set(KINDS) == set(ACTION_KINDS)


def by_hand(kind, scheme):
    """Return price levels and total returns of the eve, the ex-date and the last session."""
    first, second = scheme.units
    base = 10 * first + 20 * second
    if kind.leaves_at is not None:
        eve = kind.leaves_at * first + 20 * second
        level = 1000 * eve / base
        after = level * (22 * second) / (20 * second)
        return (level, after, after), (level, after, after)
    held = first * kind.factor if scheme.scales else first
    children = first * kind.child
    opening = kind.opening * held + 20 * second + kind.child_price * children
    full = opening + (kind.full - kind.opening) * held
    ex = kind.close * held + 22 * second + kind.child_price * children
    last = ex + (CHILD_CLOSE - kind.child_price) * children
    prices = (1000.0, 1000 * ex / opening, 1000 * last / opening)
    returns = (1000.0, 1000 * ex / full, 1000 * last / full)
    return prices, returns


@pytest.mark.rule("R23", "R26", "R28", "R29", "R51", "R52", "R62")
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_does_to_an_index_what_its_rule_says(kind, scheme):
    action = KINDS[kind]
    shown = market((FIRST, EX, kind, action.fields), close=action.close, scheme=scheme)
    result = px.calculate(rules(scheme), shown)
    days = (SESSIONS[4], EX, SESSIONS[-1])
    prices, returns = by_hand(action, SCHEMES[scheme])
    found = levels(result, "price")
    assert [found[day] for day in days] == pytest.approx(prices, rel=1e-12)
    found = levels(result, "total_return")
    assert [found[day] for day in days] == pytest.approx(returns, rel=1e-12)
    noted = result.events.filter(pl.col("session") == EX, pl.col("event") == action.event)
    assert noted["security"].to_list() == [CHILD if kind == "spin_off" else FIRST]
    for variant in ("price", "total_return"):
        points = result.explain(EX, variant=variant).totals
        parts = points.price + points.fx + points.dividend + points.events
        assert points.events == pytest.approx(0, abs=1e-9)
        assert parts == pytest.approx(points.change, rel=1e-9)


@pytest.mark.parametrize("scheme", ["capped", "equal", "price"])
@pytest.mark.parametrize("kind", KINDS)
def test_two_runs_over_it_have_the_levels_of_one(kind, scheme):
    action = KINDS[kind]
    shown = market((FIRST, EX, kind, action.fields), close=action.close, scheme=scheme)
    whole = px.calculate(rules(scheme), shown).levels
    for day in SESSIONS[4:8]:
        earlier = px.calculate(rules(scheme), shown, end=day)
        later = px.calculate(rules(scheme), shown, continue_from=earlier.state).levels
        assert later.equals(whole.filter(pl.col("date") > day)), day


@pytest.mark.parametrize("kind", KINDS)
def test_a_cancelled_action_and_one_of_another_name_do_nothing(kind):
    fields = KINDS[kind].fields
    cancelled = acts((FIRST, EX, kind, fields)).with_columns(cancelled=pl.lit(EX))
    stranger = acts((CHILD, EX, kind, {**fields, "related": fields.get("related") and SECOND}))
    plain = px.calculate(rules("free_float"), market()).levels
    for table in (cancelled, stranger):
        shown = market(corporate_actions=table)
        assert px.calculate(rules("free_float"), shown).levels.equals(plain)


# Spin-offs

GIFT = {"ratio": 0.5, "price": 2.0, "related": CHILD}


@pytest.mark.rule("R26")
def test_a_child_that_never_trades_is_carried_at_its_price():
    shown = market((FIRST, EX, "spin_off", GIFT), close=9.0, child=None)
    found = levels(px.calculate(rules("total"), shown), "price")
    # 9 + 0.5 · 2 + 22 against 10 + 20, in millions.
    assert found[SESSIONS[-1]] == pytest.approx(1000 * 32 / 30, rel=1e-12)


@pytest.mark.rule("R26")
def test_without_a_price_the_published_reference_says_what_the_child_is_worth():
    bare = {"ratio": 0.5, "related": CHILD}
    shown = market((FIRST, EX, "spin_off", bare), close=9.4)
    prices = shown["prices"].with_columns(
        reference=pl.when((pl.col("date") == EX) & (pl.col("security") == FIRST)).then(8.6)
    )
    result = px.calculate(
        rules("total"), market((FIRST, EX, "spin_off", bare), prices=prices, close=9.4)
    )
    # The parent gives 10 − 8.6 away; the divisor does not move.
    assert levels(result, "price")[EX] == pytest.approx(1000 * (9.4 + 1.4 + 22) / 30, rel=1e-12)
    assert result.levels.filter(variant="price")["divisor"].n_unique() == 1
    with pytest.raises(px.MissingDataError, match=f"spin_off of {FIRST} on {EX}: must have"):
        px.calculate(rules("total"), shown)


@pytest.mark.rule("R26", "R49")
def test_a_child_in_another_currency_is_worth_its_price_at_that_rate():
    securities = market()["securities"].with_columns(
        currency=pl.when(pl.col("security") == CHILD).then(pl.lit("HKD")).otherwise("currency")
    )
    fx = pl.DataFrame({"date": SESSIONS, "pair": ["HKDCNY"] * 10, "rate": [0.8] * 6 + [0.9] * 4})
    shown = market(
        (FIRST, EX, "spin_off", GIFT), securities=securities, fx=fx, close=9.0, child=3.0
    )
    found = levels(px.calculate(rules("total"), shown), "price")
    # One share gives 0.5 · 2 HKD · 0.8 = 0.8 CNY away and opens at 9.2.
    assert found[EX] == pytest.approx(1000 * (9.0 + 0.8 + 22) / 30, rel=1e-12)
    assert found[SESSIONS[6]] == pytest.approx(1000 * (9.0 + 0.9 + 22) / 30, rel=1e-12)
    assert found[TRADES] == pytest.approx(1000 * (9.0 + 0.5 * 3 * 0.9 + 22) / 30, rel=1e-12)


@pytest.mark.rule("R26", "R63")
def test_shares_that_a_bonus_brings_that_morning_give_no_child():
    rows = [(FIRST, EX, "spin_off", GIFT), (FIRST, EX, "bonus", {"ratio": 0.25})]
    result = px.calculate(rules("total"), market(*rows, close=7.2))
    # (10 − 1) / 1.25 = 7.2; 1,250,000 shares and 500,000 children.
    found = levels(result, "price")
    assert found[EX] == pytest.approx(1000 * (7.2 * 1.25 + 1 + 22) / 30, rel=1e-12)


@pytest.mark.rule("R26")
def test_a_child_that_a_basket_left_out_may_be_given_away_again():
    rows = [
        (FIRST, SESSIONS[3], "spin_off", GIFT),
        (FIRST, SESSIONS[8], "spin_off", {**GIFT, "ratio": 0.1}),
    ]
    baskets = pl.DataFrame({"effective": [SESSIONS[0]] * 2 + [EX] * 2, "security": NAMES * 2})
    found = levels(px.calculate(rules("total"), market(*rows, constituents=baskets)), "price")
    # The parent closes at 10 throughout: 0.5 · 2 on top, then 0.1 · 2.2 of its market price.
    assert found[SESSIONS[4]] == pytest.approx(1000 * 31 / 30, rel=1e-12)
    assert found[EX] == pytest.approx(1000 * 31 / 30 * 32 / 30, rel=1e-12)
    assert found[SESSIONS[8]] == pytest.approx(found[TRADES] * 32.22 / 32, rel=1e-12)


@pytest.mark.rule("R26")
@pytest.mark.parametrize("kind", ["delisting", "bankruptcy", "merger"])
def test_a_child_beside_its_parent_may_end_as_well(kind):
    out = (CHILD, SESSIONS[8], kind, {"cash": 5.0} if kind == "merger" else {"price": 1.0})
    result = px.calculate(rules("total"), market((FIRST, EX, "spin_off", GIFT), out, close=9.0))
    found = levels(result, "price")
    eve = 9 + 0.5 * (CHILD_CLOSE if kind == "merger" else 1.0) + 22
    assert found[TRADES] == pytest.approx(1000 * eve / 30, rel=1e-12)
    assert found[SESSIONS[-1]] == found[TRADES]
    left = result.events.filter(event="left")
    assert left.select("session", "security").rows() == [(SESSIONS[8], CHILD)]


# What no holding can show


def refused(*rows, scheme="free_float", **others):
    with pytest.raises(px.NotRepresentableError) as caught:
        px.calculate(rules(scheme), market(*rows, **others))
    return str(caught.value)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_shares_of_a_constituent(scheme):
    said = refused((FIRST, EX, "spin_off", {**GIFT, "related": SECOND}), scheme=scheme)
    assert said.startswith(
        f"corporate_actions spin_off of {FIRST} on {EX}: not representable, as it gives shares of "
        f"{SECOND}, which is a constituent"
    )


@pytest.mark.parametrize(
    "rows",
    [
        [(FIRST, EX, "spin_off", GIFT), (SECOND, EX, "spin_off", GIFT)],
        [(FIRST, EX, "spin_off", {**GIFT, "id": one}) for one in ("a", "b")],
        [(FIRST, EX, "spin_off", GIFT), (FIRST, SESSIONS[8], "spin_off", GIFT)],
    ],
    ids=["of two parents", "twice on a day", "once more later"],
)
def test_a_child_that_is_held_already(rows):
    parent, day = max((row[1], row[0]) for row in rows)[::-1]
    assert refused(*rows).startswith(
        f"corporate_actions spin_off of {parent} on {day}: not representable, as it gives shares "
        f"of {CHILD}, which is held already"
    )


@pytest.mark.parametrize("kind", ["cash_dividend", "special_dividend", "bonus", "rights", "split"])
def test_an_action_of_a_child_before_it_trades(kind):
    young = (CHILD, SESSIONS[6], kind, {**KINDS[kind].fields})
    assert refused((FIRST, EX, "spin_off", GIFT), young).startswith(
        f"corporate_actions {kind} of {CHILD} on {SESSIONS[6]}: not representable, as {CHILD} is "
        "itself a child held beside its parent"
    )


@pytest.mark.rule("R52")
def test_an_action_of_a_child_that_trades_is_applied():
    split = (CHILD, SESSIONS[8], "split", {"ratio": 2.0})
    result = px.calculate(rules("total"), market((FIRST, EX, "spin_off", GIFT), split, close=9.0))
    found = levels(result, "price")
    # The close of the child stays 2.2 while its shares double.
    assert found[SESSIONS[8]] == pytest.approx(1000 * (9 + 2.2 + 22) / 30, rel=1e-12)


def test_a_child_of_a_child():
    grandchild = (CHILD, SESSIONS[8], "spin_off", {**GIFT, "related": SECOND})
    assert refused((FIRST, EX, "spin_off", GIFT), grandchild).startswith(
        f"corporate_actions spin_off of {CHILD} on {SESSIONS[8]}: not representable"
    )


@pytest.mark.parametrize(
    ("kind", "fields", "who"),
    [
        ("spin_off", GIFT, CHILD),
        ("delisting", {"price": 4.0}, "the security"),
        ("bankruptcy", {"price": 4.0}, "the security"),
    ],
)
def test_a_price_in_another_currency_than_the_quote(kind, fields, who):
    assert refused((FIRST, EX, kind, {**fields, "currency": "HKD"})).startswith(
        f"corporate_actions {kind} of {FIRST} on {EX}: not representable, as its price is in HKD "
        f"and {who} is quoted in CNY"
    )


def test_two_deletion_prices():
    rows = [(FIRST, EX, "delisting", {"price": 4.0}), (FIRST, EX, "bankruptcy", {"price": 3.0})]
    assert refused(*rows).startswith(
        f"corporate_actions bankruptcy of {FIRST} on {EX}: not representable, as its rows name "
        "several prices"
    )


@pytest.mark.rule("R51")
def test_what_goes_ex_on_the_day_a_name_leaves_does_not_concern_the_index():
    rows = [(FIRST, EX, "delisting", {}), (FIRST, EX, "cash_dividend", {"cash": 0.5})]
    alone = px.calculate(rules("free_float"), market(rows[0])).levels
    assert px.calculate(rules("free_float"), market(*rows)).levels.equals(alone)
