"""Who calculates the parts of many indices: this process, others of the machine, or a cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

__all__ = ["Address", "By", "ExecutorName", "Workers"]

ExecutorName = Annotated[
    str | None,
    typer.Option(metavar="ray", help="Calculate many indices on a Ray cluster."),
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Address of that cluster. Without it: RAY_ADDRESS, else one of this machine.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(min=1, help="Calculate many indices in so many processes of this machine."),
]


@dataclass(frozen=True, slots=True)
class By:
    """What was asked for.

    Attributes
    ----------
    executor : str, optional
        Name of a pool.
    address : str, optional
        Of its cluster.
    workers : int, optional
        Processes of this machine.
    """

    executor: str | None
    address: str | None
    workers: int | None

    def refuse_alone(self) -> None:
        """Refuse any of it with one index, which this process calculates.

        Raises
        ------
        InputError
        """
        given = {"--executor": self.executor, "--address": self.address, "--workers": self.workers}
        for option, value in given.items():
            if value is not None:
                raise InputError(
                    f"{option} = {value}: must be left out with one index; it is for many, as with "
                    "--all"
                )

    def threads(self, asked: int | None) -> int | None:
        """Return the threads of a process: what was asked for, else its share of the machine.

        Parameters
        ----------
        asked : int, optional
        """
        if asked is not None or self.workers is None:
            return asked
        return max(1, (os.cpu_count() or 1) // self.workers)

    @contextmanager
    def opened(self) -> Iterator[Executor | str | None]:
        """Yield the executor for `paasche.calculate_many`.

        Raises
        ------
        InputError
            Options that do not go together, no such executor, or no such cluster.
        """
        # Loads polars, which help and a command that is refused early do not need.
        from paasche.calculation.many.cluster.connection import connected  # noqa: PLC0415
        from paasche.calculation.many.executors import check_executor  # noqa: PLC0415

        if self.address is not None and self.executor is None:
            raise InputError(f"--address = {self.address}: must come with --executor ray")
        if self.workers is not None and self.executor is not None:
            raise InputError(
                f"--workers = {self.workers}: must be left out with --executor {self.executor}, "
                "whose cluster says how many there are"
            )
        check_executor(self.executor)
        with ExitStack() as stack:
            if self.address is not None:
                stack.enter_context(connected(self.address))
            if self.workers is None:
                yield self.executor
            else:
                yield stack.enter_context(_processes(self.workers))


def _processes(count: int) -> Executor:
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    # A fork of a process with threads may hang.
    fresh = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, mp_context=fresh, initializer=_follow)


def _follow() -> None:
    """Leave an interrupt to the parent, which ends its workers, and end when it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)
