"""A run directory is replaced whole, and read whole while it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import paasche
from calculation import small_markets as small
from calculation.stored_runs import BEFORE, LAST, files, market, record, small_run
from paasche import errors
from paasche._files import RUN_FILES
from paasche.calculation.stored import directory as run_directory
from paasche.calculation.stored.tables import TABLES


@pytest.fixture(name="run")
def _run(tmp_path):
    return small_run(tmp_path / "run")


class TestReplacement:
    """The machine may stop at any moment: the run before or the run after is there."""

    def test_between_the_two_renames_the_run_before_is_found(self, run, monkeypatch):
        before = paasche.Result.read(run)
        rename = type(run).rename

        def stop(path, target):
            if path.name == "new":
                raise SystemError("the machine stops")
            # What an exception would put back stays away.
            return rename(path, target) if path == run else None

        monkeypatch.setattr(type(run), "rename", stop)
        with pytest.raises(SystemError):
            paasche.advance(run, market(), LAST)
        monkeypatch.undo()
        assert not run.exists()
        assert paasche.Result.read(run).levels.equals(before.levels)
        assert paasche.State.read(run) == before.state
        assert paasche.advance(run, market(), LAST).state.date == LAST
        assert [path.name for path in run.parent.iterdir()] == ["run"]

    def test_what_was_put_aside_goes_with_the_next_replacement(self, run):
        aside = run.with_name(".run.earlier")
        aside.mkdir()
        (aside / "run.json").write_text("older", encoding="utf-8")
        paasche.advance(run, market(), LAST)
        assert [path.name for path in run.parent.iterdir()] == ["run"]

    def test_what_else_lies_in_the_directory_comes_along_but_for_the_factsheet(self, run):
        (run / "factsheet.html").write_text("of yesterday", encoding="utf-8")
        (run / "notes").mkdir()
        (run / "notes" / "june.txt").write_text("mine too", encoding="utf-8")
        paasche.advance(run, market(), LAST)
        assert not (run / "factsheet.html").exists()
        assert (run / "notes" / "june.txt").read_text(encoding="utf-8") == "mine too"
        assert paasche.Result.read(run).state.date == LAST

    def test_a_new_place_is_simply_written(self, tmp_path):
        run_directory.replace_run(small.calculated(), tmp_path / "fresh")
        assert paasche.Result.read(tmp_path / "fresh").state.date == LAST


class TestPlaces:
    """A run directory may be given by a link, or as the working directory."""

    def test_a_link_stays_and_what_it_leads_to_is_replaced(self, run, tmp_path):
        latest = tmp_path / "latest"
        latest.symlink_to("run")
        paasche.advance(latest, market(), LAST)
        assert latest.is_symlink()
        assert paasche.Result.read(run).state.date == LAST
        assert paasche.Result.read(latest).state.date == LAST
        assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "run"]

    def test_a_link_finds_what_a_stopped_replacement_left(self, run, tmp_path):
        (tmp_path / "latest").symlink_to(run)
        run.rename(tmp_path / ".run.earlier")
        assert paasche.Result.read(tmp_path / "latest").state.date == BEFORE

    def test_the_working_directory_is_replaced_and_stays_the_working_directory(
        self, run, monkeypatch
    ):
        monkeypatch.chdir(run)
        assert paasche.Result.read(".").state.date == BEFORE
        paasche.advance(".", market(), LAST)
        assert Path.cwd() == run.resolve()
        assert paasche.Result.read(".").state.date == LAST

    def test_a_working_directory_that_is_gone_is_refused_in_words(self, tmp_path, monkeypatch):
        (tmp_path / "gone").mkdir()
        monkeypatch.chdir(tmp_path / "gone")
        (tmp_path / "gone").rmdir()
        with pytest.raises(errors.MissingDataError, match="change to it again"):
            paasche.Result.read(".")


def test_the_files_of_people_stay_whatever_their_names(run, tmp_path):
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("linked", encoding="utf-8")
    mine = ["run.log", "levels.xlsx", "state.md", "levels"]
    for name in mine:
        (run / name).write_text(name, encoding="utf-8")
    (run / "link").symlink_to(elsewhere)
    paasche.advance(run, market(), LAST)
    assert [(run / name).read_text(encoding="utf-8") for name in mine] == mine
    assert (run / "link").is_symlink()


def test_the_names_of_a_run_directory_are_those_that_are_written(tmp_path):
    """The list is apart from the tables: the command line reads it without polars."""
    tables = {f"{name}.{form}" for name in (*TABLES, "restatement") for form in ("parquet", "csv")}
    assert {*tables, "run.json", "state.json", "factsheet.html"} == RUN_FILES
    assert files(small.calculated().write(tmp_path / "run")).keys() < RUN_FILES


class TestReadMeanwhile:
    """A run that is replaced while it is read is the one before or the one after."""

    def test_it_is_read_once_more(self, run, monkeypatch):
        read = run_directory._read

        def advance_first(file, schema):
            monkeypatch.setattr(run_directory, "_read", read)
            paasche.advance(run, market(), LAST)
            return read(file, schema)

        monkeypatch.setattr(run_directory, "_read", advance_first)
        found = paasche.Result.read(run)
        assert found.state.date == LAST
        assert found.levels["date"].max() == LAST
        assert found.record["content"] == record(run)["content"]

    @pytest.mark.parametrize("name", ["levels.parquet", "state.json"])
    def test_what_never_fits_is_refused_by_its_name(self, run, tmp_path, name):
        other = small.calculated().write(tmp_path / "other")
        (run / name).write_bytes((other / name).read_bytes())
        with pytest.raises(errors.InputError) as refused:
            paasche.Result.read(run)
        assert str(refused.value) == (
            f"{run}: {name} must be as run.json recorded; changed by hand, or the run is being "
            "replaced just now: read it again, or calculate it anew"
        )

    def test_a_run_written_before_the_state_was_recorded_is_read(self, run):
        said = record(run)
        del said["state"]
        (run / "run.json").write_text(json.dumps(said), encoding="utf-8")
        assert paasche.Result.read(run).state.date == BEFORE
