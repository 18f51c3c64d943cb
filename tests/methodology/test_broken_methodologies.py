"""What a broken file says: all defects at once, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paasche.errors import InputError
from paasche.methodology import Methodology, bundled


def test_the_methodology_that_the_cases_break_is_good(good):
    assert Methodology.from_toml(good).index.code == "CES120"


def test_all_defects_of_a_file_come_at_once_under_one_headline(good):
    text = good.replace("CNY", "cny").replace("0.10", "2").replace("lag = 5", "lagg = 5")
    with pytest.raises(InputError) as caught:
        Methodology.from_toml(text, place="bad.toml")
    assert str(caught.value) == (
        "bad.toml is not a valid methodology, 4 defects:\n  bad.toml index.currency = "
        '"cny": must be a currency code of three capitals, such as CNY; write "CNY"\n '
        ' bad.toml index.currencies[0] = "cny": must be a currency code of three '
        'capitals, such as CNY; write "CNY"\n  bad.toml weighting.single_cap = 2: '
        "must be at most 1; it is a fraction: 2 percent is 0.02\n  bad.toml "
        "weighting.lagg: must be a known key; the nearest is lag"
    )


def test_an_empty_file_misses_all_that_is_required(complaints):
    assert [line.split(":")[0] for line in complaints("")] == [
        "schema_version",
        "index",
        "universe",
        "weighting",
    ]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("schema_version 1\n", 1),
        ("a = 1\n\n[index\n", 3),
        ("a = 1\na = 2\n", 2),
        ("a = 1\nb = [1,\n", 2),
        ("a = 2004-13-31", 1),
    ],
)
def test_what_is_no_toml_names_the_line(complaints, text, row):
    (complaint,) = complaints(text)
    line = text.splitlines()[row - 1]
    assert complaint.startswith(f":{row} = {line}: must be TOML; ")
    assert "(at" not in complaint


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(
        [
            ("schema_version",),
            ("index",),
            ("index", "currencies"),
            ("index", "base_date"),
            ("index", "base_level"),
            ("index", "anchor"),
            ("weighting", "scheme"),
            ("weighting", "lag"),
            ("weighting", "free_float_bands"),
            ("weighting", "spare"),
            ("universe",),
            ("universe", "screens"),
            ("selection",),
            ("review",),
            ("change",),
            ("change", 0),
            ("change", 0, "valid_from"),
            ("change", 0, "weighting"),
            ("change", 0, "weighting", "single_cap"),
            ("change", 0, "universe"),
            ("sources",),
            ("sources", "weighting"),
            ("net_total_return",),
            ("net_total_return", "withholding_tax"),
        ]
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["value", "assumed", "from", "table"]), inner)
        ),
        max_leaves=6,
    ),
)
def test_whatever_is_written_is_read_or_refused_with_its_place(keys, value):
    written = Methodology.load("sample-cross-border").model_dump(mode="json")
    written["change"] = [{"valid_from": "2020-06-15", "weighting": {"lag": 3}}]
    written["sources"] = {"weighting": "a notice"}
    holder = written
    for key in keys[:-1]:
        holder = holder[key]
    holder[keys[-1]] = value
    try:
        methodology = Methodology.from_dict(written)
    except InputError as e:
        refused = e.defects
    else:
        refused = None
        assert Methodology.from_dict(methodology.model_dump(mode="json")) == methodology
    assert refused is None or (refused and all(each.expected and each.column for each in refused))


def test_a_file_that_is_not_utf_8_names_the_line(tmp_path):
    path = tmp_path / "gbk.toml"
    path.write_bytes('schema_version = 1\nname = "中華"\n'.encode("gbk"))
    with pytest.raises(InputError) as caught:
        Methodology.load(path)
    assert str(caught.value.defects[0]) == (
        f"{path}:2: must be text in UTF-8; save the file as UTF-8 (it reads as GBK)"
    )


def test_a_file_that_does_not_exist_is_named(tmp_path):
    path = tmp_path / "absent.toml"
    with pytest.raises(InputError) as caught:
        Methodology.load(path)
    assert str(caught.value) == (
        f"methodology = {path}: must be a file that is there; there is no such file"
    )


def test_an_unknown_name_lists_the_bundled_ones_and_the_nearest():
    with pytest.raises(InputError) as caught:
        Methodology.load("sample-crossborder")
    assert str(caught.value) == (
        "methodology = sample-crossborder: must be a file (.toml) or a bundled "
        f"methodology; the nearest is sample-cross-border; bundled: {', '.join(bundled())}"
    )


@pytest.mark.parametrize("text", ["my.toml", "indices/my.toml", Path("my"), "sample-cross-border"])
def test_the_name_of_a_file_in_the_place_of_its_text_names_load(text):
    with pytest.raises(InputError) as caught:
        Methodology.from_toml(text)
    assert str(caught.value) == (
        f"text = {text}: must be the content of a methodology; a file or a bundled methodology is "
        f'read by Methodology.load("{text}")'
    )


@pytest.mark.parametrize(("given", "named"), [((), ""), (("my.toml",), " = my.toml")])
def test_a_methodology_of_no_keys_names_the_ways_to_read_one(given, named):
    with pytest.raises(InputError) as caught:
        Methodology(*given)
    assert str(caught.value) == (
        f"methodology{named}: must be read by Methodology.load (a file or a bundled one), "
        "from_toml (text) or from_dict (a mapping)"
    )


def test_keys_are_checked_like_a_file():
    content = Methodology.load("sample-cross-border").model_dump()
    assert Methodology(**content) == Methodology.from_dict(content)
    assert Methodology(**content).assumptions == Methodology.from_dict(content).assumptions
    with pytest.raises(InputError, match=r"methodology weighting\.cap: must be a known key; the"):
        Methodology(**{**content, "weighting": {"scheme": "total", "cap": 0.1}})


@pytest.mark.parametrize(
    ("line", "nearest"),
    [
        ("cap = 0.25", "single_cap"),
        ("max_weight = 0.25", "single_cap"),
        ("weight_cap = 0.25", "single_cap"),
        ("limit = 0.25", "single_cap"),
        ("top5_cap = 0.6", "top_five_cap"),
        ("top_five = 0.6", "top_five_cap"),
        ("singel_cap = 0.25", "single_cap"),
    ],
)
def test_a_cap_under_another_name_is_never_to_be_removed(good, line, nearest):
    key = line.partition(" ")[0]
    with pytest.raises(InputError) as caught:
        Methodology.from_toml(good.replace("[weighting]", f"[weighting]\n{line}"))
    assert str(caught.value.defects[0]) == (
        f"methodology weighting.{key}: must be a known key; the nearest is {nearest}"
    )


def test_the_version_in_a_section_is_moved_and_not_asked_for_twice(good):
    with pytest.raises(InputError) as caught:
        Methodology.from_toml(f"{good.replace('schema_version = 1', '')}\nschema_version = 1\n")
    assert [str(defect).partition(": ")[2] for defect in caught.value.defects] == [
        "must stand outside the sections; move it above the first section"
    ]


def test_a_mapping_is_checked_like_a_file():
    with pytest.raises(InputError) as caught:
        Methodology.from_dict({"schema_version": 1, "index": None})
    assert str(caught.value.defects[0]) == (
        "methodology index: must be given; add a section [index] (what the index is "
        "called, and where its level begins)"
    )
    with pytest.raises(InputError, match="methodology = 5: must be a table of keys"):
        Methodology.from_dict(5)


def test_a_long_value_is_cut(broken):
    (complaint,) = broken(("2000.0", f'"{"9" * 200}"'))
    assert len(complaint) < 160
    assert "…: must be a number" in complaint
