"""Keep parts beside the calculation of the next ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from paasche.calculation.many.part import Outcome

__all__ = ["beside"]


@contextmanager
def beside(
    prepare: Callable[[], object], keep: Callable[[int, Outcome], object]
) -> Iterator[Callable[[int, Outcome], None]]:
    """Yield a function that keeps a part in a thread of its own; one part waits at most.

    What is on its way when the calculation stops is kept; what fails is raised with the next part,
    or at the end.

    Parameters
    ----------
    prepare : callable
        Called there first, while the first part is calculated.
    keep : callable
        Called with the number of a part and its outcome, one part after another.

    Examples
    --------
    >>> kept = []
    >>> with beside(lambda: None, lambda number, outcome: kept.append((number, outcome))) as keep:
    ...     keep(0, "a")
    ...     keep(1, "b")
    >>> kept
    [(0, 'a'), (1, 'b')]
    """
    on_its_way: list[Future[object]] = []

    def arrived() -> None:
        while on_its_way:
            on_its_way.pop().result()

    with ThreadPoolExecutor(1, "paasche-keep") as thread:
        on_its_way.append(thread.submit(prepare))

        def hand_over(number: int, outcome: Outcome) -> None:
            arrived()
            on_its_way.append(thread.submit(keep, number, outcome))

        yield hand_over
        arrived()
