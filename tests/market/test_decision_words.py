"""A decision is one of a closed list of words."""

from __future__ import annotations

import pytest

from market.market_folders import only_defect, read

HEADER = "date,index,security,decision,value,who,why\n"


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    ("word", "security", "value"),
    [
        *(
            (word, "600519.SH", "")
            for word in ("exclude", "admit", "delete_first", "keep", "withdraw", "remove", "add")
        ),
        *((word, "600519.SH", "1") for word in ("price", "shares", "factor")),
        ("pass_through", "", ""),
    ],
)
def test_a_word_of_the_list_is_read(tmp_path, word, security, value):
    row = f"2016-06-07,,{security},{word},{value},committee,reason\n"
    assert read(tmp_path, decisions=HEADER + row)["decisions"]["decision"].to_list() == [word]


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    ("word", "near"), [("excluded", "exclude"), ("pass-through", "pass_through")]
)
def test_any_other_word_is_refused_and_the_nearest_one_named(tmp_path, word, near):
    row = f"2016-06-07,,600519.SH,{word},,committee,reason\n"
    line = only_defect(tmp_path, decisions=HEADER + row)
    assert line.startswith(f"decisions.csv:2 decision = {word}: must be one of exclude, admit, ")
    assert line.endswith(f"; the nearest is {near}")
