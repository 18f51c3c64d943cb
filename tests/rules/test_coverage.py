"""Every rule has a test that shows it, and the page that says so is up to date."""

import re

import pytest

from rules.citations import citations, implementations
from rules.coverage import PAGE, page, shown_by_rule
from rules.marks import marks, of_python, of_rust
from rules.numbers import ROOT, TITLES, numbers

# Rules of reviews, interim changes and definitions, and the scenarios of the news digest.
SHOWN = [
    *(f"R{number}" for number in (*range(1, 35), 46, *range(57, 62))),
    *(f"N{number}" for number in range(1, 13)),
]


@pytest.mark.parametrize("rule", SHOWN)
def test_each_rule_of_reviews_has_a_test(rule):
    assert shown_by_rule().get(rule), f"no test is marked with {rule}, {TITLES[rule]}"


def test_the_page_is_what_the_marks_say():
    assert PAGE.read_text(encoding="utf-8") == page(), "run python tests/rules/coverage.py"


def test_every_mark_stands_on_a_test():
    wrong = [
        f"{mark.file.relative_to(ROOT)}:{mark.line}: {mark.problem}"
        for mark in marks()
        if mark.problem
    ]
    assert not wrong


def test_every_mark_names_a_rule():
    unknown = [
        f"{mark.file.relative_to(ROOT)}:{mark.line}: {rule}"
        for mark in marks()
        for rule in mark.rules
        if rule not in TITLES
    ]
    assert not unknown


def test_every_test_on_the_page_is_there():
    tests = re.findall(r"`([\w/.]+\.(?:py|rs))::(\w+)`", PAGE.read_text(encoding="utf-8"))
    assert len(tests) > len(SHOWN)
    for file, name in tests:
        places = (ROOT / file, ROOT / "tests" / file, ROOT / "python" / "paasche" / file)
        sources = [path.read_text(encoding="utf-8") for path in places if path.is_file()]
        assert any(re.search(rf"\b{name}\b", source) for source in sources), f"{file}::{name}"


def test_every_rule_from_r1_to_r63_has_its_row():
    rows = re.findall(r"^\| (R\d+) \|", page(), re.MULTILINE)
    assert rows == [f"R{number}" for number in range(1, 64)]


def test_ranges_name_every_rule_between():
    assert numbers("R7, R8") == (["R7", "R8"], [])
    assert numbers("R12 to R14, R30") == (["R30"], ["R12", "R13", "R14"])
    assert numbers("R53–R55") == ([], ["R53", "R54", "R55"])
    assert numbers("part B.4 of RFC 12") == (["B.4"], [])


def test_marks_are_read_from_functions_classes_and_modules(tmp_path):
    path = tmp_path / "test_some.py"
    path.write_text(
        'pytestmark = pytest.mark.rule("R1")\n'
        '@pytest.mark.rule("R2", "R3")\n'
        '@pytest.mark.parametrize("x", [1, 2])\n'
        "def test_one(x): ...\n"
        '@pytest.mark.rule("R4")\n'
        "class TestMore:\n"
        "    def test_two(self): ...\n"
        "def helper(): ...\n"
    )
    found = {}
    for mark in of_python(path):
        assert mark.problem is None
        found.setdefault(mark.test, []).extend(mark.rules)
    assert {test: sorted(rules) for test, rules in found.items()} == {
        "test_one": ["R1", "R2", "R3"],
        "test_two": ["R1", "R4"],
    }


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "test_some.py",
            '@pytest.mark.rule("R1")\ndef helper(): ...\n',
            "the mark must stand on a test",
        ),
        (
            "some.py",
            '@pytest.mark.rule("R1")\ndef test_one(): ...\n',
            "the mark must stand in a file that pytest collects",
        ),
        (
            "test_some.py",
            "@pytest.mark.rule(RULE)\ndef test_one(): ...\n",
            "the mark must name its rules as texts",
        ),
        (
            "test_some.py",
            'CASES = [pytest.param(1, marks=pytest.mark.rule("R1"))]\n',
            "the mark must be a decorator or pytestmark",
        ),
    ],
)
def test_a_mark_that_shows_nothing_is_found(tmp_path, name, text, problem):
    path = tmp_path / name
    path.write_text(text)
    assert [mark.problem for mark in of_python(path)] == [problem]


def test_marks_of_the_core_stand_above_its_tests(tmp_path):
    path = tmp_path / "some.rs"
    path.write_text(
        "    // Rule R53, R54\n    #[test]\n    fn one() {}\n"
        "    // Rule W3\n    // Why.\n    #[test]\n    #[should_panic]\n    fn two() {}\n"
        "    // Rule R1\n    fn helper() {}\n"
    )
    found = [(mark.test, mark.rules, mark.problem is None) for mark in of_rust(path)]
    assert found == [
        ("one", ("R53", "R54"), True),
        ("two", ("W3",), True),
        ("", ("R1",), False),
    ]


def test_the_code_of_a_rule_is_where_its_docstring_cites_it():
    code = implementations(citations())
    assert "review/choice/selection.py::select" in code["R8"]
    assert "methodology/selection.py::Selection.newcomer_buffer" in code["R8"]
    assert "review/choice/reserve.py::ReserveList.needs_refill" in code["R11"]
    assert "rust/core/src/levels/chain.rs::adjust_divisor" in code["R50"]
