"""The page of a review: it says what the tables say, in two languages, and needs nothing else."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest

import paasche as px
from paasche.report import review_page
from report import pages
from review import small_review_markets as small

CLOSE = date(2026, 5, 6)
A, B, E, F = (small.code(number) for number in (1, 2, 5, 6))


def reviewed(day=CLOSE, rules=None, gaps=(), **tables):
    names = small.sized(
        6,
        n1={"closes": {date(2026, 1, 12): 2.0}},
        n2={"gaps": gaps},
        n5={"closes": {date(2026, 1, 12): 40.0}},
    )
    return px.review(rules or small.methodology(), small.market(names, **tables), day)


@pytest.fixture(scope="module", name="review")
def _review():
    # Twenty sessions up to the cut-off, and still: close to the limit of R13.
    gaps = small.weekdays(date(2026, 4, 3), date(2026, 5, 29))
    paused = small.status((B, "suspended", gaps[0], None))
    acts = small.actions((E, date(2026, 5, 8), "cash_dividend", {"cash": 1.0}))
    return reviewed(gaps=gaps, status=paused, corporate_actions=acts)


@pytest.fixture(scope="module", name="page")
def _page(review):
    return pages.read(review_page(review))


@pytest.mark.rule("R59")
def test_the_page_names_the_dates_of_the_review(page):
    said = [(item.one("dt").text, item.one("dd").text) for item in page.all("div") if facts(item)]
    for fact in (
        ("Standing", "proposal, not yet announced"),
        ("Data window", "2025-05-01 to 2026-04-30"),
        ("Data cut-off", "2026-04-30"),
        ("Announcement", "2026-06-01"),
        ("Adjustment close", "2026-06-12"),
        ("Effective session", "2026-06-15"),
        ("Files of the trade", "close of 2026-05-06, opening of 2026-05-07"),
        ("Turnover by count", "25.00%"),
    ):
        assert fact in said


def facts(item):
    return [child.tag for child in item.children if not isinstance(child, str)] == ["dt", "dd"]


def test_who_joins_and_leaves_stands_there_with_reason_and_weights(page, review):
    (added,) = pages.rows(page, "Added: 1")
    assert added[:2] == [E, E]
    weight = review.pro_forma.filter(security=E)["weight"].item()
    assert pages.number(added[-1]) == pytest.approx(weight, abs=5e-5)
    (deleted,) = pages.rows(page, "Deleted: 1")
    reason = review.proposal.filter(security=A)["reason"].item()
    assert (deleted[0], deleted[5]) == (A, reason)


def test_reserve_lists_flags_and_corporate_actions_stand_there(page, review):
    assert [row[1] for row in pages.rows(page, "With this review")] == (
        review.reserve_list.filter(list="coming")["security"].to_list()
    )
    assert [row[1] for row in pages.rows(page, "Since the cut-off")] == (
        review.flags["security"].to_list()
    )
    (action,) = pages.rows(page, "The next five sessions")
    assert action[0] == "2026-05-08"
    assert action[-1] == "39.0000"


def test_screens_and_events_have_the_words_of_the_field(review):
    rules = small.methodology(
        universe={"screens": [{"measure": "average_turnover", "top_share": 0.5}]}
    )
    screened = reviewed(rules=rules)
    for lang, screen, event in (
        ("en", "Average daily turnover", "Cash dividend"),
        ("zh", "日均成交金额", "现金股息"),
    ):
        found = pages.read(review_page(screened, lang))
        caption = "Securities held back" if lang == "en" else "未通过筛选的证券数量"
        assert [row[0] for row in pages.rows(found, caption)] == [screen]
        acting = pages.read(review_page(review, lang))
        caption = "The next five sessions" if lang == "en" else "未来五个交易日"
        assert [row[3] for row in pages.rows(acting, caption)] == [event]


def test_the_pro_forma_basket_is_shown_from_the_largest_on(page, review):
    shown = [row[0] for row in pages.rows(page, "The 4 largest of 4")]
    expected = review.pro_forma.sort("weight", descending=True)["security"].to_list()
    assert sorted(shown) == sorted(expected)
    assert shown[0] == expected[0]


def test_a_quiet_day_has_no_empty_tables():
    page = pages.read(review_page(reviewed(date(2026, 7, 1))))
    captions = [table.one("caption").text for table in page.all("table")]
    assert not any("largest of" in caption for caption in captions)
    text = page.text
    assert "No decision is due." in text
    assert "None in the next five sessions." in text


def test_the_page_needs_nothing_beside_itself(review):
    text = review_page(review)
    assert not re.search(r"<script|<link|<img|https?://|@import|url\(", text)


def test_what_the_market_says_is_text_and_not_markup():
    tables = small.frames(small.sized(6))
    odd = tables["securities"].with_columns(name=pl.lit("<b>& Co</b>"))
    market = px.Market.from_frames(tables | {"securities": odd})
    text = review_page(px.review(small.methodology(), market, CLOSE))
    assert "&lt;b&gt;&amp; Co&lt;/b&gt;" in text
    assert "<b>&" not in text


def test_the_chinese_page_has_the_same_figures(review):
    english, chinese = (pages.read(review_page(review, lang)) for lang in ("en", "zh"))
    assert chinese.one("html").attributes["lang"] == "zh-Hans"
    bodies = [
        [[cell.text for cell in row.all("td")] for row in page.all("tr") if list(row.all("td"))]
        for page in (english, chinese)
    ]
    digits = [[[cell for cell in row if re.search(r"\d", cell)] for row in body] for body in bodies]
    assert digits[0] == digits[1]
    assert "样本变动" in chinese.text


def test_another_language_is_refused(review):
    with pytest.raises(px.InputError, match=r'^lang = "fr": must be one of en, zh'):
        review_page(review, "fr")


def test_the_same_review_gives_the_same_text(review):
    assert review_page(review) == review_page(review)
