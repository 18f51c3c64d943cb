"""Carried closes under a budget of memory: written once, slab by slab, then mapped and let go."""

from __future__ import annotations

import mmap
import os
import tempfile
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from paasche.calculation.batch import Slabs
from paasche.calculation.kernel import carry_prices
from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO

    from numpy.typing import NDArray

    from paasche.calculation.arrays import Actions
    from paasche.calculation.sessions import Timeline
    from paasche.market.streamed import Streamed

__all__ = ["Mapped", "carried_on_disk"]

_WORKING = 8
"""Panels of a slab that lie beside each other while closes are carried."""

_SLABS = 16
"""One part in so many of the budget is for the slabs that threads read."""


class Mapped(NamedTuple):
    """A panel that is mapped from a file.

    Attributes
    ----------
    panel : float64 array of shape (n_days, n_instruments)
        Not to be written.
    release : callable
        Lets go of the memory behind what was read of it.
    budget : int
        Bytes.
    """

    panel: NDArray[np.float64]
    release: Callable[[], object]
    budget: int

    def slabs(self, threads: int | None) -> Slabs:
        """Return how so many threads, or those of the machine, read it under the budget."""
        count = threads or os.cpu_count() or 1
        size = self.budget // _SLABS // count // (8 * max(1, self.panel.shape[1]))
        return Slabs(max(1, size), self.release)


def carried_on_disk(
    streamed: Streamed,
    securities: NDArray[np.int64],
    names: Sequence[str],
    timeline: Timeline,
    acts: Actions,
) -> tuple[Mapped, Mapped]:
    """Return the carried closes that `close_panel` returns, to the last bit, mapped from files.

    The files have no name: the system takes them away with the last that reads them.

    Parameters
    ----------
    streamed : Streamed
        Prices.
    securities : int64 array of shape (n_instruments,)
        Positions among the identifiers of the market; they may be untraded to the end.
    names : sequence of str
        Their identifiers.
    timeline : Timeline
    acts : Actions

    Returns
    -------
    closes, on_sessions : Mapped
        On the market days, and on the index sessions.

    Raises
    ------
    InputError
        The cache cannot be written.
    """
    days, sessions = timeline.days.astype(np.int32), np.isin(timeline.days, timeline.sessions)
    at = np.searchsorted(streamed.own, securities).clip(max=len(streamed.own) - 1)
    source = np.where(streamed.own[at] == securities, at, -1)
    budget, shape = streamed.budget, (len(days), len(names))
    try:
        with (
            tempfile.TemporaryFile(dir=streamed.folder) as whole,
            tempfile.TemporaryFile(dir=streamed.folder) as some,
        ):
            before = np.empty((0, len(names)))
            step = streamed.step(len(names), _WORKING)
            for first in range(0, len(days), step):
                own = days[first : first + step]
                quoted = _quoted(streamed, own, source, acts)
                known = days[first - len(before) : first + len(own)]
                slab = np.concatenate([before, quoted])
                carry_prices(known, list(names), slab, acts)
                fresh = slab[len(before) :]
                whole.write(fresh.data)
                if not sessions.all():
                    some.write(fresh[sessions[first : first + step]].data)
                before = slab[-1:].copy()
            closes = _mapped(whole, shape, budget)
            if sessions.all():
                return closes, closes
            return closes, _mapped(some, (int(sessions.sum()), len(names)), budget)
    except OSError as e:
        reason = (e.strerror or str(e)).lower()
        expected = f"must be a place with room for what is calculated ({reason})"
        raise InputError(f"cache = {streamed.folder.parent}: {expected}") from e


def _quoted(
    streamed: Streamed, days: NDArray[np.int32], source: NDArray[np.int64], acts: Actions
) -> NDArray[np.float64]:
    """Return the closes of some days, NaN where there was no trade, as `close_panel` has them."""
    close = np.full((len(days), len(source)), np.nan)
    first, stop = np.searchsorted(streamed.days, [days[0], days[-1] + 1]).tolist()
    there = np.flatnonzero(source >= 0)
    gone = np.zeros_like(close, np.bool_)
    on = np.searchsorted(days, acts.day)
    inside = (on < len(days)) & (days[on.clip(max=len(days) - 1)] == acts.day)
    gone[on[inside], acts.instrument[inside]] = True
    for span in streamed.spans(["close", "volume"], first, stop):
        row = np.searchsorted(days, span.days)
        known = days[row.clip(max=len(days) - 1)] == span.days
        place = np.ix_(row[known], there)
        found, volume = (panel[known][:, source[there]] for panel in span.panels)
        close[place] = np.where((volume == 0) & gone[place], np.nan, found)
    return close


def _mapped(file: IO[bytes], shape: tuple[int, int], budget: int) -> Mapped:
    file.flush()
    memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    panel = np.frombuffer(memory, "<f8").reshape(shape)

    def release() -> None:
        # Where a system knows no such advice, it takes pages back as it needs them.
        if hasattr(mmap, "MADV_DONTNEED"):
            memory.madvise(mmap.MADV_DONTNEED)

    return Mapped(panel, release, budget)
