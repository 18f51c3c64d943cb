"""A small engine, sources and sinks for the live run; the run as a process of its own to kill."""

# ruff: noqa: ARG002  (what the protocols ask for, and a fake does not look at)

import json
import math
import struct
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from paasche.errors import InputError
from paasche.live.publication import Publication
from paasche.live.running.run import LiveRun
from paasche.live.running.timing import Timing
from paasche.live.ticks import Ticks

SECOND = 1_000_000
OPENING = 1_718_328_600 * SECOND  # 2024-06-14 09:30 in Shanghai
SECURITIES = ["000001.SZ", "000700.HK", "600519.SH"]


class Engine:
    """Two indices: the sum of all prices, in two currencies, and that of the first two."""

    def __init__(self):
        self.date = date(2024, 6, 14)
        self.securities = SECURITIES
        self.indices = ["ALL", "TWO"]
        self.rows = pl.DataFrame(
            {
                "index": ["ALL", "ALL", "TWO"],
                "variant": ["price"] * 3,
                "currency": ["CNY", "HKD", "CNY"],
            }
        )
        self.rejected = {"invalid": 0}
        self.told = []
        self._prices = np.array([10.0, 20.0, 30.0])
        self._times = np.zeros(3, np.int64)
        self._frozen = np.zeros(3, bool)
        self._rate = 1.1

    def update(self, securities, prices, timestamps=None, volumes=None):
        good = prices > 0
        self.rejected["invalid"] += int((~good).sum())
        good &= ~self._frozen[securities]
        self._prices[securities[good]] = prices[good]
        self._times[securities[good]] = timestamps[good]
        self.told.append(len(prices))
        return int(good.sum())

    def replay(self, securities, prices, timestamps, volumes=None, *, at, stale_after=None):
        told, levels = 0, []
        for moment in at:
            later = np.flatnonzero(timestamps[told:] > moment)
            end = told + int(later[0]) if len(later) else len(prices)
            if end > told:
                self.update(securities[told:end], prices[told:end], timestamps[told:end])
            told = end
            levels.append(self.levels())
        return told, np.array(levels), None

    def update_fx(self, pairs, rates):
        if pairs != ["CNYHKD"]:
            raise InputError(f"pairs = {pairs}: must be CNYHKD")
        (self._rate,) = rates

    def freeze(self, *, security):
        self._frozen[self.securities.index(security)] = True

    def resume(self, *, security):
        self._frozen[self.securities.index(security)] = False

    def levels(self, out=None):
        every, two = self._prices.sum(), self._prices[:2].sum()
        return np.array([every, every * self._rate, two])

    def quality(self, now, stale_after):
        shares = [self._times > 0, self._times < now - stale_after, self._frozen]
        return np.array([[one.mean(), one[:2].mean()] for one in shares])

    def state(self):
        arrays = (self._prices, self._times, self._frozen)
        return struct.pack("<dq", self._rate, self.rejected["invalid"]) + b"".join(
            one.tobytes() for one in arrays
        )

    def restore(self, state):
        self._rate, self.rejected["invalid"] = struct.unpack_from("<dq", state)
        self._prices = np.frombuffer(state, np.float64, 3, 16).copy()
        self._times = np.frombuffer(state, np.int64, 3, 40).copy()
        self._frozen = np.frombuffer(state, bool, 3, 64).copy()


def day(n_ticks=2000, seconds=60, seed=1, disorder=0.0):
    """Ticks of a day, some of them late or invalid."""
    draw = np.random.default_rng(seed)
    timestamps = OPENING + np.sort(draw.integers(-SECOND, seconds * SECOND, n_ticks))
    timestamps -= np.where(
        draw.random(n_ticks) < disorder, draw.integers(0, 3 * SECOND, n_ticks), 0
    )
    prices = np.round(draw.uniform(5, 50, n_ticks), 2)
    prices[draw.random(n_ticks) < 0.01] = 0.0
    return Ticks(
        securities=draw.integers(0, 3, n_ticks).astype(np.uint32),
        prices=prices,
        timestamps=timestamps,
        volumes=None if seed % 2 else draw.integers(0, 100, n_ticks).astype(float),
        position=0,
    )


def write(table, path):
    """Write ticks as the ending of a path says."""
    if path.suffix == ".csv":
        table.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S%.6f%:z")
    else:
        table.write_parquet(path)
    return path


def some(ticks, first, end, position=None):
    return replace(ticks.between(first, end), position=end if position is None else position)


class Source:
    """Ticks of an array in batches of a size; a pause, a stop or an error may come with one."""

    def __init__(self, ticks, size=97, pause=0.0, each=None):
        self.ticks, self.size, self.pause = ticks, size, pause
        self.each = each or (lambda _: None)
        self.closed = False

    def batches(self, securities, after, wait):
        assert list(securities) == SECURITIES
        for number, first in enumerate(range(after, len(self.ticks.prices), self.size)):
            self.each(number)
            time.sleep(self.pause)
            yield some(self.ticks, first, min(first + self.size, len(self.ticks.prices)))

    def close(self):
        self.closed = True


class Given:
    """Batches as they are given; a callable is called and None yielded."""

    def __init__(self, *batches):
        self.given = batches

    def batches(self, securities, after, wait):
        for batch in self.given:
            if callable(batch):
                batch()
                yield None
            else:
                yield batch

    def close(self):
        pass


class Sink:
    """Keeps what it takes; `before` may raise or wait."""

    def __init__(self, name="sink", before=None, kept=0):
        self.name, self.kept = name, kept
        self.taken, self.closed = [], False
        self.before = before or (lambda _: None)

    def open(self, board):
        self.board = board
        return self.kept

    def publish(self, publication):
        self.before(publication)
        self.taken.append(publication)

    def close(self):
        self.closed = True

    @property
    def sequences(self):
        return [one.sequence for one in self.taken]


class LinesSink:
    """JSON lines in a file; what it holds tells where it goes on."""

    def __init__(self, path):
        self.name, self.path = str(path), path

    def open(self, board):
        text = self.path.read_bytes() if self.path.exists() else b""
        whole = text[: text.rfind(b"\n") + 1]
        self.path.write_bytes(whole)
        self.file = self.path.open("ab", buffering=0)
        return whole.count(b"\n")

    def publish(self, publication: Publication):
        line = [publication.sequence, publication.calculated, publication.levels.tolist()]
        self.file.write(json.dumps(line).encode() + b"\n")

    def close(self):
        self.file.close()


def quick(**changed):
    """Return the standard timing, with short pauses."""
    return Timing.standard(**{"wait": 0.001, "retry_every": 0.01, "drain": 5.0} | changed)


def live_run(place, source, sinks=(), *, engine=None, seconds=60, **options):
    return LiveRun(
        engine or Engine(),
        source,
        sinks,
        place=place,
        opening=OPENING,
        close=OPENING + seconds * SECOND,
        **{"timing": quick()} | options,
    )


def main(place, lines, speed, seconds, n_ticks, orders):
    """Replay a day as a process of its own, resuming what is there."""
    timing = quick(snapshot_every=60.0, drain=30.0)
    status = live_run(
        Path(place),
        Source(day(int(n_ticks), int(seconds), disorder=0.1), size=5000),
        [LinesSink(Path(lines))],
        seconds=int(seconds),
        speed=math.inf if speed == "max" else float(speed),
        resume=True,
        timing=timing,
        orders=Path(orders),
    ).run()
    assert status.closed
    assert all(sink.complete for sink in status.sinks), status.sinks


if __name__ == "__main__":
    main(*sys.argv[1:])
