"""`paasche sample` and `paasche schema`."""

from __future__ import annotations

import json

import pytest

import paasche

SMALL = ("--securities", "100")


@pytest.fixture(scope="module", name="drawn")
def _drawn():
    return paasche.Market.from_frames(paasche.sample_market(7, securities=100)).fingerprints()


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_the_folder_reads_back_as_it_was_drawn(run, drawn, tmp_path, suffix):
    folder = tmp_path / "market"
    done = run("sample", folder, *SMALL, "--seed", "7", "--format", suffix)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"100 securities, 2014-11-03 to 2024-12-31, written to {folder}\n"
    assert {path.suffix for path in folder.iterdir()} == {f".{suffix}"}
    assert paasche.Market.read(folder).fingerprints() == drawn


def test_a_folder_that_holds_something_stays(run, tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    done = run("sample", tmp_path)
    assert done.exit_code == 2
    assert done.stderr == (
        f"error: DIR = {tmp_path}: must be a folder that is new or empty; "
        "give another, or remove it\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_too_few_securities_are_refused(run, tmp_path):
    done = run("sample", tmp_path / "market", "--securities", "40")
    assert done.exit_code == 2
    assert done.stderr.startswith("error: securities = 40: must be from 100 to 5")


def test_the_schema_is_valid_json(run):
    done = run("schema")
    assert (done.exit_code, done.stderr) == (0, "")
    schema = json.loads(done.stdout)
    assert schema["title"] == "paasche methodology"
    assert "index" in schema["required"]
