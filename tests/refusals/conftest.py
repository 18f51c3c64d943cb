"""The good folder to break, and the messages kept beside the cases."""

from __future__ import annotations

import os

import pytest

from refusals.good_folder import write_good


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    """A good market folder and methodology, in the working directory."""
    write_good(tmp_path)
    monkeypatch.chdir(tmp_path)
    # The lines of a usage error depend on the width of the terminal.
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture(name="refresh", scope="session")
def _refresh():
    """Whether the kept messages are written anew: PAASCHE_REFRESH=1 pytest tests/refusals."""
    return os.environ.get("PAASCHE_REFRESH") == "1"
