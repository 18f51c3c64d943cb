"""`px.show_versions()` and what an import costs."""

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import paasche
from paasche.versions import versions


def test_it_names_everything_paasche_works_with(capsys):
    paasche.show_versions()
    printed = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert printed["paasche"].startswith(paasche.__version__)
    assert printed["python"] == ".".join(map(str, sys.version_info[:3]))
    for requirement in metadata.requires("paasche"):
        if "'dev'" in requirement or "'bench'" in requirement:
            continue
        name = re.match(r"[\w-]+", requirement).group()
        assert name in printed
    assert printed["polars"] == metadata.version("polars")


def test_an_optional_dependency_that_is_absent_says_so(monkeypatch):
    def version(name):
        if name == "matplotlib":
            raise metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(metadata, "version", version)
    assert versions()["matplotlib"] == "not installed"


def test_importing_paasche_loads_numpy_and_the_core_only():
    heavy = ("polars", "pydantic", "rich", "typer", "exchange_calendars", "jinja2", "matplotlib")
    code = f"import sys, paasche; print([one for one in {heavy} if one in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(paasche.__file__).parents[1])},
    )
    assert found.stdout.strip() == "[]"
