"""A run of many indices on disk: its layout, reading it back, and what is refused."""

from __future__ import annotations

import re

import polars as pl
import pytest

import paasche as px
from calculation import small_markets as small
from calculation.many import many_indices as many


@pytest.fixture(scope="module", name="market")
def _market():
    return many.market()


@pytest.fixture(scope="module", name="out")
def _out(market, tmp_path_factory):
    """Seven indices and a failing one, in parts of three."""
    out = tmp_path_factory.mktemp("runs") / "many"
    px.calculate_many([*many.indices(), many.failing()], market, out=out, part_size=3)
    return out


def test_each_table_is_in_parts(out):
    found = {str(file.relative_to(out)) for file in out.rglob("*") if file.is_file()}
    expected = {f"{name}/part-{n:05}.parquet" for name in many.TABLES for n in range(3)}
    expected |= {f"parts/{n:05}.json" for n in range(3)} | {"run.json"}
    assert found - {".lock"} == expected


def test_what_is_read_is_what_was_calculated(out, market):
    memory = px.calculate_many([*many.indices(), many.failing()], market)
    read = px.ManyResult.read(out)
    for name, table in many.tables(read).items():
        assert table.equals(getattr(memory, name)), name
    assert read.indices == memory.indices
    assert {c: (type(e), str(e)) for c, e in read.failures.items()} == {
        c: (type(e), str(e)) for c, e in memory.failures.items()
    }


def test_run_json_says_what_it_was_calculated_from(out, market):
    said = many.record(out)
    assert said["market"]["fingerprints"] == market.fingerprints()
    assert said["indices"] == 8
    assert [part["indices"] for part in said["parts"]] == [
        ["BAD", "I0", "I1"],
        ["I2", "I3", "I4"],
        ["I5", "I6"],
    ]
    assert said["failures"]["BAD"]["error"] == "MissingDataError"


def test_one_index_is_read_as_a_result(out, market):
    one, alone = px.Result.read(out, index="I4"), px.calculate(many.index("I4"), market)
    for name in many.TABLES:
        assert getattr(one, name).equals(getattr(alone, name)), name
    assert one.methodology == alone.methodology
    assert repr(one) == repr(alone)
    day = small.SESSIONS[3]
    assert one.explain(day, market=market).constituents.equals(alone.explain(day).constituents)


def test_one_index_says_where_a_state_is_needed(out, tmp_path):
    one = px.Result.read(out, index="I4")
    with pytest.raises(px.MissingDataError, match="state of I4: must come from a run of this inde"):
        one.write(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_failed_index_is_read_as_its_error(out):
    with pytest.raises(px.MissingDataError, match="constituents index = BAD"):
        px.Result.read(out, index="BAD")


def test_an_index_that_the_run_does_not_have_is_refused(out):
    with pytest.raises(px.InputError, match="index = X: must be one of the 8 indices"):
        px.Result.read(out, index="X")


def test_a_run_of_many_is_no_run_of_one(out):
    with pytest.raises(px.InputError, match=r"must be the run of one index; it holds many"):
        px.Result.read(out)


def test_a_run_of_one_is_no_run_of_many(market, tmp_path):
    run = px.calculate(many.index("A"), market).write(tmp_path / "run")
    with pytest.raises(px.InputError, match="must be that of a run of many indices"):
        px.ManyResult.read(run)
    before = {file.name: file.read_bytes() for file in run.iterdir()}
    with pytest.raises(px.InputError, match=f"^{re.escape(f'out = {run}')}: must be a folder that"):
        px.calculate_many(many.indices(), market, out=run)
    assert {file.name: file.read_bytes() for file in run.iterdir()} == before


def test_a_folder_that_holds_something_else_is_refused(market, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(px.InputError, match="must be a folder that is new, empty, or an earlier"):
        px.calculate_many(many.indices(), market, out=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_is_no_folder(market, tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(px.InputError, match="must be a folder; it is a file"):
        px.calculate_many(many.indices(), market, out=tmp_path / "out")


def test_an_empty_folder_is_taken(market, tmp_path):
    px.calculate_many(many.indices(["A"]), market, out=tmp_path)
    assert px.ManyResult.read(tmp_path).indices == ("A",)


def test_a_folder_that_another_calculation_writes_to_is_refused(market, tmp_path):
    pytest.importorskip("fcntl", reason="the system has no locks of this kind")

    def again(_):
        with pytest.raises(px.InputError, match="must be free; another calculation writes there"):
            px.calculate_many(many.indices(["A"]), market, out=tmp_path)

    px.calculate_many(many.indices(["A"]), market, out=tmp_path, progress=again)


def test_a_table_changed_by_hand_is_refused(market, tmp_path):
    px.calculate_many(many.indices(["A"]), market, out=tmp_path)
    file = tmp_path / "levels" / "part-00000.parquet"
    pl.read_parquet(file).with_columns(pl.col("level") * 2).write_parquet(file)
    with pytest.raises(px.InputError, match=r"part-00000\.parquet: must be as its part recorded"):
        _ = px.ManyResult.read(tmp_path).levels
