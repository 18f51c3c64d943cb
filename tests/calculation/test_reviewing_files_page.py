"""The page on the files of the trade says what the code writes."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import paasche as px
from paasche.calculation.trade.review import OUTCOMES
from paasche.calculation.trade.schema import FILES, SCHEMA_VERSION
from review import small_review_markets as small

PAGE = (Path(__file__).parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
TYPES = {
    pl.String: "text",
    pl.Date: "date",
    pl.Float64: "number",
    pl.Int64: "count",
    pl.Boolean: "flag",
}


def section(heading):
    found = re.search(
        rf"^## `{re.escape(heading)}`\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE
    )
    assert found, heading
    return found[1]


def cells(heading):
    lines = [line for line in section(heading).splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_its_columns_in_order_with_type_and_meaning(name):
    written = [(column.strip("`"), kind) for column, kind, *_ in cells(name)]
    assert written == [(column, TYPES[kind]) for column, kind in FILES[name].items()]
    for _, _, meaning, unit in cells(name):
        assert meaning
        assert unit


def test_the_page_has_every_file_and_no_other():
    headings = re.findall(r"^## `(\w+(?:\.json)?)`$", PAGE, re.MULTILINE)
    assert headings == [*FILES, "review.json"]
    listed = re.findall(r"^\| `([\w.]+)` \| [^|]+ \|$", PAGE.split("## ")[0], re.MULTILINE)
    assert listed == [*FILES, "review.json", "review.html"]


def test_the_words_of_an_outcome_are_given_in_full():
    meaning = next(row[2] for row in cells("proposal") if row[0] == "`outcome`")
    assert set(re.findall(r"`(\w+)`", meaning)) == set(OUTCOMES)


def test_the_keys_of_the_record_are_those_that_are_written(tmp_path):
    market = small.market(small.sized(6))
    px.review(small.methodology(), market, date(2026, 5, 4)).write(tmp_path / "trade")
    record = json.loads((tmp_path / "trade" / "review.json").read_text(encoding="utf-8"))
    named = [key for row in cells("review.json") for key in re.findall(r"`(\w+)`", row[0])]
    assert named == list(record)
    assert record["schema_version"] == SCHEMA_VERSION
    days = next(row[1] for row in cells("review.json") if row[0] == "`dates`")
    assert set(re.findall(r"`(\w+)`", days)) == set(record["dates"])
