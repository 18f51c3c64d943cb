"""The pages in docs/rules/: every rule, every key and every bundled index is there, once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from paasche.methodology import Interim, Review, Selection, Universe, bundled

RULES = Path(__file__).parents[2] / "docs" / "rules"
OVERVIEW = (RULES / "README.md").read_text(encoding="utf-8")
FILES = (RULES / "methodology-files.md").read_text(encoding="utf-8")


def section(heading):
    """Return the text of a section of the page about methodology files."""
    return re.split(rf"^## {heading}$", FILES, flags=re.MULTILINE)[1].split("\n## ")[0]


def first_cells(text):
    return [cell for line in text.splitlines() for cell in re.findall(r"^\| ([^|]*) \|", line)]


def test_every_rule_has_one_line():
    cells = [cell for cell in first_cells(OVERVIEW) if re.match(r"R\d", cell)]
    numbers = [int(number) for cell in cells for number in re.findall(r"R(\d+)", cell)]
    assert sorted(numbers) == list(range(1, 64))


@pytest.mark.parametrize(
    ("heading", "model", "unlisted"),
    [
        # The page is about indices without a table.
        ("universe", Universe, {"constituents"}),
        ("selection", Selection, set()),
        ("review", Review, set()),
        ("interim", Interim, set()),
    ],
)
def test_every_key_is_explained_in_its_section(heading, model, unlisted):
    cells = first_cells(section(heading))
    keys = [key for cell in cells for key in re.findall(r"`(\w+)`", cell)]
    assert set(model.model_fields) - unlisted <= set(keys)
    assert all(keys.count(key) == 1 for key in model.model_fields.keys() - unlisted)


def test_every_bundled_index_but_the_invented_one_is_listed():
    names = re.findall(r"`([\w-]+)`", "\n".join(first_cells(section("Begin with a bundled one"))))
    assert names == [name for name in bundled() if name in names]
    assert set(bundled()) - set(names) == {"sample-cross-border"}


@pytest.mark.parametrize("page", ["README.md", "methodology-files.md"])
def test_links_lead_to_a_page_and_a_heading(page):
    text = (RULES / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", text)
    assert links
    for file, anchor in links:
        target = RULES / (file or page)
        # Generated from the marks of the tests; the test of its content says when it is missing.
        if target.name == "coverage.md":
            continue
        headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
        assert not anchor or anchor in {name.lower().replace(" ", "-") for name in headings}
