"""A run that was stopped goes on: complete parts stay, changed inputs are noticed."""

from __future__ import annotations

import polars as pl
import pytest

import paasche as px
from calculation import small_markets as small
from calculation.many import many_indices as many


@pytest.fixture(scope="module", name="market")
def _market():
    return many.market()


@pytest.fixture(scope="module", name="whole")
def _whole(market, tmp_path_factory):
    """Content of the run that nobody stopped."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    px.calculate_many(many.indices(), market, out=out, part_size=2)
    return many.content(out)


def stop_after(count):
    def stop(progress):
        if progress.done == count:
            raise KeyboardInterrupt

    return stop


@pytest.mark.parametrize(("done", "kept"), [(1, 0), (2, 0), (3, 2), (5, 4), (7, 6)])
def test_a_stopped_run_goes_on_from_its_complete_parts(market, whole, tmp_path, done, kept):
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        px.calculate_many(many.indices(), market, out=out, part_size=2, progress=stop_after(done))
    with pytest.raises(px.MissingDataError, match="must be a run that has finished"):
        px.ManyResult.read(out)
    before, again = many.times(out), []
    result = px.calculate_many(many.indices(), market, out=out, part_size=2, progress=again.append)
    assert result.kept == kept
    assert (again[0].done, len(again)) == (kept, 1 + len(many.CODES) - kept)
    assert result.redone == ()
    assert {name: many.times(out)[name] for name in before} == before
    assert many.content(out) == whole


@pytest.mark.parametrize("written", range(5))
def test_a_part_cut_short_in_its_commit_is_no_part(market, whole, tmp_path, monkeypatch, written):
    out, count = tmp_path / "run", 0
    write = pl.DataFrame.write_parquet

    def die(table, file, **options):
        nonlocal count
        if count == 5 + written:  # in the second part
            raise KeyboardInterrupt
        count += 1
        write(table, file, **options)

    monkeypatch.setattr(pl.DataFrame, "write_parquet", die)
    with pytest.raises(KeyboardInterrupt):
        px.calculate_many(many.indices(), market, out=out, part_size=2)
    monkeypatch.undo()
    assert px.calculate_many(many.indices(), market, out=out, part_size=2).kept == 2
    assert many.content(out) == whole


def test_what_a_killed_run_left_half_written_is_removed(market, whole, tmp_path):
    out = tmp_path / "run"
    px.calculate_many(many.indices(), market, out=out, part_size=2)
    left = [out / "levels" / ".part-00001.parquet-x", out / "parts" / ".00001.json-x"]
    left.append(out / ".run.json-x")
    for file in left:
        file.write_text("half")
    px.calculate_many(many.indices(), market, out=out, part_size=2)
    assert not any(file.exists() for file in left)
    assert many.content(out) == whole


def test_a_finished_run_is_kept_whole(market, whole, tmp_path):
    out = tmp_path / "run"
    px.calculate_many(many.indices(), market, out=out, part_size=2)
    before = many.times(out)
    result = px.calculate_many(many.indices(), market, out=out, part_size=2)
    assert (result.kept, result.redone) == (7, ())
    assert many.times(out) == before
    assert many.content(out) == whole


def test_a_file_cut_short_is_calculated_again(market, whole, tmp_path):
    out = tmp_path / "run"
    px.calculate_many(many.indices(), market, out=out, part_size=2)
    file = out / "events" / "part-00001.parquet"
    file.write_bytes(file.read_bytes()[:-1])
    assert px.calculate_many(many.indices(), market, out=out, part_size=2).kept == 5
    assert many.content(out) == whole


def prices():
    """The prices with the last close of the second name a cent higher."""
    table = small.tables()["prices"]
    close = table["close"].to_list()
    return table.with_columns(close=pl.Series([*close[:-1], close[-1] + 0.01]))


CHANGED = {
    "a table": (many.indices(), {"prices": prices()}, {}, "prices of the market changed"),
    "a new table": (
        many.indices(),
        {"corporate_actions": small.actions()},
        {},
        "corporate_actions of the market changed",
    ),
    "the span": (many.indices(), {}, {"end": small.SESSIONS[5]}, "the last day changed"),
    "strict": (many.indices(), {}, {"strict": True}, "the option strict changed"),
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_changed_input_of_all_is_noticed_and_nothing_old_is_mixed_in(market, tmp_path, what):
    rules, others, options, why = CHANGED[what]
    out = tmp_path / "run"
    px.calculate_many(many.indices(), market, out=out, part_size=2)
    changed = many.market(**others)
    result = px.calculate_many(rules, changed, out=out, part_size=2, **options)
    assert result.kept == 0
    assert result.redone == (f"parts 0 to 3 are calculated again: {why}",)
    fresh = tmp_path / "fresh"
    px.calculate_many(rules, changed, out=fresh, part_size=2, **options)
    assert many.content(out) == many.content(fresh)


def test_another_version_of_the_package_is_noticed(market, tmp_path, monkeypatch):
    px.calculate_many(many.indices(), market, out=tmp_path)
    monkeypatch.setattr("paasche.calculation.many.inputs.__version__", "99.0")
    result = px.calculate_many(many.indices(), market, out=tmp_path)
    assert result.redone == ("part 0 is calculated again: the version of paasche changed",)
    assert result.kept == 0


def test_a_changed_methodology_redoes_its_index_alone(market, tmp_path):
    out, seen = tmp_path / "run", []
    px.calculate_many(many.indices(), market, out=out, part_size=3)
    rules = many.indices()
    rules[4] = many.index("I4", index={"base_level": 500.0})
    result = px.calculate_many(rules, market, out=out, part_size=3, progress=seen.append)
    assert result.redone == ("part 1 is calculated again: the methodology of I4 changed",)
    assert result.kept == len(seen) + 4 == 6
    fresh = px.calculate_many(rules, market, out=tmp_path / "fresh", part_size=3)
    assert many.content(out) == many.content(tmp_path / "fresh")
    assert fresh.levels.filter(index="I4")["level"][0] == 500.0


def test_indices_that_join_and_leave_change_the_parts(market, tmp_path):
    out = tmp_path / "run"
    px.calculate_many(many.indices(), market, out=out, part_size=2)
    rules = many.indices(["I0", "I00", "I6"])
    result = px.calculate_many(rules, market, out=out, part_size=2)
    assert result.redone == (
        "part 0 is calculated again: I00 joined, I1 left",
        "part 1 is calculated again: I6 joined, I2, I3 left",
    )
    assert len(many.times(out)) == len(list((out / "levels").iterdir())) == 2
    px.calculate_many(rules, market, out=tmp_path / "fresh", part_size=2)
    assert many.content(out) == many.content(tmp_path / "fresh")


def test_a_failed_index_is_tried_again_and_the_others_of_its_part_stay(market, tmp_path):
    out, seen = tmp_path / "run", []
    px.calculate_many([*many.indices(), many.failing()], market, out=out)
    again = px.calculate_many(
        [*many.indices(), many.failing()], market, out=out, progress=seen.append
    )
    assert again.redone == ("part 0 is calculated again: BAD failed",)
    assert (again.kept, len(seen), list(again.failures)) == (7, 2, ["BAD"])
    mended = px.calculate_many([*many.indices(), many.index("BAD")], market, out=out)
    assert (mended.kept, mended.failures) == (7, {})
    fresh = px.calculate_many([*many.indices(), many.index("BAD")], market)
    for name, table in many.tables(mended).items():
        assert table.equals(getattr(fresh, name)), name
