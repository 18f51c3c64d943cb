"""Every example in a docstring, in the README and in docs/ runs and says what it shows.

A page of Markdown is run from top to bottom: blocks whose fence names a file, such as
``csv market/prices.csv``, are written to an empty folder, then the blocks ``python`` run there in
one namespace, and the blocks ``console``, whose lines ``$ paasche …`` are commands with what they
say below them (``...`` stands for anything). A ``print`` says behind it what it prints, ``# …``, or
on the comment lines below. Blocks ``toml`` are methodologies, blocks ``toml fragment`` sections of
one.
"""

import ast
import doctest
import importlib
import io
import json
import os
import pkgutil
import re
import subprocess
import sys
import tokenize
import tomllib
from itertools import takewhile
from pathlib import Path

import pytest

import paasche
from paasche.methodology import Methodology

ROOT = Path(__file__).parents[1]
MODULES = ["paasche"] + [
    module.name
    for module in pkgutil.walk_packages(paasche.__path__, "paasche.")
    if not module.name.endswith(("__main__", "_core"))
]
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(?P<info>\S[^\n]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(page):
    """Return (info string, text, line of the text) of every fenced block that says what it is."""
    text = page.read_text(encoding="utf-8")
    return [
        (found["info"], found["text"], text.count("\n", 0, found.start("text")))
        for found in FENCE.finditer(text)
    ]


def with_blocks(*languages):
    found = [
        page for page in PAGES if any(info.split()[0] in languages for info, *_ in blocks(page))
    ]
    return pytest.mark.parametrize("page", found, ids=lambda page: page.name)


def shown(code):
    """Return what the comments say that the prints of a block print, line by line."""
    ends = {
        node.end_lineno
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    }
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    comments = {
        token.start[0]: token.string.removeprefix("#").removeprefix(" ")
        for token in tokens
        if token.type == tokenize.COMMENT
    }
    lines = code.splitlines()
    said = []
    for end in sorted(ends):
        below = takewhile(
            lambda line: lines[line - 1].lstrip().startswith("#"), range(end + 1, len(lines) + 1)
        )
        said += [comments[line] for line in (end, *below) if line in comments]
    return said


def write_files(page, folder):
    """Write the blocks whose fence names a file: a word, a space, a path."""
    for info, text, _ in blocks(page):
        _, _, name = info.partition(" ")
        if "." in name:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.filterwarnings("ignore::paasche.errors.AssumptionWarning")
def test_docstring_examples_run(name):
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=flags)
    assert not failed


RUN_PAGE = """
import contextlib, io, json, shlex, subprocess, sys, warnings
from paasche.errors import AssumptionWarning

warnings.simplefilter("error")
warnings.simplefilter("ignore", AssumptionWarning)
name, blocks = json.load(sys.stdin)
names, printed = {}, []
for language, line, code in blocks:
    if language == "console":
        commands = [shlex.split(one[2:]) for one in code.splitlines() if one.startswith("$ ")]
        runs = [
            subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)
            for command in commands
        ]
        printed.append("".join(run.stdout + run.stderr for run in runs))
        continue
    with contextlib.redirect_stdout(io.StringIO()) as out:
        # The line numbers of a traceback are those of the page.
        exec(compile("\\n" * line + code, name, "exec"), names)
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)
"""


RUN = ("python", "console")
LOOSE = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@with_blocks(*RUN)
def test_blocks_print_what_they_say(page, tmp_path):
    write_files(page, tmp_path)
    found = [(info, line, code) for info, code, line in blocks(page) if info in RUN]
    # In a process of its own: at its end duckdb writes a page about references it has lost.
    run = subprocess.run(
        [sys.executable, "-c", RUN_PAGE],
        input=json.dumps([page.name, found]),
        cwd=tmp_path,
        env=os.environ
        | {
            "PYTHONPATH": str(Path(paasche.__file__).parents[1]),
            "PYTHONUTF8": "1",
            "COLUMNS": "100",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    for (language, line, code), printed in zip(found, json.loads(run.stdout), strict=True):
        if language == "python":
            assert printed.splitlines() == shown(code), f"{page.name}:{line}"
        else:
            said = "".join(one for one in code.splitlines(True) if not one.startswith("$ "))
            alike = doctest.OutputChecker().check_output(said, printed, LOOSE)
            assert alike, f"{page.name}:{line} prints\n{printed}"


@with_blocks("toml")
def test_toml_blocks_are_methodologies(page):
    for info, text, line in blocks(page):
        if info == "toml fragment":
            Methodology.from_dict(completed(tomllib.loads(text)), place=f"{page.name}:{line}")
        elif info.split()[0] == "toml":
            Methodology.from_toml(text, place=f"{page.name}:{line}")


def completed(fragment):
    """Return a methodology with the sections of a fragment; of `index` only its keys."""
    smallest = {
        "schema_version": 1,
        "index": {
            "code": "DOCS",
            "name": "An index of the documentation",
            "currency": "CNY",
            "base_date": "2004-12-31",
            "base_level": 1000.0,
        },
        "universe": {"constituents": "table"},
        "weighting": {"scheme": "total"},
    }
    index = smallest["index"] | fragment.get("index", {})
    return smallest | fragment | {"index": index}


def test_what_a_print_shows_stands_behind_it_or_below():
    code = "print(1)  # 1\n# 2\n\n# no output\nprint(\n    3\n)\n# 3\nx = 1  # not printed\n"
    assert shown(code) == ["1", "2", "3"]


def test_first_index_example(capsys):
    source = (ROOT / "examples" / "first_index.py").read_text(encoding="utf-8")
    exec(compile(source, "first_index.py", "exec"), {})
    printed = capsys.readouterr().out
    for level in ("1044.2857", "1042.3369", "1049.3306"):
        assert level in printed


def test_the_chinese_readme_has_the_blocks_of_the_english_one():
    english, chinese = (blocks(ROOT / name) for name in ("README.md", "README.zh-CN.md"))
    assert [block[:2] for block in chinese] == [block[:2] for block in english]
    # The same commands, too, in tables and in lines that are indented.
    commands = re.compile(
        r"`(paasche [^`]*|pytest [^`]*|make [^`]*|python [^`]*)`|^ {4}(make \w+)", re.MULTILINE
    )
    found = [
        sorted(set(commands.findall((ROOT / name).read_text(encoding="utf-8"))))
        for name in ("README.md", "README.zh-CN.md")
    ]
    assert found[0] == found[1]
