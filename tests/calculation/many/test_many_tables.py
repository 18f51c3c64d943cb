"""Which tables a run of many indices keeps."""

from __future__ import annotations

import re

import pytest

import paasche as px
from calculation.many import many_indices as many

RULES = many.indices(["A", "B", "C"])


@pytest.fixture(scope="module", name="market")
def _market():
    return many.market()


@pytest.mark.parametrize("tables", [["levels"], ["divisors", "levels"], many.TABLES])
def test_tables_that_are_kept_are_those_of_a_whole_run(market, tmp_path, tables):
    whole = px.calculate_many(RULES, market)
    for out in (None, tmp_path / "run"):
        found = px.calculate_many(RULES, market, out=out, tables=tables, part_size=2)
        assert set(found.tables) == set(tables)
        for name in tables:
            assert getattr(found, name).equals(getattr(whole, name)), name
    assert many.record(tmp_path / "run")["tables"] == list(found.tables)
    folders = {one.name for one in (tmp_path / "run").iterdir() if one.is_dir()}
    assert folders == {"parts", *tables}


def test_a_table_that_was_not_kept_is_refused_by_name(market, tmp_path):
    memory = px.calculate_many(RULES, market, tables=["levels"])
    px.calculate_many(RULES, market, tables=["levels"], out=tmp_path)
    for found in (memory, px.ManyResult.read(tmp_path)):
        with pytest.raises(px.MissingDataError) as error:
            _ = found.events
        assert str(error.value) == (
            "events: must be among the tables that the run kept, levels; calculate it with the "
            "table events, or with all"
        )


def test_one_index_of_a_run_needs_all_tables(market, tmp_path):
    px.calculate_many(RULES, market, tables=["levels", "events"], out=tmp_path)
    with pytest.raises(px.MissingDataError) as error:
        px.Result.read(tmp_path, index="A")
    assert str(error.value) == (
        f"{tmp_path}: must keep all tables for the result of one index; it has no constituents, "
        "divisors, securities: calculate it with all tables, or read ManyResult"
    )


def test_other_tables_are_a_changed_input(market, tmp_path):
    px.calculate_many(RULES, market, out=tmp_path, part_size=2)
    lean = px.calculate_many(RULES, market, out=tmp_path, part_size=2, tables=["levels"])
    assert lean.kept == 0
    assert lean.redone == ("parts 0 to 1 are calculated again: the tables that are kept changed",)
    assert not list((tmp_path / "events").glob("*"))
    same = px.calculate_many(RULES, market, out=tmp_path, part_size=2, tables=["levels"])
    assert same.kept == len(RULES)
    whole = px.calculate_many(RULES, market, out=tmp_path, part_size=2)
    assert whole.kept == 0
    assert whole.events.equals(px.calculate_many(RULES, market).events)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (["levels", "level"], "tables = level: must be of levels, constituents, divisors,"),
        (["events"], "tables = events: must have levels among them; add it"),
        ([], "tables = none: must have levels among them; add it"),
    ],
)
def test_unknown_tables_and_runs_without_levels_are_refused(market, tables, message):
    with pytest.raises(px.InputError, match=re.escape(message)):
        px.calculate_many(RULES, market, tables=tables)
