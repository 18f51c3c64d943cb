"""A day of two indices in three versions, and publications of it."""

import datetime as dt

import numpy as np
import polars as pl

from paasche.live.publication import Board, Publication

DATE = dt.date(2024, 6, 14)
NEXT_DATE = dt.date(2024, 6, 17)
OPENING = 1718328600_000_000  # 2024-06-14T09:30:00+08:00


def board(date=DATE, *, copies=1):
    rows = pl.DataFrame(
        {
            "index": ["A120", "A120", "B300"] * copies,
            "variant": ["price", "total_return", "price"] * copies,
            "currency": ["CNY", "CNY", "HKD"] * copies,
        }
    )
    return Board(date=date, rows=rows, indices=["A120", "B300"])


def publication(sequence, *, copies=1):
    moment = OPENING + sequence * 5_000_000
    return Publication(
        sequence=sequence,
        calculated=moment,
        published=moment + 1000,
        is_close=sequence == 999,
        levels=np.array([1000.00005, 2000.0, 3000.123449] * copies) + sequence,
        traded=np.array([0.5, 1.0]),
        stale=np.array([0.25, 0.0]),
        frozen=np.array([0.0, 0.125]),
    )


def publish(sink, first, last, *, date=DATE):
    """Open a sink, publish what it has not, and return what it had."""
    kept = sink.open(board(date))
    for sequence in range(max(first, kept + 1), last + 1):
        sink.publish(publication(sequence))
    return kept
