"""The code that carries out a rule, read from what its docstrings and doc comments cite.

A citation is a rule number in parentheses, such as ``(R8)`` or ``(R12 to R21)``. The clearest ones
of a rule count: those in the first paragraph of a function, class or key; else those further down
and the rules that tables of the code name; else ranges and the headings of files.
"""

import ast
import re
from functools import cache
from typing import NamedTuple

from rules.numbers import NUMBER, ROOT, numbers

PACKAGE = ROOT / "python" / "paasche"
CORE = ROOT / "rust" / "core" / "src"
# The sample market is a world of its own, and people read reports: neither carries out a rule.
_ASIDE = {"sample", "cli", "report"}

_PARENTHESES = re.compile(r"\(([^()]*)\)")
_RUST_ITEM = re.compile(
    r"^\s*(?:pub(?:\([^)]*\))? )?(?:const |async )*"
    r"(?:(?:fn|struct|enum|trait|type|const|static) (?P<item>\w+)|(?P<field>\w+)\s*[:,({])"
)


class Citation(NamedTuple):
    """One place of the code, a rule it cites, and how clear that is: 0 is clearest."""

    rule: str
    place: str
    clearness: int


@cache
def citations():
    """Return all citations of the package and of the core."""
    python = [path for path in PACKAGE.rglob("*.py") if not _ASIDE & set(path.parts)]
    found = [citation for path in sorted(python) for citation in of_python(path)]
    return found + [citation for path in sorted(CORE.rglob("*.rs")) for citation in of_rust(path)]


def implementations(found):
    """Return the places of each rule, the clearest only, by rule."""
    best = {}
    for rule, _, clearness in found:
        best[rule] = min(clearness, best.get(rule, clearness))
    places = {}
    for rule, place, clearness in found:
        if clearness == best[rule]:
            places.setdefault(rule, {})[place] = None
    return {rule: sorted(of_rule) for rule, of_rule in places.items()}


def of_python(path):
    """Yield the citations of one Python file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    file = path.relative_to(PACKAGE).as_posix()
    yield from _cited(ast.get_docstring(tree) or "", file, whole_file=True)
    yield from _of_body(tree.body, file, ())


def of_rust(path):
    """Yield the citations of one file of the core, its tests left out."""
    file = path.relative_to(ROOT).as_posix()
    lines = path.read_text(encoding="utf-8").split("#[cfg(test)]")[0].splitlines()
    heading = " ".join(line.removeprefix("//!").strip() for line in lines if line.startswith("//!"))
    yield from _cited(heading, file, whole_file=True)
    comment = []
    for line in map(str.strip, lines):
        if line.startswith("///"):
            comment.append(line.removeprefix("///").strip())
        elif comment and not line.startswith("#["):
            item = _RUST_ITEM.match(line)
            if item:
                name = item["item"] or item["field"]
                yield from _cited("\n".join(comment), f"{file}::{name}")
            comment = []


def _of_body(body, file, outer):
    for at, node in enumerate(body):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name = (*outer, node.name)
            place = f"{file}::{'.'.join(name)}"
            yield from _cited(ast.get_docstring(node) or "", place)
            yield from _named(node, place)
            if isinstance(node, ast.ClassDef):
                yield from _of_body(node.body, file, name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            place = f"{file}::{'.'.join((*outer, ast.unparse(target)))}"
            yield from _cited(_text(body[at + 1 :]), place)
            yield from _named(node, place)


def _text(following):
    """Return the docstring of a key: the text that stands below it."""
    if following and isinstance(following[0], ast.Expr):
        value = getattr(following[0].value, "value", None)
        return value if isinstance(value, str) else ""
    return ""


def _cited(text, place, *, whole_file=False):
    """Yield what a docstring cites, the first paragraph more clearly than the rest."""
    first, _, rest = text.partition("\n\n")
    for part, clearness in ((first, 0), (rest, 1)):
        for inside in _PARENTHESES.findall(part):
            single, ranged = numbers(inside)
            for rule in single:
                yield Citation(rule, place, 2 if whole_file else clearness)
            for rule in ranged:
                yield Citation(rule, place, 2)


def _named(node, place):
    """Yield the rules that the code itself names, as a table of reasons does."""
    for constant in ast.walk(node):
        value = getattr(constant, "value", None)
        if isinstance(value, str) and re.fullmatch(NUMBER, value):
            yield Citation(value, place, 1)
