"""Rules that change on a day: the rulebook in force, and what a change may say."""

from __future__ import annotations

import copy
import pickle
from datetime import date

import pytest

from paasche.errors import InputError, MissingDataError
from paasche.methodology import Caps, Methodology

BASE = """\
schema_version = 1

[index]
code = "DATED"
name = "An index whose rules change"
currency = "CNY"
base_date = 2015-01-05
base_level = 1000.0

[universe]
exchanges = ["XSHG", "XSHE"]
listing_age = { months = 3, boards = { star = 12 } }
screens = [{ measure = "average_turnover", top_share = 0.5 }]

[selection]
count = 10

[weighting]
scheme = "free_float"
free_float_bands = "csi-2010"
"""
FIRST = """
[[change]]
valid_from = 2020-06-15
grandfather = "constituents"
universe.listing_age.months = 6
universe.screens = [{ measure = "market_value", minimum = 1e9 }]
weighting.single_cap = { value = 0.15, assumed = "a notice without the number" }
"""
SECOND = """
[[change]]
valid_from = 2023-12-11
weighting.free_float_bands = "ces-2023"
selection.groups = [{ name = "Shanghai", count = 8, exchanges = ["XSHG"] }]
"""
EVE, DAY = date(2020, 6, 14), date(2020, 6, 15)
SECOND_EVE, SECOND_DAY = date(2023, 12, 10), date(2023, 12, 11)


def dated(text=BASE + FIRST + SECOND):
    return Methodology.from_toml(text)


def complaints(text):
    with pytest.raises(InputError) as caught:
        Methodology.from_toml(text)
    return [str(defect).removeprefix("methodology ") for defect in caught.value.defects]


@pytest.mark.rule("R58")
def test_a_change_holds_from_its_day_and_not_the_day_before():
    methodology = dated()
    assert methodology.on(EVE) is methodology
    assert methodology.on(EVE).weighting.caps is None
    assert methodology.on(DAY).weighting.caps == Caps(
        single=0.15, top_five=None, top_test="initial", infeasible="error"
    )
    assert methodology.on(EVE).universe.listing_age.months == 3
    assert methodology.on(DAY).universe.listing_age.months == 6


@pytest.mark.rule("R58")
def test_a_key_that_came_with_a_change_brings_its_defaults():
    methodology = dated()
    assert methodology.on(EVE).weighting.lag is None
    assert methodology.on(DAY).weighting.lag == 5
    assert methodology.on(DAY).weighting.inherit == "last_real_close"


@pytest.mark.rule("R58")
def test_a_table_is_changed_key_by_key_and_a_list_as_a_whole():
    before, after = dated().on(EVE).universe, dated().on(DAY).universe
    assert before.listing_age.boards == after.listing_age.boards == {"star": 12}
    assert [screen.measure for screen in before.screens] == ["average_turnover"]
    assert [screen.measure for screen in after.screens] == ["market_value"]
    assert after.exchanges == before.exchanges


@pytest.mark.rule("R58")
def test_a_change_stands_on_the_one_before_it():
    methodology = dated()
    assert methodology.on(SECOND_EVE).selection.count == 10
    assert methodology.on(SECOND_DAY).selection.count is None
    assert methodology.on(SECOND_DAY).selection.groups[0].count == 8
    assert methodology.on(SECOND_DAY).weighting.single_cap == 0.15
    assert methodology.on(SECOND_DAY).universe.listing_age.months == 6


@pytest.mark.rule("R58")
def test_the_versions_are_the_methodology_and_the_rulebook_of_each_change():
    methodology = dated()
    days, rulebooks = zip(*methodology.versions, strict=True)
    assert days == (date(2015, 1, 5), DAY, SECOND_DAY)
    assert rulebooks[0] is methodology
    assert rulebooks[1] is methodology.on(DAY) is methodology.on(SECOND_EVE)
    assert rulebooks[2] is methodology.on(SECOND_DAY) is methodology.on(date(2099, 1, 1))
    assert all(rulebook.change == () for rulebook in rulebooks[1:])
    plain = dated(BASE)
    assert plain.versions == ((date(2015, 1, 5), plain),)
    assert plain.on(date(1990, 12, 19)) is plain.on(date(2099, 1, 1)) is plain


@pytest.mark.rule("R47", "R58")
def test_bands_change_by_a_change_as_by_a_dated_list():
    by_list = dated(
        BASE.replace(
            '"csi-2010"',
            '[{ from = 2015-01-05, table = "csi-2010" }, '
            '{ from = 2023-12-11, table = "ces-2023" }]',
        )
    )
    for methodology in (dated(), by_list):
        assert methodology.bands_on(SECOND_EVE).name == "csi-2010"
        assert methodology.bands_on(SECOND_DAY).name == "ces-2023"
    last = dated().on(SECOND_DAY).weighting
    assert last.free_float_bands == by_list.weighting.free_float_bands
    assert dated().rules_on(SECOND_DAY).name == "ces-2023"


@pytest.mark.rule("R47", "R58")
def test_a_dated_list_goes_on_until_a_change_replaces_it():
    listed = BASE.replace(
        '"csi-2010"',
        '[{ from = 2015-01-05, table = "csi-2010" }, { from = 2022-01-04, table = "ces-2023" }]',
    )
    change = '\n[[change]]\nvalid_from = 2021-06-15\nweighting.free_float_bands = "csi-2010"\n'
    assert dated(listed).bands_on(date(2022, 1, 4)).name == "ces-2023"
    assert dated(listed + change).bands_on(date(2022, 1, 4)).name == "csi-2010"
    later = change.replace('"csi-2010"', '[{ from = 2021-09-01, table = "ces-2023" }]')
    assert dated(listed + later).bands_on(date(2021, 8, 31)).name == "csi-2010"
    assert dated(listed + later).bands_on(date(2021, 9, 1)).name == "ces-2023"
    with pytest.raises(MissingDataError, match="must have a table for 2015-01-04"):
        dated(listed + later).bands_on(date(2015, 1, 4))


@pytest.mark.rule("R58")
def test_the_universes_up_to_a_day_say_whom_the_former_rules_spare():
    methodology = dated()
    assert [(since, spared) for since, spared, _ in methodology.universes_on(EVE)] == [
        (date(2015, 1, 5), None)
    ]
    found = methodology.universes_on(DAY)
    assert [(since, spared) for since, spared, _ in found] == [
        (date(2015, 1, 5), None),
        (DAY, "constituents"),
    ]
    assert [rules.listing_age.months for _, _, rules in found] == [3, 6]
    # A change that leaves [universe] alone is no universe of its own.
    assert methodology.universes_on(SECOND_DAY) == found


@pytest.mark.rule("R58")
def test_a_universe_may_spare_what_was_listed_before():
    listed = FIRST.replace('"constituents"', '"listed"')
    assert dated(BASE + listed).universes_on(DAY)[-1].grandfather == "listed"
    open_to_all = FIRST.replace('grandfather = "constituents"\n', "")
    assert dated(BASE + open_to_all).universes_on(DAY)[-1].grandfather is None


@pytest.mark.rule("R58")
def test_a_table_driven_index_changes_its_caps_too():
    table = BASE[: BASE.index("[universe]")] + '[universe]\nconstituents = "table"\n\n'
    text = table + BASE[BASE.index("[weighting]") :]
    cap = "\n[[change]]\nvalid_from = 2020-06-15\nweighting.single_cap = 0.1\n"
    assert dated(text + cap).on(EVE).weighting.single_cap is None
    assert dated(text + cap).on(DAY).weighting.single_cap == 0.1
    assert complaints(text + cap.replace("weighting.single_cap = 0.1", "review.months = [6]")) == [
        'change[0].review: must be left out with [universe] constituents = "table"'
    ]


def test_changes_survive_the_round_trip():
    methodology = dated()
    for again in (
        Methodology.from_dict(methodology.model_dump()),
        Methodology.from_dict(methodology.model_dump(mode="json")),
        pickle.loads(pickle.dumps(methodology)),
        copy.deepcopy(methodology),
    ):
        assert again == methodology
        assert again.versions == methodology.versions
        assert again.assumptions == methodology.assumptions
        assert (again.fingerprint, hash(again)) == (methodology.fingerprint, hash(methodology))
    assert methodology.model_dump(mode="json")["change"][0]["weighting"] == {
        "single_cap": {"value": 0.15, "assumed": "a notice without the number"}
    }
    assert "change" not in dated(BASE).model_dump()


def test_an_assumed_number_of_a_change_is_listed_with_its_place():
    assert dated().assumptions == [
        ("change[0].weighting.single_cap", 0.15, "a notice without the number")
    ]
    assert dated().on(DAY).assumptions == [
        ("weighting.single_cap", 0.15, "a notice without the number")
    ]


def test_withholding_rates_of_a_change_are_assumptions_too():
    net = BASE.replace(
        "base_level = 1000.0", 'base_level = 1000.0\nvariants = ["net_total_return"]'
    )
    rate = (
        '{{ country = "CN", exchange = "XSHG", kind = "cash_dividend", from = 2015-01-05, '
        'rate = {}, assumed = "press" }}'
    )
    text = f"{net}\n[net_total_return]\nwithholding_tax = [{rate.format(0.1)}]\n"
    text += "[[change]]\nvalid_from = 2020-06-15\n"
    text += f"net_total_return.withholding_tax = [{rate.format(0.05)}]\n"
    methodology = dated(text)
    assert methodology.assumptions == [
        ("net_total_return.withholding_tax[0].rate", 0.1, "press"),
        ("change[0].net_total_return.withholding_tax[0].rate", 0.05, "press"),
    ]
    assert methodology.on(EVE).net_total_return.table.entries[0].rate == 0.1
    assert methodology.on(DAY).net_total_return.table.entries[0].rate == 0.05


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2020-06-15", "2020-06-16"),
        ("0.15", "0.16"),
        ('"constituents"', '"listed"'),
        ("months = 6", "months = 5"),
        ("ces-2023", "csi-2010"),
    ],
)
def test_another_change_has_another_fingerprint(old, new):
    text = BASE + FIRST + SECOND
    assert old in text
    assert dated(text.replace(old, new)).fingerprint != dated(text).fingerprint


CHANGE = "\n[[change]]\nvalid_from = 2020-06-15\n"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            "[[change]]\nweighting.single_cap = 0.15",
            (
                "change[0].valid_from: must be given; add valid_from = … (first session on which "
                "the changed rules hold)"
            ),
        ),
        (
            "[[change]]\nfrom = 2020-06-15\nweighting.single_cap = 0.15",
            "change[0].from: must be a known key; the nearest is valid_from",
        ),
        (
            "[change]\nvalid_from = 2020-06-15\nweighting.single_cap = 0.15",
            (
                "change = { valid_from = 2020-06-15, weighting = { single_cap = 0.15 } }: must be "
                "a list; write [[change]] above its keys"
            ),
        ),
        (CHANGE, "change[0]: must change a key of a section; add it, or remove the entry"),
        (
            f'{CHANGE}grandfather = "listed"\nweighting.single_cap = 0.15',
            'change[0].grandfather = "listed": must be left out, or come with keys of universe',
        ),
        (
            f"{CHANGE.replace('2020-06-15', '2015-01-05')}weighting.single_cap = 0.15",
            (
                "change[0].valid_from = 2015-01-05: must be later than the base date 2015-01-05; "
                "write the rules of that day outside"
            ),
        ),
        (
            f"{FIRST}{CHANGE}weighting.single_cap = 0.15",
            (
                "change[1].valid_from = 2020-06-15: must be later than 2020-06-15, the entry "
                "before; put them in order"
            ),
        ),
        (
            f"{CHANGE}weighting.cap = 0.15",
            "change[0].weighting.cap: must be a known key; the nearest is single_cap",
        ),
        (
            f"{CHANGE}single_cap = 0.15",
            ("change[0].single_cap: must stand in another section; move it to [change.weighting]"),
        ),
        (
            f"{CHANGE}weighting.single_cap = 15",
            (
                "change[0].weighting.single_cap = 15: must be at most 1; it is a fraction: 15 "
                "percent is 0.15"
            ),
        ),
        (
            f'{CHANGE}weighting.scheme = "total"',
            (
                "change[0].weighting.scheme: must be left out of a change; it holds for the life "
                "of the index"
            ),
        ),
        (
            f'{CHANGE}universe.constituents = "table"',
            (
                "change[0].universe.constituents: must be left out of a change; it holds for the "
                "life of the index"
            ),
        ),
        (
            f'{CHANGE}index.name = "Another"',
            (
                "change[0].index: must be left out of a change; its sections are universe, "
                "selection, review, interim, weighting, shares, prices, fx, net_total_return"
            ),
        ),
        (
            f'{CHANGE}weighting.free_float_bands = [{{ from = 2020-06-14, table = "ces-2023" }}]',
            (
                "change[0].weighting.free_float_bands[0].from = 2020-06-14: must be on or after "
                "valid_from 2020-06-15 of its entry"
            ),
        ),
    ],
)
def test_a_broken_change_makes_one_complaint(change, complaint):
    assert complaints(BASE + change) == [complaint]


@pytest.mark.rule("R58")
def test_a_rulebook_is_checked_as_a_whole_and_a_defect_told_once():
    top_five = FIRST.replace("\nweighting", "\nweighting.top_five_cap = 0.14\nweighting")
    assert complaints(BASE + top_five + SECOND) == [
        (
            "change[0].weighting.top_five_cap = 0.14: must be at least single_cap = 0.15; raise "
            "it, or lower that"
        )
    ]
    # Right by itself, wrong with what was in force before it.
    too_few = SECOND.replace("count = 8", "count = 6")
    assert complaints(BASE + FIRST + too_few) == [
        (
            "change[1].weighting.single_cap = 0.15: must be at least 1 / 6 with 6 constituents: "
            "0.1667 is enough"
        )
    ]
    assert dated(BASE + too_few).on(SECOND_DAY).selection.groups[0].count == 6
