"""The bundled methodologies: public figures, and a source or a reason for each of their numbers."""

from __future__ import annotations

import math
import re
import tomllib
from datetime import date

import pytest

from paasche.errors import InputError
from paasche.methodology import Methodology, bundled
from paasche.methodology.bundle import bundled_file

INVENTED = ("sample-cross-border",)
"""Indices of markets that are invented: none of their numbers has a source."""

PUBLIC = [name for name in bundled() if name not in INVENTED]


def text_of(name):
    return bundled_file(name).read_text(encoding="utf-8")


def bare_numbers(value, sources, path="", *, covered=False):
    """Return the paths of numbers with neither a reason nor a source, their own or one above."""
    covered = covered or path in sources
    if isinstance(value, dict):
        if set(value) == {"value", "assumed"}:
            return []
        found = [(f"{path}.{key}".removeprefix("."), inner) for key, inner in value.items()]
    elif isinstance(value, list):
        found = [(f"{path}[{place}]", inner) for place, inner in enumerate(value)]
    else:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return [path] if is_number and not covered else []
    return [
        bare
        for at, inner in found
        if at not in ("schema_version", "sources")
        for bare in bare_numbers(inner, sources, at, covered=covered)
    ]


def unstated(text):
    written = tomllib.loads(text)
    return bare_numbers(written, written.get("sources", {}))


@pytest.mark.parametrize("name", PUBLIC)
def test_every_number_has_a_source_or_a_reason(name):
    assert unstated(text_of(name)) == []


@pytest.mark.parametrize(
    ("sources", "bare"),
    [
        ('"index.base_level" = "notice"', ["universe.screens[0].minimum"]),
        ('"universe.screens" = "notice"', ["index.base_level"]),
        ('"index" = "notice"\n"universe.screens[0].minimum" = "notice"', []),
        ('"index.base_leve" = "notice"', ["index.base_level", "universe.screens[0].minimum"]),
    ],
)
def test_a_source_covers_its_key_and_what_lies_below(sources, bare):
    text = f"""
    schema_version = 1
    [index]
    base_level = 1000
    [universe]
    screens = [{{ measure = "average_turnover", minimum = 5.0 }}]
    [selection]
    count = {{ value = 10, assumed = "why" }}
    company_rank = true
    [sources]
    {sources}
    """
    assert unstated(text) == bare


@pytest.mark.parametrize("name", PUBLIC)
def test_no_number_has_both_a_source_and_a_reason(name):
    methodology = Methodology.load(name)
    assumed = {assumption.path for assumption in methodology.assumptions}
    assert not assumed & set(methodology.sources)


@pytest.mark.parametrize("name", PUBLIC)
def test_reasons_and_sources_say_more_than_a_word(name):
    methodology = Methodology.load(name)
    reasons = [assumption.reason for assumption in methodology.assumptions]
    assert all(len(text.split()) > 2 for text in (*reasons, *methodology.sources.values()))


@pytest.mark.parametrize("name", PUBLIC)
def test_the_head_of_the_file_says_what_the_tables_must_say(name):
    head = text_of(name).split("schema_version")[0]
    assert re.search(r"# The tables? [\w ]*must say: ", head)


@pytest.mark.parametrize("name", bundled())
def test_codes_and_names_are_english(name):
    index = Methodology.load(name).index
    assert f"{index.code}{index.name}".isascii()
    codes = [Methodology.load(other).index.code for other in bundled()]
    assert codes.count(index.code) == 1


@pytest.mark.rule("R36")
@pytest.mark.parametrize(
    ("name", "base_date", "base_level"),
    [
        ("ces-120", date(2004, 12, 31), 2000),
        ("ces-china-a80", date(2004, 12, 31), 2000),
        ("ces-hkmi", date(2004, 12, 31), 2000),
        ("ces-300", date(2008, 12, 31), 2000),
        ("ces-g10", date(2011, 3, 4), 3000),
        ("csi-300-style", date(2004, 12, 31), 1000),
    ],
)
def test_levels_begin_as_published(name, base_date, base_level):
    index = Methodology.load(name).index
    assert (index.base_date, index.base_level) == (base_date, base_level)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("ces-120", {"A shares": 80, "Hong Kong": 40}),
        ("ces-300", {"Shanghai": 100, "Shenzhen": 100, "Hong Kong": 100}),
    ],
)
def test_groups_have_the_published_counts(name, counts):
    selection = Methodology.load(name).selection
    assert {group.name: group.count for group in selection.groups} == counts


@pytest.mark.parametrize(
    ("name", "count"),
    [("ces-china-a80", 80), ("ces-hkmi", 40), ("ces-g10", 10), ("csi-300-style", 300)],
)
def test_an_index_without_groups_has_the_published_count(name, count):
    assert Methodology.load(name).selection.count == count


@pytest.mark.rule("R1", "R2", "R3")
@pytest.mark.parametrize("name", PUBLIC)
def test_reviews_are_held_as_the_rulebook_has_them(name):
    review = Methodology.load(name).review
    assert (review.months, review.adjustment_close) == ((6, 12), "second-friday")
    # To the end of April before June, of October before December.
    assert (review.cutoff_months, review.window_months) == (2, 12)


@pytest.mark.rule("R7", "R8", "R9", "R22")
def test_the_csi_300_style_index_has_the_published_ranks():
    methodology = Methodology.load("csi-300-style")
    selection, entry = methodology.selection, methodology.interim.fast_entry
    ranks = [1 - selection.newcomer_buffer, 1 + selection.constituent_buffer]
    assert [math.floor(share * selection.count + 1e-9) for share in ranks] == [240, 360]
    assert round(selection.turnover_limit * selection.count) == 30
    assert round(selection.reserve_share * selection.count) == 15
    assert (entry.rank, entry.after_sessions) == (10, 10)
    assert methodology.assumptions == []


@pytest.mark.rule("R58")
@pytest.mark.parametrize(("day", "months"), [(date(2021, 12, 12), 36), (date(2021, 12, 13), 12)])
def test_chinext_securities_of_the_csi_300_style_index_wait_one_year_since_december_2021(
    day, months
):
    age = Methodology.load("csi-300-style").on(day).universe.listing_age
    assert age.boards == {"chinext": months, "star": 12}
    assert (age.months, age.exempt_rank) == (3, 30)


@pytest.mark.rule("R30", "R58")
@pytest.mark.parametrize(
    ("day", "connect", "sell_only"),
    [
        (date(2014, 11, 16), None, False),
        (date(2014, 11, 17), ("XSHG", "XHKG"), True),
        (date(2016, 12, 4), ("XSHG", "XHKG"), True),
        (date(2016, 12, 5), ("XSHG", "XSHE", "XHKG"), True),
    ],
)
def test_the_ces_300_asks_for_stock_connect_where_it_is_open(day, connect, sell_only):
    rules = Methodology.load("ces-300").on(day)
    assert rules.universe.connect_exchanges == connect
    assert ("sell_only" in rules.interim.monthly_removals) == sell_only


@pytest.mark.rule("R39", "R40")
def test_the_theme_index_has_the_usual_caps():
    caps = Methodology.load("theme-15-60").weighting.caps
    assert (caps.single, caps.top_five) == (0.15, 0.60)


@pytest.mark.rule("R61")
@pytest.mark.parametrize("name", ["ces-120", "ces-china-a80", "csi-300-style", "ah-cross-border"])
def test_depositary_receipts_stand_beside_a_shares(name):
    assert {"A", "CDR"} <= set(Methodology.load(name).universe.classes)


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(InputError) as caught:
        bundled_file("CES120")
    assert str(caught.value) == (
        "methodology = CES120: must be a bundled methodology; the nearest is ces-120; "
        f"bundled: {', '.join(bundled())}"
    )
