"""Real data and the examples that read them; both are read once in a session."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def example():
    """Import an example by name; the examples import each other by name as well."""

    def load(name):
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(str(ROOT / "examples"))
            return import_module(name)

    return load


@pytest.fixture(scope="session")
def source(example):
    """Return the source files of the CSI 300 as tidy frames, or skip where they are not there."""
    if not (DATA / "cn_capital_events_1990_2020.parquet").exists():
        pytest.skip("the source files of the CSI 300 are not in ../shared/data")
    return example("csi300_market").read(DATA)
