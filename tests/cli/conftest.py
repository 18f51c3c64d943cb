"""A small sample market, and the command run in this process or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import paasche
from paasche.cli import app

BUNDLED = "sample-cross-border"


@pytest.fixture(scope="session", name="tables")
def _tables():
    return paasche.sample_market(securities=100, end="2015-09-30")


@pytest.fixture(scope="session", name="market")
def _market(tables):
    return paasche.Market.from_frames(tables)


@pytest.fixture(scope="session", name="folder")
def _folder(market, tmp_path_factory):
    """The small market as a folder."""
    path = tmp_path_factory.mktemp("markets") / "small"
    market.write(path)
    return path


@pytest.fixture(scope="session", name="result")
def _result(market):
    with pytest.warns(paasche.errors.AssumptionWarning):
        return paasche.calculate(paasche.Methodology.load(BUNDLED), market)


@pytest.fixture(name="run", scope="session")
def _run():
    def run(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture(name="calculate", scope="session")
def _calculate(run, folder):
    """`paasche calculate` of the bundled index on the small market."""

    def calculate(*arguments):
        return run("calculate", BUNDLED, "--market", folder, *arguments)

    return calculate


@pytest.fixture(name="python", scope="session")
def _python():
    """A Python of its own, neither stdout nor stderr a terminal."""
    package = Path(paasche.__file__).parents[1]

    def python(*arguments, cwd=None):
        return subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            encoding="utf-8",
            cwd=cwd,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONPATH": str(package), "PYTHONUTF8": "1"},
        )

    return python
