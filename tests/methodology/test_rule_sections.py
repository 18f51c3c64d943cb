"""The sections of a rule-driven index: universe, selection, review and interim."""

from __future__ import annotations

import pytest

from paasche.errors import InputError
from paasche.methodology import Methodology, RankBy
from paasche.methodology.tables import review_rules

RULES = """\
schema_version = 1

[index]
code = "RULES"
name = "An index by rules"
currency = "CNY"
base_date = 2015-01-05
base_level = 1000.0

[universe]
exchanges = ["XSHG", "XHKG"]
boards = ["main"]
listing_age = { months = 3 }
screens = [{ measure = "average_turnover", top_share = 0.5 }]

[selection]
count = 10
rank_by = [{ measure = "average_market_value" }]

[review]
months = [6, 12]

[interim]
fill = "reserve"

[weighting]
scheme = "total"
"""


def complaints(*changes):
    text = RULES
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    with pytest.raises(InputError) as caught:
        Methodology.from_toml(text)
    return [str(defect).removeprefix("methodology ") for defect in caught.value.defects]


def test_rules_have_their_defaults():
    text = RULES[: RULES.index("boards")] + "[selection]\ncount = 10\n"
    methodology = Methodology.from_toml(text + '[weighting]\nscheme = "total"\n')
    universe, selection = methodology.universe, methodology.selection
    assert universe.by_rules
    assert universe.excluded_status == ("risk_warning", "delisting_warning")
    assert (universe.loss_makers, universe.loss_exempt_boards) == ("excluded", ("star",))
    assert selection.rank_by == (RankBy(measure="average_market_value", weight=1.0),)
    assert (selection.newcomer_buffer, selection.constituent_buffer) == (0.0, 0.0)
    assert (selection.turnover_limit, selection.reserve_share) == (None, None)
    assert methodology.interim.fast_entry is None


@pytest.mark.rule("R2", "R3", "R59")
def test_a_review_that_says_nothing_is_that_of_the_rules():
    review = Methodology.from_toml(RULES).review
    assert review.months == (6, 12)
    assert review.adjustment_close == "second-friday"
    assert (review.cutoff_months, review.window_months, review.announcement_lead) == (2, 12, 10)
    assert review.numbers == review_rules()["ces-2023"]


def test_rules_survive_the_round_trip():
    methodology = Methodology.from_toml(RULES)
    for mode in ("json", "python"):
        again = Methodology.from_dict(methodology.model_dump(mode=mode))
        assert again == methodology
        assert again.fingerprint == methodology.fingerprint


def test_an_index_by_table_has_no_word_of_rules_in_its_content(good):
    dumped = Methodology.from_toml(good).model_dump()
    assert dumped["universe"] == {"constituents": "table"}
    assert not {"selection", "review", "interim", "change", "sources"} & set(dumped)


@pytest.mark.parametrize(
    ("section", "written"),
    [
        ("selection", "count = 10"),
        ("review", "months = [6, 12]"),
        ("interim", 'fill = "reserve"'),
    ],
)
def test_a_section_of_rules_beside_a_table_is_refused(good, complaints, section, written):
    assert complaints(f"{good}\n[{section}]\n{written}\n") == [
        f'{section}: must be left out with [universe] constituents = "table"'
    ]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('boards = ["star"]', '["star"]'),
        ("listing_age = { months = 3 }", "{ months = 3, boards = {  } }"),
        ('reports = "required"', '"required"'),
        (
            'screens = [{ measure = "market_value", minimum = 5 }]',
            '[{ measure = "market_value", minimum = 5.0 }]',
        ),
    ],
)
def test_a_key_of_rules_beside_a_table_is_refused(good, complaints, line, value):
    key = line.partition(" ")[0]
    assert complaints(good.replace('"table"', f'"table"\n{line}')) == [
        f'universe.{key} = {value}: must be left out with constituents = "table", or that left out'
    ]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        # What [universe] says.
        (
            'exchanges = ["XSHG", "XHKG"]\n',
            "",
            (
                'universe.exchanges: must be given, such as ["XSHG", "XSHE"], or constituents = '
                '"table"'
            ),
        ),
        (
            'boards = ["main"]',
            'boards = ["main", "main"]',
            'universe.boards = ["main", "main"]: must not name anything twice; remove one',
        ),
        (
            'boards = ["main"]',
            'connect_exchanges = ["XSHE"]',
            'universe.connect_exchanges = ["XSHE"]: must be among exchanges',
        ),
        (
            "{ months = 3 }",
            "{ months = 3, boards = { star = 12 } }",
            'universe.listing_age.boards = ["star"]: must be among boards',
        ),
        (
            "{ months = 3 }",
            "{ months = 3, boards = { stars = 12 } }",
            (
                'universe.listing_age.boards.stars = "stars": must be "main", "star", "chinext" or '
                '"bse"; the nearest is "star"'
            ),
        ),
        (
            "{ months = 3 }",
            "{ months = 3, boards = { main = -1 } }",
            "universe.listing_age.boards.main = -1: must be at least 0",
        ),
        (
            "listing_age = { months = 3 }",
            "seasoning = 3",
            "universe.seasoning: must be a known key; the nearest is listing_age",
        ),
        (
            "top_share = 0.5",
            "top_share = 50",
            (
                "universe.screens[0].top_share = 50: must be at most 1; it is a fraction: 50 "
                "percent "
                "is 0.5"
            ),
        ),
        (
            ", top_share = 0.5",
            "",
            "universe.screens[0].top_share: must be given, or minimum instead",
        ),
        (
            "top_share = 0.5",
            "top_share = 0.5, minimum = 1",
            "universe.screens[0].minimum = 1.0: must be left out, or stand instead of top_share",
        ),
        (
            "top_share = 0.5",
            "top_share = 0.5, constituent_top_share = 0.4",
            (
                "universe.screens[0].constituent_top_share = 0.4: must be at least top_share = "
                "0.5: "
                "constituents stay easier"
            ),
        ),
        (
            "top_share = 0.5",
            "minimum = 5, constituent_minimum = 6",
            (
                "universe.screens[0].constituent_minimum = 6.0: must be at most minimum = 5.0: "
                "constituents stay easier"
            ),
        ),
        (
            "top_share = 0.5",
            "top_share = 0.5, constituent_minimum = 6",
            "universe.screens[0].constituent_minimum = 6.0: must come with minimum",
        ),
        (
            "top_share = 0.5",
            'top_share = 0.5, exchanges = ["XSHE"]',
            (
                'universe.screens[0].exchanges = ["XSHE"]: must be among the exchanges of the '
                "universe"
            ),
        ),
        (
            "top_share = 0.5",
            'top_share = 0.5, exchanges = ["XHKG", "XHKG"]',
            (
                'universe.screens[0].exchanges = ["XHKG", "XHKG"]: must not name anything twice; '
                "remove one"
            ),
        ),
        # What [selection] says.
        (
            "count = 10\n",
            "",
            "selection.count: must be given, or market_value_share or groups instead",
        ),
        (
            "count = 10\n",
            "count = 10\nmarket_value_share = 0.8\n",
            "selection.market_value_share = 0.8: must be left out, or stand instead of count",
        ),
        *(
            (
                "count = 10\n",
                f"count = 10\n{key} = 5\n",
                f"selection.{key}: must be a known key; the nearest is {nearest}",
            )
            for key, nearest in (
                ("constituents", "count"),
                ("n", "count"),
                ("number", "count"),
                ("size", "count"),
                ("buffer", "newcomer_buffer and constituent_buffer"),
                ("buffer_zone", "newcomer_buffer and constituent_buffer"),
                ("limit", "turnover_limit"),
                ("reserve", "reserve_share"),
            )
        ),
        (
            "count = 10\n",
            "count = 10\ncap = 0.1\n",
            "selection.cap: must be a known key; write single_cap in [weighting]",
        ),
        (
            "count = 10\n",
            "count = 10\nconstituent_buffer = 20\n",
            (
                "selection.constituent_buffer = 20: must be at most 1; it is a fraction: 20 "
                "percent "
                "is 0.2"
            ),
        ),
        (
            "count = 10\n",
            "count = 10\nnewcomer_buffer = 1.0\n",
            (
                "selection.newcomer_buffer = 1.0: must be less than 1 (newcomers enter up to rank "
                "(1 − "
                "this) × count)"
            ),
        ),
        (
            "count = 10\n",
            'count = 10\ncompany_rank = "yes"\n',
            (
                'selection.company_rank = "yes": must be true or false (whether a line is ranked '
                "by "
                "the sum of its company's lines in the universe)"
            ),
        ),
        (
            "count = 10\n",
            'count = 10\nquotas = [{ by = "board", count = 2 }, { by = "board", count = 3 }]\n',
            'selection.quotas[1].by = "board": must differ from the entries before; remove one',
        ),
        (
            "count = 10\n",
            'count = 10\nrefill = "inclusive"\n',
            'selection.refill = "inclusive": must be left out, or come with reserve_share',
        ),
        # What [review] says.
        (
            "months = [6, 12]",
            "months = [6, 13]",
            "review.months[1] = 13: must be at most 12",
        ),
        (
            "months = [6, 12]",
            'adjustment_close = "2nd Friday"',
            (
                'review.adjustment_close = "2nd Friday": must be a day of a month, such as '
                '"second-friday", "last-friday" or "month-end" (last day of the old basket, in '
                "that "
                'month: such as "second-friday", "last-friday" or "month-end")'
            ),
        ),
        (
            "months = [6, 12]",
            'rules = "ces-2024"',
            'review.rules = "ces-2024": must be a table of review rules; the nearest is ces-2023',
        ),
        (
            "months = [6, 12]",
            "window = 12",
            "review.window: must be a known key; the nearest is window_months",
        ),
        # What [review] says.
        (
            "months = [6, 12]",
            "cutoff_months = 13",
            (
                "review.cutoff_months = 13: must be at most 12 (the data window ends with the last "
                "day of the month this many months before)"
            ),
        ),
        # What [interim] says.
        (
            'fill = "reserve"',
            'fast_entry = { rank = 10, after_sessions = 10, exchanges = ["XSHG", "XSHE"] }',
            (
                'interim.fast_entry.exchanges = ["XSHG", "XSHE"]: must be among the exchanges of '
                "[universe]; default all of them"
            ),
        ),
        (
            'fill = "reserve"',
            'fill = "reserve"\nfast_entry = { rank = 10 }',
            (
                "interim.fast_entry.after_sessions: must be given; add after_sessions = … (it "
                "enters "
                "after the close of this session, counted from its first)"
            ),
        ),
        (
            'fill = "reserve"',
            'monthly_removals = ["risk_warning", "risk_warning"]',
            (
                'interim.monthly_removals = ["risk_warning", "risk_warning"]: must not name '
                "anything "
                "twice; remove one"
            ),
        ),
        # Across sections.
        (
            'fill = "reserve"',
            'monthly_removals = ["sell_only"]',
            (
                'interim.monthly_removals = ["sell_only"]: must be without "sell_only", or '
                "[universe] with connect_exchanges"
            ),
        ),
        (
            "count = 10\n",
            'groups = [{ name = "one", count = 5, exchanges = ["XSHE"] }]\n',
            'selection.groups[0].exchanges = ["XSHE"]: must be among the exchanges of [universe]',
        ),
        (
            "count = 10\n",
            'groups = [{ name = "one", count = 5 }, { name = "one", count = 5 }]\n',
            'selection.groups[1].name = "one": must differ from the entries before; remove one',
        ),
        (
            'scheme = "total"',
            'scheme = "given"',
            (
                'weighting.scheme = "given": must come with [universe] constituents = "table", '
                "which "
                "gives the weights"
            ),
        ),
        (
            'scheme = "total"',
            'scheme = "total"\nsingle_cap = 0.09',
            (
                "weighting.single_cap = 0.09: must be at least 1 / 10 with 10 constituents: 0.1 is "
                "enough"
            ),
        ),
    ],
)
def test_a_broken_rule_of_membership_makes_one_complaint(old, new, complaint):
    assert complaints((old, new)) == [complaint]


def test_rules_without_a_selection_name_the_section():
    i, j = RULES.index("[selection]"), RULES.index("[review]")
    with pytest.raises(InputError) as caught:
        Methodology.from_toml(RULES[:i] + RULES[j:])
    assert [str(defect) for defect in caught.value.defects] == [
        (
            "methodology selection: must be given with rules in [universe]; add a section "
            "[selection] "
            "with count"
        )
    ]


@pytest.mark.rule("R29")
def test_a_reserve_list_may_stand_beside_vacancies_left_open_for_bankruptcies():
    rules = RULES.replace('fill = "reserve"', 'fill = "leave"')
    rules = rules.replace("count = 10\n", "count = 10\nreserve_share = 0.05\n")
    methodology = Methodology.from_toml(rules)
    assert (methodology.interim.fill, methodology.selection.reserve_share) == ("leave", 0.05)


@pytest.mark.parametrize(
    "line",
    [
        "weighting.single_cap = 0.10",
        'interim.monthly_removals = ["sell_only"]\nuniverse.connect_exchanges = ["XHKG"]',
        'selection.groups = [{ name = "one", count = 5, exchanges = ["XHKG"], boards = ["main"] }]',
        "selection.reserve_share = 0.05",
        "selection.constituent_buffer = 1",
        "universe.screens = [{ measure = 'market_value', minimum = 5, constituent_minimum = 5 }]",
    ],
)
def test_what_just_fits_is_read(line):
    Methodology.from_toml(f"{RULES}\n[[change]]\nvalid_from = 2020-06-15\n{line}\n")
