"""W1 by numba: the panel algorithm, compiled and warm, with its sums written in two ways.

Price × rate stands in blocks of [security][16 sessions], small enough for the L2 cache. All indices
are valued on a block before the next one is laid out: sessions are lanes, constituents are added in
ascending order, so the sums have the same bits for any number of threads and in both ways. A
security whose shares change inside a block has them by lane. Each thread lays out blocks of its own
and never writes the whole panel back. No fastmath.

The plain way adds lane by lane in a loop, as one writes it, with numba as it comes. The other way
has sixteen scalars, unrolled by hand, of which the SLP pass of LLVM makes wide registers; numba has
that pass off. The pass is a setting of the whole process that numba reads whenever it compiles a
function, so it is on only while the unrolled way runs, and is compiled. The loop is not affected:
with the pass on or off numba 0.68 makes the same instructions of it, one lane each.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numba
import numpy as np
from benches.peers.numba_chain import chain
from benches.peers.threads import use
from benches.workloads.backcalculation import BASE_LEVEL, CASH, DUE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.workloads.backcalculation import Backcalculation
    from numpy.typing import NDArray

LANES = 16
HUGE_PAGE = 1 << 21


def levels(
    work: Backcalculation, threads: int = 2, *, unrolled: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return price index and total return: indices × sessions."""
    _, price, total_return = valued(work, threads, unrolled=unrolled)
    return price, total_return


def valued(
    work: Backcalculation, threads: int = 2, *, unrolled: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return value, price index and total return: indices × sessions.

    The sums are those of a loop over the lanes, or ``unrolled`` by hand for the SLP pass.
    """
    granted = use(threads)
    acts, snaps, held = work.actions, work.snapshots, work.memberships
    rights = acts.kind != CASH
    # Allocated by numpy, which asks for huge pages; numba does not.
    value, price, total_return = np.empty((3, work.indices, len(work.days)))
    with _slp(on=unrolled):
        _levels(
            work.prices,
            work.fx,
            work.currency,
            work.first_shares,
            (acts.session, acts.security, rights, acts.amount, acts.price),
            (snaps.session + DUE, snaps.security, snaps.total),
            work.reviews,
            (held.starts, held.instrument, held.factor),
            value,
            price,
            total_return,
            _panels(granted, len(work.first_shares)),
            _sums_unrolled if unrolled else _sums,
        )
    return value, price, total_return


@contextmanager
def _slp(*, on: bool) -> Iterator[None]:
    """Have numba compile with the SLP pass or without it, and leave the setting as it was."""
    before = numba.config.SLP_VECTORIZE
    numba.config.SLP_VECTORIZE = int(on)
    try:
        yield
    finally:
        numba.config.SLP_VECTORIZE = before


def _panels(threads: int, securities: int) -> NDArray[np.float64]:
    """Return a block for each thread that begins on a huge page, so that no load splits a line."""
    size = threads * securities * LANES * 8
    buffer = np.empty(size + 2 * HUGE_PAGE, np.uint8)
    start = -buffer.ctypes.data % HUGE_PAGE
    panels = buffer[start : start + size].view(np.float64).reshape(threads, securities, LANES)
    panels[:] = 0.0
    return panels


@numba.njit(parallel=True, error_model="numpy")
def _levels(
    prices, fx, currency, first_shares, acts, snaps, reviews, held, value, price, total_return,
    panels, add_up,
):  # fmt: skip
    threads = len(panels)
    sessions = prices.shape[0]
    steps, opened, paid = _events(prices, fx, currency, first_shares, acts, snaps)
    blocks = _blocks(reviews, sessions)
    joined = np.empty((value.shape[0], len(reviews)))
    for thread in numba.prange(threads):
        _values(
            prices, fx, currency, first_shares, steps, reviews, held, blocks, value, joined,
            panels, thread, add_up,
        )  # fmt: skip
    for thread in numba.prange(threads):
        chain(
            value, joined, opened, paid, reviews, held, prices.shape[1], BASE_LEVEL,
            price, total_return, thread, threads,
        )  # fmt: skip


@numba.njit(error_model="numpy")
def _events(prices, fx, currency, first_shares, acts, snaps):
    """Return the steps of the share counts, and what events add to and take off openings.

    Steps are (session, security, shares from then on), by session; what is opened and paid has
    (session, security, value for factor 1).
    """
    on, who, rights, amount, cost = acts
    due, changed, total = snaps
    count = rights.sum() + len(due)
    session, security = np.empty(count, np.int64), np.empty(count, np.int64)
    after, opened = np.empty(count), np.empty(count)
    dividends = len(on) - rights.sum()
    paid_on, payer = np.empty(dividends, np.int64), np.empty(dividends, np.int64)
    paid = np.empty(dividends)
    now = first_shares.astype(np.float64)
    a = s = n = d = 0
    while a < len(on) or s < len(due):
        if s < len(due) and (a == len(on) or due[s] <= on[a]):
            t, i = due[s], np.int64(changed[s])
            close = prices[t - 1, i] * fx[t - 1, currency[i]]
            session[n], security[n], after[n] = t, i, total[s]
            opened[n] = close * total[s] - close * now[i]
            now[i] = total[s]
            s += 1
            n += 1
            continue
        t, i = on[a], np.int64(who[a])
        close, rate = prices[t - 1, i], fx[t - 1, currency[i]]
        if rights[a]:
            scale = 1.0 + amount[a]
            reference = (close + amount[a] * cost[a]) / scale
            session[n], security[n], after[n] = t, i, now[i] * scale
            opened[n] = reference * rate * after[n] - close * rate * now[i]
            now[i] = after[n]
            n += 1
        else:
            paid_on[d], payer[d], paid[d] = t, i, amount[a] * rate * now[i]
            d += 1
        a += 1
    return (session, security, after), (session, security, opened), (paid_on, payer, paid)


@numba.njit
def _blocks(reviews, sessions):
    """Return (review, first session, lanes) of each block.

    A period begins with the close before its review, at which the new basket is valued too.
    """
    rows = []
    for review in range(len(reviews)):
        first = max(reviews[review] - 1, 0)
        end = reviews[review + 1] if review + 1 < len(reviews) else sessions
        rows.extend([(review, at, min(LANES, end - at)) for at in range(first, end, LANES)])
    return rows


@numba.njit(error_model="numpy")
def _values(
    prices, fx, currency, first_shares, steps, reviews, held, blocks, value, joined, panels, thread,
    add_up,
):  # fmt: skip
    """Value all indices on the blocks of one thread."""
    session, security, after = steps
    starts, instrument, factor = held
    securities = prices.shape[1]
    panel, rates = panels[thread], np.empty((LANES, fx.shape[1]))
    shares, moved = first_shares.astype(np.float64), np.empty((securities, LANES))
    start_shares = np.empty(securities)
    names, marked, done = np.empty(0, np.int64), -1, 0
    for block in range(thread, len(blocks), len(panels)):
        review, first, lanes = blocks[block]
        if review != marked:
            names, marked = _held(starts, instrument, review, len(reviews), securities), review
        _lay_out(prices, fx, currency, names, first, lanes, rates, panel)
        while done < len(session) and session[done] <= first:
            shares[security[done]] = after[done]
            done += 1
        # A negative count says in which row of `moved` a security has its shares by lane.
        start_shares[:] = shares
        rows, step = 0, done
        while step < len(session) and session[step] < first + lanes:
            i = security[step]
            if start_shares[i] > 0.0:
                moved[rows] = start_shares[i]
                start_shares[i] = -1.0 - rows
                rows += 1
            moved[np.int64(-1.0 - start_shares[i]), session[step] - first :] = after[step]
            step += 1
        skipped = 1 if first < reviews[review] else 0
        sums = np.empty(LANES)
        for index in range(value.shape[0]):
            at = index * len(reviews) + review
            basket = slice(starts[at], starts[at + 1])
            add_up(panel, instrument[basket], factor[basket], start_shares, moved, sums)
            for lane in range(skipped, lanes):
                value[index, first + lane] = sums[lane]
            if skipped:
                joined[index, review] = sums[0]


@numba.njit(error_model="numpy")
def _held(starts, instrument, review, reviews, securities):
    """Return the securities to lay out: all, or where baskets are few those that one holds."""
    rows = 0
    for at in range(review, len(starts) - 1, reviews):
        rows += starts[at + 1] - starts[at]
    marks = np.ones(securities, np.bool_)
    if rows < 2 * securities:
        marks[:] = False
        for at in range(review, len(starts) - 1, reviews):
            for j in range(starts[at], starts[at + 1]):
                marks[instrument[j]] = True
    return np.flatnonzero(marks)


@numba.njit(error_model="numpy")
def _lay_out(prices, fx, currency, names, first, lanes, rates, panel):
    """Write price × rate of a block."""
    rates[:lanes] = fx[first : first + lanes]
    # Eight securities are a cache line of every row of prices.
    for tile in range(0, len(names), 8):
        for lane in range(lanes):
            for i in names[tile : tile + 8]:
                panel[i, lane] = prices[first + lane, i] * rates[lane, currency[i]]


@numba.njit(error_model="numpy")
def _sums(panel, instrument, factor, shares, moved, sums):
    """Add up one basket on one block."""
    sums[:] = 0.0
    for j in range(len(instrument)):
        i = instrument[j]
        count = shares[i]
        if count > 0.0:
            u = factor[j] * count
            for lane in range(LANES):
                sums[lane] += panel[i, lane] * u
        else:
            own, f = moved[np.int64(-1.0 - count)], factor[j]
            for lane in range(LANES):
                sums[lane] += panel[i, lane] * (f * own[lane])


@numba.njit(error_model="numpy")
def _sums_unrolled(panel, instrument, factor, shares, moved, sums):  # noqa: PLR0915 (a statement a lane)
    """Add up one basket on one block, as `_sums` does and with the same bits."""
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0.0
    a8 = a9 = a10 = a11 = a12 = a13 = a14 = a15 = 0.0
    for j in range(len(instrument)):
        i = instrument[j]
        count = shares[i]
        row = panel[i]
        if count > 0.0:
            u = factor[j] * count
            a0 += row[0] * u
            a1 += row[1] * u
            a2 += row[2] * u
            a3 += row[3] * u
            a4 += row[4] * u
            a5 += row[5] * u
            a6 += row[6] * u
            a7 += row[7] * u
            a8 += row[8] * u
            a9 += row[9] * u
            a10 += row[10] * u
            a11 += row[11] * u
            a12 += row[12] * u
            a13 += row[13] * u
            a14 += row[14] * u
            a15 += row[15] * u
        else:
            own, f = moved[np.int64(-1.0 - count)], factor[j]
            a0 += row[0] * (f * own[0])
            a1 += row[1] * (f * own[1])
            a2 += row[2] * (f * own[2])
            a3 += row[3] * (f * own[3])
            a4 += row[4] * (f * own[4])
            a5 += row[5] * (f * own[5])
            a6 += row[6] * (f * own[6])
            a7 += row[7] * (f * own[7])
            a8 += row[8] * (f * own[8])
            a9 += row[9] * (f * own[9])
            a10 += row[10] * (f * own[10])
            a11 += row[11] * (f * own[11])
            a12 += row[12] * (f * own[12])
            a13 += row[13] * (f * own[13])
            a14 += row[14] * (f * own[14])
            a15 += row[15] * (f * own[15])
    sums[0] = a0
    sums[1] = a1
    sums[2] = a2
    sums[3] = a3
    sums[4] = a4
    sums[5] = a5
    sums[6] = a6
    sums[7] = a7
    sums[8] = a8
    sums[9] = a9
    sums[10] = a10
    sums[11] = a11
    sums[12] = a12
    sums[13] = a13
    sums[14] = a14
    sums[15] = a15
