"""Committee decisions on a price, shares or a factor, and gaps that pass through to the level.

Two names of 1,000,000 shares at 10 and 20: a value of 30 million at level 1000. The first closes at
11 from the sixth session on, which the decisions of the day before open.
"""

from datetime import date, timedelta

import polars as pl
import pytest

import paasche as px
from calculation.small_markets import NAMES, SESSIONS, actions, calculated, methodology, tables

FIRST, SECOND = NAMES
EVE, OPENED, LAST = SESSIONS[4], SESSIONS[5], SESSIONS[-1]
SCHEMES = {
    "total": {"scheme": "total"},
    "equal": {"scheme": "equal"},
    "price": {"scheme": "price"},
}


def rules(scheme="total"):
    written = methodology().model_dump(mode="json", exclude_unset=True)
    return px.Methodology.from_dict({**written, "weighting": SCHEMES[scheme]})


def decisions(*rows):
    """Rows (date, security, decision, value) of the index, or of `index`, as a table."""
    return pl.DataFrame(
        [
            {
                "date": day,
                "index": index[0] if index else "SMALL",
                "security": security,
                "decision": decision,
                "value": value,
                "who": "committee",
                "why": "stated",
            }
            for day, security, decision, value, *index in rows
        ],
        schema={
            "date": pl.Date,
            **dict.fromkeys(("index", "security", "decision"), pl.String),
            "value": pl.Float64,
            **dict.fromkeys(("who", "why"), pl.String),
        },
    )


def closes(**others):
    later = (pl.col("date") >= OPENED) & (pl.col("security") == FIRST)
    return tables()["prices"].with_columns(
        close=pl.when(later).then(11.0).otherwise("close"), **others
    )


def run(*rows, scheme="total", **others):
    given = {"prices": closes(), "decisions": decisions(*rows), **others}
    return calculated(rules(scheme), **given)


def levels(result, variant="price"):
    rows = result.levels.filter(variant=variant).sort("date")
    return dict(rows.select("date", "level_unrounded").iter_rows())


PRICE = (EVE, FIRST, "price", 12.0)
SHARES = (EVE, FIRST, "shares", 2_000_000.0)
FACTOR = (EVE, FIRST, "factor", 0.5)
PASS = (EVE, None, "pass_through", None)


# Opening and closing value in millions: 12 + 20, 2 · 10 + 20, 10 / 2 + 20.
FIGURES = [(PRICE, 32, 31), (SHARES, 40, 42), (FACTOR, 25, 25.5)]


@pytest.mark.rule("R34")
@pytest.mark.parametrize(("decision", "opening", "closing"), FIGURES, ids=str)
@pytest.mark.parametrize("variant", ["price", "total_return"])
def test_the_divisor_takes_a_decision_in(decision, opening, closing, variant):
    found = levels(run(decision), variant)
    assert found[EVE] == 1000.0
    assert found[OPENED] == pytest.approx(1000 * closing / opening, rel=1e-12)
    assert found[LAST] == found[OPENED]


@pytest.mark.rule("R34")
@pytest.mark.parametrize(("decision", "opening", "closing"), FIGURES, ids=str)
@pytest.mark.parametrize("variant", ["price", "total_return"])
def test_the_gap_of_a_decision_passes_through_to_the_level(decision, opening, closing, variant):
    result = run(decision, PASS)
    found = levels(result, variant)
    assert found[OPENED] == pytest.approx(1000 * closing / 30, rel=1e-12)
    why = result.explain(OPENED, variant=variant)
    points = why.totals
    assert points.events == pytest.approx(1000 * (opening - 30) / 30, rel=1e-9)
    assert points.price == pytest.approx(1000 * (closing - opening) / 30, rel=1e-9)
    assert points.change == pytest.approx(1000 * (closing - 30) / 30, rel=1e-9)
    assert points.events + points.price + points.fx + points.dividend == pytest.approx(
        points.change, rel=1e-9
    )


@pytest.mark.rule("R34", "R50")
@pytest.mark.parametrize(("decision", "opening"), [row[:2] for row in FIGURES], ids=str)
def test_the_divisor_and_the_trail_say_so(decision, opening):
    result = run(decision)
    change = result.divisors.row(0, named=True)
    assert (change["session"], change["value_before"]) == (OPENED, 30e6)
    assert change["value_after"] == pytest.approx(opening * 1e6, rel=1e-12)
    assert change["after"] / change["before"] == pytest.approx(opening / 30, rel=1e-12)
    assert "decision" in change["reason"]
    effects = result.explain(OPENED).events["value_effect"].drop_nulls()
    assert effects.sum() == pytest.approx((opening - 30) * 1e6, rel=1e-9)


@pytest.mark.rule("R34")
@pytest.mark.parametrize(
    ("decision", "event", "figures"),
    [(SHARES, "shares_set", (1_000_000.0, 2_000_000.0)), (FACTOR, "factor_set", (1.0, 0.5))],
)
def test_an_event_has_the_figure_before_and_after(decision, event, figures):
    rows = run(decision).events.filter(event=event)
    assert rows.select("session", "security", "rule", "before", "after").rows() == [
        (OPENED, FIRST, "R34", *figures)
    ]


@pytest.mark.rule("R34")
def test_what_passes_through_need_not_be_a_figure():
    gone = actions((FIRST, OPENED, "delisting", {}))
    found = levels(run(PASS, corporate_actions=gone))
    assert found[OPENED] == pytest.approx(1000 * 20 / 30, rel=1e-12)
    why = run(PASS, corporate_actions=gone).explain(OPENED).totals
    assert (why.price, why.fx, why.dividend) == (0.0, 0.0, 0.0)
    assert why.events == pytest.approx(-1000 / 3, rel=1e-9)
    # Without a change nothing passes.
    assert levels(run(PASS)) == pytest.approx(levels(run()), rel=1e-12)


@pytest.mark.rule("R34", "R54")
def test_a_review_renews_what_a_decision_set():
    baskets = pl.DataFrame(
        {"effective": [SESSIONS[0]] * 2 + [SESSIONS[7]] * 2, "security": NAMES * 2}
    )
    result = run(SHARES, (SESSIONS[5], SECOND, "factor", 0.5), constituents=baskets)
    rows = result.constituents.filter(pl.col("session") == SESSIONS[7])
    assert rows.select("security", "total", "weight_factor").rows() == [
        (FIRST, 1_000_000.0, 1.0),
        (SECOND, 1_000_000.0, 1.0),
    ]
    assert levels(result)[LAST] == pytest.approx(levels(result)[OPENED], rel=1e-12)


@pytest.mark.rule("R34")
@pytest.mark.parametrize(
    ("scheme", "opening", "closing"), [("equal", 1100, 1050), ("price", 32, 31)]
)
def test_a_price_opens_an_index_of_units_as_well(scheme, opening, closing):
    found = levels(run(PRICE, scheme=scheme))
    # Fifty and twenty-five units, or one of each.
    assert found[OPENED] == pytest.approx(1000 * closing / opening, rel=1e-12)


# When


@pytest.mark.rule("R34")
@pytest.mark.parametrize(
    ("day", "opened"),
    [
        (SESSIONS[0] - timedelta(days=1), None),
        (SESSIONS[0], SESSIONS[1]),
        (EVE, OPENED),
        (OPENED - timedelta(days=1), OPENED),
        (SESSIONS[-2], LAST),
        (LAST, None),
    ],
)
def test_a_decision_opens_the_next_session(day, opened):
    events = run((day, FIRST, "factor", 0.5)).events.filter(event="factor_set")
    assert events["session"].to_list() == ([] if opened is None else [opened])


def test_the_days_of_the_weekend_open_monday():
    friday, monday = EVE, OPENED
    assert (friday, monday) == (date(2024, 1, 12), date(2024, 1, 15))
    rows = [
        (friday, FIRST, "price", 15.0),
        (friday + timedelta(days=1), FIRST, "price", 12.0),
    ]
    # The last one before the session stands, though the first is higher.
    assert levels(run(*rows)) == levels(run(PRICE))
    rows = [(friday, FIRST, "shares", 3e6), (friday + timedelta(days=2), FIRST, "shares", 2e6)]
    assert levels(run(*rows)) == levels(run(SHARES))


@pytest.mark.rule("R34", "R63")
def test_a_decided_price_stands_against_a_published_reference():
    dividend = actions((FIRST, OPENED, "cash_dividend", {"cash": 0.5}))
    at = (pl.col("date") == OPENED) & (pl.col("security") == FIRST)
    published = closes(reference=pl.when(at).then(13.0))
    result = run(PRICE, prices=published, corporate_actions=dividend)
    # 12 without the dividend, 12.5 with it.
    assert levels(result, "total_return")[OPENED] == pytest.approx(1000 * 31 / 32, rel=1e-12)
    assert levels(result)[OPENED] == pytest.approx(1000 * 31 / 32.5, rel=1e-12)


# Whom


@pytest.mark.rule("R34")
def test_a_row_that_names_the_index_stands_against_one_for_every_index():
    for_all = [(EVE, FIRST, "shares", 3e6, None), (EVE, FIRST, "price", 15.0, None)]
    assert levels(run(SHARES, *for_all[:1])) == levels(run(SHARES))
    assert levels(run(PRICE, *for_all[1:])) == levels(run(PRICE))
    assert levels(run((*SHARES, None))) == levels(run(SHARES))


def test_rows_of_another_index_do_nothing():
    rows = [(*one, "OTHER") for one in (PRICE, SHARES, FACTOR, PASS)]
    assert levels(run(*rows)) == levels(run())


def refused(*rows, **others):
    with pytest.raises(px.InputError) as caught:
        run(*rows, **others)
    return str(caught.value)


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    "word", ["exclude", "admit", "delete_first", "keep", "withdraw", "remove", "add"]
)
def test_membership_by_table_follows_no_decision(word):
    said = refused((EVE, FIRST, word, None))
    assert f"decisions decision = {word} of {FIRST} on {EVE}: must be left out for SMALL" in said
    # A row for every index is about those with reviews.
    assert levels(run((EVE, FIRST, word, None, None))) == levels(run())


@pytest.mark.rule("R34")
@pytest.mark.parametrize("scheme", ["equal", "price"])
@pytest.mark.parametrize("decision", [SHARES, FACTOR], ids=["shares", "factor"])
def test_units_that_do_not_come_from_shares_follow_none(scheme, decision):
    said = refused(decision, scheme=scheme)
    assert f"{decision[2]} of {FIRST} on {EVE}: must be left out for SMALL: the units" in said
    assert levels(run((*decision, None), scheme=scheme)) == levels(run(scheme=scheme))


@pytest.mark.rule("R34")
@pytest.mark.parametrize("decision", [PRICE, SHARES, FACTOR], ids=["price", "shares", "factor"])
def test_a_decision_that_names_the_index_is_about_a_constituent(decision):
    only = pl.DataFrame(
        {
            "effective": [SESSIONS[0]] * 2 + [SESSIONS[3]],
            "security": [*NAMES, SECOND],
        }
    )
    said = refused(decision, constituents=only)
    assert f"{decision[2]} of {FIRST} on {EVE}: must be about a constituent on {OPENED}" in said
    unnamed = run((*decision, None), constituents=only)
    assert levels(unnamed) == levels(run(constituents=only))
    # A joiner of that session is one.
    joins = pl.DataFrame(
        {"effective": [SESSIONS[0], OPENED, OPENED], "security": [SECOND, SECOND, FIRST]}
    )
    assert levels(run(decision, constituents=joins))[EVE] == 1000.0


def test_two_runs_over_decisions_have_the_levels_of_one():
    given = {"prices": closes(), "decisions": decisions(SHARES, FACTOR, PASS)}
    market = px.Market.from_frames(tables(**given))
    whole = px.calculate(rules(), market).levels
    for day in SESSIONS[3:7]:
        earlier = px.calculate(rules(), market, end=day)
        later = px.calculate(rules(), market, continue_from=earlier.state).levels
        assert later.equals(whole.filter(pl.col("date") > day)), day
