"""The source of a run: of its day, and the same one when the run is resumed."""

import polars as pl
import pytest

from live import fakes
from live.fakes import SECOND, SECURITIES, Given, day, live_run, some, write
from paasche.errors import InputError
from paasche.live.running import reading
from paasche.live.sources import open_source

DAY = 86_400 * SECOND


def frame(ticks, shift=0):
    return pl.DataFrame(
        {
            "timestamp": pl.Series(ticks.timestamps + shift).cast(pl.Datetime("us", "UTC")),
            "security": [SECURITIES[at] for at in ticks.securities],
            "price": ticks.prices,
        }
    )


@pytest.fixture(params=["ticks.parquet", "ticks.csv"], name="file")
def _file(request, tmp_path):
    return write(frame(day()), tmp_path / request.param)


@pytest.mark.parametrize(("shift", "date"), [(-DAY, "2024-06-13"), (DAY, "2024-06-15")])
def test_a_file_of_another_day_is_refused_by_name_and_leaves_no_folder(shift, date, file, tmp_path):
    write(frame(day(), shift), file)
    with pytest.raises(InputError) as told:
        live_run(tmp_path / "live", open_source(str(file))).run()
    expected = (
        f"{file}: must have ticks of 2024-06-14; it has none, and its first is of {date}T01:2"
    )
    assert str(told.value).startswith(expected)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_file_of_several_days_gives_its_own(file, tmp_path):
    plain = live_run(tmp_path / "plain", open_source(str(file))).run()
    days = [frame(day(), shift) for shift in (-DAY, 0, DAY)]
    write(pl.concat(days), file)
    status = live_run(tmp_path / "live", open_source(str(file))).run()
    assert status.closed
    assert status.last.levels.tolist() == plain.last.levels.tolist()


def test_days_before_may_come_first_and_are_not_held_without_end(monkeypatch, tmp_path):
    monkeypatch.setattr(reading, "_MOST_HELD", 300)
    old, ticks = day(), day()
    old.timestamps[:] -= DAY
    batches = [some(old, first, first + 100) for first in range(0, 1000, 100)]
    engine = fakes.Engine()
    found = reading.read_first(
        Given(*batches, some(ticks, 0, 100)), engine, live_run(tmp_path, Given())._grid, 1.0
    )
    assert [len(batch.prices) for batch in found] == [100] * 11
    with pytest.raises(InputError, match="source: must have ticks of 2024-06-14; it has none"):
        live_run(tmp_path / "live", Given(*batches[:3])).run()


def stopped(place, file):
    """Begin a run with a file, and stop it in its midst."""
    source = open_source(str(file))
    run = live_run(place, source, speed=600)
    batches = source.batches

    def cut(securities, after, wait):
        for batch in batches(securities, after, wait):
            yield some(batch, 0, 500)
            run.stop()
            yield some(batch, 500, 1000)

    source.batches = cut
    assert not run.run().closed


def test_a_run_is_not_resumed_with_another_file(file, tmp_path):
    place = tmp_path / "live"
    stopped(place, file)
    other = day()
    other.prices[1500] += 0.01
    write(frame(other), file)
    with pytest.raises(InputError, match=r"live\.json: source must be .*, to resume it; it is "):
        live_run(place, open_source(str(file)), resume=True).run()
    write(frame(day()), file)
    moved = file.rename(file.with_name(f"moved{file.suffix}"))
    assert live_run(place, open_source(str(moved)), resume=True).run().closed
    moved.unlink()
    # One that is over reads nothing more.
    write(frame(other), file)
    assert live_run(place, open_source(str(file)), resume=True).run().closed


def test_a_file_that_has_grown_is_read_on(tmp_path):
    file, place = tmp_path / "ticks.csv", tmp_path / "live"
    table = frame(day())
    live_run(tmp_path / "whole", open_source(str(write(table, file)))).run()
    stopped(place, write(table.head(1200), file))
    write(table, file)
    assert live_run(place, open_source(str(file)), resume=True).run().closed
    logs = [(tmp_path / name / "published.log").read_bytes() for name in ("whole", "live")]
    assert logs[0] == logs[1]


def test_a_stream_is_known_by_its_name_and_subject():
    pytest.importorskip("nats", reason="the extra live is not installed")
    mark = open_source("nats://localhost:4222/TICKS?subject=ticks.cn").mark()
    assert mark == {"stream": "TICKS", "subject": "ticks.cn"}
    assert open_source("nats://other:4222/TICKS?subject=ticks.cn").is_marked(mark)
    assert not open_source("nats://localhost:4222/TICKS?subject=ticks.us").is_marked(mark)


def test_a_file_is_no_stream(file):
    assert not open_source(str(file)).is_marked({"stream": "TICKS", "subject": "ticks.cn"})
