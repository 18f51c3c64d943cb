"""Ticks from files, folders, frames, generators and asynchronous generators."""

import asyncio
import contextlib
import datetime as dt
import itertools
import math
import threading
import time

import numpy as np
import polars as pl
import pytest

from live.fakes import write
from paasche import Market
from paasche.errors import InputError
from paasche.live.sources import files, open_source
from paasche.live.ticks import Ticks

SECURITIES = ["00700.HK", "000001.SZ", "600519.SH"]
OPENING = dt.datetime(2024, 6, 14, 1, 30, tzinfo=dt.UTC)
MICROSECONDS = 1718328600_000_000


def frame(count, *, volume=True, start=0):
    """Return ticks of the securities in turn, one each millisecond, every fourth of a stranger."""
    names = [*SECURITIES, "AAA"]
    rows = range(start, start + count)
    table = {
        "timestamp": [OPENING + dt.timedelta(milliseconds=row) for row in rows],
        "security": [names[row % 4] for row in rows],
        "price": [10.0 + row for row in rows],
        "volume": [row % 3 for row in rows],
    }
    return pl.DataFrame(table if volume else {k: v for k, v in table.items() if k != "volume"})


def read(source, after=0):
    """Return all ticks of a source as one frame."""
    found = [
        pl.DataFrame(
            {
                "security": ticks.securities,
                "price": ticks.prices,
                "timestamp": ticks.timestamps,
                "volume": np.full(len(ticks.prices), np.nan)
                if ticks.volumes is None
                else ticks.volumes,
            }
        )
        for ticks in source.batches(SECURITIES, after, math.inf)
        if ticks is not None
    ]
    return pl.concat(found)


def expected(rows):
    """Return what `read` gives of a frame."""
    place = {name: at for at, name in enumerate(SECURITIES)}
    return rows.filter(pl.col("security") != "AAA").select(
        pl.col("security").replace_strict(place, default=None, return_dtype=pl.UInt32),
        "price",
        pl.col("timestamp").dt.epoch("us"),
        pl.col("volume").cast(pl.Float64),
    )


@pytest.fixture(params=["ticks.parquet", "ticks.csv"])
def file(request, tmp_path, monkeypatch):
    """Return where a file of ticks may lie that is read in pieces of a few rows."""
    monkeypatch.setattr(files, "_ROWS", 7)
    monkeypatch.setattr(files, "_BYTES", 300)
    return tmp_path / request.param


def test_a_file_gives_its_ticks_in_order_by_position(file):
    table = frame(40)
    source = open_source(write(table, file))
    assert read(source).equals(expected(table))
    assert source.left_out == {"unknown": 10}


@pytest.mark.parametrize("after", [1, 7, 8, 20, 38])
def test_a_file_goes_on_behind_a_row(file, after):
    table = frame(40)
    assert read(open_source(write(table, file)), after).equals(expected(table[after:]))


def test_a_file_that_was_read_to_its_end_has_no_more(file):
    source = open_source(write(frame(40), file))
    assert list(source.batches(SECURITIES, 40, 1.0)) == []
    with pytest.raises(InputError, match="must have the 41 rows that were read of it before"):
        list(source.batches(SECURITIES, 41, 1.0))


def test_positions_count_rows_also_those_left_out(file):
    source = open_source(write(frame(40), file))
    positions = [ticks.position for ticks in source.batches(SECURITIES, 0, 1.0)]
    assert positions[-1] == 40
    for position in positions:
        assert read(source, 0)["price"].to_list()[-1] == 48.0
        if position < 40:
            assert read(source, position).equals(expected(frame(40)[position:]))


def test_without_volumes_all_are_trades(file):
    (first, *_) = open_source(write(frame(5, volume=False), file)).batches(SECURITIES, 0, 1.0)
    assert first.volumes is None


def test_no_price_is_nan_and_no_volume_too(file):
    table = frame(3).with_columns(
        price=pl.Series([None, 1.0, 2.0]), volume=pl.Series([5, None, 0], dtype=pl.Int64)
    )
    ticks = read(open_source(write(table, file)))
    assert ticks["price"].is_nan().to_list() == [True, False, False]
    assert ticks["volume"].is_nan().to_list() == [False, True, False]


def test_codes_of_any_style_name_their_security(file):
    table = frame(3).with_columns(security=pl.Series(["sh.600519", "700.HK", "SZ000001"]))
    assert read(open_source(write(table, file)))["security"].to_list() == [2, 0, 1]


def test_equal_timestamps_keep_their_order(file):
    table = frame(12).with_columns(timestamp=pl.lit(OPENING))
    assert read(open_source(write(table, file))).equals(expected(table))


@pytest.mark.parametrize("row", [3, 7, 8])
def test_an_unsorted_file_is_refused_by_row(file, row):
    table = frame(12)
    times = table["timestamp"].to_list()
    times[row] = OPENING - dt.timedelta(seconds=1)
    write(table.with_columns(timestamp=pl.Series(times)), file)
    shown = row + (2 if file.suffix == ".csv" else 1)
    with pytest.raises(InputError, match=rf":{shown}: timestamps must ascend.*: sort the file"):
        read(open_source(file))


def test_a_row_without_a_security_is_refused_by_row(file):
    table = frame(12)
    names = table["security"].to_list()
    names[9] = None
    write(table.with_columns(security=pl.Series(names)), file)
    row = 11 if file.suffix == ".csv" else 10
    with pytest.raises(InputError, match=rf"{file.name}:{row} security"):
        read(open_source(file))


def test_a_negative_volume_is_refused(file):
    table = frame(3).with_columns(volume=pl.Series([1, -1, 1]))
    with pytest.raises(InputError, match="volume = -1"):
        read(open_source(write(table, file)))


def test_a_file_without_a_column_is_refused(file):
    with pytest.raises(InputError, match="price: must be there"):
        read(open_source(write(frame(3).drop("price"), file)))


def test_a_timestamp_of_csv_has_its_offset(tmp_path):
    path = tmp_path / "ticks.csv"
    path.write_text("timestamp,security,price\n2024-06-14T09:30:00,600519.SH,1\n")
    with pytest.raises(InputError, match="offset from UTC"):
        read(open_source(path))
    path.write_text("timestamp,security,price\n2024-06-14T09:30:00+08:00,600519.SH,1\n\n")
    assert read(open_source(path))["timestamp"].to_list() == [MICROSECONDS]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must have a header line"),
        ("timestamp;security;price\n", "must be separated by commas"),
        ("timestamp,security,price\n2024-06-14T09:30:00Z,A\n", ":2: must have 3 fields"),
    ],
)
def test_what_is_no_csv_is_refused(tmp_path, text, reason):
    path = tmp_path / "ticks.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=reason):
        read(open_source(path))


def test_a_torn_line_is_refused_by_its_number_wherever_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_BYTES", 300)
    path = write(frame(40), tmp_path / "ticks.csv")
    lines = path.read_text().splitlines()
    lines[30] = lines[30].rpartition(",")[0]
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"ticks\.csv:31: must have 4 fields"):
        read(open_source(path))


def test_what_is_no_parquet_is_refused(tmp_path):
    path = tmp_path / "ticks.parquet"
    path.write_text("no")
    with pytest.raises(InputError, match=r"ticks\.parquet: must be a Parquet or CSV file of ticks"):
        read(open_source(path))


def market(folder, ticks, file_format):
    tables = {
        "securities": {
            "security": [*SECURITIES, "000002.SZ"],
            "name": ["a", "b", "c", "d"],
            "exchange": ["XHKG", "XSHE", "XSHG", "XSHE"],
            "currency": ["HKD", "CNY", "CNY", "CNY"],
        },
        "ticks": ticks,
    }
    made = Market.from_frames(tables)
    made.write(folder, format=file_format)
    return made


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_a_market_folder_and_a_market_give_their_ticks(tmp_path, file_format):
    table = frame(40).with_columns(pl.col("security").replace("AAA", "2"))
    with pytest.raises(InputError, match="000002"):
        market(tmp_path / "short", table, file_format)
    table = table.with_columns(
        pl.col("security").replace({"2": "sz.000002", "600519.SH": "600519"})
    )
    whole = market(tmp_path / "market", table, file_format)
    plain = expected(frame(40))
    for source in (open_source(tmp_path / "market"), open_source(whole)):
        assert read(source).equals(plain)
        assert source.left_out == {"unknown": 10}


def test_a_market_folder_knows_all_its_codes(tmp_path):
    market(tmp_path / "market", frame(3), "csv")
    write(frame(4), tmp_path / "market" / "ticks.csv")
    with pytest.raises(InputError, match=r"ticks\.csv:5 security = AAA"):
        read(open_source(tmp_path / "market"))


def test_a_folder_without_ticks_is_refused(tmp_path):
    with pytest.raises(InputError, match="must have a table ticks"):
        open_source(tmp_path)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda rows: rows, id="polars"),
        pytest.param(lambda rows: rows.lazy(), id="lazy"),
        pytest.param(lambda rows: rows.to_arrow(), id="arrow"),
        pytest.param(lambda rows: rows.to_dict(as_series=False), id="mapping"),
        pytest.param(lambda rows: [rows[:9], rows[9:]], id="frames"),
        pytest.param(lambda rows: iter([rows[:9], rows[9:]]), id="iterator"),
    ],
)
@pytest.mark.parametrize("after", [0, 4, 9, 11])
def test_frames_and_iterables_of_them_are_sources(make, after):
    source = open_source(make(frame(20)))
    assert read(source, after).equals(expected(frame(20)[after:]))
    source.close()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"volume": [1, -1, 1]}, "volume = -1"),
        ({"security": ["600519.SH", None, "A"]}, "security"),
        ({"volume": [1.0, math.inf, 1.0]}, "volume = inf"),
    ],
)
def test_frames_keep_the_contract_that_files_keep(file, wrong, reason):
    table = frame(3).with_columns(pl.Series(name, values) for name, values in wrong.items())
    for source in (open_source(table), open_source(write(table, file))):
        with pytest.raises(InputError, match=reason):
            read(source)


def test_a_frame_that_is_none_of_ticks_is_refused():
    with pytest.raises(InputError, match="security: must be there"):
        read(open_source([{"timestamp": [OPENING], "price": [1.0]}]))


def ticks_at(position):
    return Ticks(
        securities=np.array([1], dtype=np.uint32),
        prices=np.array([float(position)]),
        timestamps=np.array([MICROSECONDS + position]),
        volumes=None,
        position=position,
    )


def test_ticks_of_a_generator_have_positions_of_their_own():
    feed = [ticks_at(position) for position in (3, 5, 9)]
    assert read(open_source(feed), 4)["price"].to_list() == [5.0, 9.0]
    assert read(open_source(iter(feed)), 5)["price"].to_list() == [9.0]


def test_the_clock_goes_on_while_a_generator_waits():
    goes_on = threading.Event()

    def feed():
        yield ticks_at(1)
        goes_on.wait()
        yield ticks_at(2)

    source = open_source(feed())
    batches = source.batches(SECURITIES, 0, 0.01)
    assert next(batches).position == 1
    assert next(batches) is None
    goes_on.set()
    assert next(ticks for ticks in batches if ticks is not None).position == 2
    assert list(batches) == []
    source.close()


def test_what_a_generator_raises_comes_after_what_it_gave():
    def feed():
        yield ticks_at(1)
        raise RuntimeError("the feed is broken")

    batches = open_source(feed()).batches(SECURITIES, 0, math.inf)
    assert next(batches).position == 1
    with pytest.raises(RuntimeError, match="the feed is broken"):
        next(batches)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_producer_that_exits_ends_the_source(asynchronous):
    def plain():
        yield ticks_at(1)
        raise SystemExit

    async def other():
        yield ticks_at(1)
        raise SystemExit

    source = open_source(other() if asynchronous else plain())
    batches = itertools.islice(source.batches(SECURITIES, 0, 0.05), 100)
    assert [ticks.position for ticks in batches if ticks is not None] == [1]
    assert next(batches, "ended") == "ended"
    source.close()


@pytest.mark.parametrize("asynchronous", [False, True])
def test_who_produces_waits_while_nobody_takes(asynchronous):
    made = []

    def plain():
        for position in range(1, 101):
            made.append(position)
            yield ticks_at(position)

    async def other():
        for position in range(1, 101):
            made.append(position)
            yield ticks_at(position)

    source = open_source(other() if asynchronous else plain())
    batches = source.batches(SECURITIES, 0, math.inf)
    first = next(batches)
    time.sleep(0.1)
    assert len(made) <= 11
    assert [first.position, *(ticks.position for ticks in batches)] == list(range(1, 101))
    source.close()


def test_an_asynchronous_generator_is_a_source_and_ends_when_it_is_closed():
    ended = threading.Event()

    async def feed():
        try:
            for at in range(0, 20, 4):
                yield frame(4, start=at)
                await asyncio.sleep(0)
            await asyncio.sleep(3600)
        finally:
            ended.set()

    source = open_source(feed())
    batches = source.batches(SECURITIES, 0, 0.01)
    found = [next(batches).position for _ in range(5)]
    assert found == [4, 8, 12, 16, 20]
    assert next(batches) is None
    source.close()
    assert ended.is_set()
    assert list(batches) == []


def test_an_asynchronous_generator_that_waits_for_room_is_closed_before_its_loop(caplog):
    ended = []

    @contextlib.asynccontextmanager
    async def connection():
        try:
            yield
        finally:
            await asyncio.sleep(0.01)
            ended.append("connection")

    async def feed():
        async with connection():
            for position in itertools.count(1):
                yield ticks_at(position)

    source = open_source(feed())
    next(source.batches(SECURITIES, 0, math.inf))
    time.sleep(0.1)
    source.close()
    assert ended == ["connection"]
    assert not caplog.records


def test_closing_does_not_wait_for_a_generator_that_does(monkeypatch):
    monkeypatch.setattr("paasche.live.sources.bridge._PATIENCE_SECONDS", 0.05)
    never = threading.Event()

    def feed():
        yield ticks_at(1)
        never.wait()

    source = open_source(feed())
    next(source.batches(SECURITIES, 0, math.inf))
    source.close()
    never.set()


def test_a_source_is_a_source():
    source = open_source([])
    assert open_source(source) is source


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (5, "source = int: must be a path"),
        ("ticks.json", "source = ticks.json: must be a .parquet or .csv file"),
        ("none.csv", "there is none"),
        ("nats://localhost:4222", "must be nats://host:port/STREAM"),
        ("nats://me:secret@localhost/T", r"source = nats://localhost/T: must be"),
        ("nats://localhost/T?subject=a&x=1", "must be nats://host:port/STREAM"),
    ],
)
def test_what_is_no_source_is_refused(wrong, reason):
    with pytest.raises(InputError, match=reason):
        open_source(wrong)


def test_without_the_extra_the_message_names_it(monkeypatch):
    monkeypatch.setattr("paasche.live.jetstream.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install 'paasche\[live\]'"):
        open_source("nats://localhost/T?subject=a")
