"""What may be given as executor: one of concurrent.futures, or the name of a pool."""

from __future__ import annotations

from concurrent.futures import Executor
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from paasche.calculation.many.cluster.connection import require
from paasche.calculation.many.cluster.pool import opened as cluster
from paasche.calculation.many.pool import Pool
from paasche.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

__all__ = ["NAMED", "Named", "check_executor", "opened"]


class Named(NamedTuple):
    """A pool that is asked for by its name.

    Attributes
    ----------
    require : callable
        Refuses when what it needs is not installed.
    opened : callable
        Returns a context in which the pool works.
    """

    require: Callable[[], None]
    opened: Callable[[], AbstractContextManager[Pool]]


NAMED: dict[str, Named] = {"ray": Named(require, cluster)}
"""Pools by name."""


def check_executor(executor: object) -> None:
    """Refuse what cannot calculate parts, before anything is begun.

    Parameters
    ----------
    executor : object

    Raises
    ------
    InputError
        It is no executor and no known name, or what it needs is not installed.

    Examples
    --------
    >>> check_executor(None)
    >>> check_executor("threads")
    Traceback (most recent call last):
    paasche.errors.InputError: executor = threads: must be ray, or an executor of concurrent.futures
    """
    if executor is None or isinstance(executor, Executor):
        return
    if not isinstance(executor, str) or executor not in NAMED:
        names = ", ".join(NAMED)
        shown = executor if isinstance(executor, str) else type(executor).__name__
        raise InputError(
            f"executor = {shown}: must be {names}, or an executor of concurrent.futures"
        )
    NAMED[executor].require()


@contextmanager
def opened(executor: Executor | str) -> Iterator[Pool]:
    """Yield the pool of an executor or a name; an executor that was given stays open.

    Parameters
    ----------
    executor : concurrent.futures.Executor or str
    """
    if isinstance(executor, Executor):
        yield Pool(executor)
        return
    with NAMED[executor].opened() as pool:
        yield pool
