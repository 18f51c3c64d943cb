"""Every example in a docstring and every Python block of the README runs and says what it shows."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import paasche

ROOT = Path(__file__).parents[1]
MODULES = ["paasche"] + [
    module.name
    for module in pkgutil.walk_packages(paasche.__path__, "paasche.")
    if not module.name.endswith(("__main__", "_core"))
]


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.filterwarnings("ignore::paasche.errors.AssumptionWarning")
def test_docstring_examples_run(name):
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=flags)
    assert not failed


BLOCKS = re.findall(
    r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.parametrize("block", BLOCKS)
def test_readme_blocks_print_what_their_comments_say(block, capsys):
    exec(compile(block, "README.md", "exec"), {})
    shown = re.findall(r"print\(.*\)  # (.*)", block)
    assert capsys.readouterr().out.splitlines() == shown


def test_first_index_example(capsys):
    source = (ROOT / "examples" / "first_index.py").read_text(encoding="utf-8")
    exec(compile(source, "first_index.py", "exec"), {})
    printed = capsys.readouterr().out
    for level in ("1044.2857", "1042.3369", "1049.3306"):
        assert level in printed
