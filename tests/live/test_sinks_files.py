"""Publications in Parquet, CSV and JSON lines: in one layout, whole, and each once."""

import datetime as dt
import errno
import json
import re

import numpy as np
import polars as pl
import pytest

from live.boards import DATE, NEXT_DATE, board, publication, publish
from paasche.errors import InputError
from paasche.levels import round_level
from paasche.live.sinks import Rows, open_sink
from paasche.live.sinks.parquet import ParquetSink


def expected(*sequences, date=DATE):
    return pl.concat([Rows(board(date)).of(publication(sequence)) for sequence in sequences])


def read(kind, place):
    """Return what a sink has written as it wrote it."""
    if kind == "parquet":
        return pl.read_parquet(place / "**/*.parquet").sort("date", "sequence", maintain_order=True)
    rows = pl.read_csv(place) if kind == "csv" else pl.read_ndjson(place)
    moment = pl.col("calculated", "published").str.to_datetime("%+", time_unit="us")
    return rows.with_columns(pl.col("date").str.to_date(), moment.dt.convert_time_zone("UTC"))


def test_a_row_says_level_quality_and_moments():
    row = expected(1).row(2, named=True)
    assert row == {
        "date": DATE,
        "sequence": 1,
        "calculated": dt.datetime(2024, 6, 14, 1, 30, 5, tzinfo=dt.UTC),
        "published": dt.datetime(2024, 6, 14, 1, 30, 5, 1000, tzinfo=dt.UTC),
        "is_close": False,
        "index": "B300",
        "variant": "price",
        "currency": "HKD",
        "level": 3001.1234,
        "level_unrounded": 3001.123449,
        "traded": 1.0,
        "stale": 0.0,
        "frozen": 0.125,
    }
    assert expected(999)["is_close"].all()


def test_levels_are_rounded_as_anywhere_else():
    rows = expected(1, 2, 3)
    assert rows["level"].to_list() == [round_level(one) for one in rows["level_unrounded"]]
    assert rows["level"][0] == 1001.0001


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_what_is_published_is_what_is_read(tmp_path, kind):
    place = tmp_path / "new" / "levels"
    sink = open_sink(f"{kind}:{place}")
    assert sink.name == f"{kind}:{place}"
    assert publish(sink, 1, 5) == 0
    sink.close()
    assert read(kind, place).equals(expected(1, 2, 3, 4, 5))


def contents(place):
    if place.is_file():
        return place.read_bytes()
    return [(path.name, path.read_bytes()) for path in sorted(place.rglob("*.parquet"))]


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_a_sink_that_is_opened_again_goes_on_where_it_ended(tmp_path, kind):
    once, twice = tmp_path / "once", tmp_path / "twice"
    for place, ends in ((once, [250]), (twice, [0, 3, 130, 240, 250])):
        for end in ends:
            sink = open_sink(f"{kind}:{place}")
            publish(sink, 1, end)
            sink.close()
    assert read(kind, twice).equals(expected(*range(1, 251)))
    assert contents(once) == contents(twice)


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_days_follow_one_another(tmp_path, kind):
    place = tmp_path / "levels"
    for date in (DATE, NEXT_DATE):
        sink = open_sink(f"{kind}:{place}")
        assert publish(sink, 1, 4, date=date) == 0
        sink.close()
    assert read(kind, place).equals(
        pl.concat([expected(1, 2, 3, 4), expected(1, 2, 3, 4, date=NEXT_DATE)])
    )
    sink = open_sink(f"{kind}:{place}")
    assert sink.open(board(NEXT_DATE)) == (0 if kind == "parquet" else 4)
    sink.close()


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_whatever_byte_a_file_is_torn_at_it_is_mended(tmp_path, kind):
    place = tmp_path / "levels"
    sink = open_sink(f"{kind}:{place}")
    publish(sink, 1, 4)
    sink.close()
    whole = place.read_bytes()
    lines = whole.splitlines(keepends=True)
    header = len(lines[0]) if kind == "csv" else 0
    size = sum(map(len, lines[-3:]))
    ends = [sum(map(len, lines[:count])) for count in range(len(lines) - 4, len(lines))]
    around = {end + one for end in ends for one in (-1, 0, 1)}
    for end in sorted({*around, *range(0, len(whole) - size, 131), *range(0, size, 61)}):
        place.write_bytes(whole[:end])
        sink = open_sink(f"{kind}:{place}")
        kept = publish(sink, 1, 4)
        sink.close()
        assert place.read_bytes() == whole
        assert kept == (max(0, end - header) // ((len(whole) - header) // 4))


def test_a_last_publication_longer_than_a_look_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("paasche.live.sinks.lines._LOOK", 64)
    place = tmp_path / "levels.csv"
    for end in (3, 5, 9):
        sink = open_sink(f"csv:{place}")
        publish(sink, 1, end)
        sink.close()
    assert read("csv", place).equals(expected(*range(1, 10)))


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("csv", "a,b\n1,2\n", "its first line is not the header"),
        ("csv", None, "it ends with other levels"),
        ("jsonl", None, "it ends with other levels"),
        ("jsonl", '{"a": 1}\n', "it has lines that are none"),
        ("jsonl", "no\n", "must be a file of publications"),
    ],
)
def test_a_file_of_something_else_is_left_alone(tmp_path, kind, text, reason):
    place = tmp_path / "levels"
    if text is None:
        sink = open_sink(f"{kind}:{place}")
        publish(sink, 1, 2)
        sink.close()
        text = place.read_text().replace("B300", "C500")
    place.write_text(text)
    with pytest.raises(InputError, match=f"publish = {kind}:.*{reason}.*give another file"):
        open_sink(f"{kind}:{place}").open(board())
    assert place.read_text() == text


class FullDisk:
    """A file on a disk that is full after so many bytes."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, text):
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self.file.write(bytes(text[: self.room]))
        self.room -= written
        return written

    def __getattr__(self, name):
        return getattr(self.file, name)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_on_a_full_disk_nothing_half_stays_and_the_same_is_taken_later(tmp_path, kind):
    place = tmp_path / "levels"
    sink = open_sink(f"{kind}:{place}")
    publish(sink, 1, 2)
    before = place.read_bytes()
    file, sink._file = sink._file, FullDisk(sink._file, 100)
    with pytest.raises(OSError, match="No space left"):
        sink.publish(publication(3))
    assert place.read_bytes() == before
    sink._file = file
    sink.publish(publication(3))
    sink.close()
    assert read(kind, place).equals(expected(1, 2, 3))


def test_standard_output_keeps_nothing(capfdbinary):
    for _ in range(2):
        sink = open_sink("jsonl:-")
        assert publish(sink, 1, 2) == 0
        sink.close()
    lines = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [line["sequence"] for line in lines] == [1, 1, 1, 2, 2, 2] * 2
    assert lines[0]["calculated"] == "2024-06-14T01:30:05+00:00"
    assert lines[0]["level"] == 1001.0001


def test_parts_hold_a_fixed_number_of_publications_and_are_there_when_they_are_full(tmp_path):
    sink = ParquetSink(str(tmp_path), publications=10)
    publish(sink, 1, 25)
    folder = tmp_path / "2024-06-14"
    assert [path.name for path in sorted(folder.iterdir())] == [
        "part-00001.parquet",
        "part-00002.parquet",
    ]
    sink.close()
    heights = [len(pl.read_parquet(path)) for path in sorted(folder.iterdir())]
    assert heights == [30, 30, 15]


def test_a_part_that_was_not_full_at_a_kill_is_built_again(tmp_path):
    killed = ParquetSink(str(tmp_path / "killed"), publications=10)
    publish(killed, 1, 27)  # and never closed
    draft = tmp_path / "killed" / "2024-06-14" / "part-00003.parquet.draft"
    draft.write_bytes(b"half of it")
    again = ParquetSink(str(tmp_path / "killed"), publications=10)
    assert publish(again, 1, 30) == 20
    again.close()
    once = ParquetSink(str(tmp_path / "once"), publications=10)
    publish(once, 1, 30)
    once.close()
    assert contents(tmp_path / "killed") == contents(tmp_path / "once")
    assert not draft.exists()


def test_a_part_that_cannot_be_written_is_written_with_the_same_publication_later(
    tmp_path, monkeypatch
):
    sink = ParquetSink(str(tmp_path), publications=3)
    publish(sink, 1, 2)

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        for _ in range(2):
            with pytest.raises(OSError, match="No space left"):
                sink.publish(publication(3))
    sink.publish(publication(3))
    sink.publish(publication(4))
    sink.close()
    assert read("parquet", tmp_path).equals(expected(1, 2, 3, 4))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder: (folder / "part-00001.parquet").unlink(), "it begins with 11"),
        (lambda folder: (folder / "part-00002.parquet").write_bytes(b"no"), "must be a part"),
        (
            lambda folder: (
                expected(11)
                .with_columns(index=pl.lit("C500"))
                .write_parquet(folder / "part-00002.parquet")
            ),
            "it holds other levels",
        ),
    ],
)
def test_a_folder_of_something_else_is_refused(tmp_path, spoil, reason):
    sink = ParquetSink(str(tmp_path), publications=10)
    publish(sink, 1, 20)
    sink.close()
    spoil(tmp_path / "2024-06-14")
    with pytest.raises(InputError, match=f"publish = parquet:.*{reason}.*give another folder"):
        ParquetSink(str(tmp_path), publications=10).open(board())


@pytest.mark.parametrize(
    "wrong", ["levels.csv", "csv:", "xls:levels", "ws:8765", "http://localhost:1", "parquet"]
)
def test_what_is_no_sink_is_refused(wrong):
    with pytest.raises(InputError, match=re.escape(f"publish = {wrong}: must be parquet:DIR, ")):
        open_sink(wrong)


def test_a_sink_is_a_sink():
    sink = open_sink("jsonl:-")
    assert open_sink(sink) is sink
    with pytest.raises(InputError, match="publish = int: must be a text, or have a method publish"):
        open_sink(5)


def test_many_levels_are_written_at_once(tmp_path):
    sink = open_sink(f"csv:{tmp_path / 'levels.csv'}")
    sink.open(board(copies=2000))
    sink.publish(publication(1, copies=2000))
    sink.close()
    assert np.isfinite(read("csv", tmp_path / "levels.csv")["level"].to_numpy()).all()
