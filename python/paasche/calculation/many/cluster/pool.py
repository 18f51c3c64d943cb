"""A Ray cluster as a pool."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from paasche.calculation.many.cluster.connection import connected
from paasche.calculation.many.cluster.objects import Objects
from paasche.calculation.many.cluster.tasks import Tasks
from paasche.calculation.many.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["opened"]

_PER_PROCESSOR = 2
"""Parts on their way for each processor: one at work, the next at hand."""


@contextmanager
def opened() -> Iterator[Pool]:
    """Yield the pool of the cluster."""
    with connected(), Tasks() as tasks:
        yield Pool(tasks, Objects.of, _ahead, threads=1)


def _ahead() -> int:
    """Return how many parts to have on their way; a cluster may grow and shrink meanwhile."""
    import ray  # noqa: PLC0415

    return _PER_PROCESSOR * max(1, int(ray.cluster_resources().get("CPU", 0)))
