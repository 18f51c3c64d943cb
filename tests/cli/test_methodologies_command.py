"""`paasche methodologies`: the table of the bundled ones, and the file of one."""

from __future__ import annotations

import paasche
from paasche.methodology import bundled
from paasche.methodology.bundle import bundled_file


def file_of(name):
    return bundled_file(name).read_text(encoding="utf-8")


def row(stdout, name):
    """Return the cells of a row that one line shows, the title left out."""
    (line,) = [line for line in stdout.splitlines() if line.split()[:1] == [name]]
    cells = [cell.strip() for cell in line.split("  ") if cell.strip()]
    return cells[:2] + cells[3:]


def test_every_methodology_has_a_row_with_its_whole_name(run):
    done = run("methodologies")
    assert (done.exit_code, done.stderr) == (0, "")
    names = [line.split()[0] for line in done.stdout.splitlines() if line.strip()]
    assert [name for name in names if name in bundled()] == bundled()


def test_a_row_shows_the_figures_of_the_file(run):
    shown = run("methodologies").stdout
    assert row(shown, "ces-120") == [
        *("ces-120", "CES120", "2004-12-31", "CNY", "free_float", "80+40", "10% / –", "5")
    ]
    assert row(shown, "csi-300-style") == [
        *("csi-300-style", "CSI300STYLE", "2004-12-31", "CNY", "free_float", "300", "–", "0")
    ]
    assert row(shown, "sample-cross-border") == [
        *("sample-cross-border", "SAMPLE100", "2015-01-05", "CNY", "free_float"),
        *("table", "10% / 40%", "4"),
    ]


def test_assumed_counts_the_numbers_without_a_source(run):
    shown = run("methodologies").stdout
    for name in bundled():
        assert row(shown, name)[-1] == f"{len(paasche.Methodology.load(name).assumptions)}"


def test_in_a_pipe_the_table_is_plain_text(python):
    done = python("-m", "paasche", "methodologies")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120


def test_a_name_prints_its_file(run):
    done = run("methodologies", "ces-120")
    assert (done.exit_code, done.stdout, done.stderr) == (0, file_of("ces-120"), "")


def test_out_writes_a_file_that_loads_alike(run, tmp_path):
    mine = tmp_path / "mine" / "my-index.toml"
    done = run("methodologies", "csi-300-style", "--out", mine)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"csi-300-style written to {mine}\n"
    assert mine.read_text(encoding="utf-8") == file_of("csi-300-style")
    assert paasche.Methodology.load(mine) == paasche.Methodology.load("csi-300-style")
    assert [path.name for path in mine.parent.iterdir()] == ["my-index.toml"]


def test_a_file_that_is_there_stays(run, tmp_path):
    mine = tmp_path / "my-index.toml"
    mine.write_text("mine")
    done = run("methodologies", "ces-120", "--out", mine)
    assert done.exit_code == 2
    assert done.stderr == (
        f"error: --out = {mine}: must be a new file; give another, or remove it\n"
    )
    assert mine.read_text() == "mine"


def test_a_place_that_cannot_be_written_is_named(run, tmp_path):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "my-index.toml"
    done = run("methodologies", "ces-120", "--out", out)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: --out = {out}: must be a place that can be written (")


def test_out_without_a_name_asks_for_one(run, tmp_path):
    out = tmp_path / "my-index.toml"
    done = run("methodologies", "--out", out)
    assert done.exit_code == 2
    assert done.stderr == (
        f"error: --out = {out}: must come with NAME; the methodologies are {', '.join(bundled())}\n"
    )
    assert not out.exists()


def test_an_unknown_name_is_refused_with_the_nearest(run):
    done = run("methodologies", "ces120")
    assert done.exit_code == 2
    assert done.stderr.startswith(
        "error: methodology = ces120: must be a bundled methodology; the nearest is ces-120; "
    )
