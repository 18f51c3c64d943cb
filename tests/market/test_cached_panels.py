"""Panels in the cache: the bytes of a reading, built once, never used when they are not whole."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paasche.errors import InputError
from paasche.market import blocks, cached
from paasche.market.cached import cached_panels
from paasche.market.panels import read_panels

COLUMNS = ["close", "shares"]


def rows_of(year, securities, days=5):
    """Return rows of some days of a year; each figure names its place, one in seven is empty."""
    dates = [date(year, 1, 2) + timedelta(days=at) for at in range(days)]
    frame = pl.DataFrame({"date": dates}).join(pl.DataFrame({"security": securities}), how="cross")
    at = pl.int_range(pl.len())
    return frame.with_columns(
        close=pl.when(at % 7 == 3).then(None).otherwise(year + at / 16),
        shares=pl.when(at % 5 == 4).then(None).otherwise(at),
    )


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def closes(tmp_path):
    path = tmp_path / "closes.parquet"
    rows_of(2023, ["A", "B", "C"]).write_parquet(path)
    return path


@pytest.fixture
def built(monkeypatch):
    """Return the names of the files that were laid out, in their order."""
    names = []
    lay = cached.laid_out

    def noted(file, *rest):
        names.append(file.place.name)
        return lay(file, *rest)

    monkeypatch.setattr(cached, "laid_out", noted)
    return names


def same(found, expected):
    assert found.days.tolist() == expected.days.tolist()
    assert found.securities == expected.securities
    assert list(found.values) == list(expected.values)
    for name, panel in expected.values.items():
        assert found.values[name].tobytes() == panel.tobytes()


def blocks_in(cache):
    return sorted((cache / "panels").iterdir())


@pytest.fixture
def hectic():
    """Let threads take turns far more often than they do."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


def files_in(cache):
    """Return which file stands behind each name of the one block."""
    (place,) = blocks_in(cache)
    states = {file.name: file.stat() for file in place.iterdir()}
    return {name: (state.st_ino, state.st_mtime_ns) for name, state in states.items()}


@pytest.mark.parametrize("form", ["parquet", "csv"])
@pytest.mark.parametrize("memory", [None, 1, 700, 1 << 20])
def test_a_cached_panel_has_the_bytes_of_one_that_is_read(tmp_path, cache, form, memory):
    path = tmp_path / f"closes.{form}"
    rows = rows_of(2023, ["B", "A", "Ç, the third"], days=9).sample(
        fraction=1, shuffle=True, seed=3
    )
    getattr(rows, f"write_{form}")(path)
    expected = read_panels(path, COLUMNS)
    for _ in range(2):
        same(cached_panels(path, COLUMNS, memory=memory, cache=cache), expected)


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from("ABCDE"), st.floats(0.01, 1e6) | st.none()),
        unique_by=lambda row: row[:2],
    ),
    memory=st.integers(1, 20_000),
    form=st.sampled_from(["parquet", "csv"]),
)
def test_every_budget_and_order_of_rows_gives_the_same_panel(tmp_path_factory, rows, memory, form):
    folder = tmp_path_factory.mktemp("cached")
    days = [date(2024, 1, 1 + day) for day, _, _ in rows]
    closes = pl.Series([row[2] for row in rows], dtype=pl.Float64)
    table = {"date": days, "security": [row[1] for row in rows], "close": closes}
    frame = pl.DataFrame(table, schema_overrides={"date": pl.Date, "security": pl.String})
    getattr(frame, f"write_{form}")(folder / f"rows.{form}")
    found = cached_panels(folder / f"rows.{form}", ["close"], memory=memory, cache=folder / "cache")
    same(found, read_panels(folder / f"rows.{form}", ["close"]))


def test_values_of_the_cache_are_mapped_and_cannot_be_written(closes, cache):
    panel = cached_panels(closes, COLUMNS, cache=cache).values["close"]
    assert isinstance(panel, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        panel[0, 0] = 1.0


def test_a_file_is_laid_out_once_whatever_its_name(closes, cache, built):
    cached_panels(closes, COLUMNS, cache=cache)
    cached_panels(closes, COLUMNS, cache=cache)
    cached_panels(closes.rename(closes.with_name("moved.parquet")), COLUMNS, cache=cache)
    assert built == ["closes.parquet"]


def test_a_file_with_other_content_is_laid_out_again(closes, cache, built):
    cached_panels(closes, COLUMNS, cache=cache)
    state = closes.stat()
    rows_of(2023, ["A", "B", "D"]).write_parquet(closes)
    os.utime(closes, ns=(state.st_atime_ns, state.st_mtime_ns))
    same(cached_panels(closes, COLUMNS, cache=cache), read_panels(closes, COLUMNS))
    assert built == ["closes.parquet"] * 2


def test_other_columns_are_other_panels(closes, cache, built):
    cached_panels(closes, ["close"], cache=cache)
    assert list(cached_panels(closes, ["shares"], cache=cache).values) == ["shares"]
    assert len(built) == 2


def cut(place, name, size):
    os.truncate(place / name, size)


def forge(place, **change):
    path = place / "header.json"
    header = blocks.json.loads(path.read_text("utf-8"))
    path.write_text(blocks.json.dumps({**header, **change}), "utf-8")


def another_layout(place):
    path = place / "header.json"
    header = {**blocks.json.loads(path.read_text("utf-8")), "layout": blocks.LAYOUT + 1}
    header.pop("hash")
    path.write_text(blocks.json.dumps({**header, "hash": blocks._hash(header)}), "utf-8")


HARM = {
    "a column cut by a byte": lambda place: cut(
        place, "0.f64", (place / "0.f64").stat().st_size - 1
    ),
    "an empty column": lambda place: cut(place, "1.f64", 0),
    "a column a byte too long": lambda place: cut(place, "0.f64", 5 * 3 * 8 + 1),
    "a column that is gone": lambda place: (place / "1.f64").unlink(),
    "rows cut short": lambda place: cut(place, "rows.bits", 1),
    "a header cut short": lambda place: cut(place, "header.json", 20),
    "no header": lambda place: (place / "header.json").unlink(),
    "another header": lambda place: forge(place, securities=["A", "B", "X"]),
    "another hash": lambda place: forge(place, hash="0"),
    "another layout": another_layout,
    "a header that is a list": lambda place: (place / "header.json").write_text("[]", "utf-8"),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_block_that_is_not_whole_is_built_again(closes, cache, built, harm):
    cached_panels(closes, COLUMNS, cache=cache)
    (place,) = blocks_in(cache)
    HARM[harm](place)
    same(cached_panels(closes, COLUMNS, cache=cache), read_panels(closes, COLUMNS))
    assert built == ["closes.parquet"] * 2
    assert blocks_in(cache) == [place]


def test_of_several_files_the_changed_one_alone_is_laid_out_again(tmp_path, cache, built):
    paths = [tmp_path / f"{year}.parquet" for year in (2022, 2023, 2024)]
    for year, path in zip((2022, 2023, 2024), paths, strict=True):
        rows_of(year, ["A", "B", f"only {year}"]).write_parquet(path)
    cached_panels(paths, COLUMNS, cache=cache)
    changed = rows_of(2024, ["A", "B", "C"])
    changed.write_parquet(paths[2])
    found = cached_panels(paths, COLUMNS, cache=cache)
    assert built == ["2022.parquet", "2023.parquet", "2024.parquet", "2024.parquet"]
    one = tmp_path / "one.parquet"
    pl.concat(pl.read_parquet(path) for path in paths).write_parquet(one)
    same(found, read_panels(one, COLUMNS))


@pytest.mark.parametrize("memory", [None, 1, 2000])
def test_files_that_share_days_are_laid_beside_each_other(tmp_path, cache, memory):
    whole = rows_of(2024, list("ABCDEFGHIJ"), days=12)
    one, two, together = (tmp_path / f"{name}.parquet" for name in ("one", "two", "together"))
    evens = pl.col("security").is_in(list("ACEGI"))
    whole.filter(evens).write_parquet(one)
    whole.filter(~evens).write_parquet(two)
    whole.write_parquet(together)
    expected = read_panels(together, COLUMNS)
    same(cached_panels([one, two], COLUMNS, memory=memory, cache=cache), expected)
    same(cached_panels([two, one], COLUMNS, memory=memory, cache=cache), expected)


@pytest.mark.parametrize("memory", [None, 1])
def test_a_row_that_two_files_have_is_named_even_without_a_value(tmp_path, cache, memory):
    one, two = tmp_path / "one.parquet", tmp_path / "two.csv"
    rows_of(2024, ["A", "B"]).write_parquet(one)
    again = {"date": date(2024, 1, 4), "security": "B", "close": None, "shares": 7}
    kinds = {"close": pl.Float64}
    pl.DataFrame([again, {**again, "security": "C"}], schema_overrides=kinds).write_csv(two)
    message = r"two.csv: B on 2024-01-04 must stand once, .*one.parquet has it too; remove"
    with pytest.raises(InputError, match=message):
        cached_panels([one, two], COLUMNS, memory=memory, cache=cache)


DEFECTS = {
    "a row twice": lambda rows: pl.concat([rows, rows[4:5], rows[2:3]]),
    "no date": lambda rows: rows.with_columns(date=pl.col("date").replace(date(2023, 1, 4), None)),
    "no security": lambda rows: rows.with_columns(security=pl.col("security").replace("C", None)),
    "neither": lambda rows: pl.concat([rows, rows.clear(1)]),
    "no such column": lambda rows: rows.drop("shares"),
}


@pytest.mark.parametrize("memory", [None, 1, 900])
@pytest.mark.parametrize("form", ["parquet", "csv"])
@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_told_as_reading_tells_it_and_nothing_is_kept(
    tmp_path, cache, defect, form, memory
):
    path = tmp_path / f"closes.{form}"
    getattr(DEFECTS[defect](rows_of(2023, ["A", "B", "C"])), f"write_{form}")(path)
    with pytest.raises(InputError) as expected:
        read_panels(path, COLUMNS)
    with pytest.raises(InputError) as found:
        cached_panels(path, COLUMNS, memory=memory, cache=cache)
    assert str(found.value) == str(expected.value)
    assert not (cache / "panels").exists() or blocks_in(cache) == []


def test_a_file_that_changes_while_it_is_read_is_refused(closes, cache, monkeypatch):
    lay = cached.laid_out

    def meanwhile(file, *rest):
        found = lay(file, *rest)
        rows_of(2023, ["A"]).write_parquet(file.place)
        return found

    monkeypatch.setattr(cached, "laid_out", meanwhile)
    with pytest.raises(InputError, match="must stay as it is while it is read"):
        cached_panels(closes, COLUMNS, cache=cache)
    assert blocks_in(cache) == []


@pytest.mark.usefixtures("hectic")
@pytest.mark.parametrize("harm", [None, "a column that is gone", "no header"])
def test_writers_at_the_same_time_leave_one_whole_block(closes, cache, harm):
    expected = read_panels(closes, COLUMNS)
    for _ in range(5):
        if harm:
            cached_panels(closes, COLUMNS, cache=cache)
            HARM[harm](*blocks_in(cache))
        with ThreadPoolExecutor(8) as pool:
            tasks = [pool.submit(cached_panels, closes, COLUMNS, cache=cache) for _ in range(16)]
            for task in tasks:
                same(task.result(), expected)
        assert len(blocks_in(cache)) == 1


@pytest.mark.parametrize("harm", [None, *HARM])
def test_a_writer_who_comes_second_leaves_the_block_of_the_first(closes, cache, monkeypatch, harm):
    if harm:
        cached_panels(closes, COLUMNS, cache=cache)
        HARM[harm](*blocks_in(cache))
    lay = cached.laid_out

    def after_another(*given):
        monkeypatch.setattr(cached, "laid_out", lay)
        cached_panels(closes, COLUMNS, cache=cache)
        first.update(files_in(cache))
        return lay(*given)

    first = {}
    monkeypatch.setattr(cached, "laid_out", after_another)
    same(cached_panels(closes, COLUMNS, cache=cache), read_panels(closes, COLUMNS))
    assert files_in(cache) == first
    assert len(first) == 4


def test_a_file_without_rows_is_an_empty_panel(tmp_path, cache):
    path = tmp_path / "none.csv"
    path.write_text("date,security,close\n", "utf-8")
    found = cached_panels(path, ["close"], cache=cache)
    assert (found.securities, found.values["close"].shape) == ([], (0, 0))


def test_the_cache_lies_where_the_environment_says(closes, tmp_path, monkeypatch):
    monkeypatch.delenv("PAASCHE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "shared"))
    cached_panels(closes, COLUMNS)
    assert len(blocks_in(tmp_path / "shared" / "paasche")) == 1
    monkeypatch.setenv("PAASCHE_CACHE", str(tmp_path / "own"))
    cached_panels(closes, COLUMNS)
    assert len(blocks_in(tmp_path / "own")) == 1
    monkeypatch.delenv("PAASCHE_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    cached_panels(closes, COLUMNS)
    assert len(blocks_in(tmp_path / "home" / ".cache" / "paasche")) == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"files": []}, "files = .*: must name at least one file"),
        ({"memory": 0}, "memory = 0: must be at least 1 byte"),
        ({"cache": "/dev/null/x"}, "cache = .*: must be a place that can be written"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(closes, cache, wrong, message):
    given = {"files": closes, "columns": COLUMNS, "cache": cache, **wrong}
    with pytest.raises(InputError, match=message):
        cached_panels(given.pop("files"), given.pop("columns"), **given)


MEASURE = """
import sys
from pathlib import Path
import polars as pl
from paasche.market.cached import cached_panels

def resident(what):
    status = Path("/proc/self/status").read_text("utf-8")
    return int(next(line for line in status.splitlines() if line.startswith(what)).split()[1]) << 10

path, small, cache, memory = sys.argv[1:]
# What the libraries take at their first use is no part of the panels.
cached_panels(small, ["close", "shares"], memory=1 << 20, cache=cache)
start = resident("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
found = cached_panels(path, ["close", "shares"], memory=int(memory), cache=cache)
print(resident("VmHWM") - start, sum(panel.nbytes for panel in found.values.values()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("form", "order"),
    [
        ("parquet", "date"),
        pytest.param("csv", "date", marks=pytest.mark.slow),
        pytest.param("parquet", "security", marks=pytest.mark.slow),
    ],
)
def test_building_stays_under_its_budget(tmp_path, closes, form, order):
    securities = [f"{at:06}.SH" for at in range(2500)]
    path, budget = tmp_path / f"large.{form}", 32 << 20
    rows = rows_of(2000, securities, days=3400).sort(order, maintain_order=True)
    getattr(rows, f"write_{form}")(path)
    command = [sys.executable, "-c", MEASURE, path, closes, tmp_path / "cache", str(budget)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    above, size = map(int, done.stdout.split())
    assert size >= 4 * budget
    assert above <= budget
