"""A methodology as a whole: reading, round trip, assumptions, fingerprint."""

from __future__ import annotations

import pickle
import tomllib
from datetime import date
from importlib.resources import files

import pytest
from pydantic import ValidationError

from paasche.errors import InputError, MissingDataError
from paasche.methodology import Caps, Methodology, bundled

SMALL = """
schema_version = 1
[index]
code = "SMALL"
name = "Small index"
currency = "CNY"
base_date = 2004-12-31
base_level = 1000
[universe]
constituents = "table"
[weighting]
scheme = "free_float"
free_float_bands = [
    { from = 2004-12-31, table = "csi-2010" },
    { from = 2023-08-01, table = "ces-2023" },
]
"""


def small(**changes):
    text = SMALL
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return Methodology.from_toml(text)


def test_the_bundled_sample_is_the_index_of_the_sample_market():
    methodology = Methodology.load("sample-cross-border")
    index = methodology.index
    assert (index.code, index.currency, index.currencies) == ("SAMPLE100", "CNY", ("CNY", "HKD"))
    assert (index.base_date, index.base_level) == (date(2015, 1, 5), 1000.0)
    assert index.variants == ("price", "total_return", "net_total_return")
    assert methodology.weighting.lag == 5
    assert methodology.weighting.caps == Caps(
        single=0.10, top_five=0.40, top_test="initial", infeasible="error"
    )


@pytest.mark.parametrize("name", bundled())
def test_every_bundled_methodology_loads_and_survives_the_round_trip(name):
    methodology = Methodology.load(name)
    file = files("paasche.methodology") / "indices" / f"{name}.toml"
    assert methodology == Methodology.from_dict(tomllib.loads(file.read_text(encoding="utf-8")))
    assert Methodology.from_dict(methodology.model_dump(mode="json")) == methodology
    assert Methodology.from_dict(methodology.model_dump()) == methodology


def test_a_bundled_methodology_goes_by_the_code_of_its_index_too():
    assert Methodology.load("CES120") == Methodology.load("ces-120")
    assert Methodology.load("CES120").index.code == "CES120"


def test_a_file_loads_like_its_text(tmp_path):
    path = tmp_path / "small.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert Methodology.load(path) == small()
    assert Methodology.load(str(path)) == small()


def test_what_is_left_out_has_its_default():
    methodology = small()
    assert methodology.index.currencies == ("CNY",)
    assert methodology.index.calendar == "union"
    assert methodology.index.variants == ("price",)
    assert methodology.shares.rules == "ces-2023"
    assert (methodology.prices.missing, methodology.prices.tick) == ("error", None)
    assert methodology.fx.max_stale_sessions == 5
    assert methodology.net_total_return is None


@pytest.mark.parametrize(
    ("weighting", "lag", "inherit", "caps"),
    [
        ({"scheme": "total"}, None, None, None),
        ({"scheme": "price"}, None, None, None),
        ({"scheme": "given"}, None, "last_real_close", None),
        ({"scheme": "equal"}, 5, "last_real_close", None),
        (
            {"scheme": "total", "single_cap": 0.1},
            5,
            "last_real_close",
            Caps(single=0.1, top_five=None, top_test="initial", infeasible="error"),
        ),
        (
            {
                "scheme": "total",
                "top_five_cap": 0.4,
                "lag": 1,
                "top_test": "after_single_cap",
                "infeasible": "lift_fifth",
                "inherit": "deletion_price",
            },
            1,
            "deletion_price",
            Caps(single=None, top_five=0.4, top_test="after_single_cap", infeasible="lift_fifth"),
        ),
    ],
)
@pytest.mark.rule("R32", "R38", "R39", "R40")
def test_a_key_has_a_value_where_it_has_a_meaning(weighting, lag, inherit, caps):
    methodology = Methodology.from_dict(small().model_dump() | {"weighting": weighting})
    assert methodology.weighting.lag == lag
    assert methodology.weighting.inherit == inherit
    assert methodology.weighting.caps == caps
    assert methodology.weighting.capped == (caps is not None)
    assert Methodology.from_dict(methodology.model_dump(mode="json")) == methodology


@pytest.mark.parametrize(
    ("scheme", "uses_shares", "scales"),
    [
        ("total", True, True),
        ("equal", False, True),
        ("given", False, True),
        ("price", False, False),
    ],
)
def test_a_scheme_says_how_units_follow_shares(scheme, uses_shares, scales):
    dump = small().model_dump() | {"weighting": {"scheme": scheme}}
    weighting = Methodology.from_dict(dump).weighting
    assert (weighting.uses_shares, weighting.scales) == (uses_shares, scales)


@pytest.mark.rule("R58")
def test_the_table_in_force_is_the_newest_that_has_begun():
    weighting = small().weighting
    assert weighting.bands_on(date(2004, 12, 31)).name == "csi-2010"
    assert weighting.bands_on(date(2023, 7, 31)).name == "csi-2010"
    assert weighting.bands_on(date(2023, 8, 1)).name == "ces-2023"
    assert small().shares.rules_on(date(1999, 1, 1)).change_lag_sessions == 2
    with pytest.raises(MissingDataError) as caught:
        weighting.bands_on(date(2004, 12, 30))
    assert str(caught.value) == (
        "weighting.free_float_bands = from 2004-12-31: must have a table for "
        "2004-12-30; add the one before"
    )


def test_a_scheme_without_bands_has_none_to_give():
    dump = small().model_dump() | {"weighting": {"scheme": "total"}}
    with pytest.raises(InputError, match=r'weighting.scheme = "total": uses no free-float bands'):
        Methodology.from_dict(dump).weighting.bands_on(date(2024, 6, 17))


def test_a_methodology_cannot_be_changed():
    methodology = small()
    with pytest.raises(ValidationError, match="frozen"):
        methodology.schema_version = 2
    with pytest.raises(ValidationError, match="frozen"):
        methodology.weighting.lag = 1
    assert hash(methodology) == hash(small())
    assert pickle.loads(pickle.dumps(methodology)) == methodology


def test_assumed_numbers_are_listed_with_place_and_reason():
    methodology = small(
        base=("base_level = 1000", 'base_level = { value = 1000, assumed = "launch notice" }'),
        cap=('"free_float"', '"free_float"\nsingle_cap = { value = 0.1, assumed = "press" }'),
    )
    assert methodology.weighting.single_cap == 0.1
    assert methodology.assumptions == [
        ("index.base_level", 1000.0, "launch notice"),
        ("weighting.single_cap", 0.1, "press"),
    ]
    assert small().assumptions == []


def test_assumed_rates_of_the_withholding_tax_are_listed_too():
    named = Methodology.load("sample-cross-border")
    assert [(value, path) for path, value, _ in named.assumptions][:2] == [
        (0.0, 'net_total_return.withholding_tax["non-resident-enterprise"][0].rate'),
        (0.1, 'net_total_return.withholding_tax["non-resident-enterprise"][1].rate'),
    ]
    assert "Enterprise Income Tax Law" in named.assumptions[1].reason
    rate = {"country": "HK", "exchange": "XHKG", "kind": "cash_dividend", "from": "2010-01-01"}
    rows = [
        rate | {"rate": 0.3},
        rate | {"rate": 0.2, "from": "2000-01-01", "assumed": "notice"},
        rate | {"rate": {"value": 0.1, "assumed": "press"}, "from": "1990-01-01"},
    ]
    written = Methodology.from_dict(
        named.model_dump() | {"net_total_return": {"withholding_tax": rows}}
    )
    assert written.assumptions == [
        ("net_total_return.withholding_tax[2].rate", 0.1, "press"),
        ("net_total_return.withholding_tax[1].rate", 0.2, "notice"),
    ]


def test_assumptions_survive_the_round_trip():
    methodology = small(base=("= 1000", '= { value = 1000, assumed = "launch notice" }'))
    dump = methodology.model_dump(mode="json")
    assert dump["index"]["base_level"] == {"value": 1000.0, "assumed": "launch notice"}
    again = Methodology.from_dict(dump)
    assert again == methodology
    assert again.assumptions == methodology.assumptions
    assert methodology != small()


def test_the_fingerprint_depends_on_content_alone():
    other = """
    # The same index, written another way.
    schema_version = 1
    weighting.scheme = "free_float"   # adjusted by free float
    weighting.free_float_bands = [{ table = "csi-2010", from = 2004-12-31 },
                                  { table = "ces-2023", from = 2023-08-01 }]
    universe = { constituents = "table" }
    [fx]
    max_stale_sessions = 5
    [index]
    base_level = 1000.00
    base_date = 2004-12-31
    currency = "CNY"
    currencies = ["CNY"]
    name = "Small index"
    code = "SMALL"
    """
    assert Methodology.from_toml(other).fingerprint == small().fingerprint
    assert len(small().fingerprint) == 64


@pytest.mark.parametrize(
    "change",
    [
        ("base_level = 1000", "base_level = 1001"),
        ("base_level = 1000", 'base_level = { value = 1000, assumed = "notice" }'),
        ("2023-08-01", "2023-08-02"),
        ("ces-2023", "csi-2010"),
        ('"table"\n', '"table"\n[fx]\nmax_stale_sessions = 4\n'),
    ],
)
def test_another_content_has_another_fingerprint(change):
    assert small(change=change).fingerprint != small().fingerprint


def test_the_room_offers_its_names_and_no_others():
    import paasche.methodology as room

    assert set(room.__all__) <= set(dir(room))
    assert all(getattr(room, name) is not None for name in room.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'Metodology'"):
        _ = room.Metodology
