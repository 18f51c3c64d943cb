"""Openings and levels by numba: events of sixteen indices at a time, then one pass for each."""

from __future__ import annotations

import numba
import numpy as np

LANES = 16


@numba.njit(error_model="numpy")
def chain(
    value, joined, opened, paid, reviews, held, securities, base, price, total_return, thread,
    threads,
):  # fmt: skip
    """Write price index and total return of the indices of one thread."""
    starts, instrument, factor = held
    indices, sessions = value.shape
    factors = np.zeros((securities, LANES))
    more, less = np.empty((sessions, LANES)), np.empty((sessions, LANES))
    for start in range(thread * LANES, indices, threads * LANES):
        lanes = min(LANES, indices - start)
        more[:] = 0.0
        less[:] = 0.0
        gained = lost = 0
        for review in range(len(reviews)):
            end = reviews[review + 1] if review + 1 < len(reviews) else sessions
            for lane in range(lanes):
                at = (start + lane) * len(reviews) + review
                for j in range(starts[at], starts[at + 1]):
                    factors[instrument[j], lane] = factor[j]
            gained = _spread(factors, opened, gained, end, more)
            lost = _spread(factors, paid, lost, end, less)
            for lane in range(lanes):
                at = (start + lane) * len(reviews) + review
                for j in range(starts[at], starts[at + 1]):
                    factors[instrument[j], lane] = 0.0
        for lane in range(lanes):
            k = start + lane
            _levels(value[k], joined[k], more, less, lane, reviews, base, price[k], total_return[k])


@numba.njit(error_model="numpy")
def _spread(factors, events, at, end, sums):
    """Add the events before session `end`, from the one at `at` on, and return where they end."""
    session, security, worth = events
    while at < len(session) and session[at] < end:
        row, target, by = factors[security[at]], sums[session[at]], worth[at]
        for lane in range(LANES):
            target[lane] += row[lane] * by
        at += 1
    return at


@numba.njit(error_model="numpy")
def _levels(value, joined, more, less, lane, reviews, base, price, total_return):
    divisor = value[0]
    price[0] = total_return[0] = level = base
    review = 1
    for t in range(1, len(value)):
        before = value[t - 1]
        opening = before
        if review < len(reviews) and t == reviews[review]:
            opening = joined[review]
            review += 1
        opening += more[t, lane]
        if opening != before:
            divisor *= opening / before
        price[t] = base * (value[t] / divisor)
        level *= value[t] / (opening - less[t, lane])
        total_return[t] = level
