"""What an engine, a feed and a consumer of levels must be able to do; anything that does is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from paasche.live.publication import Board, Publication
    from paasche.live.ticks import Ticks

__all__ = ["Engine", "Marked", "Sink", "Source"]


class Engine(Protocol):
    """What a live run asks of an engine."""

    @property
    def date(self) -> date:
        """The index session."""

    @property
    def securities(self) -> Sequence[str]:
        """Names, whose positions the ticks give."""

    @property
    def indices(self) -> Sequence[str]:
        """Codes."""

    @property
    def rows(self) -> pl.DataFrame:
        """Index, variant, currency of each level."""

    @property
    def rejected(self) -> dict[str, int]:
        """How many ticks were rejected, by reason."""

    def update(
        self,
        securities: NDArray[np.uint32],
        prices: NDArray[np.float64],
        timestamps: NDArray[np.int64] | None = None,
        volumes: NDArray[np.float64] | None = None,
    ) -> int:
        """Take ticks; return how many were accepted."""

    def replay(
        self,
        securities: NDArray[np.uint32],
        prices: NDArray[np.float64],
        timestamps: NDArray[np.int64],
        volumes: NDArray[np.float64] | None = None,
        *,
        at: NDArray[np.int64],
    ) -> tuple[int, NDArray[np.float64], NDArray[np.float64] | None]:
        """Take ticks up to each moment in turn; return their number, the levels of each, None."""

    def update_fx(self, pairs: Sequence[str], rates: Sequence[float]) -> None:
        """Take rates."""

    def levels(self, out: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Return the levels now, of shape (n_rows,)."""

    def quality(self, now: int, stale_after: int) -> NDArray[np.float64]:
        """Return shares of constituents traded, stale, frozen; of shape (3, n_indices)."""

    def state(self) -> bytes:
        """Return all it knows."""

    def restore(self, state: bytes) -> None:
        """Know what a state says, and nothing else."""


class Source(Protocol):
    """Where ticks come from."""

    def batches(self, securities: Sequence[str], after: int, wait: float) -> Iterator[Ticks | None]:
        """Yield ticks in order of arrival, from a position on.

        A run begins with the first that is yielded, ticks or None: what is wrong with the source is
        raised before.

        Parameters
        ----------
        securities : sequence of str
            Securities of the engine, whose positions the ticks give.
        after : int
            Position that was read last; 0 for the first.
        wait : float
            Seconds after which None is yielded where nothing has arrived: the clock goes on. A
            source that is read as fast as possible never does.
        """

    def close(self) -> None:
        """Give back what it holds."""


@runtime_checkable
class Marked(Protocol):
    """A source that can be told from others: a run that is resumed reads the same one on."""

    def mark(self) -> dict[str, str | int]:
        """Return what tells it from others."""

    def is_marked(self, mark: Mapping[str, Any]) -> bool:
        """Tell whether it had a mark, and has what was read of it then."""


class Sink(Protocol):
    """Where levels are published.

    A sink reads the log of publications at its own pace, in a thread of its own: one that is slow
    or away falls behind, and catches up. Nobody waits for it.
    """

    name: str
    """What the status line and messages call it."""

    def open(self, board: Board) -> int:
        """Begin with a day; return the sequence number it has kept last, 0 for none."""

    def publish(self, publication: Publication) -> None:
        """Take one more, the next in sequence.

        Raises
        ------
        OSError
            It is away: the same publication is offered again after a while.
        """

    def close(self) -> None:
        """Keep what was taken for good."""
