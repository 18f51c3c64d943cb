"""A market of three names over thirty sessions, for `paasche.check`."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

import paasche
from paasche.calculation.desk.check.limits import Limits

MAIN, GROWTH, HONG_KONG = "600001.SH", "300001.SZ", "00001.HK"
NAMES = [MAIN, GROWTH, HONG_KONG]
DAYS = [
    day for number in range(40) if (day := date(2024, 1, 8) + timedelta(days=number)).weekday() < 5
]
OPEN = np.tile([10.0, 20.0, 30.0], (len(DAYS), 1))
# Two closes by turns, so that no price stands still.
CLOSES = OPEN * np.where(np.arange(len(DAYS)) % 2, 1.01, 1.0)[:, np.newaxis]


def tables(closes=CLOSES, **others):
    """Three names on three boards over 30 sessions, a tenth of weight apart, one HKD at 0.9 CNY."""
    count = len(DAYS)
    found = {
        "securities": pl.DataFrame(
            {
                "security": NAMES,
                "name": ["main", "growth", "hong kong"],
                "exchange": ["XSHG", "XSHE", "XHKG"],
                "currency": ["CNY", "CNY", "HKD"],
                "listed": [date(2000, 1, 4)] * 3,
            }
        ),
        "prices": pl.DataFrame(
            {
                "date": np.repeat(np.array(DAYS, "datetime64[D]"), 3),
                "security": NAMES * count,
                "close": closes.round(2).ravel(),
                "volume": [1000] * 3 * count,
            }
        ),
        "shares": pl.DataFrame(
            {
                "security": NAMES,
                "effective": [DAYS[0]] * 3,
                "total": [300_000_000, 150_000_000, 100_000_000],
            }
        ),
        "constituents": pl.DataFrame(
            {"index": ["THREE"] * 3, "effective": [DAYS[0]] * 3, "security": NAMES}
        ),
        "calendar": pl.DataFrame(
            {"exchange": ["XSHG"] * count + ["XHKG"] * count, "date": DAYS * 2}
        ),
        "fx": pl.DataFrame({"date": DAYS, "pair": "HKDCNY", "rate": 0.9}),
    }
    return found | others


def found_in(closes=CLOSES, *, options=None, **others):
    market = paasche.Market.from_frames(tables(closes, **others))
    return paasche.check(market, **(options or {}))


def moved(session, name, factor, end=None):
    """Return the closes with one name's multiplied by a factor over some sessions."""
    closes = CLOSES.copy()
    closes[session:end, NAMES.index(name)] *= factor
    return closes


def only(found):
    assert len(found) == 1, found
    return found.row(0, named=True)


def changed_limits(section, name, value):
    limits = Limits.read()
    part = getattr(limits, section).model_copy(update={name: value})
    return limits.model_copy(update={section: part})
