"""Write docs/rules/coverage.md: run ``python tests/rules/coverage.py`` after a change of marks."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from rules.citations import citations, implementations
from rules.marks import marks
from rules.numbers import ROOT, TITLES

PAGE = ROOT / "docs" / "rules" / "coverage.md"

_HEAD = """# Rules, code and tests

Written by `python tests/rules/coverage.py` from the marks of the tests and from the rule numbers
that docstrings cite; a test keeps it up to date, so do not edit it. Code is below `python/paasche/`
and tests are below `tests/`; those of the core have their whole path. [README.md](README.md) says
what each rule asks for.

| rule | title | code | tests |
|---|---|---|---|
"""


def shown_by_rule():
    """Return the tests of each rule, each test once, in the order of the files."""
    tests = {}
    for mark in marks():
        place = mark.file.relative_to(ROOT).as_posix().removeprefix("tests/")
        for rule in mark.rules:
            tests.setdefault(rule, {})[f"{place}::{mark.test}"] = None
    return {rule: list(of_rule) for rule, of_rule in tests.items()}


def page():
    """Return the text of the page."""
    code, tests = implementations(citations()), shown_by_rule()
    rows = (
        f"| {rule} | {title} | {_cell(code.get(rule))} | {_cell(tests.get(rule))} |\n"
        for rule, title in TITLES.items()
    )
    return _HEAD + "".join(rows)


def _cell(places):
    return "<br>".join(f"`{place}`" for place in places or ()) or "–"


def write():
    """Write the page beside its place first, so that nobody reads half of it."""
    beside = PAGE.with_name(f"{PAGE.name}.writing")
    beside.write_text(page(), encoding="utf-8")
    os.replace(beside, PAGE)  # noqa: PTH105  (atomic on every system)


if __name__ == "__main__":
    write()
