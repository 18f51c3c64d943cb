"""The section [sources]: where numbers are stated."""

from __future__ import annotations

import pytest

from paasche.errors import InputError
from paasche.methodology import Methodology

SOURCES = """
[[change]]
valid_from = 2020-06-15
weighting.single_cap = 0.15

[sources]
"index.base_level" = "launch notice of 2005"
"weighting" = "index methodology, chapter 3"
"change[0].weighting.single_cap" = "notice of May 2020"
"""


def test_a_source_is_text_by_the_key_it_stands_for(good):
    methodology = Methodology.from_toml(good + SOURCES)
    assert methodology.sources == {
        "index.base_level": "launch notice of 2005",
        "weighting": "index methodology, chapter 3",
        "change[0].weighting.single_cap": "notice of May 2020",
    }
    assert Methodology.from_dict(methodology.model_dump(mode="json")) == methodology
    assert hash(Methodology.from_dict(methodology.model_dump())) == hash(methodology)
    assert "sources" not in Methodology.from_toml(good).model_dump()


def test_a_source_changes_no_number_and_so_no_fingerprint(good):
    with_sources, without = good + SOURCES, good + SOURCES[: SOURCES.index("[sources]")]
    assert (
        Methodology.from_toml(with_sources).fingerprint
        == Methodology.from_toml(without).fingerprint
    )
    assert Methodology.from_toml(with_sources) != Methodology.from_toml(without)


def test_a_source_may_name_an_assumed_number(good):
    assumed = good.replace("0.10", '{ value = 0.10, assumed = "press" }')
    source = '\n[sources]\n"weighting.single_cap" = "a newspaper"\n'
    assert Methodology.from_toml(assumed + source).sources == {
        "weighting.single_cap": "a newspaper"
    }


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            '"weighting.singel_cap" = "notice"',
            (
                'sources."weighting.singel_cap": must be the source of a key of the file; the '
                "nearest is weighting.single_cap"
            ),
        ),
        (
            '"weighting.cap" = "notice"',
            (
                'sources."weighting.cap": must be the source of a key of the file; the nearest is '
                "weighting.single_cap"
            ),
        ),
        (
            '"fx.max_stale_sessions" = "a default that is not written"',
            (
                'sources."fx.max_stale_sessions": must be the source of a key of the file; write '
                "the key, or remove its source"
            ),
        ),
        (
            '"change[0]" = "notice"',
            (
                'sources."change[0]": must be the source of a key of the file; write the key, or '
                "remove its source"
            ),
        ),
        (
            'weighting.single_cap = "notice"',
            (
                'sources.weighting = { single_cap = "notice" }: must be text; write the whole key '
                'in quotes, "weighting.single_cap"'
            ),
        ),
        ('"weighting.lag" = ""', 'sources."weighting.lag" = "": must not be empty'),
    ],
)
def test_a_broken_source_makes_one_complaint(complaints, good, line, complaint):
    assert complaints(f"{good}\n[sources]\n{line}\n") == [complaint]


def test_a_wrong_source_and_a_wrong_change_are_told_together(good):
    with pytest.raises(InputError) as caught:
        Methodology.from_toml(
            good + SOURCES.replace("0.15", "0.5").replace("index.base_level", "index.base_levels")
        )
    assert [defect.column for defect in caught.value.defects] == [
        "change[0].weighting.top_five_cap",
        'sources."index.base_levels"',
    ]
