"""The tests that show a rule, read from their marks; nothing is imported or run."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rules.numbers import ROOT, numbers

_RUST_MARK = re.compile(r"^\s*// Rule (?P<rules>.+)$")
_RUST_TEST = re.compile(r"^\s*#\[test\]$")
_RUST_NAME = re.compile(r"^\s*(?:async )?fn (?P<name>\w+)")
_RUST_BETWEEN = re.compile(r"^\s*(//|#\[)")


class Mark(NamedTuple):
    """One test and the rules it is marked with; ``problem`` says what is wrong with the mark."""

    file: Path
    line: int
    test: str
    rules: tuple[str, ...]
    problem: str | None = None


@cache
def marks():
    """Return the marks of all tests, by file and line."""
    python = sorted((ROOT / "tests").rglob("*.py"))
    rust = sorted((ROOT / "rust" / "core").rglob("*.rs"))
    return (
        *(mark for path in python for mark in of_python(path)),
        *(mark for path in rust for mark in of_rust(path)),
    )


def of_python(path):
    """Yield the marks ``pytest.mark.rule(…)`` of one file, each on its test."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    seen = set()
    for scope in ast.walk(tree):
        body = getattr(scope, "body", [])
        whole = [
            mark for node in _list(body) if _assigns(node, "pytestmark") for mark in _calls(node)
        ]
        for node in _list(body):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                own = [mark for decorator in node.decorator_list for mark in _calls(decorator)]
                seen.update(id(mark) for mark in own)
                tests = _tests(node) if own else []
                for test in tests:
                    yield _mark(path, test, own)
                if own and not tests:
                    yield _mark(path, node, own, "the mark must stand on a test")
        seen.update(id(mark) for mark in whole)
        for test in (test for node in _list(body) if whole for test in _tests(node)):
            yield _mark(path, test, whole)
    for mark in _calls(tree):
        if id(mark) not in seen:
            yield Mark(path, mark.lineno, "", (), "the mark must be a decorator or pytestmark")


def of_rust(path):
    """Yield the marks ``// Rule …`` of one file, each on the test below it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for at, line in enumerate(lines):
        found = _RUST_MARK.match(line)
        if not found:
            continue
        below = at + 1
        is_test = False
        while below < len(lines) and _RUST_BETWEEN.match(lines[below]):
            is_test |= bool(_RUST_TEST.match(lines[below]))
            below += 1
        name = _RUST_NAME.match(lines[below]) if below < len(lines) else None
        rules = tuple(rule for named in numbers(found["rules"]) for rule in named)
        if name and is_test and rules:
            yield Mark(path, at + 1, name["name"], rules)
        else:
            yield Mark(path, at + 1, "", rules, "the mark must name rules and stand above a test")


def _mark(path, node, calls, problem=None):
    values = [getattr(arg, "value", None) for call in calls for arg in call.args]
    if not values or not all(isinstance(value, str) for value in values):
        problem = "the mark must name its rules as texts"
    rules = tuple(dict.fromkeys(value for value in values if isinstance(value, str)))
    if not path.name.startswith("test_"):
        problem = "the mark must stand in a file that pytest collects"
    return Mark(path, node.lineno, node.name, rules, problem)


def _tests(node):
    """Return the tests that a function or a class is or holds."""
    functions = [one for one in ast.walk(node) if isinstance(one, ast.FunctionDef)]
    return [one for one in functions if one.name.startswith("test_")]


def _calls(node):
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            owner = getattr(call.func.value, "attr", getattr(call.func.value, "id", None))
            if (owner, call.func.attr) == ("mark", "rule"):
                yield call


def _assigns(node, name):
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == name for target in node.targets
    )


def _list(body):
    return body if isinstance(body, list) else []
