"""The house keeps its plan: who imports whom, what the core may know, where rule numbers live."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "python" / "paasche"
CORE = ROOT / "rust" / "core"

# A room may import those on earlier lines, and rooms of its own line.
ROOMS = (
    ("errors", "_core", "_arrays", "_files", "versions"),
    ("market",),
    ("methodology",),
    ("free_float", "capping", "reference", "levels"),
    ("review",),
    ("calculation",),
    ("live",),
    ("report",),
    ("cli",),
)
RANK = {room: rank for rank, rooms in enumerate(ROOMS) for room in rooms}

# Doors to a later room, opened inside a function, and why people need them there.
DOORS = {
    ("calculation/result.py", "report"): "a result offers its own plot",
}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "paasche" and len(parts) > 1:
                rooms.add(parts[1])
    return rooms


def modules():
    return sorted(
        path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem in RANK
    )


def test_every_room_has_its_place_in_the_plan():
    rooms = {room_of(path) for path in PACKAGE.rglob("*.py")} - {"__init__", "__main__"}
    assert rooms <= set(RANK)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    room = room_of(path)
    here = path.relative_to(PACKAGE).as_posix()
    upward = {other for other in imported_rooms(path) if RANK.get(other, -1) > RANK[room]}
    shut = {other for other in upward if (here, other) not in DOORS}
    assert not shut, f"{room} must not import {shut}"


@pytest.mark.parametrize(("place", "room"), DOORS)
def test_a_door_opens_inside_a_function(place, room):
    tree = ast.parse((PACKAGE / place).read_text(encoding="utf-8"))
    inside = [
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
    ]
    opened = [node for node in ast.walk(tree) if _imports(node, room)]
    assert opened, "a door that nobody uses"
    assert all(any(node is one for one in inside) for node in opened)


def _imports(node, room):
    module = getattr(node, "module", None) if isinstance(node, ast.ImportFrom) else None
    return module is not None and module.split(".")[:2] == ["paasche", room]


def rust_sources():
    return sorted((CORE / "src").rglob("*.rs"))


def test_the_core_never_sees_python():
    manifest = (CORE / "Cargo.toml").read_text(encoding="utf-8")
    for text in [manifest, *(path.read_text(encoding="utf-8") for path in rust_sources())]:
        assert not re.search(r"\b(pyo3|numpy)\b", text)


def test_the_core_does_no_input_output_and_reads_no_clock():
    forbidden = re.compile(r"std::(fs|io|net|env|process|time)\b|println!")
    for path in rust_sources():
        assert not forbidden.search(path.read_text(encoding="utf-8")), path


def test_only_the_choice_of_a_vector_width_is_unsafe():
    # Each of the two calls follows the question whether the processor has what it needs.
    unsafe = {
        path.name for path in rust_sources() if re.search(r"\bunsafe\b", path.read_text("utf-8"))
    }
    assert unsafe == {"wide.rs"}
    wide = next(path for path in rust_sources() if path.name == "wide.rs").read_text("utf-8")
    calls = re.findall(r'is_x86_feature_detected!\("(\w+)"\)[^}]*unsafe \{ x86::(\w+)', wide)
    assert calls == [("avx512f", "avx512"), ("avx2", "avx2")]
    assert wide.count("unsafe {") == len(calls)


def test_the_binding_is_unsafe_only_where_arrow_hands_over_a_pointer():
    binding = CORE.parent / "python" / "src"
    calls = {path.name: path.read_text("utf-8").count("unsafe {") for path in binding.rglob("*.rs")}
    assert {name: count for name, count in calls.items() if count} == {"arrow.rs": 1}
    lines = [line.strip() for line in (binding / "arrow.rs").read_text("utf-8").splitlines()]
    at = next(number for number, line in enumerate(lines) if "unsafe {" in line)
    assert any(line.startswith("// SAFETY:") for line in lines[at - 5 : at])


# Numbers of the rulebooks, as code would write them: thresholds, prices and tolerances.
RULEBOOK = re.compile(r"(?<![\w.])(0\.05|0\.00001|0\.005|1\.0?5)(?![\w.])")


def without_prose(path: Path) -> str:
    """Leave out what documents and what tests: comments, docstrings, Rust's test modules."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".rs":
        text = text.split("#[cfg(test)]\nmod tests")[0].split("#[cfg(test)]\n#[allow")[0]
        return re.sub(r"//.*", "", text)
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [
                one
                for one in body
                if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
            ] or [ast.Pass()]
    return ast.unparse(tree)


# The sample market draws its own world: its rates are no rulebook's.
SOURCES = [
    *(path for path in PACKAGE.rglob("*.py") if "sample" not in path.parts),
    *(path for path in rust_sources() if path.stem not in {"golden", "properties"}),
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_rulebook_numbers_live_in_methodology_data(path):
    found = RULEBOOK.findall(without_prose(path))
    assert not found, f"{found} belongs in a rule table"


def test_source_files_hold_one_thing():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in [*PACKAGE.rglob("*.py"), *rust_sources()]
        if (lines := without_tests(path)) > 400
    }
    assert not long


def without_tests(path: Path) -> int:
    text = path.read_text(encoding="utf-8")
    return len(text.split("#[cfg(test)]")[0].splitlines())
