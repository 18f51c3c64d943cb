"""The files of the trade: baskets at a close, at the next opening, and of the review to come."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest

import paasche as px
from paasche.calculation.trade.schema import FILES
from review import small_review_markets as small

CLOSE, NEXT = date(2026, 3, 10), date(2026, 3, 11)
NAMES = small.sized(6)
A, B, C, D, E, F = (small.code(number) for number in range(1, 7))


def reviewed(day, names=NAMES, rules=None, **tables):
    return px.review(rules or small.methodology(), small.market(names, **tables), day)


def of(table, security, *columns):
    return table.filter(security=security).select(columns).row(0)


@pytest.mark.rule("R36")
def test_the_closing_basket_weighs_shares_at_the_close():
    # 6, 5, 4 and 3 million shares at 10, all of them free.
    closing = reviewed(CLOSE).closing
    assert closing["date"].unique().to_list() == [CLOSE]
    assert closing["market_value"].to_list() == [6e7, 5e7, 4e7, 3e7]
    assert closing["weight"].to_list() == pytest.approx([6 / 18, 5 / 18, 4 / 18, 3 / 18])
    assert of(closing, B, "total", "inclusion_factor", "weight_factor", "units") == (5e6, 1, 1, 5e6)


@pytest.mark.rule("R51", "R52", "R63")
def test_the_opening_basket_has_what_goes_ex_that_morning():
    acts = small.actions(
        (A, NEXT, "bonus", {"ratio": 0.5}),
        (B, NEXT, "cash_dividend", {"cash": 1.0}),
        (C, NEXT, "rights", {"ratio": 0.25, "price": 5.0}),
    )
    opening = reviewed(CLOSE, corporate_actions=acts).opening
    assert opening["date"].unique().to_list() == [NEXT]
    prices = ("close", "reference", "opening", "units")
    assert of(opening, A, *prices) == pytest.approx((10.0, 10 / 1.5, 10 / 1.5, 9e6))
    assert of(opening, B, *prices) == pytest.approx((10.0, 9.0, 10.0, 5e6))
    # (10 + 0.25 · 5) / 1.25 = 9, and a quarter more shares: 45 million are 5 more than before.
    assert of(opening, C, *prices) == pytest.approx((10.0, 9.0, 9.0, 5e6))
    assert of(opening, D, *prices) == (10.0, 10.0, 10.0, 3e6)
    assert opening["market_value"].sum() == pytest.approx(6e7 + 5e7 + 4.5e7 + 3e7)


@pytest.mark.rule("R28", "R10")
def test_who_leaves_and_joins_next_morning_is_in_the_opening_alone():
    gone = small.actions((B, NEXT, "delisting", {"announced": date(2026, 2, 2)}))
    found = reviewed(CLOSE, corporate_actions=gone)
    assert found.closing["security"].to_list() == [A, B, C, D]
    assert found.opening["security"].to_list() == [A, C, D, E]
    # 6, 4, 3 and 2 million shares at 10.
    assert of(found.opening, E, "weight") == pytest.approx((2 / 15,))
    rows = found.announcement.filter(effective=NEXT)
    assert rows.select("security", "change", "rule", "replaces").rows() == [
        (E, "added", "R10", B),
        (B, "deleted", "R28", None),
    ]
    assert rows["weight_before"].to_list() == pytest.approx([0.0, 5 / 18])
    assert rows["weight_after"].to_list() == pytest.approx([2 / 15, 0.0])


@pytest.mark.rule("R57")
def test_a_share_change_that_falls_due_is_in_the_opening():
    # Listed on Monday 9 March, it applies two sessions later.
    issue = (A, date(2026, 3, 9), None, 9_000_000, 9_000_000)
    found = reviewed(CLOSE, issues=[issue])
    assert (of(found.closing, A, "units"), of(found.opening, A, "units")) == ((6e6,), (9e6,))


@pytest.mark.rule("R38", "R39")
def test_the_pro_forma_basket_is_capped_on_the_close():
    names = NAMES | {
        A: NAMES[A] | {"closes": {date(2026, 1, 12): 2.0}},
        E: NAMES[E] | {"closes": {date(2026, 1, 12): 40.0, date(2026, 5, 6): 60.0}},
    }
    rules = small.methodology(weighting={"single_cap": 0.4})
    found = reviewed(date(2026, 5, 6), names, rules)
    # 5, 4, 3 million at 10 and 2 million at 60: E has a half and is cut to 0.4, the others share
    # 0.6 of the weight, and 120 · k / (120 · k + 120) = 0.4 gives k = 2 / 3.
    assert found.pro_forma["security"].to_list() == [B, C, D, E]
    assert found.pro_forma["weight"].to_list() == pytest.approx([0.25, 0.2, 0.15, 0.4])
    assert of(found.pro_forma, E, "weight_factor", "weight_before") == pytest.approx((2 / 3, 0.0))
    assert found.pro_forma["effective"].unique().to_list() == [small.REVIEW]
    changed = found.announcement.filter(effective=small.REVIEW)
    assert changed.select("security", "change").rows() == [(E, "added"), (A, "deleted")]
    assert changed["weight_after"].to_list() == pytest.approx([0.4, 0.0])
    # One way: what E gains, 0.4, is what the others lose.
    assert found.turnover_by_weight == pytest.approx(0.4)


@pytest.mark.rule("R54")
def test_the_pro_forma_basket_counts_shares_that_will_be_listed_by_the_adjustment_close():
    def shares(effective):
        # Two percent more: too little for a change between reviews.
        issue = (A, effective, date(2026, 4, 29), 6_120_000, 6_120_000)
        return of(reviewed(date(2026, 5, 6), issues=[issue]).pro_forma, A, "total")[0]

    assert shares(date(2026, 6, 12)) == 6_120_000
    assert shares(date(2026, 6, 15)) == 6_000_000


@pytest.mark.rule("R52")
def test_shares_to_be_listed_with_a_bonus_are_brought_to_the_close_before_it():
    bonus = small.actions((A, date(2026, 5, 20), "bonus", {"ratio": 0.5, "announced": CLOSE}))
    issue = (A, date(2026, 5, 21), date(2026, 4, 29), 9_180_000, 9_180_000)
    found = reviewed(date(2026, 5, 6), issues=[issue], corporate_actions=bonus)
    assert of(found.pro_forma, A, "total") == (6_120_000,)


def test_a_review_in_force_has_no_pro_forma_basket():
    found = reviewed(date(2026, 7, 1))
    assert found.pro_forma.is_empty()
    assert found.pro_forma.columns == list(FILES["pro_forma"])


@pytest.mark.rule("R63")
def test_corporate_actions_look_five_sessions_ahead():
    days = small.weekdays(NEXT, date(2026, 3, 31))
    acts = small.actions(
        *((A, day, "cash_dividend", {"cash": 0.5}) for day in (CLOSE, *days[:6])),
    )
    rows = reviewed(CLOSE, corporate_actions=acts).corporate_actions
    assert rows.select("offset", "session").rows() == list(enumerate(days[:5], 1))


@pytest.mark.rule("R63")
def test_corporate_actions_say_what_they_do_to_price_and_shares():
    names = NAMES | {A: NAMES[A] | {"close": 20.0}}
    day = date(2026, 3, 13)
    acts = small.actions(
        (A, day, "cash_dividend", {"cash": 0.5}),
        (A, day, "bonus", {"ratio": 0.3}),
        (A, day, "rights", {"ratio": 0.2, "price": 12.0}),
        (B, day, "split", {"ratio": 0.1}),
        (C, day, "delisting", {}),
    )
    rows = reviewed(CLOSE, names, corporate_actions=acts).corporate_actions
    assert rows.filter(security=A)["reference"].to_list() == pytest.approx([14.6] * 3)
    assert rows.filter(security=A)["share_factor"].to_list() == pytest.approx([1.5] * 3)
    assert of(rows, B, "reference", "share_factor") == pytest.approx((100.0, 0.1))
    assert of(rows, C, "reference", "share_factor") == (None, None)


def test_corporate_actions_concern_joiners_and_nobody_else():
    names = NAMES | {
        A: NAMES[A] | {"closes": {date(2026, 1, 12): 2.0}},
        E: NAMES[E] | {"closes": {date(2026, 1, 12): 40.0}},
    }
    acts = small.actions(
        *((name, date(2026, 5, 8), "cash_dividend", {"cash": 0.5}) for name in (A, E, F))
    )
    rows = reviewed(date(2026, 5, 6), names, corporate_actions=acts).corporate_actions
    assert rows.select("security", "role").rows() == [(A, "constituent"), (E, "joiner")]


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"announced": CLOSE}, 1),
        ({"announced": NEXT}, 0),
        ({"announced": date(2026, 3, 2), "cancelled": CLOSE}, 0),
        ({"announced": date(2026, 3, 2), "cancelled": NEXT}, 1),
    ],
    ids=["announced", "not yet announced", "cancelled", "cancelled later"],
)
def test_a_corporate_action_counts_as_it_is_known(fields, count):
    acts = small.actions((A, date(2026, 3, 12), "cash_dividend", {"cash": 0.5} | fields))
    assert reviewed(CLOSE, corporate_actions=acts).corporate_actions.height == count


@pytest.mark.rule("R31", "R59")
def test_a_monthly_removal_is_on_record_two_sessions_ahead():
    warned = small.status((B, "risk_warning", date(2026, 3, 2), None))
    # Second Friday 13 March: effective on Monday the 16th, announced on Thursday the 12th.
    before = reviewed(date(2026, 3, 11), status=warned).announcement
    assert before.filter(pl.col("cause") != "base").is_empty()
    rows = reviewed(date(2026, 3, 12), status=warned).announcement.filter(
        effective=date(2026, 3, 16)
    )
    assert rows.select("announced", "security", "change", "rule", "weight_after").rows() == [
        (date(2026, 3, 12), E, "added", "R10", None),
        (date(2026, 3, 12), B, "deleted", "R31", 0.0),
    ]


@pytest.mark.rule("R59")
def test_the_record_of_a_review_in_force_has_the_weights_of_its_opening():
    names = NAMES | {
        A: NAMES[A] | {"closes": {date(2026, 1, 12): 2.0}},
        E: NAMES[E] | {"closes": {date(2026, 1, 12): 40.0}},
    }
    found = reviewed(date(2026, 7, 1), names)
    # Before: 6 million at 2 with 5, 4 and 3 at 10; after: the latter with 2 million at 40.
    rows = found.announcement.select("security", "change", "weight_before", "weight_after").rows()
    assert rows == [
        (E, "added", 0.0, pytest.approx(80 / 200)),
        (A, "deleted", pytest.approx(12 / 132), 0.0),
    ]
    assert found.turnover_by_weight == pytest.approx(80 / 200)


@pytest.mark.rule("R26")
def test_a_child_that_nobody_can_price_yet_is_left_out_with_a_note():
    spun = small.actions((A, NEXT, "spin_off", {"ratio": 0.5, "related": F, "announced": CLOSE}))
    names = NAMES | {F: NAMES[F] | {"listed": date(2026, 3, 16)}}
    found = reviewed(CLOSE, names, corporate_actions=spun)
    assert F not in found.opening["security"].to_list()
    assert of(found.opening, A, "reference") == (10.0,)
    (note,) = [one for one in found.notes if one.startswith("spin-off")]
    assert note.startswith(f"spin-off of {F} by {A} on {NEXT}: what it is worth is not known yet")
    stated = spun.with_columns(price=pl.lit(4.0))
    opening = reviewed(CLOSE, names, corporate_actions=stated).opening
    assert of(opening, A, "reference") == pytest.approx((8.0,))
    assert of(opening, F, "opening", "units") == pytest.approx((4.0, 3e6))


def test_every_file_keeps_its_layout():
    for day in (small.BASE, CLOSE, date(2026, 5, 6), date(2026, 7, 1)):
        found = reviewed(day)
        for name, columns in FILES.items():
            table = getattr(found, name)
            assert dict(table.schema) == columns, (day, name)
            assert table["index"].unique().to_list() in ([], ["SMALL"])


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_files_are_written_whole_and_read_back(tmp_path, form):
    found = reviewed(date(2026, 5, 6))
    place = found.write(tmp_path / "trade", form)
    written = {path.name for path in place.iterdir()}
    assert written == {*(f"{name}.{form}" for name in FILES), "review.json"}
    read = pl.read_csv if form == "csv" else pl.read_parquet
    closing = read(place / f"closing.{form}")
    assert closing["weight"].to_list() == found.closing["weight"].to_list()
    said = json.loads((place / "review.json").read_text(encoding="utf-8"))
    assert (said["schema_version"], said["index"], said["standing"]) == (1, "SMALL", "proposed")
    assert said["dates"]["effective"] == "2026-06-15"
    assert said["methodology"]["fingerprint"] == small.methodology().fingerprint
    assert set(said["market"]["fingerprints"]) == {"securities", "prices", "shares", "calendar"}


def test_a_folder_that_holds_something_stays_as_it_is(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(px.InputError, match="must be a folder that is new or empty"):
        reviewed(CLOSE).write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(px.InputError, match=r'^format = "xlsx": must be one of csv, parquet'):
        reviewed(CLOSE).write(tmp_path / "trade", "xlsx")
    assert not list(tmp_path.iterdir())
